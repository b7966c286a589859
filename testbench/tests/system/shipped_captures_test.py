# SPDX-License-Identifier: Apache-2.0
"""The main job: a real TCP transfer goes in at both hosts and comes out at the other, PSP between them."""
import captures
from bench import SHIPPED_CAPTURES, WRITTEN, BenchTest

ALL_PSP = ("--require-psp-for", "tcp,udp", "--expect-clear", 0)
VERSIONS = (0, 1, 2, 3)


def directions(path):
    """The frames of a capture, those with the first frame's source address first."""
    frames = captures.read_frames(path)
    from_a = [frame for frame in frames if frame[6:12] == frames[0][6:12]]
    from_b = [frame for frame in frames if frame[6:12] != frames[0][6:12]]
    return from_a, from_b


def check_run(test, path, *options):
    """Runs `path` and compares everything that was recorded with it."""
    from_a, from_b = directions(path)
    test.assertGreater(min(len(from_a), len(from_b)), 30)
    run = test.run_well("--pcap", path, *options)
    test.assertEqual(run.frames("host_b"), from_a)
    test.assertEqual(run.frames("host_a"), from_b)
    test.assertEqual(run.total("sent_psp"), len(from_a) + len(from_b))
    test.assertEqual(run.summary["drops"], {})
    return run


def check_wire(test, path, version):
    run = check_run(test, path, "--set", f"replay.psp_version={version}")
    opened = test.open_wire(run, "--version", version, *ALL_PSP)
    test.assertEqual(sorted(opened), sorted(captures.read_frames(path)))


class ShippedCaptures(BenchTest):
    """Both captures, and what a run leaves behind."""

    def test_ipv4_arrives_byte_for_byte(self):
        check_run(self, SHIPPED_CAPTURES[0])

    def test_ipv6_arrives_byte_for_byte(self):
        check_run(self, SHIPPED_CAPTURES[1])

    def test_every_ipv4_packet_on_the_wire_opens_in_every_version(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                check_wire(self, SHIPPED_CAPTURES[0], version)

    def test_every_ipv6_packet_on_the_wire_opens_in_every_version(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                check_wire(self, SHIPPED_CAPTURES[1], version)

    def test_paced_as_captured_takes_the_time_of_the_capture(self):
        path = SHIPPED_CAPTURES[0]
        run = check_run(self, path, "--set", "replay.pacing=capture")
        times = [time for time, _ in captures.read_pcap(path)]
        self.assertAlmostEqual(run.summary["window_ps"] / 1000, times[-1] - times[0], delta=20_000)

    def test_several_queues_deliver_every_packet(self):
        for path in SHIPPED_CAPTURES:
            run = self.run_well("--pcap", path, "--set", "host.queue_pairs=4")
            from_a, from_b = directions(path)
            self.assertEqual(sorted(run.frames("host_b")), sorted(from_a))
            self.assertEqual(sorted(run.frames("host_a")), sorted(from_b))

    def test_packets_limits_what_is_read(self):
        path = SHIPPED_CAPTURES[0]
        run = self.run_well("--pcap", path, "--packets", 10)
        self.assertEqual(run.total("offered"), 10)
        self.assertEqual(sorted(run.frames("host_a") + run.frames("host_b")),
                         sorted(captures.read_frames(path)[:10]))

    def test_out_holds_the_promised_files_and_no_others(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0])
        self.assertEqual({path.name for path in run.folder.iterdir()}, WRITTEN)

    def test_without_out_nothing_is_written(self):
        process = self.pspnic("run", "--pcap", SHIPPED_CAPTURES[0])
        self.assertEqual(process.returncode, 0)
        self.assertIn("All received bytes equal the sent ones.", process.stdout)
        self.assertNotIn("Written to", process.stdout)

    def test_without_psp_the_capture_itself_is_on_the_wire(self):
        path = SHIPPED_CAPTURES[0]
        run = self.run_well("--pcap", path, "--set", "replay.psp=false")
        self.assertEqual(sorted(run.frames("wire")), sorted(captures.read_frames(path)))
        self.assertEqual((run.total("sent_psp"), run.keys), (0, []))

    def test_stamps_on_the_wire_and_at_the_hosts_never_go_back(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0])
        for name in "wire", "host_a", "host_b":
            times = [time for time, _ in captures.read_pcap(run.folder / f"{name}.pcap")]
            self.assertEqual(times, sorted(times), name)
            self.assertGreater(times[0], 0)
