# SPDX-License-Identifier: Apache-2.0
"""How many AES-GCM lanes a port asks for, by packet size, and where something else is in the way."""
import math

from study.chart import Axis, Line, Panel, draw
from study.common import BACK_TO_BACK, SIZED, WIDE_CARD, WIDE_HOST, cycles, limit, port_rate, sized
from study.runs import Sweep
from study.text import Findings, bullets, fixed, listed, number, percent, table

CARD = "model/nic/cards/400g.json"
SIZES = [64, 128, 256, 512, 1024, 1518, 4096, 9000]
PORTS = [(100, 3), (200, 4), (400, 5), (800, 6)]  # Gb/s, PCIe generation
LANES = {100: [1, 2], 200: [1, 2, 3], 400: [1, 2, 3, 4, 5], 800: [1, 2, 3, 4, 5, 6, 7, 8]}
MANY = 64
ENOUGH = 0.99  # of the rate with MANY
KINDS = ["pipelined_256_digit128", "pipelined_128_digit128", "pipelined_256_digit32", "iterative_256_digit16"]
KIND_SIZES = [64, 1518, 9000]
SETTINGS = (*WIDE_CARD, *WIDE_HOST, *BACK_TO_BACK)

SWEEPS = [
    *(Sweep(f"port_{speed}", "traffic", {
        "nic.mac.speed,nic.pcie.generation": [f"{speed}Gbps:{generation}"],
        SIZED: sized(SIZES, 10_000_000 if speed < 800 else 20_000_000),
        "nic.crypto.gcm.lanes": [*LANES[speed], MANY]}, SETTINGS, CARD) for speed, generation in PORTS),
    Sweep("kinds", "traffic", {
        "nic.crypto.gcm.lane": KINDS, "traffic.a.sizes.bytes": [f"{size}B" for size in KIND_SIZES],
        "nic.crypto.gcm.lanes": [1, MANY]}, SETTINGS, CARD, 10000)]


class Port:
    """What was found for one port and size."""

    def __init__(self, points, speed, size):
        found = points[f"port_{speed}"].of(traffic__a__sizes__bytes=f"{size}B")
        self.rates = rates = {lanes: found.one(nic__crypto__gcm__lanes=lanes).received()
                              for lanes in [*LANES[speed], MANY]}
        most = found.one(nic__crypto__gcm__lanes=MANY)
        one = points["port_800"].one(traffic__a__sizes__bytes=f"{size}B", nic__crypto__gcm__lanes=1)
        self.lane_limits = limit(one) == "lanes"
        self.lane = 1e9 / cycles(one, "nic_a.tx.stages.crypto")
        self.port = port_rate(speed * 1e9, size)
        self.rate = rates[MANY]
        self.share = self.rate / self.port
        self.limit = limit(most)
        self.asked = self.port / self.lane
        self.enough = next((lanes for lanes in LANES[speed] if rates[lanes] >= ENOUGH * self.rate), None)
        fewer = rates.get((self.enough or 1) - 1)
        self.fewer = fewer / self.rate if fewer else None

    def cell(self):
        """Lanes that are enough, and how far one less gets."""
        return f"{self.enough} ({percent(self.fewer)})" if self.fewer else f"{self.enough}"


class Kind:
    """What was found for one kind of lane: how many keep up at 400 Gb/s, and their gates."""

    def __init__(self, points, name):
        self.name = name
        self.lanes = {}
        for size in KIND_SIZES:
            found = points.of(nic__crypto__gcm__lane=name, traffic__a__sizes__bytes=f"{size}B")
            one, many = (found.one(nic__crypto__gcm__lanes=lanes) for lanes in (1, MANY))
            self.lanes[size] = math.ceil(ENOUGH * many.received() / one.received())
        self.gates = one.report["crypto"]["lane_gates"]
        self.area = self.lanes[1518] * self.gates / 4e6  # for 100 Gb/s

    def row(self):
        return [f"`{self.name}`", *self.lanes.values(), fixed(self.gates), fixed(self.area, 3)]


def kinds_table(kinds):
    header = ["lane", *(f"lanes, {size} B" for size in KIND_SIZES), "gates of one",
              "million gates per 100 Gb/s, each way, 1518 B"]
    return table(header, [kind.row() for kind in kinds])


def ports_table(ports, cell, *, lane=False):
    """A row a size, a column a port: cell(port)."""
    rows = []
    for size in SIZES:
        ahead = [fixed(ports[800, size].lane / 1e6, 1)] if lane else []
        rows.append([f"{size} B", *ahead, *(cell(ports[speed, size]) for speed, _ in PORTS)])
    ahead = ["one lane, M packets/s"] if lane else []
    return table(["frame", *ahead, *(f"{speed} Gb/s" for speed, _ in PORTS)], rows)


