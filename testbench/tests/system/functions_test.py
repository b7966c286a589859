# SPDX-License-Identifier: Apache-2.0
"""Virtual functions: each driver's flows go from its function of one card to that of the other."""
import collections
import struct

from bench import BenchTest

MAC_BYTES = 6
FUNCTION_BYTE = 4  # of a station's address
TCP_OFFSET = 34
SHORT_RINGS = ("host.ring=128",)  # so that no function takes all packets before the next begins


def settings(*pairs):
    """Words of the command line."""
    return [word for pair in pairs for word in ("--set", pair)]


def functions(count):
    return settings(f"nic.device.vfs={count}", f"host.vfs={count}", *SHORT_RINGS)


class Functions(BenchTest):
    """All functions carry traffic at once, and nothing is lost or comes up at another."""

    def check_parts(self, run, names, packets, start="a"):
        parts = {part["name"]: part for part in run.summary["parts"] if part["from"] == start}
        self.assertEqual(set(parts), set(names))
        self.assertEqual(sum(part["verified"] for part in parts.values()), packets)
        for part in parts.values():
            self.assertGreater(part["sent"], 0)
            self.assertEqual(part["sent"], part["verified"])
        return parts

    def check_drivers(self, run, direction, count):
        """Those of the report, the virtual functions' as well, sum up to what was sent and received."""
        sender, receiver = ("host_a", "host_b") if direction == "a_to_b" else ("host_b", "host_a")
        drivers = run.report["drivers"]
        self.assertEqual(len(drivers), 2 * (count + 1))
        for host, counter, of_run in (sender, "tx_frames", "sent"), (receiver, "rx_frames", "received"):
            own = [host, *(f"{host} vf {vf}" for vf in range(count))]
            counts = [drivers[name][counter]["value"] for name in own]
            self.assertTrue(all(counts), counts)
            self.assertEqual(sum(counts), run.summary[direction][of_run])

    def test_all_functions_carry_traffic(self):
        run = self.run_well("--workload", "stream", "--packets", 3000, *functions(2))
        parts = self.check_parts(run, ("pf vport 0", "vf 0 vport 0", "vf 1 vport 0"), 3000)
        self.assertEqual(run.total("sent_psp"), 3000)
        self.check_drivers(run, "a_to_b", 2)
        flows = collections.defaultdict(set)
        frames = collections.Counter()
        for frame in run.frames("host_b"):
            self.assertEqual(frame[FUNCTION_BYTE], frame[MAC_BYTES + FUNCTION_BYTE], "of the same number")
            flows[frame[FUNCTION_BYTE]].add(struct.unpack_from(">H", frame, TCP_OFFSET)[0])
            frames[frame[FUNCTION_BYTE]] += 1
        self.assertEqual([len(flows[function]) for function in sorted(flows)], [6, 5, 5])
        self.assertEqual([frames[function] for function in sorted(frames)],
                         [part["received"] for part in parts.values()])
        queues = run.summary["queues"]["host_a"]
        self.assertEqual([queue["sent_frames"] for queue in queues],
                         [part["sent"] for part in parts.values()])

    def test_vports_and_queues_of_each_function(self):
        names = [f"{function} vport {vport}" for function in ("pf", "vf 0", "vf 1") for vport in (0, 1)]
        for psp in "true", "false":
            run = self.run_well("--workload", "bidir", "--packets", 3000, *functions(2),
                                *settings("nic.device.vports=2", "nic.device.vf_vports=2", "host.vports=2",
                                          "nic.device.vf_queues=3", "host.vport_queue_pairs=1,2",
                                          "stream.flows=18", f"stream.psp={psp}"))
            for start, direction in ("a", "a_to_b"), ("b", "b_to_a"):
                self.check_parts(run, names, 3000, start)
                self.check_drivers(run, direction, 2)
            self.assertEqual(len(run.summary["queues"]["host_a"]), 9)
            self.assertEqual(len({frame[:MAC_BYTES] for frame in run.frames("host_b")}), len(names))

    def test_domains_of_keys(self):
        for domain in "device", "function", "group":
            run = self.run_well("--workload", "bidir", "--packets", 500, *functions(2),
                                *settings(f"nic.device.key_domain={domain}", "nic.device.key_group_size=2"))
            self.assertEqual(len(self.open_wire(run)), 1000)

    def test_the_card_builds_headers_for_every_function(self):
        run = self.run_well("--workload", "tso", "--packets", 8800, *functions(2),
                            *settings("stream.device_built=true", "host.gro=true"))
        self.check_parts(run, ("pf vport 0", "vf 0 vport 0", "vf 1 vport 0"), 8800)

    def test_key_modes_go_on_from_function_to_function(self):
        run = self.run_well("--workload", "stream", "--packets", 1000, *functions(2),
                            *settings("host.psp.queue_key_modes=config_queue,descriptor,mailbox"))
        self.check_parts(run, ("pf vport 0", "vf 0 vport 0", "vf 1 vport 0"), 1000)
        inline = {name: driver["tx_inline_keys"]["value"] for name, driver in run.report["drivers"].items()}
        self.assertEqual([name for name, keys in inline.items() if keys], ["host_a vf 0"])

    def test_all_come_up_again_after_a_reset(self):
        run = self.run_bench("--workload", "stream", "--packets", 4000, *functions(2),
                             *settings("faults.reset.after=60us", "host.watchdog=50us"))
        self.assertIs(run.summary["all_well"], True)
        self.assertGreater(run.summary["a_to_b"]["missing"], 0)
        self.assertEqual(run.summary["a_to_b"]["losses"]["unexplained"], 0)
        self.assertEqual(run.summary["checks"]["findings"], [])
        for name, driver in run.report["drivers"].items():
            self.assertGreater(driver["recoveries"]["value"], 0, name)
        for part in run.summary["parts"]:
            self.assertGreater(part["verified"], 0)

    def test_without_drivers_they_change_nothing(self):
        plain = self.run_well("--workload", "stream", "--packets", 200)
        unused = self.run_well("--workload", "stream", "--packets", 200, *settings("nic.device.vfs=2"))
        self.assertEqual(plain.frames("host_b"), unused.frames("host_b"))
        self.assertEqual(set(unused.report["drivers"]), {"host_a", "host_b"})

    def test_runs_repeat(self):
        words = ("--workload", "bidir", "--packets", 500, *functions(2))
        self.check_same_files(self.run_well(*words), self.run_well(*words))


