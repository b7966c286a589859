// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/size_distribution.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/config_error.h"
#include "model/net/ethernet.h"

namespace pspnic::traffic {

namespace {

using Of = SizeParams::Of;

uint32_t around_payload(const SizeList& list, const SizeLimits& limits) {
  return list.of == Of::kFrame ? limits.header_bytes + static_cast<uint32_t>(net::kFcsBytes) : 0;
}

SizeEntry fitted(const SizeEntry& entry, const SizeList& list, const SizeLimits& limits) {
  const uint32_t around = around_payload(list, limits);
  SizeEntry fit = entry;
  fit.bytes = entry.bytes > around ? entry.bytes - around : 0;
  if (list.of == Of::kFrame && fit.bytes > limits.mss) {
    std::string rule =
        fmt::format("a frame of {} bytes is above the largest, {}", entry.bytes, limits.mss + around);
    if (limits.mss_parameter != nullptr) {
      rule += fmt::format(", that {} = {} allows", limits.mss_parameter, limits.mss);
    }
    throw base::ConfigError(list.place, rule);
  }
  fit.raised = fit.bytes < limits.least_payload;
  if (fit.raised && list.entries.size() == 1) {
    throw base::ConfigError(
        list.place, fmt::format("{} bytes are below {}: {}a packet carries {} bytes that tell who it is",
                                entry.bytes, limits.least_payload + around,
                                list.of == Of::kFrame ? "beside its headers " : "", limits.least_payload));
  }
  fit.bytes = std::max(fit.bytes, limits.least_payload);
  // A last packet that is too small for what it has to carry.
  const uint32_t rest = fit.bytes % limits.mss;
  if (rest > 0 && rest < limits.least_payload) {
    fit.bytes += limits.least_payload - rest;
    fit.raised = true;
  }
  return fit;
}

std::vector<SizeEntry> fitted(const SizeList& list, const SizeLimits& limits) {
  std::vector<SizeEntry> entries;
  for (const SizeEntry& entry : list.entries) entries.push_back(fitted(entry, list, limits));
  return entries;
}

std::vector<double> weights_of(const std::vector<SizeEntry>& entries) {
  std::vector<double> weights;
  for (const SizeEntry& entry : entries) weights.push_back(entry.weight);
  return weights;
}

}  // namespace

SizeDistribution::SizeDistribution(const SizeList& list, const SizeLimits& limits)
    : entries_(fitted(list, limits)),
      in_order_(list.in_order),
      mss_(limits.mss),
      table_(weights_of(entries_)) {}

template <class Function>
double SizeDistribution::mean(Function of) const {
  double sum = 0;
  double weights = 0;
  for (const SizeEntry& entry : entries_) {
    sum += entry.weight * static_cast<double>(of(entry));
    weights += entry.weight;
  }
  return sum / weights;
}

double SizeDistribution::mean_bytes() const {
  return mean([](const SizeEntry& entry) { return entry.bytes; });
}

double SizeDistribution::mean_packets() const {
  return mean([this](const SizeEntry& entry) { return packets_of(entry.bytes); });
}

uint32_t SizeDistribution::largest() const {
  uint32_t largest = 0;
  for (const SizeEntry& entry : entries_) {
    if (entry.weight > 0) largest = std::max(largest, entry.bytes);
  }
  return largest;
}

uint32_t SizeDistribution::largest_packet() const {
  return std::min(largest(), mss_);
}

}  // namespace pspnic::traffic
