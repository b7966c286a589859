#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the style of every file of the repository.

    check_style.py [REPOSITORY]

Prints `path:line: rule: what is wrong` for each finding; exit code 1 if there is one.
"""
import pathlib
import sys

sys.dont_write_bytecode = True

import rules_functions
import rules_includes
import rules_named_tests
import rules_repository
import rules_text
from source_text import Finding, read_sources

FILE_RULES = [*rules_text.RULES, *rules_functions.RULES, *rules_includes.RULES]


def check(root):
    """Returns (findings, warnings, number of files)."""
    sources = read_sources(root)
    findings = []
    for source in sources:
        for rule in FILE_RULES:
            try:
                findings += rule(source)
            except SyntaxError as error:
                findings.append(Finding(source.path, error.lineno or 0, "python", str(error)))
    for rule in (*rules_repository.RULES, *rules_named_tests.RULES):
        findings += rule(root, sources)
    return sorted(set(findings), key=str), list(rules_repository.warnings(sources)), len(sources)


def main():
    default = pathlib.Path(__file__).resolve().parents[3]
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default
    findings, warnings, files = check(root)
    for warning in warnings:
        print(f"warning: {warning}")
    for finding in findings:
        print(finding)
    print(f"{files} files, {len(findings)} findings, {len(warnings)} warnings")
    sys.exit(1 if findings or not files else 0)


if __name__ == "__main__":
    main()
