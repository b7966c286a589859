# SPDX-License-Identifier: Apache-2.0
"""A table by folder of gcovr's summary: summarize_coverage.py ROOT SUMMARY.json LEAST. Sources that nothing
compiled are named, as gcovr knows nothing of them.

Exit status 1: fewer lines are run than LEAST per cent of all."""
import collections
import json
import pathlib
import sys


def main():
    root, path, least = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    with open(path, encoding="utf-8") as file:
        summary = json.load(file)
    folders = collections.defaultdict(lambda: [0, 0])
    for entry in summary["files"]:
        folder = folders[entry["filename"].rpartition("/")[0]]
        folder[0] += entry["line_covered"]
        folder[1] += entry["line_total"]
    print(f"{'folder':<24}{'lines':>8}{'run':>8}")
    for name, (covered, total) in sorted(folders.items()):
        print(f"{name:<24}{total:>8}{100 * covered / max(1, total):>6.1f} %")
    counted = {entry["filename"] for entry in summary["files"]}
    sources = [source.relative_to(root).as_posix() for folder in ("firmware", "model")
               for source in sorted((root / folder).rglob("*.cpp"))]
    left_out = [source for source in sources if source not in counted]
    if left_out:
        print(f"no line counted in: {', '.join(left_out)}")
    covered, total = summary["line_covered"], summary["line_total"]
    share = 100 * covered / max(1, total)
    print(f"lines: {share:.1f} %")
    return 0 if share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
