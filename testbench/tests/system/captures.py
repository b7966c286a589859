# SPDX-License-Identifier: Apache-2.0
"""Packet captures without any library: pcap of both byte orders and precisions, and pcapng."""
import struct

ETHERNET = 1
MICROSECONDS, NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
SNAP_BYTES = 262144


def pcap_header(order="<", magic=NANOSECONDS, link=ETHERNET):
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, SNAP_BYTES, link)


def pcap_record(frame, time_ns=0, original_bytes=None, order="<"):
    """A record of a capture with nanoseconds."""
    seconds, fraction = divmod(time_ns, 10**9)
    return struct.pack(order + "IIII", seconds, fraction, len(frame), original_bytes or len(frame)) + frame


def write_pcap(path, frames, order="<"):
    """Frames 1 us apart."""
    records = [pcap_record(frame, number * 1000, order=order) for number, frame in enumerate(frames)]
    path.write_bytes(pcap_header(order) + b"".join(records))


def _block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def write_pcapng(path, frames):
    """A section of one Ethernet interface; an unknown block in the middle must be skipped."""
    blocks = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
              _block(1, struct.pack("<HHI", ETHERNET, 0, SNAP_BYTES))]
    for number, frame in enumerate(frames):
        blocks.append(_block(6, struct.pack("<IIIII", 0, 0, number, len(frame), len(frame)) + frame))
        blocks.append(_block(0xBAD, b"of a later version"))
    path.write_bytes(b"".join(blocks))


def read_pcap(path):
    """The records of a little-endian capture with nanoseconds: a list of (time in ns, frame)."""
    data = path.read_bytes()
    magic, major, minor, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    if (magic, major, minor, link) != (NANOSECONDS, 2, 4, ETHERNET):
        raise ValueError(f"{path.name}: not a capture of Ethernet with nanoseconds")
    records, at = [], 24
    while at < len(data):
        seconds, nanoseconds, captured, original = struct.unpack_from("<IIII", data, at)
        at += 16
        if captured != original or at + captured > len(data):
            raise ValueError(f"{path.name}: packet {len(records) + 1} is not whole")
        records.append((seconds * 10**9 + nanoseconds, data[at:at + captured]))
        at += captured
    return records


def read_frames(path):
    return [frame for _, frame in read_pcap(path)]
