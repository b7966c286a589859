# SPDX-License-Identifier: Apache-2.0
"""Where each field of each descriptor lies: IDPF's from VIRTCHNL2's lan_desc.h and the IDPF specification,
those of PSP from this project's extension. vector_descriptors.py makes images from it that the model is
tested with, and make_layouts.py the tables of docs/descriptors.md.

A field is its parts: (lowest bit in the image, bits, lowest bit of the value). Images are little endian.
"""
import collections

Field = collections.namedtuple("Field", "parts meaning")
# What always has the same value: (lowest bit, bits, value, meaning).
Fixed = collections.namedtuple("Fixed", "lowest bits value meaning")
Layout = collections.namedtuple("Layout", "bytes fixed fields")


def at(byte, bit, bits, meaning, of_value=0):
    return Field([(8 * byte + bit, bits, of_value)], meaning)


def dtype(value, bits=5):
    return [Fixed(64, bits, value, f"DTYPE {value}")]


TLEN = "bytes behind the headers; not looked at: the sizes of the buffers count"
MSS = "with TSO: bytes of payload a segment, above 0"
CONTEXT_COMMAND = "bit 5 TSO; the others are not looked at"

LAYOUTS = {
    "mailbox": Layout(32, [], {
        "flags": at(0, 0, 16, "see below; a request and a posted buffer: 0x1400"),
        "opcode": at(2, 0, 16, "request: 0x0801; answer and event: 0x0804; posted buffer: 0"),
        "datalen": at(4, 0, 16, "bytes of payload, 0 to 4096; posted buffer: its size"),
        "ret_val": at(6, 0, 16, "0"),
        "v_opcode": at(8, 0, 28, "what is asked for or answered"),
        "v_dtype": at(11, 4, 4, "0"),
        "v_retval": at(12, 0, 32, "answer: status, 0 well"),
        "param0": at(16, 0, 32, "anything; the answer repeats it"),
        "sw_cookie": at(20, 0, 16, "anything; the answer repeats it"),
        "v_flags": at(22, 0, 16, "0, unless capability 36 has been granted; repeated"),
        "address": Field([(192, 32, 32), (224, 32, 0)], "of the buffer: the high half first")}),
    "tx_flow_data": Layout(16, dtype(12), {
        "buffer_address": at(0, 0, 64, "of the data"),
        "eop": at(8, 5, 1, "the packet's last descriptor"),
        "cs_en": at(8, 6, 1, "make the IPv4 header's, TCP and UDP checksums"),
        "re": at(8, 7, 1, "tell by a completion of type 4 how far descriptors have been read"),
        "departure_time": at(9, 0, 23, "0: at once; not looked at"),
        "horizon_overflow": at(11, 7, 1, "not looked at"),
        "completion_tag": at(12, 0, 16, "of the last descriptor: what the completion repeats"),
        "buffer_size": at(14, 0, 14, "bytes, 1 to 16383"),
        "rxr": at(15, 6, 1, "not looked at")}),
    "tx_tso_context": Layout(16, dtype(5), {
        "tlen": at(0, 0, 18, TLEN),
        "mss": at(4, 0, 14, MSS),
        "header_length": at(6, 0, 8, "with TSO: bytes up to and with the L4 header, 42 to 255"),
        "command": at(8, 5, 11, CONTEXT_COMMAND, 5)}),
    "tx_psp_context": Layout(16, dtype(16), {
        "tlen": at(0, 0, 18, TLEN),
        "psp_offset": at(3, 0, 8, "where the PSP header is; even; not looked at: the card parses", 1),
        "mss": at(4, 0, 14, MSS),
        "header_length": at(6, 0, 8, "with TSO: bytes up to and with the inner L4 header, 42 to 255"),
        "key_source": at(7, 0, 2, "1: SA table; 2: DTYPE 17 behind this descriptor; else the queue stops"),
        "append_icv": at(7, 2, 1, "the card adds an ICV of 16 bytes; 0: it overwrites the last 16"),
        "iv_from_header": at(7, 3, 1, "must be 0: the card writes the IV"),
        "insert_spi": at(7, 4, 1, "the card writes the SA's SPI and version into the PSP header; "
                                  "not with keys in descriptors"),
        "device_built": at(7, 5, 1, "the frame is plain, the card builds the headers of the SA's template "
                                    "(PSP_SET_TX_ENCAP); append_icv and insert_spi then say nothing"),
        "command": at(8, 5, 11, CONTEXT_COMMAND, 5),
        "sa_tag": at(10, 0, 16, "must be the SA's"),
        "sa_idx": at(12, 0, 24, "slot of the SA, of this function")}),
    "tx_psp_key": Layout(16, dtype(17), {
        "key_0_7": at(0, 0, 64, "bytes 0 to 7 of this part of the key, the first in byte 0"),
        "index": at(10, 0, 2, "0, 1, 2: which part; bytes 13 * index and on of the key"),
        "last": at(10, 7, 1, "the key's last: of two for 16 bytes, of three for 32"),
        "key_8_12": at(11, 0, 40, "bytes 8 to 12; those behind the key's end are ignored")}),
    "tx_completion": Layout(8, [], {
        "queue_id": at(0, 0, 11, "relative_queue_id of CONFIG_TX_QUEUES"),
        "type": at(1, 3, 3, "see below"),
        "generation": at(1, 7, 1, "1 in the first pass over the ring, the other value in each further one"),
        "value": at(2, 0, 16, "type 2: completion tag; type 4: ring index"),
        "timestamp": at(4, 0, 24, "0")}),
    "rx_buffer": Layout(32, [], {
        "buf_id": at(0, 0, 16, "the completion repeats it"),
        "packet_address": at(8, 0, 64, "of the buffer; its size is the buffer queue's data_buffer_size"),
        "header_address": at(16, 0, 64, "with header split: of the header buffer")}),
    "rx_completion": Layout(32, [], {
        "rxdid": at(0, 0, 4, "2"),
        "cast": at(0, 6, 2, "0 unicast, 1 multicast, 2 broadcast"),
        "status0": at(1, 0, 8, "see below"),
        "ptype": at(2, 0, 10, "packet type, as GET_PTYPE_INFO announces"),
        "ip_hdr_err": at(3, 2, 1, "0"),
        "udp_len_err": at(3, 3, 1, "0"),
        "raw_csum_inv": at(3, 4, 1, "raw_csum is no checksum: always 1"),
        "psp_status": at(3, 5, 3, "FF0, of queues with the PSP flag: see below"),
        "length": at(4, 0, 14, "bytes in this buffer"),
        "generation": at(5, 6, 1, "1 in the first pass over the ring, the other value in each further one"),
        "bufq2": at(5, 7, 1, "the buffer is of the second buffer queue"),
        "header_length": at(6, 0, 10, "with sph: bytes in the header buffer"),
        "rsc": at(7, 2, 1, "several packets merged"),
        "sph": at(7, 3, 1, "headers are in the header buffer"),
        "ext_udp_0": at(7, 4, 1, "0"),
        "int_udp_0": at(7, 5, 1, "0"),
        "trunc_mirror": at(7, 6, 1, "0"),
        "miss_prepend": at(7, 7, 1, "0"),
        "status1": at(8, 0, 8, "see below"),
        "status2": at(9, 0, 8, "see below"),
        "psp_generation": at(10, 0, 7, "of the key that opened the packet"),
        "psp_icv_stripped": at(10, 7, 1, "the ICV is off"),
        "ts_low": at(11, 0, 8, "0: no time stamp"),
        "buf_id": at(12, 0, 16, "of the buffer"),
        "raw_csum": at(14, 0, 16, "with rsc: bytes of payload of each merged packet but the last"),
        "hash": at(16, 0, 32, "RSS, with bit 4 of status0"),
        "l2tag2": at(20, 0, 16, "with headers taken off: the PSP version"),
        "l2tag1": at(24, 0, 16, "0"),
        "psp_spi": Field([(176, 16, 0), (208, 16, 16)], "with bit 6 of status2"),
        "ts_high": at(28, 0, 32, "0")}),
    "tx_base_data": Layout(16, dtype(0, 4), {
        "buffer_address": at(0, 0, 64, "of the data"),
        "command": at(8, 4, 12, "see below"),
        "mac_length": at(10, 0, 7, "bytes in front of the IP header; even", 1),
        "ip_length": at(10, 7, 7, "bytes of the IP header", 2),
        "l4_length": at(11, 6, 4, "bytes of the L4 header", 2),
        "buffer_size": at(12, 2, 14, "bytes, 1 to 16383"),
        "l2tag1": at(14, 0, 16, "0: no tag can be inserted")}),
    "tx_base_context": Layout(16, dtype(1, 4), {
        "tunnelling": at(0, 0, 32, "not looked at: the card parses"),
        "l2tag2": at(4, 0, 16, "0: no tag can be inserted"),
        "command": at(8, 4, 12, "bit 0 TSO, bit 1 TSYN, bit 2 IL2TAG2 (refused)"),
        "tlen": at(11, 6, 18, TLEN),
        "mss": at(14, 2, 14, MSS)}),
    "tx_flex_data": Layout(16, [], {
        "buffer_address": at(0, 0, 64, "of the data"),
        "dtype": at(8, 0, 5, "3"),
        "command": at(8, 5, 11, "see below", 5),
        "l2tag1": at(10, 0, 16, "0: no tag can be inserted"),
        "l2tag2": at(12, 0, 16, "0"),
        "buffer_size": at(14, 0, 14, "bytes, 1 to 16383")}),
    "rx_single_buffer": Layout(16, [], {
        "packet_address": at(0, 0, 64, "of the buffer; its size is the queue's data_buffer_size"),
        "header_address": at(8, 0, 64, "0: that clears DD")}),
    "rx_single_flex": Layout(32, [Fixed(0, 16, 2, "RXDID 2")], {
        "ptype": at(2, 0, 10, "packet type; below 256"),
        "length": at(4, 0, 14, "bytes in this buffer"),
        "status0": at(8, 0, 16, "see below"),
        "l2tag1": at(10, 0, 16, "0"),
        "hash": at(12, 0, 32, "RSS, with bit 12 of status0"),
        "status1": at(16, 0, 16, "see below"),
        "ts_low": at(19, 0, 8, "0"),
        "l2tag2_first": at(20, 0, 16, "0"),
        "l2tag2_second": at(22, 0, 16, "0"),
        "flow_id": at(24, 0, 32, "0"),
        "ts_high": at(28, 0, 32, "0")}),
    "rx_single_base": Layout(16, [], {
        "rss": at(4, 0, 32, "RSS, with bits 13:12 of status both set"),
        "status": at(8, 0, 19, "see below"),
        "error": at(10, 3, 8, "see below"),
        "ptype": at(11, 6, 8, "packet type"),
        "length": at(12, 6, 14, "bytes in this buffer")}),
    "config_queue": Layout(32, [], {
        "flags": at(0, 0, 16, "as the mailbox's; with records BUF; completed DD and CMP, failed ERR too"),
        "opcode": at(2, 0, 16, "see below"),
        "datalen": at(4, 0, 16, "64 for each record; direct forms 0; posted buffer: its size"),
        "status": at(6, 0, 16, "completed: see below"),
        "cookie": at(8, 0, 64, "anything; completion and answer repeat it"),
        "vport": at(16, 0, 11, "not looked at"),
        "response": at(18, 6, 2, "an answer on the other ring: 0 none, 1 of what failed, 2 always"),
        "num_records": at(19, 0, 3, "1 to 4; direct forms 0"),
        "sa_tag": at(20, 0, 16, "direct forms: the SA's"),
        "addr_high": at(24, 0, 32, "of the buffer, high half; direct forms: sa_idx"),
        "addr_low": at(28, 0, 32, "of the buffer, low half; direct SA_UPDATE_IV: the IV")}),
}
