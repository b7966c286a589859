# SPDX-License-Identifier: Apache-2.0
"""What it costs that every packet brings a key of its own, against lanes that keep keys."""
from study.chart import Axis, Line, Panel, draw
from study.common import BACK_TO_BACK, SIZED, WIDE_CARD, WIDE_HOST, cycles, port_rate, sized
from study.runs import Sweep
from study.text import Findings, bullets, fixed, number, percent, table

CARD = "model/nic/cards/400g.json"
SIZES = [64, 128, 256, 512, 1518, 9000]
PORT = 200  # Gb/s
# Words, kind of lane, lanes; of custom lanes cycles a packet, an AAD block, a text block, latency more.
DESIGNS = [
    ("fresh key, set-up overlaps (measured)", ("pipelined_256_digit128", 2, 1, 1, 1, 17)),
    ("bound: no cycle but for blocks", ("custom", 2, 0, 1, 1, 17)),
    ("fresh key, set-up does not overlap", ("custom", 2, 18, 1, 1, 0)),
    ("a round a cycle, fresh key (measured)", ("iterative_256_digit16", 10, 1, 1, 1, 17)),
    ("a round a cycle, hash key kept", ("custom", 10, 20, 8, 10, 0))]
KEYS = ("nic.crypto.gcm.lane", "nic.crypto.gcm.lanes", "nic.crypto.gcm.custom.base_cycles",
        "nic.crypto.gcm.custom.aad_block_cycles", "nic.crypto.gcm.custom.text_block_cycles",
        "nic.crypto.gcm.custom.latency_more_cycles")

SWEEPS = [Sweep("designs", "traffic", {
    ",".join(KEYS): [":".join(str(value) for value in values) for _, values in DESIGNS],
    SIZED: sized(SIZES, 6_000_000)}, (*WIDE_CARD, *WIDE_HOST, *BACK_TO_BACK, f"nic.mac.speed={PORT}Gbps"),
        CARD)]


class Found:
    """One design and size."""

    def __init__(self, points, values, size):
        wanted = {key.replace(".", "__"): value for key, value in zip(KEYS, values)}
        self.point = points.one(**wanted, traffic__a__sizes__bytes=f"{size}B")
        self.cycles = cycles(self.point, "nic_a.tx.stages.crypto")
        self.share = self.point.received() / port_rate(PORT * 1e9, size)


def time_table(found):
    """Where a short packet's time goes in the crypto of both cards, in ns."""
    point = found[0, 64].point
    parts = [("lane of the sender", "tx lanes"), ("key derivation of the receiver", "kdf"),
             ("lane of the receiver", "rx lanes")]
    rows = [[words, fixed(point.part(part)[1], 0)] for words, part in parts]
    return table(["part, 64 bytes", "takes, ns"], rows), sum(point.part(part)[1] for _, part in parts)


def picture(found):
    names = [str(size) for size in SIZES]
    axis = "bytes of a frame before PSP, FCS included"
    lines, shares = [], []
    for index, (words, values) in enumerate(DESIGNS):
        dashed = index in (1, 4)
        lanes = f"{values[1]} lanes: {words}"
        lines.append(Line(words, [(i, found[index, size].cycles) for i, size in enumerate(SIZES)], index,
                          dashed))
        shares.append(Line(lanes, [(i, 100 * found[index, size].share) for i, size in enumerate(SIZES)],
                           index, dashed))
    return draw("Cycles of a lane for a packet, and what of a port is reached", [
        Panel("Cycles for which a packet takes a lane", Axis(axis, "names", names=names),
              Axis("cycles", "log", low=2, high=10000), lines),
        Panel(f"A port of {PORT} Gb/s with lanes of about the same area", Axis(axis, "names", names=names),
              Axis("% of the port", low=0, high=105, ticks=[0, 20, 40, 60, 80, 100]), shares)])


