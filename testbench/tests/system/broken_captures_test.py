# SPDX-License-Identifier: Apache-2.0
"""Captures that cannot be read, or only up to a point: what came before is run and reported."""
import captures
import frames as f
from bench import SHIPPED_CAPTURES, BenchTest

FRAMES = [f.tcp4(number) for number in range(5)]


class BrokenCaptures(BenchTest):
    """The error names file, packet and reason."""

    def check_breaks_off(self, data, whole, *texts):
        """Of `data`, `whole` packets are good; the next one is at fault."""
        path = self.folder / "broken.pcap"
        path.write_bytes(data)
        run = self.run_bench("--pcap", path, status=1)
        self.assertEqual(run.frames("host_b"), FRAMES[:whole])
        self.assertEqual((run.total("sent_psp"), run.total("verified")), (whole, whole))
        error = run.summary["input_error"]
        for text in ("broken.pcap", f"packet {whole + 1}", *texts):
            self.assertIn(text, error)
        self.assertIn(error, run.output)
        self.assertIs(run.summary["all_well"], False)
        self.assertIn("NOT ALL IS WELL", run.output)
        self.open_wire(run, "--expect-clear", 0)

    def check_unusable(self, data, *texts):
        path = self.folder / "broken.pcap"
        path.write_bytes(data)
        process = self.pspnic("run", "--pcap", path)
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertRegex(process.stderr, r"\Apspnic: [^\n]*broken.pcap: [^\n]+\n\Z")
        for text in texts:
            self.assertIn(text, process.stderr)

    def records(self, count):
        return captures.pcap_header() + b"".join(captures.pcap_record(frame) for frame in FRAMES[:count])

    def test_cut_inside_a_packet(self):
        data = self.records(4)
        self.check_breaks_off(data[:-1], 3, "truncated")
        self.check_breaks_off(data[:-len(FRAMES[3])], 3, "truncated")

    def test_cut_inside_a_record_header(self):
        for cut in 1, 8, 15:
            self.check_breaks_off(self.records(3) + captures.pcap_record(FRAMES[3])[:cut], 3, "truncated")

    def test_a_length_that_cannot_be(self):
        bad = b"\0" * 8 + b"\xff\xff\xff\x7f" * 2
        self.check_breaks_off(self.records(2) + bad + bytes(100), 2)

    def test_a_first_packet_that_is_broken_leaves_nothing_to_run(self):
        self.check_unusable(self.records(1)[:-1], "packet 1", "truncated")

    def test_pcapng_cut_in_the_middle(self):
        path = self.folder / "whole.pcapng"
        captures.write_pcapng(path, FRAMES[:3])
        self.check_breaks_off(path.read_bytes()[:-40], 2)

    def test_a_shipped_capture_cut_in_the_middle(self):
        whole = captures.read_frames(SHIPPED_CAPTURES[0])
        path = self.folder / "half.pcap"
        path.write_bytes(SHIPPED_CAPTURES[0].read_bytes()[:130_000])
        run = self.run_bench("--pcap", path, status=1)
        sent = run.total("verified")
        self.assertGreater(sent, 80)
        self.assertEqual(sorted(run.frames("host_a") + run.frames("host_b")), sorted(whole[:sent]))
        self.assertRegex(run.summary["input_error"], rf"half\.pcap: packet {sent + 1}: ")

    def test_what_is_beyond_the_limit_is_not_read(self):
        path = self.folder / "broken.pcap"
        path.write_bytes(self.records(4)[:-1])
        self.assertEqual(self.run_well("--pcap", path, "--packets", 3).total("verified"), 3)

    def test_a_missing_file(self):
        process = self.pspnic("run", "--pcap", self.folder / "none.pcap")
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertRegex(process.stderr, r"none\.pcap: .*No such file")

    def test_a_folder(self):
        process = self.pspnic("run", "--pcap", self.folder)
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn(str(self.folder), process.stderr)

    def test_no_capture_at_all(self):
        self.check_unusable(b"root:x:0:0:root:/root:/bin/bash\n" * 9, "format")

    def test_an_empty_file(self):
        self.check_unusable(b"", "truncated")

    def test_half_a_file_header(self):
        self.check_unusable(captures.pcap_header()[:20], "truncated")

    def test_a_capture_of_another_link_type(self):
        raw_ip = 101
        self.check_unusable(captures.pcap_header(link=raw_ip) + captures.pcap_record(FRAMES[0][14:]),
                            "link type")
