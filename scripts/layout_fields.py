# SPDX-License-Identifier: Apache-2.0
"""testbench/diff/layouts.inc: the names that `pspnic vectors` and `pspnic replay` give the bytes of
descriptors and messages where they differ. A layout is "name:bytes;name:bytes;...".
"""
import itertools
import re

HEAD = "// SPDX-License-Identifier: Apache-2.0\n// Made by scripts/make_layouts.py.\n"
WIDTH = 110


def of_descriptor(layout):
    """Byte by byte the fields that have bits there; neighbours with the same ones together."""
    fields = [(fixed.lowest, fixed.bits, fixed.meaning.split()[0]) for fixed in layout.fixed]
    fields += [(lowest, bits, name) for name, field in layout.fields.items()
               for lowest, bits, _ in field.parts]
    names = [", ".join(dict.fromkeys(name for lowest, bits, name in sorted(fields)
                                     if lowest < 8 * byte + 8 and lowest + bits > 8 * byte)) or "reserved"
             for byte in range(layout.bytes)]
    return [(name, len(list(run))) for name, run in itertools.groupby(names)]


def of_struct(structs, name):
    """Structs inside, and arrays of them, field by field."""
    for field in structs[name].fields:
        array = re.fullmatch(r"std::array<([\w:]+), \w+>", field.type)
        inner = array.group(1) if array else field.type
        if inner not in structs:
            yield field.name, field.bytes
            continue
        for index in range(field.count):
            place = f"{field.name}[{index}]" if array else field.name
            for part, size in of_struct(structs, inner):
                yield f"{place}.{part}", size


def _literal(fields):
    """Broken where the line gets too long."""
    lines = [""]
    for text in (f"{name}:{size};" for name, size in fields):
        if len(lines[-1]) + len(text) > WIDTH:
            lines.append("")
        lines[-1] += text
    return "\n     ".join(f'"{line}"' for line in lines)


def _message(structs, text):
    """(struct, element) that "`Head` and `Element`" names; one that repeats."""
    names = [name for name in re.findall(r"`(\w+)`", text) if name in structs]
    return (names + ["", ""])[:2]


def render(descriptors, structs, messages):
    """`messages`: (opcode, request as in message_layouts.md, answer) of each."""
    lines = [HEAD, "constexpr Layout kDescriptors[] = {"]
    lines += [f'    {{"{name}",\n     {_literal(of_descriptor(layout))}}},'
              for name, layout in descriptors.items()]
    lines += ["};", "", "constexpr Layout kStructs[] = {"]
    lines += [f'    {{"{name}",\n     {_literal(of_struct(structs, name))}}},' for name in structs]
    lines += ["};", "", "// Opcode; head and element of the request; of the answer.",
              "constexpr Message kMessages[] = {"]
    for opcode, request, answer in messages:
        asked = _message(structs, request)
        if answer.startswith("the same"):
            told = [asked[0], (_message(structs, answer)[0] or asked[1])]
        else:
            told = _message(structs, answer)
        both = ", ".join(f'"{name}"' for name in [*asked, *told])
        lines.append(f"    {{{opcode}, {both}}},")
    return "\n".join([*lines, "};"]) + "\n"
