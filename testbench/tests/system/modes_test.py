# SPDX-License-Identifier: Apache-2.0
"""Every mode of PSP, each seen on the wire, opened there by an independent receiver and by the other card."""
import itertools
import struct

import frames as f
from bench import BenchTest

TAGS = {0x8100, 0x88A8}
NEXT_HEADER = {(False, False): 6, (False, True): 6, (True, False): 4, (True, True): 41}


class Wire:
    """The parts of a PSP frame that nobody encrypts."""

    def __init__(self, frame):
        at = 12
        self.tags = []
        while int.from_bytes(frame[at:at + 2], "big") in TAGS:
            self.tags.append(int.from_bytes(frame[at:at + 2], "big"))
            at += 4
        self.family = 4 if frame[at:at + 2] == b"\x08\0" else 6
        ip = at + 2
        self.chain = []
        if self.family == 4:
            udp = ip + 4 * (frame[ip] & 15)
        else:
            protocol, udp = frame[ip + 6], ip + 40
            while protocol != 17:
                self.chain.append(protocol)
                protocol, udp = frame[udp], udp + 8 * (frame[udp + 1] + 1)
        self.ip_header_bytes = udp - ip
        self.source_port, _, _, self.udp_checksum = struct.unpack_from(">HHHH", frame, udp)
        self.psp = frame[udp + 8:]
        self.next_header, self.length, self.crypt_offset, self.flags = self.psp[:4]


