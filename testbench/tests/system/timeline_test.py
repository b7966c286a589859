# SPDX-License-Identifier: Apache-2.0
"""--timeline: a trace that viewers open, with every packet's parts, in order, inside one another or apart."""
import collections
import json

from bench import BenchTest

# What every sealed packet passes.
PARTS = {"descriptors", "fetch", "tx_parse", "tx_edit", "tx_lane", "port", "cable", "rx_parse", "kdf",
         "rx_lane", "place", "write", "completion"}
STEP = 1e-6  # ps, in the trace's us


class Timeline(BenchTest):
    """Chrome's trace-event JSON."""

    def trace(self, *words):
        path = self.folder / "timeline.json"
        process = self.pspnic("run", "--workload", "stream", "--packets", 300, "--timeline", path, *words)
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(path.read_text())["traceEvents"]

    def check_lines(self, slices):
        lines = collections.defaultdict(list)
        for event in slices:
            lines[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
        for line in lines.values():
            around = []
            for begin, end in line:
                while around and around[-1] <= begin + STEP / 2:
                    around.pop()
                self.assertTrue(not around or end <= around[-1] + STEP / 2, "slices overlap")
                around.append(end)

    def test_every_packet_has_all_its_parts_in_order(self):
        events = self.trace("--timeline-packets", 50)
        slices = [event for event in events if event["ph"] == "X"]
        times = [event["ts"] for event in events if "ts" in event]
        self.assertEqual(times, sorted(times))
        self.check_lines(slices)
        packets = collections.defaultdict(set)
        for event in slices:
            if event["pid"] == 1:
                packets[event["args"]["packet"]].add(event["name"])
        self.assertEqual(len(packets), 50)
        for number, names in packets.items():
            self.assertLessEqual(PARTS | {f"packet {number}"}, names)

    def test_there_are_names_counters_and_two_hundred_packets_by_default(self):
        events = self.trace()
        names = {event["args"]["name"] for event in events if event["name"] == "process_name"}
        self.assertEqual(names, {f"{what}, {way}" for what in ("packets", "blocks", "waiting")
                                 for way in ("A to B", "B to A")})
        outer = {event["args"]["packet"] for event in events if event["ph"] == "X"}
        self.assertEqual(outer, set(range(200)))
        counters = [event for event in events if event["ph"] == "C"]
        self.assertIn("port_wait", {event["name"] for event in counters})
        self.assertTrue(all(event["args"]["packets"] >= 0 for event in counters))

    def test_a_file_that_cannot_be_written_is_named(self):
        process = self.pspnic("run", "--workload", "stream", "--packets", 1, "--timeline",
                              self.folder / "nowhere/t.json")
        self.assertEqual(process.returncode, 1)
        self.assertIn("nowhere/t.json", process.stderr)
