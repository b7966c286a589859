# SPDX-License-Identifier: Apache-2.0
"""dpdk-testpmd on the modelled cards, by its own counters, the cards' and the packets that come out."""
import collections
import json
import os
import re
import shutil
import struct
import unittest

import bench
import captures
import frames

MACHINE = (bench.REPOSITORY / "testbench/dpdk/machine.h").read_text()
SLOTS = re.findall(r'"(0000:.*?)"', MACHINE)
MACS = re.findall(r'"((?:\w\w:){5}\w\w)"', MACHINE)
NIC_A, NIC_B = (bytes.fromhex(mac.replace(":", "")) for mac in MACS)
SINGLE = ["--single"]

Stream = collections.namedtuple("Stream", "port queue received sent dropped")
Card = collections.namedtuple("Card", "transmitted received delivered violations")


def to_card_b(body):
    return NIC_B + NIC_A + struct.pack(">H", frames.IPV4) + body


@unittest.skipUnless(os.environ.get("PSPNIC_TESTPMD_LIBRARY") and shutil.which("dpdk-testpmd"),
                     "built without DPDK, or with AddressSanitizer")
class Testpmd(bench.BenchTest):
    def run_testpmd(self, commands, *arguments, options=()):
        script = self.folder / "commands"
        script.write_text("\n".join(commands) + "\n")
        run = bench.execute(bench.REPOSITORY / "scripts/testpmd", "--script", script, *options, "--",
                            *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.output = run.stdout  # for who looks into a failure
        return run.stdout

    def streams(self, output):
        """The counters of each stop."""
        stops = []
        for text in output.split("Telling cores to stop...")[1:]:
            pattern = (r"RX Port= ?(\d+)/Queue= ?(\d+) -> .*\n"
                       r" *RX-packets: (\d+) +TX-packets: (\d+) +TX-dropped: (\d+)")
            stops.append([Stream(*map(int, match)) for match in re.findall(pattern, text)])
        return stops

    def cards(self, output):
        cards = []
        for name in "nic_a", "nic_b":
            match = re.search(name + r": transmitted (\d+) frames, received (\d+), delivered (\d+)\n"
                              r"(?:.*\n)*?" + name + r": (\d+) violations", output)
            self.assertIsNotNone(match, output)
            cards.append(Card(*map(int, match.groups())))
            self.assertEqual(cards[-1].violations, 0, output)
        self.assertEqual(cards[0].transmitted, cards[1].received)
        self.assertEqual(cards[1].transmitted, cards[0].received)
        return cards

    def check_forwarding(self, streams, queues):
        """All queues of both ports forward what they receive."""
        self.assertEqual(len(streams), 2 * queues)
        for stream in streams:
            self.assertGreater(stream.received, 100, streams)
            self.assertEqual(stream.dropped, 0, streams)
        # What went out beyond what came in was the first burst, and is on its way at the end.
        on_the_way = sum(stream.sent - stream.received for stream in streams)
        self.assertEqual(on_the_way, 2 * queues * 32)

    def forward(self, options):
        modes = "io", "mac", "csum"
        commands = []
        for mode in modes:
            commands += [f"set fwd {mode}", "start tx_first", "sleep 0.5", "stop"]
        output = self.run_testpmd(commands, "--rxq=4", "--txq=4", "--txonly-multi-flow", options=options)
        stops = self.streams(output)
        self.assertEqual(len(stops), len(modes))
        for streams in stops:
            self.check_forwarding(streams, 4)
        sent = sum(stream.sent for streams in stops for stream in streams)
        self.assertEqual(sum(card.transmitted for card in self.cards(output)), sent)
        self.assertEqual(sum(card.delivered for card in self.cards(output)), sent)

    def test_split_queues_forward_in_all_modes(self):
        self.forward([])

    def test_single_queues_forward_in_all_modes(self):
        self.forward(SINGLE)

    def send_and_receive_only(self, options):
        commands = ["set fwd rxonly", "start tx_first 8", "sleep 0.3", "stop",
                    "set fwd txonly", "start", "sleep 0.3", "stop"]
        output = self.run_testpmd(commands, "--rxq=2", "--txq=2", "--txonly-multi-flow", options=options)
        received, sent = self.streams(output)
        self.assertEqual(sum(stream.received for stream in received), 8 * 32 * len(received))
        for stream in sent:
            self.assertGreater(stream.sent, 1000)
        sent_frames = sum(stream.sent for stream in sent) + 8 * 32 * len(received)
        self.assertEqual(sum(card.transmitted for card in self.cards(output)), sent_frames)

    def test_split_queues_send_only_and_receive_only(self):
        self.send_and_receive_only([])

    def test_single_queues_send_only_and_receive_only(self):
        self.send_and_receive_only(SINGLE)

    def stop_start_detach_attach(self, options):
        forward = ["start tx_first", "sleep 0.2", "stop"]
        commands = ["set fwd mac", *forward]
        for _ in range(3):
            commands += ["port stop all", "port start all", *forward]
        for _ in range(3):
            commands += ["port stop all", "port detach 0", "port detach 1",
                         *(f"port attach {slot}" for slot in SLOTS), "port start all", *forward]
        output = self.run_testpmd(commands, "--rxq=2", "--txq=2", "--txonly-multi-flow", options=options)
        self.assertEqual(output.count("Device is detached"), 6)
        self.assertEqual(output.count("is attached. Now total ports is 2"), 3)
        stops = self.streams(output)
        self.assertEqual(len(stops), 7)
        for streams in stops:
            self.check_forwarding(streams, 2)
        self.cards(output)

    def test_split_queues_stop_start_detach_and_attach(self):
        self.stop_start_detach_attach([])

    def test_single_queues_stop_start_detach_and_attach(self):
        self.stop_start_detach_attach(SINGLE)

    def one_queue_stops_and_starts(self, options):
        forward = ["start tx_first", "sleep 0.2", "stop"]
        commands = ["set fwd mac", *forward]
        for _ in range(3):
            commands += ["port 0 rxq 1 stop", *forward, "port 0 rxq 1 start", *forward]
        output = self.run_testpmd(commands, "--rxq=2", "--txq=2", "--txonly-multi-flow", options=options)
        stops = self.streams(output)
        self.assertEqual(len(stops), 7)
        for streams in stops[0::2]:
            self.check_forwarding(streams, 2)
        for streams in stops[1::2]:
            self.assertNotIn((0, 1), [(stream.port, stream.queue) for stream in streams])
            for stream in streams:
                self.assertGreater(stream.received, 100, streams)
        self.cards(output)

    def test_split_queues_stop_and_start_one(self):
        self.one_queue_stops_and_starts([])

    def test_single_queues_stop_and_start_one(self):
        self.one_queue_stops_and_starts(SINGLE)

    def from_capture(self, sent, commands, *arguments, options=()):
        """Leads frames from a capture to port 0, over the cable, and from port 1 to a capture."""
        captures.write_pcap(self.folder / "in.pcap", sent)
        captures.write_pcap(self.folder / "none.pcap", [])
        names = {name: self.folder / f"{name}.pcap" for name in ("in", "none", "back", "out")}
        vdevs = ["--eal", f"--vdev=net_pcap0,rx_pcap={names['in']},tx_pcap={names['back']}",
                 "--eal", f"--vdev=net_pcap1,rx_pcap={names['none']},tx_pcap={names['out']}"]
        output = self.run_testpmd(["set portlist 2,0,1,3", *commands, "start", "sleep 1", "stop"],
                                  "--no-flush-rx", "--mbuf-size=9600", "--max-pkt-len=9018",
                                  "--total-num-mbufs=8192", *arguments, options=[*vdevs, *options])
        return output, captures.read_frames(names["out"])

    def check_segments(self, segments, payload, mss, total):
        self.assertEqual(len(segments), -(-len(payload) // mss))
        received = b""
        for number, segment in enumerate(segments):
            size = struct.unpack_from(">H", segment, 16)[0]
            packet = segment[14:14 + size]
            self.assertEqual(frames.checksum(packet[:20]), 0)
            pseudo_header = packet[12:20] + struct.pack(">II", size - 20, 6)
            self.assertEqual(frames.checksum(pseudo_header + packet[20:]), 0)
            self.assertEqual(struct.unpack_from(">H", packet, 4)[0], 0x1234 + number)
            self.assertEqual(struct.unpack_from(">I", packet, 24)[0], 1 + len(received))
            received += packet[40:]
        self.assertEqual(received, payload)
        self.assertEqual(len(received), total)

    def segmentation(self, options):
        payload = frames.text(8500)
        large = to_card_b(frames.ipv4(frames.TCP, frames.tcp(payload)))
        wrong = bytearray(to_card_b(frames.ipv4(frames.UDP, frames.udp(frames.text(700)))))
        wrong[24] ^= 0xFF  # IP checksum, which csum forwarding has the card make anew
        wrong[40] ^= 0xFF  # UDP checksum, likewise
        commands = ["port stop all", "set fwd csum", "csum set ip hw 0", "csum set tcp hw 0",
                    "csum set udp hw 0", "tso set 1000 0", "port start all"]
        output, received = self.from_capture([large, bytes(wrong)], commands, options=options)
        self.check_segments([frame for frame in received if frame[23] == 6], payload, 1000, len(payload))
        datagrams = [frame for frame in received if frame[23] == 17]
        self.assertEqual(len(datagrams), 1)
        self.assertEqual(datagrams[0][14:], frames.ipv4(frames.UDP, frames.udp(frames.text(700))))
        self.assertEqual(self.cards(output)[0].transmitted, 9 + 1)

    def test_split_queues_segment_and_fill_in_checksums(self):
        self.segmentation([])

    def test_single_queues_segment_and_fill_in_checksums(self):
        self.segmentation(SINGLE)

    def received_flags(self, output, port):
        """Of the packets that a port received, by their length."""
        flags = {}
        for burst in re.split(r"port (?=\d+/queue \d+: received)", output)[1:]:
            if burst.startswith(f"{port}/"):
                flags.update((int(length), text)
                             for length, text in re.findall(r" length=(\d+) .*\n.*ol_flags: (.*)", burst))
        return flags

    def checksums(self, options):
        good = to_card_b(frames.ipv4(frames.TCP, frames.tcp(frames.text(300))))
        bad_ip = to_card_b(frames.ipv4(frames.TCP, frames.tcp(frames.text(301)), wrong_sum=1))
        bad_l4 = bytearray(to_card_b(frames.ipv4(frames.UDP, frames.udp(frames.text(302)))))
        bad_l4[-1] ^= 1
        sent = [good, bad_ip, bytes(bad_l4)]
        offloads = [f"port config 1 rx_offload {name}_cksum on" for name in ("ipv4", "tcp", "udp")]
        commands = ["port stop all", *offloads, "port start all", "set fwd io", "set verbose 1"]
        output, received = self.from_capture(sent, commands, options=options)
        self.assertEqual(received, sent)
        flags = self.received_flags(output, 1)
        self.assertEqual(sorted(flags), sorted(len(frame) for frame in sent), output)
        for frame, l4_bad, ip_bad in (good, False, False), (bad_ip, False, True), (bad_l4, True, False):
            text = flags[len(frame)]
            self.assertEqual("RX_IP_CKSUM_BAD" in text, ip_bad, text)
            self.assertEqual("RX_IP_CKSUM_GOOD" in text, not ip_bad, text)
            self.assertEqual("RX_L4_CKSUM_BAD" in text, l4_bad, text)
            self.assertEqual("RX_L4_CKSUM_GOOD" in text, not l4_bad, text)

    def test_split_queues_judge_received_checksums(self):
        self.checksums([])

    def test_single_queues_judge_received_checksums(self):
        self.checksums(SINGLE)

    def test_parameters_of_the_cards_and_a_capture_of_the_wire(self):
        wire = self.folder / "wire.pcap"
        options = ["--set", "nic.device.queues=4", "--set", "cable.delay=3us", "--wire", wire]
        output = self.run_testpmd(["show port info 0", "set fwd io", "start tx_first", "sleep 1", "stop"],
                                  options=options)
        self.assertIn("Max possible RX queues: 4\n", output)
        card_a, card_b = self.cards(output)
        self.assertEqual(len(captures.read_frames(wire)), card_a.received + card_b.received)

    def protected(self, options, *flows):
        """The driver's traffic crosses the cable sealed, and everything arrives."""
        paths = {name: self.folder / name for name in ("flows.json", "keys.log", "wire.pcap", "opened.pcap")}
        paths["flows.json"].write_text(json.dumps(flows))
        cards = ["--protect", paths["flows.json"], "--keys", paths["keys.log"], "--wire", paths["wire.pcap"]]
        commands = ["set fwd mac", "start tx_first", "sleep 0.3", "stop"]
        output = self.run_testpmd(commands, "--rxq=2", "--txq=2", "--txonly-multi-flow",
                                  options=[*cards, *options])
        for streams in self.streams(output):
            self.check_forwarding(streams, 2)
        card_a, card_b = self.cards(output)
        self.assertNotIn(": dropped ", output)
        crossed = card_a.received + card_b.received
        self.assertEqual(card_a.delivered + card_b.delivered, crossed)
        process = bench.execute("/usr/bin/python3", "-B", bench.REPOSITORY / "scripts/open_wire.py",
                                paths["wire.pcap"], paths["keys.log"], "--expect-clear", 0, "--write",
                                paths["opened.pcap"])
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertRegex(process.stdout, rf"^packets {crossed}, PSP {crossed}, opened {crossed} with 2 keys")
        for frame in captures.read_frames(paths["opened.pcap"]):
            self.assertEqual(frame[23], frames.UDP)

    def test_split_queues_are_protected_in_transport_mode(self):
        self.protected([], {})

    def test_single_queues_are_protected_in_a_tunnel(self):
        self.protected(SINGLE, {"mode": "tunnel", "outer": {"a": "2001:db8::1", "b": "2001:db8::2"}})

    def test_a_refused_line_is_named_and_fails(self):
        script = self.folder / "commands"
        script.write_text("# comment\nset fwd io\nset fwd nonsense\nshow port info 0\n")
        run = bench.execute(bench.REPOSITORY / "scripts/testpmd", "--script", script)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn(f"{script}:3: \"set fwd nonsense\" was refused", run.stderr)
        self.assertEqual(run.stderr.count("refused"), 1, run.stderr)

    def test_wrong_parameters_end_it_with_their_place(self):
        script = self.folder / "commands"
        script.write_text("show port info 0\n")
        for option, value, message in (("--set", "nic.device.queue=4", "nic.device.queues"),
                                       ("--config", "/nowhere.json", "/nowhere.json"),
                                       ("--wire", "/nowhere/wire.pcap", "/nowhere/wire.pcap"),
                                       ("--protect", "/nowhere.json", "/nowhere.json: cannot be read")):
            run = bench.execute(bench.REPOSITORY / "scripts/testpmd", "--script", script, option, value)
            self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
            self.assertIn(message, run.stdout + run.stderr)


class Script(unittest.TestCase):
    def test_the_script_repeats_the_machine(self):
        script = (bench.REPOSITORY / "scripts/testpmd").read_text()
        arguments = re.findall(r'"(--.*?)"', MACHINE)
        self.assertIn("--iova-mode=va", arguments)
        for argument in arguments:
            self.assertRegex(script, rf"[( ]{argument} ")
        self.assertEqual(re.findall(r'-a "(0000:[^$]*)\$', script), SLOTS)
        self.assertEqual(re.findall(r"--eth-peer=(\d),(\S+)", script), [("0", MACS[1]), ("1", MACS[0])])


if __name__ == "__main__":
    unittest.main()
