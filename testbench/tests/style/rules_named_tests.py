# SPDX-License-Identifier: Apache-2.0
"""Tables of documents that name tests: each test exists."""
import posixpath
import re

from source_text import Finding

# Documents in whose tables the last column has tests in backquotes, or `-`.
NAMING = ("docs/linux_psp.md",)

_CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_PYTHON_TEST = re.compile(r"^    def test_(\w+)\(", re.MULTILINE)
_TEST_NAME = re.compile(r"`([^`]+)`")


def _existing(sources):
    names = set()
    for source in sources:
        if not source.path.startswith("testbench/tests/"):
            continue
        if source.kind == "cpp":
            names.update(f"{suite}.{name}" for suite, name in _CPP_TEST.findall(source.text))
        elif source.kind == "python" and source.path.startswith("testbench/tests/system/"):
            subject = posixpath.basename(source.path).removesuffix("_test.py")
            names.update(f"system.{subject}.{name}" for name in _PYTHON_TEST.findall(source.text))
    return names


def check_named_tests(_, sources):
    existing = None
    for source in sources:
        if source.path not in NAMING:
            continue
        existing = existing or _existing(sources)
        tests_stand_last = False
        for number, line in enumerate(source.lines, 1):
            if not line.startswith("|"):
                tests_stand_last = False
                continue
            last = line.strip().strip("|").split("|")[-1]
            if last.strip() == "test":
                tests_stand_last = True
            elif tests_stand_last and not re.fullmatch("-+", last.strip()):
                named = _TEST_NAME.findall(last)
                if not named:
                    yield Finding(source.path, number, "named-test", "the row names no test; - for none")
                for name in named:
                    if name not in existing:
                        yield Finding(source.path, number, "named-test", f"there is no test {name}")


RULES = [check_named_tests]
