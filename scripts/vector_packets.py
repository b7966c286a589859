# SPDX-License-Identifier: Apache-2.0
"""Packets for make_vectors.py: Ethernet, IP, TCP, UDP and PSP.

Nothing here is shared with the C++ model; AES-GCM and AES-CMAC are those of python3-cryptography.
"""
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

PSP_PORT = 1000
TCP, UDP, IPV4, IPV6, NO_NEXT_HEADER = 6, 17, 4, 41, 59
HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS = 0, 43, 60
ETHER_TYPE = {4: 0x0800, 6: 0x86DD}
MACS = bytes.fromhex("020000000002020000000001")
# The example device keys of the PSP Architecture Specification.
DEVICE_KEYS = (
    bytes.fromhex("34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca"),
    bytes.fromhex("563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739"),
)


def stream(label, size):
    """`size` bytes that depend on `label` alone."""
    out = b""
    while len(out) < size:
        out += hashlib.sha256(f"{label}/{len(out)}".encode()).digest()
    return out[:size]


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def extension_chain(types, protocol):
    """IPv6 extension headers of 8 bytes: options that are padding, routing without segments left."""
    chain = b""
    for kind, following in zip(types, [*types[1:], protocol]):
        chain += bytes([following, 0]) + (bytes([253, 0]) if kind == ROUTING else b"\1\4") + bytes(4)
    return chain


def ip_header(family, protocol, payload_bytes, options=b"", tunnel=False, ident=0x1234, extensions=()):
    """An IP header; the tunnel's outer addresses differ from the inner ones."""
    net = 2 if tunnel else 1
    if family == 4:
        first = 0x40 | (5 + len(options) // 4)
        fields = [first, 0, 20 + len(options) + payload_bytes, ident & 0xFFFF, 0x4000, 64, protocol, 0]
        ends = bytes([10, net, 0, 1, 10, net, 0, 2])
        head = struct.pack(">BBHHHBBH", *fields) + ends + options
        fields[7] = 0xFFFF ^ ones_sum(head)
        return struct.pack(">BBHHHBBH", *fields) + ends + options
    prefix = bytes.fromhex("20010db8") + bytes([0, net]) + bytes(9)
    chain = extension_chain(extensions, protocol)
    head = struct.pack(">IHBB", 6 << 28, len(chain) + payload_bytes, extensions[0] if chain else protocol, 64)
    return head + prefix + b"\1" + prefix + b"\2" + chain


def pseudo_header(ip, protocol, l4_bytes):
    if ip[0] >> 4 == 4:
        return ip[12:20] + struct.pack(">BBH", 0, protocol, l4_bytes)
    return ip[8:40] + struct.pack(">II", l4_bytes, protocol)


def l4_packet(protocol, ip, payload, sequence=1000, flags=0x18, options=b""):
    """A TCP segment or UDP datagram with a valid checksum; `ip` gives the addresses."""
    if protocol == TCP:
        data_offset = (5 + len(options) // 4) << 4
        head, at = struct.pack(">HHIIBBHHH", 40000, 443, sequence & 0xFFFFFFFF, 2000, data_offset, flags, 512,
                               0, 0) + options, 16
    else:
        head, at = struct.pack(">HHHH", 40000, 443, 8 + len(payload), 0), 6
    whole = head + payload
    checksum = 0xFFFF ^ ones_sum(pseudo_header(ip, protocol, len(whole)) + whole)
    if checksum == 0 and protocol == UDP:
        checksum = 0xFFFF
    return whole[:at] + struct.pack(">H", checksum) + whole[at + 2:]


def ip_packet(family, protocol, payload, options=b"", extensions=()):
    l4_bytes = len(payload) + (20 if protocol == TCP else 8)
    ip = ip_header(family, protocol, l4_bytes, options, extensions=extensions)
    return ip + l4_packet(protocol, ip, payload)


def ethernet(family, packet, vlans=()):
    head = MACS
    for i, tci in enumerate(vlans):
        head += struct.pack(">HH", 0x88A8 if i + 1 < len(vlans) else 0x8100, tci)
    return head + struct.pack(">H", ETHER_TYPE[family]) + packet


def kdf_blocks(spi, version):
    bits = 128 if version in (0, 2) else 256
    return [struct.pack(">I4sII", i + 1, b"Pv%d\0" % version, spi, bits) for i in range(bits // 128)]


def derive_key(device_key, spi, version):
    key = b""
    for block in kdf_blocks(spi, version):
        mac = CMAC(algorithms.AES(device_key))
        mac.update(block)
        key += mac.finalize()
    return key


class Psp:
    """One PSP header and the way to seal with it."""

    def __init__(self, version=0, spi=0x12345678, iv=1, offset=0, vc=None, extension=b"", sample=False,
                 drop=False, reserved=0, always_one=1):
        self.version, self.spi, self.iv, self.offset = version, spi, iv, offset
        self.vc, self.extension = vc, extension
        self.flags = sample << 7 | drop << 6 | version << 2 | (vc is not None) << 1 | always_one
        self.reserved = reserved

    def header(self, next_header, iv=None):
        more = (b"" if self.vc is None else struct.pack(">Q", self.vc)) + self.extension
        third = self.reserved << 6 | self.offset
        fixed = struct.pack(">BBBBIQ", next_header, 1 + len(more) // 8, third, self.flags, self.spi,
                            self.iv if iv is None else iv)
        return fixed + more

    def key(self):
        return derive_key(DEVICE_KEYS[self.spi >> 31], self.spi, self.version)

    def seal(self, next_header, payload):
        """Header, ciphertext and ICV, and how many bytes of them are only authenticated."""
        clear = self.header(next_header) + payload
        aad = len(clear) if self.version in (2, 3) else 16 + 4 * self.offset
        assert aad <= len(clear)
        return clear[:aad] + AESGCM(self.key()).encrypt(clear[4:16], clear[aad:], clear[:aad]), aad


def udp_around(content, source_port):
    return struct.pack(">HHHH", source_port, PSP_PORT, 8 + len(content), 0) + content


def encapsulate(psp, mode, inner, outer_family, source_port, vlans=(), extensions=(), ident=0x1234):
    """(frame of a driver: no ICV, IV 0; sealed frame; offsets) of the IP packet `inner`, whose IPv6 extension
    headers transport mode has to be told. `ident` is of an outer IPv4 header."""
    family, options = inner[0] >> 4, b""
    if mode == "transport":
        header_bytes = (inner[0] & 15) * 4 if family == 4 else 40 + 8 * len(extensions)
        named_at = header_bytes - 8 if extensions else (9 if family == 4 else 6)
        next_header, payload = inner[named_at], inner[header_bytes:]
        options, outer_family = inner[20:header_bytes] if family == 4 else b"", family
    else:
        next_header, payload, extensions = (IPV4 if family == 4 else IPV6), inner, ()
    sealed, aad = psp.seal(next_header, payload)
    frames = []
    for content in (psp.header(next_header, iv=0) + payload, sealed):
        udp = udp_around(content, source_port)
        ip = ip_header(outer_family, UDP, len(udp), options, mode == "tunnel", ident, extensions)
        frames.append(ethernet(outer_family, ip + udp, vlans))
    at = len(frames[1]) - len(sealed)
    return frames[0], frames[1], {"psp": at, "cipher": at + aad, "icv": len(frames[1]) - 16}
