# SPDX-License-Identifier: Apache-2.0
"""Whole captures: pcapng, other byte orders, both directions, more flows than SAs, nothing at all."""
import captures
import frames as f
from bench import BenchTest


class MixedCapture(BenchTest):
    """What a capture may look like as a file."""

    def both_ways(self):
        return [f.tcp4(), f.tcp4(50, source=f.MAC_B), f.tcp6(7), f.arp(), f.udp6(300, source=f.MAC_B),
                f.udp4()]

    def check_both_ways(self, path):
        run = self.run_well("--pcap", path)
        frames = self.both_ways()
        self.assertEqual((run.total("sent"), run.total("sent_psp")), (6, 5))
        arp = frames[3] + bytes(60 - len(frames[3]))
        # ARP, in clear, may overtake what is in the crypto lanes.
        self.assertIn(arp, run.frames("host_b"))
        self.assertEqual([frame for frame in run.frames("host_b") if frame != arp],
                         [frames[0], frames[2], frames[5]])
        self.assertEqual(run.frames("host_a"), [frames[1], frames[4]])

    def test_pcapng_is_read(self):
        captures.write_pcapng(self.folder / "input.pcapng", self.both_ways())
        self.check_both_ways(self.folder / "input.pcapng")

    def test_pcap_of_either_byte_order_is_read(self):
        for order in "<>":
            captures.write_pcap(self.folder / "input.pcap", self.both_ways(), order)
            self.check_both_ways(self.folder / "input.pcap")

    def test_pcap_of_microseconds_is_read(self):
        records = [captures.pcap_record(frame, number) for number, frame in enumerate(self.both_ways())]
        path = self.folder / "input.pcap"
        path.write_bytes(captures.pcap_header(magic=captures.MICROSECONDS) + b"".join(records))
        self.check_both_ways(path)

    def test_times_that_go_back_are_no_harm(self):
        records = [captures.pcap_record(frame, 10**9 - number)
                   for number, frame in enumerate(self.both_ways())]
        path = self.folder / "input.pcap"
        path.write_bytes(captures.pcap_header() + b"".join(records))
        run = self.run_well("--pcap", path, "--set", "replay.pacing=capture")
        self.assertEqual(run.total("verified"), 6)

    def test_an_empty_capture_is_a_run_of_no_packets(self):
        run = self.run_well("--pcap", self.write_capture([]))
        self.assertEqual((run.total("offered"), run.frames("wire"), run.keys), (0, [], []))

    def test_a_capture_of_nothing_to_send_is_a_run(self):
        run = self.run_well("--pcap", self.write_capture([bytes(5), f.tcp4(20000)]))
        self.assertEqual((run.total("offered"), run.total("sent"), run.frames("wire")), (2, 0, []))

    def test_packets_0_reads_none(self):
        run = self.run_well("--pcap", self.write_capture(self.both_ways()), "--packets", 0)
        self.assertEqual(run.total("offered"), 0)

    def test_equal_packets_are_each_delivered(self):
        run = self.run_well("--pcap", self.write_capture([f.tcp4()] * 50))
        self.assertEqual(run.frames("host_b"), [f.tcp4()] * 50)
        self.assertEqual(len(set(run.frames("wire"))), 50)

    def test_every_flow_has_its_own_key(self):
        flows = [f.tcp4(source_port=20000 + number) for number in range(200)]
        run = self.run_well("--pcap", self.write_capture(flows * 2), "--set", "host.queue_pairs=4")
        self.assertEqual(len(set(run.keys)), 200)
        self.assertEqual(sorted(self.open_wire(run)), sorted(flows * 2))

    def test_more_flows_than_security_associations_share_them(self):
        flows = [f.tcp4(source_port=20000 + number) for number in range(60)]
        run = self.run_well("--pcap", self.write_capture(flows), "--set", "replay.sas=7")
        self.assertEqual(len(set(run.keys)), 7)
        self.assertEqual(sorted(self.open_wire(run)), sorted(flows))

    def test_more_packets_than_the_rings_hold_all_arrive(self):
        frames = [f.tcp4(number % 1400, source_port=20000 + number % 5) for number in range(3000)]
        run = self.run_well("--pcap", self.write_capture(frames), "--set", "host.ring=128")
        self.assertEqual(run.frames("host_b"), frames)
