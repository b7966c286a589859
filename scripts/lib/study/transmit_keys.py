# SPDX-License-Identifier: Apache-2.0
"""Transmit keys in descriptors against SAs in memory behind a cache."""
from study.chart import Axis, Line, Panel, draw
from study.common import PSP_BYTES, GAP_BYTES, SIZED, WIDE_CARD, WIDE_HOST, limit, sized
from study.runs import PS_PER_US, Sweep
from study.text import Findings, bullets, fixed, percent, table

CARD = "model/nic/cards/200g.json"
FLOWS = [(1, 1024), (1, 4096), (1, 16384), (1, 65536), (0, 65536)]  # Zipf's exponent, flows
RATE_FLOWS = [(1, 1024), (1, 65536), (0, 65536)]
SIZES = [64, 256, 1518]
ENTRIES = 4096
ENTRY_BYTES = 64
ROUND_TRIP_NS = 550
KEY_BYTES = 32  # of two descriptors, of a key of 128 bits
CASES = [("SAs on the chip", "mailbox", "on_chip"), ("cache, memory of the card", "mailbox", "device"),
         ("cache, memory of the host", "mailbox", "host"), ("key in descriptors", "descriptor", "on_chip")]
CACHE = f"nic.crypto.sa_cache.entries={ENTRIES}"
OVER_CASES = {"host.psp.key_mode,nic.crypto.sa_cache.memory": [f"{mode}:{memory}" for _, mode,
    memory in CASES]}

SWEEPS = [
    Sweep("latency", "traffic", {
        "traffic.zipf,traffic.flows": [f"{zipf}:{flows}" for zipf, flows in FLOWS], **OVER_CASES},
          (CACHE, "host.queue_pairs=8", "host.ring=2048", "traffic.a.sizes.kind=imix",
           "traffic.a.arrivals.kind=poisson", "traffic.a.arrivals.rate=100Gbps"), CARD, 60000),
    Sweep("rate", "traffic", {
        "traffic.zipf,traffic.flows": [f"{zipf}:{flows}" for zipf, flows in RATE_FLOWS],
        SIZED: sized(SIZES, 5_000_000), **OVER_CASES},
          (CACHE, *WIDE_CARD, *WIDE_HOST, "traffic.a.sizes.of=frame", "traffic.a.arrivals.kind=back_to_back"),
          CARD)]


def of(points, traffic, case, **more):
    zipf, flows = traffic
    return points.one(traffic__zipf=zipf, traffic__flows=flows, host__psp__key_mode=case[1],
                      nic__crypto__sa_cache__memory=case[2], **more)


def called(traffic):
    return f"{fixed(traffic[1])}, " + ("all alike" if traffic[0] == 0 else f"Zipf {traffic[0]}")


def a_packet(point, link):
    """Bytes of a packet on a link of the sender."""
    return point.statistic(f"nic_a.pcie.{link}.bytes") / point.report["summary"]["a_to_b"]["sent"]


def mean_us(point):
    return point.report["summary"]["a_to_b"]["latency"]["mean"] / PS_PER_US


def miss_share(point):
    cache = point.report["statistics"]["nic_a"].get("sa_cache")
    if not cache:
        return None
    hits, misses = cache["hits"]["value"], cache["misses"]["value"]
    return misses / (hits + misses)


def latency_table(points):
    rows = []
    for traffic in FLOWS:
        base = mean_us(of(points, traffic, CASES[0]))
        for case in CASES:
            point = of(points, traffic, case)
            share = miss_share(point)
            rows.append([called(traffic), case[0], "" if share is None else percent(share),
                         fixed(a_packet(point, "downstream"), 1), fixed(a_packet(point, "upstream"), 1),
                         fixed(1000 * (mean_us(point) - base)),
                         fixed(point.report["summary"]["a_to_b"]["latency"]["p99"] / PS_PER_US, 2)])
    header = ["flows", "keys", "misses", "B a packet down", "B a packet up", "mean later by, ns", "p99, us"]
    return table(header, rows, left=2)


def sender_rate(point):
    """Packets a second at which the fuller of the sender's links would be full."""
    links = [point.utilisation("nic_a.pcie.downstream"), point.utilisation("nic_a.pcie.upstream")]
    return point.rate() / max(links)


def rate_table(points):
    rows = []
    for size in SIZES:
        for traffic in RATE_FLOWS:
            row = [f"{size} B", called(traffic)]
            for case in CASES:
                point = of(points, traffic, case, traffic__a__sizes__bytes=f"{size}B")
                row += [f"{fixed(point.received() / 1e6, 1)}, {limit(point)}",
                        fixed(sender_rate(point) / 1e6, 1)]
            rows.append(row)
    header = ["frame", "flows"]
    for case in CASES:
        header += [f"{case[0]}: M packets/s, limit", "sender's PCIe"]
    return table(header, rows, left=2)


def picture(points):
    names = [fixed(flows) + (" alike" if zipf == 0 else "") for zipf, flows in FLOWS]
    axis = "flows, popularity by Zipf's law; the last: all alike"
    later, down = [], []
    for colour, case in enumerate(CASES):
        found = [of(points, traffic, case) for traffic in FLOWS]
        bases = [mean_us(of(points, traffic, CASES[0])) for traffic in FLOWS]
        later.append(Line(case[0], [(i, 1000 * (mean_us(point) - base))
                                    for i, (point, base) in enumerate(zip(found, bases))], colour))
        down.append(Line(case[0], [(i, a_packet(point, "downstream")) for i, point in enumerate(found)],
                         colour))
    low = 450
    return draw("Latency and PCIe bytes of the ways of a transmit key", [
        Panel("Mean latency above that of SAs on the chip (IMIX, half of 200 Gb/s)",
              Axis(axis, "names", names=names), Axis("ns"), later),
        Panel("Bytes from host to card for a packet (mean frame: 362 bytes before PSP; from 450 on)",
              Axis(axis, "names", names=names), Axis("bytes", low=low), down, legend=False)])


