#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Opens the PSP packets of a capture with given keys, and fails on whatever a PSP receiver would not accept.

    open_wire.py WIRE.pcap KEYS.log [options]
    open_wire.py --self-test

WIRE.pcap is a classic pcap of Ethernet frames (micro- or nanoseconds, either byte order). KEYS.log has a line
`SPI VERSION KEY` per key: SPI 8 hexadecimal digits, VERSION decimal, KEY 32 or 64 hexadecimal digits;
# begins a comment. Receivers choose their SPIs alone, so two may have given out the same one: each of its
keys is tried. Every UDP datagram to port 1000 over IPv4 or IPv6 is opened with a key of its SPI, and the
checksum of the TCP segment or UDP datagram inside is checked. No IV may come twice under a key.

An implementation of its own: it shares no code with the model, and AES-GCM is that of python3-cryptography.
Exit status: 0 all packets are right, 1 some are not, 2 the input cannot be read.
"""
import argparse
import collections
import dataclasses
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pcap_file import PCAP_MAGICS, InputError, pcap_header_of, read_pcap

PSP_PORT = 1000
MAC_CONTROL = b"\x88\x08"
ICV_BYTES = 16
TCP, UDP, IPV4, IPV6 = 6, 17, 4, 41
PROTOCOL_NAMES = {1: "icmp", TCP: "tcp", UDP: "udp", 58: "icmp6", 132: "sctp"}
VLAN_ETHER_TYPES = (0x8100, 0x88A8)
EXTENSION_HEADERS = {0, 43, 44, 51, 60, 135, 139, 140}
ROUTING = 43
PASSABLE_HEADERS = {0, ROUTING, 60}  # PSP may stand behind them
MAX_EXTENSION_HEADERS = 12
KEY_BYTES = {0: 16, 1: 32, 2: 16, 3: 32}
MAX_PRINTED_FAULTS = 20


class PacketError(Exception):
    """A packet that a receiver would not accept."""


class Key:
    """A session key, as a receiver gave it to a sender."""

    def __init__(self, version, secret):
        self.version, self.secret, self.aead = version, secret, AESGCM(secret)


def read_keys(path, only_version=None):
    """{SPI: list of Key}."""
    keys = collections.defaultdict(list)
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            try:
                if len(words) != 3:
                    raise ValueError("must be SPI VERSION KEY")
                spi_text, version_text, key_text = words
                if len(spi_text) != 8:
                    raise ValueError("an SPI has 8 digits")
                spi, version, key = int(spi_text, 16), int(version_text), bytes.fromhex(key_text)
                if len(key) != KEY_BYTES.get(version):
                    raise ValueError(f"version {version} with a key of {len(key)} bytes")
            except ValueError as error:
                raise InputError(f"{path}: line {number}: {error}") from None
            if only_version is not None and version != only_version:
                raise InputError(f"{path}: line {number}: version {version}, expected {only_version}")
            if all(known.secret != key or known.version != version for known in keys[spi]):
                keys[spi].append(Key(version, key))
    return dict(keys)


def ones_sum(data):
    """Ones' complement sum of big-endian 16-bit words: the number modulo 65535, as 2**16 is 1 there."""
    if len(data) % 2:
        data = data + b"\0"
    value = int.from_bytes(data, "big")
    return value and (value % 0xFFFF or 0xFFFF)


@dataclasses.dataclass
class Ip:
    """Where an IP packet has its parts; offsets from the start of the buffer. The byte at `named_at` names
    `protocol`; `extension` says that an extension header has stopped the look."""
    family: int
    start: int
    header_bytes: int
    end: int
    protocol: int
    fragment: bool
    extension: bool
    addresses: bytes
    named_at: int


