# SPDX-License-Identifier: Apache-2.0
"""pspnic vectors: what it prints and writes, and its exit status."""
import json
import unittest
from xml.etree import ElementTree

from bench import REPOSITORY, BenchTest

FIXTURES = REPOSITORY / "testbench/tests/testbench/vectors/fixtures"
PASSED, FAILURE, USAGE_ERROR = 0, 1, 2


class Vectors(BenchTest):
    def check_refused(self, words, text):
        process = self.pspnic("vectors", *words)
        self.assertEqual((process.returncode, process.stdout), (USAGE_ERROR, ""), process.stderr)
        self.assertIn(text, process.stderr)

    def test_own_vectors_pass_through_library_and_cards(self):
        for way in "library", "device":
            process = self.pspnic("vectors", "--through", way, REPOSITORY / "vectors")
            self.assertEqual(process.returncode, PASSED, process.stdout + process.stderr)
            self.assertRegex(process.stdout, r"\ntotal +[0-9]+ +[0-9]+ +0 +[0-9]+\n")

    def test_junit_counts_each_vector(self):
        junit = self.folder / "junit.xml"
        process = self.pspnic("vectors", "--junit", junit, FIXTURES / "gcm_decrypt.rsp")
        self.assertEqual(process.returncode, PASSED, process.stderr)
        cases = ElementTree.parse(junit).getroot().findall("testsuite/testcase")
        self.assertEqual(len(cases), 3)
        self.assertEqual([len(case.findall("skipped")) for case in cases], [0, 0, 1])

    def test_a_wrong_vector_fails_and_is_shown(self):
        text = (FIXTURES / "gcm_encrypt.rsp").read_text(encoding="ascii")
        at = text.index("Tag = ") + 6
        wrong = self.folder / "wrong"
        wrong.write_text(text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1:], encoding="ascii")
        junit = self.folder / "junit.xml"
        process = self.pspnic("vectors", "--junit", junit, wrong)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("Failure 1: ", process.stdout)
        self.assertIn("at 0000: tag, byte 1 of 16", process.stdout)
        self.assertEqual(len(ElementTree.parse(junit).getroot().findall("testsuite/testcase/failure")), 1)

    def test_a_damaged_file_fails(self):
        text = (FIXTURES / "google_packets.json").read_text(encoding="ascii")
        damaged = self.folder / "damaged"
        damaged.write_text(text[:-40], encoding="ascii")
        process = self.pspnic("vectors", damaged)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("is not JSON from here on", process.stdout)

    def test_nothing_hides(self):
        """A format misspelt, a file that is skipped, a way that runs nothing."""
        folder = self.folder / "mine"
        folder.mkdir()
        (folder / "notes.txt").write_text("words\n", encoding="ascii")
        process = self.pspnic("vectors", "--through", "device", FIXTURES / "gcm_encrypt.rsp", folder)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("Nothing was run", process.stdout)
        self.assertIn("notes.txt\n", process.stdout)
        (folder / "typo.json").write_text('{"format": "pspnic-packet-1", "vectors": []}', encoding="ascii")
        (folder / "empty.json").write_text('{"format": "pspnic-kdf-1", "vectors": []}', encoding="ascii")
        process = self.pspnic("vectors", FIXTURES / "gcm_encrypt.rsp", folder)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn('typo.json: format: is "pspnic-packet-1", must be pspnic-kdf-1', process.stdout)
        self.assertIn("empty.json: has the form of vectors, and none in it", process.stdout)

    def test_several_failures_are_shown_on_request(self):
        packets = json.loads((FIXTURES / "google_packets.json").read_text(encoding="ascii"))
        for packet in packets["packets"]:
            packet["derived_key"] = packet["derived_key"][::-1]
        wrong = self.folder / "wrong.json"
        wrong.write_text(json.dumps(packets), encoding="ascii")
        process = self.pspnic("vectors", "--show", "2", wrong)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("Failure 2: ", process.stdout)
        self.assertIn("session key, byte ", process.stdout)
        count = len(packets["packets"])
        self.assertIn(f"\n{count} more failed: --show {count} shows all\n",
                      self.pspnic("vectors", "--show", "0", wrong).stdout)

    def test_wrong_usage(self):
        self.check_refused([], "name files or folders")
        self.check_refused([self.folder / "none"], "there is no such file or folder")
        self.check_refused([REPOSITORY / "README.md"], "is in no format of test vectors known here")
        self.check_refused([self.folder], "has no test vectors in it")
        self.check_refused(["--through", "card", FIXTURES], "must be library, device or rtl")
        self.check_refused(["--engine", "opensl", FIXTURES], "--engine")
        self.check_refused(["--through", "rtl", "--engine", "openssl", FIXTURES], "leave --engine out")


if __name__ == "__main__":
    unittest.main()
