# SPDX-License-Identifier: Apache-2.0
"""Waveforms of the RTL, and the program rtl_measure, which PSPNIC_RTL_MEASURE names; skipped without."""
import os
import struct
import unittest

from bench import BenchTest, execute

MEASURE = os.environ.get("PSPNIC_RTL_MEASURE")
HEADER_BLOCK, HEADER_BYTES = 0, 329  # of an FST file: its first block's kind, and length without the kind
GEOMETRY_BLOCK = 3


def fst_blocks(data):
    """Kinds of the blocks of an FST file; each says how long it is."""
    kinds = []
    position = 0
    while position < len(data):
        kinds.append(data[position])
        position += 1 + struct.unpack_from(">Q", data, position + 1)[0]
    return kinds


@unittest.skipUnless(MEASURE, "without RTL")
class Rtl(BenchTest):
    def check_waveform(self, path):
        """Time it ends at, in picoseconds."""
        data = path.read_bytes()
        self.assertEqual(struct.unpack_from(">BQ", data), (HEADER_BLOCK, HEADER_BYTES))
        self.assertIn(GEOMETRY_BLOCK, fst_blocks(data))
        start, end = struct.unpack_from(">QQ", data, 9)
        self.assertLess(start, end)
        return end

    def test_a_run_leaves_waveforms_of_both_cards(self):
        waves = self.folder / "waves"
        words = ("--workload", "bidir", "--packets", 4)
        plain = self.run_well(*words)
        traced = self.run_well(*words, "--set", "crypto.engine=rtl", "--trace", waves)
        self.check_same_files(plain, traced)
        self.assertEqual({path.name for path in waves.iterdir()}, {"card_1.fst", "card_2.fst"})
        for path in waves.iterdir():
            self.check_waveform(path)

    def test_a_folder_that_cannot_be_is_named(self):
        (self.folder / "file").write_text("")
        process = self.pspnic("run", "--workload", "bidir", "--packets", 1, "--set", "crypto.engine=rtl",
                              "--trace", self.folder / "file")
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertIn(str(self.folder / "file"), process.stderr)

    def test_an_engine_without_waveforms_says_so(self):
        waves = self.folder / "waves"
        process = self.pspnic("run", "--workload", "bidir", "--packets", 1, "--trace", waves)
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn("--trace: nic.crypto.engine=openssl has no waveforms; rtl has", process.stderr)
        self.assertFalse(waves.exists())

    def test_packets_back_to_back_in_a_waveform(self):
        path = self.folder / "lane.fst"
        process = execute(MEASURE, "--trace", path)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        cycles = int(process.stdout.split(": ")[1].split()[0])
        self.assertAlmostEqual(self.check_waveform(path) / 1000, cycles, delta=5)

    def test_the_tables_can_be_written_again(self):
        for folder in "model/crypto", "rtl/gcm":
            (self.folder / folder).mkdir(parents=True)
        process = execute(MEASURE, "--write", self.folder)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, "", ""))
        self.assertEqual({path.name for path in self.folder.rglob("*.*")},
                         {"gcm_lane_table.h", "kdf_unit_table.h", "cycles.csv"})

    def test_wrong_usage_is_answered_with_the_usage(self):
        for words in ("--write",), ("--nothing",), ("--trace",), ("a", "b"):
            process = execute(MEASURE, *words)
            self.assertEqual((process.returncode, process.stdout), (2, ""))
            self.assertIn("usage: rtl_measure", process.stderr)
        self.assertIn("usage: rtl_measure", execute(MEASURE, "--help").stdout)

    def test_a_file_that_cannot_be_written_is_named(self):
        for words in ("--write", self.folder / "none"), ("--trace", self.folder / "none/lane.fst"):
            process = execute(MEASURE, *words)
            self.assertEqual((process.returncode, process.stdout), (1, ""))
            self.assertIn("cannot be written", process.stderr)
            self.assertIn(str(self.folder), process.stderr)