def parse_ip(data, start, ether_type):
    """The IP packet at `start`; None when it is not IP at all, PacketError when its lengths are wrong."""
    room = len(data) - start
    if ether_type == 0x0800:
        if room < 20 or data[start] >> 4 != 4:
            raise PacketError("broken IPv4 header")
        header_bytes = (data[start] & 15) * 4
        total, = struct.unpack_from(">H", data, start + 2)
        if header_bytes < 20 or total < header_bytes or total > room:
            raise PacketError("IPv4 length does not fit the frame")
        if ones_sum(data[start:start + header_bytes]) != 0xFFFF:
            raise PacketError("IPv4 header checksum")
        fragment = struct.unpack_from(">H", data, start + 6)[0] & 0x3FFF != 0
        return Ip(4, start, header_bytes, start + total, data[start + 9], fragment, False,
                  data[start + 12:start + 20], start + 9)
    if ether_type == 0x86DD:
        if room < 40 or data[start] >> 4 != 6:
            raise PacketError("broken IPv6 header")
        payload, protocol = struct.unpack_from(">HB", data, start + 4)
        if 40 + payload > room:
            raise PacketError("IPv6 length does not fit the frame")
        end = start + 40 + payload
        protocol, at, named_at = pass_extensions(data, protocol, start + 40, start + 6, end)
        return Ip(6, start, at - start, end, protocol, protocol == 44, protocol in EXTENSION_HEADERS,
                  data[start + 8:start + 40], named_at)
    return None


def pass_extensions(data, protocol, at, named_at, end):
    """(protocol, where it begins, byte that names it) behind the headers that PSP may stand behind."""
    for _ in range(MAX_EXTENSION_HEADERS):
        if protocol not in PASSABLE_HEADERS or at + 8 > end or at + 8 * (data[at + 1] + 1) > end:
            break
        if protocol == ROUTING and data[at + 3] != 0:
            break
        protocol, named_at, at = data[at], at, at + 8 * (data[at + 1] + 1)
    return protocol, at, named_at


def parse_frame(frame):
    """(offset behind the EtherType, Ip or None)."""
    at = 12
    while True:
        if at + 2 > len(frame):
            raise PacketError("truncated Ethernet header")
        ether_type, = struct.unpack_from(">H", frame, at)
        if ether_type not in VLAN_ETHER_TYPES:
            return at + 2, parse_ip(frame, at + 2, ether_type)
        at += 4


def check_l4(packet, ip):
    """The checksum of TCP or UDP inside `packet`, and the UDP length; other protocols pass."""
    if ip.fragment or ip.protocol not in (TCP, UDP):
        return
    l4 = packet[ip.start + ip.header_bytes:ip.end]
    least = 20 if ip.protocol == TCP else 8
    if len(l4) < least:
        raise PacketError(f"inner {PROTOCOL_NAMES[ip.protocol]} header truncated")
    if ip.protocol == UDP:
        length, checksum = struct.unpack_from(">HH", l4, 4)
        if length != len(l4):
            raise PacketError("inner UDP length")
        if checksum == 0 and ip.family == 4:
            return
        if checksum == 0:
            raise PacketError("inner UDP checksum 0 over IPv6")
    pseudo = ip.addresses + struct.pack(">II", len(l4), ip.protocol)
    if ones_sum(pseudo + l4) != 0xFFFF:
        raise PacketError(f"inner {PROTOCOL_NAMES[ip.protocol]} checksum")


def transport_packet(frame, l3, ip, next_header, payload):
    """The IP packet as it was before transport encapsulation."""
    head = bytearray(frame[l3:l3 + ip.header_bytes])
    head[ip.named_at - l3] = next_header
    if ip.family == 6:
        struct.pack_into(">H", head, 4, len(head) - 40 + len(payload))
    else:
        struct.pack_into(">H", head, 2, len(head) + len(payload))
        struct.pack_into(">H", head, 10, 0)
        struct.pack_into(">H", head, 10, 0xFFFF ^ ones_sum(bytes(head)))
    return bytes(head) + payload


