# SPDX-License-Identifier: Apache-2.0
"""report.json and host.json: complete, explained, and true to each other and to the captures."""
import json

from bench import BenchTest, CARDS, REPOSITORY, SHIPPED_CAPTURES, WRITTEN

DIRECTION_FIELDS = {"offered", "sent", "sent_psp", "received", "received_psp", "verified", "corrupted",
                    "missing", "sent_in_clear", "not_sent", "payload_bytes", "wire_frames",
                    "time_ps", "packets_per_second", "wire_packets_per_second", "goodput_bps", "latency",
                    "sealed_by_card"}
SUMMARY_FIELDS = {"all_well", "window_ps", "a_to_b", "b_to_a", "drops", "blocks", "waits",
                  "bottleneck", "bottlenecks", "waited_for", "violations",
                  "anomalies", "imbalance", "input_error", "host_waits", "queues"}
LATENCY_FIELDS = ["unit", "count", "mean", "min", "p50", "p90", "p99", "p99.9", "max"]
CARD_BLOCKS = {"drops", "pcie", "msix", "endpoint", "interrupts", "tx_queues", "tx_completions", "tx",
               "tx_fetch", "rx_queues", "rx", "control", "mailbox"}


def is_leaf(node):
    return "description" in node and not isinstance(node["description"], dict)


def leaves(node, name=""):
    """(full name, leaf) of all statistics."""
    if is_leaf(node):
        yield name, node
        return
    for key, value in node.items():
        if not isinstance(value, dict):
            raise AssertionError(f"{name}.{key} is no statistic: {value}")
        yield from leaves(value, f"{name}.{key}" if name else key)


