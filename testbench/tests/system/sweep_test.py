# SPDX-License-Identifier: Apache-2.0
"""pspnic sweep from outside: what it writes, refuses, survives and goes on with."""
import csv
import json
import os
import resource
import signal
import subprocess
import time
import unittest

from bench import BenchTest

FAILURE, USAGE_ERROR = 1, 2
LIMIT = (50000, 50000)  # bytes of a file: less than a report
SHORT = ("--workload", "stream", "--packets", 50)
LONG = ("--workload", "stream", "--packets", 3000)
WITHOUT_CLOCK = ("sweep.json", "results.csv", "results.json")


class SweepTest(BenchTest):
    def sweep(self, *words, out="out", status=0):
        process = self.pspnic("sweep", *words, "--out", self.folder / out)
        self.assertEqual(process.returncode, status, process.stderr)
        return process

    def refused(self, *words, texts, out="out"):
        process = self.sweep(*words, out=out, status=USAGE_ERROR)
        self.assertEqual(process.stdout, "")
        self.assertRegex(process.stderr, r"\Apspnic: [^\n]+\n\Z")
        for text in texts:
            self.assertIn(text, process.stderr)

    def rows(self, out="out"):
        with open(self.folder / out / "results.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def contents(self, out):
        """{name: bytes} of what depends on no machine."""
        folder = self.folder / out
        files = {name: (folder / name).read_bytes() for name in WITHOUT_CLOCK}
        for path in sorted(folder.glob("points/*/*")):
            if path.name != "host.json":
                files[str(path.relative_to(folder))] = path.read_bytes()
        return files

    def start(self, *words, out):
        """A sweep in the background, once its first point is finished."""
        command = [os.environ["PSPNIC"], "sweep", *map(str, words), "--out", str(self.folder / out)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not list((self.folder / out).glob("points/*/result.json")):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def test_a_damaged_result_is_run_again(self):
        self.sweep(*SHORT, "--over", "seed=1,2,3")
        whole = self.contents("out")
        for damage in (b"", whole["points/00001/result.json"][:40]):
            (self.folder / "out/points/00001/result.json").write_bytes(damage)
            process = self.sweep("--resume")
            self.assertIn("points/00001/result.json", process.stderr)
            self.assertIn("the point counts as missing", process.stderr)
            self.assertEqual(self.contents("out"), whole)

    def test_results_are_those_of_single_runs(self):
        self.sweep(*SHORT, "--over", "seed=1,2", "--over", "gcm.lanes=1,3")
        rows = self.rows()
        self.assertEqual([(r["point"], r["seed"], r["nic.crypto.gcm.lanes"]) for r in rows],
                         [("0", "1", "1"), ("1", "1", "3"), ("2", "2", "1"), ("3", "2", "3")])
        single = self.run_well(*SHORT, "--seed", 2, "--set", "gcm.lanes=3")
        self.assertEqual((self.folder / "out/points/00003/report.json").read_text(), single.report_text)
        direction, row = single.summary["a_to_b"], rows[3]
        self.assertEqual(float(row["a_to_b.goodput_bps"]), direction["goodput_bps"])
        for name in "p50", "p90", "p99", "p99.9", "max":
            self.assertEqual(int(row[f"a_to_b.latency_{name}_ps"]), direction["latency"][name])
        self.assertEqual(int(row["crypto_gates"]), single.report["crypto"]["gates"])
        self.assertEqual(row["busiest_block"], single.summary["blocks"][0]["name"])
        whole = json.loads((self.folder / "out/results.json").read_text())
        self.assertEqual(whole["points"][3]["config"], single.report["config"])
        self.assertEqual(whole["points"][3]["results"]["a_to_b.goodput_bps"], direction["goodput_bps"])

    def test_results_do_not_depend_on_jobs_or_machine(self):
        words = (*SHORT, "--over", "seed=1,2,3", "--over", "host.gro=true,false")
        self.sweep(*words, "--jobs", 1, out="one")
        self.sweep(*words, "--jobs", 3, out="three")
        self.assertEqual(self.contents("one"), self.contents("three"))
        host = json.loads((self.folder / "one/host.json").read_text())
        self.assertEqual(host["packets"], 300)
        self.assertGreater(host["cpu_seconds_of_points"], 0)

    def test_points_come_from_files_as_well(self):
        (self.folder / "p.csv").write_text('seed,workload\n5,tso\n6,"stream"\n')
        (self.folder / "p.json").write_text(
            '[{"seed": 5, "workload": "tso"}, {"seed": 6, "workload": "stream"}]')
        (self.folder / "card.json").write_text('{"cable": {"delay": "70ns"}}')
        for name in "csv", "json":
            self.sweep("--points", self.folder / f"p.{name}", "--packets", 88, "--config",
                       self.folder / "card.json", out=name)
        self.assertEqual(self.contents("csv"), self.contents("json"))
        self.assertEqual([row["workload"] for row in self.rows("csv")], ["tso", "stream"])

    def test_nothing_is_started_if_a_point_is_wrong(self):
        self.refused(*SHORT, "--over", "nic.crypto.gcm.lanes=2,99",
                     texts=["point 1 (nic.crypto.gcm.lanes=99)", "1..64"])
        self.refused(*SHORT, "--over", "nic.crypto.gcm.lans=2", texts=["nearest one is nic.crypto.gcm.lanes"])
        self.refused("--workload", "jumbo", "--over", "nic.mac.mtu=9000,1500",
                     texts=["point 1 (nic.mac.mtu=1500)", "stream.payload_bytes"])
        self.refused("--over", "workload=stream,tcp", "--packets", 5,
                     texts=["point 1 (workload=tcp)", "--packets"])
        self.refused(*SHORT, "--over", "seed=1,-1", texts=["point 1 (seed=-1)"])
        self.refused(*SHORT, "--over", "seed=1", "--seed", 2, texts=["--seed", "varies"])
        self.refused(*SHORT, texts=["--over", "--points"])
        self.refused("--over", "seed=1", texts=["--workload"])
        self.refused(*SHORT, "--points", self.folder / "none.csv", texts=["none.csv", "No such file"])
        self.refused(*SHORT, "--over", "seed=1", "--jobs", 0, texts=["--jobs"])
        self.refused(*SHORT, "--over", "seed=1", "--engine", "lsf", texts=["local, slurm"])
        self.refused(*SHORT, "--over", "seed=1", "--retries", 1, texts=["--retries", "slurm"])
        self.assertFalse((self.folder / "out").exists())

    def test_a_folder_in_use_is_left_alone(self):
        (self.folder / "out").mkdir()
        (self.folder / "out/mine.txt").write_text("")
        self.refused(*SHORT, "--over", "seed=1", texts=["is not empty", "another folder"])
        self.refused("--resume", texts=["sweep.json does not exist", "without --resume"])
        self.sweep(*SHORT, "--over", "seed=1", out="used")
        self.refused(*SHORT, "--over", "seed=1", out="used", texts=["--resume", "another folder"])
        self.refused(*SHORT, "--over", "seed=1,2", "--resume", out="used", texts=["points: 2, were 1"])
        self.refused("--workload", "tso", "--packets", 50, "--over", "seed=1", "--resume", out="used",
                     texts=['workload is "tso", was "stream"'])
        self.sweep("--resume", out="used")

    def test_files_that_parameters_name_are_those_of_the_beginning(self):
        sizes = self.folder / "sizes.csv"
        sizes.write_text("200,1\n900,3\n")
        words = ("--workload", "imix", "--packets", 50, "--set", "traffic.a.sizes.kind=csv", "--set",
                 f"traffic.a.sizes.file={sizes}", "--over", "seed=1,2")
        self.sweep(*words, out="whole")
        self.sweep(*words)
        self.assertEqual((self.folder / "out/inputs/00").read_text(), sizes.read_text())
        sizes.write_text("700,1\n")
        self.refused(*words, "--resume", texts=["sizes.csv has changed"])
        sizes.unlink()
        (self.folder / "out/points/00001/result.json").unlink()
        self.sweep("--resume")
        self.assertEqual(self.contents("out"), self.contents("whole"))
        self.assertEqual(json.loads((self.folder / "out/points/00001/report.json").read_text())["config"]
                         ["traffic"]["a"]["sizes"]["file"], str(sizes))

    @unittest.skipIf(os.environ.get("PSPNIC_SANITIZE") == "ON",
                     "AddressSanitizer stumbles over exceptions in a child behind SystemC's threads")
    def test_a_point_that_fails_is_named_and_stops_no_other(self):
        process = self.sweep(*SHORT, "--over", "nic.device.sa_slots=64,3,65", status=FAILURE)
        self.assertIn("3 points: 2 ok, 1 failed", process.stdout)
        self.assertIn("point 1 (nic.device.sa_slots=3) failed: ", process.stderr)
        rows = self.rows()
        self.assertEqual([row["status"] for row in rows], ["ok", "failed", "ok"])
        self.assertIn("nic.device.sa_slots", rows[1]["reason"])
        self.assertEqual(rows[1]["a_to_b.sent"], "")
        log = (self.folder / "out/points/00001/log.txt").read_text()
        self.assertEqual(log.strip(), rows[1]["reason"])
        self.assertFalse((self.folder / "out/points/00000/log.txt").exists())

    def test_an_interrupted_sweep_goes_on(self):
        words = (*LONG, "--over", "seed=1,2,3,4,5,6,7,8,9", "--jobs", 1)
        self.sweep(*words, out="whole")
        for number in signal.SIGINT, signal.SIGTERM:
            out = number.name
            process = self.start(*words, out=out)
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
            if not (self.folder / out / "results.csv").exists():
                self.assertEqual((process.returncode, output), (FAILURE, ""))
                self.assertRegex(errors, r"interrupted: \d of 9 points are finished; go on with: pspnic")
            self.sweep("--resume", out=out)
            self.assertEqual(self.contents(out), self.contents("whole"))

    def test_a_killed_sweep_goes_on_and_leaves_no_process(self):
        words = (*LONG, "--over", "seed=1,2,3,4,5", "--jobs", 2)
        process = self.start(*words, out="killed")
        process.kill()
        process.communicate(timeout=60)
        self.sweep("--resume", *words, out="killed")
        self.sweep(*words, out="whole")
        self.assertEqual(self.contents("killed"), self.contents("whole"))

    def test_half_written_files_are_no_results(self):
        words = (*SHORT, "--over", "seed=1,2")
        self.sweep(*words, out="whole")
        self.sweep(*words)
        point = self.folder / "out/points/00001"
        (point / "result.json").unlink()
        (point / "report.json").write_text("{")
        (point / "result.json.77.tmp").write_text("{")
        self.sweep("--resume")
        self.assertEqual(self.contents("out"), self.contents("whole"))

    @unittest.skipIf(os.environ.get("PSPNIC_SANITIZE") == "ON",
                     "AddressSanitizer stumbles over exceptions in a child behind SystemC's threads")
    def test_a_file_that_does_not_fit_is_named(self):
        command = [os.environ["PSPNIC"], "sweep", *map(str, SHORT), "--over", "seed=1,2", "--out",
                   str(self.folder / "out")]
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, LIMIT))
        self.assertEqual(process.returncode, FAILURE, process.stderr)
        self.assertIn("points/00001/report.json: cannot be written: File too large", process.stderr)
        self.assertEqual(list((self.folder / "out").glob("points/*/report.json*")), [])
        self.sweep("--resume")
        self.sweep(*SHORT, "--over", "seed=1,2", out="whole")
        self.assertEqual(self.contents("out"), self.contents("whole"))

    def test_slurm_that_is_not_there_is_named(self):
        command = [os.environ["PSPNIC"], "sweep", *map(str, SHORT), "--over", "seed=1", "--engine",
                   "slurm", "--out", self.folder / "out"]
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                                 env={**os.environ, "PATH": str(self.folder)})
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("sbatch: cannot be run: No such file or directory; --engine slurm", process.stderr)
        self.assertFalse((self.folder / "out").exists())
