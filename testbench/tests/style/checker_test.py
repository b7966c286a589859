# SPDX-License-Identifier: Apache-2.0
"""The checker finds planted violations, and nothing in files without."""
import pathlib
import subprocess
import tempfile
import unittest

import rules_functions
import rules_includes
import rules_repository
import rules_text
from check_style import check
from source_text import Source, code_only, kind_of

LICENSE = "// SPDX-License-Identifier: Apache-2.0\n"


def rules_broken(rules, path, text):
    """The names of the rules that a file breaks."""
    source = Source(path, kind_of(path, text), text)
    return [finding.rule for rule in rules for finding in rule(source)]


class TextRules(unittest.TestCase):
    def broken(self, path, text):
        return rules_broken(rules_text.RULES, path, text)

    def test_clean_file(self):
        self.assertEqual(self.broken("model/a.cpp", LICENSE + "int a;\n"), [])

    def test_file_length(self):
        self.assertEqual(self.broken("a.cpp", LICENSE + "\n" * 398), [])
        self.assertEqual(self.broken("a.cpp", LICENSE + "\n" * 399), ["file-length"])
        self.assertEqual(self.broken("a.md", "\n" * 1000), [])

    def test_line_length(self):
        line = "// " + "x" * 107 + "\n"
        self.assertEqual(self.broken("a.cpp", LICENSE + line), [])
        self.assertEqual(self.broken("a.cpp", LICENSE + "x" + line), ["line-length"])

    def test_license(self):
        for path in ("a.cpp", "a.py", "CMakeLists.txt", "a.sh", "a.sv"):
            self.assertEqual(self.broken(path, "x\n"), ["license"])
        self.assertEqual(self.broken("run", "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n"), [])
        self.assertEqual(self.broken("run", "#!/bin/bash\n# SPDX-License-Identifier: MIT\n"), ["license"])
        self.assertEqual(self.broken("a.json", "{}\n"), [])

    def test_words(self):
        for word in ("../" "shared/x", "/wor" "k/main", "/far" "m/", "TO" "DO", "FIX" "ME", "issue" " #12",
                     "/tmp/" "build-x"):
            self.assertEqual(self.broken("a.md", f"see {word} there\n"), ["word"], word)
        for word in ("../" "shared_memory.md", "framework/main", "issu" "es 12 commands", "TO" "DOS"):
            self.assertEqual(self.broken("a.md", f"see {word} there\n"), [], word)

    def test_word_in_the_one_file_that_may(self):
        line = "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\nls ../" "shared\n"
        self.assertEqual(self.broken(".ci/run", line), [])
        self.assertEqual(self.broken("scripts/run", line), ["word"])


class CodeOnly(unittest.TestCase):
    def test_hides_what_is_no_code(self):
        text = ("int a; // {\n/* {\n{ */ int b = '{';\nconst char* c = \"}\\\"{\";\n#define X {\n"
                "R\"x(}\n)\" \")x\";\n")
        code = code_only(text)
        self.assertNotIn("{", code)
        self.assertNotIn("}", code)
        self.assertEqual(code.count("\n"), text.count("\n"))

    def test_digit_separator_is_no_character(self):
        self.assertIn("f()", code_only("int a = 1'000; f(); int b = 0xff'ff;"))

    def test_comment_in_string(self):
        self.assertIn("f()", code_only('auto url = "http://x"; f();'))


class FunctionLength(unittest.TestCase):
    LONG = "  f();\n" * 68  # with header and closing brace one line too many
    SHORT = "  f();\n" * 67

    def found(self, text):
        source = Source("a.cpp", "cpp", text)
        return [finding.line for finding in rules_functions.check_function_length(source)]

    def test_limit(self):
        self.assertEqual(self.found(f"void g() {{\n{self.SHORT}}}\n"), [])
        self.assertEqual(self.found(f"\n\nvoid g() {{\n{self.LONG}}}\n"), [3])

    def test_headers_of_functions(self):
        for header in ("Foo::Foo(int a) : a_{a}, b_(2), c_{3} {", "template <class T>\nvoid g(T t) {",
                       "bool operator==(const A& a) {", "auto g(int a) -> std::vector<int> {",
                       "TEST(Some, Thing) {", "const auto kG = [](int a) {", "[[nodiscard]] int g() const {",
                       "struct tm g() {", "void g(std::vector<int> a = {1}) {"):
            first = 1 + header.count("\n")
            self.assertEqual(self.found(f"{header}\n{self.LONG}}}\n"), [first], header)

    def test_function_in_class_in_namespace(self):
        before = "namespace a::b {\nnamespace {\nclass A : public B {\n public:\n  A() {\n"
        self.assertEqual(self.found(before + self.LONG + "  }\n};\n}\n}\n"), [5])

    def test_what_is_no_function(self):
        many = "void f();\n" * 100
        for text in (f"namespace a {{\n{many}}}\n", f"class A final {{\n{many}}};\n",
                     f'extern "C" {{\n{many}}}\n', f"struct alignas(64) A {{\n{many}}};\n",
                     "int a[] = {\n" + "f(1),\n" * 100 + "};\n",
                     "enum class A : uint8_t {\n" + "kA,\n" * 100 + "};\n",
                     "INSTANTIATE_TEST_SUITE_P(A, B, Values(\n" + "C{1},\n" * 100 + "C{1}));\n"):
            self.assertEqual(self.found(text), [], text[:20])

    def test_braces_that_do_not_count(self):
        self.assertEqual(self.found("void g() {\n  a('{'); // {\n  b(\"{\");\n}\n" + "int h;\n" * 100), [])

    def test_python(self):
        text = "def f():\n" + "    g()\n" * 69
        self.assertEqual(rules_broken(rules_functions.RULES, "a.py", text), ["function-length"])
        self.assertEqual(rules_broken(rules_functions.RULES, "a.py", text[:-8]), [])


