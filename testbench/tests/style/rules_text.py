# SPDX-License-Identifier: Apache-2.0
"""Rules on the plain text of a file: lengths, licence line, words that have no place here."""
import re

from source_text import Finding

FILE_LINES_MAX = 399
LINE_COLUMNS_MAX = 110
CODE_KINDS = {"cpp", "python", "shell", "cmake", "rtl"}
LICENSE_LINE = re.compile(r"^(//|#) SPDX-License-Identifier: Apache-2\.0$")
LICENSE_WITHIN_LINES = 2  # a script's first line names its interpreter

# Written so that these patterns do not find themselves.
FORBIDDEN = [
    (re.compile(r"\.\./" r"shared\b"), "a path beside the repository", {".ci/run"}),
    (re.compile(r"/work" r"/|/farm" r"/"), "a path of one machine", set()),
    (re.compile(r"/tmp/(pspnic|build)" r"\b"), "a path of one machine", set()),
    (re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|\bX" r"XX\b"), "a note to self", set()),
    (re.compile(r"\bissue\s+#?[0-9]" r"+", re.IGNORECASE), "an issue number", set()),
]


def check_file_length(source):
    count = len(source.lines)
    if source.kind in CODE_KINDS and count > FILE_LINES_MAX:
        yield Finding(source.path, 0, "file-length", f"{count} lines, at most {FILE_LINES_MAX}")


def check_line_length(source):
    if source.kind not in CODE_KINDS:
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            text = f"{len(line)} columns, at most {LINE_COLUMNS_MAX}"
            yield Finding(source.path, number, "line-length", text)


def check_license(source):
    if source.kind in CODE_KINDS and source.text.strip():
        if not any(LICENSE_LINE.match(line) for line in source.lines[:LICENSE_WITHIN_LINES]):
            yield Finding(source.path, 1, "license", "no line SPDX-License-Identifier: Apache-2.0")


def check_words(source):
    for number, line in enumerate(source.lines, 1):
        for pattern, what, exempt in FORBIDDEN:
            match = pattern.search(line)
            if match and source.path not in exempt:
                yield Finding(source.path, number, "word", f"`{match.group(0)}` is {what}")


RULES = [check_file_length, check_line_length, check_license, check_words]