class Refusals(BenchTest):
    """What cannot work is said before anything is simulated, with the names of both parameters."""

    def check(self, text, *pairs, workload="stream"):
        process = self.pspnic("run", "--workload", workload, *settings(*pairs))
        self.assertEqual(process.returncode, 2, process.stdout)
        self.assertEqual(process.stderr, f"pspnic: {text}\n")

    def test_more_than_the_card_has(self):
        self.check("host.vfs: 2 is more than nic.device.vfs = 0", "host.vfs=2")
        self.check("host.vfs: 3 is more than nic.device.vfs = 2", "host.vfs=3", "nic.device.vfs=2")

    def test_more_vports_and_queues_than_a_function_has(self):
        two = ("nic.device.vfs=2", "host.vfs=2")
        self.check("host.vports: 2 is more than nic.device.vf_vports = 1; each function's driver has as many",
                   *two, "host.vports=2", "nic.device.vports=2")
        self.check("host.queue_pairs: 3 is more than nic.device.vf_queues = 2; each function's driver has as "
                   "many", *two, "host.queue_pairs=3")

    def test_config_queues_are_the_physical_functions(self):
        two = ("nic.device.vfs=2", "host.vfs=2")
        text = "config_queue for a virtual function; only the physical one has such queues (see host.vfs)"
        self.check(f"host.psp.key_mode: {text}", *two, "host.psp.key_mode=config_queue")
        self.check(f"host.psp.queue_key_modes: {text}", *two,
                   "host.psp.queue_key_modes=mailbox,mailbox,config_queue")

    def test_workloads_of_the_physical_function_alone(self):
        for workload, name in ("tcp", "TCP"), ("mix", "the mix"), ("churn", "churn"):
            self.check(f"host.vfs: 1, but {name} uses the physical function alone; streams use virtual ones "
                       "as well", "nic.device.vfs=1", "host.vfs=1", workload=workload)

    def test_flows_that_the_cards_protect(self):
        rules = self.folder / "flows.json"
        rules.write_text("[{}]")
        process = self.pspnic("run", "--workload", "stream", *functions(1), "--protect", rules)
        self.assertEqual(process.returncode, 2, process.stdout)
        text = "--protect is of the physical function alone; what virtual ones send would be in clear"
        self.assertEqual(process.stderr, f"pspnic: host.vfs: 1, but {text}\n")
