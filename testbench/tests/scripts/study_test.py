# SPDX-License-Identifier: Apache-2.0
"""scripts/studies: what needs no run. Charts, pages, commands, the arithmetic of caches."""
import collections
import importlib
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts/lib"))
# pylint: disable=wrong-import-position
from study import NAMES
from study.chart import LEFT, PLOT_HEIGHT, RIGHT, WIDTH, Axis, Line, Panel, decades, draw, steps
from study.common import port_rate, sized
from study.locality import miss_share
from study.runs import Point, Points, StudyError, Sweep, command, commands, program_of, read, run
from study.text import Claims, bullets, number, replace_blocks, table, title

SVG = "{http://www.w3.org/2000/svg}"


class Text(unittest.TestCase):
    PAGE = "# A title\n\n<!-- begin a -->\nold\n<!-- end a -->\nkept\n"

    def test_number(self):
        for value, expected in ((0, "0"), (3.01234, "3.01"), (1234567, "1,230,000"), (0.0911, "0.0911"),
                                (40, "40"), (0.754, "0.754")):
            self.assertEqual(number(value), expected)
        self.assertEqual(number(5.23, 2), "5.2")

    def test_table(self):
        self.assertEqual(table(["a", "b"], [["x", 1]]), "| a | b |\n|---|---:|\n| x | 1 |")
        with self.assertRaisesRegex(StudyError, "a row of the table"):
            table(["a", "b"], [["x"]])

    def test_a_block_is_replaced_and_nothing_else(self):
        new = replace_blocks("a.md", self.PAGE, {"a": r"new \1"})
        self.assertEqual(new, self.PAGE.replace("old", r"new \1"))
        self.assertEqual(replace_blocks("a.md", new, {"a": r"new \1"}), new)

    def test_places_that_are_missing_or_too_many(self):
        for page, blocks, message in ((self.PAGE, {"a": "", "b": ""}, "a.md: 0 places"),
                                      (self.PAGE + self.PAGE, {"a": ""}, "a.md: 2 places"),
                                      (self.PAGE, {}, "a.md: nothing is there for <!-- begin a -->")):
            with self.assertRaisesRegex(StudyError, message):
                replace_blocks("a.md", page, blocks)

    def test_title(self):
        self.assertEqual(title(self.PAGE), "A title")
        with self.assertRaises(StudyError):
            title("no title\n")

    def test_bullets_are_lines_that_hold_together(self):
        lines = bullets(["word " * 60, "b"]).split("\n")
        self.assertTrue(all(len(line) <= 140 for line in lines))
        self.assertEqual([line[:2] for line in lines], ["* ", "  ", "  ", "* "])

    def test_a_claim_that_does_not_hold_is_named(self):
        self.assertEqual(Claims("x").that(True, "it is so"), "it is so")
        with self.assertRaisesRegex(StudyError, "docs/studies/x.md: the runs do not bear out: it is so"):
            Claims("x").that(False, "it is so")


class Charts(unittest.TestCase):
    def panel(self, points, **axis):
        return Panel("A <title>", Axis("x", low=0, high=10), Axis("y", low=0, high=100, **axis),
                     [Line("a & b", points)])

    def test_round_ticks(self):
        self.assertEqual(steps(0, 105), [0, 25, 50, 75, 100])
        self.assertEqual(steps(450, 640), [450, 500, 550, 600])
        self.assertEqual(decades(8, 1200), [10, 20, 50, 100, 200, 500, 1000])
        self.assertEqual(decades(2, 10000), [10, 100, 1000, 10000])

    def test_points_stand_where_they_should(self):
        root = xml.etree.ElementTree.fromstring(draw("t", [self.panel([(0, 0), (5, None), (10, 50)])]))
        marks = [(float(mark.get("cx")), float(mark.get("cy"))) for mark in root.iter(f"{SVG}circle")][1:]
        self.assertEqual([x for x, _ in marks], [LEFT, WIDTH - RIGHT])
        self.assertAlmostEqual(marks[0][1] - marks[1][1], PLOT_HEIGHT / 2)

    def test_text_is_text(self):
        root = xml.etree.ElementTree.fromstring(draw('"t" & u', [self.panel([(0, 0)])]))
        self.assertEqual(root.get("aria-label"), '"t" & u')
        self.assertTrue({"A <title>", "a & b"} <= {node.text for node in root.iter(f"{SVG}text")})

    def test_nothing_leaves_the_picture(self):
        root = xml.etree.ElementTree.fromstring(draw("t", [self.panel([(0, 0), (10, 100)])] * 3))
        height = float(root.get("height"))
        for node in root.iter(f"{SVG}text"):
            self.assertTrue(0 <= float(node.get("x")) <= WIDTH and 0 <= float(node.get("y")) <= height)

    def test_the_same_input_gives_the_same_picture(self):
        self.assertEqual(*(draw("t", [self.panel([(1, 2), (3, 4)])]) for _ in range(2)))


