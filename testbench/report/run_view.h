// SPDX-License-Identifier: Apache-2.0
// What the pages show of a run, taken from its report.json. Times in ps, rates in bit/s.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pspnic::report {

inline constexpr double kPsPerUs = 1e6;  // times of a report are in ps

struct PartView {
  std::string name;
  double waits = 0;
  double takes = 0;
};

struct WayView {
  std::string name;  // "A to B"
  double packets = 0;
  double not_sent = 0;  // packets that the host had, and had no room for
  double goodput = 0;   // over `duration`
  double duration = 0;  // from its first transmit() to its last arrival; 0: not known
  double packet_rate = 0;
  double payload = 0;  // bytes of L4 payload of a frame on the wire, mean
  double frame = 0;    // its bytes without FCS, mean
  double mean = 0;     // latency; 0: none was measured
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double most = 0;
  bool of_bytes = false;                                // latency to the application (TCP)
  std::string latency_from;                             // as in report.json: "transmit", "message", "offer"
  std::vector<std::pair<double, double>> distribution;  // upper end, share not above it
  double time = 0;                                      // explained, mean
  double other = 0;
  std::vector<PartView> parts;
};

// Of requests and answers, both hosts together.
struct RequestsView {
  double rate = 0;  // answered a second; 0: none were made
  double lost = 0;
  double p50 = 0;
  double p99 = 0;
};

struct BlockView {
  std::string name;
  bool stage = false;
  double busy = 0;
  double blocked = 0;
  double starved = 0;
  std::string blocked_by;
  std::string starved_by;
};

// What a card reports of its driver.
struct DriverReportView {
  std::string place;  // card and queue
  std::string rule;   // severity, text and id
  std::string seen;
  std::vector<std::string> events;
  std::string times;
};

struct RunView {
  std::string origin;                         // file
  std::map<std::string, std::string> config;  // full names; "workload", "pcap" and "seed" too
  bool well = false;
  double window = 0;
  std::vector<WayView> ways;  // that had packets
  RequestsView requests;
  std::vector<BlockView> blocks;
  std::vector<std::pair<std::string, double>> waits;
  std::vector<std::string> conclusion;
  std::vector<std::pair<std::string, double>> drops;
  std::vector<DriverReportView> driver_reports;
  double gates = 0;
  double line_rate = 0;

  double goodput() const;  // of all ways together, over the longest of their times
  double p99() const;      // the worst way's; 0: none
  double dropped() const;
  double not_sent() const;
};

// Throws ConfigError, place `origin`, for what is no report.json of this version.
RunView read_run(std::string_view json, const std::string& origin);

// A configuration as JSON text, flat: {"nic": {"mac": {"mtu": 1}}} is nic.mac.mtu.
std::map<std::string, std::string> flat_config(std::string_view json);

}  // namespace pspnic::report
