// SPDX-License-Identifier: Apache-2.0
// Charts of several runs: against what varied, against the wire, and area against what it buys.
#include "testbench/report/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>

namespace pspnic::report {

namespace {

constexpr double kGiga = 1e9;
constexpr size_t kMostSeries = kColours;

// The number that a value begins with, and whether it is one, perhaps with a unit behind it.
std::optional<double> number_in(const std::string& value) {
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (end == value.c_str() || !std::isfinite(number)) return std::nullopt;
  static const std::map<std::string, double> kUnits = {
      {"", 1},       {"ps", 1},        {"ns", 1e3},      {"us", 1e6},   {"ms", 1e9},    {"s", 1e12},
      {"bps", 1},    {"kbps", 1e3},    {"Mbps", 1e6},    {"Gbps", 1e9}, {"Tbps", 1e12}, {"B", 1},
      {"KiB", 1024}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3},   {"MB", 1e6},    {"GB", 1e9},
      {"Hz", 1},     {"kHz", 1e3},     {"MHz", 1e6},     {"GHz", 1e9}};
  const auto unit = kUnits.find(end);
  if (unit == kUnits.end()) return std::nullopt;
  return number * unit->second;
}

struct Metric {
  const char* name;
  const char* title;
  const char* against;  // the title in the middle of a sentence
  const char* axis;
  double (*of)(const RunView& run);
  bool requests;  // of these alone
  bool more_is_better;
};
constexpr Metric kMetrics[] = {
    {"goodput", "Throughput", "throughput", "goodput, Gb/s",
     [](const RunView& run) { return run.goodput() / kGiga; }, false, true},
    {"p99", "Latency", "latency", "p99 latency, us", [](const RunView& run) { return run.p99() / kPsPerUs; },
     false, false},
    {"requests", "Requests", "requests", "requests answered, million/s",
     [](const RunView& run) { return run.requests.rate / 1e6; }, true, true},
    {"request_p99", "Latency of requests", "latency of requests", "p99 of requests, us",
     [](const RunView& run) { return run.requests.p99 / kPsPerUs; }, true, false}};

// Those that say something of these runs.
std::vector<const Metric*> metrics_of(const std::vector<RunView>& runs) {
  const bool requests = std::ranges::any_of(runs, [](const RunView& run) { return run.requests.rate > 0; });
  std::vector<const Metric*> found;
  for (const Metric& metric : kMetrics) {
    if (requests || !metric.requests) found.push_back(&metric);
  }
  return found;
}

// Whether `end` is all of a dotted name or its last components.
bool ends_name(const std::string& name, const std::string& end) {
  return name == end || name.ends_with("." + end);
}

// "lanes=2, mtu=1500", of those keys that `wanted` wants.
template <class Wanted>
std::string label_of(const Varied& varied, size_t run, const Wanted& wanted) {
  std::string label;
  for (size_t i = 0; i < varied.keys.size(); ++i) {
    if (!wanted(i, varied.keys[i])) continue;
    if (!label.empty()) label += ", ";
    label += varied.names[i] + "=" + varied.values[run][i];
  }
  return label;
}

std::string full_label(const Varied& varied, size_t run) {
  return label_of(varied, run, [](size_t, const std::string&) { return true; });
}

// The series of that name, made if there is none; null if there are enough.
Series* series_of(std::vector<Series>& series, const std::string& name) {
  for (Series& each : series) {
    if (each.name == name) return &each;
  }
  if (series.size() == kMostSeries) return nullptr;
  series.push_back({.name = name, .marks = {}, .colour = series.size(), .shape = series.size()});
  return &series.back();
}

void sort_by_x(std::vector<Mark>& marks) {
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.x < b.x; });
}

std::string tip_of(const RunView& run, const std::string& label) {
  std::string tip =
      fmt::format("{}{:.2f} Gb/s, p99 {:.2f} us, {:.2f} million gates", label.empty() ? "" : label + ": ",
                  run.goodput() / kGiga, run.p99() / kPsPerUs, run.gates / 1e6);
  if (!run.well) tip += ", NOT WELL";
  if (run.dropped() > 0) tip += fmt::format(", {:.0f} packets dropped", run.dropped());
  return tip;
}

