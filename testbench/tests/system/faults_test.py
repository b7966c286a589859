# SPDX-License-Identifier: Apache-2.0
"""Runs with faults: each kind alone and all together, every packet accounted for, the same bytes twice."""
from bench import BenchTest

PACKETS = 4000
REGIONS = ("ethernet", "outer_ip", "udp", "psp_header", "spi", "iv", "payload", "icv")
ALL = ("cable.loss=0.01", "cable.duplicate=0.01", "cable.reorder.probability=0.01", "cable.burst.start=0.001",
       "cable.bit_errors.payload=0.01", "cable.bit_errors.icv=0.01", "cable.fcs=recomputed",
       "faults.doorbell.lost=0.02", "faults.doorbell.delayed=0.02", "faults.descriptor_read.aborted=0.001",
       "faults.descriptor_read.poisoned=0.001", "faults.data_read.aborted=0.0002",
       "faults.data_read.poisoned=0.0002", "faults.mailbox_read.poisoned=0.001", "faults.write_lost=0.00005",
       "faults.stall.lanes=0.001", "faults.stall.units=0.001", "faults.reset.after=150us")


def names(settings):
    return [word for setting in settings for word in ("--set", setting)]


def drops(run, card, first):
    """Packets that a card dropped, by reasons with this beginning."""
    reasons = run.report["statistics"][card]["drops"]
    reasons = reasons["value"]
    return sum(count for reason, count in reasons.items() if reason.startswith(first))


