# SPDX-License-Identifier: Apache-2.0
"""The answer to words and configurations that it cannot use: exit status 2, one line with the place."""
import os
import subprocess
import unittest

from bench import REPOSITORY, SHIPPED_CAPTURES, BenchTest, execute

STREAM = ("run", "--workload", "stream", "--packets", 1)
USAGE_ERROR, FAILURE = 2, 1


class Arguments(BenchTest):
    """Nothing runs, nothing is written."""

    def check_refused(self, words, *texts, status=USAGE_ERROR):
        out = self.folder / "never"
        process = self.pspnic(*words, *(("--out", out) if words[:1] == ("run",) else ()))
        self.assertEqual(process.returncode, status, f"{words}: {process.stdout} {process.stderr}")
        self.assertEqual(process.stdout, "")
        self.assertRegex(process.stderr, r"\Apspnic: [^\n]+\n\Z")
        for text in texts:
            self.assertIn(text, process.stderr)
        self.assertFalse(out.exists())

    def check_setting(self, setting, *texts):
        self.check_refused((*STREAM, "--set", setting), setting.split("=")[0], *texts)
        process = self.pspnic("params", "--set", setting)
        self.assertEqual(process.returncode, USAGE_ERROR)

    def check_config(self, text, *texts):
        path = self.folder / "card.json"
        path.write_text(text)
        self.check_refused((*STREAM, "--config", path), *texts)

    def test_an_unknown_parameter_names_the_nearest(self):
        self.check_setting("nic.mac.sped=100Gbps", "nearest one is nic.mac.speed")
        self.check_setting("nic.crypto.gcm.lines=3", "nearest one is nic.crypto.gcm.lanes")
        self.check_setting("mac.sped=100Gbps", "nearest one is nic.mac.speed")
        self.check_setting("speed=100Gbps", "nearest one is nic.mac.speed")
        self.check_setting("cable.dely=5ns", "nearest one is cable.delay")

    def test_more_lanes_than_packets_may_be_in_them_are_refused(self):
        for group, servers in ("gcm", "lanes"), ("kdf", "units"):
            self.check_refused((*STREAM, "--set", f"nic.crypto.{group}.{servers}=9"),
                               f"nic.crypto.{group}.queue_packets: 8 packets leave some of "
                               f"nic.crypto.{group}.{servers} = 9 without work")
        self.assertEqual(self.pspnic(*STREAM, "--set", "nic.crypto.gcm.lanes=8").returncode, 0)

    def test_a_folder_without_a_name_is_refused(self):
        for option, what in ("--out", "folder"), ("--trace", "folder"), ("--report", "file"):
            process = self.pspnic(*STREAM, option, "")
            self.assertEqual((process.returncode, process.stdout), (USAGE_ERROR, ""))
            self.assertIn(f"{option}: names no {what}", process.stderr)

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([os.environ["PSPNIC"], *map(str, STREAM)], stdout=full, check=False,
                                     stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("standard output: cannot be written", process.stderr)

    def test_a_lane_that_lacks_the_keys_of_the_traffic_is_refused(self):
        lane = "nic.crypto.gcm.lane=pipelined_128_digit128"
        for version in 1, 3:
            self.check_refused((*STREAM, "--set", lane, "--set", f"stream.psp_version={version}"),
                               "stream.psp_version", f"PSP version {version} has 256-bit keys", lane)
        words = ("run", "--pcap", SHIPPED_CAPTURES[0], "--set", lane, "--set", "replay.psp_version=1")
        self.check_refused(words, "replay.psp_version", lane)

    def test_a_number_without_its_unit_is_refused(self):
        self.check_setting("nic.mac.speed=100", "bare number", "200Gbps")
        self.check_setting("cable.delay=50", "bare number")
        self.check_setting("nic.tx.buffer=4096", "bare number")

    def test_a_wrong_unit_is_refused(self):
        self.check_setting("nic.mac.speed=100ns", '"ns"', "Gbps")
        self.check_setting("cable.delay=50bps", '"bps"')

    def test_a_value_out_of_range_names_the_range(self):
        self.check_setting("nic.crypto.gcm.lanes=0", "1..64")
        self.check_setting("nic.crypto.gcm.lanes=65", "1..64")
        self.check_setting("stream.payload_bytes=9101", "8..9100")
        self.check_setting("replay.psp_version=4", "0..3")
        self.check_setting("nic.mac.mtu=9217", "1280..9216")
        self.check_setting("cable.delay=2s", "0ps..1s")

    def test_a_value_of_the_wrong_type_is_refused(self):
        self.check_setting("nic.crypto.gcm.lanes=two", "not an integer")
        self.check_setting("nic.crypto.gcm.lanes=-1", "1..64")
        self.check_setting("nic.crypto.gcm.lanes=1.5", "not an integer")
        self.check_setting("stream.psp=maybe", "true or false")
        self.check_setting("replay.pacing=fast", "asap | capture")

    def test_a_setting_without_value_is_refused(self):
        self.check_setting("nic.crypto.gcm.lanes", "write key=value")
        self.check_setting("nic.crypto.gcm.lanes=", "nic.crypto.gcm.lanes")

    def test_flows_that_cannot_be_read_are_refused_in_one_line(self):
        self.check_refused((*STREAM, "--protect", self.folder),
                           f"{self.folder}: cannot be read: is a directory")
        self.check_refused((*STREAM, "--protect", "{}"), "--protect: ", "a list of objects is needed")
        self.check_refused((*STREAM, "--protect", '[{"vlan": 1, "vlan": 2}]'), "--protect: ", '"vlan" twice')
        for broken in "[{", " [1":
            self.check_refused((*STREAM, "--protect", broken), "--protect: is no JSON: parse error at line 1")

    def test_a_capture_that_is_none_is_refused(self):
        self.check_refused(("run", "--pcap", self.folder / "none.pcap"), "none.pcap", "No such file")
        self.check_refused(("run", "--pcap", self.folder), str(self.folder), "is no file")

    def test_a_run_without_packets_claims_nothing(self):
        process = self.pspnic("run", "--workload", "stream", "--packets", 0)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(process.stdout.endswith("\nNo packet crossed the cable.\nNothing was sent.\n"))
        self.assertNotIn("All received bytes", process.stdout)

    def test_open_wire_says_in_one_line_what_it_cannot_read(self):
        capture, script = SHIPPED_CAPTURES[0], REPOSITORY / "scripts/open_wire.py"
        for keys, text in ((capture, "is no key log"), (self.folder, "Is a directory"),
                           (REPOSITORY / "README.md", "line 3: must be SPI VERSION KEY")):
            process = execute("/usr/bin/python3", "-B", script, capture, keys)
            self.assertEqual((process.returncode, process.stdout), (USAGE_ERROR, ""))
            self.assertRegex(process.stderr, r"\A[^\n]+\n\Z")
            self.assertIn(f"{keys}: {text}", process.stderr)

    def test_broken_json_names_file_line_and_column(self):
        self.check_config('{\n "nic": {\n  "mac": { "speed": 200Gbps }}}', "card.json:3:", "not valid JSON")
        self.check_config("", "card.json:1:1:")
        self.check_config('{ "nic": {', "card.json:1:")
        self.check_config("[]", "card.json:1:1:", "one JSON object")

    def test_a_wrong_value_in_a_file_names_file_line_and_key(self):
        self.check_config('{\n "nic": {\n  "mac": { "sped": "1Gbps" }}}', "card.json:3:",
                          "nearest one is nic.mac.speed")
        self.check_config('{\n "nic": {\n  "mac": { "speed": 200 }}}', "card.json:3:", "nic.mac.speed",
                          "bare number")
        self.check_config('{\n\n "nic": { "mac": { "mtu": "big" }}}', "card.json:3:", "nic.mac.mtu",
                          "integer")
        self.check_config('{ "nic": 5 }', "card.json:1:", "nic")

    def test_a_missing_configuration_is_named(self):
        self.check_refused((*STREAM, "--config", self.folder / "none.json"), "none.json", "No such file")
        self.check_refused((*STREAM, "--config", self.folder), str(self.folder), "directory")

    def test_an_unknown_workload_names_those_there_are(self):
        self.check_refused(("run", "--workload", "strean"), "strean",
                           "stream, bidir, tso, small, jumbo, clear")

    def test_an_unknown_command_names_those_there_are(self):
        self.check_refused(("walk",), "walk", "run, params, explain, sweep")

    def test_one_source_of_traffic_is_needed_and_only_one(self):
        self.check_refused(("run",), "--pcap FILE", "--workload NAME")
        self.check_refused(("run", "--pcap", SHIPPED_CAPTURES[0], "--workload", "stream"), "--pcap FILE")

    def test_unknown_and_stray_words_are_refused(self):
        self.check_refused((*STREAM, "--sed", 1), "--sed")
        self.check_refused((*STREAM, "stray"), "positional")

    def test_counts_must_be_whole_numbers_from_0(self):
        for option in "--packets", "--seed":
            for value in "x", "-1", "1.5", "", "1e3", 2**64:
                with self.subTest(option=option, value=value):
                    self.check_refused(("run", "--workload", "stream", option, value), option)
        for option in "--packets", "--rounds":
            for value in "x", "-1", "0":
                with self.subTest(option=option, value=value):
                    self.check_refused(("bench", option, value), option)

    def test_packets_longer_than_the_card_takes_are_refused(self):
        self.check_refused(("run", "--workload", "jumbo", "--set", "nic.mac.mtu=1500"), "nic.mac.mtu = 1500",
                           "stream.payload_bytes")

    @unittest.skipIf(os.environ.get("PSPNIC_SANITIZE") == "ON",
                     "AddressSanitizer does not know the stacks of SystemC threads, and this throws on one")
    def test_a_card_with_too_few_associations_is_named(self):
        for parameter in "nic.device.spi_count", "nic.device.sa_slots":
            process = self.pspnic(*STREAM, "--set", f"{parameter}=3")
            self.assertEqual((process.returncode, process.stdout), (FAILURE, ""))
            self.assertRegex(process.stderr, rf"3 of 16 .*{parameter}")

    def test_an_output_folder_that_cannot_be_made_is_named(self):
        (self.folder / "file").write_text("")
        process = self.pspnic(*STREAM, "--out", self.folder / "file/out")
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn("file/out", process.stderr)

    def test_a_report_that_cannot_be_written_is_named_before_the_run(self):
        process = self.pspnic(*STREAM, "--report", self.folder / "nowhere/report.json")
        self.assertEqual((process.returncode, process.stdout), (FAILURE, ""))
        self.assertIn("nowhere/report.json", process.stderr)

    def test_help_is_given_on_request_and_without_words(self):
        asked, empty = self.pspnic("help"), self.pspnic()
        self.assertEqual((asked.returncode, empty.returncode), (0, USAGE_ERROR))
        self.assertEqual(asked.stdout, empty.stdout)
        for word in ("--pcap", "--workload", "--config", "--set", "--packets", "--seed", "--out", "params",
                     "bench", "jumbo"):
            self.assertIn(word, asked.stdout)

    def test_each_command_has_a_help_of_its_own(self):
        for command, word in (("run", "captured_a.pcap"), ("sweep", "--retries"), ("size", "--confirm"),
                              ("replay", "--show"), ("vectors", "--through"), ("rules", "--markdown"),
                              ("params", "--schema"), ("explain", "--jobs"), ("report", "--plots"),
                              ("validate", "--json"), ("swarm", "--kind"), ("bench", "--rounds")):
            asked, option = self.pspnic("help", command), self.pspnic(command, "--help")
            self.assertEqual((asked.returncode, option.returncode), (0, 0))
            self.assertEqual(asked.stdout, option.stdout)
            self.assertTrue(asked.stdout.startswith(f"pspnic {command} "))
            self.assertIn(word, asked.stdout)
        self.check_refused(("help", "size2"), "pspnic help size2: unknown command")
        self.assertRegex(self.pspnic("--version").stdout, r"\Apspnic \d+\.\d+\.\d+\n\Z")

    def test_later_settings_win_and_settings_win_over_files(self):
        path = self.folder / "card.json"
        path.write_text('// a comment\n{ "nic": { "mac": { "mtu": 4000 } }, "cable": { "delay": "1us" } }')
        run = self.run_well(*STREAM[1:], "--config", path, "--set", "cable.delay=2us", "--set",
                            "cable.delay=3us")
        self.assertEqual(run.report["config"]["nic"]["mac"]["mtu"], 4000)
        self.assertEqual(run.report["config"]["cable"]["delay"], "3us")