class Runs(unittest.TestCase):
    SWEEP = Sweep("s", "traffic", {"seed": [1, 2], "traffic.file": ["a b"]}, ("host.itr=2us",), "c.json", 10)

    def test_words(self):
        self.assertEqual(self.SWEEP.words("out"), [
            "sweep", "--workload", "traffic", "--config", "c.json", "--packets", "10",
            "--set", "payload=lengths", "--set", "host.itr=2us", "--over", "seed=1,2",
            "--over", "traffic.file=a b", "--out", "out"])

    def test_the_command_can_be_pasted(self):
        text = command("x", self.SWEEP)
        self.assertIn("'traffic.file=a b'", text)
        self.assertTrue(all(len(line) <= 110 for line in text.split("\n")))
        self.assertTrue(all(line.endswith("\\") for line in text.split("\n")[:-1]))

    def test_one_point_is_one(self):
        points = Points([Point({"a.b": "1", "c": "2"}, {}), Point({"a.b": "1", "c": "3"}, {})])
        self.assertEqual(points.one(a__b=1, c=3).values["c"], "3")
        for wanted in ({"a__b": 1}, {"c": 4}):
            with self.assertRaises(StudyError):
                points.one(**wanted)

    def test_a_statistic_that_is_not_there_is_named(self):
        point = Point({}, {"statistics": {"nic_a": {"x": {"value": 7, "unit": "1"}}}})
        self.assertEqual(point.statistic("nic_a.x"), 7)
        with self.assertRaisesRegex(StudyError, "statistics.nic_a.y: report.json has no y"):
            point.statistic("nic_a.y")

    def test_packets_a_second_of_a_port(self):
        # 64 bytes with FCS, 40 of PSP, 20 of preamble and gap.
        self.assertAlmostEqual(port_rate(400e9, 64), 400e9 / (124 * 8))
        self.assertEqual(sized([64, 9000], 124_000, 10), ["64B:1000", "9000B:13"])


class Sweeps(unittest.TestCase):
    """A stand-in for pspnic, which finds one point, or fails."""

    GOOD = """import json, os, sys
out = sys.argv[sys.argv.index("--out") + 1]
os.makedirs(out + "/points/00000")
json.dump({"points": [{"point": 0, "values": {"seed": 1}}]}, open(out + "/results.json", "w"))
json.dump({"summary": {}}, open(out + "/points/00000/report.json", "w"))
"""
    BAD = 'import sys\nsys.exit("1 points, 0 running\\npoint 0 (seed=1) failed: a reason\\nthe end")\n'
    SWEEP = Sweep("s", "traffic", {"seed": [1]})

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        patch = unittest.mock.patch("study.runs.ROOT", self.root)
        patch.start()
        self.addCleanup(patch.stop)

    def run_with(self, program):
        path = self.root / "program.py"
        path.write_text(program)
        return run("x", self.SWEEP, [sys.executable, str(path)], 1)

    def test_points_are_read_and_read_again(self):
        for _ in range(2):  # the second finds the folder of the first
            self.assertEqual(self.run_with(self.GOOD).one(seed=1).report, {"summary": {}})
        self.assertEqual(len(read("x", self.SWEEP)), 1)

    def test_runs_of_another_sweep_are_not_taken(self):
        self.run_with(self.GOOD)
        with self.assertRaisesRegex(StudyError, "there are no runs of this sweep as it is"):
            read("x", Sweep("s", "traffic", {"seed": [2]}))

    def test_a_sweep_that_fails_is_named_with_its_point(self):
        with self.assertRaisesRegex(StudyError, r"sweep s: exit status 1: point 0 .* failed: a reason"):
            self.run_with(self.BAD)
        with self.assertRaises(StudyError):
            read("x", self.SWEEP)

    def test_the_program_must_be_one(self):
        for path in (self.root, self.root / "nothing"):
            with self.assertRaisesRegex(StudyError, "no such program"):
                program_of(str(path))


class Arguments(unittest.TestCase):
    def test_wrong_usage(self):
        for words, message in ((["nosuch"], "there is no study nosuch; there are lanes"),
                               (["--program", "nosuch"], "--program nosuch: no such program"),
                               (["--jobs", "0"], "--jobs starts at 1")):
            done = subprocess.run([sys.executable, "-B", ROOT / "scripts/studies", *words],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, message in done.stderr), (2, True), done.stderr)


class Locality(unittest.TestCase):
    def test_flows_that_are_all_alike(self):
        self.assertAlmostEqual(miss_share(10000, 0, 2500), 0.75, places=3)

    def test_all_fit(self):
        self.assertEqual(miss_share(100, 1, 100), 0)

    def test_like_a_cache(self):
        flows, entries, number_of_packets = 2000, 200, 60000
        weights = [rank ** -1 for rank in range(1, flows + 1)]
        cache, misses = collections.OrderedDict(), 0
        drawn = random.Random(1).choices(range(flows), weights, k=number_of_packets)
        for index, flow in enumerate(drawn):
            if flow in cache:
                cache.move_to_end(flow)
                continue
            misses += index >= number_of_packets // 2
            cache[flow] = True
            if len(cache) > entries:
                cache.popitem(last=False)
        self.assertAlmostEqual(misses / (number_of_packets / 2), miss_share(flows, 1, entries), delta=0.02)


class Pages(unittest.TestCase):
    """What is in the repository fits together."""

    def test_each_study_has_a_page_and_a_picture(self):
        for name in NAMES:
            page = (ROOT / f"docs/studies/{name}.md").read_text()
            self.assertIn(f"]({name}.svg)", page, name)
            self.assertIn(f"]({name}.md)", (ROOT / "docs/studies/README.md").read_text(), name)
            xml.etree.ElementTree.parse(ROOT / f"docs/studies/{name}.svg")

    def test_each_page_has_the_commands_of_its_study(self):
        for name in NAMES:
            page = (ROOT / f"docs/studies/{name}.md").read_text()
            shown = page.partition("<!-- begin commands -->\n")[2].partition("\n<!-- end commands -->")[0]
            expected = commands(name, importlib.import_module(f"study.{name}").SWEEPS)
            self.assertEqual(shown, expected, f"scripts/studies {name} writes it")

    def test_no_page_without_a_study(self):
        pages = {path.stem for path in (ROOT / "docs/studies").glob("*.md")} - {"README"}
        self.assertEqual(pages, set(NAMES))


if __name__ == "__main__":
    unittest.main()
