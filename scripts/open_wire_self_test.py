# SPDX-License-Identifier: Apache-2.0
"""open_wire.py --self-test: captures sealed here, right and damaged."""
import os
import struct
import tempfile

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from open_wire import IPV4, IPV6, KEY_BYTES, PSP_PORT, UDP, Key, examine, ones_sum, read_keys
from pcap_file import ETHERNET_LINK, PCAP_MAGICS, read_pcap


def sealed_frame(family, version, spi, iv, key, tunnel=False, vlan=False, vc=False, chain=False, offset=0,
                 inner_sum=0):
    """A UDP datagram from port 1 to port 2 inside PSP; `inner_sum` is XORed into its checksum. With `chain`
    IPv6 headers have two extension headers."""
    def ip_header(protocol, size):
        if family == 6:
            options = bytes([60, 0, 1, 4, 0, 0, 0, 0, protocol, 0, 1, 4, 0, 0, 0, 0]) if chain else b""
            first = 0 if chain else protocol
            return struct.pack(">IHBB", 6 << 28, len(options) + size, first, 64) + bytes(range(32)) + options
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0, 64, protocol, 0) + bytes(range(8))
        return head[:10] + struct.pack(">H", 0xFFFF ^ ones_sum(head)) + head[12:]

    ends = bytes(range(32 if family == 6 else 8))
    data = b"odd number of bytes"
    l4_bytes = 8 + len(data)
    checksum = 0xFFFF ^ ones_sum(ends + struct.pack(">II", l4_bytes, UDP)
                                 + struct.pack(">HHH", 1, 2, l4_bytes) + data)
    payload = struct.pack(">HHHH", 1, 2, l4_bytes, checksum ^ inner_sum) + data
    clear = ip_header(UDP, l4_bytes) + payload
    next_header = UDP
    if tunnel:
        payload, next_header = clear, IPV4 if family == 4 else IPV6
    fixed = struct.pack(">BBBBIQ", next_header, 1 + vc, offset, version << 2 | vc << 1 | 1, spi, iv)
    plain = fixed + b"\xcc" * (8 * vc) + payload
    cut = len(plain) if version in (2, 3) else 16 + 4 * offset
    psp = plain[:cut] + AESGCM(key).encrypt(fixed[4:16], plain[cut:], plain[:cut])
    udp = struct.pack(">HHHH", 50000, PSP_PORT, 8 + len(psp), 0) + psp
    tag = bytes.fromhex("81000064") if vlan else b""
    ethernet = bytes(12) + tag + (b"\x08\0" if family == 4 else b"\x86\xdd")
    return ethernet + ip_header(UDP, len(udp)) + udp, ethernet + clear


def write_pcap(path, frames, order, magic):
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, ETHERNET_LINK))
        for number, frame in enumerate(frames):
            file.write(struct.pack(order + "IIII", 1, number, len(frame), len(frame)) + frame)


def spi_with_several_keys(folder):
    """Two receivers gave out one SPI: each of its keys opens packets, and nonces are per key."""
    secrets = [bytes([number] * 16) for number in range(3)]
    path, log = os.path.join(folder, "several.pcap"), os.path.join(folder, "several.log")
    with open(log, "w", encoding="ascii") as file:
        for secret in secrets[:2]:
            file.write(f"00000100 0 {secret.hex()}\n" * 2)
        file.write(f"00000100 1 {bytes(32).hex()}\n")
    keys = read_keys(log)
    assert [len(of_spi) for of_spi in keys.values()] == [3]
    frames = [sealed_frame(4, 0, 0x100, 7, secret)[0] for secret in secrets]
    for sent, opened, faults in (frames[:2], 2, 0), (frames, 2, 1), (frames[:2] * 2, 2, 2):
        write_pcap(path, sent, "<", 0xA1B23C4D)
        report, _ = examine(path, keys)
        assert (report.opened, len(report.faults)) == (opened, faults), report.faults


def self_test():
    """Right packets of every shape are opened, and every kind of damage is found."""
    key_of = {version: bytes(range(version, version + KEY_BYTES[version])) for version in KEY_BYTES}
    keys = {0x100 + v: [Key(v, key)] for v, key in key_of.items()}
    right, clear = [], []
    for number in range(256):
        family, version = (4, 6)[number & 1], number >> 1 & 3
        flags = {"tunnel": bool(number & 8), "vlan": bool(number & 16), "vc": bool(number & 32),
                 "chain": bool(number & 128)}
        offset = number >> 6 & 1 if version < 2 else 0
        frame, inner = sealed_frame(family, version, 0x100 + version, number, key_of[version], offset=offset,
                                    **flags)
        right.append(frame)
        clear.append(inner)
    first = right[0]
    damaged = [first[:at] + bytes([first[at] ^ 1]) + first[at + 1:]
               for at in range(14, len(first)) if at not in (34, 35, 40, 41)]
    damaged.append(first[:-1])
    damaged.append(sealed_frame(4, 0, 0x200, 999, key_of[0])[0])
    damaged.append(sealed_frame(4, 0, 0x100, 999, key_of[0], inner_sum=1)[0])
    damaged.append(sealed_frame(4, 1, 0x100, 999, key_of[1])[0])
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "in.pcap"), os.path.join(folder, "out.pcap")
        for order in "<>":
            for magic in PCAP_MAGICS:
                write_pcap(path, right + clear, order, magic)
                report, _ = examine(path, keys, write=out)
                assert not report.faults, report.faults
                assert report.opened == 256 and report.clear["udp"] == 256
                assert [frame for _, frame in read_pcap(out)] == clear + clear
        assert len(examine(path, keys, ("tcp", "udp"))[0].faults) == 256
        for frame in damaged:
            write_pcap(path, [frame], "<", 0xA1B23C4D)
            report, _ = examine(path, keys, ("udp", "tcp"))
            assert report.faults or report.psp == 0, frame.hex()
            assert report.opened == 0, frame.hex()
        write_pcap(path, [first, first], "<", 0xA1B2C3D4)
        assert len(examine(path, keys)[0].faults) == 1
        report, opener = examine(path, keys, allow_duplicates=True)
        assert (report.opened, opener.again, report.faults) == (2, 1, [])
        other = sealed_frame(4, 0, 0x100, 0, key_of[0], tunnel=True)[0]
        write_pcap(path, [right[0], other], "<", 0xA1B2C3D4)
        assert len(examine(path, keys, allow_duplicates=True)[0].faults) == 1
        pause = bytes.fromhex("0180c2000001") + bytes(6) + bytes.fromhex("88080001ffff") + bytes(42)
        write_pcap(path, [pause, first], "<", 0xA1B2C3D4)
        report, _ = examine(path, keys)
        assert (report.control, report.opened, sum(report.clear.values())) == (1, 1, 0)
        spi_with_several_keys(folder)
    print(f"self-test: {len(right)} packets opened, {len(damaged) + 1} damaged ones found")
    return 0