class Faults(BenchTest):
    """One direction, many packets of every kind of misfortune."""

    def account(self, run, sender="nic_a", receiver="nic_b"):
        """Nothing is created, nothing gets lost without a name."""
        way = run.summary["a_to_b"]
        ledger = way["losses"]
        before = way["sent"] + ledger["duplicated_on_cable"]
        after = (ledger["not_fetched"] + drops(run, sender, "tx_") + ledger["lost_on_cable"] +
                 drops(run, receiver, "rx_") + ledger["captured"] + ledger["not_delivered"] + way["received"])
        self.assertEqual(before, after, ledger)
        self.assertEqual(way["received"], way["verified"] + way["duplicated"] + way["corrupted"])
        self.assertEqual(way["missing"], way["sent"] - way["verified"])
        self.assertEqual(run.summary["imbalance"], "")
        self.assertEqual(ledger["unexplained"], 0)
        self.assertEqual(run.summary["checks"]["findings"], [])

    def run_faulty(self, *settings, packets=PACKETS, workload="stream"):
        run = self.run_bench("--workload", workload, "--packets", packets, "--set", "host.watchdog=50us",
                             *names(settings))
        self.assertIs(run.summary["all_well"], True)
        self.account(run)
        return run

    def check_losses(self, run, fault):
        """What is missing is what this one fault took."""
        way = run.summary["a_to_b"]
        self.assertEqual(run.summary["faults"], {fault: way["missing"]})
        self.assertGreater(way["missing"], 10)
        self.assertEqual(way["sent"], PACKETS)

    def test_lost_frames_are_explained(self):
        self.check_losses(self.run_faulty("cable.loss=0.01"), "cable_a_to_b.faults.lost")

    def test_bursts_are_explained(self):
        self.check_losses(self.run_faulty("cable.burst.start=0.002"), "cable_a_to_b.faults.burst_lost")

    def test_duplicates_are_taken_once(self):
        way = self.run_faulty("cable.duplicate=0.05").summary["a_to_b"]
        self.assertEqual((way["verified"], way["corrupted"]), (PACKETS, 0))
        self.assertEqual(way["duplicated"], way["losses"]["duplicated_on_cable"])
        self.assertGreater(way["duplicated"], 100)

    def test_reordered_frames_all_arrive(self):
        way = self.run_faulty("cable.reorder.probability=0.05", "cable.reorder.distance=40").summary["a_to_b"]
        self.assertEqual((way["verified"], way["missing"]), (PACKETS, 0))
        self.assertGreater(way["reordered"], 50)

    def test_the_port_finds_flipped_bits_in_every_region(self):
        for region in REGIONS:
            with self.subTest(region=region):
                run = self.run_faulty(f"cable.bit_errors.{region}=0.02")
                self.check_losses(run, "cable_a_to_b.faults.damaged")
                self.assertEqual(drops(run, "nic_b", "rx_bad_fcs"), run.summary["a_to_b"]["missing"])

    def test_the_icv_finds_what_the_fcs_does_not(self):
        for region in ("psp_header", "spi", "iv", "payload", "icv"):
            with self.subTest(region=region):
                run = self.run_faulty(f"cable.bit_errors.{region}=0.02", "cable.fcs=recomputed")
                way = run.summary["a_to_b"]
                self.assertEqual(run.summary["faults"]["cable_a_to_b.faults.damaged_unseen"], way["missing"])
                self.assertEqual((way["corrupted"], way["verified"]), (0, PACKETS - way["missing"]))
                self.assertEqual(drops(run, "nic_b", "rx_bad_fcs"), 0)

    def test_flipped_bits_of_clear_packets_are_found_by_the_stack(self):
        run = self.run_faulty("cable.bit_errors.plain=0.02", "cable.fcs=recomputed", workload="clear")
        way = run.summary["a_to_b"]
        self.assertGreater(way["missing"], 10)
        self.assertGreater(way["corrupted"], 0)
        self.assertIn(f"missing    {way['missing']}, up to {way['corrupted']} of them came CORRUPTED;",
                      run.output)

    def test_faults_that_never_act_are_named(self):
        run = self.run_faulty("cable.loss=0.01", "cable.bit_errors.plain=0.5",
                              "faults.mailbox_read.aborted=0.5")
        idle = ["cable.bit_errors.plain", "faults.mailbox_read.aborted"]
        self.assertEqual(run.summary["faults_never_acted"], idle)
        for name in idle:
            self.assertRegex(run.output, rf"{name} +ASKED FOR, NEVER ACTED")

    def test_lost_doorbells_are_healed(self):
        run = self.run_faulty("faults.doorbell.lost=0.1")
        self.assertEqual(run.summary["a_to_b"]["missing"], 0)
        self.assertGreater(sum(run.summary["faults"].values()), 10)

    def test_a_watchdog_that_finds_nothing_does_not_prolong_the_window(self):
        well = self.run_bench("--workload", "stream", "--packets", PACKETS)
        run = self.run_faulty("faults.stall.lanes=0.000001", "host.watchdog=1s")
        self.assertEqual(sum(run.summary["faults"].values()), 0)
        self.assertEqual(run.output.splitlines()[0], well.output.splitlines()[0])

    def test_what_is_lost_at_the_end_belongs_to_the_window(self):
        for speed in ("1Gbps", "25Gbps"):
            with self.subTest(speed=speed):
                way = self.run_faulty("cable.loss=1", f"nic.mac.speed={speed}").summary["a_to_b"]
                self.assertEqual((way["received"], way["missing"]), (0, PACKETS))

    def test_delayed_doorbells_are_only_late(self):
        run = self.run_faulty("faults.doorbell.delayed=0.3", "faults.card=a")
        self.assertEqual(run.summary["a_to_b"]["missing"], 0)
        self.assertGreater(run.summary["faults"]["faults_a.doorbells_delayed"], 5)

    def test_stalls_cost_time_and_no_packet(self):
        well = self.run_bench("--workload", "stream", "--packets", PACKETS)
        run = self.run_faulty("faults.stall.lanes=0.002", "faults.card=a", "faults.stall.time=3us")
        way = run.summary["a_to_b"]
        self.assertEqual(way["missing"], 0)
        stalls = run.summary["faults"]["faults_a.lane_stalls"]
        self.assertGreater(stalls, 2)
        self.assertGreater(way["latency"]["max"], well.summary["a_to_b"]["latency"]["max"] + 2_000_000)

    def check_stopped_and_reset(self, *settings, rule):
        """A queue of the sender stops, the watchdog has the function reset, and all the rest is sent."""
        run = self.run_faulty("faults.card=a", *settings)
        self.assertGreater(run.summary["faults"]["faults_a.resets"], 0)
        self.assertTrue(any(rule in text for text in run.summary["violations"]), run.summary["violations"])
        self.assertEqual(run.summary["a_to_b"]["sent"], PACKETS)
        self.assertEqual(run.summary["a_to_b"]["corrupted"], 0)
        self.assertGreater(run.summary["a_to_b"]["verified"], 0)
        return run

    def test_descriptors_that_cannot_be_read_stop_the_queue(self):
        self.check_stopped_and_reset("faults.descriptor_read.aborted=0.02", rule="completer abort")
        self.check_stopped_and_reset("faults.descriptor_read.poisoned=0.02", rule="poisoned data")

    def test_data_that_cannot_be_read_is_not_sent(self):
        for kind, rule in ("aborted", "completer abort"), ("poisoned", "poisoned data"):
            with self.subTest(kind=kind):
                run = self.check_stopped_and_reset(f"faults.data_read.{kind}=0.001", rule=rule)
                self.assertGreater(drops(run, "nic_a", "tx_dma_fault"), 0)

    def test_writes_that_fail_stop_a_queue_or_lose_an_interrupt(self):
        run = self.run_faulty("faults.card=a", "faults.write_lost=0.003")
        self.assertGreater(run.summary["faults"]["faults_a.writes_lost"], 0)
        self.assertEqual(run.summary["a_to_b"]["corrupted"], 0)

    def test_flipped_descriptors_do_not_break_the_card(self):
        run = self.run_faulty("faults.card=a", "faults.descriptor_flipped=0.02")
        self.assertGreater(run.summary["faults"]["faults_a.descriptors_flipped"], 0)

    def test_a_reset_of_either_side_is_survived(self):
        for card in "ab":
            with self.subTest(card=card):
                run = self.run_faulty("faults.reset.after=100us", "faults.reset.times=2",
                                      f"faults.card={card}")
                self.assertEqual(run.summary["faults"], {f"faults_{card}.resets": 2})
                self.assertEqual(run.summary["a_to_b"]["sent"], PACKETS)
                self.assertEqual(run.report["drivers"][f"host_{card}"]["recoveries"]["value"], 2)
                self.assertEqual(run.summary["violations"], [])

    def test_a_mailbox_with_faults_only_delays_recovery(self):
        run = self.run_faulty("faults.reset.after=100us", "faults.mailbox_read.poisoned=0.01",
                              "faults.card=a")
        self.assertEqual(run.summary["given_up"], [])
        self.assertGreater(run.summary["faults"]["faults_a.mailbox_reads_poisoned"], 0)
        self.assertEqual(run.summary["a_to_b"]["sent"], PACKETS)

    def test_a_function_that_never_comes_up_is_a_failure(self):
        run = self.run_bench("--workload", "stream", "--packets", PACKETS, "--set", "faults.reset.after=50us",
                             "--set", "faults.mailbox_read.aborted=1", "--set", "faults.card=a", status=1)
        self.assertIn("nic_a did not come up again", run.summary["given_up"][0])

    def test_all_at_once_twice_gives_the_same_bytes(self):
        for workload in "stream", "bidir":
            for seed in 1, 2:
                with self.subTest(workload=workload, seed=seed):
                    words = ("--workload", workload, "--packets", PACKETS, "--seed", seed,
                             "--set", "host.watchdog=50us", *names(ALL))
                    first, second = self.run_bench(*words), self.run_bench(*words)
                    self.account(first)
                    self.check_same_files(first, second)

    def test_a_drop_that_no_fault_causes_is_not_explained(self):
        """The receiver's link is too slow, and a lost frame is no excuse for that."""
        run = self.run_bench("--workload", "stream", "--packets", PACKETS, "--set", "cable.loss=0.001",
                             "--set", "nic.pcie.lanes=4", "--set", "nic.rx.buffer=32KiB", "--set",
                             "stream.tso=61952B", "--set", "nic.mac.speed=400Gbps", status=1)
        self.assertIs(run.summary["all_well"], False)
        self.assertGreater(run.summary["a_to_b"]["losses"]["unexplained"], 0)
        self.assertIn("WITHOUT EXPLANATION", run.output)

    def test_topologies_bring_frames_back(self):
        """Each host talks to itself; the way to the far end and back takes two delays."""
        least = {}
        for topology in "loopback", "hairpin":
            run = self.run_well("--workload", "bidir", "--packets", 300, "--set", "cable.delay=50us",
                                "--set", f"cable.topology={topology}")
            for way, card in ("a_to_b", "nic_a"), ("b_to_a", "nic_b"):
                self.assertEqual(run.summary[way]["verified"], 300)
                self.assertEqual(run.report["statistics"][card]["rx"]["delivered"]["value"], 300)
            least[topology] = run.summary["a_to_b"]["latency"]["min"]
        self.assertAlmostEqual(least["hairpin"] - least["loopback"], 100_000_000, delta=5_000_000)


class SilentConfigQueue(BenchTest):
    """Its commands cannot be read."""

    def test_the_driver_gives_up(self):
        process = self.pspnic("run", "--workload", "stream", "--packets", 250, "--set",
                              "host.psp.key_mode=config_queue", "--set", "faults.descriptor_read.aborted=1")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn("config queue does not answer", process.stderr + process.stdout)
