# SPDX-License-Identifier: Apache-2.0
"""Rules that need other files or a tool: formatting, shell syntax, links, a test for each file."""
import os
import pathlib
import posixpath
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from source_text import Finding

FORMAT_FILES_AT_ONCE = 16

# Folders in which every .cpp must have a test; elsewhere in TESTED_LATER_FOLDERS its lack is a warning.
TESTED_FOLDERS = ("model/base", "model/net", "model/psp", "model/idpf")
TESTED_LATER_FOLDERS = ("model/", "firmware")

# The test of x.cpp is x_test.cpp or x_*_test.cpp, in the folder under testbench/tests that mirrors its own.
# Where one test covers several files, they stand here: file -> its test in that folder.
TESTED_BY = {
    "model/base/edit_distance.cpp": "params_test.cpp",
    "model/base/json_reader.cpp": "params_test.cpp",
    "model/base/param_field.cpp": "params_test.cpp",
    "model/base/params_json.cpp": "params_text_test.cpp",
    "model/base/params_table.cpp": "params_text_test.cpp",
    "model/base/stats_json.cpp": "stats_test.cpp",
    "model/idpf/names.cpp": "virtchnl2_test.cpp",
    "model/net/capture_reader.cpp": "capture_test.cpp",
    "model/net/capture_writer.cpp": "capture_test.cpp",
    "model/psp/aead_ipsec_mb.cpp": "aead_test.cpp",
    "model/psp/aead_openssl.cpp": "aead_test.cpp",
    "model/psp/check.cpp": "receiver_test.cpp",
    "model/psp/decapsulate.cpp": "encapsulate_test.cpp",
    "model/psp/kdf_ipsec_mb.cpp": "kdf_test.cpp",
    "model/psp/kdf_openssl.cpp": "kdf_test.cpp",
    "model/psp/outer.cpp": "receiver_test.cpp",
}
TESTED_BY_THE_COMPILER = {"model/idpf/layout_checks.cpp"}  # static_assert and nothing else

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s*\[[^\]]+\]:\s*(\S+)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def _run(root, *command):
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def _run_clang_format(root, paths):
    try:
        result = _run(root, "clang-format", "--dry-run", "-Werror", *paths)
    except FileNotFoundError:
        return [Finding(paths[0], 0, "format", "clang-format is missing; scripts/setup installs it")]
    lines = {}
    for match in re.finditer(r"^(.+?):(\d+):\d+: error:", result.stderr, re.MULTILINE):
        lines.setdefault(match.group(1), int(match.group(2)))
    if result.returncode and not lines:
        return [Finding(paths[0], 0, "format", result.stderr.strip())]
    return [Finding(path, line, "format", "not as clang-format has it; scripts/format mends it")
            for path, line in lines.items()]


def check_format(root, sources):
    paths = [source.path for source in sources if source.kind == "cpp"]
    batches = [paths[i:i + FORMAT_FILES_AT_ONCE] for i in range(0, len(paths), FORMAT_FILES_AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(lambda batch: _run_clang_format(root, batch), batches):
            yield from findings


def check_shell(root, sources):
    for source in sources:
        if source.kind != "shell":
            continue
        result = _run(root, "bash", "-n", source.path)
        if result.returncode:
            yield Finding(source.path, 0, "shell", result.stderr.strip())
        if source.text.startswith("#!") and not os.access(pathlib.Path(root, source.path), os.X_OK):
            yield Finding(source.path, 0, "shell", "a script is executable")


def _links(source):
    """Yields (line, target) of a Markdown file, without those in code."""
    fenced = False
    for number, line in enumerate(source.lines, 1):
        if re.match(r"\s*(```|~~~)", line):
            fenced = not fenced
        elif not fenced:
            for match in _LINK.finditer(re.sub(r"`[^`]*`", "``", line)):
                yield number, match.group(1) or match.group(2)


def _headings(text):
    """Of a Markdown file, without those in code."""
    return re.findall(r"^#+ +(.+?) *$", re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE),
                      re.MULTILINE)


def _anchors(text):
    """What a link to a heading is called."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in _headings(text)}


def check_links(root, sources):
    for source in sources:
        if source.kind != "markdown":
            continue
        for line, target in _links(source):
            path, _, anchor = target.partition("#")
            if _ELSEWHERE.match(target):
                continue
            resolved = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), path))
            resolved = resolved if path else source.path
            if path.startswith("/") or resolved.startswith(".."):
                yield Finding(source.path, line, "link", f"{target} leaves the repository")
            elif not pathlib.Path(root, resolved).exists():
                yield Finding(source.path, line, "link", f"{target} does not exist")
            elif anchor and resolved.endswith(".md"):
                if anchor not in _anchors(pathlib.Path(root, resolved).read_text()):
                    yield Finding(source.path, line, "link", f"{target} is no heading")


def check_cited_chapters(root, sources):
    """The rules of drivers name documents, and chapters of them, as their sources."""
    for source in sources:
        if not re.fullmatch(r"model/base/driver_rules\w*\.cpp", source.path):
            continue
        for number, line in enumerate(source.lines, 1):
            for path, chapter in re.findall(r"\b(docs/[\w/]+\.md)(?:, ([^\";]+))?", line):
                document = pathlib.Path(root, path)
                headings = _headings(document.read_text()) if document.exists() else []
                if not document.exists():
                    yield Finding(source.path, number, "chapter", f"{path} does not exist")
                elif chapter and chapter.lower() not in {heading.lower() for heading in headings}:
                    yield Finding(source.path, number, "chapter", f"{path} has no chapter \"{chapter}\"")


def _untested(sources):
    """Yields (path, the test it lacks) of the .cpp files of the device."""
    paths = {source.path for source in sources}
    for path in sorted(paths):
        folder, name = posixpath.split(path)
        stem, extension = posixpath.splitext(name)
        if path in TESTED_BY_THE_COMPILER:
            continue
        if extension == ".cpp" and path.startswith(TESTED_LATER_FOLDERS):
            pattern = TESTED_BY.get(path, f"{stem}_test.cpp")
            wanted = posixpath.join("testbench/tests", folder, pattern)
            several = re.compile(re.escape(wanted.removesuffix("test.cpp")) + r"(\w+_)?test\.cpp")
            if not any(several.fullmatch(other) for other in paths):
                yield path, wanted


def check_tests(_, sources):
    paths = {source.path for source in sources}
    for path, test in _untested(sources):
        if posixpath.dirname(path) in TESTED_FOLDERS:
            yield Finding(path, 0, "test", f"no {test}")
    for path in (*TESTED_BY, *TESTED_BY_THE_COMPILER):
        # Only of a whole repository can it be said that a file is missing from it.
        if "model/base/CMakeLists.txt" in paths and path not in paths:
            yield Finding(path, 0, "test", "TESTED_BY... names a file that does not exist")


def warnings(sources):
    """What is not yet a rule."""
    for path, test in _untested(sources):
        if posixpath.dirname(path) not in TESTED_FOLDERS:
            yield Finding(path, 0, "test", f"no {test}")


RULES = [check_format, check_shell, check_links, check_cited_chapters, check_tests]