class Opener:
    """Opens packets one by one and remembers the nonces used under every key."""

    def __init__(self, keys, allow_duplicates=False):
        self.keys = keys
        self.allow_duplicates = allow_duplicates
        self.seen = {}
        self.again = 0
        self.per_key = collections.Counter()

    def open(self, frame, l3, ip):
        """The frame without PSP; PacketError when a receiver would not accept it."""
        udp = l3 + ip.header_bytes
        if ip.end - udp < 8 + 16 + ICV_BYTES:
            raise PacketError("too short for PSP")
        if struct.unpack_from(">H", frame, udp + 4)[0] != ip.end - udp:
            raise PacketError("outer UDP length")
        psp, end = udp + 8, ip.end - ICV_BYTES
        next_header, length, third, flags, spi, iv = struct.unpack_from(">BBBBIQ", frame, psp)
        body = psp + 8 * (length + 1)
        if length == 0 or body > end or (flags & 2 and length < 2):
            raise PacketError("PSP header length")
        version = flags >> 2 & 15
        if version not in KEY_BYTES or not flags & 1 or spi & 0x7FFFFFFF == 0:
            raise PacketError("PSP version, fixed bit or reserved SPI")
        if spi not in self.keys:
            raise PacketError(f"unknown SPI {spi:08x}")
        keys = [key for key in self.keys[spi] if key.version == version]
        if not keys:
            raise PacketError(f"SPI {spi:08x}: version {version}, its key is for {self.keys[spi][0].version}")
        cipher = end if version in (2, 3) else psp + 16 + 4 * (third & 63)
        if cipher > end:
            raise PacketError("Crypt Offset past the payload")
        key, text = self.decrypt(keys, frame[psp:cipher], frame[cipher:ip.end])
        if key is None:
            raise PacketError(f"SPI {spi:08x}: ICV mismatch")
        packet = bytes(frame[psp:ip.end])
        before = self.seen.setdefault((key.secret, iv), packet)
        if before is not packet and not (self.allow_duplicates and before == packet):
            raise PacketError(f"SPI {spi:08x}: IV {iv:016x} a second time under one key")
        self.again += before is not packet
        self.per_key[spi, key.secret] += 1
        payload = (frame[psp:cipher] + text)[body - psp:]
        return self.inner_frame(frame, l3, ip, next_header, payload)

    @staticmethod
    def decrypt(keys, header, text):
        """(the key that fits, clear text); (None, None) when none does."""
        for key in keys:
            try:
                return key, key.aead.decrypt(header[4:16], text, header)
            except InvalidTag:
                pass
        return None, None

    @staticmethod
    def inner_frame(frame, l3, ip, next_header, payload):
        if next_header in (IPV4, IPV6):
            ether_type = 0x0800 if next_header == IPV4 else 0x86DD
            inner = frame[:l3 - 2] + struct.pack(">H", ether_type) + payload
        else:
            ether_type = 0x0800 if ip.family == 4 else 0x86DD
            inner = frame[:l3] + transport_packet(frame, l3, ip, next_header, payload)
        inner_ip = parse_ip(inner, l3, ether_type)
        if inner_ip.end != len(inner):
            raise PacketError("inner IP length")
        check_l4(inner, inner_ip)
        return inner


class Report:
    """Counts and faults of one capture."""

    def __init__(self, require_psp_for):
        self.require_psp_for = require_psp_for
        self.packets = self.psp = self.opened = 0
        self.clear = collections.Counter()
        self.control = 0  # MAC control: of the port, not of a flow
        self.faults = []

    def fault(self, text):
        self.faults.append(f"packet {self.packets}: {text}")

    def count_clear(self, ip):
        if ip is None:
            self.clear["not ip"] += 1
            return
        name = PROTOCOL_NAMES.get(ip.protocol, f"protocol {ip.protocol}")
        if ip.fragment or ip.extension:
            name = "fragment" if ip.fragment else "extension header"
        elif name in self.require_psp_for:
            self.fault(f"{name} over IPv{ip.family} in clear")
        self.clear[name] += 1


