# SPDX-License-Identifier: Apache-2.0
"""Generated traffic of every kind: nothing lost or changed, and a wire that an independent receiver opens."""
import struct

from bench import BenchTest

ETHERNET_BYTES = 14
PSP_BYTES = 40


def payload_bytes(frame):
    """Of TCP over IPv4 or IPv6 without tags."""
    tcp = ETHERNET_BYTES + (20 if frame[12:14] == b"\x08\x00" else 40)
    return len(frame) - tcp - 4 * (frame[tcp + 12] >> 4)


class Workloads(BenchTest):
    """Few packets: enough to fill the queues."""

    def check(self, workload, packets, mss, *options):
        """A run of which all packets must open; gives the run and the frames without PSP."""
        run = self.run_well("--workload", workload, "--packets", packets, *options)
        self.assertEqual(run.summary["a_to_b"]["received_psp"], packets)
        opened = self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)
        self.assertEqual(opened, run.frames("host_b"))
        self.assertEqual({payload_bytes(frame) for frame in opened}, {mss})
        return run, opened

    def check_sequence(self, opened, mss):
        """Each flow's sequence numbers go up by one segment, and its IPv4 identifiers are all different."""
        following = {}
        for frame in opened:
            tcp = ETHERNET_BYTES + (20 if frame[12:14] == b"\x08\x00" else 40)
            port, _, sequence = struct.unpack_from(">HHI", frame, tcp)
            self.assertEqual(sequence, following.get(port, 0))
            following[port] = sequence + mss
        return following

    def test_stream_opens(self):
        _, opened = self.check("stream", 600, 1408)
        self.assertEqual(len(self.check_sequence(opened, 1408)), 16)

    def test_stream_over_ipv6_opens(self):
        _, opened = self.check("stream", 300, 1388, "--set", "stream.ipv6=true", "--set",
                               "stream.payload_bytes=1388")
        self.assertEqual({frame[12:14] for frame in opened}, {b"\x86\xdd"})

    def test_stream_opens_in_every_version(self):
        for version in (0, 1, 2, 3):
            with self.subTest(version=version):
                self.check("stream", 100, 1408, "--set", f"stream.psp_version={version}")

    def test_tso_opens_as_full_segments(self):
        run, opened = self.check("tso", 880, 1408)
        self.assertEqual(len(self.check_sequence(opened, 1408)), 16)
        self.assertEqual(run.report["drivers"]["host_a"]["tx_tso_frames"]["value"], 20)
        self.assertEqual(run.summary["a_to_b"]["wire_frames"], 880)

    def test_tso_over_ipv6_opens_as_full_segments(self):
        _, opened = self.check("tso", 880, 1388, "--set", "stream.ipv6=true", "--set",
                               "stream.payload_bytes=1388")
        self.assertEqual({frame[12:14] for frame in opened}, {b"\x86\xdd"})
        self.check_sequence(opened, 1388)

    def test_tso_counts_identifiers_up_within_a_frame(self):
        _, opened = self.check("tso", 88, 1408, "--set", "stream.flows=1")
        identifiers = [struct.unpack_from(">H", frame, ETHERNET_BYTES + 4)[0] for frame in opened[:44]]
        self.assertEqual(identifiers, list(range(identifiers[0], identifiers[0] + 44)))

    def test_an_incomplete_last_tso_frame_is_sent(self):
        run, _ = self.check("tso", 61, 1408)
        self.assertEqual(run.summary["a_to_b"]["verified"], 61)

    def test_jumbo_opens(self):
        self.check("jumbo", 200, 8900)

    def test_small_opens(self):
        self.check("small", 500, 64)

    def test_bidir_loads_both_directions_alike(self):
        run = self.run_well("--workload", "bidir", "--packets", 400)
        summary = run.summary
        self.assertEqual((summary["a_to_b"]["verified"], summary["b_to_a"]["verified"]), (400, 400))
        self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)

    def test_clear_sends_nothing_through_psp(self):
        run = self.run_well("--workload", "clear", "--packets", 300)
        self.assertEqual((run.total("sent_psp"), run.total("verified"), run.keys), (0, 300, []))
        self.assertEqual(run.frames("wire"), run.frames("host_b"))

    def test_psp_costs_40_bytes_of_wire_a_packet(self):
        bytes_of = {name: sum(map(len, self.run_well("--workload", name, "--packets", 50).frames("wire")))
                    for name in ("stream", "clear")}
        self.assertEqual(bytes_of["stream"] - bytes_of["clear"], 50 * PSP_BYTES)

    def test_overloaded_crypto_leaves_the_rate_in_clear(self):
        rates = []
        for offered in "0bps", "102Gbps":  # the lane does 51.2 Gb/s
            run = self.run_well("--workload", "mix", "--set", "mix.duration=100us",
                                "--set", f"mix.psp_rate={offered}",
                                "--set", "nic.crypto.gcm.lanes=1",
                                "--set", "nic.crypto.gcm.clock=400MHz")
            rates += [part["goodput_bps"] for part in run.summary["parts"] if part["name"] == "clear"]
        self.assertLess(abs(rates[1] / rates[0] - 1), 0.01)

    def test_no_packets_at_all_is_a_run_like_any_other(self):
        for workload in "stream", "bidir", "tso", "small", "jumbo", "clear":
            with self.subTest(workload=workload):
                run = self.run_well("--workload", workload, "--packets", 0)
                self.assertEqual((run.total("sent"), run.frames("wire")), (0, []))

    def test_the_smallest_and_the_largest_payload_arrive(self):
        for size in 8, 9, 15, 16, 17, 9100:
            with self.subTest(size=size):
                self.check("stream", 40, size, "--set", f"stream.payload_bytes={size}")
