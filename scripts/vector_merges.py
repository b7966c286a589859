# SPDX-License-Identifier: Apache-2.0
"""HW-GRO examples for make_vectors.py: frames that arrive one after the other, and what a host gets of them.

The rules of merging, docs/psp.md, are written here a second time, over what the packets say and not over
their bytes."""
import dataclasses
import itertools
import struct

from vector_packets import (IPV4, IPV6, TCP, UDP, Psp, ethernet, ip_header, ones_sum,
                            pseudo_header, stream, udp_around)

FIN, SYN, PSH, ACK, URG, ECE, CWR = 0x01, 0x02, 0x08, 0x10, 0x20, 0x40, 0x80
ICV_BYTES = 16
MOST_SEGMENTS, MOST_BYTES = 64, 65535  # of a merged packet; defaults of nic.rx.gro


@dataclasses.dataclass(frozen=True)
class Shape:
    """Which headers; the same for all packets of an example."""
    name: str
    family: int = 4
    mode: str = ""  # transport, tunnel; none: no PSP
    outer_family: int = 4
    vlans: tuple = ()


@dataclasses.dataclass(frozen=True)
class Segment:
    """What one packet says."""
    shape: Shape
    payload: bytes
    sequence: int = 0xFFFFFF40
    ack: int = 2000
    flags: int = ACK
    window: int = 512
    port: int = 40000
    stamps: tuple = (100, 50)  # TSval, TSecr; None: no option
    other_options: bytes = b""
    ident: int = 0xFFFE
    outer_ident: int = 0x1234
    may_fragment: bool = False
    tos: int = 0
    outer_tos: int = 0
    ttl: int = 64
    ip_options: bytes = b""
    psp: dict = dataclasses.field(default_factory=lambda: {"version": 0, "spi": 0x900})
    udp_checksum: bytes = b"\0\0"
    damaged: str = ""  # "icv", "tcp", "ip"

    def next(self, payload_bytes=None, **changes):
        """The one that a sender sends behind it."""
        size = len(self.payload) if payload_bytes is None else payload_bytes
        following = {"payload": stream(f"{self.shape.name} {self.sequence}", size),
                     "sequence": (self.sequence + len(self.payload)) % 2**32,
                     "ident": (self.ident + 1) % 2**16, "outer_ident": (self.outer_ident + 1) % 2**16,
                     "psp": {**self.psp, "iv": self.psp.get("iv", 1) + 1250}}
        return dataclasses.replace(self, **{**following, **changes})


def edit_ip(ip, **values):
    """The header with TOS, TTL and the like as told, IPv4 with a right checksum."""
    head = bytearray(ip)
    if ip[0] >> 4 == 6:
        head[0:2] = struct.pack(">H", 0x6000 | values.get("tos", 0) << 4)
        head[7] = values.get("ttl", head[7])
        return bytes(head)
    head[1] = values.get("tos", 0)
    head[8] = values.get("ttl", head[8])
    if values.get("may_fragment"):
        head[6] = 0
    head[10:12] = b"\0\0"
    bytes_of_header = 4 * (head[0] & 15)
    head[10:12] = struct.pack(">H", 0xFFFF ^ ones_sum(bytes(head[:bytes_of_header])))
    return bytes(head)


