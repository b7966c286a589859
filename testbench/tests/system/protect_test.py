# SPDX-License-Identifier: Apache-2.0
"""--protect: the cards seal flows of which their drivers know nothing. What crosses the cable is opened from
outside, what the hosts get is compared with what they would get without."""
import json
import os
import unittest

import captures
import frames
from bench import REPOSITORY, SHIPPED_CAPTURES, BenchTest, execute

ANY = {}
TUNNEL_V4 = {"mode": "tunnel", "outer": {"a": "192.0.2.1", "b": "192.0.2.2"}}
TUNNEL_V6 = {"mode": "tunnel", "outer": {"a": "2001:db8::1", "b": "2001:db8::2", "ttl": 9}}


class Protect(BenchTest):
    def flows(self, *entries):
        path = self.folder / "flows.json"
        path.write_text(json.dumps(entries))
        return path

    def open_protected(self, run, packets, clear=0):
        """The frames of the wire without PSP; so many packets must be PSP and open, so many be in clear."""
        opened = run.folder / "opened.pcap"
        process = execute("/usr/bin/python3", "-B", REPOSITORY / "scripts/open_wire.py",
                          run.folder / "wire.pcap", run.folder / "keys.log", "--expect-clear", clear,
                          "--write", opened)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        counts = rf"^packets {packets + clear}, PSP {packets}, opened {packets} with "
        self.assertRegex(process.stdout, counts)
        return captures.read_frames(opened)

    def check_capture(self, path, *entries):
        run = self.run_well("--pcap", path, "--protect", self.flows(*entries))
        self.assertEqual(run.total("sent_psp"), 0, "the drivers send plain packets")
        self.assertEqual(run.summary["drops"], {})
        sent = captures.read_frames(path)
        self.assertEqual(sorted(self.open_protected(run, len(sent))), sorted(sent))
        self.assertEqual(sorted(run.frames("host_a") + run.frames("host_b")), sorted(sent))
        return run

    def test_captures_in_transport_mode(self):
        for path in SHIPPED_CAPTURES:
            for version in range(4):
                with self.subTest(path=path.name, version=version):
                    self.check_capture(path, {"version": version})

    def test_captures_in_tunnels_of_both_families(self):
        for path in SHIPPED_CAPTURES:
            for tunnel, family in ((TUNNEL_V4, b"\x08\x00"), (TUNNEL_V6, b"\x86\xdd")):
                with self.subTest(path=path.name, family=family):
                    run = self.check_capture(path, tunnel)
                    self.assertEqual({frame[12:14] for frame in run.frames("wire")}, {family})

    def test_cookies_and_crypt_offsets(self):
        for path in SHIPPED_CAPTURES:
            self.check_capture(path, {"vc": 2**63 + 5, "crypt_offset": 3})
            self.check_capture(path, {**TUNNEL_V6, "vc": 1, "crypt_offset": 9, "version": 1})

    def check_stream(self, packets, *words):
        run = self.run_well(*words, "--packets", packets)
        opened = self.open_protected(run, packets)
        self.assertEqual(sorted(opened), sorted(run.frames("host_a") + run.frames("host_b")))
        return run

    def test_streams_and_tso(self):
        for flow in ANY, TUNNEL_V4, TUNNEL_V6:
            for workload in "stream", "tso", "jumbo", "small":
                with self.subTest(flow=flow, workload=workload):
                    self.check_stream(176, "--workload", workload, "--protect", self.flows(flow))

    def test_one_flow_of_two_protocols(self):
        """What no flow names stays in clear."""
        run = self.run_well("--workload", "stream", "--packets", 100, "--protect",
                            self.flows({"protocol": "udp"}))
        self.assertEqual(run.frames("wire"), run.frames("host_b"))

        self.assertIn("0 of them PSP by the driver, 0 sealed by the card", run.output)
        self.assertIn("flow 1: NO PACKET of either host matched it", run.output)
        self.assertEqual([flow["matched"] for flow in run.summary["flows"]], [False])

    def test_a_driver_told_to_seal_does_so(self):
        """Its packets are not looked up; without being told it sends plain ones."""
        settings = self.folder / "psp.json"
        settings.write_text('{"stream": {"psp": true}}')
        for words in ("--set", "stream.psp=true"), ("--config", settings):
            run = self.run_well("--workload", "stream", "--packets", 100, *words, "--protect",
                                self.flows(ANY))
            self.assertEqual((run.total("sent_psp"), run.total("sealed_by_card")), (100, 100))
            self.assertIs(run.summary["flows"][0]["matched"], False)
            self.open_protected(run, 100)

    def test_what_driver_and_card_seal_is_told_apart(self):
        run = self.run_well("--workload", "mix", "--set", "mix.duration=20us", "--protect",
                            self.flows({"protocol": "tcp"}, {"protocol": "udp"}))
        sent, psp = run.total("sent"), run.total("sent_psp")
        self.assertTrue(0 < psp < sent)
        self.assertEqual(run.total("sealed_by_card"), sent)
        self.assertIn(f"{sent} sent, {psp} of them PSP by the driver, {sent} sealed by the card", run.output)
        tcp, udp = run.summary["flows"]
        self.assertIs(tcp["matched"], False)
        self.assertEqual(udp["card_a"]["sealed"], sent - psp)
        self.assertEqual(udp["card_b"]["taken_from_peer"], sent - psp)
        self.assertIn("flow 1: NO PACKET", run.output)
        self.assertNotIn("flow 2: NO PACKET", run.output)

    def test_the_most_specific_flow_wins(self):
        run = self.run_well("--workload", "stream", "--packets", 100, "--protect",
                            self.flows(TUNNEL_V6, {"protocol": "tcp"}))
        self.assertEqual({frame[12:14] for frame in run.frames("wire")}, {b"\x08\x00"})
        self.open_protected(run, 100)

    def test_what_cannot_be_sealed_is_dropped_and_named(self):
        whole = frames.tcp4(200)
        segment = frames.tcp(frames.text(200))
        fragment = frames.ethernet(frames.IPV4, frames.ipv4(frames.TCP, segment, fragment=0x2000))
        path = self.write_capture([whole, fragment, whole])
        run = self.run_bench("--pcap", path, "--protect", self.flows(ANY), status=1)
        self.assertEqual(list(run.summary["drops"].values()), [1])
        self.assertIn("tx_flow_unprotected", str(run.summary["drops"]))
        self.assertEqual(len(run.frames("wire")), 2)
        self.open_protected(run, 2)

    def test_the_same_seed_gives_the_same_files(self):
        path = self.flows(TUNNEL_V4)
        runs = [self.run_well("--workload", "bidir", "--packets", 100, "--protect", path) for _ in range(2)]
        self.check_same_files(*runs)
        self.assertEqual(runs[0].report["input"], {"workload": "bidir", "protect": "flows.json"})

    def test_the_card_builds_headers_for_a_driver_that_knows_psp(self):
        for workload in "stream", "tso", "bidir":
            with self.subTest(workload=workload):
                run = self.run_well("--workload", workload, "--packets", 176,
                                    "--set", "stream.device_built=true")
                self.assertEqual(run.total("sent_psp"), run.total("sent"))
                self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)

    def test_no_key_is_in_the_report(self):
        run = self.run_well("--workload", "bidir", "--packets", 50, "--protect", self.flows(ANY))
        self.assertEqual(len(run.keys), 2)
        for key in run.keys:
            self.assertNotIn(key, run.report_text + run.output)

    def test_wrong_flows_are_named_with_their_place(self):
        cases = (
            ("", "is no JSON"),
            ("{}", "must be a list"),
            ("[]", "names no flow"),
            ("[{}, 3]", "flow 2: is no object"),
            ('[{"source": "any"}]', "flow 1: source: is no key of a flow"),
            ('[{"a": "10.0.0"}]', "flow 1: a: is \"10.0.0\", must be an IPv4 or IPv6 address"),
            ('[{"a": "10.0.0.0/33"}]', "prefix length in 0..32"),
            ('[{"a": "10.0.0.1", "b": "::1"}]', "flow 1: b: must be of the same family"),
            ('[{"a_port": 80}]', "flow 1: a_port: needs a protocol"),
            ('[{"protocol": "tcp", "b_port": 65536}]', "whole number in 0..65535"),
            ('[{"version": 4}]', "whole number in 0..3"),
            ('[{"crypt_offset": 64}]', "whole number in 0..63"),
            ('[{"vlan": -1}]', "whole number in 0..4094"),
            ('[{"mode": "tunnel"}]', "flow 1: outer: is missing"),
            ('[{"mode": "tunnel", "outer": {"a": "1.2.3.4", "b": "::1"}}]', "outer: b: must be of the same"),
            ('[{"outer": {}}]', "outer: is only of mode tunnel"),
        )
        for text, message in cases:
            path = self.folder / "flows.json"
            path.write_text(text)
            process = self.pspnic("run", "--workload", "stream", "--packets", 1, "--protect", path)
            self.assertEqual(process.returncode, 2, text)
            self.assertIn(f"{path}", process.stderr)
            self.assertIn(message, process.stderr)
        process = self.pspnic("run", "--workload", "stream", "--protect", "/nowhere.json")
        self.assertEqual(process.returncode, 2)
        self.assertIn("/nowhere.json: cannot be read", process.stderr)

    @unittest.skipIf(os.environ.get("PSPNIC_SANITIZE") == "ON",
                     "AddressSanitizer has lost track of the main stack when this exception leaves it")
    def test_a_flow_that_the_card_refuses_is_named(self):
        path = self.flows({"a": "10.0.0.1"}, {"a": "10.0.0.1"})
        process = self.pspnic("run", "--workload", "stream", "--protect", path)
        self.assertEqual(process.returncode, 1)
        self.assertIn("flows.json: flow 2: nic_a answers PSP_ADD_FLOW with EEXIST", process.stderr)