def tables(found):
    header = ["frame", *(words for words, _ in DESIGNS)]
    taken = table(header, [[f"{size} B", *(fixed(found[index, size].cycles, 1)
                                           for index in range(len(DESIGNS)))] for size in SIZES])
    reached = table(header, [[f"{size} B", *(percent(found[index, size].share)
                                             for index in range(len(DESIGNS)))] for size in SIZES])
    return taken, reached


def area(one):
    crypto = one.point.report["crypto"]
    return crypto["lanes_each_way"] * crypto["lane_gates"]


def answer(found, crypto_ns, claims):
    overlap, bound, serial, turns, kept = (
        {size: found[index, size].cycles for size in SIZES} for index in range(len(DESIGNS)))
    kdf = found[0, 64].point.part("kdf")
    return bullets([
        "**In a pipelined lane a fresh key a packet is nearly free.** "
        + claims.that(all(overlap[size] - bound[size] < 1.01 for size in SIZES),
                      "It costs one cycle a packet at the most")
        + ": AES makes the hash key and the tag mask while GHASH still has the packet before. That cycle is "
        "GHASH's, for the length block, so keeping keys would not save it either. Without it a lane would "
        f"gain {percent(1 - bound[64] / overlap[64])} at 64 bytes and "
        f"{percent(1 - bound[1518] / overlap[1518], 1)} at 1518: that is the most there is to gain.",
        "**What is dear is set-up that does not overlap.** A lane that has to be empty before the next key "
        f"takes {number(serial[64] / overlap[64], 2)} times as long for a packet of 64 bytes and "
        f"{percent(serial[1518] / overlap[1518] - 1)} longer for one of 1518: two of them carry "
        f"{percent(found[2, 64].share)} of {PORT} Gb/s at 64 bytes, where two that overlap carry "
        + f"{percent(found[0, 64].share)}. " + claims.that(
            found[2, 1518].share > 0.97, "Full packets do not show it: the port is full with either")
        + ".",
        "**A lane that takes a round a cycle pays for it in time**: the hash key costs it "
        f"{fixed(turns[64] - kept[64])} cycles of {fixed(turns[64])} at 64 bytes "
        f"({percent(1 - kept[64] / turns[64])}), {percent(1 - kept[1518] / turns[1518], 1)} at 1518. "
        + claims.that(abs(area(found[3, 64]) / area(found[0, 64]) - 1) < 0.05,
                      "Ten such lanes have the area of two pipelined ones")
        + "; " + claims.that(all(found[3, size].share < 0.95 for size in SIZES),
                             "they do not fill the port at any size")
        + f" ({percent(found[3, 1518].share)} at 1518).",
        f"**The receiver pays a latency, not a rate**: deriving the key takes {fixed(kdf[1])} ns, "
        + claims.that(kdf[0] < 5, "without a queue in front of it")
        + f", of {fixed(crypto_ns)} ns in the crypto of both cards together and some microseconds from host "
        "to host. [receive_keys](receive_keys.md) sizes the units.",
        "**The price is in area and wires, and it is paid already**: key expansion travels with each block "
        "through the stages of AES. What a lane with keys kept would save there was not synthesised; it "
        "would have to read 11 or 15 round keys of 128 bits and a hash key for each packet, 1.5 to 2 kbit "
        "where a fresh key is 128 or 256 bits."])


def find(points, claims):
    found = {(index, size): Found(points["designs"], values, size)
             for index, (_, values) in enumerate(DESIGNS) for size in SIZES}
    times, crypto_ns = time_table(found)
    taken, reached = tables(found)
    summary = (
        "one cycle a packet at the most in a pipelined lane that overlaps set-up with the packet before, and "
        f"{fixed(found[0, 64].point.part('kdf')[1])} ns of key derivation on receive; a lane that does not "
        f"overlap carries {percent(found[2, 64].share / found[0, 64].share)} of the packets of 64 bytes")
    return Findings(summary, picture(found), {"cycles": taken, "reached": reached, "times": times,
                                              "answer": answer(found, crypto_ns, claims)})
