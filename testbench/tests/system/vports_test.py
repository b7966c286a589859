# SPDX-License-Identifier: Apache-2.0
"""Several vports: each gets its own frames, and what one does leaves the others their share."""
import collections
import struct

import captures
from bench import BenchTest

MAC_BYTES = 6
TYPE_OFFSET = 12
CONTROL = b"\x88\x08"
TCP_OFFSET = 34  # without tags, over IPv4
SHORT_RINGS = ("host.ring=128",)  # packets for the next vport are left when one's queues are full


def settings(*pairs):
    """Words of the command line."""
    return [word for pair in pairs for word in ("--set", pair)]


def vports(count):
    return settings(f"nic.device.vports={count}", f"host.vports={count}")


class Vports(BenchTest):
    """All that was sent arrives, at the vport it was sent to."""

    def parts(self, run, start="a"):
        return {part["name"]: part for part in run.summary["parts"] if part["from"] == start}

    def check_addresses(self, run, name, count):
        """As many frames of each pair of stations as the report has for a vport; gives the pairs."""
        pairs = collections.Counter((frame[:MAC_BYTES], frame[MAC_BYTES:2 * MAC_BYTES])
                                    for frame in run.frames(name))
        self.assertEqual(len(pairs), count)
        for stations in zip(*pairs):
            self.assertEqual(len(set(stations)), count, "a station belongs to one vport")
        return pairs

    def test_a_stream_uses_all_vports(self):
        run = self.run_well("--workload", "stream", "--packets", 3000, *vports(3),
                            *settings("stream.flows=12", *SHORT_RINGS))
        parts = self.parts(run)
        self.assertEqual(set(parts), {"vport 0", "vport 1", "vport 2"})
        self.assertEqual(sum(part["verified"] for part in parts.values()), 3000)
        pairs = self.check_addresses(run, "host_b", 3)
        self.assertEqual(sorted(pairs.values()), sorted(part["received"] for part in parts.values()))
        for part in parts.values():
            self.assertEqual(part["sent"], part["verified"])
            self.assertIsNone(part["offered"])
        whole = run.summary["a_to_b"]["goodput_bps"]
        self.assertAlmostEqual(sum(part["goodput_bps"] for part in parts.values()) / whole, 1, delta=1e-6)

    def test_vports_of_different_size(self):
        run = self.run_well("--workload", "bidir", "--packets", 3000, *vports(2),
                            *settings("host.vport_queue_pairs=1,3", "stream.flows=16", *SHORT_RINGS))
        for start, receiver in ("a", "host_b"), ("b", "host_a"):
            parts = self.parts(run, start)
            self.assertEqual(sum(part["verified"] for part in parts.values()), 3000)
            self.check_addresses(run, receiver, 2)
            ports = collections.defaultdict(set)
            for frame in run.frames(receiver):
                ports[frame[:MAC_BYTES]].add(struct.unpack_from(">H", frame, TCP_OFFSET)[0])
            # Queues have flows in turns, so a vport has as many as its queues.
            self.assertEqual([len(ports[address]) for address in sorted(ports)], [4, 12])

    def test_segmented_and_merged_frames(self):
        run = self.run_well("--workload", "tso", "--packets", 8800, *vports(2), *settings("host.gro=true"))
        parts = self.parts(run)
        self.assertEqual(len(parts), 2)
        self.assertEqual(sum(part["verified"] for part in parts.values()), 8800)
        self.assertLess(len(run.frames("host_b")), 4400)

    def test_a_mix_keeps_kinds_and_vports_apart(self):
        run = self.run_well("--workload", "mix", *vports(2), *settings("mix.duration=20us"))
        parts = self.parts(run)
        self.assertEqual(set(parts), {"clear vport 0", "psp vport 0", "clear vport 1", "psp vport 1"})
        for part in parts.values():
            self.assertEqual(part["sent"], part["offered"])
            self.assertEqual(part["verified"], part["sent"])
        pairs = self.check_addresses(run, "host_b", 2)
        self.assertEqual(len(set(pairs.values())), 1)
        self.assertEqual(run.total("sent_psp") * 2, run.total("sent"))

    def test_one_vport_is_a_run_like_any_other(self):
        plain = self.run_well("--workload", "stream", "--packets", 200)
        more_on_the_card = self.run_well("--workload", "stream", "--packets", 200,
                                         *settings("nic.device.vports=4"))
        self.assertEqual(plain.frames("wire"), more_on_the_card.frames("wire"))
        self.assertNotIn("parts", plain.summary)

    def test_more_vports_than_the_card_has_are_refused(self):
        process = self.pspnic("run", "--workload", "stream", "--packets", 1, "--set", "host.vports=2")
        self.assertEqual(process.returncode, 2)
        self.assertEqual(process.stderr, "pspnic: host.vports: 2 is more than nic.device.vports = 1\n")