def picture(ports):
    x = [f"{size}" for size in SIZES]
    asked, shares = [], []
    for colour, (speed, generation) in enumerate(PORTS):
        label = f"{speed} Gb/s, PCIe {generation}.0 x16"
        asked.append(Line(label, [(i, ports[speed, size].asked) for i, size in enumerate(SIZES)], colour))
        shares.append(Line(label, [(i, 100 * ports[speed, size].share) for i, size in enumerate(SIZES)],
                           colour))
    label = "bytes of a frame before PSP, FCS included"
    return draw("Lanes that ports ask for, and what of a port is reached", [
        Panel("Lanes of 128 bits a cycle at 1 GHz that fill the port", Axis(label, "names", names=x),
              Axis("lanes", low=0, high=7, ticks=[0, 1, 2, 3, 4, 5, 6, 7]), asked),
        Panel(f"Reached with {MANY} lanes: what is missing, PCIe or the parser takes",
              Axis(label, "names", names=x),
              Axis("% of the port", low=0, high=105, ticks=[0, 20, 40, 60, 80, 100]), shares, legend=False)])


def answer(ports, kinds, claims):
    whole, small, narrow, turns = kinds
    counts = {speed: max(ports[speed, size].enough or MANY for size in SIZES) for speed, _ in PORTS}
    long = {speed: ports[speed, 1518] for speed, _ in PORTS}
    claims.that(all(port.lane_limits for port in ports.values()), "one lane limits a port of 800 Gb/s")
    claims.that(all(port.enough for port in ports.values()), "more lanes than those tried bring no more")
    filled = [size for size in SIZES if all(ports[speed, size].share > 0.97 for speed, _ in PORTS)]
    claims.that(filled and filled == SIZES[-len(filled):], "ports are filled from some size on")
    parts = [
        f"**{listed(counts.values())} lanes for 100, 200, 400 and 800 Gb/s.** Frames of 1518 bytes ask for "
        f"{listed(number(port.asked) for port in long.values())}. The last lane buys little: "
        + claims.that(
            all(ports[speed, size].rates[counts[speed] - 1] > 0.95 * ports[speed, size].rate
                for speed in (400, 800) for size in SIZES),
            "three lanes reach 95 % and more of what 400 Gb/s carry at every size, and six of 800 Gb/s")
        + f"; at 400 Gb/s that is {percent(long[400].rates[3] / long[400].rate, 1)} at 1518 bytes and "
        f"{percent(ports[400, 9000].rates[3] / ports[400, 9000].rate, 1)} at 9000.",
        "**Short packets do not need more lanes than long ones.** A packet costs a lane two cycles beside "
        "its blocks, but the wire spends 60 bytes on PSP headers and gaps for each. At 64 bytes the 400 Gb/s "
        f"port asks for {number(ports[400, 64].asked)} lanes; the most is asked for by "
        + claims.that(max(SIZES, key=lambda size: ports[400, size].asked) >= 1024, "long packets") + ".",
        f"**Below {filled[0]} bytes PCIe and not the lanes is the limit up to 400 Gb/s**, with the "
        "generation that belongs to the port: " + claims.that(
            all("PCIe" in ports[speed, size].limit for speed in (100, 200, 400) for size in SIZES[:3]),
            "the receiver writes a completion of 32 bytes and two TLP headers for each packet")
        + f". Frames of 64 bytes reach {percent(ports[200, 64].share)} of 200 Gb/s and "
        f"{percent(ports[400, 64].share)} of 400 Gb/s.",
        "**At 800 Gb/s the parser is in the way.** " + claims.that(
            all(ports[800, size].limit == "parser" for size in (64, 128)),
            "With the shorter headers of PCIe 6.0 it and not the link limits frames of 64 and 128 bytes")
        + ": it takes a packet every two cycles, 500 million a second, and the port brings "
        f"{number(ports[800, 64].port / 1e6)} and {number(ports[800, 128].port / 1e6)} million. It would "
        "have to take one every cycle.",
        "**The kind of lane is a matter of area**: the lane for 128-bit keys alone carries the same with "
        f"{percent(1 - small.gates / whole.gates)} fewer gates; "
        + claims.that(narrow.area > 3 * whole.area,
                      "a narrower GHASH does not pay, as AES is most of a lane and then idles")
        + f" ({narrow.lanes[1518]} lanes); " + claims.that(
            turns.area > whole.area,
            "lanes that take a round of AES a cycle need more gates for the same rate")
        + f" ({turns.lanes[1518]} of them), and a wider switch in front.",
    ]
    return bullets(parts)


def find(points, claims):
    ports = {(speed, size): Port(points, speed, size) for speed, _ in PORTS for size in SIZES}
    kinds = [Kind(points["kinds"], name) for name in KINDS]
    enough = [max(ports[speed, size].enough or MANY for size in SIZES) for speed, _ in PORTS]
    summary = (
        f"{listed(enough)} lanes of 128 bits a cycle at 1 GHz for 100, 200, 400 and 800 Gb/s. Short frames "
        "need no more: up to 400 Gb/s PCIe limits those of 64 to 256 bytes, at 800 Gb/s on PCIe 6.0 the "
        "parser those of 64 and 128")
    return Findings(summary, picture(ports), {
        "asked": ports_table(ports, lambda port: number(port.asked), lane=True),
        "enough": ports_table(ports, Port.cell),
        "reached": ports_table(ports, lambda port: f"{percent(port.share)}, {port.limit}"),
        "kinds": kinds_table(kinds),
        "answer": answer(ports, kinds, claims)})
