# SPDX-License-Identifier: Apache-2.0
"""What computes the bytes changes none of them, and no time: every engine beside the reference."""
import re

from bench import SHIPPED_CAPTURES, BenchTest

REFERENCE = "openssl"
ABSENT = "is not part of this program; there is "


class Engines(BenchTest):
    """Engines that the program lacks are skipped."""

    def check_equals_the_reference(self, engine, *words):
        setting = f"nic.crypto.engine={engine}"
        process = self.pspnic("run", "--workload", "clear", "--packets", 0, "--set", setting)
        if ABSENT in process.stderr:
            self.skipTest(process.stderr.strip())
        reference = self.run_well(*words)
        run = self.run_well(*words, "--set", setting)
        self.check_same_files(reference, run)
        self.assertEqual(run.output.replace(str(run.folder), ""),
                         reference.output.replace(str(reference.folder), ""))
        self.assertEqual([one.host["config"]["nic"]["crypto"]["engine"] for one in (reference, run)],
                         [REFERENCE, engine])
        self.assertNotIn("engine", run.report["config"]["nic"]["crypto"])

    def check_captures(self, engine):
        for path in SHIPPED_CAPTURES:
            for version in range(4):
                self.check_equals_the_reference(engine, "--pcap", path, "--set",
                                                f"replay.psp_version={version}")

    def test_ipsec_mb_gives_the_same_files_of_captures(self):
        self.check_captures("ipsec_mb")

    def test_rtl_gives_the_same_files_of_captures(self):
        self.check_captures("rtl")

    def test_ipsec_mb_gives_the_same_files_of_a_workload(self):
        self.check_equals_the_reference("ipsec_mb", "--workload", "bidir", "--packets", 2000)

    def test_rtl_gives_the_same_files_of_a_workload(self):
        self.check_equals_the_reference("rtl", "--workload", "bidir", "--packets", 100)

    def test_a_short_key_chooses_the_engine(self):
        run = self.run_well("--workload", "stream", "--packets", 10, "--set", f"crypto.engine={REFERENCE}")
        self.assertEqual(run.host["config"], {"nic": {"crypto": {"engine": REFERENCE}},
                                               "payload": "bytes"})

    def test_an_engine_that_is_not_there_is_named_with_those_that_are(self):
        for engine in "ipsec_mb", "rtl":
            for command in (("run", "--workload", "stream", "--packets", 1, "--set",
                             f"crypto.engine={engine}"),
                            ("bench", "--packets", 1, "--rounds", 1, "--engine", engine)):
                process = self.pspnic(*command)
                if process.returncode != 0:
                    self.assertEqual((process.returncode, process.stdout), (2, ""))
                    self.assertRegex(process.stderr, rf'\Apspnic: nic.crypto.engine: "{engine}" '
                                     rf"{re.escape(ABSENT)}{REFERENCE}(, \w+)*\n\Z")

    def test_a_word_that_is_no_engine_is_refused(self):
        for command in ("run", "--workload", "stream", "--set", "nic.crypto.engine=gpu"), \
                       ("bench", "--engine", "gpu"):
            process = self.pspnic(*command)
            self.assertEqual((process.returncode, process.stdout), (2, ""))
            self.assertIn('"gpu" must be one of openssl | ipsec_mb | rtl', process.stderr)
