# SPDX-License-Identifier: Apache-2.0
"""Read tags against the round trip to host memory, and Little's law beside it."""
from study.chart import Axis, Line, Panel, draw
from study.common import WIDE_CARD, WIDE_HOST
from study.runs import Sweep
from study.text import Findings, bullets, fixed, listed, percent, table

CARD = "model/nic/cards/400g.json"
TAGS = [16, 32, 64, 128, 256, 512, 1024]
TRIPS = [300, 550, 1000, 2000]  # ns
CASES = [("64 B", 18, "0B", 40000), ("1500 B", 1432, "0B", 8000), ("1500 B of TSO frames", 1432, "64000B",
    8000)]
ENOUGH = 0.98
SETTINGS = tuple(setting for setting in (*WIDE_CARD, *WIDE_HOST) if not setting.startswith("nic.pcie.tags"))

SWEEPS = [Sweep("tags", "stream", {
    "nic.pcie.tags": TAGS, "nic.pcie.round_trip": [f"{trip}ns" for trip in TRIPS],
    "stream.payload_bytes,stream.tso,packets": [f"{size}:{tso}:{packets}" for _, size, tso,
    packets in CASES]},
    (*SETTINGS, "stream.udp=true", "stream.flows=64", "nic.crypto.gcm.lanes=8"), CARD)]


class Found:
    """One traffic and round trip: rates by tags."""

    def __init__(self, points, case, trip):
        _, size, tso, _ = case
        found = {tags: points.one(nic__pcie__tags=tags, nic__pcie__round_trip=f"{trip}ns",
                                  stream__payload_bytes=size, stream__tso=tso) for tags in TAGS}
        self.rates = {tags: point.rate() for tags, point in found.items()}
        most = found[TAGS[-1]]
        sent = most.report["summary"]["a_to_b"]["sent"]
        self.requests = most.statistic("nic_a.pcie.read_requests") / sent
        self.little = {tags: tags / (trip * 1e-9) / self.requests for tags in TAGS}
        self.most = self.rates[TAGS[-1]]
        self.asked = self.most * self.requests * trip * 1e-9
        self.enough = next(tags for tags in TAGS if self.rates[tags] >= ENOUGH * self.most)

    def share_of_little(self):
        """Rate over Little's law, where tags are the limit by far."""
        return [self.rates[tags] / self.little[tags] for tags in TAGS if self.little[tags] < 0.7 * self.most]


def rate_table(found, case):
    rows = []
    for tags in TAGS:
        row = [fixed(tags)]
        for trip in TRIPS:
            one = found[case[0], trip]
            row += [fixed(one.rates[tags] / 1e6, 1), fixed(one.little[tags] / 1e6, 1)]
        rows.append(row)
    header = ["tags"]
    for trip in TRIPS:
        header += [f"{trip} ns", "Little"]
    return table(header, rows, left=0)


def need_table(found):
    rows = []
    for case in CASES:
        for trip in TRIPS:
            one = found[case[0], trip]
            rows.append([case[0], f"{trip} ns", fixed(one.requests, 2), fixed(one.most / 1e6, 1),
                         fixed(one.asked), fixed(one.enough)])
    header = ["packets", "round trip", "requests a packet", "M packets/s with 1024 tags",
              "tags by Little's law",
              "enough of those tried"]
    return table(header, rows, left=2)


def panel(found, case, scale, unit, legend):
    lines = []
    for colour, trip in enumerate(TRIPS):
        one = found[case[0], trip]
        lines.append(Line(f"{trip} ns", [(tags, one.rates[tags] * scale) for tags in TAGS], colour))
    for colour, trip in enumerate(TRIPS):
        one = found[case[0], trip]
        dots = [(tags, one.little[tags] * scale) for tags in TAGS if one.little[tags] <= one.most]
        lines.append(Line(f"Little, {trip} ns", dots, colour, True, False))
    return Panel(f"Packets of {case[0]}", Axis("read tags", "log", low=16, high=1024, ticks=TAGS), Axis(unit),
                 lines, legend=legend)


def answer(found, claims):
    small, full, tso = (case[0] for case in CASES)
    ratios = [share for one in found.values() for share in one.share_of_little()]
    typical = {name: found[name, 550] for name in (small, full, tso)}
    slow = found[small, 2000]
    slower = [f"{percent(found[full, trip].rates[32] / found[full, trip].most)} at {trip} ns"
              for trip in TRIPS]
    return bullets([
        "**" + claims.that(
            all(found[full, trip].enough <= 256 for trip in TRIPS) and slow.enough > 256,
            "256 tags are enough for full packets at any of these round trips, and not for 64 bytes")
        + f".** At 550 ns, packets of 1500 bytes fill 400 Gb/s with {typical[full].enough} tags"
        + f" (by Little's law {fixed(typical[full].asked)} are under way), 64 bytes ask for "
        f"{typical[small].enough} ({fixed(typical[small].asked)}). At 2 us, full packets ask for "
        f"{fixed(found[full, 2000].asked)}, 64 bytes for {fixed(slow.asked)}: with 256 the card sends "
        f"{percent(slow.rates[256] / slow.most)} of what it could.",
        "**Little's law says it**: " + claims.that(
            all(0.93 < share < 1.02 for share in ratios),
            "where tags are the limit the rate is that of tags over round trip, within 7 %") +
        f" ({percent(min(ratios))} to {percent(max(ratios))} of it). A tag is a request, not a packet: "
        f"{fixed(typical[full].requests, 2)} a packet of 1500 bytes (requests of 512 bytes), "
        f"{fixed(typical[small].requests, 2)} a packet of 64 bytes, descriptors included.",
        "**TSO changes nothing here**: " + claims.that(
            all(abs(found[tso, trip].rates[tags] / found[full, trip].rates[tags] - 1) < 0.1
                for trip in TRIPS for tags in TAGS), "rates are within 10 % of those without")
        + f": the card reads a frame segment by segment, {fixed(typical[tso].requests, 2)} requests a packet "
        f"against {fixed(typical[full].requests, 2)}. Descriptors, which TSO saves, come 32 in a request in "
        "any case.",
        "**Tags are cheap insurance against the host**, not against the network: what an IOMMU miss or "
        "another socket adds to the round trip is paid in tags. Twice the round trip asks for twice the "
        f"tags, and a card with too few slows down in proportion: {listed(slower)} with 32 tags and full "
        "packets."])


def find(points, claims):
    found = {(case[0], trip): Found(points["tags"], case, trip) for case in CASES for trip in TRIPS}
    small, full = found["64 B", 550], found["1500 B", 550]
    summary = (
        f"400 Gb/s at 550 ns: {fixed(full.asked)} tags for full packets, {fixed(small.asked)} for what PCIe "
        f"5.0 lets through of 64 bytes; at 2 us {fixed(found['1500 B', 2000].asked)} and "
        f"{fixed(found['64 B', 2000].asked)}. The rate follows Little's law, TSO changes nothing")
    figure = draw("Rate by read tags and round trip", [
        panel(found, CASES[0], 1e-6, "million packets/s", True),
        panel(found, CASES[1], 1500 * 8e-9, "Gb/s of IP packets", False)])
    return Findings(summary, figure, {
        "need": need_table(found), "small": rate_table(found, CASES[0]), "full": rate_table(found, CASES[1]),
        "answer": answer(found, claims)})
