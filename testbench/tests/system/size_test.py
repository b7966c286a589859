# SPDX-License-Identifier: Apache-2.0
"""pspnic size from outside: its answer, what proves it, what it refuses, survives and goes on with."""
import csv
import json
import os
import resource
import signal
import subprocess
import time

from bench import BenchTest

FAILURE, USAGE_ERROR = 1, 2
LIMIT = (50000, 50000)  # bytes of a file: less than a report
# 200 Gb/s need two lanes; a tag fetches 512 bytes in 550 ns.
GOAL = ("--target", "200Gbps", "--workload", "stream", "--packets", 2000)
SMALL = ("--only", "--over", "nic.crypto.gcm.lanes=1,2,3", "--over", "nic.pcie.tags=8,16,32,64")
WITHOUT_CLOCK = ("size.json", "answer.json", "card.json", "runs.csv", "pareto.csv", "area_rate.svg",
                 "report.html")


class SizeTest(BenchTest):
    def size(self, *words, out="out", status=0):
        process = self.pspnic("size", *words, "--out", self.folder / out)
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        return process

    def answer(self, out="out"):
        return json.loads((self.folder / out / "answer.json").read_text())

    def rows(self, out="out"):
        with open(self.folder / out / "runs.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def judged(self, out):
        """{configuration: what came of it}"""
        return {(row["nic.crypto.gcm.lanes"], row["nic.pcie.tags"]): (row["wire_bps"], row["meets_goal"])
                for row in self.rows(out)}

    def contents(self, out):
        """{name: bytes} of what depends on no machine."""
        folder = self.folder / out
        files = {name: (folder / name).read_bytes() for name in WITHOUT_CLOCK}
        for path in sorted(folder.glob("points/*/*.json")):
            if path.name != "host.json":
                files[str(path.relative_to(folder))] = path.read_bytes()
        return files

    def refused(self, *words, texts, out="out"):
        process = self.size(*words, out=out, status=USAGE_ERROR)
        self.assertEqual(process.stdout, "")
        self.assertRegex(process.stderr, r"\Apspnic: [^\n]+\n\Z")
        for text in texts:
            self.assertIn(text, process.stderr)

    def test_its_answer_is_that_of_all_runs_and_its_neighbours_fail(self):
        process = self.size(*GOAL, *SMALL, "--brute-force", "--pareto", 0)
        answer = self.answer()
        self.assertEqual(answer["brute_force"]["same"], True)
        self.assertEqual(answer["configurations"], 12)
        rows = self.rows()
        self.assertEqual(len(rows), 12)
        # Judged again, by what the runs' own reports say.
        good = []
        for row in rows:
            point = f"out/points/{int(row['point']):05}"
            report = json.loads((self.folder / point / "report.json").read_text())
            steady = report["summary"]["a_to_b"]["steady"]["wire_bps"]
            self.assertAlmostEqual(float(row["wire_bps"]) / steady, 1, places=5)
            self.assertAlmostEqual(float(row["area_gates"]), report["area"]["gates"], delta=1)
            self.assertEqual(report["config"]["nic"]["pcie"]["tags"], int(row["nic.pcie.tags"]))
            if steady >= 200e9 * 0.995 and not report["summary"]["drops"]:
                good.append((report["area"]["gates"], row["point"]))
        self.assertEqual(answer["answer"]["point"], int(min(good)[1]))
        self.assertEqual(answer["answer"]["values"]["nic.crypto.gcm.lanes"], "2")
        self.assertEqual([run["less"] for run in answer["one_step_less"]],
                         ["nic.crypto.gcm.lanes", "nic.pcie.tags"])
        for run in answer["one_step_less"]:
            self.assertFalse(run["meets_goal"])
            self.assertIn("short", run["misses"])
        self.assertIn("stages.crypto", answer["one_step_less"][0]["limit"])
        self.assertIn("none that meets the goal is smaller", process.stdout)
        self.assertIn("nic_a.pcie.tags", process.stdout)

    def test_a_run_with_its_card_reaches_what_it_says(self):
        self.size(*GOAL, *SMALL, "--pareto", 0)
        self.assertLess(self.answer()["runs"], 12)
        run = self.run_well("--workload", "stream", "--packets", 2000, "--config",
                            self.folder / "out/card.json")
        self.assertEqual(run.summary["a_to_b"]["steady"]["wire_bps"], self.answer()["answer"]["wire_bps"])
        page = (self.folder / "out/report.html").read_text()
        self.assertIn("One step less fails", page)

    def test_its_card_has_what_was_fixed(self):
        self.size(*GOAL, *SMALL, "--pareto", 0, "--set", "nic.pcie.lanes=8", "--set", "nic.pcie.generation=5",
                  "--set", "host.vports=1", "--set", "host.queue_pairs=2")
        card = json.loads((self.folder / "out/card.json").read_text())
        self.assertEqual(card["nic.pcie.lanes"], "8")
        self.assertEqual(card["host.queue_pairs"], 2)
        self.assertNotIn("host.vports", card)  # as everywhere
        self.assertFalse([name for name in card if name.startswith("stream.")])
        run = self.run_well("--workload", "stream", "--packets", 2000, "--config",
                            self.folder / "out/card.json")
        self.assertEqual(run.summary["a_to_b"]["steady"]["wire_bps"], self.answer()["answer"]["wire_bps"])

    def test_its_answer_is_run_again(self):
        self.size(*GOAL, *SMALL, "--pareto", 0, "--confirm", 3)
        again = self.answer()["confirmed"]
        self.assertEqual([run["seed"] for run in again], [2, 3, 4])
        for run in again:
            self.assertGreaterEqual(run["wire_bps"], 199e9)
            self.assertEqual(run["drops"], 0)
        folder = self.folder / "out/confirm-3/points/00000"
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual((report["seed"], report["summary"]["a_to_b"]["sent"]), (4, 4000))
        self.refused(*GOAL, "--confirm", 21, texts=["--confirm", "0..20"])

    def test_what_holds_only_by_chance_is_no_answer(self):
        """A Poisson process offers a little more or less in each run."""
        goal = ("--target", "150Gbps", "--workload", "poisson", "--packets", 1000, "--tolerance", 0.2,
                "--set", "traffic.a.arrivals.kind=poisson",
                "--only", "--over", "nic.pcie.tags=64", "--pareto", 0)
        for seed in range(1, 30):
            process = self.pspnic("size", *goal, "--seed", seed, "--confirm", 0,
                                  "--out", self.folder / str(seed))
            if process.returncode == 0:
                break
        self.size(*goal, "--seed", seed, "--confirm", 20, out="again", status=FAILURE)
        largest = self.answer("again")["largest"]
        self.assertRegex(largest["misses"], r"misses the goal with seed \d+: rate \d")
        self.assertIs(largest["meets_goal"], False)

    def test_its_page_shows_the_proof(self):
        self.size(*GOAL, *SMALL, "--pareto", 0)
        page = (self.folder / "out/report.html").read_text()
        self.assertIn("One step less fails", page)
        self.assertIn("the answer", page)

    def test_results_do_not_depend_on_jobs_or_on_interruptions(self):
        self.size(*GOAL, *SMALL, "--jobs", 1, out="one")
        self.size(*GOAL, *SMALL, "--jobs", 3, out="three")
        self.assertEqual(self.contents("one"), self.contents("three"))
        command = [os.environ["PSPNIC"], "size", *map(str, GOAL + SMALL), "--jobs", "1", "--out",
                   str(self.folder / "cut")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as process:
            while not list((self.folder / "cut").glob("points/00002/result.json")):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            errors = process.stderr.read()
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("--resume", errors)
        kept = self.folder / "cut/points/00000/result.json"
        before = kept.stat().st_mtime_ns
        self.size("--resume", out="cut")
        self.assertEqual(kept.stat().st_mtime_ns, before)
        self.assertEqual(self.contents("cut"), self.contents("one"))
        # Other things are looked for now, in another order; what was run keeps its place.
        self.size("--resume", *GOAL, *SMALL, "--brute-force", "--pareto", 0, out="cut")
        self.assertEqual(kept.stat().st_mtime_ns, before)
        self.assertEqual(self.answer("cut")["brute_force"]["same"], True)
        self.size(*GOAL, *SMALL, "--brute-force", "--pareto", 0, out="whole")
        self.assertEqual(self.judged("cut"), self.judged("whole"))
        self.refused("--resume", *GOAL, "--only", "--over", "nic.pcie.tags=8", out="cut", texts=["--resume"])

    def test_a_full_disk_is_said_and_survived(self):
        command = [os.environ["PSPNIC"], "size", *map(str, GOAL + SMALL), "--out", str(self.folder / "out")]
        process = subprocess.run(command, capture_output=True, text=True, check=False,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, LIMIT))
        self.assertEqual(process.returncode, FAILURE, process.stderr)
        self.assertIn("go on with --resume", process.stderr)
        self.size("--resume")
        self.assertEqual(self.answer()["answer"]["values"]["nic.crypto.gcm.lanes"], "2")

    def test_the_impossible_is_explained(self):
        process = self.size(*GOAL, "--only", "--over", "nic.pcie.tags=1,2,4", status=FAILURE)
        self.assertIn("Impossible in this space", process.stdout)
        self.assertIn("Limited by nic_a.pcie.tags", process.stdout)
        answer = self.answer()
        self.assertIsNone(answer["answer"])
        self.assertIn("nic.pcie.max_read_request_bytes", [each["name"] for each in answer["what_helps"]])
        self.assertFalse((self.folder / "out/card.json").exists())

    def test_latency_and_packets_are_goals_as_well(self):
        traffic = ("--workload", "traffic", "--packets", 2000, "--only",
                   "--over", "nic.crypto.gcm.lanes=1,2,3")
        self.size("--target", "5Mpps", "--p99", "8us", *traffic, "--brute-force")
        answer = self.answer()
        self.assertAlmostEqual(answer["answer"]["packets_per_second"], 5e6, delta=5e4)
        self.assertLessEqual(answer["answer"]["p99_ps"], 8e6)
        self.assertIn("packet_rate=5000000", " ".join(answer["notes"]))
        process = self.size("--target", "5Mpps", "--p99", "1ns", *traffic, out="late", status=FAILURE)
        self.assertIn("p99", process.stdout)

    def test_nothing_is_started_if_anything_is_wrong(self):
        self.refused("--target", "fast", "--workload", "stream", texts=["--target fast", "400Gbps"])
        self.refused("--workload", "stream", texts=["--target"])
        self.refused("--target", "1Gbps", texts=["--workload"])
        self.refused(*GOAL, "--over", "nic.pcie.tagz=1", texts=["nearest one is nic.pcie.tags"])
        self.refused(*GOAL, "--over", "nic.pcie.tags=1,9999", texts=["nic.pcie.tags", "1..1024"])
        self.refused(*GOAL, "--over", "nic.pcie.tags=64,32", texts=["cheapest"])
        self.refused(*GOAL, "--set", "nic.pcie.tags=64", "--over", "nic.pcie.tags=64",
                     texts=["is set as well"])
        self.refused(*GOAL, "--tolerance", 60, texts=["--tolerance", "0..50"])
        self.refused(*GOAL, "--p99", "soon", texts=["--p99"])
        self.refused(*GOAL, "--p99", "20us", texts=["--p99", "traffic that has a rate"])
        self.refused(*GOAL, "--jobs", 0, texts=["--jobs"])
        self.refused(*GOAL, "--minimise", "power", texts=["--minimise power", "area"])
        self.refused("--resume", texts=["size.json does not exist"])
        self.assertFalse((self.folder / "out").exists())
        (self.folder / "out").mkdir()
        (self.folder / "out/mine.txt").write_text("")
        self.refused(*GOAL, *SMALL, texts=["is not empty"])

    def test_the_space_is_printed_and_nothing_run(self):
        process = self.pspnic("size", *GOAL, "--space")
        self.assertEqual(process.returncode, 0, process.stderr)
        for text in "nic.crypto.kdf.unit:units", "iterative:2", "nic.tx.class_buffer", "Goal: 200.0 Gb/s":
            self.assertIn(text, process.stdout)
