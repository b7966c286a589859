# SPDX-License-Identifier: Apache-2.0
"""Segmentation examples for make_vectors.py: what a driver hands over, and each segment on the wire."""
import itertools

from vector_packets import (DESTINATION_OPTIONS, DEVICE_KEYS, HOP_BY_HOP, IPV4, IPV6, TCP, UDP, Psp,
                            encapsulate, ethernet, ip_header, l4_packet, stream)

FIN, PSH, ACK, CWR = 0x01, 0x08, 0x10, 0x80
TIMESTAMPS = bytes.fromhex("0101080a1122334455667788")
FIRST_IDENT, FIRST_INNER_IDENT, FIRST_SEQUENCE = 0xFFFE, 0x1234, 0xFFFFFF80
IV_STEP = 1250  # one cycle of 800 MHz in picoseconds


class Shape:
    """The headers of one example."""

    def __init__(self, name, protocol, family, psp=None, mode="transport", outer_family=None, vlans=(),
                 options=b"", extensions=()):
        self.name, self.protocol, self.family, self.psp, self.mode = name, protocol, family, psp, mode
        self.outer_family = outer_family or family
        self.vlans, self.options, self.extensions = vlans, options, extensions
        self.source_port = 49152 + stream(name, 1)[0]

    def packet(self, payload, index=0, offset=0, first=True, last=True):
        """The IP packet that carries `payload`."""
        tcp_options = TIMESTAMPS if self.protocol == TCP else b""
        l4_bytes = len(payload) + (20 + len(tcp_options) if self.protocol == TCP else 8)
        tunnel = self.psp is not None and self.mode == "tunnel"
        ident = (FIRST_INNER_IDENT if tunnel else FIRST_IDENT) + index
        ip = ip_header(self.family, self.protocol, l4_bytes, self.options, ident=ident,
                       extensions=self.extensions)
        flags = ACK | (CWR if first else 0) | (PSH | FIN if last else 0)
        return ip + l4_packet(self.protocol, ip, payload, FIRST_SEQUENCE + offset, flags, tcp_options)

    def frames(self, packet, index=0, iv=0):
        """(frame of a driver, frame on the wire)."""
        if self.psp is None:
            return (ethernet(self.family, packet, self.vlans),) * 2
        self.psp.iv = iv
        driver, sealed, _ = encapsulate(self.psp, self.mode, packet, self.outer_family, self.source_port,
                                        self.vlans, self.extensions, FIRST_IDENT + index)
        return driver, sealed


def template_next_header(shape):
    if shape.mode == "tunnel":
        return IPV4 if shape.family == 4 else IPV6
    return shape.protocol


def segment_vector(shape, mss, payload_bytes, first_iv):
    payload = stream(shape.name, payload_bytes)
    template = shape.frames(shape.packet(payload))[0]
    segments, ivs = [], []
    for index, offset in enumerate(range(0, payload_bytes, mss)):
        part = payload[offset:offset + mss]
        packet = shape.packet(part, index, offset, offset == 0, offset + mss >= payload_bytes)
        ivs.append((first_iv + index * IV_STEP) % 2**64)
        segments.append(shape.frames(packet, index, ivs[-1])[1].ljust(60, b"\0").hex())
    psp = shape.psp
    return {
        "name": shape.name, "l4": "tcp" if shape.protocol == TCP else "udp", "mss": mss,
        "header_bytes": len(template) - payload_bytes, "mode": shape.mode if psp else None,
        "version": psp and psp.version, "spi": psp and f"{psp.spi:08x}",
        "device_key": psp and DEVICE_KEYS[psp.spi >> 31].hex(), "session_key": psp and psp.key().hex(),
        "psp_offset": psp and template.index(psp.header(template_next_header(shape), iv=0)),
        "ivs": [f"{iv:016x}" for iv in ivs] if psp else None, "driver": template.hex(), "segments": segments,
    }


def make_segments():
    """TCP and UDP, plain, in transport mode and through tunnels of all families."""
    vectors = []

    def add(shape, mss=100, payload_bytes=250):
        vectors.append(segment_vector(shape, mss, payload_bytes, 0x5000 + 10**6 * len(vectors)))

    for protocol, family in itertools.product((TCP, UDP), (4, 6)):
        kind = f"{'tcp' if protocol == TCP else 'udp'}{family}"
        number = 0x500 + 16 * len(vectors)
        add(Shape(f"plain_{kind}", protocol, family))
        add(Shape(f"plain_{kind}_qinq", protocol, family, vlans=(5, 6)), 64, 65)
        for version in range(4):
            psp = Psp(version, number + version, offset=0 if version > 1 else 1)
            add(Shape(f"transport_{kind}_v{version}", protocol, family, psp), 99 + version)
        psp = Psp(0, 0x80000000 | number, offset=3, vc=0x1122334455667788, sample=True)
        add(Shape(f"transport_{kind}_vc", protocol, family, psp, vlans=(9,)), 200, 600)
        for outer in (4, 6):
            psp = Psp(1, 0x80000000 | number + outer, offset=6 if family == 4 else 11)
            add(Shape(f"tunnel_{kind}in{outer}", protocol, family, psp, "tunnel", outer))
            psp = Psp(0, 0x80000000 | number + 8 + outer, vc=number, extension=stream("segments", 16))
            add(Shape(f"tunnel_{kind}in{outer}_vc_qinq", protocol, family, psp, "tunnel", outer, (1, 2)), 33,
                100)
    route = bytes.fromhex("0707") + bytes(5) + b"\0"
    chain = (HOP_BY_HOP, DESTINATION_OPTIONS)
    for protocol in (TCP, UDP):
        kind = "tcp" if protocol == TCP else "udp"
        add(Shape(f"plain_{kind}4_options", protocol, 4, options=route))
        add(Shape(f"plain_{kind}6_chain", protocol, 6, extensions=chain))
        add(Shape(f"transport_{kind}4_options", protocol, 4, Psp(0, 0x700 + protocol), options=route))
        add(Shape(f"transport_{kind}6_chain", protocol, 6, Psp(1, 0x720 + protocol, offset=1),
                  extensions=chain))
        add(Shape(f"tunnel_{kind}6_chain", protocol, 6, Psp(0, 0x740 + protocol), "tunnel", 4,
                  extensions=chain))
    add(Shape("transport_tcp4_mtu1500", TCP, 4, Psp(0, 0x800)), 1408, 3000)
    return vectors