def answer(points, claims):
    latency, rate = points["latency"], points["rate"]
    chip, device, host, descriptor = CASES
    base = of(latency, (1, 65536), chip)
    later = {case: 1000 * (mean_us(of(latency, (1, 65536), case)) - mean_us(base)) for case in CASES}
    even = 1000 * (mean_us(of(latency, (0, 65536), host)) - mean_us(of(latency, (0, 65536), chip)))
    more = a_packet(of(latency, (1, 65536), descriptor), "downstream") - a_packet(base, "downstream")
    cached = a_packet(of(latency, (1, 65536), host), "downstream") - a_packet(base, "downstream")
    shares = {size: KEY_BYTES / (size + PSP_BYTES + GAP_BYTES) for size in SIZES}
    share = miss_share(of(latency, (1, 65536), host))
    break_even = KEY_BYTES / (ENTRY_BYTES + 20)
    small = {case: of(rate, (0, 65536), case, traffic__a__sizes__bytes="64B") for case in CASES}
    return bullets([
        f"**A key in descriptors costs {fixed(more)} bytes of PCIe a packet and "
        + claims.that(abs(later[descriptor]) < 20, "no latency that shows")
        + f"** ({fixed(later[descriptor])} ns), whatever the number of connections. " + claims.that(
            all(abs(mean_us(of(latency, traffic, descriptor)) - mean_us(of(latency, traffic, chip))) < 0.03
                for traffic in FLOWS), "It is the same with a thousand flows and with 65,536")
        + f". Of a frame of 64 bytes that is {percent(shares[64])} of what it takes on the wire, of 1518 "
        f"bytes {percent(shares[1518])}.",
        "**A cache with host memory behind it costs latency where it misses**: with 65,536 flows and "
        f"{fixed(ENTRIES)} entries {percent(share)} of the packets miss, and packets are "
        f"{fixed(later[host])} ns later in the mean. " + claims.that(
            later[host] > 1.2 * share * ROUND_TRIP_NS, "That is more than the misses' own time")
        + f" (their share of {ROUND_TRIP_NS} ns is {fixed(share * ROUND_TRIP_NS)} ns): a packet that misses "
        f"holds up those of its queue behind it. If all flows are alike it is {fixed(even)} ns "
        f"({percent(miss_share(of(latency, (0, 65536), host)))} misses, whose times overlap). With memory on "
        f"the card it is {fixed(later[device])} ns instead of {fixed(later[host])}.",
        f"**In PCIe bytes the two meet at {percent(break_even)} misses**, computed: {KEY_BYTES} bytes a "
        f"packet against {ENTRY_BYTES} and a completion's header a miss. Simulated, with 65,536 flows: "
        f"{fixed(more)} bytes a packet in descriptors, {fixed(cached)} from the cache's misses.",
        "**The rate depends on neither**, as long as the sender's link is not the limit: " + claims.that(
            all(abs(of(rate, traffic, descriptor, traffic__a__sizes__bytes=f"{size}B").received()
                    / of(rate, traffic, chip, traffic__a__sizes__bytes=f"{size}B").received() - 1) < 0.05
                for traffic in RATE_FLOWS for size in SIZES),
            "with keys in descriptors it is within 5 % of that with SAs on the chip at every size")
        + ", because the receiver's writes fill its link before the sender's reads do. The sender's own link "
        f"would carry {fixed(sender_rate(small[chip]) / 1e6)} million packets a second of 64 bytes with SAs "
        f"on the chip, {fixed(sender_rate(small[descriptor]) / 1e6)} with keys in descriptors.",
        "**A cache must have enough misses under way.** With all flows alike a cache in host memory carries "
        f"{fixed(small[host].received() / 1e6)} million packets of 64 bytes a second of "
        f"{fixed(small[chip].received() / 1e6)}: 64 misses at a time of 550 ns are {fixed(64 / 0.55)} "
        "million a second (Little's law), which is " + claims.that(
            abs(small[host].received() * miss_share(small[host]) / (64 / 550e-9) - 1) < 0.08,
            "within 8 % of the misses that the run has had") + ".",
        "**So:** up to what fits on the chip, a table on the chip. Beyond it, keys in descriptors if the "
        "host can bear that a key passes through its descriptors with each packet; a cache if flows have "
        "locality, and memory on the card rather than the host's. Keys in descriptors also need no insertion "
        "when a connection comes ([control](control.md))."])


def find(points, claims):
    latency = points["latency"]
    base = of(latency, (1, 65536), CASES[0])
    host = of(latency, (1, 65536), CASES[2])
    more = a_packet(of(latency, (1, 65536), CASES[3]), "downstream") - a_packet(base, "downstream")
    summary = (
        f"a key in descriptors costs {fixed(more)} bytes of PCIe a packet and no latency, for any number of "
        f"connections; a cache of {fixed(ENTRIES)} SAs in front of host memory costs "
        f"{fixed(1000 * (mean_us(host) - mean_us(base)))} ns in the mean at 65,536 connections "
        f"({percent(miss_share(host))} misses). The rate is what the receiver's link lets through with "
        "either, unless nearly all packets miss")
    return Findings(summary, picture(latency), {"latency": latency_table(latency),
                                                "rate": rate_table(points["rate"]),
                                                "answer": answer(points, claims)})
