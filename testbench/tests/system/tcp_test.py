# SPDX-License-Identifier: Apache-2.0
"""Connections through both cards: streams put together again from the captures, by code of its own."""
import struct

from bench import BenchTest

ETHERNET_BYTES = 14
FIN, SYN, RST, ACK = 1, 2, 4, 16
FEW = ("--set", "tcp.bytes=100KiB")
BYTES = 100 * 1024


def segments(frames):
    """Yields (source port, destination port, sequence, flags, payload) of TCP frames without tags."""
    for frame in frames:
        v4 = frame[12:14] == b"\x08\x00"
        tcp = ETHERNET_BYTES + (20 if v4 else 40)
        end = struct.unpack_from(">H", frame, 16)[0] + ETHERNET_BYTES if v4 else len(frame)
        source, destination, sequence = struct.unpack_from(">HHI", frame, tcp)
        yield (source, destination, sequence, frame[tcp + 13],
               frame[tcp + 4 * (frame[tcp + 12] >> 4):end])


class Stream:
    """One direction of a connection."""

    def __init__(self):
        self.first = None
        self.pieces = {}
        self.flags = 0

    def add(self, sequence, flags, payload):
        self.flags |= flags
        if flags & SYN:
            self.first = (sequence + 1) % 2**32
        elif payload:
            self.pieces.setdefault((sequence - self.first) % 2**32, b"")
            at = (sequence - self.first) % 2**32
            if len(payload) > len(self.pieces[at]):
                self.pieces[at] = payload

    def data(self):
        """All bytes from the first on, up to the first gap."""
        data = b""
        for at in sorted(self.pieces):
            if at > len(data):
                break
            data += self.pieces[at][len(data) - at:]
        return data


def streams(frames):
    """{(source port, destination port): Stream}"""
    found = {}
    for source, destination, sequence, flags, payload in segments(frames):
        found.setdefault((source, destination), Stream()).add(sequence, flags, payload)
    return found


