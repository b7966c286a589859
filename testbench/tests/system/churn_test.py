# SPDX-License-Identifier: Apache-2.0
"""Connections that come and go: each gets keys, each packet arrives under them, and each gives them back."""
from bench import BenchTest


def settings(*pairs):
    """Words of the command line."""
    return [word for pair in pairs for word in ("--set", f"churn.{pair}")]


SHORT = ("duration=1ms", "connections=500", "psp_rate=20Gbps", "frame_bytes=600")
CHURN = ("--workload", "churn")


class Churn(BenchTest):
    """Everything that was wanted is opened, and the books of connections, SAs and SPIs balance."""

    def run_churn(self, *pairs):
        run = self.run_well(*CHURN, *settings(*SHORT, *pairs))
        control = run.summary["control"]
        self.assertEqual(control["opened"], control["wanted"])
        self.assertEqual(control["refused"], 0)
        self.assertEqual(control["alive"], control["before"] + control["opened"] - control["ended"])
        requests = 2 * control["wanted"] + control["renewals"]
        self.assertEqual(control["key_generation"]["count"], requests)
        self.assertEqual(control["key_insertion"]["count"], requests)
        self.assertEqual((control["deletion"] or {"count": 0})["count"],
                         2 * control["ended"] + control["renewals"])
        self.assertEqual(len(run.keys), 2 * control["before"] + requests, "keys.log has each key once")
        self.assertEqual(len(set(run.keys)), len(run.keys), "no key was given out twice")
        return run

    def test_as_many_end_as_begin(self):
        run = self.run_churn("arrival_rate=200000")
        control = run.summary["control"]
        self.assertAlmostEqual(control["wanted"] / 200, 1, delta=0.3)
        self.assertAlmostEqual(control["ended"] / 200, 1, delta=0.3)
        self.open_wire(run)

    def test_frames_of_many_sizes(self):
        run = self.run_churn("sizes.kind=imix", "clear_rate=5Gbps")
        sizes = {len(frame) + 4 for frame in self.open_wire(run)}
        self.assertEqual(sizes, {64, 594, 1518})

    def test_fixed_lifetimes(self):
        run = self.run_churn("lifetimes=fixed", "lifetime=200us", "arrival_rate=100000")
        control = run.summary["control"]
        # All of the beginning, and the new ones that were open early enough.
        self.assertGreater(control["ended"], control["before"])
        self.assertLess(control["alive"], 100)

    def test_without_ends(self):
        run = self.run_churn("lifetime=3600s")
        self.assertEqual(run.summary["control"]["ended"], 0)

    def test_from_nothing(self):
        run = self.run_churn("connections=0", "lifetime=100us")
        self.assertEqual(run.summary["control"]["before"], 0)
        self.assertGreater(run.summary["control"]["ended"], 50)

    def test_rotations_renew_what_lives_on(self):
        run = self.run_churn("rotation_period=400us", "connections=50", "arrival_rate=20000")
        control = run.summary["control"]
        self.assertGreaterEqual(control["rotations"], 4)
        self.assertGreater(control["renewals"], 150)
        self.assertEqual(control["rotations_postponed"], 0)
        self.open_wire(run)

    def test_rotations_closer_than_their_answers_wait(self):
        run = self.run_churn("rotation_period=20us", "connections=10", "arrival_rate=1000")
        self.assertGreater(run.summary["control"]["rotations"], 5)
        self.assertGreater(run.summary["control"]["rotations_postponed"], 20)

    def test_rotations_wait_for_connections_that_are_set_up(self):
        # Each end gets its keys one to two periods before its first packet.
        run = self.run_churn("rotation_period=1ms", "connections=100", "arrival_rate=10000", "exchange=2ms",
                             "duration=20ms", "psp_rate=5Gbps")
        self.assertGreater(run.summary["control"]["rotations"], 4)
        self.assertGreater(run.summary["control"]["rotations_postponed"], 20)

    def test_a_device_that_rotates_by_itself(self):
        words = ("--set", "host.psp.device_rotates=true", "--set", "nic.control.key_max_age=500us")
        run = self.run_well(*CHURN, *settings(*SHORT, "duration=3ms", "connections=50", "arrival_rate=5000"),
                            *words)
        control = run.summary["control"]
        periods = run.summary["window_ps"] // 500_000_000  # the first one begins before the window
        self.assertIn(control["rotations"], range(2 * periods, 2 * periods + 3))
        self.assertGreater(control["renewals"], 400)
        self.open_wire(run)

    def test_a_device_that_rotates_too_often_loses_packets_and_the_run_ends(self):
        words = ("--set", "host.psp.device_rotates=true", "--set", "nic.control.key_max_age=50us")
        run = self.run_bench(*CHURN, *settings(*SHORT, "connections=100"), *words, status=1)
        self.assertGreater(run.total("missing"), 100)
        dropped = sum(run.summary["drops"].values())
        self.assertEqual(run.total("missing"), dropped, run.summary["drops"])
        self.assertNotIn("left in the cards", run.output)

    def test_overload_is_said_instead_of_a_rate(self):
        run = self.run_churn("arrival_rate=500000", "duration=4ms", "psp_rate=1Gbps")
        self.assertIs(run.summary["control"]["overloaded"], True)
        self.assertIn("OVERLOADED", run.output)
        self.assertNotIn("a second as long as", run.output)
        run = self.run_churn("arrival_rate=100000", "duration=4ms", "psp_rate=1Gbps")
        self.assertIs(run.summary["control"]["overloaded"], False)
        self.assertNotIn("OVERLOADED", run.output)

    def test_nothing_is_sent_after_the_time_offered(self):
        run = self.run_churn("exchange=1ms", "lifetime=3600s")
        for way in "a_to_b", "b_to_a":
            self.assertLess(run.summary[way]["time_ps"], 1_020_000_000)
        self.assertGreater(run.summary["window_ps"], 2_000_000_000)

    def test_what_would_come_later_makes_no_run_longer(self):
        for late in ("lifetimes=fixed", "rotation_period=40ms"):
            run = self.run_churn(late, "lifetime=50ms", "arrival_rate=2000")
            self.assertIn(run.summary["window_ps"] // 10_000_000, range(100, 120), late)

    def test_rotations_that_come_too_soon_are_postponed(self):
        words = ("--set", "host.psp.device_rotates=true", "--set", "nic.control.key_max_age=299us",
                 "--set", "nic.control.min_rotate_interval=250us")
        run = self.run_well(*CHURN, *settings(*SHORT, "duration=3ms", "connections=20",
                                              "arrival_rate=1000", "rotation_period=300us"), *words)
        self.assertGreater(run.summary["control"]["rotations"], 10)

    def test_a_config_queue_too_slow_is_overload(self):
        for clock, overloaded in ("1GHz", False), ("1MHz", True):
            run = self.run_well(*CHURN, *settings(*SHORT, "arrival_rate=100000", "duration=2ms"), "--set",
                                "host.psp.key_mode=config_queue", "--set", f"nic.config_queue.clock={clock}")
            self.assertIs(run.summary["control"]["overloaded"], overloaded)

    def test_fixed_lifetimes_without_arrivals_are_endless(self):
        run = self.run_well(*CHURN, *settings(*SHORT, "lifetimes=fixed", "arrival_rate=0"))
        self.assertEqual((run.summary["control"]["ended"], run.summary["control"]["alive"]), (0, 500))

    def test_clear_frames_beside(self):
        run = self.run_churn("clear_rate=20Gbps")
        sent = run.total("sent")
        self.assertAlmostEqual(run.total("sent_psp") / sent, 0.5, delta=0.1)

    def test_all_versions(self):
        for version in range(4):
            self.run_churn(f"psp_version={version}", "duration=200us")

    def run_by(self, *words):
        return self.run_well(*CHURN, *settings(*SHORT, "rotation_period=400us", "connections=50"), *words)

    def test_config_queue(self):
        run = self.run_by("--set", "host.psp.key_mode=config_queue")
        control = run.summary["control"]
        self.assertEqual(control["key_insertion"]["count"], 2 * control["wanted"] + control["renewals"])
        by_mailbox = self.run_by()
        self.assertLess(control["key_insertion"]["p50"],
                        by_mailbox.summary["control"]["key_insertion"]["p50"])

    def test_keys_in_descriptors(self):
        run = self.run_by("--set", "host.psp.key_mode=descriptor", "--set", "nic.device.sa_slots=1")
        control = run.summary["control"]
        self.assertGreater(control["opened"], 50)
        self.assertIsNone(control["key_insertion"], "the card is not asked")
        self.assertIsNone(control["deletion"])
        self.open_wire(run)

    def test_all_ways_on_one_card(self):
        run = self.run_by("--set", "host.psp.queue_key_modes=mailbox,config_queue,descriptor,mailbox",
                          "--set", "host.queue_pairs=4")
        control = run.summary["control"]
        self.assertGreater(control["key_insertion"]["count"], control["opened"])
        self.assertLess(control["key_insertion"]["count"], 2 * control["opened"] + control["renewals"])
        self.open_wire(run)

    def test_one_by_one_as_linux(self):
        run = self.run_churn("bulk=1", "outstanding=1", "arrival_rate=10000")
        control = run.summary["control"]
        self.assertLess(control["key_generation"]["p50"], 30_000_000)

    def test_a_full_table_refuses_and_says_so(self):
        run = self.run_bench(*CHURN, *settings(*SHORT, "lifetime=3600s"), "--set",
                             "nic.device.sa_slots=540", status=1)
        control = run.summary["control"]
        self.assertEqual(control["opened"], 40)
        self.assertEqual(control["refused"], control["wanted"] - 40)
        self.assertEqual(control["faults"], [])
        self.assertEqual(run.total("missing"), 0)
        self.assertIn("REFUSED", run.output)

    def test_spis_used_up(self):
        run = self.run_bench(*CHURN, *settings(*SHORT, "lifetime=3600s"), "--set",
                             "nic.device.spi_count=520", status=1)
        self.assertEqual(run.summary["control"]["opened"], 20)
        self.assertEqual(run.total("missing"), 0)

    def test_requests_during_a_reset_are_reported_as_unanswered(self):
        for way in "mailbox", "config_queue", "descriptor":
            with self.subTest(way=way):
                run = self.run_bench(*CHURN, *settings("duration=20ms", "connections=100",
                                                       "psp_rate=500Mbps", "arrival_rate=20000"),
                                     "--set", "faults.data_read.aborted=0.01", "--set", "host.watchdog=50us",
                                     "--set", f"host.psp.key_mode={way}", status=1)
                self.assertGreater(run.summary["faults"]["faults_a.resets"], 0)
                self.assertIn("wait for an answer", run.summary["control"]["faults"][0])
                self.assertEqual(run.summary["imbalance"], "")

    def test_runs_repeat(self):
        first, second = (self.run_churn("rotation_period=400us") for _ in range(2))
        self.check_same_files(first, second)

    def test_what_cannot_be(self):
        for words, text in ((("connections=70000",), "churn.connections: 70000 need as many transmit SAs"),
                            (("connections=0", "arrival_rate=0"), "nothing would happen"),
                            (("bulk=0",), "churn.bulk")):
            process = self.pspnic("run", *CHURN, *settings(*words))
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(text, process.stderr)

    def test_what_contradicts_the_card(self):
        for words, text in ((("churn.connections=10", "nic.device.spi_count=9"),
                             "10 need as many receive SPIs, nic.device.spi_count is 9"),
                            (("churn.rotation_period=1ms", "nic.control.min_rotate_interval=2ms"),
                             "1ms is less than nic.control.min_rotate_interval = 2ms"),
                            (("nic.control.key_max_age=1ms",), "unless host.psp.device_rotates is set"),
                            (("nic.control.key_max_age=1ms", "host.psp.device_rotates=true",
                              "churn.rotation_period=1ms"), "set nic.control.min_rotate_interval")):
            process = self.pspnic("run", *CHURN, *(word for pair in words for word in ("--set", pair)))
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(text, process.stderr)
        process = self.pspnic("run", *CHURN, *settings("rotation_period=1ms"), "--protect", "[{}]")
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn("drivers may not rotate", process.stderr)
        for workload in "stream", "tcp":
            process = self.pspnic("run", "--workload", workload, "--set", "host.psp.device_rotates=true")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn("goes on with its first keys", process.stderr)
