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
        command = [*program, "run", *words, "--out", folder]
        for setting in settings:
            command += ["--set", setting]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode not in statuses:
            sys.exit(f"{' '.join(command)}\n{process.stdout}{process.stderr}")
        return json.loads((pathlib.Path(folder) / "report.json").read_text())


def program_of(options):
    return [options.program] if options.program else [str(ROOT / "scripts/run")]


def save(figure, name):
    figure.tight_layout()
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    figure.savefig(IMAGES / f"{name}.png", dpi=110)
    print(f"written: {IMAGES / name}.svg and {name}.png")
