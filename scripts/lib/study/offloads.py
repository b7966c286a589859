# SPDX-License-Identifier: Apache-2.0
"""What segmentation by the sender's card and coalescing by the receiver's gain under PSP."""
from study.chart import Axis, Line, Panel, draw
from study.common import limit
from study.runs import Sweep
from study.text import Findings, bullets, fixed, number, percent, table

CARD = "model/nic/cards/200g.json"
SIZES = [(64, 80000), (256, 60000), (512, 40000), (1408, 30000), (8900, 6000)]
CASES = [("neither", "0B", "false"), ("TSO", "64000B", "false"), ("coalescing", "0B", "true"),
         ("both", "64000B", "true")]
FLOWS = 16

SWEEPS = [Sweep("offloads", "stream", {
    "stream.psp": ["true", "false"],
    "stream.payload_bytes,packets": [f"{size}:{packets}" for size, packets in SIZES],
    "stream.tso,host.gro": [f"{tso}:{gro}" for _, tso, gro in CASES]},
    (f"stream.flows={FLOWS}", "stream.window=16MiB", "host.queue_pairs=4", "host.ring=4064",
     "nic.crypto.gcm.lanes=3", "nic.crypto.gcm.queue_packets=16", "faults.overload=true"), CARD)]


class Found:
    """One size and case; counts are for a packet of the wire."""

    def __init__(self, points, size, case, psp="true"):
        _, tso, gro = case
        self.point = point = points.one(stream__psp=psp, stream__payload_bytes=size, stream__tso=tso,
                                        host__gro=gro)
        way = point.report["summary"]["a_to_b"]
        sent, received, drivers = way["sent"], way["received"], point.report["drivers"]
        self.rate = point.goodput()
        self.frames = drivers["host_a"]["tx_frames"]["value"] / sent
        self.descriptors = point.statistic("nic_a.tx_queues.descriptors") / sent
        self.reports = point.statistic("nic_a.tx_completions.written") / sent
        self.down = point.statistic("nic_a.pcie.downstream.bytes") / (sent * size)
        self.up = point.statistic("nic_b.pcie.upstream.bytes") / (received * size)
        self.buffers = point.statistic("nic_b.rx_queues.descriptors") / received
        self.completions = point.statistic("nic_b.rx_queues.completions") / received
        self.frames_up = drivers["host_b"]["rx_frames"]["value"] / received
        self.added = point.statistic("nic_b.rx.gro.added_latency.mean")


def rate_table(found, clear):
    rows = []
    for size, _ in SIZES:
        row = [f"{size} B"]
        for case in CASES:
            one = found[size, case]
            row += [f"{fixed(one.rate / 1e9, 1)}, {limit(one.point)}", fixed(clear[size, case].rate / 1e9, 1)]
        rows.append(row)
    header = ["payload"]
    for case in CASES:
        header += [f"{case[0]}: Gb/s, limit", "in clear"]
    return table(header, rows)


def sender_table(found):
    rows = []
    for size, _ in SIZES:
        for case in CASES[:2]:
            one = found[size, case]
            rows.append([f"{size} B", case[0], fixed(one.frames, 3), fixed(one.descriptors, 3),
                         fixed(one.reports, 3), fixed(one.down, 3)])
    return table(["payload", "", "frames of the driver", "descriptors", "completions",
                  "PCIe bytes a byte of payload, down"], rows, left=2)


def receiver_table(found):
    rows = []
    for size, _ in SIZES:
        for case in (CASES[0], *CASES[2:]):
            one = found[size, case]
            rows.append([f"{size} B", case[0], fixed(one.frames_up, 3), fixed(one.completions, 3),
                         fixed(one.buffers, 3), fixed(one.up, 3),
                         fixed(one.added / 1e6, 1) if one.added else ""])
    return table(["payload", "", "frames to the stack", "completions", "buffers",
                  "PCIe bytes a byte of payload, up", "later by, us (mean)"], rows, left=2)


