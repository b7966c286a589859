# SPDX-License-Identifier: Apache-2.0
"""What overloaded crypto does to packets in clear, with a part of the buffers of its own and without."""
from study.chart import Axis, Line, Panel, draw
from study.runs import PS_PER_US, Sweep
from study.text import Findings, bullets, fixed, percent, table

CAPACITY_GBPS = 51.2  # of plain frames of 1000 bytes: one lane of 128 bits a cycle at 400 MHz
LOADS = [25, 50, 75, 90, 100, 110, 125, 150, 200]  # percent of it
# Words, and lanes, their clock, unit of key derivation, its clock. A key every 156 ns is what packets of
# 1000 bytes at the capacity need.
CRYPTO = [("sender", "1:400MHz:pipelined:1GHz"), ("receiver", "2:1GHz:iterative:90MHz")]
# Words, and the parts of the packet buffers that packets may hold until they are out of the crypto.
PARTS = [("three quarters", "96KiB:384KiB"), ("all of it", "128KiB:512KiB")]
CRYPTO_KEYS = "nic.crypto.gcm.lanes,nic.crypto.gcm.clock,nic.crypto.kdf.unit,nic.crypto.kdf.clock"
PART_KEYS = "nic.tx.crypto_buffer,nic.rx.psp_buffer"

SWEEPS = [Sweep("loads", "mix", {
    CRYPTO_KEYS: [values for _, values in CRYPTO], PART_KEYS: [values for _, values in PARTS],
    "mix.psp_rate": [f"{round(CAPACITY_GBPS * load * 10)}Mbps" for load in LOADS]},
    ("mix.clear_rate=50Gbps", "mix.frame_bytes=1000", "faults.overload=true"))]


class Found:
    """One overload, part and load: both kinds of packets."""

    def __init__(self, points, crypto, part, load):
        keys = dict(zip(CRYPTO_KEYS.split(","), crypto.split(":")))
        keys.update(zip(PART_KEYS.split(","), part.split(":")))
        wanted = {key.replace(".", "__"): value for key, value in keys.items()}
        point = points.one(**wanted, mix__psp_rate=f"{round(CAPACITY_GBPS * load * 10)}Mbps")
        kinds = {kind["name"]: kind for kind in point.report["summary"]["parts"]}
        self.clear, self.psp = kinds["clear"], kinds["psp"]
        drops = point.statistic("nic_b.drops")
        self.psp_drops, self.drops = drops["rx_psp_overflow"], drops["rx_overflow"]

    @staticmethod
    def rate(kind):
        return kind["goodput_bps"] / 1e9

    @staticmethod
    def tail(kind):
        return kind["latency"]["p99"] / PS_PER_US

    @staticmethod
    def lost(kind):
        """Of what the sender's card has taken."""
        return 1 - kind["received"] / kind["sent"]

    @staticmethod
    def not_sent(kind):
        """What found the queue of the sender's card full."""
        return 1 - kind["sent"] / kind["offered"]


def load_table(found, crypto):
    rows = []
    for load in LOADS:
        row = [f"{load} %"]
        for part, _ in PARTS:
            one = found[crypto, part, load]
            row += [fixed(one.rate(one.clear), 1), fixed(one.tail(one.clear), 2),
                percent(one.lost(one.clear)),
                    fixed(one.rate(one.psp), 1), fixed(one.tail(one.psp), 1), percent(one.lost(one.psp))]
        rows.append(row)
    header = ["offered"]
    for part, _ in PARTS:
        header += [f"{part}: clear, Gb/s", "p99, us", "lost", "PSP, Gb/s", "p99, us", "lost"]
    return table(header, rows, left=0)


def picture(found):
    rates, tails, colour = [], [], 0
    for crypto, _ in CRYPTO:
        for part, _ in PARTS:
            ones = [found[crypto, part, load] for load in LOADS]
            words = f"in clear, {crypto} overloaded, PSP may hold {part}"
            rates.append(Line(words, [(load, one.rate(one.clear)) for load, one in zip(LOADS, ones)], colour))
            tails.append(Line(words, [(load, one.tail(one.clear)) for load, one in zip(LOADS, ones)], colour))
            colour += 1
    for crypto, _ in CRYPTO:
        ones = [found[crypto, PARTS[0][0], load] for load in LOADS]
        rates.append(Line(f"PSP, {crypto} overloaded", [(load, one.rate(one.psp))
                                                        for load, one in zip(LOADS, ones)], colour, True))
        colour += 1
    axis = f"offered to the crypto, % of what it can do ({CAPACITY_GBPS} Gb/s)"
    return draw("Rate and p99 latency of packets in clear beside overloaded crypto", [
        Panel("Payload received: 50 Gb/s offered in clear, PSP beside it",
              Axis(axis, low=20, high=200, ticks=LOADS), Axis("Gb/s", low=0, high=62, ticks=[0, 20, 40,
                  60]), rates),
        Panel("p99 latency of packets in clear", Axis(axis, low=20, high=200, ticks=LOADS), Axis("us",
            low=0), tails,
              legend=False)])