// Names of the series in which a run is.
std::string sweep_name(const Varied& varied, size_t run) {
  return label_of(varied, run, [](size_t key, const std::string&) { return key > 0; });
}

std::string wire_name(const Varied& varied, size_t run, const RunView& view, const WayView& way) {
  std::string name =
      label_of(varied, run, [](size_t, const std::string& key) { return !key.ends_with(".payload_bytes"); });
  if (name.empty()) name = "measured";
  return view.ways.size() > 1 ? name + ", " + way.name : name;
}

std::string traffic_name(const Varied& varied, size_t run) {
  const std::string name =
      label_of(varied, run, [](size_t, const std::string& key) { return !key.starts_with("nic."); });
  return name.empty() ? "best for its area" : name;
}

// In order of what varies most; a line for every combination of the others.
XyChart sweep_chart(const std::vector<RunView>& runs, const Varied& varied, const Metric& metric) {
  std::vector<std::string> names;
  std::vector<std::optional<double>> numbers;
  for (const auto& values : varied.values) numbers.push_back(number_in(values[0]));
  const bool numeric =
      std::all_of(numbers.begin(), numbers.end(), [](const auto& n) { return n.has_value(); });
  for (const auto& values : varied.values) {
    if (std::find(names.begin(), names.end(), values[0]) == names.end()) names.push_back(values[0]);
  }
  const auto order = [&](const std::string& a, const std::string& b) {
    return *number_in(a) < *number_in(b);
  };
  if (numeric) std::sort(names.begin(), names.end(), order);
  std::vector<Series> series;
  double most = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    Series* const found = series_of(series, sweep_name(varied, i));
    if (found == nullptr) continue;
    const double y = metric.of(runs[i]);
    most = std::max(most, y);
    const auto at = std::find(names.begin(), names.end(), varied.values[i][0]) - names.begin();
    found->marks.push_back(
        {static_cast<double>(at), y, tip_of(runs[i], full_label(varied, i)), false, !runs[i].well});
  }
  for (Series& line : series) {
    sort_by_x(line.marks);
    line.line = numeric;
  }
  return {metric.title, Axis::names(varied.keys[0], names), Axis::linear(metric.axis, 0, most),
          std::move(series)};
}

// A line for every combination of what varies beside the payload.
XyChart wire_chart(const std::vector<RunView>& runs, const Varied& varied) {
  std::vector<Series> series;
  double headers = 0;
  double least = 64;
  double most = 9000;
  const double line_rate = runs.front().line_rate;
  double top = line_rate / kGiga;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const WayView& way : runs[i].ways) {
      if (way.payload < 1) continue;
      Series* const found = series_of(series, wire_name(varied, i, runs[i], way));
      if (found == nullptr) continue;
      headers = way.frame - way.payload;
      least = std::min(least, way.payload);
      most = std::max(most, way.payload);
      top = std::max(top, way.goodput / kGiga);
      found->marks.push_back(
          {way.payload, way.goodput / kGiga, tip_of(runs[i], full_label(varied, i)), false, !runs[i].well});
    }
  }
  for (Series& each : series) {
    sort_by_x(each.marks);
    each.line = each.marks.size() > 1;
  }
  Series best{.name = "the wire's limit", .marks = {}, .markers = false, .dashed = true, .colour = 6};
  for (double payload = least; payload <= most * 1.001; payload *= 1.05)
    best.marks.push_back({payload, line_rate_goodput(payload, headers, line_rate) / kGiga});
  series.push_back(std::move(best));
  return {"Throughput against the size of frames",
          Axis::logarithmic("L4 payload of a frame, bytes", least, most),
          Axis::linear("goodput, Gb/s", 0, top), std::move(series)};
}

