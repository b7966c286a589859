# SPDX-License-Identifier: Apache-2.0
"""Pages and charts: there when asked for, whole, alone in their file, and true to the report."""
import html.parser

from bench import BenchTest

VOID = {"meta"}


class Nesting(html.parser.HTMLParser):
    """Finds tags that are not closed in order; collects texts."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


class ReportPage(BenchTest):
    """report.html, --html, --plots and `pspnic report`."""

    def check_page(self, path):
        text = path.read_text()
        parser = Nesting()
        parser.feed(text)
        self.assertEqual((parser.faults, parser.open), ([], []))
        for word in "http:", "https:", "<link", "src=":
            self.assertNotIn(word, text)
        return text

    def test_a_run_leaves_a_page_that_says_what_its_report_says(self):
        run = self.run_well("--workload", "stream", "--packets", 500)
        page = self.check_page(run.folder / "report.html")
        self.assertIn(f"{run.summary['a_to_b']['goodput_bps'] / 1e9:.2f} Gb/s", page)
        for sentence in run.report["explanation"]["conclusion"]:
            self.assertIn(sentence, page)

    def test_every_workload_has_a_page(self):
        for words in (["tcp"], ["small", "--packets", 300], ["stream", "--packets", 1],
                      ["churn", "--set", "churn.duration=50us"]):
            page = self.folder / "page.html"
            process = self.pspnic("run", "--workload", *words, "--html", page)
            if process.returncode == 2:
                self.fail(f"{words}: {process.stderr}")
            self.check_page(page)

    def test_several_runs_share_a_page_and_charts(self):
        for lanes in 1, 2:
            out = self.folder / f"sweep/{lanes}"
            out.mkdir(parents=True)
            process = self.pspnic("run", "--workload", "stream", "--packets", 300, "--report",
                                  out / "report.json", "--set", f"nic.crypto.gcm.lanes={lanes}")
            self.assertEqual(process.returncode, 0, process.stderr)
        process = self.pspnic("report", self.folder / "sweep", "-o", self.folder / "s.html", "--plots",
                              self.folder / "plots")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("2 runs", process.stdout)
        self.assertIn("nic.crypto.gcm.lanes", self.check_page(self.folder / "s.html"))
        charts = {path.name for path in (self.folder / "plots").glob("*.svg")}
        self.assertEqual(charts, {"sweep_goodput.svg", "sweep_p99.svg", "throughput.svg", "area_goodput.svg",
                                  "area_p99.svg"})

    def test_wrong_use_is_named(self):
        (self.folder / "bad.json").write_text("{}")
        (self.folder / "empty").mkdir()
        for words, named in (([], "needs a folder"), ([self.folder / "bad.json"], "bad.json"),
                             ([self.folder / "empty"], "empty"), ([self.folder / "none"], "none")):
            process = self.pspnic("report", *words, "-o", self.folder / "x.html")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(named, process.stderr)
            self.assertFalse((self.folder / "x.html").exists())
