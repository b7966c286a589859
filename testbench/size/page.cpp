// SPDX-License-Identifier: Apache-2.0
// The answer as a page, and its charts.
#include <fmt/format.h>

#include <algorithm>

#include "model/base/text.h"
#include "testbench/report/page_parts.h"
#include "testbench/report/run_view.h"
#include "testbench/size/answer.h"

namespace pspnic::size {

namespace {

// What a chart has on its vertical axis.
struct Metric {
  const char* name;  // of its file
  const char* title;
  std::string axis;
  double (*of)(const Report& report, const GridPoint& point);
  std::optional<double> goal;
};

double rate_unit(Goal::Of of) {
  return of == Goal::Of::kPackets ? 1e6 : 1e9;
}

double area_of(const Report& report, const GridPoint& point) {
  return report.area(point) / 1e6;
}

// Configurations much larger than the answer would squeeze the others into a corner.
bool too_large(const Report& report, const GridPoint& point) {
  constexpr double kTimes = 3;
  const auto& answer = report.sizing.answer;
  return answer && point != *answer && report.area(point) > kTimes * report.area(*answer);
}

report::Mark mark_of(const Report& report, const Metric& metric, const GridPoint& point, bool faint) {
  const Measured& run = report.measured(point);
  return {area_of(report, point), metric.of(report, point),
          fmt::format("{}: {}, {}, p99 {}, {}", describe(report.problem.axes, point),
                      area_text(report.area(point)), rate_text(report.goal().of, run.rate), us_text(run.p99),
                      drops_text(run.drops)),
          faint};
}

report::XyChart chart_of(const Report& report, const Metric& metric, const std::vector<GridPoint>& front,
                         const std::vector<GridPoint>& others) {
  std::vector<report::Series> series;
  report::Series best{.name = "none with less area is better", .marks = {}};
  report::Series beaten{.name = "other runs", .marks = {}, .line = false, .colour = 6};
  double most_area = 0, most = metric.goal.value_or(0);
  for (const GridPoint& point : front) best.marks.push_back(mark_of(report, metric, point, false));
  for (const GridPoint& point : others) {
    if (too_large(report, point)) continue;
    if (std::ranges::find(front, point) == front.end())
      beaten.marks.push_back(mark_of(report, metric, point, true));
  }
  for (const report::Series* each : {&best, &beaten}) {
    for (const report::Mark& mark : each->marks) {
      most_area = std::max(most_area, mark.x);
      most = std::max(most, mark.y);
    }
  }
  if (!beaten.marks.empty()) series.push_back(std::move(beaten));
  series.push_back(std::move(best));
  if (metric.goal) {
    series.push_back({.name = "the goal",
                      .marks = {{0, *metric.goal}, {most_area, *metric.goal}},
                      .markers = false,
                      .dashed = true,
                      .colour = 2});
  }
  if (const auto& answer = report.sizing.answer) {
    report::Mark mark = mark_of(report, metric, *answer, false);
    series.push_back({.name = "the answer", .marks = {mark}, .line = false, .colour = 1, .shape = 3});
  }
  return {metric.title, report::Axis::linear("area of a card, million gate equivalents", 0, most_area),
          report::Axis::linear(metric.axis, 0, most), std::move(series)};
}

std::string head(const Report& report) {
  const auto& answer = report.sizing.answer;
  std::string html = "<div class=\"cards\">\n";
  html += report::card(rate_text(report.goal().of, report.goal().rate), "the goal", goal_text(report.goal()));
  const GridPoint& shown = answer ? *answer : report.sizing.largest;
  html += report::card(answer ? area_text(report.area(*answer)) : "impossible", "the smallest card",
                       answer ? "gate equivalents" : "not even the largest of the space is enough");
  const Measured& run = report.measured(shown);
  html += report::card(rate_text(report.goal().of, run.rate), answer ? "it reaches" : "the largest reaches",
                       fmt::format("p99 {}, {}", us_text(run.p99), drops_text(run.drops)));
  html += report::card(std::to_string(report.runs.order().size()), "runs",
                       fmt::format("of {} configurations{}", grid_size(report.problem.axes),
                                   report.sizing.brute_force ? ": all" : ""));
  return html + "</div>\n";
}

std::string section(const std::string& title, const std::string& note, const std::string& body) {
  return "<section><h2>" + base::xml_escaped(title) + "</h2>\n" +
         (note.empty() ? "" : "<p class=\"note\">" + base::xml_escaped(note) + "</p>\n") + body +
         "</section>\n";
}

std::string answer_section(const Report& report) {
  const GridPoint& answer = *report.sizing.answer;
  std::vector<std::vector<std::string>> rows;
  for (const AreaRow& row : area_rows(report.problem, answer)) {
    rows.push_back({row.name, row.value, area_text(row.area),
                    fmt::format("{:.1f} %", 100 * row.area / std::max(1.0, report.area(answer)))});
  }
  std::string note = report.runs.limit_of(answer);
  for (const Confirming& each : report.confirmation.of(answer)) {
    note += fmt::format(" Again with seed {}: {}, p99 {}, {}.", each.seed,
                        rate_text(report.goal().of, each.measured.rate), us_text(each.measured.p99),
                        drops_text(each.measured.drops));
  }
  for (const auto& [name, area] : capacity_rows(report.problem, answer)) {
    note += fmt::format(" Beside it {}: {}.", name, area_text(area));
  }
  return section("The answer", note, report::table({"parameter", "value", "area", "share"}, rows));
}

std::string proof_section(const Report& report) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const std::string& value, const GridPoint& point) {
    const Measured& run = report.measured(point);
    rows.push_back({name, value, rate_text(report.goal().of, run.rate), us_text(run.p99),
                    std::to_string(run.drops), report.miss(point), report.runs.limit_of(point)});
  };
  for (const Neighbour& each : report.sizing.proof) {
    const Axis& axis = report.problem.axes[each.axis];
    add(axis.name(), axis.text(each.point[each.axis]), each.point);
  }
  std::string note = "Each row has one value a step below the answer's.";
  if (const auto& below = report.sizing.just_below) {
    add("just below", area_text(report.area(*below)), *below);
    note += " Just below in area: " + describe(report.problem.axes, *below) + ".";
  }
  if (rows.empty()) return "";
  return section("One step less fails", note,
                 report::table({"parameter", "with", "reaches", "p99", "drops", "misses", "why"}, rows));
}

