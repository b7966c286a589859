# SPDX-License-Identifier: Apache-2.0
"""A copy of the tree under build/mutate in which faults are seeded, built and tested (scripts/rtl_mutate)."""
import os
import re
import signal
import subprocess

NOT_COPIED = {"build", "out", "__pycache__"}
# Verilated code that compiles soon; no optimisation at link time.
OPTIONS = ["-DCMAKE_BUILD_TYPE=Release", "-DPSPNIC_LTO=OFF", "-DPSPNIC_DPDK=OFF",
           "-DPSPNIC_VERILATED_OPT=-O1"]
TEST_SECONDS = 300
LOG_TAIL_LINES = 20
STOPPED = {-signal.SIGHUP, -signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM}  # by somebody else


class NotTried(Exception):
    """Why a build or a test program says nothing about the RTL."""


def _files(root):
    """Paths relative to root of what a build needs."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_COPIED and not name.startswith(".")]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


class Workshop:
    def __init__(self, root, number):
        place = root / "build/mutate" / str(number)
        self.tree, self.logs = place / "tree", place / "logs"
        # By whether S-boxes of gates are gates.
        self.build_folders = {False: place / "build", True: place / "gates"}
        self.configured = set()
        # ccache then sees the same paths in each workshop.
        self.environment = {**os.environ, "CCACHE_BASEDIR": str(place), "CCACHE_NOHASHDIR": "1"}
        self.logs.mkdir(parents=True, exist_ok=True)
        self.tree.mkdir(exist_ok=True)
        self._copy(root)

    def _copy(self, root):
        """Writes only what differs, so that a build of an earlier run stays of use."""
        wanted = set(_files(root))
        for path in set(_files(self.tree)) - wanted:
            (self.tree / path).unlink()
        for path in wanted:
            source, copy = root / path, self.tree / path
            content = source.read_bytes()
            if not copy.is_file() or copy.read_bytes() != content:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
                copy.chmod(source.stat().st_mode)

    def _run(self, command, log, folder, seconds=None):
        """Exit code, None if it took too long. Output goes to the log."""
        with open(log, "wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, cwd=folder,
                                       env=self.environment, start_new_session=True)
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def _must(self, command, log, folder):
        if self._run(command, log, folder) != 0:
            lines = log.read_text(errors="replace").splitlines()
            errors = [line for line in lines if "%Error" in line or "%Warning" in line or "error:" in line]
            said = [*errors[:LOG_TAIL_LINES], *lines[-LOG_TAIL_LINES:]]
            raise NotTried("\n".join([f"{command[0]} failed, see {log}", *said]))

    def build(self, programs, gates, name, jobs):
        log = self.logs / f"{name}.build.log"
        folder = self.build_folders[gates]
        if gates not in self.configured:
            folder.mkdir(exist_ok=True)
            option = f"-DPSPNIC_VERILATED_GATES={'ON' if gates else 'OFF'}"
            self._must(["cmake", "-G", "Ninja", *OPTIONS, option, "-B", folder, "-S", self.tree], log, folder)
            self.configured.add(gates)
        self._must(["ninja", f"-j{jobs}", *programs], log, folder)

    def run(self, program, gates, name):
        """What failed, or None."""
        log = self.logs / f"{name}.{program}.log"
        folder = self.build_folders[gates]
        executable = next(folder.glob(f"testbench/tests/rtl/*/{program}"))
        code = self._run([executable, "--gtest_fail_fast"], log, folder, TEST_SECONDS)
        return None if code == 0 else _cause(program, log.read_text(errors="replace"), code)


def _cause(program, output, code):
    """The first failure in the output of a test program."""
    failed = re.search(r"^\[  FAILED  \] ([^\s,]+)", output, re.MULTILINE)
    started = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
    if not started or code in STOPPED:
        raise NotTried(f"{program} ended with code {code}")
    test = failed.group(1) if failed else started[-1]
    # Tests of broken handshakes have assertions fail on purpose.
    by_assertion = "an assertion of the RTL failed" in output or (not failed and code == -signal.SIGABRT)
    said = re.search(r"%Error: [^\n]*Assertion failed in [^\n]*?: ([^\n:]+)$", output, re.MULTILINE)
    if by_assertion and said:
        return f"{test} (assertion of the RTL: {said.group(1).strip()})"
    if code is None:
        return f"{test} (no end after {TEST_SECONDS} s)"
    return test if failed else f"{test} (exit code {code})"