def answer(found, claims):
    kept, whole = PARTS[0][0], PARTS[1][0]
    worst = {crypto: found[crypto, kept, LOADS[-1]] for crypto, _ in CRYPTO}
    bare = {crypto: found[crypto, whole, LOADS[-1]] for crypto, _ in CRYPTO}
    base = {crypto: found[crypto, kept, LOADS[0]] for crypto, _ in CRYPTO}
    sender, receiver = CRYPTO[0][0], CRYPTO[1][0]
    later = {crypto: worst[crypto].tail(worst[crypto].clear) - base[crypto].tail(base[crypto].clear)
             for crypto in worst}
    return bullets([
        "**With a part of the buffers of its own, overloaded crypto leaves packets in clear alone**: "
        + claims.that(all(one.rate(one.clear) > 0.98 * base[crypto].rate(base[crypto].clear)
                          and one.lost(one.clear) == 0 for crypto, one in worst.items()),
                      "at twice what the crypto can do they lose nothing and keep their rate")
        + f", and their p99 is {fixed(later[sender], 2)} us later if the sender is overloaded, "
        f"{fixed(later[receiver], 2)} us if the receiver is.",
        "**" + claims.that(bare[receiver].lost(bare[receiver].clear) > 0.1,
                           "Without it the receiver drops packets in clear")
        + f"**: at 200 % {percent(bare[receiver].lost(bare[receiver].clear))} of them are lost"
        + ", because packets that wait for a key fill all of the buffer and the wire does not wait. At the "
        "sender "
        + claims.that(bare[sender].lost(bare[sender].clear) == 0
                      and bare[sender].tail(bare[sender].clear) > worst[sender].tail(worst[sender].clear),
                      "nothing is lost, but packets in clear are later")
        + f": p99 {fixed(bare[sender].tail(bare[sender].clear), 2)} us instead of "
        f"{fixed(worst[sender].tail(worst[sender].clear), 2)}, as their queue waits for room.",
        "**The price is paid where the overload is.** A sender's queue is full: "
        + claims.that(worst[sender].lost(worst[sender].psp) == 0
                      and worst[sender].not_sent(worst[sender].psp) > 0.2,
                      "what the card takes it sends")
        + f", {percent(worst[sender].not_sent(worst[sender].psp))} of the PSP packets stay with the host, "
        "which a stack notices at once, and p99 of the others is "
        f"{fixed(worst[sender].tail(worst[sender].psp))} us, a ring's worth. A receiver cannot hold anybody "
        f"back: it drops {percent(worst[receiver].lost(worst[receiver].psp))} of the PSP packets at 200 %, "
        f"and what passes has waited {fixed(worst[receiver].tail(worst[receiver].psp))} us at p99, which is "
        "its part of the buffer at the rate of the crypto.",
        "**So:** size the crypto for the port ([lanes](lanes.md), [receive_keys](receive_keys.md)); where it "
        "is not, a limit on what may wait for it costs a quarter of a buffer that would be full anyway."])


def find(points, claims):
    found = {(crypto, part, load): Found(points["loads"], values, room, load)
             for crypto, values in CRYPTO for part, room in PARTS for load in LOADS}
    worst, bare = (found["receiver", part, LOADS[-1]] for part, _ in PARTS)
    summary = (
        "not with a part of the buffers of its own: packets in clear lose nothing at twice what the crypto "
        f"can do. Without, an overloaded receiver drops {percent(bare.lost(bare.clear))} of them")
    claims.that(worst.lost(worst.clear) == 0, "packets in clear lose nothing")
    return Findings(summary, picture(found), {"sender": load_table(found, "sender"),
                                              "receiver": load_table(found, "receiver"),
                                              "answer": answer(found, claims)})