def is_psp(frame, ip):
    if ip is None or ip.protocol != UDP or ip.fragment:
        return False
    udp = ip.start + ip.header_bytes
    return ip.end - udp >= 4 and struct.unpack_from(">H", frame, udp + 2)[0] == PSP_PORT


def examine(capture, keys, require_psp_for=(), write=None, allow_duplicates=False):
    """Opens the whole capture; gives its Report. `write` is a path for the packets without PSP."""
    report, opener = Report(require_psp_for), Opener(keys, allow_duplicates)
    out = None
    order = "<"
    if write:
        header = pcap_header_of(capture)
        order = "<" if struct.unpack("<I", header[:4])[0] in PCAP_MAGICS else ">"
        out = open(write, "wb")  # pylint: disable=consider-using-with
        out.write(header)
    try:
        for stamp, frame in read_pcap(capture):
            report.packets += 1
            try:
                l3, ip = parse_frame(frame)
                if is_psp(frame, ip):
                    report.psp += 1
                    frame = opener.open(frame, l3, ip)
                    report.opened += 1
                elif ip is None and frame[l3 - 2:l3] == MAC_CONTROL:
                    report.control += 1
                else:
                    report.count_clear(ip)
            except PacketError as error:
                report.fault(str(error))
                continue
            if out:
                out.write(struct.pack(order + "IIII", *stamp, len(frame), len(frame)) + frame)
    finally:
        if out:
            out.close()
    return report, opener


def print_report(report, opener):
    clear = sum(report.clear.values())
    by_type = "".join(f", {name} {count}" for name, count in sorted(report.clear.items()))
    print(f"packets {report.packets}, PSP {report.psp}, opened {report.opened} with {len(opener.per_key)} "
          f"keys, clear {clear}{by_type}" + (f", the same again {opener.again}" if opener.again else "") +
          (f", MAC control {report.control}" if report.control else ""))
    for text in report.faults[:MAX_PRINTED_FAULTS]:
        print(text, file=sys.stderr)
    if len(report.faults) > MAX_PRINTED_FAULTS:
        print(f"... and {len(report.faults) - MAX_PRINTED_FAULTS} more faults", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture", nargs="?", metavar="WIRE.pcap")
    parser.add_argument("keys", nargs="?", metavar="KEYS.log")
    parser.add_argument("--version", type=int, choices=KEY_BYTES, help="PSP version that every key must have")
    parser.add_argument("--expect-clear", type=int, metavar="N", help="exactly N packets must not be PSP")
    parser.add_argument("--require-psp-for", default="", metavar="tcp,udp",
                        help="such a packet in clear is a fault, unless a fragment or with extension headers")
    parser.add_argument("--write", metavar="OUT.pcap", help="write all packets, PSP removed")
    parser.add_argument("--allow-duplicates", action="store_true",
                        help="the network repeats packets: the same bytes again are no second use of an IV")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        from open_wire_self_test import self_test  # pylint: disable=import-outside-toplevel
        return self_test()
    if not arguments.capture or not arguments.keys:
        parser.error("WIRE.pcap and KEYS.log are needed")
    required = [name for name in arguments.require_psp_for.split(",") if name]
    unknown = set(required) - set(PROTOCOL_NAMES.values())
    if unknown:
        parser.error(f"unknown protocol {', '.join(sorted(unknown))}")
    try:
        keys = read_keys(arguments.keys, arguments.version)
        report, opener = examine(arguments.capture, keys, required, arguments.write,
                                 arguments.allow_duplicates)
    except UnicodeDecodeError:
        print(f"{arguments.keys}: is no key log, which is text", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print_report(report, opener)
    clear = sum(report.clear.values())
    if arguments.expect_clear is not None and clear != arguments.expect_clear:
        print(f"{clear} packets in clear, expected {arguments.expect_clear}", file=sys.stderr)
        return 1
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
