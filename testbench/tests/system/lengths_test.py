# SPDX-License-Identifier: Apache-2.0
"""Runs that carry no payload: the same report, to the last time and counter, as with all bytes."""
from bench import CARDS, SHIPPED_CAPTURES, BenchTest

LENGTHS = ("--set", "payload=lengths")
VERDICT = r"All received packets are (those|among those) sent.* payload (was )?not carried"


def settings(*pairs):
    return [word for pair in pairs for word in ("--set", pair)]


class Lengths(BenchTest):

    def report_of(self, *words, status):
        self.runs += 1
        path = self.folder / f"report{self.runs}.json"
        process = self.pspnic("run", *words, "--report", path)
        self.assertEqual(process.returncode, status, f"{words}\n{process.stdout}{process.stderr}")
        return path.read_text(), process.stdout

    def check_same(self, *words, status=0):
        with_bytes, text = self.report_of(*words, status=status)
        lengths, text_of_lengths = self.report_of(*words, *LENGTHS, status=status)
        self.assertTrue(with_bytes == lengths, f"{words}")
        if status == 0:
            self.assertNotRegex(text, VERDICT)
            self.assertRegex(text_of_lengths, VERDICT)
            self.assertNotIn("byte for byte", text_of_lengths)

    def test_streams(self):
        for workload in "stream", "bidir", "tso", "small", "jumbo", "clear":
            self.check_same("--workload", workload, "--packets", 3000)

    def test_traffic_of_sizes_and_times_of_its_own(self):
        for workload in "imix", "poisson", "onoff", "many", "rpc":
            self.check_same("--workload", workload, "--packets", 1500)
        self.check_same("--workload", "rpc", "--packets", 300,
                        *settings("traffic.tso=true", "traffic.udp=false", "traffic.b.sizes.bytes=150000B"))

    def test_cards(self):
        for card in CARDS.values():
            self.check_same("--workload", "bidir", "--packets", 2000, "--config", card,
                            *settings("stream.flows=32", "host.queue_pairs=8"))

    def test_headers(self):
        for pairs in (("stream.ipv6=true", "stream.ipv6_extensions=3", "stream.vlan_tags=2"),
                      ("stream.udp=true", "stream.payload_bytes=8", "stream.psp_version=2"),
                      ("stream.tunnel=true", "stream.vc=true", "stream.psp_version=1"),
                      ("stream.device_built=true", "stream.crypt_offset=3"),
                      ("nic.tx.udp_checksum=valid", "nic.rx.verify_udp_checksum=true")):
            self.check_same("--workload", "stream", "--packets", 2000, *settings(*pairs))

    def test_coalescing(self):
        for pairs in ((), ("host.strip_headers=true", "host.header_split=true"),
                      ("stream.flows=40", "nic.rx.gro.contexts=16"), ("stream.psp=false",)):
            self.check_same("--workload", "tso", "--packets", 4000, *settings("host.gro=true", *pairs))

    def test_single_queues_keys_in_descriptors_and_sas_in_memory(self):
        for pairs in (("host.psp.key_mode=descriptor", "stream.tso=30000B"),
                      ("nic.crypto.sa_cache.memory=host", "nic.crypto.sa_cache.entries=16",
                       "stream.flows=64"),
                      ("nic.crypto.gcm.lane=iterative_256_digit16", "nic.crypto.kdf.unit=iterative"),
                      ("nic.rx.psp_buffer=16KiB", "nic.crypto.kdf.unit=iterative",
                       "nic.crypto.kdf.clock=50MHz",
                       "faults.overload=true", "check.authentic=off")):
            self.check_same("--workload", "stream", "--packets", 3000, *settings(*pairs))

    def test_mix_and_churn(self):
        self.check_same("--workload", "mix", *settings("mix.duration=200us", "mix.vlan=true"))
        self.check_same("--workload", "churn", *settings("churn.duration=2ms"))

    def test_tcp(self):
        self.check_same("--workload", "tcp", *settings("tcp.bytes=100KiB"))
        self.check_same("--workload", "tcp_tso", *settings(
            "tcp.bytes=1MiB", "host.gro=true", "cable.loss=0.001", "cable.reorder.probability=0.001",
            "check.authentic=off"))

    def test_losses_and_resets(self):
        self.check_same("--workload", "stream", "--packets", 5000, *settings(
            "cable.loss=0.01", "cable.duplicate=0.01", "faults.reset.after=100us", "check.authentic=off"))

    def test_a_folder_gets_the_report_without_captures(self):
        out = self.folder / "out"
        words = ("run", "--workload", "stream", "--packets", 100, "--out", out)
        files = ["host.json", "report.html", "report.json"]
        for more, expected in (((), sorted([*files, "host_a.pcap", "host_b.pcap", "keys.log", "wire.pcap"])),
                               (LENGTHS, files)):
            process = self.pspnic(*words, *more)
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertEqual(sorted(path.name for path in out.iterdir()), expected)
            written = process.stdout.split("Written to ")[1].splitlines()[0].split()[1:]
            self.assertEqual(sorted([*written, "report.html"]), expected)

    def test_what_needs_bytes_is_refused(self):
        for place, words in (
                ("--pcap", ("--pcap", SHIPPED_CAPTURES[0])),
                ("nic.crypto.engine", ("--workload", "stream", *settings("crypto.engine=rtl"))),
                ("check.authentic", ("--workload", "stream", *settings("check.authentic=on"))),
                ("cable.bit_errors", ("--workload", "stream", *settings("bit_errors.payload=0.1"))),
                ("faults.descriptor_flipped", ("--workload", "stream",
                                               *settings("faults.descriptor_flipped=0.1"))),
                ("host.gro", ("--workload", "traffic", *settings("traffic.udp=false", "host.gro=true"))),
                ("tcp.psp", ("--workload", "tcp", *settings("tcp.psp=upgrade")))):
            process = self.pspnic("run", *words, *LENGTHS)
            self.assertEqual((process.returncode, process.stdout), (2, ""), place)
            self.assertRegex(process.stderr, rf"\Apspnic: {place}: .*set payload=bytes\n\Z")
