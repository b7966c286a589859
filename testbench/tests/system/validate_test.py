# SPDX-License-Identifier: Apache-2.0
"""The model beside published curves and theory: every number within its tolerance, and said so."""
import json

from bench import BenchTest

TARGETS = [f"V{number}" for number in range(1, 19) if number != 12]


class Validate(BenchTest):

    def test_every_target_is_within_its_tolerance(self):
        process = self.pspnic("validate", "--json")
        self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
        parts = json.loads(process.stdout)
        self.assertEqual(sorted({part["target"] for part in parts}, key=TARGETS.index), TARGETS)
        for part in parts:
            self.assertEqual(part["failure"], "", part["target"])
            self.assertTrue(part["rows"], part["target"])
            for row in part["rows"]:
                share = abs(row["modelled"] / row["expected"] - 1) if row["expected"] else row["modelled"]
                self.assertLessEqual(share, row["tolerance"], row)
                self.assertTrue(row["within"])

    def test_the_table_says_it_to_people(self):
        process = self.pspnic("validate", "V1", "V4")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertIn("\nV1  Bandwidth for TLPs, PCIe 3.0 [pcie-bench, SIGCOMM 2018]\n", process.stdout)
        self.assertRegex(process.stdout,
                         r"\n  write 257 bytes +191\.61 +191\.61\d* Gb/s +[+-]0\.00\d % +1 %  ok\n")
        self.assertTrue(process.stdout.endswith("\nAll 6 numbers are within their tolerance.\n"))
        self.assertNotIn("V2 ", process.stdout)

    def test_an_unknown_target_is_refused(self):
        process = self.pspnic("validate", "V12")
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertEqual(process.stderr, "pspnic: pspnic validate V12: no such target; there are "
                         + ", ".join(TARGETS) + "\n")