std::string trust_section(const Report& report) {
  const Sizing& sizing = report.sizing;
  std::string text;
  if (sizing.refuted()) {
    text = "Brute force found another answer: " +
           (sizing.cheapest_of_all ? describe(report.problem.axes, *sizing.cheapest_of_all) : "none") + ". ";
  }
  if (sizing.contradiction) {
    text += describe(report.problem.axes, sizing.contradiction->good) + " meets the goal, " +
            describe(report.problem.axes, sizing.contradiction->bad) + " does not.";
  }
  return text.empty() ? "" : section("More is worse here", text, "");
}

std::string help_section(const Report& report) {
  std::vector<std::vector<std::string>> rows;
  for (const Help& help : report.help) {
    rows.push_back({help.name, help.from, help.to, rate_text(report.goal().of, help.measured.rate),
                    us_text(help.measured.p99), std::to_string(help.measured.drops),
                    meets(report.goal(), help.measured) ? "meets the goal" : ""});
  }
  return section("Not even the largest configuration is enough",
                 report.miss(report.sizing.largest) + ". " + report.runs.limit_of(report.sizing.largest) +
                     " What helps alone, outside of the space:",
                 report::table({"parameter", "from", "to", "reaches", "p99", "drops", ""}, rows));
}

}  // namespace

std::vector<report::Plot> pareto_plots(const Report& report) {
  const Goal& goal = report.goal();
  std::vector<GridPoint> in_rate;
  for (const GridPoint& point : report.runs.order()) {
    const std::vector<Miss> missed = misses(goal, report.measured(point));
    if (std::ranges::all_of(missed, [](Miss miss) { return miss == Miss::kLatency; }))
      in_rate.push_back(point);
  }
  std::vector<report::Plot> plots;
  const auto add = [&](const char* note, const report::XyChart& chart, const char* name) {
    plots.push_back({name, chart.title, note, [chart](double width) { return report::draw(chart, width); }});
  };
  const bool packets = goal.of == Goal::Of::kPackets;
  add("Each point is a run; what it has is under the pointer. Runs of more than three times the answer's "
      "area are "
      "left out.",
      chart_of(report,
               {"area_rate", "Area against rate", packets ? "million packets/s" : "rate, Gb/s",
                [](const Report& of, const GridPoint& point) {
                  return of.measured(point).rate / rate_unit(of.goal().of);
                },
                goal.rate / rate_unit(goal.of)},
               report.sizing.rate_front, report.runs.order()),
      "area_rate");
  if (report.sizing.latency_front.empty()) return plots;
  add("Only runs that reach the rate without too many drops.",
      chart_of(
          report,
          {"area_p99", "Area against latency", "p99 latency, us",
           [](const Report& of, const GridPoint& point) { return of.measured(point).p99 / report::kPsPerUs; },
           goal.p99 ? std::optional(static_cast<double>(*goal.p99) / report::kPsPerUs) : std::nullopt},
          report.sizing.latency_front, in_rate),
      "area_p99");
  return plots;
}

std::string page(const Report& report) {
  std::string html = head(report);
  if (report.sizing.answer) {
    html += answer_section(report) + proof_section(report) + trust_section(report);
  } else {
    html += help_section(report);
  }
  for (const report::Plot& plot : pareto_plots(report)) html += report::figure(plot);
  return report::page_of(
      fmt::format("The smallest card for {} of {}", rate_text(report.goal().of, report.goal().rate),
                  report.problem.request.workload),
      html);
}

}  // namespace pspnic::size