class Modes(BenchTest):
    """The stream workload with each of its parameters of PSP."""

    def check(self, *settings, packets=120):
        """A run of which all packets must open; gives the run and its wire."""
        words = [word for setting in settings for word in ("--set", setting)]
        run = self.run_well("--workload", "stream", "--packets", packets, *words)
        self.assertEqual(run.summary["a_to_b"]["received_psp"], packets)
        opened = self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)
        self.assertEqual(opened, run.frames("host_b"))
        return run, [Wire(frame) for frame in run.frames("wire")]

    def test_tunnels_of_all_families(self):
        for outer, inner in itertools.product((False, True), repeat=2):
            with self.subTest(outer=outer, inner=inner):
                _, wire = self.check("stream.tunnel=true", f"stream.outer_ipv6={str(outer).lower()}",
                                     f"stream.ipv6={str(inner).lower()}")
                self.assertEqual({(each.family, each.next_header) for each in wire},
                                 {(6 if outer else 4, NEXT_HEADER[True, inner])})

    def test_every_version_in_a_tunnel_with_a_cookie(self):
        for version in range(4):
            with self.subTest(version=version):
                _, wire = self.check("stream.tunnel=true", "stream.vc=true", "stream.crypt_offset=2",
                                     "stream.vc_value=18369614221190020847", f"stream.psp_version={version}")
                self.assertEqual({each.flags for each in wire}, {version << 2 | 3})
                self.assertEqual({each.psp[16:24].hex() for each in wire}, {"feedfacecafebeef"})

    def test_crypt_offset_from_nothing_to_all_of_63(self):
        for offset in 0, 1, 5, 62, 63:
            with self.subTest(offset=offset):
                _, wire = self.check(f"stream.crypt_offset={offset}", "stream.tcp_timestamps=false")
                self.assertEqual({each.crypt_offset for each in wire}, {offset})
                ports = {each.psp[18:20] for each in wire}
                self.assertEqual(ports == {struct.pack(">H", 5001)}, offset > 0)

    def test_crypt_offset_ends_with_the_packet(self):
        _, wire = self.check("stream.crypt_offset=63", "stream.payload_bytes=8", "stream.udp=true")
        self.assertEqual({each.crypt_offset for each in wire}, {4})

    def test_exposed_ports_are_where_they_are_expected(self):
        for settings, offset in (((), 1), (("stream.vc=true",), 3), (("stream.tunnel=true",), 6),
                                 (("stream.tunnel=true", "stream.ipv6=true"), 11),
                                 (("stream.tunnel=true", "stream.ipv6=true", "stream.vc=true"), 13),
                                 (("stream.tunnel=true", "stream.ip_option_words=3"), 9),
                                 (("stream.extension_words=2",), 5)):
            with self.subTest(settings=settings):
                _, wire = self.check("stream.expose_ports=true", *settings)
                self.assertEqual({each.crypt_offset for each in wire}, {offset})
                end = 16 + 4 * offset
                self.assertEqual({each.psp[end - 2:end] for each in wire}, {struct.pack(">H", 5001)})

    def test_header_extensions_sample_and_drop_bits(self):
        _, wire = self.check("stream.extension_words=3", "stream.vc=true", "stream.sample=true",
                             "stream.drop_after_sample=true")
        self.assertEqual({(each.length, each.flags) for each in wire}, {(5, 0xC3)})

    def test_vlan_tags_stay_in_front(self):
        for count, tags in (1, [0x8100]), (2, [0x88A8, 0x8100]):
            for tunnel in "false", "true":
                with self.subTest(count=count, tunnel=tunnel):
                    _, wire = self.check(f"stream.vlan_tags={count}", f"stream.tunnel={tunnel}")
                    self.assertTrue(all(each.tags == tags for each in wire))

    def test_ipv4_options_and_ipv6_extension_headers_stay_in_front_or_inside(self):
        _, wire = self.check("stream.ip_option_words=10")
        self.assertEqual({each.ip_header_bytes for each in wire}, {60})
        _, wire = self.check("stream.ip_option_words=10", "stream.tunnel=true")
        self.assertEqual({each.ip_header_bytes for each in wire}, {20})
        _, wire = self.check("stream.ipv6=true", "stream.ipv6_extensions=3")
        self.assertTrue(all(each.chain == [0, 60, 43] for each in wire))
        _, wire = self.check("stream.ipv6=true", "stream.ipv6_extensions=3", "stream.tunnel=true")
        self.assertTrue(all(each.chain == [] for each in wire))

    def test_source_ports_by_hash_table_and_software(self):
        for rule, least, most in ("hash", 12, 16), ("table", 4, 16), ("fixed", 1, 1):
            with self.subTest(rule=rule):
                _, wire = self.check(f"stream.source_port={rule}")
                ports = {each.source_port for each in wire}
                self.assertTrue(least <= len(ports) <= most, ports)

    def test_udp_checksums_that_are_valid(self):
        run, wire = self.check("nic.tx.udp_checksum=valid", "nic.rx.verify_udp_checksum=true",
                               "stream.ipv6=true", "stream.payload_bytes=1388")
        self.assertNotIn(0, {each.udp_checksum for each in wire})
        for frame in run.frames("wire"):
            udp = frame[54:]
            self.assertEqual(f.checksum(frame[22:54] + struct.pack(">II", len(udp), 17) + udp), 0)
        _, wire = self.check()
        self.assertEqual({each.udp_checksum for each in wire}, {0})

    def test_segmentation_in_every_mode(self):
        shapes = [("stream.udp=true",), ("stream.udp=true", "stream.ipv6=true"),
                  ("stream.tunnel=true", "stream.ipv6=true"), ("stream.tunnel=true", "stream.udp=true"),
                  ("stream.tunnel=true", "stream.outer_ipv6=true", "stream.vlan_tags=2", "stream.vc=true"),
                  ("stream.ip_option_words=6", "stream.expose_ports=true"),
                  ("stream.ipv6=true", "stream.ipv6_extensions=2", "stream.psp_version=1"),
                  ("stream.psp_version=3", "stream.extension_words=4")]
        for shape in shapes:
            with self.subTest(shape=shape):
                run, _ = self.check("stream.tso=20000B", "stream.payload_bytes=1300", *shape, packets=150)
                self.assertEqual(run.summary["a_to_b"]["wire_frames"], 150)
                self.assertEqual(run.report["drivers"]["host_a"]["tx_tso_frames"]["value"], 10)

    def test_plain_udp_is_segmented_as_well(self):
        for family in "false", "true":
            run = self.run_well("--workload", "clear", "--packets", 90, "--set", "stream.tso=20000B", "--set",
                                "stream.udp=true", "--set", f"stream.ipv6={family}")
            self.assertEqual(run.frames("wire"), run.frames("host_b"))
            size = 1408 + 42 + 20 * (family == "true")
            self.assertEqual({len(frame) for frame in run.frames("wire")}, {size})

    def test_a_captures_packets_go_through_a_tunnel_whatever_they_are(self):
        data = f.udp(f.text(1600))
        captured = [f.tcp4(), f.tcp6(9), f.udp4(), f.icmp_echo(),
                    f.ethernet(f.IPV4, f.ipv4(f.UDP, data[:1480], fragment=0x2000)),
                    f.ethernet(f.IPV4, f.ipv4(f.UDP, data[1480:], fragment=185)),
                    f.ethernet(f.IPV4, f.ipv4(f.TCP, f.tcp(f.text(90)), wrong_sum=0x0100))]
        path = self.write_capture(captured)
        for settings in (), ("replay.outer_ipv6=true", "replay.vc=true"), ("replay.crypt_offset=9",):
            with self.subTest(settings=settings):
                words = [word for setting in settings for word in ("--set", setting)]
                run = self.run_bench("--pcap", path, "--set", "replay.tunnel=true", *words)
                self.assertEqual((run.total("sent_psp"), run.total("verified")), (len(captured),) * 2)
                self.assertEqual(run.frames("host_b"), captured)

    def test_a_capture_in_transport_mode_with_a_cookie(self):
        captured = [f.tcp4(), f.tcp6(9), f.udp4(1), f.tcp4(7, tags=[(f.QINQ, 1), (f.VLAN, 2)])]
        path = self.write_capture(captured)
        run = self.run_well("--pcap", path, "--set", "replay.vc=true", "--set", "replay.crypt_offset=3")
        self.assertEqual(self.open_wire(run), captured)
