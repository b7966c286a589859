# SPDX-License-Identifier: Apache-2.0
"""Receive coalescing, header split and stripped PSP headers: what the host gets is what the wire carried."""
import struct

from bench import BenchTest

ETHERNET_BYTES = 14
PACKETS = 1200


def ones_complement_sum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def streams(test, frames):
    """{flow: payload in order of arrival}; every header of every frame is checked."""
    found = {}
    for frame in frames:
        ip = frame[ETHERNET_BYTES:]
        if frame[12:14] == b"\x08\x00":
            test.assertEqual(ones_complement_sum(ip[:20]), 0xFFFF)
            test.assertEqual(struct.unpack_from(">H", ip, 2)[0], len(ip))
            addresses, tcp = ip[12:20], ip[20:]
        else:
            test.assertEqual(struct.unpack_from(">H", ip, 4)[0], len(ip) - 40)
            addresses, tcp = ip[8:40], ip[40:]
        pseudo = addresses + struct.pack(">II", len(tcp), 6)
        test.assertEqual(ones_complement_sum(pseudo + tcp), 0xFFFF)
        port, _, sequence = struct.unpack_from(">HHI", tcp)
        stream = found.setdefault(port, bytearray())
        test.assertEqual(sequence, len(stream), "the next byte of the flow")
        stream += tcp[4 * (tcp[12] >> 4):]
    return found


class Gro(BenchTest):
    """Runs of the stream workload with host B's offloads on."""

    def check(self, *options, psp=True):
        words = [word for option in options for word in ("--set", option)]
        run = self.run_well("--workload", "stream", "--packets", PACKETS, *words)
        wire = self.open_wire(run) if psp else run.frames("wire")
        frames = run.frames("host_b")
        self.assertEqual(streams(self, frames), streams(self, wire))
        return run, frames

    def counter(self, run, name):
        return run.report["drivers"]["host_b"][name]["value"]

    def test_merged_frames_are_the_streams_of_the_wire(self):
        for options in ([], ["host.strip_headers=true"], ["host.header_split=true"],
                        ["host.strip_headers=true", "host.header_split=true"],
                        ["stream.ipv6=true", "stream.payload_bytes=1387"],
                        ["stream.psp_version=3", "host.strip_headers=true"]):
            with self.subTest(options=options):
                run, frames = self.check("host.gro=true", *options)
                gro = run.report["statistics"]["nic_b"]["rx"]["gro"]
                self.assertEqual(gro["packets"]["value"], PACKETS)
                self.assertEqual(gro["merged"]["value"], PACKETS - len(frames))
                self.assertLess(len(frames), PACKETS / 5)
                self.assertEqual(self.counter(run, "rx_psp_frames"), len(frames))
                split = len(frames) if "host.header_split=true" in options else 0
                self.assertEqual(self.counter(run, "rx_header_split"), split)

    def test_plain_frames_are_merged_too(self):
        _, frames = self.check("host.gro=true", "stream.psp=false", psp=False)
        self.assertLess(len(frames), PACKETS / 5)

    def test_without_coalescing_headers_are_split_and_stripped_alike(self):
        run, frames = self.check("host.strip_headers=true", "host.header_split=true")
        self.assertEqual(len(frames), PACKETS)
        self.assertEqual(self.counter(run, "rx_header_split"), PACKETS)

    def test_both_ways_over_several_queues(self):
        run = self.run_well("--workload", "bidir", "--packets", PACKETS, "--set", "host.gro=true", "--set",
                            "host.queue_pairs=4")
        self.assertGreater(self.counter(run, "rx_merged_frames"), 0)

    def test_more_flows_than_contexts_are_hardly_merged(self):
        ratios = []
        for flows in (4, 400):
            run, _ = self.check("host.gro=true", f"stream.flows={flows}")
            ratios.append(run.report["statistics"]["nic_b"]["rx"]["gro"]["ratio"]["value"])
        self.assertGreater(ratios[0], 20)
        self.assertLess(ratios[1], 1.2)
        flushes = run.report["statistics"]["nic_b"]["rx"]["gro"]["flushes"]["value"]
        reason, count = max(flushes.items(), key=lambda item: item[1])
        share = 100 * count / sum(flushes.values())
        self.assertIn(f"handed on because of {reason} {share:.1f} %", run.output)

    def test_bad_parameters_are_named(self):
        for options, name in ((["--workload", "stream", "--set", "gro.ways=3"], "nic.rx.gro.contexts"),
                              (["--pcap", "none.pcap", "--set", "host.gro=true"], "host.gro")):
            process = self.pspnic("run", *options)
            self.assertNotEqual(process.returncode, 0)
            self.assertIn(name, process.stderr)
