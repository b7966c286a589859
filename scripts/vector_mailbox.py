# SPDX-License-Identifier: Apache-2.0
"""Transcripts of the mailbox for make_vectors.py: what a driver asks and what docs/messages.md answers.

A reply is hexadecimal with ".." where the device says what it likes.
"""
import struct

from vector_packets import DEVICE_KEYS, derive_key

VERSION, GET_CAPS, GET_EDT_CAPS, GET_OEM_CAPS = 1, 500, 525, 4999
PSP_GET_CAPS, PSP_ROTATE_KEY, PSP_ALLOC_RX_SA, NO_OPCODE = 30000, 30002, 30003, 4998
SUCCESS, EPERM, ESRCH, EINVAL, ESM, BAD_VERSION = 0, 1, 3, 22, 201, 320
CAPS_BYTES, PSP_CAPS_BYTES = 80, 80
OEM, PSP_MAILBOX = 1 << 63, 1 << 32
WHOLE_FUNCTION = 0xFFFFFFFF


def anything(count):
    return ".." * count


def step(opcode, request, reply=None, status=SUCCESS):
    """Without a reply: the request comes back."""
    return {"opcode": opcode, "request": request.hex(), "status": status,
            "reply": request.hex() if reply is None else reply}


def version(major=2, minor=0):
    return step(VERSION, struct.pack("<II", major, minor), struct.pack("<II", 2, 0).hex())


def caps():
    """Nothing but OEM messages is asked for: nothing else is granted."""
    request = bytes(24) + struct.pack("<Q", OEM) + bytes(CAPS_BYTES - 32)
    return step(GET_CAPS, request, request[:32].hex() + anything(CAPS_BYTES - 32))


def oem_caps():
    return step(GET_OEM_CAPS, struct.pack("<Q", PSP_MAILBOX))


def allocate(psp_version, count, phase, first):
    """SPIs count up from `first`; the keys are those of the phase's device key."""
    head = struct.pack("<IIHB5x", WHOLE_FUNCTION, 0, count, psp_version)
    request = head + b"".join(struct.pack("<IHBB32sQ", 0, 0, 0, 0, b"", 7 + i) for i in range(count))
    reply = head.hex()
    for i in range(count):
        spi = phase << 31 | first + i
        key = derive_key(DEVICE_KEYS[phase], spi, psp_version)
        reply += struct.pack("<IH", spi, 0).hex() + anything(1)
        reply += struct.pack("<B32sQ", len(key), key, 7 + i).hex()
    return step(PSP_ALLOC_RX_SA, request, reply)


def rotate(phase, rotations):
    request = struct.pack("<II", WHOLE_FUNCTION, 0) + bytes(24)
    reply = (request[:8].hex() + anything(1) + f"{phase:02x}" + anything(1) + bytes(5).hex()
             + struct.pack("<Q", rotations).hex() + bytes(8).hex())
    return step(PSP_ROTATE_KEY, request, reply)


def make_mailbox():
    ready = [version(), caps(), oem_caps()]
    transcripts = {
        "version": [version(), version()],
        "another_major_version": [version(3), step(GET_CAPS, bytes(CAPS_BYTES), status=ESM)],
        "before_version": [step(GET_CAPS, bytes(CAPS_BYTES), status=ESM), version()],
        "before_caps": [version(), step(GET_OEM_CAPS, struct.pack("<Q", PSP_MAILBOX), status=ESM)],
        "unknown_opcode": [version(), step(NO_OPCODE, b"words of a driver", status=ESRCH)],
        "short_message": [version(), step(GET_CAPS, bytes(CAPS_BYTES - 1), status=EINVAL)],
        "never_granted": [version(), caps(), step(GET_EDT_CAPS, bytes(16), status=EPERM)],
        "psp_without_oem_caps": [version(), caps(), step(PSP_GET_CAPS, bytes(PSP_CAPS_BYTES), status=EPERM)],
    }
    for psp_version in range(4):
        transcripts[f"keys_over_rotations_v{psp_version}"] = [
            *ready, allocate(psp_version, 2, 0, 1), allocate(psp_version, 1, 0, 3), rotate(1, 1),
            allocate(psp_version, 3, 1, 1), rotate(0, 2), allocate(psp_version, 1, 0, 1)]
    return [{"name": name, "steps": steps} for name, steps in transcripts.items()]