class Shares(BenchTest):
    """More is offered than the wire takes, so that the card has to choose."""

    DURATION_US = 100
    SPEED_GBPS = 100
    FRAME_BYTES = 1000
    WIRE_BYTES = 24  # preamble, FCS and gap of a frame

    def rates(self, *words):
        """Gb/s of plain frames on the wire by vport, from a fifth to four fifths of the time."""
        run = self.run_well("--workload", "mix", *vports(2),
                            *settings("mix.psp_rate=0bps", "mix.clear_rate=400Gbps", "host.ring=128",
                                      f"mix.frame_bytes={self.FRAME_BYTES}",
                                      f"mix.duration={self.DURATION_US}us",
                                      f"nic.mac.speed={self.SPEED_GBPS}Gbps", *words))
        records = captures.read_pcap(run.folder / "wire.pcap")
        begin, fifth = records[0][0], self.DURATION_US * 200
        found = collections.Counter()
        for time, frame in records:
            if begin + fifth <= time < begin + 4 * fifth:
                found[frame[MAC_BYTES:2 * MAC_BYTES]] += len(frame)
        # Vports get their addresses in the order of their numbers.
        return [8 * found[address] / (3 * fifth) for address in sorted(found)]

    @property
    def all_of_the_wire(self):
        return self.SPEED_GBPS * self.FRAME_BYTES / (self.FRAME_BYTES + self.WIRE_BYTES)

    def check(self, rates, *expected):
        self.assertEqual(len(rates), len(expected))
        for rate, wanted in zip(rates, expected):
            self.assertAlmostEqual(rate / wanted, 1, delta=0.02, msg=f"{rates}, expected {expected}")

    def test_equal_vports_share_the_wire_equally(self):
        self.check(self.rates(), self.all_of_the_wire / 2, self.all_of_the_wire / 2)

    def test_weights_divide_the_wire(self):
        self.check(self.rates("nic.tx.schedule.vport_weights=1,3"), self.all_of_the_wire / 4,
                   self.all_of_the_wire * 3 / 4)

    def test_a_rate_holds_and_the_other_vport_gets_the_rest(self):
        # A rate is of frames with the room of an ICV.
        limited = 30 * self.FRAME_BYTES / (self.FRAME_BYTES + 16)
        self.check(self.rates("nic.tx.schedule.vport_rates=30Gbps,0bps"), limited,
                   self.all_of_the_wire - limited)


class FlowControl(BenchTest):
    """A receiver that derives keys slower than packets come has the sender wait. Without that it drops."""

    OFFERED = settings("mix.psp_rate=100Gbps", "mix.duration=100us")
    SLOW = settings("nic.crypto.kdf.unit=iterative", "nic.crypto.kdf.clock=50MHz")
    MARKS = settings("nic.flow_control.high=64KiB", "nic.flow_control.low=32KiB")
    PSP_CLASS = 5
    TAGS = settings("mix.vlan=true", f"mix.psp_priority={PSP_CLASS}",
                    f"nic.tx.schedule.classes=0,{PSP_CLASS}", "nic.tx.class_buffer=64KiB")

    def test_without_it_the_receiver_drops(self):
        run = self.run_bench("--workload", "mix", *self.OFFERED, *self.SLOW, status=1)
        self.assertGreater(run.summary["drops"]["nic_b.rx_psp_overflow"], 0)

    def check_control_frames(self, run, opcode):
        frames = [frame for frame in run.frames("wire") if frame[TYPE_OFFSET:TYPE_OFFSET + 2] == CONTROL]
        self.assertGreater(len(frames), 2)
        self.assertEqual({frame[14:16] for frame in frames}, {opcode})
        return frames

    def part(self, run, name):
        return next(part for part in run.summary["parts"] if part["name"] == name)

    def test_pause_loses_nothing_and_the_run_ends(self):
        run = self.run_well("--workload", "mix", *self.OFFERED, *self.SLOW, *self.MARKS,
                            *settings("nic.flow_control.mode=pause"))
        self.check_control_frames(run, b"\x00\x01")

    def test_priority_flow_control_holds_the_class_it_names(self):
        free = self.run_well("--workload", "mix", *self.OFFERED, *self.TAGS)
        run = self.run_well("--workload", "mix", *self.OFFERED, *self.SLOW, *self.MARKS, *self.TAGS,
                            *settings("nic.flow_control.mode=priority"))
        for frame in self.check_control_frames(run, b"\x01\x01"):
            self.assertEqual(frame[16:18], bytes([0, 1 << self.PSP_CLASS]))
        clear, clear_free = self.part(run, "clear"), self.part(free, "clear")
        self.assertEqual(clear["sent"], clear["offered"])
        self.assertAlmostEqual(clear["latency"]["p99"] / clear_free["latency"]["p99"], 1, delta=0.1)
        self.assertLess(self.part(run, "psp")["goodput_bps"], 0.8 * self.part(free, "psp")["goodput_bps"])

    def test_pause_holds_the_other_class_as_well(self):
        free = self.run_well("--workload", "mix", *self.OFFERED, *self.TAGS)
        run = self.run_well("--workload", "mix", *self.OFFERED, *self.SLOW, *self.MARKS, *self.TAGS,
                            *settings("nic.flow_control.mode=pause"))
        self.assertGreater(self.part(run, "clear")["latency"]["p99"],
                           2 * self.part(free, "clear")["latency"]["p99"])
