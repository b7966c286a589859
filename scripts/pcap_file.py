# SPDX-License-Identifier: Apache-2.0
"""Reads a classic pcap file of Ethernet frames."""
import struct

PCAP_MAGICS = {0xA1B2C3D4, 0xA1B23C4D}
ETHERNET_LINK = 1


class InputError(Exception):
    """The capture or the key log cannot be used."""


def read_pcap(path):
    """Yields (seconds and fraction as in the file, frame)."""
    with open(path, "rb") as file:
        data = memoryview(file.read())
    if len(data) < 24:
        raise InputError(f"{path}: shorter than a pcap header")
    for order in "<>":
        if struct.unpack_from(order + "I", data)[0] in PCAP_MAGICS:
            break
    else:
        raise InputError(f"{path}: not a pcap file")
    if struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != ETHERNET_LINK:
        raise InputError(f"{path}: not a capture of Ethernet frames")
    record = struct.Struct(order + "IIII")
    at, number = 24, 0
    while at < len(data):
        number += 1
        if at + record.size > len(data):
            raise InputError(f"{path}: packet {number}: truncated record header")
        seconds, fraction, captured, original = record.unpack_from(data, at)
        at += record.size
        if at + captured > len(data):
            raise InputError(f"{path}: packet {number}: truncated")
        if captured < original:
            raise InputError(f"{path}: packet {number}: captured only in part")
        yield (seconds, fraction), bytes(data[at:at + captured])
        at += captured


def pcap_header_of(path):
    with open(path, "rb") as file:
        return file.read(24)
