# SPDX-License-Identifier: Apache-2.0
"""Images of descriptors for make_vectors.py, from the table of descriptor_layouts.py."""
from descriptor_layouts import LAYOUTS
from vector_packets import stream


def most(field):
    """The value with all bits of the field set."""
    return sum(((1 << bits) - 1) << of_value for _, bits, of_value in field.parts)


def image(kind, values):
    layout = LAYOUTS[kind]
    word = sum(fixed.value << fixed.lowest for fixed in layout.fixed)
    for name, value in values.items():
        for lowest, bits, of_value in layout.fields[name].parts:
            word |= (value >> of_value & ((1 << bits) - 1)) << lowest
    return word.to_bytes(layout.bytes, "little").hex()


def make_descriptors():
    vectors = []

    def add(kind, name, values):
        full = {field: values.get(field, 0) for field in LAYOUTS[kind].fields}
        vectors.append({"name": f"{kind}/{name}", "kind": kind,
                        "fields": {field: f"{value:x}" for field, value in full.items()},
                        "image": image(kind, full)})

    for kind, layout in LAYOUTS.items():
        add(kind, "zero", {})
        add(kind, "all", {name: most(field) for name, field in layout.fields.items()})
        for name, field in layout.fields.items():
            add(kind, name, {name: most(field)})
        for index in range(8):
            add(kind, f"random_{index}", {
                name: int.from_bytes(stream(f"{kind}/{index}/{name}", 8), "little") & most(field)
                for name, field in layout.fields.items()})
    return vectors
