# SPDX-License-Identifier: Apache-2.0
"""libpspnic installed, and programs outside of the source tree that use it."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from bench import REPOSITORY

EXAMPLES = pathlib.Path(REPOSITORY) / "testbench/examples/embed"
BUILD = os.environ.get("PSPNIC_BUILD")

# What a program may see of the library; sc_main stands in for programs that have none.
PUBLIC = re.compile(r"pspnic_\w+|sc_main|PSPNIC_2|(non-virtual thunk to |typeinfo (name )?for |vtable for )?"
                    r"pspnic::Card(::(?!Parts).*)?")


def run(*words, **options):
    process = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                             **options)
    if process.returncode != 0:
        raise AssertionError(f"{words}: {process.returncode}\n{process.stdout}{process.stderr}")
    return process.stdout


@unittest.skipUnless(BUILD, "a library with sanitizers wants programs that have them as well")
class Embed(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=BUILD))
        self.addCleanup(shutil.rmtree, self.folder)
        self.prefix = self.folder / "prefix"
        run("cmake", "--install", BUILD, "--component", "library", "--prefix", self.prefix)
        moved = self.folder / "moved"  # nothing in it may know where it was
        self.prefix = self.prefix.rename(moved)

    def library(self):
        return next(self.prefix.rglob("libpspnic.so"))

    def test_examples_build_outside_and_send_psp_packets(self):
        sources = shutil.copytree(EXAMPLES, self.folder / "sources")
        build = self.folder / "build"
        run("cmake", "-S", sources, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_C_FLAGS=-Wall -Wextra -Wpedantic -Werror", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        run("cmake", "--build", build)
        opened = "OpenSSL opens them: What is here leaves the card encrypted.\n"
        text = run(build / "send_psp")
        self.assertIn(opened, text)
        self.assertIn("1 frame sent, violations: none\n", text)
        text = run(build / "platform")
        self.assertIn(opened, text)
        self.assertIn("card B has dropped 1 frame for want of a driver; violations: none\n", text)
        page = (pathlib.Path(REPOSITORY) / "docs/embedding.md").read_text()
        shown = re.search(r"```\n\$ out/send_psp\n(.*?)```", page, re.DOTALL)
        self.assertEqual(run(build / "send_psp"), shown.group(1))

    def test_pkg_config_is_enough_for_a_c_compiler(self):
        environment = os.environ | {"PKG_CONFIG_PATH": str(next(self.prefix.rglob("pkgconfig")))}
        flags = run("pkg-config", "--cflags", "--libs", "pspnic", env=environment).split()
        source = self.folder / "small.c"
        source.write_text("#include <pspnic.h>\n"
                          "int main(void) { return pspnic_api_version() != PSPNIC_API_VERSION; }\n")
        program = self.folder / "small"
        run("cc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", source, *flags,
            f"-Wl,-rpath,{self.library().parent}", "-o", program)
        run(program)

    def test_recipe_without_cmake_gives_running_programs(self):
        page = (pathlib.Path(REPOSITORY) / "docs/embedding.md").read_text()
        recipe = re.search(r"```\n(export PKG_CONFIG_PATH.*?)```", page, re.DOTALL).group(1)
        recipe = recipe.replace("PREFIX", str(self.prefix))
        sources = shutil.copytree(EXAMPLES, self.folder / "sources")
        run("bash", "-euc", recipe, cwd=sources)
        for program in "send_psp", "platform":
            self.assertIn("OpenSSL opens them: What is here leaves the card encrypted.\n",
                          run(sources / program))

    def test_tlm_wants_the_systemc_of_the_library(self):
        headers = self.folder / "other/include/sysc/kernel/sc_ver.h"
        headers.parent.mkdir(parents=True)
        headers.write_text("".join(f"#define SC_VERSION_{part} 3\n" for part in ("MAJOR", "MINOR", "PATCH")))
        project = self.folder / "project"
        project.mkdir()
        lists = ("cmake_minimum_required(VERSION 3.18)\nproject(p LANGUAGES CXX)\n"
                 "find_package(pspnic {})\n"
                 "if(TARGET pspnic::tlm)\n"
                 "  get_target_property(where pspnic::tlm INTERFACE_INCLUDE_DIRECTORIES)\n"
                 "endif()\n"
                 'message(STATUS "headers: ${{where}}, ${{pspnic_NOT_FOUND_MESSAGE}}")\n')

        def configured(wanted, *prefixes):
            (project / "CMakeLists.txt").write_text(lists.format(wanted))
            build = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            return run("cmake", "-S", project, "-B", build,
                       "-DCMAKE_PREFIX_PATH=" + ";".join(map(str, (self.prefix, *prefixes))))

        self.assertIn("headers: /usr/include,", configured("REQUIRED COMPONENTS tlm"))
        other = self.folder / "other"
        self.assertIn("no pspnic::tlm: it wants SystemC 2.3.4, there is SystemC 3.3.3", configured("", other))
        text = configured("QUIET COMPONENTS tlm", other)
        self.assertIn("headers: , no pspnic::tlm", text)

    def test_nothing_but_the_interface_is_visible(self):
        lines = run("nm", "-D", "-C", "--defined-only", self.library()).splitlines()
        names = [line.split(maxsplit=2)[2].split("@@")[0] for line in lines]
        self.assertIn("pspnic_create", names)
        self.assertEqual([name for name in names if not PUBLIC.fullmatch(name)], [])


if __name__ == "__main__":
    unittest.main()
