// SPDX-License-Identifier: Apache-2.0
// Charts of a single run: where time goes, what blocks do, how latencies are distributed.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/report/plots.h"

namespace pspnic::report {

namespace {

constexpr double kShownPart = 0.005;
constexpr size_t kBlocksShown = 14;

BarChart time_chart(const WayView& way) {
  BarChart chart{.title = "Where the time of a packet goes, " + way.name,
                 .axis = "since the packet was sent, us, mean",
                 .most = way.time / kPsPerUs,
                 .legend = {{"wait", "waits"}, {"busy", "is worked on"}},
                 .rows = {}};
  double at = 0;
  double rest = 0;
  const auto add = [&](const std::string& name, double waits, double takes) {
    const std::string tip = fmt::format("{}: waits {:.3f} us, takes {:.3f} us", name, waits, takes);
    BarRow row{name, fmt::format("{:.3f} us", waits + takes), {}};
    row.bars.push_back({at, waits, "wait", tip});
    row.bars.push_back({at + waits, takes, "busy", tip});
    chart.rows.push_back(std::move(row));
  };
  for (const PartView& part : way.parts) {
    const double waits = std::max(0.0, part.waits) / kPsPerUs;
    const double takes = std::max(0.0, part.takes) / kPsPerUs;
    if (waits + takes >= kShownPart * way.time / kPsPerUs) {
      add(part.name, waits, takes);
    } else {
      rest += waits + takes;
    }
    at += waits + takes;
  }
  at = 0;
  chart.rows.push_back(
      {"all others", fmt::format("{:.3f} us", rest), {{0, rest, "pale", "parts below 0.5 %"}}});
  if (way.other > kShownPart * way.time)
    chart.rows.push_back({"hosts, not measured", fmt::format("{:.3f} us", way.other / kPsPerUs), {}});
  return chart;
}

BarChart block_chart(const RunView& run) {
  BarChart chart{.title = "What blocks do with their time",
                 .axis = "share of the time, %",
                 .most = 100,
                 .legend = {{"busy", "busy"}, {"blocked", "blocked by what is behind"}, {"pale", "starved"}},
                 .rows = {}};
  for (const BlockView& block : run.blocks) {
    if (chart.rows.size() == kBlocksShown) break;
    std::string tip = fmt::format("{}: busy {:.1f} %", block.name, 100 * block.busy);
    if (block.blocked > 0)
      tip += fmt::format(", blocked {:.1f} % by {}", 100 * block.blocked, block.blocked_by);
    if (block.starved > 0)
      tip += fmt::format(", starved {:.1f} % by {}", 100 * block.starved, block.starved_by);
    BarRow row{block.name, fmt::format("{:.1f} %", 100 * block.busy), {}};
    row.bars.push_back({0, 100 * block.busy, "busy", tip});
    row.bars.push_back({100 * block.busy, 100 * block.blocked, "blocked", tip});
    row.bars.push_back({100 * (block.busy + block.blocked), 100 * block.starved, "pale", tip});
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

XyChart latency_chart(const RunView& run) {
  std::vector<Series> series;
  double least = 1e300;
  double most = 0;
  for (const WayView& way : run.ways) {
    if (way.distribution.empty()) continue;
    Series line{
        .name = way.name, .marks = {}, .markers = false, .dashed = !series.empty(), .colour = series.size()};
    double before = 0;
    for (const auto& [upto, share] : way.distribution) {
      const double x = upto / kPsPerUs;
      least = std::min(least, x);
      most = std::max(most, x);
      line.marks.push_back({x, 100 * before});
      line.marks.push_back({x, 100 * share});
      before = share;
    }
    series.push_back(std::move(line));
  }
  return {"Distribution of the latency", Axis::logarithmic("latency, us", least, most),
          Axis::linear("packets not later, %", 0, 100 / 1.05), std::move(series)};
}

// Of each way that has a latency, what it counts from and where it ends.
std::string latency_note(const RunView& run) {
  std::string note;
  for (const WayView& way : run.ways) {
    if (way.distribution.empty()) continue;
    const char* from = way.latency_from == "offer" ? "when the packet was offered, host's waiting included,"
                       : way.latency_from == "message" ? "the first transmit() of the packet's message"
                                                       : "transmit()";
    note += fmt::format("{}{}: from {} to the other host's {}.", note.empty() ? "" : " ", way.name, from,
                        way.of_bytes ? "application" : "stack");
  }
  return note;
}

}  // namespace

std::vector<Plot> plots_of_run(const RunView& run) {
  std::vector<Plot> plots;
  for (const WayView& way : run.ways) {
    if (way.time <= 0) continue;
    plots.push_back(
        {way.name == "A to B" ? "time_a_to_b" : "time_b_to_a",
         fmt::format("Where the time of a packet goes, {}: {:.2f} us", way.name, way.time / kPsPerUs),
         "Mean of all packets; each part begins where the one above it has ended.",
         [way](double width) { return draw(time_chart(way), width); }});
  }
  plots.push_back({"blocks", "What blocks do with their time", "The busiest first.",
                   [run](double width) { return draw(block_chart(run), width); }});
  const bool timed = std::any_of(run.ways.begin(), run.ways.end(),
                                 [](const WayView& way) { return !way.distribution.empty(); });
  if (timed) {
    plots.push_back({"latency", "Latency", latency_note(run),
                     [run](double width) { return draw(latency_chart(run), width); }});
  }
  return plots;
}

}  // namespace pspnic::report
