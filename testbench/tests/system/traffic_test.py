# SPDX-License-Identifier: Apache-2.0
"""Traffic of sizes, times and flows of its own: nothing lost or changed, and a wire that others open."""
import collections
import struct

from bench import SHIPPED_CAPTURES, BenchTest

ETHERNET_BYTES, FCS_BYTES, WIRE_BYTES = 14, 4, 20
UDP_BYTES = 42  # with all before
PSP_BYTES = 40


class Traffic(BenchTest):
    """Few packets: enough to fill the queues."""

    def opened(self, workload, packets, *options):
        """A run that is well; the frames of its wire without PSP."""
        run = self.run_well("--workload", workload, "--packets", packets, *options)
        return run, self.open_wire(run, "--require-psp-for", "tcp,udp", "--expect-clear", 0)

    def test_imix_opens_as_its_sizes(self):
        run, frames = self.opened("imix", 1200)
        self.assertEqual(frames, run.frames("host_b"))
        sizes = collections.Counter(len(frame) + FCS_BYTES for frame in frames)
        self.assertEqual(set(sizes), {64, 594, 1518})
        for size, share in (64, 7), (594, 4), (1518, 1):
            self.assertLess(abs(sizes[size] - 100 * share), 100, size)

    def test_a_genome_is_sent_in_its_order(self):
        _, frames = self.opened("traffic", 40, "--set", "traffic.a.sizes.kind=genome", "--set",
                                "traffic.a.sizes.genome=abgz", "--set", "traffic.flows=1")
        self.assertEqual([len(frame) + FCS_BYTES for frame in frames], [64, 128, 1518, 1518] * 10)

    def test_sizes_of_a_capture_are_sent_as_often(self):
        run, frames = self.opened("traffic", 2000, "--set", "traffic.a.sizes.kind=capture", "--set",
                                  f"traffic.a.sizes.file={SHIPPED_CAPTURES[0]}", "--set",
                                  "traffic.a.sizes.of=frame", "--set", "traffic.mss=1500")
        self.assertEqual(frames, run.frames("host_b"))
        offer = run.summary["traffic"]["a_to_b"]
        self.assertEqual(offer["messages"], 2000)
        self.assertEqual(offer["raised"], sum(len(frame) == UDP_BYTES + 16 for frame in frames))

    def test_a_csv_is_obeyed(self):
        path = self.folder / "sizes.csv"
        path.write_text("# payload\n100,3\n1000,1\n")
        _, frames = self.opened("traffic", 1000, "--set", "traffic.a.sizes.kind=csv", "--set",
                                f"traffic.a.sizes.file={path}")
        sizes = collections.Counter(len(frame) - UDP_BYTES for frame in frames)
        self.assertEqual(set(sizes), {100, 1000})
        self.assertLess(abs(sizes[1000] - 250), 70)

    def test_a_broken_csv_is_named_by_its_line(self):
        path = self.folder / "sizes.csv"
        path.write_text("100,3\n1000;1\n")
        process = self.pspnic("run", "--workload", "traffic", "--set", "traffic.a.sizes.kind=csv", "--set",
                              f"traffic.a.sizes.file={path}")
        self.assertEqual(process.returncode, 2)
        self.assertIn(f'{path}:2: is "1000;1", must be bytes,weight', process.stderr)

    def test_large_messages_are_cut_by_host_and_card_alike(self):
        options = ("--set", "traffic.a.sizes.bytes=10000B", "--set", "traffic.mss=1400", "--set",
                   "traffic.udp=false")
        wires = []
        for tso in "false", "true":
            run, frames = self.opened("traffic", 30, *options, "--set", f"traffic.tso={tso}")
            self.assertEqual(run.summary["traffic"]["a_to_b"]["offered"]["packets"], 30 * 8)
            self.assertEqual(run.report["drivers"]["host_a"]["tx_tso_frames"]["value"],
                             30 if tso == "true" else 0)
            sequences = collections.defaultdict(list)
            for frame in frames:
                port, _, sequence = struct.unpack_from(">HHI", frame, 34)
                sequences[port].append((sequence, len(frame)))
            wires.append(sequences)
        self.assertEqual(*wires)

    def test_many_flows_with_their_own_keys_both_ways(self):
        run, _ = self.opened("many", 2000, "--set", "traffic.flows=300", "--set", "host.queue_pairs=4")
        self.assertEqual(len(run.keys), 600)
        self.assertEqual(run.total("verified"), 4000)

    def test_requests_and_answers_balance(self):
        run, _ = self.opened("rpc", 500)
        self.assertEqual((run.summary["a_to_b"]["verified"], run.summary["b_to_a"]["verified"]), (500, 1500))
        done = run.summary["traffic"]["transactions"]
        self.assertEqual((done["begun"], done["completed"], done["lost"]), (500, 500, 0))
        self.assertEqual(done["latency"]["count"], 500)
        self.assertAlmostEqual(done["per_second"], 500e12 / done["time_ps"], delta=1)
        self.assertIn("Requests\n  answered   500 of 500, ", run.output)

    def test_offered_and_carried_agree_on_an_idle_card(self):
        run, frames = self.opened("poisson", 1500, "--set", "traffic.a.sizes.kind=imix", "--set",
                                  "traffic.a.arrivals.rate=20Gbps")
        offer = run.summary["traffic"]["a_to_b"]
        for name in "packets", "payload_bytes":
            self.assertEqual(offer["offered"][name], offer["carried"][name])
        wire = sum(len(frame) + PSP_BYTES + FCS_BYTES + WIRE_BYTES for frame in frames)
        expected = 8e12 * wire / offer["offered"]["time_ps"]
        self.assertAlmostEqual(offer["offered"]["wire_bps"], expected, delta=1)
        self.assertLess(abs(offer["offered"]["wire_bps"] / 20e9 - 1), 0.15)

    def test_merged_packets_of_many_sizes_are_checked(self):
        run = self.run_well("--workload", "traffic", "--packets", 400, "--set", "traffic.udp=false",
                            "--set", "host.gro=true", "--set", "traffic.a.sizes.bytes=5000B")
        self.assertEqual(run.summary["a_to_b"]["verified"], 1600)

    def test_traffic_goes_on_after_a_reset(self):
        run = self.run_bench("--workload", "poisson", "--set", "traffic.duration=60us", "--set",
                             "faults.reset.after=20us")
        self.assertIn("faults explain what is missing", run.output)

    def test_two_runs_are_the_same(self):
        options = ("--workload", "many", "--packets", 300, "--set", "traffic.flows=64")
        self.check_same_files(self.run_well(*options), self.run_well(*options))
