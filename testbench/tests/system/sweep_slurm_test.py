# SPDX-License-Identifier: Apache-2.0
"""pspnic sweep --engine slurm against commands that stand in for Slurm's: sbatch runs the tasks of an array
one after the other, in the background, and loses those it is told to. scripts/try_slurm has a real Slurm."""
import os
import signal
import subprocess
import time

from bench import BenchTest

FAILURE = 1
WORDS = ("sweep", "--workload", "stream", "--packets", "50", "--over", "seed=1,2,3,4,5")

# Jobs are folders, submission by submission; $slurm/lose has tasks that are lost, a line a submission.
SBATCH = """#!/bin/bash
[[ "$1" != --version ]] || { echo stand-in; exit; }
slurm="$(dirname "$0")"
[[ ! -e "$slurm/refuse" ]] || { echo "sbatch: error: $(cat "$slurm/refuse")" >&2; exit 1; }
number=$(($(ls "$slurm/jobs" | wc -l) + 1))
mkdir "$slurm/jobs/$number"
echo "$*" >"$slurm/jobs/$number/words"
cat >"$slurm/jobs/$number/script"
array="$(sed -E 's/.*--array=([0-9,-]*).*/\\1/' "$slurm/jobs/$number/words")"
lost=" $(sed -n "${number}p" "$slurm/lose" 2>/dev/null) "
touch "$slurm/jobs/$number/running"
(
  for range in ${array//,/ }; do
    for ((task = ${range%-*}; task <= ${range#*-}; ++task)); do
      [[ "$lost" == *" $task "* ]] && continue
      [[ -e "$slurm/hang" ]] && sleep 1000
      SLURM_ARRAY_TASK_ID=$task sh "$slurm/jobs/$number/script"
    done
  done
  rm "$slurm/jobs/$number/running"
) >/dev/null 2>&1 </dev/null &
echo $! >"$slurm/jobs/$number/process"
echo "$number;cluster"
"""
SQUEUE = """#!/bin/bash
slurm="$(dirname "$0")"
[[ "$*" =~ --jobs=([0-9]+) ]]
[[ -e "$slurm/jobs/${BASH_REMATCH[1]}/running" ]] && echo "RUNNING None"
exit 0
"""
SCANCEL = """#!/bin/bash
slurm="$(dirname "$0")"
echo "$1" >"$slurm/cancelled"
pkill -P "$(cat "$slurm/jobs/$1/process")"
kill "$(cat "$slurm/jobs/$1/process")"
"""


class SweepSlurmTest(BenchTest):
    def setUp(self):
        super().setUp()
        self.slurm = self.folder / "slurm"
        (self.slurm / "jobs").mkdir(parents=True)
        for name, text in ("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL):
            (self.slurm / name).write_text(text)
            (self.slurm / name).chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{self.slurm}:{os.environ['PATH']}"}

    def start(self, *words, out, cwd=None):
        command = [os.environ["PSPNIC"], *words, "--engine", "slurm", "--out", str(self.folder / out)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment, cwd=cwd)

    def sweep(self, *words, out="out", status=0, cwd=None):
        process = self.start(*words, out=out, cwd=cwd)
        output, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, status, errors)
        return output, errors

    def check_same_as_here(self, out="out"):
        process = self.pspnic(*WORDS, "--out", self.folder / "here")
        self.assertEqual(process.returncode, 0, process.stderr)
        for name in "sweep.json", "results.csv", "results.json":
            self.assertEqual((self.folder / "here" / name).read_bytes(),
                             (self.folder / out / name).read_bytes(), name)

    def submitted(self):
        """The --array of each submission."""
        jobs = sorted((self.slurm / "jobs").iterdir(), key=lambda path: int(path.name))
        return [word.removeprefix("--array=") for job in jobs for word in (job / "words").read_text().split()
                if word.startswith("--array=")]

    def test_results_are_those_of_a_sweep_here(self):
        self.sweep(*WORDS, "--points-per-task", "2", "--jobs", "3", "--slurm-args",
                   "--partition=long --comment='two words'")
        self.assertEqual(self.submitted(), ["0-2%3"])
        self.assertTrue((self.slurm / "jobs/1/words").read_text().rstrip().endswith(
            "--partition=long --comment=two words"))
        self.check_same_as_here()
        self.assertFalse((self.folder / "out/slurm").exists())

    def test_files_that_parameters_name_are_found_from_anywhere(self):
        (self.folder / "here").mkdir()
        (self.folder / "here/sizes.csv").write_text("200,1\n900,3\n")
        sbatch = self.slurm / "sbatch"
        sbatch.write_text(sbatch.read_text().replace("      SLURM_ARRAY", "      cd / && SLURM_ARRAY"))
        output, _ = self.sweep("sweep", "--workload", "imix", "--packets", "20", "--over", "seed=1,2",
                               "--set", "traffic.a.sizes.kind=csv", "--set",
                               "traffic.a.sizes.file=sizes.csv", cwd=self.folder / "here")
        self.assertIn("2 points: 2 ok", output)

    def test_lost_tasks_are_submitted_again(self):
        (self.slurm / "lose").write_text("1 3 4\n3\n")
        _, errors = self.sweep(*WORDS)
        self.assertEqual(self.submitted(), ["0-4", "1,3-4", "3"])
        self.assertIn("3 points were lost with a process; submitted again (1 of 2)", errors)
        self.assertIn("1 point was lost with a process; submitted again (2 of 2)", errors)
        self.check_same_as_here()

    def test_tasks_that_stay_lost_are_given_up_and_can_be_gone_on_with(self):
        (self.slurm / "lose").write_text("2\n2\n")
        output, errors = self.sweep(*WORDS, "--retries", "1", status=FAILURE)
        self.assertEqual(self.submitted(), ["0-4", "2"])
        self.assertIn("5 points: 4 ok, 1 killed", output)
        self.assertIn("point 2 (seed=3) killed: its task was submitted 2 times", errors)
        self.sweep("sweep", "--resume")
        self.check_same_as_here()

    def test_a_refusal_is_passed_on(self):
        (self.slurm / "refuse").write_text("invalid partition")
        _, errors = self.sweep(*WORDS, status=FAILURE)
        self.assertEqual(errors, "pspnic: sbatch refuses: invalid partition; go on with --resume\n")
        (self.slurm / "refuse").unlink()
        self.sweep("sweep", "--resume")
        self.check_same_as_here()

    def test_an_interrupt_cancels_the_job(self):
        (self.slurm / "hang").write_text("")
        process = self.start(*WORDS, out="out")
        while not (self.slurm / "jobs/1/process").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("interrupted: 0 of 5 points are finished", errors)
        self.assertEqual((self.slurm / "cancelled").read_text(), "1\n")
        (self.slurm / "hang").unlink()
        process = self.pspnic("sweep", "--resume", "--out", self.folder / "out")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.check_same_as_here()
