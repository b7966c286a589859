# SPDX-License-Identifier: Apache-2.0
"""What the scripts that plot have in common: runs of pspnic, and where pictures go."""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import matplotlib
except ImportError:
    sys.exit("needs matplotlib: apt-get install --no-install-recommends python3-matplotlib")
matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "pspnic"  # the same input gives the same file
from matplotlib import pyplot  # pylint: disable=wrong-import-position,unused-import

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs/images"
PS_PER_US = 1e6


def run_report(program, words, settings, statuses=(0,)):
    """report.json of one run; ends the script when its exit status is none of `statuses`."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report.json"
        command = [*program, "run", *words, "--report", path]
        for setting in settings:
            command += ["--set", setting]
        try:
            process = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            sys.exit(f"{program[0]}: {error.strerror}")
        report = path.read_text() if path.exists() else ""
        if process.returncode not in statuses or not report:
            lines = (process.stderr or process.stdout).strip().splitlines()
            sys.exit(lines[-1] if lines else f"{program[0]}: exit status {process.returncode}")
        return json.loads(report)


def program_of(options):
    return [options.program] if options.program else [str(ROOT / "scripts/run")]


def save(figure, name):
    figure.tight_layout()
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    figure.savefig(IMAGES / f"{name}.png", dpi=110)
    print(f"written: {IMAGES / name}.svg and {name}.png")
