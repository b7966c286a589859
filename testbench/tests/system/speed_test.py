# SPDX-License-Identifier: Apache-2.0
"""`pspnic bench`: the promised rows. What they cost depends on the machine and is not judged here."""
import json

from bench import BenchTest

FIELDS = {"engine", "packet_bytes", "tso", "crypto_ns", "journey_ns", "ratio", "packets_per_cpu_second"}
SIZES = [64, 256, 1500, 9000]
TSO_BYTES = 64_000


class Speed(BenchTest):
    """Few packets, one round."""

    def test_json_has_a_row_for_each_size_with_and_without_tso(self):
        process = self.pspnic("bench", "--json", "--packets", 200, "--rounds", 1)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        everything = json.loads(process.stdout)
        keys = [row for row in everything if "key_derivation_bits" in row]
        self.assertEqual([row["key_derivation_bits"] for row in keys], [128, 256])
        for row in keys:
            self.assertAlmostEqual(row["keys_per_cpu_second"] * row["derivation_ns"] / 1e9, 1)
        rows = [row for row in everything if row not in keys]
        self.assertEqual(sorted((row["tso"], row["packet_bytes"]) for row in rows),
                         [(tso, size) for tso in (0, TSO_BYTES) for size in SIZES])
        for row in rows:
            self.assertLessEqual(FIELDS, set(row))
            self.assertGreater(row["crypto_ns"], 0)
            self.assertGreater(row["journey_ns"], 0)
            self.assertAlmostEqual(row["ratio"] * row["crypto_ns"] / row["journey_ns"], 1)
            self.assertAlmostEqual(row["packets_per_cpu_second"] * row["journey_ns"] / 1e9, 1)

    def test_the_table_has_the_same_rows(self):
        process = self.pspnic("bench", "--packets", 50, "--rounds", 1)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        for size in SIZES:
            self.assertRegex(process.stdout, rf"(?m)^\s*{size}\b.*\d")
        for bits in (128, 256):
            self.assertRegex(process.stdout, rf"(?m)^\s*{bits}\s+[\d.]+\s+\d+$")
