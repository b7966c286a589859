#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes fixtures/ (--check: compares): a small file of each format that pspnic vectors reads, ours aside.

The values come from python3-cryptography; packets are some of vectors/psp in the layouts of google/psp.
"""
import filecmp
import json
import pathlib
import struct
import sys
import tempfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
FOLDER = FIXTURES  # where to write
OWN = HERE.parents[3] / "vectors" / "psp"
NOTE = "made for this project's tests"
K16, K24, K32 = bytes(range(16)), bytes(range(24)), bytes(range(32))
P1, P2 = bytes(range(100, 116)), bytes(range(50, 82))
IV, AAD = bytes(range(200, 212)), bytes(range(20))
ETHERNET, IPV4, UDP, PSP, ICV = 14, 20, 8, 16, 16


def write(name, text):
    (FOLDER / name).write_text(text, encoding="ascii")


def write_json(name, value):
    write(name, json.dumps(value, indent=1) + "\n")


def flipped(tag):
    return bytes([tag[0] ^ 1]) + tag[1:]


def ecb(key, text, decrypt=False):
    cipher = Cipher(algorithms.AES(key), modes.ECB())
    return (cipher.decryptor() if decrypt else cipher.encryptor()).update(text)


def gcm(key, iv, text, aad):
    sealed = AESGCM(key).encrypt(iv, text, aad)
    return sealed[:-16], sealed[-16:]


def cmac(key, message):
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def fields(**values):
    lines = []
    for name, value in values.items():
        lines.append(f"{name} = {value.hex() if isinstance(value, bytes) else value}".rstrip() + "\n")
    return "\n" + "".join(lines)


def make_ecb():
    text = f"# {NOTE}\n# AESVS MMT test data for ECB\n\n[ENCRYPT]\n"
    for count, (key, block) in enumerate([(K16, P1), (K32, P2), (K24, P1)]):
        text += fields(COUNT=count, KEY=key, PLAINTEXT=block, CIPHERTEXT=ecb(key, block))
    text += "\n[DECRYPT]\n" + fields(COUNT=0, KEY=K16, CIPHERTEXT=P1, PLAINTEXT=ecb(K16, P1, True))
    write("ecb.rsp", text)
    chained = P1
    for _ in range(1000):
        chained = ecb(K16, chained)
    write("monte_carlo.rsp", f"# {NOTE}\n# AESVS MCT test data for ECB\n\n[ENCRYPT]\n"
          + fields(COUNT=0, KEY=K16, PLAINTEXT=P1, CIPHERTEXT=chained))


def gcm_section(key, iv, text, aad, tag_bits):
    return (f"\n[Keylen = {8 * len(key)}]\n[IVlen = {8 * len(iv)}]\n[PTlen = {8 * len(text)}]\n"
            f"[AADlen = {8 * len(aad)}]\n[Taglen = {tag_bits}]\n")


def make_gcm():
    text = f"# {NOTE}\n# GCM Encrypt with keysize 128 test information\n"
    for iv, tag_bits in ((IV, 128), (IV, 32), (K16, 128)):
        sealed, tag = gcm(K16, iv, P1, AAD)
        text += gcm_section(K16, iv, P1, AAD, tag_bits)
        text += fields(Count=0, Key=K16, IV=iv, PT=P1, AAD=AAD, CT=sealed, Tag=tag[:tag_bits // 8])
    write("gcm_encrypt.rsp", text)
    sealed, tag = gcm(K32, IV, P2, b"")
    text = f"# {NOTE}\n# GCM Decrypt with keysize 256 test information\n" + gcm_section(K32, IV, P2, b"", 128)
    text += fields(Count=0, Key=K32, IV=IV, CT=sealed, AAD=b"", Tag=tag, PT=P2)
    text += fields(Count=1, Key=K32, IV=IV, CT=sealed, AAD=b"", Tag=flipped(tag)) + "FAIL\n"
    text += gcm_section(K32, IV, P2, b"", 64)
    text += fields(Count=0, Key=K32, IV=IV, CT=sealed, AAD=b"", Tag=tag[:8], PT=P2)
    write("gcm_decrypt.rsp", text)


def make_cmac():
    text = f"# {NOTE}\n"
    for count, message in enumerate([b"", P1, P2 + b"x"]):
        text += fields(COUNT=count, KEY=K16, MESSAGE=message, OUTPUT=cmac(K16, message))
    write("cmac.txt", text)
    text = f"# {NOTE}\n"
    for count, (message, valid) in enumerate([(b"", True), (P2, True), (P2, False)]):
        tag = cmac(K32, message)[:8]
        text += fields(Count=count, Klen=32, Mlen=len(message), Tlen=8, Key=K32, Msg=message or b"\0",
                       Mac=tag if valid else flipped(tag), Result="P" if valid else "F (1 - Message changed)")
    write("cmac_verify.rsp", text)


def make_wycheproof():
    def file(name, algorithm, group, tests):
        for number, test in enumerate(tests, 1):
            test.update(tcId=number, comment="", flags=[])
            test.update({key: value.hex() for key, value in test.items() if isinstance(value, bytes)})
        write_json(name, {"algorithm": algorithm, "numberOfTests": len(tests), "header": [NOTE],
                          "testGroups": [dict(group, tests=tests)]})

    sealed, tag = gcm(K16, IV, P1, AAD)
    valid = {"key": K16, "iv": IV, "aad": AAD, "msg": P1, "ct": sealed, "tag": tag, "result": "valid"}
    file("wycheproof_gcm.json", "AES-GCM", {"type": "AeadTest", "keySize": 128, "ivSize": 96, "tagSize": 128},
         [valid, dict(valid, tag=flipped(tag), result="invalid"), dict(valid, iv=b"", result="invalid")])
    tag = gcm(K32, IV, b"", P2)[1]
    valid = {"key": K32, "iv": IV, "msg": P2, "tag": tag, "result": "valid"}
    file("wycheproof_gmac.json", "AES-GMAC",
         {"type": "MacWithIvTest", "keySize": 256, "ivSize": 96, "tagSize": 128},
         [valid, dict(valid, msg=P1, result="invalid")])
    valid = {"key": K32, "msg": P2, "tag": cmac(K32, P2), "result": "valid"}
    file("wycheproof_cmac.json", "AES-CMAC", {"type": "MacTest", "keySize": 256, "tagSize": 128},
         [valid, dict(valid, msg=P1, result="invalid"), dict(valid, key=b"\0\1", result="invalid")])
    file("wycheproof_other.json", "CHACHA20-POLY1305", {"type": "AeadTest"}, [{"result": "valid"}])


def own(name):
    return json.loads((OWN / name).read_text(encoding="ascii"))


def master_keys():
    first, second = own("receiver.json")["device_keys"]
    return {"master_key0": first, "master_key1": second}


def google_packet(vector):
    offsets = vector["offsets"]
    payload = offsets["psp"] + PSP + (8 if vector["vc"] else 0)
    wire, psp = bytes.fromhex(vector["encrypted"]), offsets["psp"]
    clear = {"nonce": wire[psp + 4:psp + 16].hex(), "crypt_offset_words": vector["crypt_offset"],
             "crypt_offset_bytes": 4 * vector["crypt_offset"], "vc": vector["vc"],
             "aad_len": offsets["cipher"] - psp, "ciphertext_len": offsets["icv"] - offsets["cipher"],
             "icv": wire[-ICV:].hex()}
    return {"name": vector["name"], **clear, "mode": vector["mode"], "ip_version": vector["outer_family"],
            "psp_version": vector["version"], **master_keys(), "spi": vector["spi"],
            "derived_key": vector["session_key"], "iv": vector["iv"],
            "offsets": dict(offsets, payload=payload), "cleartext_frame": vector["cleartext"],
            "encrypted_frame": vector["encrypted"]}


def ipv4_sum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def opened(frame, key):
    """An IPv4 transport packet without cookie and Crypt Offset, decapsulated."""
    psp = ETHERNET + IPV4 + UDP
    header, sealed = frame[psp:psp + PSP], frame[psp + PSP:]
    clear = AESGCM(key).decrypt(header[4:16], sealed, header)
    ip = bytearray(frame[ETHERNET:ETHERNET + IPV4])
    ip[9] = header[0]
    ip[2:4] = struct.pack(">H", IPV4 + len(clear))
    ip[10:12] = b"\0\0"
    ip[10:12] = struct.pack(">H", ipv4_sum(bytes(ip)))
    return frame[:ETHERNET] + bytes(ip) + clear


def google_segments(vector):
    wire = [bytes.fromhex(segment) for segment in vector["segments"]]
    key = bytes.fromhex(vector["session_key"])
    tcp_bytes = vector["header_bytes"] - (vector["psp_offset"] + PSP)
    return {"name": vector["name"], "ip_version": 4, "psp_version": vector["version"], **master_keys(),
            "spi": vector["spi"], "mss": vector["mss"], "tcp_header_len": tcp_bytes,
            "iv_list": vector["ivs"], "payload": vector["driver"][2 * vector["header_bytes"]:],
            "cleartext_segments": [opened(segment, key).hex() for segment in wire],
            "psp_segments": vector["segments"]}


def make_google():
    packets = [vector for vector in own("packets.json")["vectors"]
               if not vector["extension"] and not vector["vc"] and vector["version"] < 2]
    chosen = {vector["mode"]: vector for vector in packets if "chain" not in vector["name"]}
    write_json("google_packets.json", {"packets": [google_packet(chosen[mode]) for mode in sorted(chosen)]})
    wanted = {"deliver": "deliver", "auth_fail": "drop, count auth-fail", "error": "drop, count error",
              "bad": "drop, count bad (recommended)"}
    cases = {vector["expect"]: vector for vector in own("receiver.json")["vectors"]}
    write_json("google_receiver.json", {"cases": [
        {"name": cases[expect]["name"], **master_keys(), "frame": cases[expect]["frame"], "expect": text}
        for expect, text in wanted.items()]})
    segments = {vector["name"]: vector for vector in own("segments.json")["vectors"]}
    write_json("google_segments.json", {"examples": [google_segments(segments["transport_tcp4_mtu1500"])]})
    keys = master_keys()
    vectors = [vector for vector in own("kdf.json")["vectors"] if vector["device_key"] in keys.values()
               and vector["device_key"] == keys[f"master_key{int(vector['spi'], 16) >> 31}"]][:4]
    write_json("google_kdf.json", {"vectors": [
        {**keys, "spi": vector["spi"], "psp_version": vector["version"],
         "input_blocks": vector["input_blocks"], "derived_key": vector["session_key"]}
        for vector in vectors]})


def pcap(frames):
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(frames):
        data += struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame
    return data


def make_triple():
    vector = next(vector for vector in own("packets.json")["vectors"]
                  if vector["mode"] == "transport" and not vector["vc"] and not vector["extension"]
                  and vector["version"] == 0 and vector["crypt_offset"] == 0)
    folder = FOLDER / "triple"
    folder.mkdir(exist_ok=True)
    (folder / "one").write_bytes(pcap([bytes.fromhex(vector["cleartext"])]))
    (folder / "two").write_bytes(pcap([bytes.fromhex(vector["encrypted"])]))
    keys = [bytes.fromhex(key).hex(" ") for key in master_keys().values()]
    lines = [*keys, vector["spi"].upper(), "transport", "aes-gcm-128", "0", "0", "0", "no-vc"]
    (folder / "three").write_text("\n".join(lines) + "\n", encoding="ascii")


def make_all(folder):
    global FOLDER
    FOLDER = folder
    folder.mkdir(exist_ok=True)
    for make in (make_ecb, make_gcm, make_cmac, make_wycheproof, make_google, make_triple):
        make()


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def check():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_all(folder)
        names = files_in(folder)
        _, different, missing = filecmp.cmpfiles(folder, FIXTURES, names, shallow=False)
        wrong = different + missing + sorted(set(files_in(FIXTURES)) - set(names))
    if wrong:
        sys.exit("not as made: " + ", ".join(wrong))


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        make_all(FIXTURES)
