# SPDX-License-Identifier: Apache-2.0
"""Runs the program and says what came of it. The environment variable PSPNIC names the program."""
import functools
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import captures

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
SHIPPED_CAPTURES = [REPOSITORY / "vectors/captures" / name for name in ("tcp_ipv4.pcap", "tcp_ipv6.pcap")]
CARDS = {speed: REPOSITORY / f"model/nic/cards/{speed}g.json" for speed in (100, 200, 400, 800)}
SECONDS_MAX = 240
WRITTEN = {"report.json", "wire.pcap", "host_a.pcap", "host_b.pcap", "keys.log", "host.json",
           "report.html"}
DETERMINISTIC = WRITTEN - {"host.json"}  # that has the CPU time and what changes no result


def execute(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=SECONDS_MAX)


class Run:
    """A finished `pspnic run --out`."""

    def __init__(self, process, folder):
        self.status, self.output, self.errors = process.returncode, process.stdout, process.stderr
        self.folder = folder

    @functools.cached_property
    def report_text(self):
        return (self.folder / "report.json").read_text()

    @functools.cached_property
    def report(self):
        return json.loads(self.report_text)

    @functools.cached_property
    def host(self):
        return json.loads((self.folder / "host.json").read_text())

    @property
    def summary(self):
        return self.report["summary"]

    @functools.cached_property
    def keys(self):
        """Session keys in hexadecimal."""
        return [line.split()[2] for line in (self.folder / "keys.log").read_text().splitlines()]

    def frames(self, name):
        """Of wire.pcap ("wire"), host_a.pcap or host_b.pcap."""
        return captures.read_frames(self.folder / f"{name}.pcap")

    def contents(self):
        """{name: bytes} of the files that one configuration and seed decide."""
        return {name: (self.folder / name).read_bytes() for name in DETERMINISTIC}

    def count(self, reason, directions=("a_to_b", "b_to_a")):
        """Packets sent in clear, or not sent, for this reason."""
        lists = [self.summary[direction][name] for direction in directions
                 for name in ("sent_in_clear", "not_sent")]
        return sum(reasons.get(reason, 0) for reasons in lists)

    def total(self, name):
        return self.summary["a_to_b"][name] + self.summary["b_to_a"][name]


class BenchTest(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 2000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.runs = 0

    def pspnic(self, *words):
        """The program with these words."""
        return execute(os.environ["PSPNIC"], *words)

    def run_bench(self, *words, status=0):
        """`pspnic run` with --out; must end with `status`."""
        self.runs += 1
        out = self.folder / f"out{self.runs}"
        run = Run(self.pspnic("run", *words, "--out", out), out)
        self.assertEqual(run.status, status, f"{words}\n{run.output}\n{run.errors}")
        return run

    def run_well(self, *words):
        """A run without the least thing wrong."""
        run = self.run_bench(*words)
        verdict = "All received bytes equal the sent ones." if run.total("sent") else "Nothing was sent."
        paragraphs = [text.rstrip() for text in run.output.split("\n\n")]
        self.assertTrue(any(text.endswith(verdict) for text in paragraphs), run.output)
        self.assertEqual(run.errors, "")
        self.assertIs(run.summary["all_well"], True)
        for name in "violations", "anomalies":
            self.assertEqual(run.summary[name], [], name)
        for name in "imbalance", "input_error":
            self.assertEqual(run.summary[name], "", name)
        for name in "corrupted", "missing":
            self.assertEqual(run.total(name), 0, name)
        self.assertEqual(run.total("received"), run.total("sent"))
        self.assertEqual(run.total("verified"), run.total("sent"))
        self.assertEqual(run.total("received_psp"), run.total("sent_psp"))
        return run

    def check_same_files(self, first, second):
        contents = first.contents(), second.contents()
        for name in DETERMINISTIC:
            self.assertTrue(contents[0][name] == contents[1][name], f"{name} differs")

    def write_capture(self, frames, name="input.pcap"):
        path = self.folder / name
        captures.write_pcap(path, frames)
        return path

    def open_wire(self, run, *options):
        """The frames of wire.pcap without PSP; every PSP packet must open. `options` are open_wire.py's."""
        opened = run.folder / "opened.pcap"
        process = execute("/usr/bin/python3", "-B", REPOSITORY / "scripts/open_wire.py",
                          run.folder / "wire.pcap", run.folder / "keys.log", "--write", opened, *options)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        psp = run.total("sent_psp")
        self.assertRegex(process.stdout, rf"^packets {run.total('sent')}, PSP {psp}, opened {psp} with ")
        frames = captures.read_frames(opened)
        opened.unlink()
        return frames