// Of these runs those that no other one beats. One that is not well neither beats nor is best.
std::vector<bool> best_runs(const std::vector<RunView>& runs, const std::vector<size_t>& members,
                            const Metric& metric) {
  std::vector<size_t> places;  // in `members`, of runs that are well
  std::vector<double> area;
  std::vector<double> value;
  for (size_t k = 0; k < members.size(); ++k) {
    const RunView& run = runs[members[k]];
    if (!run.well) continue;
    places.push_back(k);
    area.push_back(run.gates / 1e6);
    value.push_back(metric.of(run));
  }
  const std::vector<bool> best_of_well = best_of(area, value, metric.more_is_better);
  std::vector<bool> best(members.size(), false);
  for (size_t i = 0; i < places.size(); ++i) best[places[i]] = best_of_well[i];
  return best;
}

// Designs are compared under the same traffic only.
XyChart pareto_chart(const std::vector<RunView>& runs, const Varied& varied, const Metric& metric) {
  std::vector<Series> series;
  std::vector<std::vector<size_t>> members;
  double most_area = 0;
  double most_value = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    Series* const found = series_of(series, traffic_name(varied, i));
    if (found == nullptr) continue;
    members.resize(series.size());
    members[static_cast<size_t>(found - series.data())].push_back(i);
    most_area = std::max(most_area, runs[i].gates / 1e6);
    most_value = std::max(most_value, metric.of(runs[i]));
  }
  const size_t groups = series.size();
  for (size_t group = 0; group < groups; ++group) {
    Series beaten{.name = "", .marks = {}, .line = false, .colour = group, .shape = group};
    const std::vector<bool> best = best_runs(runs, members[group], metric);
    for (size_t k = 0; k < best.size(); ++k) {
      const RunView& run = runs[members[group][k]];
      (best[k] ? series[group] : beaten)
          .marks.push_back({run.gates / 1e6, metric.of(run),
                            tip_of(run, full_label(varied, members[group][k])), !best[k] && run.well,
                            !run.well});
    }
    sort_by_x(series[group].marks);
    if (!beaten.marks.empty()) series.push_back(std::move(beaten));
  }
  return {"Area against what it buys", Axis::linear("crypto of a card, million gates (NAND2)", 0, most_area),
          Axis::linear(metric.axis, 0, most_value), std::move(series)};
}

// Sentences behind `note`: what the chart's colours do not suffice for, and what hollow points are.
std::string note_of(std::string note, const std::vector<std::string>& names,
                    const std::vector<RunView>& runs) {
  constexpr size_t kMostNamed = 3;
  std::vector<std::string> different;
  for (const std::string& name : names) {
    if (std::ranges::find(different, name) == different.end()) different.push_back(name);
  }
  const auto say = [&note](const std::string& sentence) { note += (note.empty() ? "" : " ") + sentence; };
  if (different.size() > kMostSeries) {
    const size_t named = std::min(different.size(), kMostSeries + kMostNamed);
    std::string left_out;
    for (size_t i = kMostSeries; i < named; ++i) left_out += (left_out.empty() ? "" : "; ") + different[i];
    if (named < different.size()) left_out += fmt::format("; and {} more", different.size() - named);
    say(fmt::format("NOT ALL RUNS ARE SHOWN: of {} combinations the first {} are, without {}.",
                    different.size(), kMostSeries, left_out));
  }
  if (std::ranges::any_of(runs, [](const RunView& run) { return !run.well; }))
    say("Hollow points are of runs that are not well.");
  return note;
}

bool areas_differ(const std::vector<RunView>& runs) {
  return std::any_of(runs.begin(), runs.end(),
                     [&](const RunView& run) { return run.gates != runs[0].gates; });
}

}  // namespace

double line_rate_goodput(double payload, double headers, double line_rate) {
  constexpr double kLeastFrame = 60;
  constexpr double kBesideFrame = 8 + 4 + 12;
  return line_rate * payload / (std::max(kLeastFrame, payload + headers) + kBesideFrame);
}

