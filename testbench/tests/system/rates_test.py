# SPDX-License-Identifier: Apache-2.0
"""Rates where the wire is the limit: what the bits of a packet on the wire allow, within half a percent."""
from bench import CARDS, BenchTest

TOLERANCE = 0.005
PACKETS = 3000
# Preamble and start 8, Ethernet 14, check sequence 4, gap 12; IPv4 20, TCP with time stamps 32, PSP 40.
OVERHEAD_BYTES = 130
PSP_BYTES = 40


def packets_per_second(speed_gbps, mss, overhead_bytes=OVERHEAD_BYTES):
    return speed_gbps * 1e9 / (8 * (mss + overhead_bytes))


class Rates(BenchTest):
    """The shipped cards."""

    def rate(self, *options, packets=PACKETS):
        """Packets a second on the wire; the MAC must be the bottleneck."""
        run = self.run_well("--packets", packets, *options)
        self.assertEqual(run.summary["bottleneck"], "nic_a.tx.stages.mac", run.output)
        return run.summary["a_to_b"]["wire_packets_per_second"]

    def check(self, rate, expected):
        self.assertAlmostEqual(rate / expected, 1, delta=TOLERANCE,
                               msg=f"{rate / 1e6:.4f} million packets/s, expected {expected / 1e6:.4f}")

    def test_the_default_card_sends_full_psp_packets_at_200_gbps(self):
        rate = self.rate("--workload", "stream")
        self.check(rate, 16.2549e6)
        self.check(rate, packets_per_second(200, 1408))

    def test_the_100_gbps_card_is_limited_by_its_wire(self):
        self.check(self.rate("--workload", "stream", "--config", CARDS[100]), packets_per_second(100, 1408))

    def test_the_200_gbps_card_is_limited_by_its_wire(self):
        self.check(self.rate("--workload", "stream", "--config", CARDS[200]), packets_per_second(200, 1408))

    def test_the_400_gbps_card_is_limited_by_its_wire(self):
        self.check(self.rate("--workload", "stream", "--config", CARDS[400], packets=6000),
                   packets_per_second(400, 1408))

    def test_the_800_gbps_card_is_limited_by_its_wire(self):
        options = ("--workload", "tso", "--config", CARDS[800], "--set", "host.queue_pairs=4",
                   "--set", "stream.flows=64")
        self.check(self.rate(*options, packets=100000), packets_per_second(800, 1408))

    def test_tso_reaches_the_same_rate(self):
        self.check(self.rate("--workload", "tso"), packets_per_second(200, 1408))

    def test_jumbo_packets_are_limited_by_the_wire(self):
        self.check(self.rate("--workload", "jumbo", packets=1000), packets_per_second(200, 8900))

    def test_packets_in_clear_need_40_bytes_less(self):
        self.check(self.rate("--workload", "clear"),
                   packets_per_second(200, 1408, OVERHEAD_BYTES - PSP_BYTES))

    def test_ipv6_needs_20_bytes_more(self):
        rate = self.rate("--workload", "stream", "--set", "stream.ipv6=true", "--set",
                         "stream.payload_bytes=1388")
        self.check(rate, packets_per_second(200, 1388, OVERHEAD_BYTES + 20))

    def test_the_200_gbps_card_is_the_default(self):
        configs = [self.run_well("--workload", "stream", "--packets", 1, *options).report["config"]
                   for options in ((), ("--config", CARDS[200]))]
        self.assertEqual(*configs)

    def test_one_lane_of_gcm_is_named_as_the_bottleneck(self):
        run = self.run_well("--workload", "stream", "--packets", PACKETS, "--set", "nic.crypto.gcm.lanes=1")
        self.assertRegex(run.summary["bottleneck"], r"^nic_[ab]\.[tr]x\.stages\.crypto$")
        self.assertLess(run.summary["a_to_b"]["wire_packets_per_second"], packets_per_second(200, 1408) * 0.9)
