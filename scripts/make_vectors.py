#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes vectors/psp, vectors/idpf and vectors/manifest.json, all made without the C++ model.

The output depends on nothing but this file and the vector_*.py beside it. See vectors/README.md for the
formats.

    make_vectors.py            write the files
    make_vectors.py --check    make them in memory, compare with the files, exit 1 on a difference
"""
import argparse
import hashlib
import itertools
import json
import pathlib
import struct
import sys

from vector_descriptors import make_descriptors
from vector_mailbox import make_mailbox
from vector_merges import make_merges
from vector_packets import (DESTINATION_OPTIONS, DEVICE_KEYS, HOP_BY_HOP, NO_NEXT_HEADER, ROUTING, TCP, UDP,
                            Psp, derive_key, encapsulate, ethernet, ip_header, ip_packet, kdf_blocks, stream,
                            udp_around)
from vector_segments import make_segments


def make_kdf():
    spis = [1, 0x12345678, 0x7FFFFFFE, 0x80000001, 0x9A345678, 0xFFFFFFFE] + [
        struct.unpack(">I", stream(f"spi{i}", 4))[0] for i in range(4)]
    keys = [*DEVICE_KEYS, bytes(32), b"\xff" * 32, stream("device key", 32)]
    return [{
        "name": f"key{k}_spi{spi:08x}_v{version}",
        "device_key": key.hex(), "spi": f"{spi:08x}", "version": version,
        "input_blocks": [block.hex() for block in kdf_blocks(spi, version)],
        "session_key": derive_key(key, spi, version).hex(),
    } for k, key in enumerate(keys) for spi in spis for version in range(4)]


def packet_vector(name, psp, mode, inner, outer_family, vlans=(), extensions=()):
    source_port = 49152 + stream(name, 1)[0]
    driver, sealed, offsets = encapsulate(psp, mode, inner, outer_family, source_port, vlans, extensions)
    return {
        "name": name, "mode": mode, "outer_family": outer_family, "version": psp.version,
        "device_key": DEVICE_KEYS[psp.spi >> 31].hex(), "spi": f"{psp.spi:08x}",
        "session_key": psp.key().hex(),
        "iv": f"{psp.iv:016x}", "crypt_offset": psp.offset,
        "vc": None if psp.vc is None else f"{psp.vc:016x}", "extension": psp.extension.hex(),
        "sample": bool(psp.flags & 0x80), "drop_after_sample": bool(psp.flags & 0x40),
        "source_port": source_port, "offsets": offsets,
        "cleartext": ethernet(inner[0] >> 4, inner, vlans).hex(),
        "driver": driver.hex(), "encrypted": sealed.hex(),
    }


def make_packet_matrix():
    """Versions x mode and families x Crypt Offset x cookie x extension."""
    shapes = [("transport", 4, 4), ("transport", 6, 6), ("tunnel", 4, 4), ("tunnel", 6, 6), ("tunnel", 4, 6),
              ("tunnel", 6, 4)]
    vectors = []
    for version, shape, has_vc, extension_bytes, where in itertools.product(
            range(4), shapes, (False, True), (0, 8), ("none", "ports", "all")):
        if version >= 2 and where != "none":
            continue
        mode, family, outer = shape
        name = f"v{version}_{mode}_{family}in{outer}_vc{has_vc:d}_ext{extension_bytes}_{where}"
        protocol = TCP if stream(name, 2)[1] & 1 else UDP
        length = 24 if where == "all" else stream(name, 3)[2] % 33
        inner = ip_packet(family, protocol, stream(name, length))
        more = 2 * has_vc + extension_bytes // 4
        payload_bytes = len(inner) - (0 if mode == "tunnel" else (20 if family == 4 else 40))
        ports = 1 if mode == "transport" else (6 if family == 4 else 11)
        offset = {"none": 0, "ports": more + ports, "all": more + payload_bytes // 4}[where]
        number = len(vectors)
        spi = (number % 2) << 31 | 0x1000 + number
        vc = 0xC0DE000000000000 + number if has_vc else None
        psp = Psp(version, spi, 0x100 + 1250 * number, offset, vc, stream(name, extension_bytes))
        vectors.append(packet_vector(name, psp, mode, inner, outer))
    return vectors


def make_packets():
    vectors = make_packet_matrix()
    small = {family: ip_packet(family, UDP, stream("small", 19)) for family in (4, 6)}
    for family in (4, 6):
        for mode in ("transport", "tunnel"):
            for vlans in ((100,), (0x2064, 0xE00A)):
                name = f"{mode}_{family}_vlan{len(vlans)}"
                vectors.append(packet_vector(name, Psp(1, 77, 5), mode, small[family], family, vlans))
    record_route = bytes.fromhex("072704") + bytes(36) + b"\0"
    routed = ip_packet(4, TCP, stream("options", 21), record_route)
    for mode in ("transport", "tunnel"):
        vectors.append(packet_vector(f"{mode}_4_options", Psp(0, 0x80000077, 6), mode, routed, 4))
    for sample, drop in ((1, 0), (0, 1), (1, 1)):
        psp = Psp(0, 78, 7, sample=bool(sample), drop=bool(drop))
        vectors.append(packet_vector(f"transport_6_s{sample}_d{drop}", psp, "transport", small[6], 6))
    for length in (0, 1, 15, 16, 17, 1399):
        inner = ip_packet(4, UDP, stream(f"length{length}", length))
        psp = Psp(1, 79, 8 + length)
        vectors.append(packet_vector(f"transport_4_length{length}", psp, "transport", inner, 4))
    inner = ip_packet(4, UDP, stream("offset63", 400))
    psp = Psp(0, 80, 2**64 - 1, 63)
    vectors.append(packet_vector("transport_4_offset63", psp, "transport", inner, 4))
    long_header = Psp(1, 81, 10, 9, 0x0123456789ABCDEF, stream("long extension", 64))
    vectors.append(packet_vector("transport_6_extension64", long_header, "transport", small[6], 6))
    return vectors + make_chained_packets() + make_tagged_tunnels()


def make_chained_packets():
    """IPv6 extension headers: in front of PSP in transport mode, inside a tunnel."""
    vectors = []
    chains = {"hop": (HOP_BY_HOP,), "destination": (DESTINATION_OPTIONS,), "routing": (ROUTING,),
              "all": (HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, DESTINATION_OPTIONS),
              "deepest": (HOP_BY_HOP,) + (DESTINATION_OPTIONS,) * 11}
    for number, (name, chain) in enumerate(chains.items()):
        for version, has_vc in ((0, False), (1, True), (3, False)):
            inner = ip_packet(6, TCP if number % 2 else UDP, stream(f"chain {name}", 30 + number),
                              extensions=chain)
            offset = 0 if version == 3 else 1 + 2 * has_vc
            psp = Psp(version, 0x80000200 + 8 * number + version, 0x2000 + number, offset,
                      0xC00C1E if has_vc else None)
            vectors.append(packet_vector(f"transport_6_chain_{name}_v{version}", psp, "transport", inner, 6,
                                         (77,) if version else (), chain))
        inner = ip_packet(6, UDP, stream(f"inner chain {name}", 21), extensions=chain)
        psp = Psp(0, 0x300 + number, 0x3000 + number, min(11 + 2 * len(chain), 63))
        vectors.append(packet_vector(f"tunnel_6in4_chain_{name}", psp, "tunnel", inner, 4))
    return vectors


def make_tagged_tunnels():
    """Tunnels of mixed families behind two VLAN tags, with S and D bits, cookie and extension."""
    vectors = []
    for number, (family, outer, version) in enumerate(itertools.product((4, 6), (4, 6), (0, 1, 2))):
        inner = ip_packet(family, TCP, stream(f"tagged {number}", 40 + number))
        psp = Psp(version, 0x80000400 + number, 0x4000 + number, 0 if version == 2 else number % 8,
                  0xABCDEF0000000000 + number, stream("tagged", 8 * (number % 3)), sample=bool(number & 1),
                  drop=bool(number & 2))
        vectors.append(packet_vector(f"tunnel_{family}in{outer}_qinq_v{version}", psp, "tunnel", inner, outer,
                                     (0x6123, 0x0456)))
    return vectors


class Frame:
    """A sealed frame that can be damaged; offsets as in an untagged frame."""

    def __init__(self, name, psp, mode, family, outer_family, payload_bytes=12):
        self.name, self.psp = name, psp
        self.inner = ip_packet(family, UDP, stream(name, payload_bytes))
        self.outer_family = outer_family
        _, self.bytes, self.at = encapsulate(psp, mode, self.inner, outer_family, 50000)
        self.clear = ethernet(family, self.inner)
        self.udp = self.at["psp"] - 8

    def edit(self, at, value):
        out = bytearray(self.bytes)
        out[at:at + len(value)] = value
        return bytes(out)

    def flip(self, at, mask):
        return self.edit(at, bytes([self.bytes[at] ^ mask]))

    def ip_length(self, delta):
        at = 16 if self.outer_family == 4 else 18
        return self.edit(at, struct.pack(">H", struct.unpack_from(">H", self.bytes, at)[0] + delta))

    def udp_length(self, value):
        return self.edit(self.udp + 4, struct.pack(">H", value))


def damaged_cases(base):
    """(what, frame, verdict) of every damage that every frame can take."""
    psp, at, size = base.at["psp"], base.at, len(base.bytes)
    udp_bytes = size - base.udp
    flags = base.bytes[psp + 3]
    cases = [("ok", base.bytes, "deliver")]
    for what, where, mask in (
            ("next_header", psp, 0x10), ("reserved_high", psp + 2, 0x80), ("reserved_low", psp + 2, 0x40),
            ("crypt_offset", psp + 2, 0x01), ("sample", psp + 3, 0x80), ("drop", psp + 3, 0x40),
            ("other_version", psp + 3, 0x04), ("spi_low", psp + 7, 0x01), ("spi_phase", psp + 4, 0x80),
            ("iv_high", psp + 8, 0x80), ("iv_low", psp + 15, 0x01), ("payload_last", at["icv"] - 1, 0x01),
            ("icv_first", at["icv"], 0x80), ("icv_last", size - 1, 0x01)):
        cases.append((f"flip_{what}", base.flip(where, mask), "auth_fail"))
    for version in (4, 7, 8, 15):
        cases.append((f"version_{version}", base.edit(psp + 3, bytes([flags & 0xC3 | version << 2])), "bad"))
    cases += [
        ("always_one_clear", base.flip(psp + 3, 0x01), "bad"),
        ("spi_zero", base.edit(psp + 4, bytes(4)), "bad"),
        ("hdr_ext_len_0", base.edit(psp + 1, b"\0"), "error"),
        ("hdr_ext_len_255", base.edit(psp + 1, b"\xff"), "error"),
        ("udp_length_minus_1", base.udp_length(udp_bytes - 1), "error"),
        ("udp_length_plus_1", base.udp_length(udp_bytes + 1), "error"),
        ("udp_length_0", base.udp_length(0), "error"),
        ("ip_length_plus_1", base.ip_length(1), "error"),
        ("ip_length_minus_1", base.ip_length(-1), "error"),
        ("truncated_1", base.bytes[:-1], "error"),
        ("truncated_to_ports", base.bytes[:base.udp + 4], "error"),
        ("truncated_before_ports", base.bytes[:base.udp + 3], "not_psp"),
        ("padded", base.bytes + bytes(6), "deliver"),
        ("source_port", base.edit(base.udp, b"\x12\x34"), "deliver"),
        ("udp_checksum_wrong", base.edit(base.udp + 6, b"\x12\x34"), "deliver"),
        ("other_port", base.edit(base.udp + 2, b"\x03\xe9"), "not_psp"),
        ("other_protocol", base.edit(23 if base.outer_family == 4 else 20, bytes([TCP])), "not_psp"),
        ("other_ether_type", base.edit(12, b"\x08\x06"), "not_psp"),
    ]
    if base.outer_family == 4:
        cases += [("more_fragments", base.edit(20, b"\x20\x00"), "not_psp"),
                  ("fragment_offset", base.edit(20, b"\x00\x01"), "not_psp"),
                  ("ihl_4", base.edit(14, b"\x44"), "not_psp")]
    else:
        cases.append(("ip_version_4", base.edit(14, b"\x40"), "not_psp"))
    return cases


def sealed_cases():
    """Frames whose ICV is right; (what, frame, verdict, cleartext frame or None)."""
    def around(psp, next_header, payload):
        udp = udp_around(psp.seal(next_header, payload)[0], 50000)
        return ethernet(4, ip_header(4, UDP, len(udp)) + udp)

    datagram = ip_packet(4, UDP, stream("sealed", 12))[20:]
    clear = ethernet(4, ip_header(4, UDP, len(datagram)) + datagram)
    empty = ethernet(4, ip_header(4, NO_NEXT_HEADER, 0))
    cases = [
        ("spi_80000000_sealed", around(Psp(0, 0x80000000), UDP, datagram), "bad", None),
        ("spi_00000000_sealed", around(Psp(0, 0), UDP, datagram), "bad", None),
        ("always_one_clear_sealed", around(Psp(0, 9, always_one=0), UDP, datagram), "bad", None),
        ("reserved_set_sealed", around(Psp(0, 9, reserved=3), UDP, datagram), "deliver", clear),
        ("gmac_crypt_offset_ignored", around(Psp(2, 9, offset=63), UDP, datagram), "deliver", clear),
        ("empty_payload", around(Psp(0, 9), NO_NEXT_HEADER, b""), "deliver", empty),
        ("all_clear", around(Psp(1, 9, offset=5), UDP, datagram), "deliver", clear),
        ("all_clear_flip", None, "auth_fail", None),
        ("all_clear_icv_zero", None, "auth_fail", None),
    ]
    whole = bytearray(cases[6][1])
    cases[8] = ("all_clear_icv_zero", bytes(whole[:-16]) + bytes(16), "auth_fail", None)
    whole[-17] ^= 1
    cases[7] = ("all_clear_flip", bytes(whole), "auth_fail", None)
    past = bytearray(cases[6][1])
    past[42 + 2] = 6
    cases.append(("crypt_offset_past_payload", bytes(past), "error", None))
    cookie = bytearray(cases[5][1])
    cookie[42 + 3] |= 2
    cases.append(("cookie_without_room", bytes(cookie), "error", None))
    udp = udp_around(stream("short", 31), 50000)
    cases.append(("31_bytes", ethernet(4, ip_header(4, UDP, len(udp)) + udp), "error", None))
    return cases + chained_cases(datagram)


def chained_cases(datagram):
    """PSP behind IPv6 extension headers: opened behind those that a header may be put behind."""
    udp = udp_around(Psp(0, 9).seal(UDP, datagram)[0], 50000)
    deepest = (HOP_BY_HOP,) + (DESTINATION_OPTIONS,) * 11  # twelve are what a parser looks at
    cases = []
    for name, chain in (("hop", (HOP_BY_HOP,)), ("routing", (ROUTING,)), ("deepest", deepest)):
        sealed = ethernet(6, ip_header(6, UDP, len(udp), extensions=chain) + udp)
        plain = ip_header(6, UDP, len(datagram), extensions=chain) + datagram
        cases.append((f"v6_chain_{name}", sealed, "deliver", ethernet(6, plain)))
        cases.append((f"v6_chain_{name}_flip", sealed[:-1] + bytes([sealed[-1] ^ 1]), "auth_fail", None))
        cases.append((f"v6_chain_{name}_truncated", sealed[:-1], "error", None))
    too_deep = ip_header(6, UDP, len(udp), extensions=deepest + (DESTINATION_OPTIONS,)) + udp
    cases.append(("v6_chain_too_deep", ethernet(6, too_deep), "not_psp", None))
    for name, kind, header in (
            ("segments_left", ROUTING, bytes([UDP, 0, 253, 1]) + bytes(4)),
            ("fragment", 44, bytes([UDP, 0, 0, 1]) + bytes(4)),
            ("atomic_fragment", 44, bytes([UDP, 0, 0, 0]) + bytes(4)),
            ("authentication", 51, bytes([UDP, 1, 0, 0]) + bytes(8)),
            ("mobility", 135, bytes([UDP, 0]) + bytes(6))):
        packet = ip_header(6, kind, len(header + udp)) + header + udp
        cases.append((f"v6_chain_{name}", ethernet(6, packet), "not_psp", None))
    return cases


def make_receiver():
    bases = [
        Frame("transport_4_v0", Psp(0, 0x11, 21), "transport", 4, 4),
        Frame("transport_6_v1_vc", Psp(1, 0x80000012, 22, 3, 5), "transport", 6, 6),
        Frame("tunnel_4in6_v0", Psp(0, 0x13, 23, 6), "tunnel", 4, 6),
        Frame("tunnel_6in4_v3", Psp(3, 0x80000014, 24), "tunnel", 6, 4),
    ]
    cases = [(f"{base.name}/{what}", frame, expect, base.clear if expect == "deliver" else None)
             for base in bases for what, frame, expect in damaged_cases(base)]
    return [{"name": name, "frame": frame.hex(), "expect": expect, "cleartext": clear and clear.hex()}
            for name, frame, expect, clear in cases + sealed_cases()]


def render(document):
    """JSON with one vector a line."""
    lines = [json.dumps(vector, separators=(",", ":")) for vector in document.pop("vectors")]
    head = json.dumps(document, indent=1)[:-2]
    return (head + ',\n "vectors": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def make_files():
    """{path under vectors/: content}."""
    keys = [key.hex() for key in DEVICE_KEYS]
    documents = {
        "psp/kdf.json": {"format": "pspnic-kdf-1", "vectors": make_kdf()},
        "psp/packets.json": {"format": "pspnic-packets-1", "vectors": make_packets()},
        "psp/receiver.json": {"format": "pspnic-receiver-1", "device_keys": keys, "vectors": make_receiver()},
        "idpf/descriptors.json": {"format": "pspnic-descriptors-1", "vectors": make_descriptors()},
        "idpf/mailbox.json": {"format": "pspnic-mailbox-1", "device_keys": keys, "vectors": make_mailbox()},
        "psp/segments.json": {"format": "pspnic-segments-1", "vectors": make_segments()},
        "psp/merges.json": {"format": "pspnic-merges-1", "device_keys": keys, "vectors": make_merges()},
    }
    files, entries = {}, {}
    for path, document in documents.items():
        count = len(document["vectors"])
        files[path] = render(document)
        digest = hashlib.sha256(files[path]).hexdigest()
        entries[path] = {"sha256": digest, "bytes": len(files[path]), "vectors": count}
    manifest = {"made_by": "scripts/make_vectors.py", "files": entries}
    files["manifest.json"] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    vectors = pathlib.Path(__file__).resolve().parents[1] / "vectors"
    parser.add_argument("--out", type=pathlib.Path, default=vectors)
    arguments = parser.parse_args()
    stale = []
    for path, content in make_files().items():
        target = arguments.out / path
        if arguments.check:
            if not target.is_file() or target.read_bytes() != content:
                stale.append(path)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for path in stale:
        print(f"{arguments.out / path}: not what make_vectors.py makes", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
