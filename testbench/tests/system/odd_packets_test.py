# SPDX-License-Identifier: Apache-2.0
"""Captures with packets of every kind: what PSP cannot protect passes in clear and is counted under its
reason, and every packet arrives as it was sent."""
import struct

import captures
import frames as f
from bench import BenchTest

MIN_FRAME_BYTES = 60
CARD_MTU = 9216
PSP_BYTES = 40
DONT_FRAGMENT, MORE_FRAGMENTS = 0x4000, 0x2000
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AH = 0, 43, 44, 60, 51
NOT_FOR_AN_INDEPENDENT_READER = ("malformed", "bad_ipv4_checksum")
RECORD_ROUTE = bytes([7, 7, 4, 0, 0, 0, 0, 0])


def padded(frame):
    return frame + bytes(max(0, MIN_FRAME_BYTES - len(frame)))


def filled_ipv4(total_bytes, source=f.MAC_A, tags=()):
    """TCP in an IP packet of this size."""
    return f.tcp4(total_bytes - 40, source, tags)


class OddPackets(BenchTest):
    """Every capture is made here, packet by packet."""

    def check(self, reason, frames, *options, sent=True):
        """All `frames`, from host A, go in clear (or not at all) for `reason`, between two under PSP."""
        first, last = f.tcp4(), f.tcp4(source_port=20001)
        run = self.run_well("--pcap", self.write_capture([first, *frames, last]), *options)
        self.assertEqual(run.count(reason), len(frames), run.output)
        self.assertEqual(run.total("sent_psp"), 2, run.output)
        self.assertEqual(run.total("sent"), 2 + len(frames) * sent)
        expected = [padded(frame) for frame in frames] if sent else []
        # What is in clear overtakes in the receiver what is in its crypto lanes.
        received = run.frames("host_b")
        self.assertEqual([frame for frame in received if frame not in (first, last)], expected)
        self.assertEqual([frame for frame in received if frame in (first, last)], [first, last])
        self.assertEqual(run.frames("wire")[1:-1], expected)
        if reason not in NOT_FOR_AN_INDEPENDENT_READER:
            self.assertEqual(self.open_wire(run), [first, *expected, last])
        self.assertIn(f"{reason}: {len(frames)}", run.output)
        return run

    def check_protected(self, frames, received=None, *options):
        """All `frames`, from host A, are protected and arrive as `received`."""
        run = self.run_well("--pcap", self.write_capture(frames), *options)
        self.assertEqual(run.total("sent_psp"), len(frames), run.output)
        self.assertEqual(run.frames("host_b"), received or frames)
        self.assertEqual(self.open_wire(run, "--expect-clear", 0), received or frames)
        return run

    def test_tcp_and_udp_of_any_size_over_both_families_are_protected(self):
        self.check_protected([make(size) for size in (0, 1, 2, 3, 15, 16, 17, 100, 1432)
                              for make in (f.tcp4, f.tcp6, f.udp4, f.udp6)])

    def test_vlan_and_qinq_tags_are_kept_around_psp(self):
        one, two = [(f.VLAN, 0x2064)], [(f.QINQ, 100), (f.VLAN, 0xE0C8)]
        self.check_protected([make(size, tags=tags) for tags in (one, two) for make in (f.tcp4, f.tcp6)
                              for size in (0, 5, 1408)])

    def test_ipv4_options_stay_in_front_of_psp(self):
        self.check_protected([f.tcp4(100, options=RECORD_ROUTE), f.tcp4(0, options=bytes([1] * 40))])

    def test_ethernet_padding_of_protected_packets_is_not_carried(self):
        short = [f.tcp4(0), f.udp4(1), f.tcp4(0, tags=[(f.VLAN, 5)])]
        trailing = [frame + bytes(range(1, 7)) for frame in short]
        self.check_protected(trailing, short)

    def test_udp_to_the_port_of_psp_is_protected_like_any_other(self):
        self.check_protected([f.udp4(size, port=1000) for size in (0, 3, 24, 40, 100)]
                             + [f.udp6(size, port=1000) for size in (0, 3, 24, 40, 100)])

    def test_a_wrong_tcp_checksum_is_carried_as_it_is(self):
        frame = f.tcp4()
        frame = frame[:50] + bytes([frame[50] ^ 1]) + frame[51:]
        run = self.run_bench("--pcap", self.write_capture([frame]))
        self.assertEqual((run.total("sent_psp"), run.total("verified")), (1, 1))
        self.assertEqual(run.frames("host_b"), [frame])

    def test_udp_over_ipv4_without_a_checksum_is_protected(self):
        frame = f.udp4()
        self.check_protected([frame[:40] + b"\0\0" + frame[42:]])

    def test_arp_and_lldp_pass_in_clear(self):
        self.check("not_ip", [f.arp(), f.lldp()])

    def test_length_fields_and_unknown_ether_types_pass_in_clear(self):
        self.check("not_ip", [f.ethernet(0x88B5, f.text(300)), f.ethernet(38, f.text(38)),
                              f.ethernet(0x88B5, f.text(3)),
                              f.ethernet(0x88B5, f.text(46), tags=[(f.VLAN, 7)])])

    def test_ipv4_fragments_pass_in_clear(self):
        data = f.udp(f.text(1600))
        self.check("ip_fragment",
                   [f.ethernet(f.IPV4, f.ipv4(f.UDP, data[:1480], fragment=MORE_FRAGMENTS)),
                    f.ethernet(f.IPV4, f.ipv4(f.UDP, data[1480:], fragment=1480 // 8))])

    def test_packets_that_forbid_fragments_are_protected(self):
        self.check_protected([f.ethernet(f.IPV4, f.ipv4(f.TCP, f.tcp(f.text(80)), fragment=DONT_FRAGMENT))])

    def test_ipv6_fragments_pass_in_clear(self):
        data = f.udp(f.text(1600), addresses=f.ADDRESSES6)
        parts = [(data[:1440], 1), (data[1440:], 1440)]
        bodies = [struct.pack(">BBHI", f.UDP, 0, at, 7) + part for part, at in parts]
        self.check("ip_fragment", [f.ethernet(f.IPV6, f.ipv6(FRAGMENT, body)) for body in bodies])

    def test_psp_goes_behind_ipv6_extension_headers(self):
        data = f.tcp(f.text(100), f.ADDRESSES6)
        pad = bytes([f.TCP, 0, 1, 4, 0, 0, 0, 0])
        routing = bytes([f.TCP, 2, 4, 0, 0, 0, 0, 0]) + f.ADDRESSES6[:16]
        both = bytes([DESTINATION]) + pad[1:] + pad
        self.check_protected([f.ethernet(f.IPV6, f.ipv6(first, header + data))
                              for first, header in ((HOP_BY_HOP, pad), (DESTINATION, pad), (ROUTING, routing),
                                                    (HOP_BY_HOP, both))])

    def test_extension_headers_that_hold_their_payload_fast_pass_in_clear(self):
        data = f.tcp(f.text(100), f.ADDRESSES6)
        under_way = bytes([f.TCP, 2, 4, 1, 0, 0, 0, 0]) + f.ADDRESSES6[:16]
        authentication = bytes([f.TCP, 4]) + bytes(22)
        atomic = bytes([f.TCP, 0, 0, 0]) + bytes(4)
        self.check("ipv6_extension_headers",
                   [f.ethernet(f.IPV6, f.ipv6(first, header + data))
                    for first, header in ((ROUTING, under_way), (AH, authentication), (FRAGMENT, atomic))])

    def test_icmp_sctp_and_unknown_protocols_pass_in_clear(self):
        self.check("neither_tcp_nor_udp",
                   [f.icmp_echo(), f.ethernet(f.IPV6, f.ipv6(f.ICMPV6, f.text(64))),
                    f.ethernet(f.IPV4, f.ipv4(f.SCTP, f.text(64))),
                    f.ethernet(f.IPV4, f.ipv4(253, f.text(64)))])

    def test_a_wrong_ipv4_header_checksum_passes_in_clear(self):
        packet = f.ipv4(f.TCP, f.tcp(f.text(90)), wrong_sum=0x0100)
        self.check("bad_ipv4_checksum", [f.ethernet(f.IPV4, packet)])

    def test_malformed_headers_pass_in_clear(self):
        packet = f.ipv4(f.TCP, f.tcp(f.text(60)))
        wrong_version = bytes([0x65]) + packet[1:]
        short_header = bytes([0x44]) + packet[1:]
        too_long = packet[:2] + struct.pack(">H", len(packet) + 1) + packet[4:]
        cut_tcp = f.ipv4(f.TCP, f.tcp(b"")[:12])
        udp_length = f.ipv4(f.UDP, f.udp(f.text(40), length=99))
        cut_ipv6 = f.ipv6(f.UDP, f.udp(f.text(40), addresses=f.ADDRESSES6))[:70]
        self.check("malformed",
                   [f.ethernet(f.IPV4, body) for body in (wrong_version, short_header, too_long, cut_tcp,
                                                          udp_length, packet[:10])]
                   + [f.ethernet(f.IPV6, cut_ipv6)])

    def test_frames_captured_in_part_pass_in_clear(self):
        whole = [f.tcp4(400), f.tcp6(1000), f.udp4(700)]
        snap = [frame[:96] for frame in whole]
        path = self.folder / "snap.pcap"
        path.write_bytes(captures.pcap_header() + b"".join(captures.pcap_record(cut, 0, len(frame))
                                                           for cut, frame in zip(snap, whole)))
        run = self.run_well("--pcap", path)
        self.assertEqual((run.count("truncated_capture"), run.total("sent_psp")), (3, 0))
        self.assertEqual(run.frames("host_b"), snap)

    def test_frames_of_9000_bytes_are_protected_and_9216_is_the_mtu(self):
        self.check_protected([filled_ipv4(size) for size in (9000, CARD_MTU - PSP_BYTES)]
                             + [filled_ipv4(CARD_MTU - PSP_BYTES, tags=[(f.VLAN, 9)])])

    def test_packets_without_room_for_psp_pass_in_clear(self):
        self.check("no_room_for_psp", [filled_ipv4(CARD_MTU - PSP_BYTES + 1), filled_ipv4(CARD_MTU),
                                       filled_ipv4(CARD_MTU, tags=[(f.VLAN, 9)])])

    def test_packets_without_room_for_psp_on_a_card_of_1500_bytes_pass_in_clear(self):
        self.check("no_room_for_psp", [filled_ipv4(1461), filled_ipv4(1500)], "--set", "nic.mac.mtu=1500")

    def test_frames_longer_than_the_mtu_are_not_sent(self):
        self.check("longer_than_mtu", [filled_ipv4(CARD_MTU + 1), filled_ipv4(20000)], sent=False)
        self.check("longer_than_mtu", [filled_ipv4(1501), f.ethernet(0x88B5, bytes(1501))], "--set",
                   "nic.mac.mtu=1500", sent=False)

    def test_runts_are_not_sent(self):
        self.check("shorter_than_17_bytes", [bytes(5), bytes(1), f.arp()[:14], f.arp()[:16]], sent=False)

    def test_a_frame_of_17_bytes_is_sent_with_padding(self):
        self.check("not_ip", [f.arp()[:17]])

    def test_a_packet_in_clear_to_the_port_of_psp_is_not_sent(self):
        frame = f.ethernet(f.IPV4, f.ipv4(f.UDP, f.udp(f.text(100), 1000), wrong_sum=1))
        run = self.run_bench("--pcap", self.write_capture([f.tcp4(), frame, f.tcp4(7)]))
        self.assertEqual(run.frames("host_b"), [f.tcp4(), f.tcp4(7)])
        self.assertEqual(run.summary["a_to_b"]["not_sent"]["clear_to_psp_port"], 1)
        self.assertEqual((run.total("missing"), run.summary["drops"]), (0, {}))

