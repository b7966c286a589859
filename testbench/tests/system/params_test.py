# SPDX-License-Identifier: Apache-2.0
"""`pspnic params`: every parameter of a run, explained."""
import json
import re

from bench import CARDS, BenchTest


def flat(config, name=""):
    """{full name: value} of a configuration."""
    if not isinstance(config, dict):
        return {name: config}
    found = {}
    for key, value in config.items():
        found.update(flat(value, f"{name}.{key}" if name else key))
    return found


def table_rows(text):
    """{full name: (default, range, meaning, source)} of the table; columns start where the heading says."""
    lines = text.splitlines()
    starts = [lines[0].index(word) for word in ("name", "default", "range", "meaning")]
    rows, group, name = {}, "", ""
    for line in lines[1:]:
        if line and not line.startswith(" "):
            group = line.strip()
        elif line.strip():
            cells = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None])]
            if cells[0]:
                name = f"{group}.{cells[0]}" if group else cells[0]
                rows[name] = ["", "", ""]
            rows[name] = [f"{old} {new}".strip() for old, new in zip(rows[name], cells[1:])]
    return rows


class Params(BenchTest):
    """Table and schema beside the configuration that a run reports."""

    def config(self):
        run = self.run_well("--workload", "clear", "--packets", 0)
        design, machine = flat(run.report["config"]), flat(run.host["config"])
        self.assertFalse(set(design) & set(machine))
        return design | machine

    def test_the_table_explains_every_parameter(self):
        process = self.pspnic("params")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        rows = table_rows(process.stdout)
        self.assertEqual(set(rows), set(self.config()))
        for name, (default, values, meaning) in rows.items():
            self.assertRegex(default, r"\S", name)
            self.assertRegex(values, r"\S", name)
            self.assertRegex(meaning, r"^\S.+ \[\S.+\]$", name)
            if values != "text" and re.match(r"[\d.]+[A-Za-z]+$", default):
                self.assertRegex(values, r"[A-Za-z]\.\.", f"{name}: a range with units")

    def test_a_pattern_chooses_by_full_name(self):
        process = self.pspnic("params", "gcm.l", "--set", "gcm.lanes=5")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        lines = process.stdout.splitlines()
        names = {name for name in self.config() if "gcm.l" in name}
        self.assertEqual({line.split("=")[0] for line in lines}, names)
        self.assertIn("nic.crypto.gcm.lanes=5  1..64  ", process.stdout)
        process = self.pspnic("params", "no_such")
        self.assertEqual((process.returncode, process.stdout), (2, ""))

    def test_the_table_shows_what_a_configuration_sets(self):
        process = self.pspnic("params", "--config", CARDS[400], "--set", "cable.delay=123ns")
        self.assertEqual(process.returncode, 0)
        self.assertIn("400Gbps", process.stdout)
        self.assertIn("123ns", process.stdout)

    def test_the_schema_has_every_parameter_with_its_meaning(self):
        process = self.pspnic("params", "--schema")
        self.assertEqual(process.returncode, 0, process.stderr)
        schema = json.loads(process.stdout)
        for name in self.config():
            node = schema
            for part in name.split("."):
                node = node["properties"][part]
            self.assertRegex(node["description"], r"\S", name)
            self.assertIn("default", node, name)

    def test_every_default_of_the_table_is_what_a_run_uses(self):
        config = self.config()
        for name, (default, _, _) in table_rows(self.pspnic("params").stdout).items():
            if name != "stream.psp":  # this workload changes it
                value = config[name]
                text = str(value).lower() if isinstance(value, bool) else str(value)
                self.assertEqual(text, default, name)

    def test_every_shipped_card_is_accepted(self):
        for path in CARDS.values():
            run = self.run_well("--workload", "stream", "--packets", 50, "--config", path)
            speed = f"{path.stem.removesuffix('g')}Gbps"
            self.assertEqual(run.report["config"]["nic"]["mac"]["speed"], speed)