class Includes(unittest.TestCase):
    def broken(self, path, header):
        return rules_broken(rules_includes.RULES, path, f"#include {header}\n")

    def test_allowed(self):
        for path, header in (("model/psp/a.h", '"model/net/ip.h"'), ("model/tx/a.cpp", '"model/tx/a.h"'),
                             ("model/idpf/a.h", '"model/net/bytes.h"'),
                             ("model/rx/a.h", '"model/pcie/dma.h"'),
                             ("model/rx/a.h", '"model/crypto/lanes.h"'),
                             ("firmware/a.h", '"model/psp/spi.h"'),
                             ("model/nic/a.h", '"firmware/a.h"'),
                             ("testbench/bench/a.h", '"model/nic/nic.h"'),
                             ("testbench/tests/model/net/a_test.cpp", '"model/net/ip.h"'),
                             ("model/net/a.h", "<vector>"), ("model/nic/a.h", "<systemc>"),
                             ("model/base/event_queue.cpp", "<systemc>"), ("model/pcie/a.h", "<tlm.h>")):
            self.assertEqual(self.broken(path, header), [], f"{path} {header}")

    def test_forbidden(self):
        for path, header in (("model/net/a.h", '"model/psp/spi.h"'), ("model/net/a.h", '"model/base/time.h"'),
                             ("model/idpf/a.h", '"model/net/ip.h"'), ("model/base/a.h", '"model/net/ip.h"'),
                             ("model/tx/a.h", '"model/rx/a.h"'), ("model/queue/a.h", '"model/tx/a.h"'),
                             ("model/rx/a.h", '"model/pcie/link.h"'), ("model/mac/a.h", '"model/crypto/a.h"'),
                             ("firmware/a.h", '"model/base/time.h"'),
                             ("model/control/a.h", '"model/nic/a.h"'),
                             ("model/nic/a.h", '"testbench/bench/a.h"'),
                             ("model/new/a.h", '"model/net/ip.h"'),
                             ("testbench/host/a.h", '"model/base/time.h"'), ("model/net/a.h", '"ip.h"'),
                             ("testbench/host/a.h", '"testbench/bench/a.h"'),
                             ("model/net/a.h", "<model/net/ip.h>")):
            self.assertEqual(self.broken(path, header), ["include"], f"{path} {header}")

    def test_systemc(self):
        for path, header in (("model/base/server.h", "<systemc>"), ("model/tx/a.h", "<systemc.h>"),
                             ("firmware/a.h", "<tlm>"), ("testbench/host/a.h", "<tlm.h>")):
            self.assertEqual(self.broken(path, header), ["systemc"], f"{path} {header}")

    def test_in_comment(self):
        text = '// #include "model/psp/spi.h"\n/*\n#include "model/psp/spi.h"\n*/\n'
        self.assertEqual(rules_broken(rules_includes.RULES, "model/net/a.h", text), [])


