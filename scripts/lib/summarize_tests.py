# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit files that ctest leaves and shows what failed.

    summarize_tests.py [--names] BUILD_DIRECTORY...

A build directory without a junit.xml did not get as far as its tests and counts as one failure. The last line
is "N passed, N failed"; exit code 1 unless everything passed.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES_MAX = 60


def outcome(case):
    """One of "passed", "failed", "skipped"."""
    if case.find("failure") is not None or case.get("status") == "fail":
        return "failed"
    if case.get("status") == "disabled":
        return "skipped"
    if case.get("status") == "notrun":
        # ctest says so of a test that skipped itself, and of a program that it could not start.
        skipped = case.find("skipped")
        return "skipped" if skipped is not None and "SKIP_" in skipped.get("message", "") else "failed"
    return "passed"


def show_failure(preset, case):
    print(f"FAILED {preset}: {case.get('name')}")
    output = (case.findtext("system-out") or "").rstrip().splitlines()
    if len(output) > OUTPUT_LINES_MAX:
        output = ["[...]"] + output[-OUTPUT_LINES_MAX:]
    for line in output:
        print(f"    {line}")


def summarize(directories, names):
    """Prints a line a directory and returns the summed counts."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for directory in directories:
        junit = directory / "junit.xml"
        if not junit.is_file():
            print(f"FAILED {directory.name}: did not get as far as its tests")
            total["failed"] += 1
            continue
        counts = dict.fromkeys(total, 0)
        seconds = 0.0
        for case in ElementTree.parse(junit).getroot().iter("testcase"):
            result = outcome(case)
            counts[result] += 1
            seconds += float(case.get("time") or 0)
            if names:
                print(f"{result} {directory.name}: {case.get('name')}")
            if result == "failed":
                show_failure(directory.name, case)
        print(f"{directory.name}: " + ", ".join(f"{count} {result}" for result, count in counts.items())
              + f" ({seconds:.0f} s of tests)")
        for result, count in counts.items():
            total[result] += count
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", type=pathlib.Path)
    parser.add_argument("--names", action="store_true", help="name every test")
    arguments = parser.parse_args()
    total = summarize(arguments.directories, arguments.names)
    if total["skipped"]:
        print(f"{total['skipped']} skipped (for want of PSPNIC_EXTRA_VECTORS or an instruction set)")
    print(f"{total['passed']} passed, {total['failed']} failed")
    sys.exit(0 if total["failed"] == 0 and total["passed"] > 0 else 1)


if __name__ == "__main__":
    main()
