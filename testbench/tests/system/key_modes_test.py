# SPDX-License-Identifier: Apache-2.0
"""The three ways of a transmit key into the card, each and mixed: R36 of the requirements."""
from bench import BenchTest


class KeyModes(BenchTest):
    """What leaves the card is seen on the wire and opened there by an independent receiver."""

    def check(self, *settings, packets=160):
        words = [word for setting in settings for word in ("--set", setting)]
        run = self.run_well("--workload", "stream", "--packets", packets, *words)
        self.assertEqual(run.summary["a_to_b"]["received_psp"], packets)
        opened = self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)
        self.assertEqual(sorted(opened), sorted(run.frames("host_b")))  # queues take turns differently
        return run

    def sent_with_own_key(self, run):
        return self.value(run.report, "tx_inline_keys")

    def value(self, tree, name):
        """The first number of this name in the report's tree."""
        if isinstance(tree, dict):
            if name in tree and not isinstance(tree[name], dict):
                return tree[name]
            if name in tree and "value" in tree[name]:
                return tree[name]["value"]
            for branch in tree.values():
                found = self.value(branch, name)
                if found is not None:
                    return found
        return None

    def test_config_queue(self):
        for version in range(4):
            with self.subTest(version=version):
                run = self.check("host.psp.key_mode=config_queue", f"stream.psp_version={version}")
                self.assertEqual(self.sent_with_own_key(run), 0)
                self.assertIn('"config_queue"', run.report_text)

    def test_descriptor(self):
        for version in range(4):
            with self.subTest(version=version):
                run = self.check("host.psp.key_mode=descriptor", f"stream.psp_version={version}")
                self.assertEqual(self.sent_with_own_key(run), 160)

    def test_descriptor_with_tso(self):
        run = self.check("host.psp.key_mode=descriptor", "stream.tso=32000B", packets=400)
        self.assertGreater(self.sent_with_own_key(run), 0)

    def test_all_ways_in_one_run(self):
        run = self.check("host.queue_pairs=3", "host.ring=128", "stream.flows=9",
                         "host.psp.queue_key_modes=mailbox,config_queue,descriptor", packets=450)
        own = self.sent_with_own_key(run)
        self.assertGreater(own, 0)
        self.assertLess(own, 450)

    def test_sas_in_memory(self):
        for memory in "device", "host":
            with self.subTest(memory=memory):
                run = self.check(f"nic.crypto.sa_cache.memory={memory}", "nic.crypto.sa_cache.entries=8",
                                 "nic.crypto.sa_cache.ways=2", "stream.flows=32")
                self.assertGreater(self.value(run.report, "misses"), 0)

    def test_wrong_lists_are_named(self):
        for text in "mailbox,telepathy", "":
            run = self.pspnic("run", "--workload", "stream", "--packets", 1,
                               "--set", f"host.psp.queue_key_modes={text}")
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("host.psp.queue_key_modes", run.stderr)