class Report(BenchTest):
    """What later readers and programs rely on."""

    def statistics(self, run):
        return dict(leaves(run.report["statistics"]))

    def test_every_statistic_has_a_unit_and_a_description(self):
        for words in ("--pcap", SHIPPED_CAPTURES[0]), ("--workload", "tso", "--packets", 100):
            run = self.run_well(*words)
            statistics = self.statistics(run)
            self.assertGreater(len(statistics), 150)
            drivers = dict(leaves(run.report["drivers"]))
            for name, leaf in {**statistics, **drivers}.items():
                self.assertRegex(leaf["unit"], r"\S", name)
                self.assertGreaterEqual(len(leaf["description"].split()), 2, name)
                self.assertTrue("value" in leaf or "count" in leaf, name)

    def test_every_block_of_both_cards_is_in_the_report(self):
        statistics = self.run_well("--pcap", SHIPPED_CAPTURES[0]).report["statistics"]
        for card in "nic_a", "nic_b":
            self.assertLessEqual(CARD_BLOCKS, set(statistics[card]))
            self.assertEqual(set(statistics["nic_a"]), set(statistics["nic_b"]))

    def test_the_gates_of_the_crypto_are_those_of_its_lanes_and_units(self):
        rows = (REPOSITORY / "rtl/area/area.csv").read_text().splitlines()[1:]
        gates = {row.split(",")[0]: int(row.split(",")[1]) for row in rows}
        for lane, lanes, unit, units, bps in (("pipelined_256_digit128", 2, "pipelined", 1, 256e9),
                                              ("pipelined_128_digit128", 1, "iterative", 3, 128e9),
                                              ("iterative_256_digit16", 4, "iterative", 1, 51.2e9)):
            run = self.run_well("--workload", "stream", "--packets", 20, "--set", f"gcm.lane={lane}",
                                "--set", f"gcm.lanes={lanes}", "--set", f"kdf.unit={unit}",
                                "--set", f"kdf.units={units}")
            crypto = run.report["crypto"]
            self.assertEqual((crypto["lane"], crypto["kdf_unit"]), (lane, unit))
            total = 2 * lanes * gates[lane] + units * gates[f"kdf_{unit}"]
            self.assertEqual(crypto["gates"], total)
            self.assertAlmostEqual(crypto["keys_of_128_bits"]["text_bps_each_way"], bps)
            per = crypto["keys_of_128_bits"]["gates_per_100_gbps_of_both_ways"]
            self.assertAlmostEqual(per, total / (2 * bps) * 100e9)
            self.assertEqual(crypto["keys_of_256_bits"]["text_bps_each_way"] == 0, "128_digit" in lane)
            self.assertIn(f"{total / 1e6:.3f} million gates", run.output)

    def test_the_summary_has_the_promised_fields(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0], "--seed", 5)
        self.assertEqual(set(run.report), {"input", "seed", "config", "crypto", "summary", "explanation",
                                           "statistics", "area", "drivers", "driver_reports"})
        self.assertEqual((run.report["seed"], run.report["input"]), (5, {"pcap": "tcp_ipv4.pcap"}))
        self.assertLessEqual(SUMMARY_FIELDS, set(run.summary))
        for direction in "a_to_b", "b_to_a":
            self.assertLessEqual(DIRECTION_FIELDS, set(run.summary[direction]))
            latency = run.summary[direction]["latency"]
            self.assertEqual(list(latency), LATENCY_FIELDS)
            buckets = run.summary[direction]["latency_buckets"]
            self.assertEqual(sum(buckets["count"]), latency["count"])
            self.assertEqual(buckets["upto"], sorted(set(buckets["upto"])))
            self.assertEqual(buckets["upto"][-1], latency["max"])
            self.assertLessEqual(len(buckets["upto"]), 128)
            steps = [latency[name] for name in LATENCY_FIELDS[3:]]
            self.assertEqual(steps, sorted(steps))
            self.assertLessEqual(latency["min"], latency["mean"])
            self.assertLessEqual(latency["mean"], latency["max"])

    def test_blocks_are_sorted_by_utilisation_and_the_terminal_names_the_bottleneck(self):
        run = self.run_well("--workload", "stream", "--packets", 3000)
        use = [block["utilisation"] for block in run.summary["blocks"]]
        self.assertEqual(use, sorted(use, reverse=True))
        self.assertTrue(all(0 <= share <= 1 for share in use), use)
        self.assertEqual(run.summary["bottleneck"], run.summary["blocks"][0]["name"])
        self.assertIn(f"Bottleneck: {run.summary['bottleneck']}", run.output)
        for text in "goodput", "packets/s", "p50", "p99.9", "Drops\n  none", "Blocks by utilisation":
            self.assertIn(text, run.output)

    def test_busy_blocked_and_starved_sum_to_the_whole_time(self):
        for words in ("--workload", "stream", "--packets", 2000), ("--workload", "bidir", "--packets", 2000,
                                                                   "--config", CARDS[100]):
            statistics = self.statistics(self.run_well(*words))
            stages = {name.rsplit(".", 1)[0] for name in statistics if name.endswith(".starved")}
            self.assertEqual(len(stages), 16)
            for stage in stages:
                shares = [statistics[f"{stage}.{share}"]["value"] for share in ("busy", "blocked", "starved")]
                self.assertAlmostEqual(sum(shares), 1, places=9, msg=stage)

    def test_what_one_card_sends_the_cable_carries_and_the_other_delivers(self):
        run = self.run_well("--workload", "bidir", "--packets", 700)
        value = {name: leaf.get("value") for name, leaf in self.statistics(run).items()}
        for sender, receiver, cable in ("nic_a", "nic_b", "cable_a_to_b"), ("nic_b", "nic_a", "cable_b_to_a"):
            for name in (f"{sender}.tx.frames", f"{cable}.frames", f"{receiver}.rx.frames",
                         f"{receiver}.rx.delivered", f"{sender}.tx.psp_packets",
                         f"{receiver}.rx.psp_packets", f"{sender}.tx.stages.mac.items",
                         f"{receiver}.rx.stages.place.items"):
                self.assertEqual(value[name], 700, name)
            self.assertEqual(value[f"{sender}.tx.bytes"], value[f"{cable}.bytes"])
            self.assertEqual(value[f"{cable}.bytes"], value[f"{receiver}.rx.bytes"])
            self.assertEqual(sum(value[f"{sender}.drops"].values()), 0)

    def check_rates(self, way):
        """Goodput and packets a second are over one time, which is said."""
        for name, amount in (("goodput_bps", 8 * way["payload_bytes"]),
                             ("packets_per_second", way["wire_frames"])):
            self.assertAlmostEqual(way[name] * way["time_ps"] / 1e12, amount, delta=1e-6 * amount)

    def test_the_rates_of_a_direction_share_one_time(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0])
        for way in "a_to_b", "b_to_a":
            self.check_rates(run.summary[way])
        time, window = run.summary["a_to_b"]["time_ps"] / 1e6, run.summary["window_ps"] / 1e6
        self.assertLess(time, 0.9 * window)
        over = f"packets/s on the wire, over {time:.3f} us of {window:.3f} us\n"
        self.assertEqual(run.output.count(over), 1)
        way = self.run_well("--workload", "stream", "--packets", 1).summary["a_to_b"]
        self.check_rates(way)
        self.assertGreater(way["packets_per_second"], 1e5)

    def test_a_receiver_that_stops_early_gives_a_low_goodput(self):
        """Frames go on to its port: the direction's time ends with them."""
        run = self.run_bench("--workload", "stream", "--packets", 5000, "--set", "faults.card=b", "--set",
                             "faults.descriptor_read.aborted=1", "--set", "host.watchdog=100ms")
        way = run.summary["a_to_b"]
        self.assertLess(way["received"], way["wire_frames"] / 2)
        self.check_rates(way)
        self.assertLess(way["goodput_bps"], 1e11)

    def test_full_rings_are_named_where_nothing_is_busy(self):
        words = ("--workload", "small", "--packets", 20000, "--config", CARDS[400])
        run = self.run_well(*words)
        self.assertIsNone(run.summary["bottleneck"])
        wait, = run.summary["host_waits"]
        self.assertEqual((wait["host"], wait["parameter"]), ("a", "host.ring"))
        self.assertGreater(wait["share"], 0.9)
        self.assertGreater(run.report["drivers"]["host_a"]["tx_ring_full"]["value"], 0)
        self.assertIn("its rings were full (host.ring;", run.output)
        run = self.run_well(*words, "--set", "stream.window=4KiB")
        self.assertIn("the window was used up (stream.window)", run.output)

    def test_queues_are_told_apart_where_there_are_several(self):
        run = self.run_well("--workload", "stream", "--packets", 3000, "--set", "host.queue_pairs=4")
        queues, way = run.summary["queues"], run.summary["a_to_b"]
        self.assertEqual(sum(queue["sent_frames"] for queue in queues["host_a"]), 3000)
        self.assertEqual(sum(queue["received_packets"] for queue in queues["host_b"]), 3000)
        rate = sum(queue["sent_bps"] for queue in queues["host_a"])
        size = sum(queue["sent_bytes"] for queue in queues["host_a"])
        self.assertAlmostEqual(rate * way["time_ps"] / 1e12, 8 * size, delta=1e-6 * 8 * size)
        for number, queue in enumerate(queues["host_a"]):
            self.assertRegex(run.output, rf"host A queue {number} +{queue['sent_frames']} frames sent")
        self.assertNotIn("Queues", self.run_well("--workload", "stream", "--packets", 10).output)

    def test_files_of_an_earlier_run_do_not_stay(self):
        out = self.folder / "out"
        words = ("run", "--workload", "stream", "--packets", 20, "--out", out)
        first = self.pspnic(*words, "--set", "host.psp_sample=true", "--set", "stream.sample=true")
        self.assertIn(" captured_a.pcap captured_b.pcap keys.log", first.stdout)
        self.assertEqual({path.name for path in out.iterdir()},
                         WRITTEN | {"captured_a.pcap", "captured_b.pcap"})
        (out / "mine.txt").write_text("kept")
        self.assertNotIn("captured", self.pspnic(*words).stdout)
        self.assertEqual({path.name for path in out.iterdir()}, WRITTEN | {"mine.txt"})

    def test_a_run_that_fails_leaves_the_report_of_an_earlier_one(self):
        report = self.folder / "x.json"
        report.write_text("earlier", encoding="utf-8")
        process = self.pspnic("run", "--workload", "bidir", "--set", "nic.device.spi_count=1", "--report",
                              report)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(report.read_text(encoding="utf-8"), "earlier")

    def test_the_report_alone_is_that_of_the_folder(self):
        alone = self.folder / "alone.json"
        run = self.run_well("--workload", "stream", "--packets", 20, "--report", alone)
        self.assertEqual(alone.read_text(), run.report_text)

    def test_counts_agree_with_the_captures(self):
        run = self.run_well("--pcap", SHIPPED_CAPTURES[0])
        wire = run.frames("wire")
        self.assertEqual(run.total("wire_frames"), len(wire))
        value = self.statistics(run)
        self.assertEqual(value["cable_a_to_b.bytes"]["value"] + value["cable_b_to_a.bytes"]["value"],
                         sum(map(len, wire)))
        for host, card in ("host_a", "nic_a"), ("host_b", "nic_b"):
            frames, driver = run.frames(host), run.report["drivers"][host]
            self.assertEqual(driver["rx_frames"]["value"], len(frames))
            self.assertEqual(driver["rx_bytes"]["value"], sum(map(len, frames)))
            self.assertEqual(value[f"{card}.rx.delivered"]["value"], len(frames))

    def test_host_json_has_what_depends_on_the_machine(self):
        run = self.run_well("--workload", "stream", "--packets", 300)
        host = json.loads((run.folder / "host.json").read_text())
        self.assertEqual(host["packets"], 300)
        self.assertGreater(host["cpu_seconds"], 0)
        self.assertAlmostEqual(host["packets_per_cpu_second"] * host["cpu_seconds"], 300, places=3)
        self.assertNotIn("cpu", run.report_text)
