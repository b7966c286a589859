# SPDX-License-Identifier: Apache-2.0
"""scripts/make_layouts.py: the documents are what it makes, and it sees what is wrong."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.dont_write_bytecode = True

import make_layouts
from wire_headers import HeaderError, Headers


def check(docs=REPOSITORY / "docs"):
    command = ["/usr/bin/python3", "-B", REPOSITORY / "scripts/make_layouts.py", "--check", "--docs", docs]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Documents(unittest.TestCase):
    def test_are_what_the_script_makes(self):
        result = check()
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def refused(self, name, pattern, new=""):
        with tempfile.TemporaryDirectory() as folder:
            docs = pathlib.Path(folder)
            for document in make_layouts.DOCUMENTS:
                shutil.copy(REPOSITORY / "docs" / document, docs)
            text, count = re.subn(pattern, new, (docs / name).read_text(), count=1, flags=re.DOTALL)
            self.assertEqual(count, 1)
            (docs / name).write_text(text)
            result = check(docs)
        self.assertEqual(result.returncode, 1)
        return result.stderr

    def test_stale_table(self):
        said = self.refused("descriptors.md", r"\| 10-11 \|  \| `sa_tag` \|", "| 9-10 |  | `sa_tag` |")
        self.assertRegex(said, r"descriptors.md: not what make_layouts.py makes\n$")

    def test_message_without_table(self):
        self.assertEqual("message_layouts.md: no table of PspStats\n",
                         self.refused("message_layouts.md", "<!-- struct PspStats -->.*?<!-- end -->"))

    def test_descriptor_without_table(self):
        self.assertEqual("descriptors.md: no table of rx_buffer\n",
                         self.refused("descriptors.md", "<!-- descriptor rx_buffer -->.*?<!-- end -->"))

    def test_register_without_row(self):
        self.assertIn("registers.md: no row of kTxTail\n",
                      self.refused("registers.md", "<!-- registers kTxTail .*?<!-- end -->"))

    def test_constant_in_no_table(self):
        self.assertIn("nothing of kMbxFlagVfc of mailbox.h",
                      self.refused("descriptors.md", "<!-- constants kMbxFlagDd -->.*?<!-- end -->"))
        self.assertIn("nothing of kRtrigImcr",
                      self.refused("registers.md", "<!-- constants kRtrigCorer -->.*?<!-- end -->"))

    def test_table_that_there_is_not(self):
        self.assertRegex(self.refused("registers.md", "<!-- constants kPfSwr", "<!-- constants kPfSwx"),
                         "registers.md: <!-- constants kPfSwx -->: what is 'kPfSwx'")
        self.assertIn("a table without its end", self.refused("registers.md", "<!-- end -->"))


class Prose(unittest.TestCase):
    """Numbers that are not in tables the script makes."""

    def test_limits_of_queues(self):
        headers = Headers()
        headers.read("rx_descriptors", (REPOSITORY / "model/idpf/rx_descriptors.h").read_text())
        source = "".join((REPOSITORY / path).read_text() for path in (
            "firmware/queue_config_commands.cpp", "model/idpf/rings.h"))
        limits = {name: headers.value_of(value.replace("idpf::", ""))
                  for name, value in re.findall(r"constexpr uint\d+_t (k\w+) = ([\w:]+);", source)}
        messages = (REPOSITORY / "docs/messages.md").read_text()
        for text in ("a multiple of {kRingAlignment} bytes; {kRingLengthStep} to {kMaxRingLength} desc",
                     "descriptors, a multiple of {kRingLengthStep} |", "0 to {kMaxRelativeId}; completions",
                     "{kMinBufferBytes} to {kMaxBufferBytes} bytes",
                     "{kMinHeaderBufferBytes} to {kMaxHeaderBufferBytes} bytes"):
            self.assertIn(text.format(**limits), messages)
        step, most, alignment = (limits[f"k{name}"] for name in (
            "RingLengthStep", "MaxRingLength", "RingAlignment"))
        self.assertIn(f"{step} to {most}, a multiple of {step} | {alignment} bytes",
                      (REPOSITORY / "docs/descriptors.md").read_text())

    def test_registers_of_the_first_packet(self):
        physical = {row[0]: row for row in make_layouts.Tables(REPOSITORY).physical().values()}
        text = (REPOSITORY / "docs/drivers.md").read_text()
        named = re.findall(r"\b([A-Z_]+)(?:\((\d)\))?, `(0x[0-9a-f]{8})`", text)
        self.assertGreaterEqual(len(named), 12)
        for name, index, offset in named:
            _, first, stride, _, _ = physical[name]
            self.assertEqual(int(offset, 16), first + stride * int(index or 0), name)


class Descriptors(unittest.TestCase):
    def test_holes_by_bytes(self):
        self.assertEqual(list(make_layouts.holes(3, 28)), [(3, 5), (8, 16), (24, 4)])
        self.assertEqual(list(make_layouts.holes(3, 5)), [(3, 2)])
        self.assertEqual(list(make_layouts.holes(8, 8)), [])

    def test_places(self):
        self.assertEqual(make_layouts.bits_text(64, 16), ("8-9", ""))
        self.assertEqual(make_layouts.bits_text(69, 11), ("8-9", "15:5"))
        self.assertEqual(make_layouts.bits_text(58, 1), ("7", "2"))


class ReadHeaders(unittest.TestCase):
    def read(self, text):
        headers = Headers()
        headers.read("x", text)
        return headers

    def test_struct(self):
        headers = self.read(
            "inline constexpr size_t kBytes = 2 * 3;\nenum class Kind : uint16_t { kOne = 1, kTwo };\n"
            "struct Item {\n  uint8_t a = 0;\n};\nstruct List {\n  using Element = Item;\n"
            "  uint32_t id = 0;  // whose\n  Kind kind = Kind::kOne;\n"
            "  std::array<uint8_t, kBytes> rest{};\n};\n")
        struct = headers.structs["List"]
        self.assertEqual([(field.name, field.offset, field.bytes) for field in struct.fields],
                         [("id", 0, 4), ("kind", 4, 2), ("rest", 6, 6)])
        self.assertEqual((struct.bytes, struct.element, struct.fields[0].comment), (12, "Item", "whose"))
        self.assertEqual([entry.value for entry in headers.enums["Kind"][1]], [1, 2])

    def test_contradictions(self):
        headers = self.read("struct A {\n  uint32_t a = 0;\n  uint16_t b = 0;\n  uint16_t c = 0;\n};\n"
                            "struct Hole {\n  uint8_t a = 0;\n  uint32_t b = 0;\n};\n")
        right = "static_assert(sizeof(A) == 8); static_assert(offsetof(A, c) == 6);"
        self.assertEqual(headers.check(right), 2)
        for wrong in ("sizeof(A) == 12", "offsetof(A, c) == 4", "offsetof(A, d) == 4",
                      "WireStruct<Hole> && sizeof(Hole) == 8"):
            with self.assertRaises(HeaderError, msg=wrong):
                headers.check(f"static_assert({wrong});")

    def test_constants(self):
        headers = self.read("inline constexpr uint32_t kBase = 0x100;  // here\nnamespace pf {\n"
                            "inline constexpr uint32_t kNext = kBase + 4;\n"
                            "constexpr uint32_t tail(uint32_t n) {\n  return kNext + 8 * n;\n}\n"
                            "}  // namespace pf\ninline constexpr uint64_t kBit = 1ull << 35;\n")
        self.assertEqual(headers.constants["kBase"].comment, "here")
        self.assertEqual(headers.constants["pf::kNext"].value, 0x104)
        self.assertEqual(headers.offset_of("pf::tail", 2), 0x114)
        self.assertEqual(headers.constants["kBit"].bit, 35)
        with self.assertRaises(HeaderError):
            self.read("inline constexpr uint32_t kOther = kUnheardOf + 1;\n")


if __name__ == "__main__":
    unittest.main()