std::vector<bool> best_of(const std::vector<double>& area, const std::vector<double>& value,
                          bool more_is_better) {
  std::vector<bool> best(area.size(), true);
  for (size_t i = 0; i < area.size(); ++i) {
    for (size_t j = 0; j < area.size(); ++j) {
      const double gain = more_is_better ? value[j] - value[i] : value[i] - value[j];
      const bool beats = area[j] <= area[i] && gain >= 0 && (area[j] < area[i] || gain > 0);
      if (beats) best[i] = false;
    }
  }
  return best;
}

std::vector<std::string> short_names(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) {
    size_t begin = name.rfind('.') + 1;  // 0 without one
    const auto others = [&] {
      return std::ranges::count_if(
          names, [&](const std::string& other) { return ends_name(other, name.substr(begin)); });
    };
    while (begin > 0 && others() > 1) begin = begin < 2 ? 0 : name.rfind('.', begin - 2) + 1;
    result.push_back(name.substr(begin));
  }
  return result;
}

Varied varied(const std::vector<RunView>& runs) {
  std::map<std::string, std::set<std::string>> seen;
  for (const RunView& run : runs) {
    for (const auto& [key, value] : run.config) seen[key].insert(value);
  }
  // What some runs do not have at all varies, too.
  for (auto& [key, values] : seen) {
    for (const RunView& run : runs) {
      if (!run.config.contains(key)) values.insert("-");
    }
  }
  std::vector<std::pair<size_t, std::string>> order;
  for (const auto& [key, values] : seen) {
    if (values.size() > 1) order.emplace_back(values.size(), key);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  Varied result;
  for (const auto& [count, key] : order) result.keys.push_back(key);
  result.names = short_names(result.keys);
  for (const RunView& run : runs) {
    std::vector<std::string> values;
    for (const std::string& key : result.keys) {
      const auto found = run.config.find(key);
      values.push_back(found == run.config.end() ? "-" : found->second);
    }
    result.values.push_back(std::move(values));
  }
  return result;
}

std::vector<Plot> plots_of_runs(const std::vector<RunView>& runs) {
  std::vector<Plot> plots;
  const Varied differ = varied(runs);
  const bool same_wire = std::all_of(runs.begin(), runs.end(),
                                     [&](const RunView& run) { return run.line_rate == runs[0].line_rate; });
  const bool measured = std::any_of(runs.begin(), runs.end(), [](const RunView& run) {
    return std::any_of(run.ways.begin(), run.ways.end(), [](const WayView& way) { return way.payload >= 1; });
  });
  std::vector<std::string> sweep_names;
  std::vector<std::string> wire_names;
  std::vector<std::string> traffic_names;
  for (size_t i = 0; i < runs.size(); ++i) {
    sweep_names.push_back(sweep_name(differ, i));
    traffic_names.push_back(traffic_name(differ, i));
    for (const WayView& way : runs[i].ways) {
      if (way.payload >= 1) wire_names.push_back(wire_name(differ, i, runs[i], way));
    }
  }
  if (!differ.keys.empty()) {
    for (const Metric* metric : metrics_of(runs)) {
      plots.push_back(
          {std::string("sweep_") + metric->name, std::string(metric->title) + " against " + differ.keys[0],
           note_of("", sweep_names, runs),
           [runs, differ, metric](double width) { return draw(sweep_chart(runs, differ, *metric), width); }});
    }
  }
  if (same_wire && measured) {
    plots.push_back(
        {"throughput", "Throughput against the size of frames",
         note_of("The dashed line is what the wire allows with the same headers.", wire_names, runs),
         [runs, differ](double width) { return draw(wire_chart(runs, differ), width); }});
  }
  if (runs.size() > 1 && areas_differ(runs)) {
    for (const Metric* metric : metrics_of(runs)) {
      plots.push_back({std::string("area_") + metric->name, std::string("Area against ") + metric->against,
                       note_of("Pale points are beaten, under the same traffic, by one with no more area and "
                               "no worse a value.",
                               traffic_names, runs),
                       [runs, differ, metric](double width) {
                         return draw(pareto_chart(runs, differ, *metric), width);
                       }});
    }
  }
  return plots;
}

}  // namespace pspnic::report
