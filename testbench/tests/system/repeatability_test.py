# SPDX-License-Identifier: Apache-2.0
"""Same configuration and seed: the same bytes everywhere. Another seed: other keys."""
import json

from bench import SHIPPED_CAPTURES, BenchTest


class Repeatability(BenchTest):
    """Two runs each."""

    def check_twice(self, *words):
        self.check_same_files(self.run_well(*words), self.run_well(*words))

    def test_a_capture_with_one_seed_twice_gives_the_same_bytes(self):
        for path in SHIPPED_CAPTURES:
            self.check_twice("--pcap", path, "--seed", 7)

    def test_a_workload_with_one_seed_twice_gives_the_same_bytes(self):
        self.check_twice("--workload", "bidir", "--packets", 500, "--seed", 7, "--set", "host.queue_pairs=3")

    def test_another_seed_gives_other_keys_and_another_wire(self):
        runs = [self.run_well("--pcap", SHIPPED_CAPTURES[0], "--seed", seed) for seed in (1, 2, 2**64 - 1)]
        keys = [key for run in runs for key in run.keys]
        self.assertEqual(len(keys), 6)
        self.assertEqual(len(set(keys)), 6)
        wires = [set(run.frames("wire")) for run in runs]
        self.assertFalse(wires[0] & wires[1] or wires[0] & wires[2] or wires[1] & wires[2])
        self.assertEqual([run.report["seed"] for run in runs], [1, 2, 2**64 - 1])

    def test_another_seed_changes_no_time(self):
        summaries = [self.run_well("--pcap", SHIPPED_CAPTURES[0], "--seed", seed).summary for seed in (1, 2)]
        self.assertEqual(summaries[0], summaries[1])

    def test_the_two_hosts_never_share_a_key(self):
        run = self.run_well("--workload", "bidir", "--packets", 64)
        self.assertEqual(len(run.keys), 2 * run.report["config"]["stream"]["flows"])
        self.assertEqual(len(set(run.keys)), len(run.keys))

    def test_the_configuration_in_the_report_repeats_the_run(self):
        settings = ("--set", "nic.mac.speed=100Gbps", "--set", "cable.delay=77ns", "--set",
                    "replay.psp_version=1")
        first = self.run_well("--pcap", SHIPPED_CAPTURES[0], *settings)
        resolved = self.folder / "resolved.json"
        resolved.write_text(json.dumps(first.report["config"]))
        second = self.run_well("--pcap", SHIPPED_CAPTURES[0], "--config", resolved)
        self.check_same_files(first, second)
