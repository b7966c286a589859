# SPDX-License-Identifier: Apache-2.0
"""How many connections a second a control processor carries, by its clock and by the way of the keys."""
from study.chart import Axis, Line, Panel, draw
from study.runs import PS_PER_US, Sweep
from study.text import Findings, bullets, fixed, listed, number, percent, table

CLOCKS = [300, 500, 700, 1000, 2000]  # MHz
RATES = [15, 20, 30, 40, 60, 80, 100, 120, 160, 200, 300, 400, 600, 800, 1200, 1600]  # thousand a second
GOAL_US = 100
WANTED = 100
KEYS = "churn.bulk,churn.outstanding,host.psp.key_mode,nic.control.cores"
CASES = [("one SA a message, one message at a time", "1:1:mailbox:1"),
         ("one SA a message, 8 under way", "1:8:mailbox:1"),
         ("16 SAs a message, 8 under way", "16:8:mailbox:1"),
         ("the same, 4 cores", "16:8:mailbox:4"),
         ("configuration queue", "16:8:config_queue:1"),
         ("keys in descriptors", "16:8:descriptor:1")]

SWEEPS = [Sweep("rates", "churn", {
    KEYS: [values for _, values in CASES], "nic.control.clock": [f"{clock}MHz" for clock in CLOCKS],
    "churn.arrival_rate": [rate * 1000 for rate in RATES]},
    ("churn.psp_rate=1Gbps", "churn.connections=2000", "churn.duration=10ms"))]


def tails(point):
    """p99 in us of key generation and insertion; None where there is none, or the card cannot follow."""
    control = point.report["summary"]["control"]
    if control["overloaded"]:
        return None, None
    return tuple(control[name]["p99"] / PS_PER_US if control[name] else None
                 for name in ("key_generation", "key_insertion"))


class Found:
    """One way of the keys at one clock."""

    def __init__(self, points, values, clock):
        wanted = dict(zip((key.replace(".", "__") for key in KEYS.split(",")), values.split(":")))
        self.points = {rate: points.one(**wanted, nic__control__clock=f"{clock}MHz",
                                        churn__arrival_rate=rate * 1000) for rate in RATES}
        self.highest = 0
        for rate in RATES:
            if not self.holds(rate):
                break
            self.highest = rate

    def holds(self, rate):
        generation, insertion = tails(self.points[rate])
        return generation is not None and generation < GOAL_US and (insertion or 0) < GOAL_US


def highest_text(rate):
    if rate == 0:
        return f"below {RATES[0]}"
    return fixed(rate) + (" or more" if rate == RATES[-1] else "")


def rate_table(found):
    rows = [[words, *(highest_text(found[words, clock].highest) for clock in CLOCKS)] for words, _ in CASES]
    return table(["thousand connections a second", *(f"{clock} MHz" for clock in CLOCKS)], rows)


def tail_table(found):
    rows = []
    for words, _ in CASES:
        row = [words]
        for clock in CLOCKS:
            generation, insertion = tails(found[words, clock].points[WANTED])
            row.append("overloaded" if generation is None else
                       f"{fixed(generation, 1)}, " + ("none" if insertion is None else fixed(insertion, 1)))
        rows.append(row)
    return table(["p99 of generation, insertion in us", *(f"{clock} MHz" for clock in CLOCKS)], rows)


def picture(found):
    highest, generation = [], []
    for colour, (words, _) in enumerate(CASES):
        dashed = colour in (3, 5)
        highest.append(Line(words, [(clock, found[words, clock].highest or None) for clock in CLOCKS], colour,
                            dashed))
        generation.append(Line(words, [(clock, tails(found[words, clock].points[WANTED])[0])
                                       for clock in CLOCKS], colour, dashed))
    axis = "clock of the control processor, MHz"
    return draw("Connections a second that a control processor carries", [
        Panel(f"99 % of keys in {GOAL_US} us: highest rate; dotted: what PSP's announcement asks for",
              Axis(axis, "log", low=280, high=2170, ticks=CLOCKS),
              Axis("thousand connections/s", "log", low=10, high=2000, ticks=[10, 30, 100, 300, 1000]),
                  highest,
              [(WANTED, "")]),
        Panel(f"p99 of key generation at {WANTED},000 connections a second; no point where it is overloaded",
              Axis(axis, "log", low=280, high=2170, ticks=CLOCKS),
              Axis("us", "log", low=4, high=3000, ticks=[5, 10, 30, 100, 300, 1000]), generation,
              [(GOAL_US, "")], legend=False)])


def enough(found, words):
    """The lowest clock at which the wanted rate holds the goal."""
    return next((f"{clock} MHz" for clock in CLOCKS if found[words, clock].highest >= WANTED), "more")


def answer(found, claims):
    linux, single, bulk, cores, config, descriptor = (words for words, _ in CASES)
    gain = found[bulk, 1000].highest / max(1, found[single, 1000].highest)
    scale = {words: found[words, 2000].highest / max(1, found[words, 500].highest) for words, _ in CASES}
    busy = found[bulk, 1000].points[WANTED].utilisation("nic_a.control")
    return bullets([
        f"**{WANTED},000 connections a second within {GOAL_US} us ask for a core of {enough(found, bulk)}** "
        f"if SAs come 16 a message, {enough(found, single)} if they come one by one, {enough(found, config)} "
        "by configuration queue (of the clocks tried). " + claims.that(
            all(found[linux, clock].highest < WANTED for clock in CLOCKS),
            "One message at a time does not get there at any clock")
        + f", and {fixed(found[linux, 2000].highest)},000 at 2 GHz is its most: each message waits for the "
        "driver's poll.",
        f"**Software first.** At 1 GHz, 16 SAs a message carry {number(gain, 2)} times as many connections "
        "as one, and configuration queues "
        f"{number(found[config, 1000].highest / found[bulk, 1000].highest, 2)} times as many again, as "
        "insertions and deletions pass the processor by: only allocations are left for it. "
        + claims.that(all(found[descriptor, clock].highest >= found[config, clock].highest * 0.7
                          for clock in CLOCKS), "Keys in descriptors do as well") + ".",
        "**More cores do not help one function**: " + claims.that(
            all(found[cores, clock].highest == found[bulk, clock].highest for clock in CLOCKS),
            "four cores hold the same rates as one") + ", as messages of a function are served one at a "
            "time. They would serve virtual functions side by side.",
        "**The rate grows faster than the clock**: from 500 MHz to 2 GHz, four times the clock, "
        f"{number(scale[bulk], 2)} times with 16 SAs a message. A faster core leaves more of the {GOAL_US} "
        f"us for waiting, and fuller messages take less a connection. At 1 GHz and {WANTED},000 a second it "
        f"is busy {percent(busy)} of the time."])


def find(points, claims):
    found = {(words, clock): Found(points["rates"], values, clock) for words,
        values in CASES for clock in CLOCKS}
    _, single, bulk, _, config, _ = (words for words, _ in CASES)
    summary = (
        f"100,000 a second with 99 % of keys in 100 us: {enough(found, single)} with one SA a message, "
        f"{enough(found, bulk)} with 16, {enough(found, config)} with configuration queues (of "
        f"{listed(CLOCKS)} MHz); more cores do not help one function")
    return Findings(summary, picture(found), {"rates": rate_table(found), "tails": tail_table(found),
                                              "answer": answer(found, claims)})
