# SPDX-License-Identifier: Apache-2.0
"""Connections that begin in clear and are upgraded to PSP: what was on the wire, by code of its own."""
import struct

from bench import BenchTest
from tcp_test import FIN, SYN, segments, streams

FEW = ("--workload", "tcp", "--set", "tcp.psp=upgrade", "--set", "tcp.bytes=100KiB")
BYTES = 100 * 1024
MAGIC = b"PSPR"
HEADER = ">4sBBHQ"
KEY, START, DATA = 1, 2, 3
PSP_PORT = 1000


def is_psp(frame):
    v4 = frame[12:14] == b"\x08\x00"
    protocol, udp = (frame[23], 34) if v4 else (frame[20], 54)
    return protocol == 17 and struct.unpack_from(">H", frame, udp + 2)[0] == PSP_PORT


def records(data):
    """[(kind, body)] of a stream."""
    found = []
    while data:
        magic, kind, _, _, length = struct.unpack_from(HEADER, data)
        assert magic == MAGIC
        start = struct.calcsize(HEADER)
        found.append((kind, data[start:start + length]))
        data = data[start + length:]
    return found


class TcpUpgrade(BenchTest):

    def check(self, *options, connections=16, size=BYTES):
        """A good run; returns it and the records of each stream of the opened wire."""
        run = self.run_well(*FEW, *options)
        self.assertEqual(run.summary["connections"],
                         {"opened": connections, "closed": connections, "reset": 0, "faults": []})
        opened = streams(self.open_wire(run))
        self.assertEqual(len(opened), 2 * connections)
        said = {ports: records(stream.data()) for ports, stream in opened.items()}
        for ports, stream in opened.items():
            self.assertEqual(stream.flags & (SYN | FIN), SYN | FIN)
            self.assertEqual([kind for kind, _ in said[ports]][:2], [KEY, START])
            sent = sum(len(body) for kind, body in said[ports] if kind == DATA)
            self.assertEqual(sent, size if ports[1] == 5001 else 0)
        return run, said

    def sockets(self, run, way):
        return run.summary[way]["tcp"]["psp_sockets"]

    def test_only_handshake_keys_and_their_acknowledgments_are_in_clear(self):
        run, said = self.check()
        clear = [frame for frame in run.frames("wire") if not is_psp(frame)]
        for ports, stream in streams(clear).items():
            self.assertFalse(stream.flags & FIN)
            self.assertEqual([kind for kind, _ in records(stream.data())], [KEY], ports)
        counted = run.summary["a_to_b"]["sent_in_clear"]["before the upgrade"]
        self.assertEqual(counted + run.summary["b_to_a"]["sent_in_clear"]["before the upgrade"], len(clear))
        for way in "a_to_b", "b_to_a":
            sockets = self.sockets(run, way)
            self.assertEqual((sockets["rx_assocs"], sockets["tx_assocs"], sockets["full"]), (16, 16, 16))
            self.assertEqual((sockets["commands_refused"], sockets["stale_events"]), (0, 0))
            self.assertEqual(sockets["tx_keys_left"], 0)
        self.assertEqual(len({body for stream in said.values() for kind, body in stream if kind == KEY}), 32)

    def test_every_version_and_family(self):
        for version in range(4):
            for ipv6 in "false", "true":
                run, said = self.check("--set", f"tcp.psp_version={version}", "--set", f"tcp.ipv6={ipv6}",
                                       "--set", "tcp.connections=3", connections=3)
                self.assertEqual({len(stream[0][1]) for stream in said.values()}, {36 if version & 1 else 20})
                self.assertEqual(run.total("sent_psp"), sum(map(is_psp, run.frames("wire"))))

    def test_full_segments_fill_the_mtu_before_and_behind(self):
        """In clear nothing is that long here; a plain connection shows that the MTU has not changed."""
        run, _ = self.check()
        self.assertEqual(max(len(frame) for frame in run.frames("wire") if is_psp(frame)), 1514)
        self.assertEqual(max(len(payload) for *_, payload in segments(self.open_wire(run))), 1408)
        plain = self.run_well("--workload", "tcp", "--set", "tcp.bytes=100KiB", "--set", "tcp.psp=off")
        self.assertEqual(max(map(len, plain.frames("wire"))), 1514)

    def test_segmentation_and_merging(self):
        run, _ = self.check("--set", "tcp.tso=61952B", "--set", "host.gro=true", "--set",
                            "host.queue_pairs=4")
        self.assertGreater(run.report["drivers"]["host_a"]["tx_tso_frames"]["value"], 0)
        self.assertGreater(run.report["drivers"]["host_b"]["rx_merged_frames"]["value"], 0)

    def test_keys_change_under_traffic(self):
        for more in (), ("--set", "tcp.tso=61952B"):
            run, said = self.check("--set", "tcp.bytes=1MiB", "--set", "tcp.rotation_period=100us", "--set",
                                   "tcp.key_delete_poll=20us", *more, size=1024 * 1024)
            for way in "a_to_b", "b_to_a":
                sockets = self.sockets(run, way)
                self.assertGreater(sockets["key_rotations"], 0)
                self.assertGreater(sockets["rx_rekeys"], 0)
                self.assertEqual((sockets["input_drops"], sockets["output_drops"]), (0, 0))
                self.assertEqual((sockets["stale_events"], sockets["tx_keys_left"]), (0, 0))
            keys = sum(kind == KEY for stream in said.values() for kind, _ in stream)
            # A key may come too late for its connection, or be allocated too late to be told.
            for count, compare in ("tx_rekeys", self.assertGreaterEqual), ("rx_rekeys", self.assertLessEqual):
                compare(keys - 32, sum(self.sockets(run, way)[count] for way in ("a_to_b", "b_to_a")))
            self.assertEqual(run.summary["a_to_b"]["missing"], 0)

    def test_both_hosts_send_and_rekey(self):
        run = self.run_well("--workload", "tcp_bidir", "--set", "tcp.psp=upgrade", "--set",
                            "tcp.bytes=500KiB", "--set", "tcp.rotation_period=80us")
        self.assertEqual(run.summary["connections"]["closed"], 16)
        for way in "a_to_b", "b_to_a":
            self.assertEqual(run.summary[way]["tcp"]["delivered_bytes"], 16 * 500 * 1024)

    def test_what_is_lost_comes_again_in_its_own_kind(self):
        for seed in range(1, 4):
            run = self.run_bench(*FEW, "--seed", seed, "--set", "cable.loss=0.03", "--set",
                                 "tcp.rto_min=200us", "--set", "tcp.rotation_period=500us")
            self.assertIs(run.summary["all_well"], True)
            again = run.summary["a_to_b"]["tcp"]["sending_host"]["retransmitted_segments"]["value"]
            self.assertGreater(again, 0)
            self.assertEqual(run.summary["connections"]["closed"], 16)
            self.assertEqual(run.summary["a_to_b"]["tcp"]["delivered_bytes"], 16 * BYTES)

    def test_a_share_ends_by_rst(self):
        run = self.run_bench(*FEW, "--set", "tcp.reset_share=0.25")
        self.assertIs(run.summary["all_well"], True)
        self.assertEqual(run.summary["connections"], {"opened": 16, "closed": 12, "reset": 4, "faults": []})

    def test_rotation_without_upgrade_is_refused(self):
        process = self.pspnic("run", "--workload", "tcp", "--set", "tcp.rotation_period=1ms")
        self.assertEqual(process.returncode, 2)
        self.assertIn("tcp.rotation_period: only connections that are upgraded are rekeyed", process.stderr)

    def test_one_seed_twice_gives_the_same_bytes(self):
        words = (*FEW, "--set", "tcp.rotation_period=50us", "--set", "host.queue_pairs=3")
        self.check_same_files(self.run_well(*words), self.run_well(*words))
