# SPDX-License-Identifier: Apache-2.0
"""Deriving each received packet's key against keeping keys in a cache."""
import math

from study.chart import Axis, Line, Panel, draw
from study.common import BACK_TO_BACK, SIZED, WIDE_CARD, WIDE_HOST, limit, port_rate, sized
from study.locality import miss_share
from study.runs import Sweep
from study.text import Findings, bullets, fixed, number, percent, table

CARD = "model/nic/cards/400g.json"
PORT = 400
SIZES = [64, 128, 256, 512, 1518]
UNITS = [("iterative", 1), ("iterative", 2), ("iterative", 4), ("iterative", 6), ("pipelined", 1)]
ENTRIES = [256, 1024, 4096, 16384]
FLOWS = [4096, 65536]
MANY_FLOWS = [1024, 65536, 1_000_000, 10_000_000]
ZIPF = 1
ENTRY_BITS = 320        # SPI, key of 256 bits, version, age
GATES_A_BIT = 1.5  # as model/nic/area.h has it
HIT_NS = 2              # assumed: a look-up at 1 GHz

SWEEPS = [
    Sweep("units", "traffic", {
        "nic.crypto.kdf.unit,nic.crypto.kdf.units": [f"{unit}:{units}" for unit, units in UNITS],
        SIZED: sized(SIZES)}, (*WIDE_CARD, *WIDE_HOST, *BACK_TO_BACK), CARD),
    Sweep("cache", "traffic", {"traffic.flows": FLOWS, "nic.crypto.sa_cache.entries": ENTRIES},
          ("nic.crypto.sa_cache.memory=device", f"traffic.zipf={ZIPF}", "host.queue_pairs=8",
           "traffic.a.sizes.of=frame", "traffic.a.sizes.bytes=64B", "traffic.a.arrivals.kind=poisson",
           "traffic.a.arrivals.rate=200Gbps"), CARD, 200000)]


class Sizing:
    """What a cache with units behind it needs for the port's packets of 64 bytes, against units alone."""

    def __init__(self, one_unit, unit_gates, port_rate_):
        self.rate = one_unit
        self.gates = unit_gates
        self.asked = port_rate_

    def units(self, share):
        return max(1, math.ceil(share * self.asked / self.rate))

    def cost(self, flows, entries):
        """(units, gates) of a cache of so many entries, with iterative units for what it misses."""
        units = self.units(miss_share(flows, ZIPF, entries) if entries else 1)
        return units, units * self.gates + entries * ENTRY_BITS * GATES_A_BIT

    def best(self, flows):
        """The cheapest cache: (entries, units, gates, share of misses)."""
        found = min((self.cost(flows, 2 ** exponent)[1], 2 ** exponent) for exponent in range(4, 17))
        entries = found[1]
        return entries, self.cost(flows, entries)[0], found[0], miss_share(flows, ZIPF, entries)


def of(points, unit, units, size):
    return points.one(nic__crypto__kdf__unit=unit, nic__crypto__kdf__units=units,
                      traffic__a__sizes__bytes=f"{size}B")


def misses(points, flows, entries):
    point = points.one(traffic__flows=flows, nic__crypto__sa_cache__entries=entries)
    missed = point.statistic("nic_a.sa_cache.misses")
    return missed / (missed + point.statistic("nic_a.sa_cache.hits"))


def units_table(points):
    rows = []
    for unit, units in UNITS:
        row = [f"{units} `{unit}`"]
        for size in SIZES:
            point = of(points, unit, units, size)
            row.append(f"{percent(point.received() / port_rate(PORT * 1e9, size))}, {limit(point)}")
        point = of(points, unit, units, 1518)
        waits, takes = point.part("kdf")
        row += [fixed(takes), fixed(waits, 1), fixed(units * point.report["crypto"]["kdf_unit_gates"])]
        rows.append(row)
    header = ["units", *(f"{size} B" for size in SIZES), "takes, ns", "waits at 1518 B, ns", "gates"]
    return table(header, rows)


def cache_table(points):
    rows = []
    for entries in ENTRIES:
        row = [fixed(entries), fixed(entries * ENTRY_BITS / 1024 / 8, 0)]
        for flows in FLOWS:
            row += [percent(misses(points, flows, entries)), percent(miss_share(flows, ZIPF, entries))]
        rows.append([*row, *(percent(miss_share(flows, ZIPF, entries)) for flows in MANY_FLOWS[2:])])
    header = ["entries", "KiB"]
    for flows in FLOWS:
        header += [f"{fixed(flows)} flows, simulated", "computed"]
    return table([*header, *(f"{fixed(flows)} flows, computed" for flows in MANY_FLOWS[2:])], rows, left=0)


def sizing_table(sizing, pipelined_gates):
    rows = [["one pipelined unit, no cache", "any", "0", "1", fixed(pipelined_gates)],
            ["iterative units, no cache", "any", "0", sizing.units(1), fixed(sizing.cost(1, 0)[1])]]
    for flows in MANY_FLOWS:
        entries, units, gates, share = sizing.best(flows)
        rows.append([f"the cheapest cache, {percent(share)} misses", fixed(flows), fixed(entries), units,
                     fixed(gates)])
    return table(["design", "flows", "entries", "units", "gates"], rows, left=1)


