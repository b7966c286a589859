# SPDX-License-Identifier: Apache-2.0
"""Recordings of cards under real workloads, and what a replay finds."""
import os
import re
import stat
import unittest

from bench import SHIPPED_CAPTURES, BenchTest, execute

PSPNIC = os.environ["PSPNIC"]


def replay(path, *words):
    return execute(PSPNIC, "replay", path, *words)


def row(output, name):
    """Numbers of a line of the table: recorded, the same, contents, times, missing, extra."""
    return [int(word) for word in re.search(rf"^{name} +([\d ]+)", output, re.MULTILINE).group(1).split()]


class Recording(BenchTest):
    """Both cards of a run."""

    def record(self, *words):
        paths = [self.folder / "a.rec", self.folder / "b.rec"]
        process = execute(PSPNIC, "run", *words, "--record", paths[0], "--record-b", paths[1],
                          "--report", self.folder / "report.json")
        self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
        return paths

    def check_repeats(self, *words):
        for path in self.record(*words):
            process = replay(path)
            self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
            self.assertIn("replayed by the same\n", process.stdout)
            self.assertTrue(process.stdout.endswith("\nNo difference, to the picosecond.\n"), process.stdout)
            self.assertNotIn("reads of memory answered", process.stdout)
            for name in ("register reads", "reads of memory", "writes of memory"):
                recorded, same = row(process.stdout, name)[:2]
                self.assertGreater(recorded, 0, name)
                self.assertEqual(recorded, same, name)

    def test_stream_repeats(self):
        self.check_repeats("--workload", "stream", "--packets", 500)

    def test_tso_and_gro_repeat(self):
        self.check_repeats("--workload", "tcp_tso", "--set", "tcp.bytes=200KiB", "--set", "host.gro=true",
                           "--set", "host.header_split=true")

    def test_traffic_both_ways_repeats(self):
        self.check_repeats("--workload", "many", "--packets", 500, "--set", "host.queue_pairs=4")

    def test_captures_repeat(self):
        self.check_repeats("--pcap", SHIPPED_CAPTURES[1])

    def test_keys_by_ring_repeat(self):
        self.check_repeats("--workload", "churn", "--set", "churn.duration=300us",
                           "--set", "host.psp.key_mode=config_queue")

    def test_virtual_functions_repeat(self):
        self.check_repeats("--workload", "stream", "--packets", 300, "--set", "nic.device.vfs=2",
                           "--set", "host.vfs=2")

    def test_frames_that_the_cable_damaged_repeat(self):
        self.check_repeats("--workload", "tcp", "--set", "tcp.bytes=200KiB", "--set", "cable.loss=0.01",
                           "--set", "cable.duplicate=0.01")

    def test_recording_changes_nothing(self):
        words = "--workload", "bidir", "--packets", 300
        self.record(*words)
        plain = self.folder / "plain.json"
        self.assertEqual(execute(PSPNIC, "run", *words, "--report", plain).returncode, 0)
        self.assertEqual((self.folder / "report.json").read_text(), plain.read_text())

    def test_another_card_is_told_apart(self):
        path = self.record("--workload", "stream", "--packets", 300)[0]
        other = "--set", "nic.crypto.gcm.lanes=1"
        timed = replay(path, *other)
        self.assertEqual((timed.returncode, timed.stderr), (1, ""))
        self.assertGreater(row(timed.stdout, "frames out")[3], 100)
        self.assertIn("leaving frame of 1514 bytes: now at ", timed.stdout)
        contents = replay(path, *other, "--ignore", "times")
        self.assertEqual((contents.returncode, contents.stderr), (0, ""), contents.stdout)
        self.assertIn("\nNo difference in contents.\n", contents.stdout)
        self.assertIn("Times not compared: ", contents.stdout)

    def test_files_are_their_owners_and_warn(self):
        path = self.record("--workload", "stream", "--packets", 10)[0]
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertIn(b"holds the keys that the driver installed", path.read_bytes()[:300])

    def test_what_a_card_alone_cannot_repeat_is_refused(self):
        words = ["--workload", "stream", "--packets", "10", "--record", self.folder / "a.rec"]
        for setting, named in (("faults.doorbell.lost=0.1", "faults: "), ("payload=lengths", "payload: "),
                               ("nic.control.key_max_age=1s", "nic.control.key_max_age: ")):
            process = execute(PSPNIC, "run", *words, "--set", setting)
            self.assertEqual((process.returncode, process.stdout), (2, ""), setting)
            self.assertIn(named, process.stderr)
        self.assertFalse((self.folder / "a.rec").exists())

    def test_each_card_has_a_file_of_its_own(self):
        (self.folder / "linked").symlink_to(self.folder)
        for other in ("a.rec", "./a.rec", "linked/a.rec"):
            process = execute(PSPNIC, "run", "--workload", "stream", "--packets", 10, "--record",
                              self.folder / "a.rec", "--record-b", f"{self.folder}/{other}")
            self.assertEqual((process.returncode, process.stdout), (2, ""), other)
            self.assertIn("--record-b: ", process.stderr)
        self.assertFalse((self.folder / "a.rec").exists())

    def test_what_breaks_off_is_replayed_up_to_there(self):
        path = self.record("--workload", "stream", "--packets", 50)[0]
        whole = path.read_bytes()
        for length in (len(whole) - 1, len(whole) // 2):
            path.write_bytes(whole[:length])
            process = replay(path)
            self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
            self.assertRegex(process.stdout, r"\n  breaks off at [\d.]+ us without an end")
            self.assertIn("No difference, to the picosecond", process.stdout)
        path.write_bytes(b"")
        process = replay(path)
        self.assertEqual(process.returncode, 1)
        self.assertIn("a.rec: is empty: ", process.stderr)

    def test_the_sanitizer_watches_the_recorded_driver(self):
        path = self.record("--workload", "stream", "--packets", 50)[0]
        process = replay(path, "--set", "nic.sanitizer.mode=strict")
        self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
        self.assertNotIn("wrong", process.stdout)

    def test_a_full_device_is_told_before_the_run(self):
        process = execute(PSPNIC, "run", "--workload", "stream", "--packets", 10, "--record", "/dev/full")
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertIn("/dev/full: cannot be written: No space left", process.stderr)

    def test_messages_hold_nothing_that_a_terminal_obeys(self):
        path = self.record("--workload", "stream", "--packets", 10)[0]
        whole = path.read_bytes()
        for name, bad in (("byte", b"\xf4"), ("escape", b"\x1b")):
            broken = self.folder / name
            broken.write_bytes(whole.replace(b'"source"', b'"sour' + bad + b'e"', 1))
            process = execute(PSPNIC, "replay", broken)
            self.assertEqual(process.returncode, 1)
            self.assertIn(f"{name}: header: ", process.stderr)
            self.assertTrue(process.stderr.rstrip("\n").isprintable(), process.stderr)

    def test_wrong_usage_and_files_that_are_none(self):
        path = self.record("--workload", "stream", "--packets", 10)[0]
        whole = path.read_bytes()
        broken = self.folder / "broken.rec"
        for words, status, named in (
                ([], 2, "pspnic replay: needs a recording"),
                ([path, "--ignore", "contents"], 2, "--ignore: 'contents', can be times alone"),
                ([path, "--set", "nic.crypto.gcm.lans=1"], 2, "nic.crypto.gcm.lanes"),
                ([self.folder / "none"], 2, "none: cannot be read: No such file"),
                ([self.folder], 2, "cannot be read: Is a directory"),
                ([SHIPPED_CAPTURES[0]], 1, "tcp_ipv4.pcap: byte 0: a recording begins with"),
                ([broken], 1, "broken.rec: byte ")):
            broken.write_bytes(whole[:100])
            process = replay(*words) if words else execute(PSPNIC, "replay")
            self.assertEqual(process.returncode, status, process.stderr)
            self.assertIn(named, process.stderr)


if __name__ == "__main__":
    unittest.main()
