// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/run_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/base/config_error.h"
#include "model/base/units.h"

namespace pspnic::report {

namespace {

using Json = nlohmann::ordered_json;

double number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string value_text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

void flatten(const Json& json, const std::string& name, std::map<std::string, std::string>& flat) {
  for (const auto& [key, value] : json.items()) {
    const std::string full = name.empty() ? key : name + "." + key;
    if (value.is_object()) {
      flatten(value, full, flat);
    } else {
      flat[full] = value_text(value);
    }
  }
}

std::vector<std::pair<double, double>> distribution_of(const Json& buckets) {
  std::vector<std::pair<double, double>> points;
  if (!buckets.is_object()) return points;
  double all = 0;
  for (const Json& count : buckets.at("count")) all += count.get<double>();
  double sum = 0;
  for (size_t i = 0; i < buckets.at("count").size(); ++i) {
    sum += buckets.at("count")[i].get<double>();
    points.emplace_back(buckets.at("upto").at(i).get<double>(), sum / all);
  }
  return points;
}

double counter(const Json& statistics, const char* group, const char* name) {
  return number(statistics.at(group).at(name), "value");
}

// Of counts by reason.
double sum_of(const Json& json, const char* name) {
  double sum = 0;
  const auto found = json.find(name);
  if (found == json.end()) return sum;
  for (const auto& [reason, count] : found->items()) sum += count.get<double>();
  return sum;
}

RequestsView read_requests(const Json& summary) {
  const auto traffic = summary.find("traffic");
  if (traffic == summary.end() || !traffic->contains("transactions")) return {};
  const Json& json = traffic->at("transactions");
  RequestsView requests{.rate = number(json, "per_second"), .lost = number(json, "lost")};
  if (const Json& latency = json.at("latency"); latency.is_object()) {
    requests.p50 = number(latency, "p50");
    requests.p99 = number(latency, "p99");
  }
  return requests;
}

WayView read_way(const Json& report, const char* key, const char* name, const char* cable) {
  const Json& json = report.at("summary").at(key);
  const Json& explained = report.at("explanation").at(key);
  WayView way;
  way.name = name;
  way.packets = number(json, "received");
  way.not_sent = sum_of(json, "not_sent");
  way.goodput = number(json, "goodput_bps");
  way.duration = number(json, "time_ps");
  way.packet_rate = number(json, "packets_per_second");
  const double frames = counter(report.at("statistics"), cable, "frames");
  if (frames > 0) {
    way.payload = number(json, "payload_bytes") / frames;
    way.frame = counter(report.at("statistics"), cable, "bytes") / frames;
  }
  if (const Json& latency = json.at("latency"); latency.is_object()) {
    way.mean = number(latency, "mean");
    way.p50 = number(latency, "p50");
    way.p99 = number(latency, "p99");
    way.p999 = number(latency, "p99.9");
    way.most = number(latency, "max");
  }
  way.latency_from = text(json, "latency_from");
  way.of_bytes = json.contains("tcp");
  way.distribution = distribution_of(json.at("latency_buckets"));
  if (!explained.is_object()) return way;
  way.time = number(explained, "mean");
  way.other = number(explained, "other");
  for (const Json& part : explained.at("parts"))
    way.parts.push_back({text(part, "name"), number(part, "waits"), number(part, "takes")});
  return way;
}

void read_blocks(const Json& report, RunView& run) {
  for (const Json& block : report.at("explanation").at("blocks")) {
    run.blocks.push_back({text(block, "name"), block.contains("blocked"), number(block, "busy"),
                          number(block, "blocked"), number(block, "starved"), text(block, "blocked_by"),
                          text(block, "starved_by")});
  }
  for (const Json& wait : report.at("summary").at("waits"))
    run.waits.emplace_back(text(wait, "name"), number(wait, "waited"));
  for (const auto& [reason, count] : report.at("summary").at("drops").items())
    run.drops.emplace_back(reason, count.get<double>());
  for (const Json& sentence : report.at("explanation").at("conclusion"))
    run.conclusion.push_back(sentence.get<std::string>());
}

// Reports of earlier versions have none.
void read_driver_reports(const Json& report, RunView& run) {
  if (!report.contains("driver_reports")) return;
  for (const Json& each : report.at("driver_reports")) {
    run.driver_reports.push_back(
        {text(each, "device") + ": " + text(each, "place"),
         text(each, "severity") + ": " + text(each, "text") + " [" + text(each, "rule") + "]",
         text(each, "seen"), each.at("events").get<std::vector<std::string>>(),
         value_text(each.at("times"))});
  }
}

RunView read(const Json& report, const std::string& origin) {
  RunView run;
  run.origin = origin;
  flatten(report.at("config"), "", run.config);
  for (const auto& [kind, value] : report.at("input").items()) run.config[kind] = value_text(value);
  run.config["seed"] = value_text(report.at("seed"));
  run.well = report.at("summary").at("all_well").get<bool>();
  run.window = number(report.at("summary"), "window_ps");
  run.gates = number(report.at("crypto"), "gates");
  run.line_rate =
      static_cast<double>(base::parse_quantity<base::Bandwidth>(run.config.at("nic.mac.speed")).bps);
  for (const auto& [key, name, cable] :
       {std::tuple{"a_to_b", "A to B", "cable_a_to_b"}, {"b_to_a", "B to A", "cable_b_to_a"}}) {
    WayView way = read_way(report, key, name, cable);
    if (way.packets > 0) run.ways.push_back(std::move(way));
  }
  run.requests = read_requests(report.at("summary"));
  read_blocks(report, run);
  read_driver_reports(report, run);
  return run;
}

}  // namespace

double RunView::goodput() const {
  double longest = 0;
  for (const WayView& way : ways) longest = std::max(longest, way.duration);
  double sum = 0;
  for (const WayView& way : ways) {
    const bool known = way.duration > 0;
    sum += known ? way.goodput * way.duration / longest : way.goodput;
  }
  return sum;
}

double RunView::p99() const {
  double worst = 0;
  for (const WayView& way : ways) worst = std::max(worst, way.p99);
  return worst;
}

double RunView::dropped() const {
  double sum = 0;
  for (const auto& [reason, count] : drops) sum += count;
  return sum;
}

double RunView::not_sent() const {
  double sum = 0;
  for (const WayView& way : ways) sum += way.not_sent;
  return sum;
}

RunView read_run(std::string_view json, const std::string& origin) {
  try {
    return read(Json::parse(json), origin);
  } catch (const std::exception& error) {  // nlohmann's, std::out_of_range, ConfigError of a quantity
    throw base::ConfigError(origin, std::string("is no report.json of this program: ") + error.what());
  }
}

std::map<std::string, std::string> flat_config(std::string_view json) {
  std::map<std::string, std::string> flat;
  flatten(Json::parse(json), "", flat);
  return flat;
}

}  // namespace pspnic::report
