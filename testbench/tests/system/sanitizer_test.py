# SPDX-License-Identifier: Apache-2.0
"""The driver sanitizer: our driver breaks no rule, watching changes nothing, reports say what they should."""
import copy
import re

from bench import BenchTest, REPOSITORY, SHIPPED_CAPTURES

STRICT = ("--set", "nic.sanitizer.mode=strict")
PACKETS = 300
# Of workloads that do not end after so many packets.
LENGTHS = {"tcp": (), "tcp_tso": (), "tcp_bidir": (), "mix": (), "churn": ("--set", "churn.duration=2ms")}


class Sanitizer(BenchTest):
    """Modes and rules of nic.sanitizer."""

    def presets(self):
        text = self.pspnic("help").stdout.split("\nWorkloads\n")[1]
        return re.findall(r"^  (\S+) ", text, re.MULTILINE)

    def run_strict(self, *words):
        run = self.run_bench(*words, *STRICT)
        self.assertEqual(run.report["driver_reports"], [], words)
        self.assertEqual(run.summary["violations"], [], words)
        return run

    def test_no_workload_breaks_a_rule(self):
        presets = self.presets()
        self.assertGreater(len(presets), 4)
        for name in presets:
            with self.subTest(workload=name):
                self.run_strict("--workload", name, *LENGTHS.get(name, ("--packets", PACKETS)))

    def test_no_capture_breaks_a_rule(self):
        for capture in SHIPPED_CAPTURES:
            self.run_strict("--pcap", capture)

    def test_several_vports_queues_and_functions_break_no_rule(self):
        for settings in (("nic.device.vports=2", "host.vports=2", "host.queue_pairs=2"),
                         ("nic.device.vfs=1", "host.vfs=1")):
            words = [word for setting in settings for word in ("--set", setting)]
            self.run_strict("--workload", "stream", "--packets", PACKETS, *words)

    def test_the_mode_changes_no_time_and_no_count(self):
        reports = []
        for mode in "off", "report", "strict":
            run = self.run_well("--workload", "tso", "--packets", PACKETS,
                                "--set", f"nic.sanitizer.mode={mode}")
            report = copy.deepcopy(run.report)
            self.assertEqual(report["config"]["nic"].pop("sanitizer")["mode"], mode)
            reports.append((report, (run.folder / "wire.pcap").read_bytes()))
        self.assertTrue(reports[0] == reports[1] == reports[2])

    def test_a_clean_run_says_what_was_checked(self):
        run = self.run_strict("--workload", "stream", "--packets", PACKETS)
        self.assertRegex(run.output, r"(?m)^Drivers: \d{2,} rules checked, none broken\.$")

    def test_a_fault_excuses_what_it_makes_of_the_driver_at_its_own_card(self):
        run = self.run_bench("--workload", "stream", "--packets", PACKETS, "--set", "faults.card=a",
                             "--set", "faults.data_read.aborted=0.02", *STRICT)
        reports = run.report["driver_reports"]
        self.assertTrue(reports)
        self.assertEqual({(each["device"], each["rule"], each["fails"]) for each in reports},
                         {("nic_a", "dma-aborted", False)})
        self.assertIs(run.summary["all_well"], True)
        self.assertRegex(reports[0]["seen"], r"^0x[0-9a-f]+, of a packet of \d+ bytes")

    def test_a_report_names_place_rule_source_and_what_happened_there(self):
        run = self.run_bench("--workload", "stream", "--packets", PACKETS, "--set", "faults.card=a",
                             "--set", "faults.descriptor_read.poisoned=0.05",
                             "--set", "nic.sanitizer.mode=report")
        report = next(each for each in run.report["driver_reports"] if each["rule"] == "dma-poisoned")
        self.assertEqual((report["device"], report["severity"], report["fails"]), ("nic_a", "error", False))
        self.assertRegex(report["place"], r"^tx queue \d+, descriptor \d+$")
        self.assertTrue(report["events"], report)
        self.assertRegex(run.output, r"(?m)^nic_a: tx queue \d+, descriptor \d+: error: PCIe: poisoned data "
                                     r"must not be used \[dma-poisoned\]$")
        self.assertRegex(run.output, r"(?m)^    last events of tx queue \d+:$")
        self.assertIn("[dma-poisoned]", (run.folder / "report.html").read_text())


class Rules(BenchTest):
    """pspnic rules."""

    def test_the_document_is_what_the_program_prints(self):
        printed = self.pspnic("rules", "--markdown")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        self.assertEqual(printed.stdout, (REPOSITORY / "docs/driver_rules.md").read_text())

    def test_a_pattern_chooses_and_an_unknown_one_is_refused(self):
        lines = self.pspnic("rules", "tx-tso").stdout.splitlines()
        self.assertGreater(len(lines), 4)
        self.assertTrue(all("tx-tso" in line for line in lines[::3]), lines)
        self.assertIn("tx-tag-reuse", self.pspnic("rules", "completion tag").stdout)
        refused = self.pspnic("rules", "tx-tso-ms5")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("the nearest id is tx-tso-mss", refused.stderr)
