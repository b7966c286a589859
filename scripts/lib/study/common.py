# SPDX-License-Identifier: Apache-2.0
"""What several studies have in common: a card on which nothing limits but what is studied."""

# Buffers, rings and tags that hold several times what is under way. Losses at an overloaded receiver are
# part of the result, not a fault.
WIDE_CARD = ("nic.pcie.tags=1024", "nic.tx.buffer=1MiB", "nic.tx.crypto_buffer=512KiB",
             "nic.tx.class_buffer=1MiB", "nic.tx.fetch_window=128KiB", "nic.tx.queue_packets=128",
             "nic.crypto.gcm.queue_packets=512", "nic.crypto.kdf.queue_packets=64",
             "nic.rx.buffer=1MiB", "nic.rx.psp_buffer=768KiB", "nic.rx_queue.cache_descriptors=1024",
             "faults.overload=true")
WIDE_HOST = ("host.queue_pairs=16", "host.ring=4064", "host.itr=2us")
# UDP over IPv4 as fast as the card takes it; sizes are of frames with FCS, before PSP.
BACK_TO_BACK = ("traffic.flows=64", "traffic.mss=9100", "traffic.a.sizes.of=frame",
                "traffic.a.arrivals.kind=back_to_back")

PSP_BYTES = 40    # UDP and PSP headers, ICV
GAP_BYTES = 20    # preamble, delimiter, gap between frames

NAMES = {"nic_b.pcie.upstream": "PCIe of the receiver", "nic_a.pcie.downstream": "PCIe of the sender",
         "nic_a.tx.stages.mac": "port", "nic_a.tx.stages.crypto": "lanes", "nic_b.rx.stages.crypto": "lanes",
         "nic_a.tx.stages.parse": "parser", "nic_b.rx.stages.parse": "parser",
         "nic_a.tx.stages.edit": "parser", "nic_b.rx.stages.place": "parser",
         "nic_b.rx.stages.kdf": "key derivation"}


def limit(point):
    """Name of the busiest block, or of what packets wait for where none is busy."""
    blocks = point.report["summary"]["blocks"]
    if blocks[0]["utilisation"] < 0.95 and point.statistic("nic_a.tx_fetch.sa.waited") > 0.5:
        return "misses of SAs"
    return NAMES.get(blocks[0]["name"], blocks[0]["name"])


def port_rate(speed, frame):
    """Packets a second that a port of `speed` bits a second carries of frames that become PSP packets."""
    return speed / (8 * (max(frame, 64) + PSP_BYTES + GAP_BYTES))


def sized(sizes, wire_bytes=10_000_000, least=4000):
    """Values for `traffic.a.sizes.bytes,packets`: so many packets of each size that runs are as long."""
    return [f"{size}B:{max(least, wire_bytes // (size + PSP_BYTES + GAP_BYTES))}" for size in sizes]


SIZED = "traffic.a.sizes.bytes,packets"


def cycles(point, stage, clock=1e9):
    """Mean cycles that a server of a stage is taken by a packet."""
    at, stage = stage.split(".", 1)
    servers = point.report["crypto"]["kdf_units" if stage.endswith("kdf") else "lanes_each_way"]
    time = point.report["summary"]["window_ps"] * servers
    items = point.statistic(f"{at}.{stage}.items")
    return point.statistic(f"{at}.{stage}.busy") * time * clock / 1e12 / items