def plain_packet(segment):
    """The IP packet next to TCP."""
    options = segment.other_options
    if segment.stamps:
        options = b"\1\1\x08\x0a" + struct.pack(">II", *segment.stamps) + options
    words = 5 + len(options) // 4
    ip = ip_header(segment.shape.family, TCP, 4 * words + len(segment.payload), segment.ip_options,
                   ident=segment.ident)
    ip = edit_ip(ip, tos=segment.tos, ttl=segment.ttl, may_fragment=segment.may_fragment)
    tcp = struct.pack(">HHIIBBHHH", segment.port, 443, segment.sequence, segment.ack, words << 4,
                      segment.flags, segment.window, 0, 0) + options + segment.payload
    checksum = 0xFFFF ^ ones_sum(pseudo_header(ip, TCP, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack(">H", checksum) + tcp[18:]
    if segment.damaged == "tcp":
        tcp = tcp[:-1] + bytes([tcp[-1] ^ 1])
    packet = ip + tcp
    if segment.damaged == "ip":
        packet = packet[:10] + bytes([packet[10] ^ 1]) + packet[11:]
    return packet


def around(segment, content_of, icv):
    """The frame with UDP and PSP headers; `content_of` seals or not."""
    shape, plain = segment.shape, plain_packet(segment)
    family = shape.family
    head_bytes = 40 if family == 6 else 20
    if shape.mode == "transport":
        next_header, payload, ip_family = TCP, plain[head_bytes:], family
        ident, values = segment.ident, {"tos": segment.tos, "ttl": segment.ttl,
                                        "may_fragment": segment.may_fragment}
    else:
        next_header, payload, ip_family = (IPV4 if family == 4 else IPV6), plain, shape.outer_family
        ident, values = segment.outer_ident, {"tos": segment.outer_tos}
    udp = udp_around(content_of(Psp(**segment.psp), next_header, payload) + icv, 50000)
    udp = udp[:6] + segment.udp_checksum + udp[8:]
    ip = ip_header(ip_family, UDP, len(udp), tunnel=shape.mode == "tunnel", ident=ident)
    return ethernet(ip_family, edit_ip(ip, **values) + udp, shape.vlans)


def wire_frame(segment):
    if not segment.shape.mode:
        return ethernet(segment.shape.family, plain_packet(segment), segment.shape.vlans)
    frame = around(segment, lambda psp, kind, text: psp.seal(kind, text)[0], b"")
    return frame[:-1] + bytes([frame[-1] ^ 1]) if segment.damaged == "icv" else frame


def kept_frame(segment, merged):
    """As it comes up with the headers of PSP: opened; its ICV is still there unless it was merged."""
    if not segment.shape.mode:
        return wire_frame(segment)
    icv = b"" if merged else wire_frame(segment)[-ICV_BYTES:]
    return around(segment, lambda psp, kind, text: psp.header(kind) + text, icv)


def stripped_frame(segment):
    return ethernet(segment.shape.family, plain_packet(segment), segment.shape.vlans)


# Each rule of docs/psp.md, "Coalescing of PSP packets".

def may_be_merged(segment):
    return (not segment.damaged and segment.flags & ~(PSH | ECE) == ACK and len(segment.payload) > 0 and
            not segment.ip_options and segment.udp_checksum == b"\0\0")


def ids_follow(group, segment, name):
    """Up by one, or all the same where DF is set."""
    values = [getattr(one, name) for one in group] + [getattr(segment, name)]
    counted = all(value == (values[0] + i) % 2**16 for i, value in enumerate(values))
    stays_allowed = not segment.may_fragment or (name == "outer_ident" and segment.shape.mode == "tunnel")
    return counted or (stays_allowed and len(set(values)) == 1)


def follows(group, segment):
    first, last = group[0], group[-1]
    equal = ("shape", "flags", "window", "port", "other_options", "tos", "outer_tos", "ttl", "may_fragment")
    values = [[getattr(one, name) for name in equal] for one in (first, segment)]
    values[0][1], values[1][1] = first.flags & ~PSH, segment.flags & ~PSH
    keys = [{name: value for name, value in one.psp.items() if name != "iv"} for one in (first, segment)]
    if values[0] != values[1] or (first.shape.mode and keys[0] != keys[1]):
        return False
    if (first.stamps is None) != (segment.stamps is None):
        return False
    later = [(segment.ack - last.ack) % 2**32]
    if segment.stamps:
        later += [(new - old) % 2**32 for new, old in zip(segment.stamps, last.stamps)]
    if any(step >= 2**31 for step in later):
        return False
    if segment.sequence != (last.sequence + len(last.payload)) % 2**32:
        return False
    inner_v4, outer_v4 = segment.shape.family == 4, segment.shape.outer_family == 4
    if inner_v4 and not ids_follow(group, segment, "ident"):
        return False
    if segment.shape.mode == "tunnel" and outer_v4 and not ids_follow(group, segment, "outer_ident"):
        return False
    return len(segment.payload) <= len(first.payload) and len(group) < MOST_SEGMENTS


def ends(group):
    last = group[-1]
    return bool(last.flags & PSH) or len(last.payload) < len(group[0].payload) or len(group) == MOST_SEGMENTS


def coalesce(segments):
    """Groups of segments in the order in which they come up."""
    growing, groups = {}, []
    for segment in segments:
        if segment.damaged == "icv":
            continue  # dropped
        flow = segment.port
        if flow in growing and not (may_be_merged(segment) and follows(growing[flow], segment)):
            groups.append(growing.pop(flow))
        if not may_be_merged(segment) or (flow not in growing and segment.flags & PSH):
            groups.append([segment])
            continue
        growing.setdefault(flow, []).append(segment)
        if len(growing[flow]) > 1 and ends(growing[flow]):
            groups.append(growing.pop(flow))
    return groups + list(growing.values())  # at the time-out, the one opened first before the others


def host_frame(group, stripped):
    """(frame, payload bytes of its segments or None: it is one packet)."""
    segment, last = group[0], group[-1]
    if len(group) > 1:
        segment = dataclasses.replace(
            segment, payload=b"".join(one.payload for one in group), ack=last.ack, stamps=last.stamps,
            flags=segment.flags | last.flags & PSH)
    plain = not segment.shape.mode
    frame = stripped_frame(segment) if stripped and not plain else kept_frame(segment, len(group) > 1)
    return frame, len(group[0].payload) if len(group) > 1 else None


def train(shape, count=3, size=24, **changes):
    """`count` segments that follow each other."""
    segments = [Segment(shape, stream(shape.name, size), **changes)]
    while len(segments) < count:
        segments.append(segments[-1].next())
    return segments


def changed(shape, size=24, **changes):
    """Five segments; from the third on something is different."""
    segments = train(shape, 2, size)
    for _ in range(3):
        segments.append(segments[-1].next())
        if len(segments) == 3:
            segments[2] = dataclasses.replace(segments[2], **changes)
    return segments


def one_differs(of_shape, **changes):
    """Five segments of which only the third is different."""
    segments = train(of_shape, 5)
    segments[2] = dataclasses.replace(segments[2], **changes)
    return segments


def order_examples(shape):
    five = train(shape, 5)
    yield "in_order", five
    yield "one_alone", five[:1]
    yield "missing", five[:2] + five[3:]
    yield "twice", five[:3] + five[2:]
    yield "swapped", [five[0], five[2], five[1], five[3], five[4]]
    yield "sizes_of_one_byte", train(shape, 4, 1)
    yield "odd_sizes", train(shape, 4, 33)
    yield "third_is_shorter", five[:2] + [dataclasses.replace(five[2], payload=bytes(17))] + five[3:]
    yield "third_is_longer", five[:2] + [dataclasses.replace(five[2], payload=bytes(25))]
    if shape.name in ("plain4", "tunnel6in4"):
        yield "more_than_64", train(shape, 66, 8)
    other = [dataclasses.replace(one, port=40001) for one in five]
    yield "two_flows", [one for pair in zip(five, other) for one in pair]


def flag_examples(shape):
    for name, flags in (("psh", ACK | PSH), ("fin", ACK | FIN), ("syn", ACK | SYN), ("urg", ACK | URG),
                        ("cwr", ACK | CWR), ("ece", ACK | ECE), ("no_ack", PSH)):
        yield f"third_{name}", one_differs(shape, flags=flags)
    yield "psh_first", [dataclasses.replace(one, flags=ACK | PSH if i == 0 else ACK)
                        for i, one in enumerate(train(shape, 3))]
    yield "ece_on_all", train(shape, 3, flags=ACK | ECE)
    four = train(shape, 4)
    yield "acknowledgement_between", four[:2] + [four[1].next(0)] + four[2:]


def header_examples(shape):
    yield "ack_advances", one_differs(shape, ack=2500)[:3]
    yield "ack_goes_back", one_differs(shape, ack=1999)
    yield "ack_over_zero", [dataclasses.replace(one, ack=(0xFFFFFFFE + i) % 2**32)
                            for i, one in enumerate(train(shape, 4))]
    yield "stamps_advance", [dataclasses.replace(one, stamps=(100 + i, 50 + i // 2))
                             for i, one in enumerate(train(shape, 4))]
    yield "stamp_goes_back", one_differs(shape, stamps=(99, 50))
    yield "echo_goes_back", one_differs(shape, stamps=(100, 49))
    yield "no_stamps", train(shape, 3, stamps=None)
    yield "third_without_stamps", one_differs(shape, stamps=None)
    sack = bytes.fromhex("0101050a") + bytes(8)
    yield "options_on_all", train(shape, 3, other_options=sack)
    yield "options_on_third", one_differs(shape, other_options=sack)
    yield "window", changed(shape, window=511)
    yield "tos", one_differs(shape, tos=4)
    yield "ttl", one_differs(shape, ttl=63)
    yield "tcp_checksum_wrong", one_differs(shape, damaged="tcp")
    if shape.family == 4:
        yield "id_stays", [dataclasses.replace(one, ident=7) for one in train(shape, 3)]
        yield "id_jumps", one_differs(shape, ident=9)
        yield "id_stays_may_fragment", [dataclasses.replace(one, ident=7)
                                        for one in train(shape, 3, may_fragment=True)]
        yield "id_counts_may_fragment", train(shape, 3, may_fragment=True)


def psp_examples(shape):
    spi = {"version": 0, "spi": 0x901, "iv": 9}
    yield "spi", one_differs(shape, psp=spi)
    yield "rotation", changed(shape, psp={"version": 0, "spi": 0x80000900, "iv": 9})
    yield "version", one_differs(shape, psp={"version": 1, "spi": 0x900, "iv": 9})
    yield "crypt_offset", one_differs(shape, psp={"version": 0, "spi": 0x900, "iv": 9, "offset": 1})
    yield "cookie", one_differs(shape, psp={"version": 0, "spi": 0x900, "iv": 9, "vc": 5})
    yield "cookies_on_all", train(shape, 3, psp={"version": 1, "spi": 0x900, "vc": 0x1122334455667788})
    yield "gmac", train(shape, 3, psp={"version": 2, "spi": 0x900})
    yield "icv_wrong", one_differs(shape, damaged="icv")
    yield "iv_goes_back", one_differs(shape, psp={"version": 0, "spi": 0x900, "iv": 0})
    if shape.mode == "tunnel" and shape.outer_family == 4:
        yield "outer_id_jumps", one_differs(shape, outer_ident=9)
        yield "outer_id_stays", [dataclasses.replace(one, outer_ident=7) for one in train(shape, 3)]
    if shape.mode == "tunnel":
        yield "outer_tos", one_differs(shape, outer_tos=4)


def make_merges():
    """Examples of each rule: plain packets, transport mode and tunnels, headers kept and taken off."""
    shapes = [Shape("plain4"), Shape("plain6", 6), Shape("transport4", 4, "transport"),
              Shape("transport6", 6, "transport", 6), Shape("tunnel4in6", 4, "tunnel", 6),
              Shape("tunnel6in4", 6, "tunnel", 4, (7,)),
              Shape("tunnel4in4", 4, "tunnel", 4, (0x6123, 0x0456))]
    vectors = []
    for shape in shapes:
        examples = itertools.chain(order_examples(shape), flag_examples(shape), header_examples(shape),
                                   psp_examples(shape) if shape.mode else ())
        for what, segments in examples:
            vector = {"name": f"{shape.name}_{what}",
                      "frames": [wire_frame(one).hex() for one in segments]}
            groups = coalesce(segments)
            for headers in ("kept", "stripped") if shape.mode else ("kept",):
                merged = [host_frame(group, headers == "stripped") for group in groups]
                vector[headers] = [{"frame": frame.hex(), "segment_bytes": size}
                                   for frame, size in merged]
            vectors.append(vector)
    return vectors
