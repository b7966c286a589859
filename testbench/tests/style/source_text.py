# SPDX-License-Identifier: Apache-2.0
"""The files of the repository, and C++ text without what only looks like code."""
import dataclasses
import pathlib
import re
import subprocess

CPP_SUFFIXES = {".cpp", ".h"}
RTL_SUFFIXES = {".sv", ".svh"}
BUILD_FOLDERS = {".git", "build", "out", "__pycache__"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule; line 0 means the whole file."""
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


@dataclasses.dataclass(frozen=True)
class Source:
    """A text file. `path` is relative to the repository; `kind` is one of those that kind_of gives."""
    path: str
    kind: str
    text: str

    @property
    def lines(self):
        return self.text.splitlines()


def kind_of(path, text):
    name = pathlib.PurePosixPath(path)
    if name.suffix in CPP_SUFFIXES:
        return "cpp"
    if name.suffix in RTL_SUFFIXES:
        return "rtl"
    if name.suffix == ".py" or re.match(r"#!.*python", text):
        return "python"
    if name.suffix == ".sh" or re.match(r"#!.*\b(ba|da)?sh\b", text):
        return "shell"
    if name.name == "CMakeLists.txt" or name.suffix == ".cmake":
        return "cmake"
    return "markdown" if name.suffix == ".md" else "other"


def list_paths(root):
    """Every file that is or could be committed."""
    # Whatever owns the checkout: git may otherwise refuse to list the files of another user.
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached",
               "--others", "--exclude-standard"]
    if (root / ".git").exists():
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        paths = [pathlib.Path(path) for path in output.split("\0") if path]
    else:
        paths = [path.relative_to(root) for path in root.rglob("*")]
    return sorted(path.as_posix() for path in paths
                  if not BUILD_FOLDERS & set(path.parts) and (root / path).is_file())


def read_sources(root):
    """All text files; one that is no UTF-8 is data."""
    sources = []
    for path in list_paths(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        sources.append(Source(path, kind_of(path, text), text))
    return sources


# In this order: what opens first hides the others. A digit separator (1'000) is no character literal.
_CPP_HIDDEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      |(?P<raw>\b(?:u8|[uUL])?R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
      |(?P<string>"(?:\\.|[^"\\\n])*")
      |(?P<character>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|(?<=\b[uUL])'(?:\\.|[^'\\\n])+')""",
    re.VERBOSE | re.DOTALL)


def code_only(text, keep_includes=False):
    """C++ with comments, string contents and preprocessor lines blanked; line numbers stay the same."""
    def blank(match):
        hidden = match.group(0)
        newlines = "\n" * hidden.count("\n")
        return " " + newlines if match.group("comment") is not None else '""' + newlines

    includes = {}
    if keep_includes:  # `#include "x"` is not a string to be blanked
        without_comments = _CPP_HIDDEN.sub(
            lambda match: blank(match) if match.group("comment") is not None else match.group(0), text)
        for number, line in enumerate(without_comments.split("\n")):
            if re.match(r"\s*#\s*include\b", line):
                includes[number] = line
    code = _CPP_HIDDEN.sub(blank, text)
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: "\n" * match.group(0).count("\n"), code,
                  flags=re.MULTILINE)
    if not includes:
        return code
    lines = code.split("\n")
    for number, line in includes.items():
        lines[number] = line
    return "\n".join(lines)
