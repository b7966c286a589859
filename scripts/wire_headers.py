# SPDX-License-Identifier: Apache-2.0
"""What the headers of model/idpf say: constants with their values, enumerations, and message structs with the
offset of each field. Takes the plain C++ that these headers are written in, and nothing else.
"""
import collections
import re

Constant = collections.namedtuple("Constant", "name value text bit comment")  # bit: None, or n of 1 << n
Field = collections.namedtuple("Field", "name offset bytes count type comment")
Struct = collections.namedtuple("Struct", "name bytes fields element")

_SCALARS = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "int8_t": 1}
_CONSTANT = re.compile(r"inline constexpr \S+ (k\w+)\s*=\s*([^;]+);(.*)")
_FUNCTION = re.compile(r"constexpr uint32_t (\w+)\(([^)]*)\) \{")
_FIELD = re.compile(r"  ([\w:]+(?:<[\w:]+, \w+>)?) (\w+)(?:\s*=[^;]*|\{\})?;(?:\s*// ?(.*))?$")
_ENUM = re.compile(r"enum class (\w+) : (\w+) \{")
_SIZE = re.compile(r"sizeof\((\w+)\) == (\d+)")
_OFFSET = re.compile(r"offsetof\((\w+), (\w+)\) == (\d+)")


class HeaderError(Exception):
    """A header that is not written as expected, or contradicts itself."""


class Headers:
    def __init__(self):
        self.constants = {}  # "kX" or "pf::kX" -> Constant
        self.blocks = {}     # name of its first constant -> names of the constants that follow without a gap
        self.functions = {}  # "pf::tx_tail" -> (parameters, expression, namespace)
        self.enums = {}      # name -> (bytes, [Constant])
        self.structs = {}
        self.constants_of = {}  # file name -> names of its constants

    def value_of(self, expression, namespace="", **variables):
        """Of an integer expression of literals, constants and sizeof()."""
        text = re.sub(r"sizeof\((\w+)\)", lambda m: str(self.structs[m.group(1)].bytes), expression)
        text = re.sub(r"\b(?:uint\d+_t|size_t)\{([^}]*)\}", r"(\1)", text)
        text = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)(?:u|ull|U)\b", r"\1", text)

        def replace(match):
            name = match.group(0)
            if name in variables:
                return str(variables[name])
            for candidate in (f"{namespace}::{name}", name):
                if candidate in self.constants:
                    return str(self.constants[candidate].value)
            raise HeaderError(f"{expression}: what is {name}?")

        text = re.sub(r"\b(?:pf::|vf::)?[A-Za-z_]\w*\b", replace, text)
        if not re.fullmatch(r"[0-9A-Fa-fx+*/<|&~() \n-]+", text):
            raise HeaderError(f"{expression}: not an integer expression")
        return eval(text.replace("/", "//"), {"__builtins__": {}})  # pylint: disable=eval-used

    def offset_of(self, function, *arguments):
        parameters, expression, namespace = self.functions[function]
        return self.value_of(expression, namespace, **dict(zip(parameters, arguments)))

    def size_of(self, type_name):
        """(bytes of one, how many), or None of a type that no message has."""
        array = re.fullmatch(r"std::array<([\w:]+), (\w+)>", type_name)
        if array:
            one = self.size_of(array.group(1))
            return one and (one[0], self.value_of(array.group(2)))
        if type_name in _SCALARS:
            return _SCALARS[type_name], 1
        if type_name in self.enums:
            return self.enums[type_name][0], 1
        if type_name in self.structs:
            return self.structs[type_name].bytes, 1
        return None

    def read(self, name, text):
        self.constants_of[name] = []
        lines = _joined(text)
        namespace, block, at = "", None, 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.startswith("//"):
                block = None
                continue
            constant = _CONSTANT.match(line)
            if constant:
                found = self._constant(constant, namespace)
                block = block or found
                self.blocks.setdefault(block, []).append(found)
                self.constants_of[name].append(found)
            elif line.startswith("namespace ") and line.endswith("{"):
                namespace = line.split()[1] if line.split()[1] in ("pf", "vf") else ""
            elif line.startswith("}  // namespace"):
                namespace = ""
            elif _FUNCTION.match(line):
                match = _FUNCTION.match(line)
                body = re.match(r"  return (.*);", lines[at])
                if body:
                    parameters = [part.split()[-1] for part in match.group(2).split(",") if part.strip()]
                    self.functions[_full(namespace, match.group(1))] = (parameters, body.group(1), namespace)
            elif _ENUM.match(line):
                at = self._enum(lines, at - 1)
            elif re.match(r"struct \w+ \{", line):
                at = self._struct(lines, at - 1)
            if not constant:
                block = None

    def _constant(self, match, namespace):
        name, expression, comment = match.groups()
        bit = re.fullmatch(r"1u?l?l? << (\d+)", expression)
        full = _full(namespace, name)
        self.constants[full] = Constant(name, self.value_of(expression, namespace), expression,
                                        int(bit.group(1)) if bit else None, comment.strip().lstrip("/ "))
        return full

    def _enum(self, lines, at):
        name, base = _ENUM.match(lines[at]).groups()
        body, entries = "", []
        while "};" not in lines[at]:
            body += lines[at] + "\n"
            at += 1
        body = (body + lines[at]).split("{", 1)[1]
        value = -1
        for entry, expression, comment in re.findall(
                r"(k\w+)(?: = ([^,}\n]+?))?\s*(?:,|\n|\})(?:[ ]*//[ ]*(.*))?", body):
            value = self.value_of(expression) if expression else value + 1
            entries.append(Constant(entry, value, expression, None, comment.strip()))
        self.enums[name] = (_SCALARS[base], entries)
        return at + 1

    def _struct(self, lines, at):
        name = lines[at].split()[1]
        at += 1
        fields, offset, element = [], 0, None
        while lines[at] != "};":
            match = _FIELD.match(lines[at])
            if lines[at].startswith("  using Element = "):
                element = lines[at].split()[-1].rstrip(";")
            else:
                size = match and self.size_of(match.group(1))
                if not size or offset % min(size[0], 8):
                    return at  # functions, other types, padding: no message, and check() sees if it should be
                one, count = size
                fields.append(Field(match.group(2), offset, one * count, count, match.group(1),
                                    (match.group(3) or "").strip()))
                offset += one * count
            at += 1
        self.structs[name] = Struct(name, offset, fields, element)
        return at + 1

    def check(self, text):
        """Raises if a static_assert of `text` says something else. The answer: how many there were."""
        count = 0
        for name in re.findall(r"Wire(?:Struct|Header)<(\w+)> && sizeof", text):
            if name not in self.structs:
                raise HeaderError(f"{name}: has not been read")
        for name, size in _SIZE.findall(text):
            if name in self.structs:
                count += 1
                if self.structs[name].bytes != int(size):
                    raise HeaderError(f"{name}: {self.structs[name].bytes} bytes, static_assert says {size}")
        for name, field, offset in _OFFSET.findall(text):
            count += 1
            found = [each.offset for each in self.structs[name].fields if each.name == field]
            if found != [int(offset)]:
                raise HeaderError(f"{name}::{field}: at {found}, static_assert says {offset}")
        return count


def _full(namespace, name):
    return f"{namespace}::{name}" if namespace else name


def _joined(text):
    """Lines, with constants and fields that clang-format has broken put together."""
    text = re.sub(r"\n\s+<< ", " << ", text)
    text = re.sub(r"(inline constexpr[^;{}]*?=)\s*\n\s+", r"\1 ", text)
    text = re.sub(r"1u(\s+)<< ", "1u << ", text)
    return text.split("\n")
