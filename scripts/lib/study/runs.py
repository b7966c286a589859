# SPDX-License-Identifier: Apache-2.0
"""The runs of a study: sweeps of pspnic, and what their reports say."""
import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = "build/studies"
COMMAND = "command.txt"  # of a sweep's folder: what made it; written when all of its runs are there
PS_PER_US = 1e6


class StudyError(Exception):
    """A study cannot be made, or its text is not borne out by the runs; the message says which and why."""


@dataclasses.dataclass(frozen=True)
class Sweep:
    """One call of `pspnic sweep`. `over` maps a key, or several with commas between, to its values."""
    name: str
    workload: str
    over: dict
    settings: tuple = ()
    config: str = ""
    packets: int = 0

    def words(self, out):
        words = ["sweep", "--workload", self.workload]
        if self.config:
            words += ["--config", self.config]
        if self.packets:
            words += ["--packets", str(self.packets)]
        for setting in ("payload=lengths", *self.settings):
            words += ["--set", setting]
        for key, values in self.over.items():
            words += ["--over", f"{key}=" + ",".join(str(value) for value in values)]
        return [*words, "--out", out]


@dataclasses.dataclass(frozen=True)
class Point:
    """What varied, as text, and report.json."""
    values: dict
    report: dict

    def rate(self, way="a_to_b"):
        """Packets a second that crossed the cable."""
        return self.report["summary"][way]["packets_per_second"]

    def goodput(self, way="a_to_b"):
        """Bits of payload a second that arrived."""
        return self.report["summary"][way]["goodput_bps"]

    def received(self, way="a_to_b"):
        """Packets a second that arrived."""
        direction = self.report["summary"][way]
        return direction["received"] * 1e12 / direction["time_ps"]

    def statistic(self, name):
        """`nic_a.pcie.upstream.bytes`, or a part of one: `nic_b.rx.latency.p99`."""
        node = self.report["statistics"]
        for word in name.split("."):
            if word not in node:
                raise StudyError(f"statistics.{name}: report.json has no {word}")
            node = node[word]
        return node["value"] if isinstance(node, dict) and "value" in node else node

    def utilisation(self, block):
        for found in self.report["summary"]["blocks"]:
            if found["name"] == block:
                return found["utilisation"]
        raise StudyError(f"summary.blocks: report.json has no {block}")

    def part(self, name, way="a_to_b"):
        """(waits, takes) in ns of a part of a packet's way, in the mean."""
        for part in self.report["explanation"][way]["parts"]:
            if part["name"] == name:
                return part["waits"] / 1000, part["takes"] / 1000
        raise StudyError(f"explanation.{way}: report.json has no part {name}")


class Points(list):
    """Points of one sweep, in its order."""

    def of(self, **values):
        """Those with these values; a key's dots are written as two underscores."""
        wanted = {key.replace("__", "."): str(value) for key, value in values.items()}
        return Points(point for point in self
                      if all(point.values.get(key) == value for key, value in wanted.items()))

    def one(self, **values):
        found = self.of(**values)
        if len(found) != 1:
            raise StudyError(f"{len(found)} points with {values}, there must be one")
        return found[0]


def program_of(path):
    """The program to run: `path`, or what scripts/run builds."""
    if path:
        program = pathlib.Path(path)
        if not program.is_file() or not os.access(program, os.X_OK):
            raise StudyError(f"--program {path}: no such program")
        return [str(program.resolve())]
    return [str(ROOT / "scripts/run")]


def command(study, sweep):
    """The command that repeats a sweep, for people: one option a line where it is long."""
    lines, line = [], "scripts/run sweep"
    words = sweep.words(f"{FOLDER}/{study}/{sweep.name}")[1:]
    for option, value in zip(words[::2], words[1::2]):
        word = f"{option} {shlex.quote(value)}"
        if len(line) + 1 + len(word) > 108:
            lines.append(line + " \\")
            line = "   "
        line += " " + word
    return "\n".join([*lines, line])


def commands(study, sweeps):
    """Markdown: how a study's page is made again."""
    return "\n".join(["```", f"scripts/studies {study}", "```", "", "makes this page of these runs:", "",
                      "```", *(command(study, sweep) for sweep in sweeps), "```"])


def run(study, sweep, program, jobs):
    """The points of a sweep, from runs made for it."""
    out = f"{FOLDER}/{study}/{sweep.name}"
    shutil.rmtree(ROOT / out, ignore_errors=True)
    (ROOT / out).parent.mkdir(parents=True, exist_ok=True)
    words = [*program, *sweep.words(out), "--jobs", str(jobs)]
    process = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             check=False)
    if process.returncode != 0:
        lines = [line for line in process.stderr.splitlines() if "failed" in line or "error" in line]
        lines = lines or process.stderr.strip().splitlines()[-1:] or ["nothing said"]
        raise StudyError(f"sweep {sweep.name}: exit status {process.returncode}: {lines[0]}")
    (ROOT / out / COMMAND).write_text(command(study, sweep))
    return read(study, sweep)


def read(study, sweep):
    """The points of a sweep that has been made."""
    folder = ROOT / FOLDER / study / sweep.name
    if not (folder / COMMAND).exists() or (folder / COMMAND).read_text() != command(study, sweep):
        raise StudyError(f"{FOLDER}/{study}/{sweep.name}: there are no runs of this sweep as it is")
    return read_folder(folder)


def read_folder(folder):
    points = Points()
    for point in json.loads((folder / "results.json").read_text())["points"]:
        report = json.loads((folder / "points" / f"{point['point']:05}" / "report.json").read_text())
        points.append(Point({key: str(value) for key, value in point["values"].items()}, report))
    return points