def picture(found):
    names = [str(size) for size, _ in SIZES]
    rates = [Line(case[0], [(i, found[size, case].rate / 1e9) for i, (size, _) in enumerate(SIZES)], colour)
             for colour, case in enumerate(CASES)]
    neither, tso, gro, both = CASES
    links = [("sender, down, without TSO", neither, "down", 0, False), ("sender, down, with TSO", tso,
        "down", 1, False),
             ("receiver, up, without coalescing", neither, "up", 2, True),
             ("receiver, up, coalescing", gro, "up", 3, True), ("receiver, up, both", both, "up", 4, True)]
    bytes_ = [Line(words, [(i, getattr(found[size, case], way)) for i, (size, _) in enumerate(SIZES)], colour,
                   dashed) for words, case, way, colour, dashed in links]
    axis = "bytes of TCP payload in a packet"
    return draw("Rate, and PCIe bytes a byte of payload, with TSO and coalescing", [
        Panel(f"Payload received, 200 Gb/s port, PCIe 4.0, {FLOWS} flows", Axis(axis, "names", names=names),
              Axis("Gb/s", low=0, high=210, ticks=[0, 50, 100, 150, 200]), rates),
        Panel("PCIe bytes for a byte of payload", Axis(axis, "names", names=names),
              Axis("bytes", "log", low=1, high=5, ticks=[1, 1.5, 2, 3, 4, 5]), bytes_)])


def answer(found, clear, claims):
    neither, tso, gro, both = CASES
    full = {case: found[1408, case] for case in CASES}
    small = {case: found[64, case] for case in CASES}
    gain = {size: found[size, both].rate / found[size, neither].rate - 1 for size, _ in SIZES}
    in_clear = clear[64, both].rate / clear[64, neither].rate - 1
    return bullets([
        "**The host gains most.** At 1408 bytes TSO makes one frame of the driver out of "
        f"{number(1 / full[tso].frames, 2)} packets, "
        f"{number(full[neither].descriptors / full[tso].descriptors, 2)} times fewer descriptors and "
        f"{number(full[neither].reports / full[tso].reports, 2)} times fewer completions; coalescing hands "
        f"up one frame for {number(1 / full[gro].frames_up, 2)} packets, for "
        f"{number(1 / full[both].frames_up, 2)} if the sender has used TSO, as a flow's packets then come in "
        "a row (four queues take turns, so the time-out cuts a frame of 45 packets in two).",
        "**The rate of full packets gains nothing**: "
        + claims.that(abs(gain[1408]) < 0.02 and abs(gain[8900]) < 0.02,
                      "the port is full without either, and the rate is the same within 2 %")
        + f". PCIe bytes fall by {percent(1 - full[tso].down / full[neither].down)} at the sender and by "
        f"{percent(1 - full[gro].up / full[neither].up)} at the receiver, which is room for other traffic.",
        "**Short segments gain what the receiver's PCIe has held back.** At 64 bytes of payload coalescing "
        f"needs {number(small[gro].up, 3)} bytes upstream for a byte of payload instead of "
        f"{number(small[neither].up, 3)}, and the rate rises by {percent(gain[64])} ({percent(gain[256])} at "
        "256): " + claims.that(
            limit(small[neither].point) == "PCIe of the receiver" and limit(small[both].point) == "port",
            "the limit moves from the receiver's PCIe to the port")
        + ". TSO alone "
        f"{claims.that(abs(small[tso].rate / small[neither].rate - 1) < 0.02, 'does not move it')}, as the "
        f"sender's link is not the limit; it lowers the sender's bytes from {number(small[neither].down, 3)} "
        f"to {number(small[tso].down, 3)}.",
        f"**PSP takes from the gain**: in clear it is {percent(in_clear)} at 64 bytes, with PSP "
        f"{percent(gain[64])}. PSP's 40 bytes are on the wire of each packet, whoever cuts it; on PCIe a PSP "
        "packet of the driver's own has one descriptor more, and its headers are read and written, unless "
        "the card merges or cuts.",
        f"**Coalescing costs latency**: {number(full[gro].added / 1e6, 2)} us in the mean at 1408 bytes, "
        f"half of the time-out (`nic.rx.gro.timeout`), as {FLOWS} flows in turns do not fill a frame in it; "
        f"{number(small[both].added / 1e6, 2)} us at 64 bytes with TSO, where 64 packets of a flow come in a "
        "row."])


def find(points, claims):
    sweep = points["offloads"]
    found = {(size, case): Found(sweep, size, case) for size, _ in SIZES for case in CASES}
    clear = {(size, case): Found(sweep, size, case, "false") for size, _ in SIZES for case in CASES}
    both, neither = CASES[3], CASES[0]
    small = found[64, both].rate / found[64, neither].rate - 1
    summary = (
        "at full packets nothing in rate, but one frame of the host for "
        f"{number(1 / found[1408, both].frames, 2)} packets sent and "
        f"{number(1 / found[1408, both].frames_up, 2)} received; at 64 bytes of payload coalescing gains "
        f"{percent(small)}, as it takes the receiver's PCIe out of the way")
    return Findings(summary, picture(found), {
        "rate": rate_table(found, clear), "sender": sender_table(found), "receiver": receiver_table(found),
        "answer": answer(found, clear, claims)})