class Tcp(BenchTest):
    """Few bytes: enough for full windows."""

    def check_streams(self, frames, connections, size):
        """Each connection from host A carried so many bytes, from SYN to FIN both ways."""
        found = streams(frames)
        forward = {ports: stream for ports, stream in found.items() if ports[1] == 5001}
        self.assertEqual(len(forward), connections)
        for (source, destination), stream in forward.items():
            self.assertEqual(len(stream.data()), size)
            for flags in stream.flags, found[destination, source].flags:
                self.assertEqual(flags & (SYN | FIN | RST), SYN | FIN)
        self.assertEqual(len({stream.data() for stream in forward.values()}), connections)
        return forward

    def check(self, workload, *options, mss=1408, connections=16):
        """A run without loss: the wire opens, its streams are whole, and hosts got what was on it."""
        run = self.run_well("--workload", workload, *FEW, *options)
        opened = self.open_wire(run)
        forward = self.check_streams(opened, connections, BYTES)
        received = streams(run.frames("host_b"))
        for ports, stream in forward.items():
            self.assertEqual(received[ports].data(), stream.data())
        self.assertEqual(max(len(payload) for *_, payload in segments(opened)), mss)
        self.assertEqual(run.summary["connections"],
                         {"opened": connections, "closed": connections, "reset": 0, "faults": []})
        tcp = run.summary["a_to_b"]["tcp"]
        self.assertEqual((tcp["delivered_bytes"], tcp["undelivered_bytes"]), (connections * BYTES, 0))
        return run

    def test_connections_over_ipv4_and_psp(self):
        run = self.check("tcp")
        self.assertEqual(run.total("sent_psp"), run.total("sent"))

    def test_connections_over_ipv6_on_four_queues(self):
        run = self.check("tcp", "--set", "tcp.ipv6=true", "--set", "host.queue_pairs=4", mss=1388)
        self.assertEqual({frame[12:14] for frame in run.frames("host_b")}, {b"\x86\xdd"})

    def test_connections_in_clear(self):
        run = self.check("tcp", "--set", "tcp.psp=false", mss=1448)
        self.assertEqual((run.total("sent_psp"), run.keys), (0, []))
        run = self.check("tcp", "--set", "tcp.psp=false", "--set", "tcp.ipv6=true", mss=1428)

    def test_connections_with_tso(self):
        run = self.check("tcp_tso", "--set", "host.queue_pairs=4")
        self.assertGreater(run.report["drivers"]["host_a"]["tx_tso_frames"]["value"], 0)
        self.check("tcp_tso", "--set", "tcp.ipv6=true", mss=1388)
        self.check("tcp_tso", "--set", "tcp.psp=false", mss=1448)

    def test_connections_in_every_version(self):
        for version in 1, 2, 3:
            self.check("tcp", "--set", f"tcp.psp_version={version}")

    def test_merged_segments_are_counted_one_by_one(self):
        run = self.run_well("--workload", "tcp", *FEW, "--set", "host.gro=true")
        self.assertGreater(run.report["drivers"]["host_b"]["rx_merged_frames"]["value"], 0)
        self.assertEqual(run.summary["a_to_b"]["received"], run.summary["a_to_b"]["sent"])

    def test_both_hosts_send_on_the_same_connections(self):
        run = self.check("tcp_bidir", "--set", "host.queue_pairs=4")
        back = [stream for ports, stream in streams(run.frames("host_a")).items() if ports[0] == 5001]
        self.assertEqual([len(stream.data()) for stream in back], 16 * [BYTES])
        self.assertEqual(run.summary["b_to_a"]["tcp"]["delivered_bytes"], 16 * BYTES)

    def test_small_windows_segments_and_none_delayed(self):
        self.check("tcp", "--set", "tcp.window=2KiB", "--set", "tcp.mss=100", "--set", "tcp.delayed_ack=0ps",
                   "--set", "tcp.timestamps=false", "--set", "tcp.connections=3", mss=100, connections=3)

    def test_a_share_ends_by_rst(self):
        run = self.run_well("--workload", "tcp", *FEW, "--set", "tcp.reset_share=0.25")
        self.assertEqual(run.summary["connections"], {"opened": 16, "closed": 12, "reset": 4, "faults": []})
        found = streams(run.frames("host_b"))
        reset = [stream for stream in found.values() if stream.flags & RST]
        self.assertEqual(len(reset), 4)
        for stream in reset:
            self.assertFalse(stream.flags & FIN)
            self.assertGreaterEqual(len(stream.data()), BYTES // 2)
            self.assertLess(len(stream.data()), BYTES)
        self.assertIn("12 closed by FIN both ways, 4 ended by RST as intended", run.output)

    def test_what_a_full_card_drops_is_sent_again(self):
        for workload in "tcp", "tcp_tso":
            run = self.run_bench("--workload", workload, *FEW, "--set", "nic.rx.buffer=16KiB", "--set",
                                 "nic.pcie.generation=3", "--set", "nic.pcie.lanes=4")
            self.assertIs(run.summary["all_well"], True)
            self.assertEqual(run.summary["stall"], "")
            self.assertGreater(run.summary["drops"]["nic_b.rx_overflow"], 0)
            forward = run.summary["a_to_b"]
            self.assertEqual(forward["sent"] - forward["received"], run.summary["drops"]["nic_b.rx_overflow"])
            self.assertEqual(forward["missing"], 0)
            self.assertEqual(forward["tcp"]["delivered_bytes"], 16 * BYTES)
            again = forward["tcp"]["sending_host"]["retransmitted_segments"]["value"]
            self.assertGreaterEqual(again, run.summary["drops"]["nic_b.rx_overflow"])
            self.assertIn(f"sent again {again} segments", run.output)
            there = run.summary["b_to_a"]["tcp"]["sending_host"]["duplicates"]["value"]
            self.assertEqual(forward["tcp"]["received_again"], there)
            self.assertIn(f"; {there} came though their data was there already", run.output)
            self.check_streams(run.frames("host_a") + run.frames("host_b"), 16, BYTES)

    def test_connections_without_progress_are_given_up_and_named(self):
        run = self.run_bench("--workload", "tcp", *FEW, "--set", "nic.rx.buffer=16KiB", "--set",
                             "nic.pcie.generation=3", "--set", "nic.pcie.lanes=1", "--set", "tcp.retries=1",
                             "--set", "tcp.rto_min=10us", status=1)
        self.assertIs(run.summary["all_well"], False)
        faults = run.summary["connections"]["faults"]
        self.assertTrue(any("was given up: the peer answered none of 1 retransmissions" in fault
                            for fault in faults), faults)
        self.assertIn("Connections that did not end as they should", run.output)
        self.assertIn("NOT ALL IS WELL", run.output)
        self.assertGreater(run.summary["a_to_b"]["tcp"]["undelivered_bytes"], 0)

    def test_the_window_ends_with_the_last_connection(self):
        short, long = (self.run_well("--workload", "tcp", *FEW, "--set", f"tcp.time_wait={wait}")
                       for wait in ("0ps", "240s"))
        self.assertEqual(short.summary, long.summary)

    def test_one_seed_twice_gives_the_same_bytes(self):
        words = ("--workload", "tcp_bidir", *FEW, "--set", "host.queue_pairs=3", "--set",
                 "tcp.reset_share=0.2")
        self.check_same_files(self.run_well(*words), self.run_well(*words))

    def test_packets_are_not_what_it_counts(self):
        process = self.pspnic("run", "--workload", "tcp", "--packets", 5)
        self.assertEqual(process.returncode, 2)
        self.assertIn("--packets: TCP connections carry bytes; set tcp.bytes", process.stderr)

    def test_segments_longer_than_the_cards_carry_are_refused(self):
        process = self.pspnic("run", "--workload", "tcp", "--set", "nic.mac.mtu=1500", "--set",
                              "tcp.mss=1409")
        self.assertEqual(process.returncode, 2)
        self.assertIn("tcp.mss: packets of 1501 bytes on the wire exceed nic.mac.mtu = 1500", process.stderr)