class Repository(unittest.TestCase):
    """A whole tree on disk, through the same entry as the real check."""

    GOOD = {
        ".clang-format": "BasedOnStyle: Google\n",
        "README.md": "# A\n\n[b](model/net/ip.cpp) [c](https://example.org/) `[d](e)` [f](#a)\n",
        "model/net/ip.cpp": LICENSE + '#include "model/net/ip.h"\n\nint f() { return 1; }\n',
        "model/net/ip.h": LICENSE + "#pragma once\nint f();\n",
        "testbench/tests/model/net/ip_test.cpp": LICENSE + "int g();\n",
        "scripts/run": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\necho a\n",
    }

    def broken(self, changes, git=False):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for path, text in {**self.GOOD, **changes}.items():
                if text is not None:
                    (root / path).parent.mkdir(parents=True, exist_ok=True)
                    (root / path).write_text(text, encoding="utf-8")
                    (root / path).chmod(0o755)
            if git:
                subprocess.run(["git", "init", "-q", directory], check=True)
            return [(finding.rule, finding.path) for finding in check(root)[0]]

    def test_clean(self):
        self.assertEqual(self.broken({}), [])

    def test_ignored_files_do_not_count(self):
        self.assertEqual(self.broken({".gitignore": "/mine/\n", "mine/a.cpp": "int  a;\n"}, git=True), [])
        self.assertTrue(self.broken({"mine/a.cpp": "int  a;\n"}, git=True))

    def test_format(self):
        self.assertEqual(self.broken({"model/net/ip.h": LICENSE + "#pragma once\nint  f( );\n"}),
                         [("format", "model/net/ip.h")])

    def test_shell(self):
        text = self.GOOD["scripts/run"]
        self.assertEqual(self.broken({"scripts/run": text + "if true; then\n"}), [("shell", "scripts/run")])

    def test_python_syntax(self):
        text = "# SPDX-License-Identifier: Apache-2.0\ndef f(:\n"
        self.assertEqual(self.broken({"scripts/a.py": text}), [("python", "scripts/a.py")])

    def test_links(self):
        self.assertEqual(self.broken({"docs/a.md": "[a](../README.md#a) ![b](../model/net)\n"}), [])
        self.assertEqual(self.broken({"docs/a.md": "# A `b`, c\n[a](#a-b-c) [b](a.md#a-b-c)\n"}), [])
        for link in ("[a](README.md)", "![a](a.svg)", "[a]: b.md", "[a](/etc/passwd)", "[a](../../b)",
                     "[a](../README.md#b)", "[a](#a)"):
            self.assertEqual(self.broken({"docs/a.md": link + "\n"}), [("link", "docs/a.md")], link)

    def test_cited_chapters(self):
        rules = "model/base/driver_rules_b.cpp"
        for cited, found in (("docs/a.md", []), ("IDPF; docs/a.md, first part", []),
                             ("docs/a.md, First part; docs/a.md", []), ("docs/b.md", [("chapter", rules)]),
                             ("docs/a.md, second part", [("chapter", rules)]),
                             ("docs/a.md, code", [("chapter", rules)])):
            text = LICENSE + f'const char* a = "{cited}";\n'
            test = {rules.replace("model", "testbench/tests/model").replace(".cpp", "_test.cpp"): LICENSE}
            document = {"docs/a.md": "# A\n\n## First part\n\n```\n# code\n```\n"}
            self.assertEqual(self.broken({rules: text, **test, **document}), found, cited)

    def test_named_tests(self):
        head = "| case | checks | test |\n|---|---|---|\n"
        tests = {"testbench/tests/model/net/ip_test.cpp": LICENSE + "\nTEST(Ip, Works) {}\nTEST_F(B, C) {}\n",
                 "testbench/tests/system/run_test.py": "# SPDX-License-Identifier: Apache-2.0\n"
                                                       "class A:\n    def test_all(self):\n        pass\n"}
        good = ("| a | b | `Ip.Works`, `B.C` |\n| a | b | `system.run.all` |\n| a | b | - |\n\n"
                "| a | other |\n|---|---|\n| b | `no test` |\n")
        self.assertEqual(self.broken({**tests, "docs/linux_psp.md": head + good}), [])
        for row in ("`Ip.Breaks`", "`Ip.Works`, `Ip.Breaks`", "`system.run.none`", "Ip.Works", ""):
            text = f"{head}| a | b | - |\n| a | b | {row} |\n"
            self.assertEqual(self.broken({**tests, "docs/linux_psp.md": text}),
                             [("named-test", "docs/linux_psp.md")], row)

    def test_missing_test(self):
        here, there = "testbench/tests/model/net/ip_test.cpp", "testbench/tests/model/psp/ip_test.cpp"
        self.assertEqual(self.broken({here: None}), [("test", "model/net/ip.cpp")])
        self.assertEqual(self.broken({here: None, there: LICENSE}), [("test", "model/net/ip.cpp")])
        several = here.replace("ip_test", "ip_fuzz_test")
        self.assertEqual(self.broken({here: None, several: LICENSE}), [])

    def test_warnings(self):
        sources = [Source("model/tx/a.cpp", "cpp", LICENSE)]
        self.assertEqual([finding.path for finding in rules_repository.warnings(sources)], ["model/tx/a.cpp"])


if __name__ == "__main__":
    unittest.main()
