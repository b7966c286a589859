# SPDX-License-Identifier: Apache-2.0
"""Images of descriptors for make_vectors.py, from the layouts of IDPF and of docs/messages.md's extension.

A field is its parts: (lowest bit in the image, bits, lowest bit of the value). Images are little endian.
"""
from vector_packets import stream


def at(byte, bit, bits, of_value=0):
    return [(8 * byte + bit, bits, of_value)]


# kind: (bytes, what always stands there, fields). VIRTCHNL2's lan_desc.h and the IDPF specification.
LAYOUTS = {
    "mailbox": (32, {}, {
        "flags": at(0, 0, 16), "opcode": at(2, 0, 16), "datalen": at(4, 0, 16), "ret_val": at(6, 0, 16),
        "v_opcode": at(8, 0, 28), "v_dtype": at(11, 4, 4), "v_retval": at(12, 0, 32), "param0": at(16, 0, 32),
        "sw_cookie": at(20, 0, 16), "v_flags": at(22, 0, 16),
        "address": at(24, 0, 32, 32) + at(28, 0, 32)}),
    "tx_flow_data": (16, {"dtype": 12 << 64}, {
        "buffer_address": at(0, 0, 64), "eop": at(8, 5, 1), "cs_en": at(8, 6, 1), "re": at(8, 7, 1),
        "departure_time": at(9, 0, 23), "horizon_overflow": at(11, 7, 1), "completion_tag": at(12, 0, 16),
        "buffer_size": at(14, 0, 14), "rxr": at(15, 6, 1)}),
    "tx_tso_context": (16, {"dtype": 5 << 64}, {
        "tlen": at(0, 0, 18), "mss": at(4, 0, 14), "header_length": at(6, 0, 8),
        "command": at(8, 5, 11, 5)}),
    "tx_psp_context": (16, {"dtype": 16 << 64}, {
        "tlen": at(0, 0, 18), "psp_offset": at(3, 0, 8, 1), "mss": at(4, 0, 14), "header_length": at(6, 0, 8),
        "key_source": at(7, 0, 2), "append_icv": at(7, 2, 1), "iv_from_header": at(7, 3, 1),
        "insert_spi": at(7, 4, 1), "device_built": at(7, 5, 1), "command": at(8, 5, 11, 5),
        "sa_tag": at(10, 0, 16), "sa_idx": at(12, 0, 24)}),
    "tx_completion": (8, {}, {
        "queue_id": at(0, 0, 11), "type": at(1, 3, 3), "generation": at(1, 7, 1), "value": at(2, 0, 16),
        "timestamp": at(4, 0, 24)}),
    "rx_buffer": (32, {}, {
        "buf_id": at(0, 0, 16), "packet_address": at(8, 0, 64), "header_address": at(16, 0, 64)}),
    "rx_completion": (32, {}, {
        "rxdid": at(0, 0, 4), "cast": at(0, 6, 2), "status0": at(1, 0, 8), "ptype": at(2, 0, 10),
        "ip_hdr_err": at(3, 2, 1), "udp_len_err": at(3, 3, 1), "raw_csum_inv": at(3, 4, 1),
        "psp_status": at(3, 5, 3), "length": at(4, 0, 14), "generation": at(5, 6, 1), "bufq2": at(5, 7, 1),
        "header_length": at(6, 0, 10), "rsc": at(7, 2, 1), "sph": at(7, 3, 1), "ext_udp_0": at(7, 4, 1),
        "int_udp_0": at(7, 5, 1), "trunc_mirror": at(7, 6, 1), "miss_prepend": at(7, 7, 1),
        "status1": at(8, 0, 8), "status2": at(9, 0, 8), "psp_generation": at(10, 0, 7),
        "psp_icv_stripped": at(10, 7, 1), "ts_low": at(11, 0, 8), "buf_id": at(12, 0, 16),
        "raw_csum": at(14, 0, 16), "hash": at(16, 0, 32), "l2tag2": at(20, 0, 16), "l2tag1": at(24, 0, 16),
        "psp_spi": at(22, 0, 16) + at(26, 0, 16, 16), "ts_high": at(28, 0, 32)}),
}


def most(parts):
    """The value with all bits of the field set."""
    return sum(((1 << bits) - 1) << of_value for _, bits, of_value in parts)


def image(kind, values):
    size, fixed, fields = LAYOUTS[kind]
    word = sum(fixed.values())
    for name, value in values.items():
        for lowest, bits, of_value in fields[name]:
            word |= (value >> of_value & ((1 << bits) - 1)) << lowest
    return word.to_bytes(size, "little").hex()


def make_descriptors():
    vectors = []

    def add(kind, name, values):
        full = {field: values.get(field, 0) for field in LAYOUTS[kind][2]}
        vectors.append({"name": f"{kind}/{name}", "kind": kind,
                        "fields": {field: f"{value:x}" for field, value in full.items()},
                        "image": image(kind, full)})

    for kind, (_, _, fields) in LAYOUTS.items():
        add(kind, "zero", {})
        add(kind, "all", {name: most(parts) for name, parts in fields.items()})
        for name, parts in fields.items():
            add(kind, name, {name: most(parts)})
        for index in range(8):
            add(kind, f"random_{index}", {
                name: int.from_bytes(stream(f"{kind}/{index}/{name}", 8), "little") & most(parts)
                for name, parts in fields.items()})
    return vectors