def picture(points):
    reached = []
    for colour, (unit, units) in enumerate(UNITS):
        shares = [(i, 100 * of(points["units"], unit, units, size).received() / port_rate(PORT * 1e9, size))
                  for i, size in enumerate(SIZES)]
        reached.append(Line(f"{units} {unit}", shares, colour))
    lines = []
    dots = [2 ** exponent for exponent in range(6, 17)]
    for colour, flows in enumerate(MANY_FLOWS):
        lines.append(Line(f"{fixed(flows)} flows, computed",
                          [(entries, 100 * miss_share(flows, ZIPF, entries)) for entries in dots], colour,
                          True, False))
    for flows in FLOWS[1:]:
        lines.append(Line(f"{fixed(flows)} flows, simulated",
                          [(entries, 100 * misses(points["cache"], flows, entries)) for entries in ENTRIES],
                          MANY_FLOWS.index(flows)))
    return draw("What units of key derivation reach, and what a cache of keys misses", [
        Panel(f"A port of {PORT} Gb/s, by units of key derivation",
              Axis("bytes of a frame before PSP, FCS included", "names", names=[str(size) for size in SIZES]),
              Axis("% of the port", low=0, high=105, ticks=[0, 20, 40, 60, 80, 100]), reached),
        Panel("Packets whose key is not in the cache",
              Axis("entries of the cache", "log", low=64, high=65536,
                   ticks=[64, 256, 1024, 4096, 16384, 65536]),
              Axis("% of packets", low=0, high=100, ticks=[0, 20, 40, 60, 80, 100]), lines)])


def answer(points, sizing, pipelined, claims):
    units = points["units"]
    gates = pipelined.report["crypto"]["kdf_unit_gates"]
    small = Sizing(sizing.rate, sizing.gates, port_rate(200e9, 64))
    caches = {flows: sizing.best(flows) for flows in MANY_FLOWS}
    entries, many_units, many_gates, share = caches[65536]
    takes = pipelined.part("kdf")[1]
    latency = pipelined.report["summary"]["a_to_b"]["latency"]["min"] / 1000
    worst = max(abs(misses(points["cache"], flows, count) - miss_share(flows, ZIPF, count))
                for flows in FLOWS for count in ENTRIES)
    return bullets([
        "**Derive.** " + claims.that(
            limit(of(units, "pipelined", 1, 64)) != "key derivation",
            f"One pipelined unit is never the limit of {PORT} Gb/s")
        + f": it derives 1000 million keys a second, and {fixed(sizing.asked / 1e6)} million packets of 64 "
        f"bytes are the most that the port brings. It has {fixed(gates)} gates, less than one lane, and "
        f"takes {fixed(takes)} ns of at least {fixed(latency)} ns from host to host.",
        f"**Iterative units are the cheaper choice up to {int(gates / sizing.gates)} of them.** One derives "
        f"{number(sizing.rate / 1e6)} million keys a second: {PORT} Gb/s of 64 bytes ask for "
        f"{sizing.units(1)}, "
        + claims.that(sizing.units(1) * sizing.gates > gates, "more gates than one pipelined unit has")
        + f"; 200 Gb/s for {small.units(1)}, "
        + claims.that(small.units(1) * sizing.gates < 0.7 * gates, "a good part less")
        + f" ({fixed(small.units(1) * sizing.gates)}). For full packets alone "
        + claims.that(of(units, "iterative", 1, 1518).received()
                      > 0.98 * of(units, "pipelined", 1, 1518).received(), "one is enough") + ".",
        f"**A cache of keys does not pay.** At {GATES_A_BIT} gates a bit a pipelined unit has the area of "
        f"{fixed(gates / GATES_A_BIT / ENTRY_BITS)} entries, which miss "
        f"{percent(miss_share(65536, ZIPF, round(gates / GATES_A_BIT / ENTRY_BITS)))} of the packets of "
        f"65,536 flows, and misses still have to be derived. The cheapest cache for them ({fixed(entries)} "
        f"entries, {percent(share)} misses, {many_units} iterative units) has {fixed(many_gates)} gates, "
        + claims.that(all(found[2] > 0.8 * gates for flows, found in caches.items() if flows > 1024),
                      "no less than four fifths of the unit's, with 65,536 flows or more")
        + f". It would need to be {number(gates / ENTRY_BITS / 4096, 2)} gates a bit for 4096 entries to "
        "cost what the unit costs.",
        f"**What a cache would save in time is {fixed(takes - HIT_NS)} ns a hit** (a look-up of {HIT_NS} ns "
        f"against {fixed(takes)}), and a miss would take longer than deriving. It would hold keys of "
        "connections, which a receiver of PSP need not: they would have to be wiped with each rotation, and "
        "whoever sends many SPIs, authentic or not, could empty it. Without locality (all flows alike) it "
        "misses whatever its size does not cover.",
        "**The prediction is sound:** " + claims.that(
            worst < 0.1, "simulated misses are within ten points of those computed")
        + f" ({percent(worst, 1)} at the most; the simulated caches begin empty)."])


def find(points, claims):
    units = points["units"]
    one = of(units, "iterative", 1, 64)
    pipelined = of(units, "pipelined", 1, 64)
    gates = pipelined.report["crypto"]["kdf_unit_gates"]
    claims.that(limit(one) == "key derivation", "one iterative unit limits packets of 64 bytes")
    sizing = Sizing(1e9 / 14, one.report["crypto"]["kdf_unit_gates"], port_rate(PORT * 1e9, 64))
    claims.that(abs(one.received() / sizing.rate - 1) < 0.05, "a unit of 14 cycles gives its rate")
    rest = {"units": units_table(units), "cache": cache_table(points["cache"]),
            "sizing": sizing_table(sizing, gates)}
    summary = (
        f"derive: one pipelined unit ({fixed(gates)} gates, {fixed(pipelined.part('kdf')[1])} ns) is enough "
        f"for {PORT} Gb/s of the shortest packets; a cache of that area would miss "
        f"{percent(miss_share(65536, ZIPF, round(gates / GATES_A_BIT / ENTRY_BITS)))} of the packets of "
        "65,536 flows and still need units for its misses")
    return Findings(summary, picture(points), {**rest, "answer": answer(points, sizing, pipelined, claims)})
