# SPDX-License-Identifier: Apache-2.0
"""Function length in C++ (by matching braces) and Python (by its own parser)."""
import ast
import re

from source_text import Finding, code_only

FUNCTION_LINES_MAX = 69

_ACCESS = re.compile(r"^\s*(?:(?:public|private|protected)\s*:(?!:)\s*)+")
_ATTRIBUTE = re.compile(r"^\s*\[\[.*?\]\]\s*", re.DOTALL)
_SCOPE = re.compile(r"^\s*(?:inline\s+)?(?:typedef\s+)?(?:namespace|class|struct|union|enum|extern)\b")


def _matching_brace(code, opening):
    """Position of the brace that closes the one at `opening`; the end of the text if none does."""
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def _without_template(header):
    """The header without leading access labels, attributes and `template <...>`."""
    header = _ACCESS.sub("", header)
    while match := re.match(r"\s*template\s*<", header):
        depth, position = 1, match.end()
        while position < len(header) and depth:
            depth += {"<": 1, ">": -1}.get(header[position], 0)
            position += 1
        header = header[position:]
    return _ATTRIBUTE.sub("", header)


def _is_scope(header):
    """A namespace, class or `extern "C"`: functions may be inside."""
    return bool(_SCOPE.match(header)) and not re.search(r"\)\s*(?:const|noexcept|override)?\s*$", header)


def _is_function(header):
    if "(" not in header or header.count("(") != header.count(")"):
        return False  # no parameters, or braces amid somebody's arguments
    return not re.search(r"(?:=|,|\breturn)\s*$", header)


def _body_end(code, opening):
    """Where the function ends whose header the brace at `opening` follows; that may initialize a member."""
    end = _matching_brace(code, opening)
    while match := re.compile(r"\s*(,[^{};]*)?\{").match(code, end + 1):
        end = _matching_brace(code, match.end() - 1)
    return end


def cpp_functions(text):
    """Yields (first line, number of lines, name) of each function outside of functions."""
    code = code_only(text)
    start = position = 0
    while position < len(code):
        character = code[position]
        if character == "{":
            raw = code[start:position]
            header = _without_template(raw)
            if _is_scope(header):
                position += 1
                start = position
                continue
            end = _body_end(code, position)
            if _is_function(header):
                first = code.count("\n", 0, position - len(header.lstrip())) + 1
                last = code.count("\n", 0, end) + 1
                name = re.search(r"([~\w:]+)\s*\(", header)
                yield first, last - first + 1, name.group(1) if name else "function"
                position = start = end + 1
                continue
            position = end  # an initializer: the declaration goes on behind it
        elif character in ";}":
            start = position + 1
        position += 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def check_function_length(source):
    if source.kind not in ("cpp", "python"):
        return
    functions = cpp_functions if source.kind == "cpp" else python_functions
    for line, count, name in functions(source.text):
        if count > FUNCTION_LINES_MAX:
            yield Finding(source.path, line, "function-length",
                          f"{name} has {count} lines, at most {FUNCTION_LINES_MAX}")


RULES = [check_function_length]
