#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fills in the tables of docs/descriptors.md, docs/registers.md and docs/message_layouts.md.

And testbench/diff/layouts.inc, which names those fields where bytes differ.

A table stands between `<!-- KIND NAME... -->` and `<!-- end -->`; all else in these documents is written by
hand. Descriptors come from descriptor_layouts.py, which vectors hold the model to; messages, constants and
registers from the headers of model/idpf.

    make_layouts.py            write the documents
    make_layouts.py --check    compare, exit 1 if a table is out of date, or lacks a message or a register
"""
import argparse
import pathlib
import re
import sys

import layout_fields
from descriptor_layouts import LAYOUTS
from wire_headers import HeaderError, Headers

DOCUMENTS = ("descriptors.md", "message_layouts.md", "registers.md")
# The answers that are more than the request with other contents.
ANSWERS = {
    "kCreateVport": "the same and `QueueRegChunk`, one a kind of queue",
    "kAddQueues": "the same and `QueueRegChunk`", "kAllocVectors": "the same and one `VectorChunk`",
    "kGetPtypeInfo": "the same and packet types", "kGetRssKey": "the same and the key",
    "kGetRssLut": "the same and the table", "kGetStats": "`VportStats`",
    "kGetPortStats": "`PortStats`", "kGetLanMemoryRegions": "`LanMemoryRegions` and `MemoryRegion`",
    "kPtpGetCaps": "`PtpGetCaps`", "kPspGetCaps": "`PspCaps`", "kPspGetStats": "`PspStats`"}
# Requests that have no struct of their own.
REQUESTS = {
    "PspRequest": ("`vport_id` and the answer's second word", 8), "kRssKeyOffset": ("packed, see RSS", 7),
    "0": ("none", 0), "uint32_t": ("`caps` of the answer", 4)}
# What comes first is used by what comes later.
HEADERS = ("psp_numbers", "virtchnl2_opcodes", "virtchnl2_caps", "virtchnl2_queue", "virtchnl2_vector",
           "virtchnl2_vport", "virtchnl2_rss", "virtchnl2_ptype", "virtchnl2_misc", "psp_ext", "psp_flow",
           "mailbox", "rx_descriptors", "tx_descriptors", "rx_single", "tx_single", "psp_config_queue",
           "registers")
_TABLE = re.compile(r"(<!-- (\w+)((?: [\w:]+)*) -->\n)((?:(?!<!--).)*)(<!-- end -->)", re.DOTALL)
ACCESS = {"kRw": "read, write", "kRo": "read", "kWo": "write"}


def rows(head, body):
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head),
                      *(f"| {' | '.join(line)} |" for line in body)]) + "\n"


def bytes_text(first, last):
    return str(first) if first == last else f"{first}-{last}"


def bits_text(lowest, bits):
    """Where so many bits from `lowest` lie: bytes, and bits of them if not all."""
    first, last = lowest // 8, (lowest + bits - 1) // 8
    low, high = lowest % 8, lowest % 8 + bits - 1
    if low == 0 and (high + 1) % 8 == 0:
        return bytes_text(first, last), ""
    return bytes_text(first, last), str(low) if low == high else f"{high}:{low}"


def holes(at, end):
    """(lowest bit, bits) of what no field has, whole bytes together."""
    for stop in (min(end, at + -at % 8), end - end % 8, end):
        if at < stop:
            yield at, stop - at
            at = stop


def descriptor(name):
    layout = LAYOUTS[name]
    parts = [(fixed.lowest, fixed.bits, "", fixed.meaning) for fixed in layout.fixed]
    for field, (pieces, meaning) in layout.fields.items():
        for lowest, bits, of_value in pieces:
            whole = len(pieces) == 1 and of_value == 0
            text = f"`{field}`" if whole else f"`{field}` [{of_value + bits - 1}:{of_value}]"
            parts.append((lowest, bits, text, meaning))
    body, at = [], 0
    for lowest, bits, field, meaning in sorted(parts) + [(8 * layout.bytes, 0, "", "")]:
        if lowest < at:
            raise HeaderError(f"{name}: {field} lies over another field")
        body += [[*bits_text(*hole), "", "reserved: 0"] for hole in holes(at, lowest)]
        if bits:
            body.append([*bits_text(lowest, bits), field, meaning])
            at = lowest + bits
    return rows(["bytes", "bits", "field", f"{layout.bytes} bytes"], body)


def value_text(constant):
    if constant.bit is not None:
        return f"bit {constant.bit}"
    if re.fullmatch(r"0x[0-9A-Fa-f]+", constant.text):
        return constant.text
    return str(constant.value) if constant.value < 4096 else f"{constant.value:#x}"


class Tables:
    def __init__(self, root):
        idpf = root / "model/idpf"
        self.headers = Headers()
        texts = [(idpf / f"{name}.h").read_text() for name in HEADERS]
        for name, text in zip(HEADERS, texts):
            self.headers.read(name, text)
        checked = sum(self.headers.check(text) for text in [*texts, (idpf / "layout_checks.cpp").read_text()])
        if checked < len(self.headers.structs):
            raise HeaderError("layout_checks.cpp: fewer checks than messages")
        self.dispatch = (root / "firmware/dispatch.cpp").read_text()
        self.names = dict(re.findall(r'\{Opcode::(k\w+), "(\w+)"\}', (idpf / "names.cpp").read_text()))
        self.register_source = (idpf / "registers.cpp").read_text()
        self.structs, self.shown = set(), set()  # what tables have been asked for

    def comment(self, text, type_name=""):
        """A comment of a header without the names of constants."""
        def replace(match):
            name = match.group(0)
            for entry in self.headers.enums.get(type_name, (0, []))[1]:
                if entry.name == name:
                    return str(entry.value)
            constant = self.headers.constants.get(name)
            return value_text(constant) if constant else f"`{name}`"
        text = re.sub(r"\bk[A-Z]\w*(?!\w*\.\.\.)", replace, text)
        return re.sub(r"\b([A-Z]\w+)::(\w+)", r"`\1::\2`", text).replace("|", "\\|")

    def struct(self, name):
        struct = self.headers.structs[name]
        self.structs.add(name)
        body = []
        for field in struct.fields:
            count = f"[{field.count}]" if field.count > 1 else ""
            says = self.comment(field.comment, field.type)
            if field.name.startswith("reserved") or "reserved" in field.name:
                says = says or "reserved: 0"
            inner = re.sub(r"std::array<([\w:]+), \w+>", r"\1", field.type)
            if inner in self.headers.structs or inner in self.headers.enums:
                says = f"`{inner}`" + (f": {says}" if says else "")
            body.append([str(field.offset), str(field.bytes), f"`{field.name}`{count}", says])
        tail = ""
        if struct.element:
            each = self.headers.structs.get(struct.element)
            size, what = (each.bytes, f"`{struct.element}`") if each else (4, "32-bit numbers")
            tail = f"\nBehind it, from byte {struct.bytes}: {what}, {size} bytes each.\n"
        return rows(["offset", "bytes", f"`{name}`", f"{struct.bytes} bytes"], body) + tail

    def constants(self, *names):
        body = []
        for first in names:
            for name in self.headers.blocks[first]:
                constant = self.headers.constants[name]
                self.shown.add(name)
                body.append([f"`{name}`", value_text(constant), self.comment(constant.comment)])
        return rows(["name", "value", ""], body)

    def enum(self, name):
        body = []
        for entry in self.headers.enums[name][1]:
            names = re.findall(r"k\w+", entry.text or "")
            is_hex = "0x" in " ".join([entry.text or "", *(self.headers.constants[n].text for n in names)])
            value = f"{entry.value:#x}" if is_hex else str(entry.value)
            body.append([f"`{entry.name}`", value, self.comment(entry.comment)])
        return rows([f"`{name}`", "value", ""], body)

    def messages(self):
        """(opcode, name, payload, bytes at least, answer) of each, in order."""
        opcodes = {entry.name: entry.value for entry in self.headers.enums["Opcode"][1]}
        body = []
        for opcode, size in re.findall(
                r"OpcodeEntry\{\s*Opcode::(k\w+), \w+, (?:idpf::)?(\w+(?:\([\w:]+\))?)", self.dispatch):
            name = re.sub(r"sizeof\((?:idpf::)?(\w+)\)", r"\1", size)
            struct = self.headers.structs.get(name)
            what, least = REQUESTS[name] if name in REQUESTS else (f"`{name}`", struct.bytes)
            if struct and struct.element and opcode not in ANSWERS:
                known = struct.element in self.headers.structs
                what += f" and `{struct.element}`" if known else " and numbers"
            answer = ANSWERS.get(opcode, "the same")
            body.append((opcodes[opcode], self.names[opcode], what, str(least), answer))
        return sorted(body)

    def payloads(self):
        return rows(["opcode", "name", "payload", "bytes at least", "answer"],
                    [[str(line[0]), *line[1:]] for line in self.messages()])

    def fields(self):
        event = [entry.value for entry in self.headers.enums["Opcode"][1] if entry.name == "kEvent"]
        messages = [(line[0], line[2], line[4]) for line in self.messages()] + [(event[0], "", "`Event`")]
        return layout_fields.render(LAYOUTS, self.headers.structs, sorted(messages))

    # ---- Registers

    def number(self, expression):
        """Of an expression of registers.cpp."""
        text = re.sub(r"(pf::\w+|vf::\w+)\((\d+(?:, \d+)*)\)",
                      lambda m: str(self.headers.offset_of(m.group(1), *map(int, m.group(2).split(",")))),
                      expression)
        for name in re.findall(r"\b(?:pf|vf)::k\w+", text):
            self.shown.add(name)
        return self.headers.value_of(text)

    def physical(self):
        """{id: (name, offset, stride, count, access)}"""
        found = {}
        for line in re.findall(r"\{Register::(k\w+), (.+)\},", self.register_source):
            name, offset, stride, count, access = re.split(r", (?![^(]*\))", line[1])
            found[line[0]] = (name.strip('"'), self.number(offset), self.number(stride), self.number(count),
                              ACCESS[access])
        base, stride, count = (self.number(f"pf::{name}") for name in (
            "kSecondaryMailboxBase", "kSecondaryMailboxStride", "kMaxSecondaryMailboxes"))
        for line in re.findall(r'secondary\(Register::(k\w+), "(\w+)", (0x\w+)\)', self.register_source):
            found[line[0]] = (line[1], base + int(line[2], 16), stride, count, ACCESS["kRw"])
        return found

    def virtual(self):
        """{id: offset}"""
        return {register: self.number(f"vf::{name}") for name, register in re.findall(
            r"case vf::(k\w+):\s+return hit\(Register::(k\w+)\);", self.register_source)}

    def registers(self, *ids):
        physical, virtual = self.physical(), self.virtual()
        body = []
        for register in ids:
            name, offset, stride, count, access = physical[register]
            self.shown.add(register)
            place = f"`{offset:#010x}`" + (f" + {stride:#x} n, n < {count}" if count > 1 else "")
            other = [f"`{virtual[register]:#06x}`"] if register in virtual else []
            other += self.virtual_row(register)
            body.append([name, place, "; ".join(other) or "–", access])
        return rows(["register", "offset, PF", "offset, VF", "by the driver"], body)

    def virtual_row(self, register):
        queues, vectors = self.number("vf::kMaxTails"), self.number("vf::kMaxQueueVectors")
        tails = {"kTxTail": "tx_tail", "kRxTail": "rx_tail", "kRxBufTail": "rx_buf_tail"}
        if register in tails:
            function = f"vf::{tails[register]}"
            first = self.headers.offset_of(function, 0)
            return [f"`{first:#06x}` + {self.headers.offset_of(function, 1) - first:#x} n, n < {queues}"]
        itr = re.fullmatch(r"kItr(\d)", register)
        if not itr and register != "kDynCtl":
            return []
        first = (self.headers.offset_of("vf::int_itrn_64", int(itr.group(1)), 0) if itr
                 else self.headers.offset_of("vf::int_dyn_ctln", 0))
        return [f"`{first:#06x}` + 4 (n - 1), 0 < n < {vectors + 1}"]

    def render(self, name, document):
        kinds = {"descriptor": descriptor, "struct": self.struct, "constants": self.constants,
                 "enum": self.enum, "registers": self.registers, "payloads": self.payloads}

        def table(match):
            try:
                return f"{match[1]}\n{kinds[match[2]](*match[3].split())}\n{match[5]}"
            except KeyError as error:
                raise HeaderError(f"{name}: {match[1].strip()}: what is {error}?") from error

        made = _TABLE.sub(table, document)
        if document.count("<!--") != 2 * len(_TABLE.findall(document)):
            raise HeaderError(f"{name}: a comment that begins no table, or a table without its end")
        return made

    def missing(self, documents):
        """Messages, descriptors and registers that no document tells of."""
        text = documents["registers.md"]
        for name in self.headers.structs:
            if name not in self.structs:
                yield f"message_layouts.md: no table of {name}"
        for name in LAYOUTS:
            if f"<!-- descriptor {name} -->" not in documents["descriptors.md"]:
                yield f"descriptors.md: no table of {name}"
        for header in HEADERS:
            for name in self.headers.constants_of[header] if header != "registers" else ():
                if name not in self.shown:
                    yield f"message_layouts.md, descriptors.md: nothing of {name} of {header}.h"
        for name in self.physical():
            if name not in self.shown:
                yield f"registers.md: no row of {name}"
        for name in self.headers.constants_of["registers"]:
            value = self.headers.constants[name].value
            forms = f"{value:#010x}|{value:#06x}|{value:#x}|{value}"
            # Small numbers are everywhere: they need a table.
            if name not in self.shown and not (value >= 256 and re.search(rf"\b({forms})\b", text)):
                yield f"registers.md: nothing of {name}, {value:#x}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    root = pathlib.Path(__file__).resolve().parents[1]
    parser.add_argument("--docs", type=pathlib.Path, default=root / "docs")
    arguments = parser.parse_args()
    tables = Tables(root)
    wrong, documents = [], {}
    for name in DOCUMENTS:
        path = arguments.docs / name
        before = path.read_text()
        documents[name] = tables.render(path, before)
        if arguments.check and documents[name] != before:
            wrong.append(f"{path}: not what make_layouts.py makes")
        elif not arguments.check:
            path.write_text(documents[name])
    path = root / "testbench/diff/layouts.inc"
    if not arguments.check:
        path.write_text(tables.fields())
    elif path.read_text() != tables.fields():
        wrong.append(f"{path}: not what make_layouts.py makes")
    wrong += tables.missing(documents)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HeaderError as wrong:
        sys.exit(f"make_layouts.py: {wrong}")
