# SPDX-License-Identifier: Apache-2.0
"""Where the time of a packet goes, and what limits a run: the parts add up, and the blame is right."""
from bench import BenchTest, CARDS, SHIPPED_CAPTURES

ROUNDING_PS = 1.0
# docs/packet_walk.md: waits, takes, of one packet alone.
WALK = {"doorbell": (0, 250986), "ring": (0, 0), "descriptors": (0, 550000), "turn": (0, 0), "sa": (0, 0),
        "fetch": (0, 587502), "tx parse": (0, 20000), "tx edit": (0, 30000), "tx lanes": (0, 109000),
        "port": (0, 61040), "cable": (0, 50000), "rx parse": (0, 20000), "kdf": (0, 15000),
        "rx lanes": (0, 109000), "placement": (0, 20000), "coalescing": (0, 0), "buffers": (0, 0),
        "write": (0, 58329), "completion": (0, 251970), "interrupt": (1000985, 0)}


def ways(run):
    return {name: run.report["explanation"][name] for name in ("a_to_b", "b_to_a")
            if run.report["explanation"][name] is not None}


def parts(way):
    return {part["name"]: part for part in way["parts"]}


class Explanation(BenchTest):
    """The part `explanation` of report.json."""

    def check_sums(self, run, from_transmit=True):
        found = ways(run)
        self.assertTrue(found)
        for name, way in found.items():
            total = sum(part["waits"] + part["takes"] for part in way["parts"])
            self.assertAlmostEqual(total + way["other"], way["mean"], delta=ROUNDING_PS)
            self.assertAlmostEqual(way["other"], 0, delta=ROUNDING_PS)
            for part in way["parts"]:
                self.assertGreaterEqual(part["waits"], -ROUNDING_PS, part)
                self.assertGreaterEqual(part["takes"], -ROUNDING_PS, part)
            if not from_transmit:
                self.assertEqual(way["from"], "doorbell")
                continue
            self.assertEqual(way["from"], "transmit")
            self.assertAlmostEqual(way["mean"], run.summary[name]["latency"]["mean"], delta=ROUNDING_PS)
            self.assertEqual(way["packets"], run.summary[name]["received"])
            # What only the sums of both hosts tell: a doorbell's way, and that of an interrupt message.
            self.assertGreaterEqual(parts(way)["doorbell"]["takes"], 250_000)
            self.assertGreaterEqual(parts(way)["interrupt"]["waits"], 0)

    def test_a_packet_alone_takes_what_its_walk_says(self):
        way = ways(self.run_well("--workload", "stream", "--packets", 1))["a_to_b"]
        self.assertEqual(list(parts(way)), list(WALK))
        for name, (waits, takes) in WALK.items():
            self.assertAlmostEqual(parts(way)[name]["waits"], waits, delta=2, msg=name)
            self.assertAlmostEqual(parts(way)[name]["takes"], takes, delta=2, msg=name)

    def test_the_parts_add_up_to_the_latency_of_streams(self):
        for words in ([], ["--config", CARDS[400]], ["--set", "stream.flows=64", "--set", "host.gro=true"],
                      ["--set", "host.queue_pairs=4", "--set", "stream.flows=8"],
                      ["--set", "stream.payload_bytes=64"], ["--set", "nic.pcie.generation=3"],
                      ["--set", "nic.crypto.gcm.lanes=1"], ["--set", "stream.psp=false"],
                      ["--set", "host.header_split=true", "--set", "host.strip_headers=true"],
                      ["--set", "host.itr=20us", "--set", "stream.flows=3"]):
            with self.subTest(words):
                self.check_sums(self.run_well("--workload", "stream", "--packets", 3000, *words))

    def test_the_parts_add_up_to_the_latency_of_other_workloads(self):
        for words in (["--workload", "tso"], ["--workload", "jumbo"], ["--workload", "small"],
                      ["--pcap", SHIPPED_CAPTURES[0]], ["--pcap", SHIPPED_CAPTURES[1]]):
            with self.subTest(words):
                more = ["--packets", 2000] if words[0] == "--workload" else []
                self.check_sums(self.run_well(*words, *more))

    def test_of_connections_the_time_counts_from_the_doorbell(self):
        self.check_sums(self.run_well("--workload", "tcp", "--set", "tcp.bytes=20000B"), from_transmit=False)

    def test_sas_in_memory_are_waited_for_and_named(self):
        words = ["--set", "stream.flows=256", "--set", "nic.crypto.sa_cache.memory=device",
                 "--set", "nic.crypto.sa_cache.entries=16", "--set", "nic.crypto.sa_cache.ways=4",
                 "--set", "nic.crypto.sa_cache.latency=2us", "--set", "nic.crypto.sa_cache.outstanding=1"]
        run = self.run_well("--workload", "stream", "--packets", 2000, *words)
        self.check_sums(run)
        self.assertGreater(parts(ways(run)["a_to_b"])["sa"]["waits"], 0)
        self.assertIn("nic_a.tx_fetch.sa", [wait["name"] for wait in run.summary["waits"]])

    def test_the_lanes_are_blamed_when_they_are_too_few(self):
        run = self.run_well("--workload", "stream", "--packets", 20000, "--config", CARDS[400],
                            "--set", "nic.crypto.gcm.lanes=1")
        explanation = run.report["explanation"]
        self.assertRegex(explanation["conclusion"][0], r"^Limited by nic_[ab]\.[tr]x\.stages\.crypto: busy ")
        self.assertIn("nic_a.tx_fetch.crypto_buffer", " ".join(explanation["conclusion"]))
        mac = next(block for block in explanation["blocks"] if block["name"] == "nic_a.tx.stages.mac")
        self.assertEqual(mac["starved_by"], "nic_a.tx.stages.crypto")
        self.assertAlmostEqual(mac["busy"] + mac["blocked"] + mac["starved"], 1, delta=1e-9)
        self.assertIn("Why\n  Limited by ", run.output)

    def test_lost_packets_leave_the_hosts_unmeasured_and_say_so(self):
        run = self.run_bench("--workload", "stream", "--packets", 2000, "--set", "cable.loss=0.01")
        way = ways(run)["a_to_b"]
        total = sum(part["waits"] + part["takes"] for part in way["parts"])
        self.assertAlmostEqual(total + way["other"], way["mean"], delta=ROUNDING_PS)
