# SPDX-License-Identifier: Apache-2.0
"""Programs to start from do what docs/drivers.md says they do."""
import os
import pathlib
import re
import unittest

from bench import REPOSITORY, execute


class Examples(unittest.TestCase):
    def test_psp_keys_prints_what_the_page_shows(self):
        process = execute(os.environ["PSPNIC_PSP_KEYS"])
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        page = (pathlib.Path(REPOSITORY) / "docs/drivers.md").read_text()
        shown = re.search(r"```\n\$ build/release/testbench/examples/psp_keys\n(.*?)```", page, re.DOTALL)
        self.assertEqual(process.stdout, shown.group(1))
