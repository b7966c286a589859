# SPDX-License-Identifier: Apache-2.0
"""Runs drawn from seeds: configuration, traffic and faults. scripts/swarm makes thousands of them."""
import shlex

from bench import BenchTest

ANY = range(1, 25)
GRO = range(1, 17)


class Swarm(BenchTest):
    def check(self, kind, seeds):
        for seed in seeds:
            with self.subTest(kind=kind, seed=seed):
                process = self.pspnic("swarm", "--kind", kind, "--seed", seed)
                self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_runs_with_anything_in_them_end_well(self):
        self.check("any", ANY)

    def test_streams_merged_on_arrival_are_those_sent(self):
        self.check("gro", GRO)

    def test_the_command_line_of_a_run_repeats_it(self):
        for kind in "any", "gro":
            printed = self.pspnic("swarm", "--kind", kind, "--seed", 3, "--print")
            self.assertEqual(printed.returncode, 0, printed.stderr)
            words = shlex.split(printed.stdout)
            self.assertEqual(words[0], "pspnic")
            drawn = self.pspnic("swarm", "--kind", kind, "--seed", 3).stdout.splitlines()
            self.assertEqual(drawn[0], printed.stdout.strip())
            repeated = self.pspnic(*words[1:]).stdout.splitlines()
            self.assertGreater(len(repeated), 10)
            self.assertEqual(drawn[1:], repeated)

    def test_an_unknown_kind_is_refused(self):
        process = self.pspnic("swarm", "--kind", "tcp", "--seed", 1)
        self.assertEqual(process.returncode, 2)
        self.assertIn('--kind: "tcp" is neither any nor gro', process.stderr)
