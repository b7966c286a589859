// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/text.h"
#include "testbench/report/page_parts.h"

namespace pspnic::report {

namespace {

constexpr size_t kRowsShown = 200;

double us(double ps) {
  return ps / 1e6;
}

std::string headline(const RunView& run) {
  std::string html = "<div class=\"cards\">\n";
  html += fmt::format("<div class=\"card\"><b class=\"{}\">{}</b><span>{}</span></div>\n",
                      run.well ? "good" : "bad", run.well ? "all well" : "not all well",
                      run.well ? "received as sent, no rule broken" : "see the printed summary");
  for (const WayView& way : run.ways) {
    html += card(fmt::format("{:.2f} Gb/s", way.goodput / 1e9), way.name + ", goodput",
                 fmt::format("{:.3f} million packets/s", way.packet_rate / 1e6));
    if (way.mean > 0) {
      html += card(fmt::format("{:.2f} us", us(way.p99)), way.name + ", p99 latency",
                   fmt::format("p50 {:.2f}, p99.9 {:.2f}, max {:.2f} us{}", us(way.p50), us(way.p999),
                               us(way.most), way.of_bytes ? ", to the application" : ""));
    }
  }
  if (run.requests.rate > 0 || run.requests.lost > 0) {
    html += card(fmt::format("{:.3f} M/s", run.requests.rate / 1e6), "requests answered",
                 fmt::format("p50 {:.2f}, p99 {:.2f} us; {:.0f} lost", us(run.requests.p50),
                             us(run.requests.p99), run.requests.lost));
  }
  if (run.not_sent() > 0)
    html += card(fmt::format("{:.0f}", run.not_sent()), "packets not sent", "the host had no room for them");
  html += card(fmt::format("{:.0f}", run.dropped()), "packets dropped",
               run.drops.empty() ? "" : run.drops.front().first);
  if (run.gates > 0)
    html += card(fmt::format("{:.2f} M", run.gates / 1e6), "gates of a card's crypto", "NAND2");
  return html + "</div>\n";
}

std::string conclusion(const RunView& run) {
  if (run.conclusion.empty()) return "";
  std::string html = "<section><h2>Why</h2>\n";
  for (const std::string& sentence : run.conclusion) html += "<p>" + base::xml_escaped(sentence) + "</p>\n";
  return html + "</section>\n";
}

std::string driver_reports(const RunView& run) {
  if (run.driver_reports.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const DriverReportView& report : run.driver_reports) {
    const std::string last = report.events.empty() ? "" : report.events.back();
    rows.push_back({report.place, report.rule, report.seen, report.times, last});
  }
  return "<section><h2>What the drivers did wrong</h2>\n" +
         table({"place", "rule", "seen", "times", "last event there"}, rows) + "</section>\n";
}

std::string waits_table(const RunView& run) {
  if (run.waits.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, share] : run.waits) rows.push_back({name, fmt::format("{:.1f} %", 100 * share)});
  return "<section><h2>What was waited for</h2>\n" + table({"resource", "share of the time"}, rows) +
         "</section>\n";
}

// Of the parameters that all runs share, those that differ from the defaults.
std::string config_table(const std::vector<RunView>& runs,
                         const std::map<std::string, std::string>& defaults) {
  const RunView& first = runs.front();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : first.config) {
    const auto usual = defaults.find(key);
    if (usual != defaults.end() && usual->second == value) continue;
    const bool shared = std::all_of(runs.begin(), runs.end(), [&](const RunView& run) {
      const auto found = run.config.find(key);
      return found != run.config.end() && found->second == value;
    });
    if (shared) rows.push_back({key, value, usual == defaults.end() ? "" : usual->second});
  }
  return "<section><h2>Configuration that is not the default</h2>\n" +
         table({"parameter", "value", "default"}, rows) + "</section>\n";
}

std::string runs_table(const std::vector<RunView>& runs) {
  const Varied differ = varied(runs);
  std::vector<std::string> heads = differ.keys.empty() ? std::vector<std::string>{"file"} : differ.keys;
  const bool requests = std::ranges::any_of(
      runs, [](const RunView& run) { return run.requests.rate > 0 || run.requests.lost > 0; });
  const bool not_sent = std::ranges::any_of(runs, [](const RunView& run) { return run.not_sent() > 0; });
  for (const char* head : {"goodput, Gb/s", "p99, us", "drops", "gates, M", "result"})
    heads.emplace_back(head);
  if (not_sent) heads.emplace_back("packets not sent");
  if (requests) {
    for (const char* head : {"requests, M/s", "p99 of requests, us", "requests lost"})
      heads.emplace_back(head);
  }
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < std::min(runs.size(), kRowsShown); ++i) {
    const RunView& run = runs[i];
    std::vector<std::string> row =
        differ.keys.empty() ? std::vector<std::string>{run.origin} : differ.values[i];
    row.push_back(fmt::format("{:.2f}", run.goodput() / 1e9));
    row.push_back(run.p99() > 0 ? fmt::format("{:.2f}", us(run.p99())) : "-");
    row.push_back(fmt::format("{:.0f}", run.dropped()));
    row.push_back(fmt::format("{:.3f}", run.gates / 1e6));
    row.push_back(run.well ? "well" : "NOT WELL");
    if (not_sent) row.push_back(fmt::format("{:.0f}", run.not_sent()));
    if (requests) {
      row.push_back(fmt::format("{:.3f}", run.requests.rate / 1e6));
      row.push_back(run.requests.p99 > 0 ? fmt::format("{:.2f}", us(run.requests.p99)) : "-");
      row.push_back(fmt::format("{:.0f}", run.requests.lost));
    }
    rows.push_back(std::move(row));
  }
  std::string html = "<section><h2>Runs</h2>\n" + table(heads, rows);
  if (runs.size() > kRowsShown)
    html += fmt::format("<p class=\"note\">and {} more</p>\n", runs.size() - kRowsShown);
  return html + "</section>\n";
}

std::string title_of(const std::vector<RunView>& runs) {
  if (runs.size() > 1) return fmt::format("{} runs of pspnic", runs.size());
  const auto& config = runs.front().config;
  const auto input = config.contains("workload") ? config.find("workload") : config.find("pcap");
  return fmt::format("{} {}", input->first, input->second);
}

}  // namespace

std::vector<Plot> all_plots(const std::vector<RunView>& runs) {
  std::vector<Plot> plots = runs.size() == 1 ? plots_of_run(runs.front()) : std::vector<Plot>{};
  for (Plot& plot : plots_of_runs(runs)) plots.push_back(std::move(plot));
  return plots;
}

std::string html_page(const std::vector<RunView>& runs, const std::map<std::string, std::string>& defaults) {
  std::string html;
  const bool one = runs.size() == 1;
  if (one) html += headline(runs.front()) + driver_reports(runs.front()) + conclusion(runs.front());
  for (const Plot& plot : all_plots(runs)) html += figure(plot);
  html += one ? waits_table(runs.front()) : runs_table(runs);
  html += config_table(runs, defaults);
  return page_of(title_of(runs), html);
}

}  // namespace pspnic::report
