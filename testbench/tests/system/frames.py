# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames of every kind that a capture may hold."""
import struct

MAC_A, MAC_B = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
IPV4, ARP, IPV6, VLAN, QINQ, LLDP = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x88CC
ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
ADDRESSES4 = bytes([192, 0, 2, 1, 192, 0, 2, 2])
ADDRESSES6 = bytes.fromhex("20010db8" + "00" * 11 + "0a" + "20010db8" + "00" * 11 + "0b")


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def text(size):
    """No two windows of it are equal by chance."""
    return b"".join(b"%07d " % number for number in range(size // 8 + 1))[:size]


def ethernet(ether_type, body, source=MAC_A, tags=()):
    """`tags`: pairs of ether type and TCI, outermost first."""
    destination = MAC_B if source == MAC_A else MAC_A
    words = b"".join(struct.pack(">HH", *tag) for tag in tags)
    return destination + source + words + struct.pack(">H", ether_type) + body


def ipv4(protocol, body, options=b"", fragment=0, wrong_sum=0, addresses=ADDRESSES4):
    """`fragment`: flags and offset; `wrong_sum` is XORed into the header checksum."""
    words = 5 + len(options) // 4
    head = struct.pack(">BBHHHBBH", 0x40 | words, 0, 4 * words + len(body), 0x1234, fragment, 64, protocol, 0)
    right = checksum(head + addresses + options)
    return head[:10] + struct.pack(">H", right ^ wrong_sum) + addresses + options + body


def ipv6(next_header, body, addresses=ADDRESSES6):
    return struct.pack(">IHBB", 6 << 28, len(body), next_header, 64) + addresses + body


def _with_checksum(segment, at, protocol, addresses):
    value = checksum(addresses + struct.pack(">II", len(segment), protocol) + segment)
    return segment[:at] + struct.pack(">H", value or 0xFFFF) + segment[at + 2:]


def tcp(data, addresses=ADDRESSES4, source_port=20000, options=b""):
    head = struct.pack(">HHIIBBHHH", source_port, 80, 1, 2, (20 + len(options)) * 4, 0x18, 65535, 0, 0)
    return _with_checksum(head + options + data, 16, TCP, addresses)


def udp(data, port=53, addresses=ADDRESSES4, length=None):
    """`length` stands in the header in place of the right one."""
    head = struct.pack(">HHHH", 20000, port, 8 + len(data) if length is None else length, 0)
    return _with_checksum(head + data, 6, UDP, addresses)


def tcp4(size=100, source=MAC_A, tags=(), source_port=20000, options=b""):
    return ethernet(IPV4, ipv4(TCP, tcp(text(size), source_port=source_port), options), source, tags)


def tcp6(size=100, source=MAC_A, tags=()):
    return ethernet(IPV6, ipv6(TCP, tcp(text(size), ADDRESSES6)), source, tags)


def udp4(size=100, port=53, source=MAC_A):
    return ethernet(IPV4, ipv4(UDP, udp(text(size), port)), source)


def udp6(size=100, port=53, source=MAC_A):
    return ethernet(IPV6, ipv6(UDP, udp(text(size), port, ADDRESSES6)), source)


def icmp_echo():
    body = struct.pack(">BBHHH", 8, 0, 0, 1, 1) + text(56)
    return ethernet(IPV4, ipv4(ICMP, body[:2] + struct.pack(">H", checksum(body)) + body[4:]))


def arp():
    return ethernet(ARP, struct.pack(">HHBBH", 1, IPV4, 6, 4, 1) + MAC_A + ADDRESSES4[:4] + bytes(6)
                    + ADDRESSES4[4:])


def lldp():
    """Chassis and port by name, time to live, end."""
    body = b"".join(struct.pack(">H", kind << 9 | len(value)) + value
                    for kind, value in ((1, b"\x07card"), (2, b"\x07port"), (3, b"\0\x78"), (0, b"")))
    return bytes.fromhex("0180c200000e") + MAC_A + struct.pack(">H", LLDP) + body
