# SPDX-License-Identifier: Apache-2.0
"""Nothing protected is readable on the wire, and session keys are in keys.log and nowhere else."""
import re

import captures
from bench import SHIPPED_CAPTURES, BenchTest

WINDOW_BYTES = 16
TCP_OVER_IPV4, TCP_OVER_IPV6 = 14 + 20, 14 + 40
KEY_PART_DIGITS = 16  # a quarter of a key of 32 bytes: none appears by chance


def windows(data):
    return {data[at:at + WINDOW_BYTES] for at in range(len(data) - WINDOW_BYTES + 1)}


def payloads(frames, tcp):
    """TCP payloads of frames whose TCP header is at `tcp`."""
    return [frame[tcp + 4 * (frame[tcp + 12] >> 4):] for frame in frames]


def seen_in_clear(run, sent):
    """Whether any window of the payloads `sent` is on the wire."""
    clear = set().union(*map(windows, sent))
    return any(not clear.isdisjoint(windows(frame)) for frame in run.frames("wire"))


class Secrets(BenchTest):
    """The wire, and every file and line the program writes."""

    def check_capture(self, path, tcp):
        sent = payloads(captures.read_frames(path), tcp)
        for version in (0, 1):
            run = self.run_well("--pcap", path, "--set", f"replay.psp_version={version}")
            self.assertFalse(seen_in_clear(run, sent), f"version {version}")
        for setting in "replay.psp_version=2", "replay.psp=false":  # GMAC hides nothing; the check can fail
            self.assertTrue(seen_in_clear(self.run_well("--pcap", path, "--set", setting), sent), setting)

    def test_no_window_of_the_ipv4_payload_is_on_the_wire(self):
        self.check_capture(SHIPPED_CAPTURES[0], TCP_OVER_IPV4)

    def test_no_window_of_the_ipv6_payload_is_on_the_wire(self):
        self.check_capture(SHIPPED_CAPTURES[1], TCP_OVER_IPV6)

    def test_no_window_of_tso_payload_is_on_the_wire(self):
        for workload, hidden in ("tso", True), ("clear", False):
            run = self.run_well("--workload", workload, "--packets", 88)
            sent = payloads(run.frames("host_b"), TCP_OVER_IPV4)
            self.assertEqual(seen_in_clear(run, sent), not hidden)

    def test_the_key_log_has_one_key_of_the_right_size_a_line(self):
        for version, digits in (0, 32), (1, 64), (2, 32), (3, 64):
            run = self.run_well("--workload", "stream", "--packets", 20, "--set",
                                f"stream.psp_version={version}")
            lines = (run.folder / "keys.log").read_text().splitlines()
            self.assertEqual(len(lines), 16)
            for line in lines:
                self.assertRegex(line, rf"\A[0-9a-f]{{8}} {version} [0-9a-f]{{{digits}}}\Z")
            self.assertEqual(len({line.split()[2] for line in lines}), 16)

    def check_no_key_outside_of_the_log(self, *options):
        run = self.run_well("--workload", "bidir", "--packets", 100, *options)
        self.assertEqual(len(run.keys), 32)
        texts = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.name != "keys.log"}
        texts["standard output"] = run.output.encode()
        for key in run.keys:
            raw = bytes.fromhex(key)
            for name, data in texts.items():
                for form in (raw, raw[::-1], raw[:8], raw[-8:], key.encode(), key.upper().encode()):
                    self.assertNotIn(form, data, name)

    def test_no_session_key_of_128_bits_is_outside_of_the_key_log(self):
        self.check_no_key_outside_of_the_log()

    def test_no_session_key_of_256_bits_is_outside_of_the_key_log(self):
        self.check_no_key_outside_of_the_log("--set", "stream.psp_version=1")

    def test_the_reports_hold_nothing_that_looks_like_a_key(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0])
        for name in "report.json", "host.json":
            text = (run.folder / name).read_text()
            found = re.findall(rf"[0-9a-fA-F]{{{KEY_PART_DIGITS + 1},}}", re.sub(r"\d+\.\d+", "", text))
            self.assertEqual(found, [], name)
