#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks TCP captures and counts what is in them.

    scripts/check_captures.py [--mtu BYTES] CAPTURE.pcap...

Every packet must be whole, at most one MTU long, TCP over IPv4 or IPv6 over Ethernet, with a valid IPv4
header checksum (RFC 791) and TCP checksum (RFC 9293, 3.1) and, on all but resets, the timestamps option (RFC
7323). Both directions must open with SYN and end with FIN. Prints one line a file; exit code 1 at the first
packet that breaks a rule.
"""
import argparse
import ipaddress
import pathlib
import struct
import sys

PCAP_NANOSECONDS = 0xA1B23C4D
LINKTYPE_ETHERNET = 1
FIN, SYN, RST = 1, 2, 4
PROTOCOL_TCP = 6
OPTION_END, OPTION_NOP, OPTION_TIMESTAMPS = 0, 1, 8


class Violation(Exception):
    """A packet that breaks a rule."""


def require(condition, rule):
    if not condition:
        raise Violation(rule)


def ones_complement_sum(data):
    """RFC 1071; zero for data that includes its right checksum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def packets(path):
    """Yields (time in ns, bytes) of each packet of a little-endian nanosecond capture."""
    data = path.read_bytes()
    require(len(data) >= 24, "a pcap file has a 24-byte header")
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", data)
    require(magic == PCAP_NANOSECONDS, "captures are little-endian with nanosecond times")
    require(link_type == LINKTYPE_ETHERNET, "captures are of Ethernet")
    offset = 24
    while offset < len(data):
        seconds, nanoseconds, captured, length = struct.unpack_from("<IIII", data, offset)
        offset += 16
        require(captured == length, "a packet is captured whole")
        require(offset + captured <= len(data), "the file ends with a packet")
        yield seconds * 1_000_000_000 + nanoseconds, data[offset:offset + captured]
        offset += captured


def parse_network(frame, mtu):
    """Returns (source, destination, TCP segment)."""
    ether_type = struct.unpack_from(">H", frame, 12)[0]
    packet = frame[14:]
    require(len(packet) <= mtu, f"a packet is at most {mtu} bytes")
    if ether_type == 0x0800:
        header_bytes = (packet[0] & 15) * 4
        require(ones_complement_sum(packet[:header_bytes]) == 0, "the IPv4 header checksum holds")
        total = struct.unpack_from(">H", packet, 2)[0]
        protocol, addresses = packet[9], packet[12:20]
    else:
        require(ether_type == 0x86DD, "a packet is IPv4 or IPv6")
        header_bytes = 40
        total = 40 + struct.unpack_from(">H", packet, 4)[0]
        protocol, addresses = packet[6], packet[8:40]
    require(protocol == PROTOCOL_TCP, "a packet is TCP")
    require(total <= len(packet), "the IP length fits into the frame")
    segment = packet[header_bytes:total]
    pseudo_header = addresses + struct.pack(">II", len(segment), PROTOCOL_TCP)
    require(ones_complement_sum(pseudo_header + segment) == 0, "the TCP checksum holds")
    half = len(addresses) // 2
    return addresses[:half], addresses[half:], segment


def has_timestamps(options):
    while options and options[0] != OPTION_END:
        if options[0] == OPTION_TIMESTAMPS:
            return True
        options = options[1:] if options[0] == OPTION_NOP else options[max(2, options[1]):]
    return False


def check(path, mtu):
    """Returns the line of counts."""
    flags_seen = {}
    counts = {"packets": 0, "bytes": 0, "with payload": 0, "payload bytes": 0}
    first_ns = last_ns = None
    for time_ns, frame in packets(path):
        counts["packets"] += 1
        try:
            source, destination, segment = parse_network(frame, mtu)
            header_bytes, flags = (segment[12] >> 4) * 4, segment[13]
            timestamped = has_timestamps(segment[20:header_bytes])
            require(flags & RST or timestamped, "a segment carries TCP timestamps")
        except Violation as violation:
            raise Violation(f"packet {counts['packets']} breaks a rule: {violation}") from None
        first_ns = time_ns if first_ns is None else first_ns
        last_ns = time_ns
        payload = len(segment) - header_bytes
        counts["bytes"] += len(frame)
        counts["with payload"] += payload > 0
        counts["payload bytes"] += payload
        ports = struct.unpack_from(">HH", segment)
        flow = (source, ports[0], destination, ports[1])
        flags_seen[flow] = flags_seen.get(flow, 0) | flags
    require(counts["packets"] > 0, "a capture is not empty")
    for flow, flags in flags_seen.items():
        end = f"{ipaddress.ip_address(flow[0])} port {flow[1]}"
        require(flags & SYN, f"{end} opens its direction with SYN")
        require(flags & FIN, f"{end} ends its direction with FIN")
    numbers = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{path.name}: {len(flags_seen)} directions, {numbers}, {(last_ns - first_ns) / 1e6:.3f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="+", type=pathlib.Path)
    parser.add_argument("--mtu", type=int, default=1500)
    arguments = parser.parse_args()
    for path in arguments.captures:
        try:
            print(check(path, arguments.mtu))
        except Violation as violation:
            sys.exit(f"{path}: {violation}")


if __name__ == "__main__":
    main()
