// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pspnic::report {

namespace {

// 1, 2 or 5 times a power of ten, not below `least`.
double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  if (std::abs(value) < 1e-12) return "0";
  for (const auto& [unit, name] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e4, "k"}}) {
    if (std::abs(value) < unit) continue;
    return fmt::format("{:.4g}{}", value / (unit == 1e4 ? 1e3 : unit), name);
  }
  return fmt::format("{:.4g}", value);
}

Axis Axis::linear(std::string label, double least, double most) {
  Axis axis;
  axis.label_ = std::move(label);
  axis.low_ = std::min(0.0, least);
  axis.high_ = most > axis.low_ ? most + (most - axis.low_) * 0.05 : axis.low_ + 1;
  return axis;
}

Axis Axis::logarithmic(std::string label, double least, double most) {
  constexpr double kRoom = 1.15;
  Axis axis;
  axis.label_ = std::move(label);
  axis.log_ = true;
  axis.low_ = std::log10(least / kRoom);
  axis.high_ = std::log10(std::max(most, least) * kRoom);
  return axis;
}

Axis Axis::names(std::string label, const std::vector<std::string>& names) {
  Axis axis;
  axis.label_ = std::move(label);
  axis.named_ = true;
  for (size_t i = 0; i < names.size(); ++i) axis.named_ticks_.push_back({static_cast<double>(i), names[i]});
  axis.low_ = -0.5;
  axis.high_ = std::max<double>(0.5, static_cast<double>(names.size()) - 0.5);
  return axis;
}

double Axis::place(double value) const {
  if (log_) value = value > 0 ? std::log10(value) : low_;
  return (value - low_) / (high_ - low_);
}

std::vector<Tick> Axis::ticks(size_t most) const {
  std::vector<Tick> ticks;
  most = std::max<size_t>(most, 2);
  if (named_) {
    const size_t step = (named_ticks_.size() + most - 1) / most;
    for (size_t i = 0; i < named_ticks_.size(); i += std::max<size_t>(step, 1))
      ticks.push_back(named_ticks_[i]);
    return ticks;
  }
  if (!log_) {
    const double step = nice_step((high_ - low_) / static_cast<double>(most));
    for (double value = std::ceil(low_ / step) * step; value <= high_ * (1 + 1e-9); value += step)
      ticks.push_back({value, number_text(value)});
    return ticks;
  }
  for (const std::vector<double>& factors :
       {std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1, 3}, {1}}) {
    ticks.clear();
    for (double power = std::floor(low_); power <= high_; ++power) {
      for (const double factor : factors) {
        const double value = factor * std::pow(10.0, power);
        const double at = place(value);
        if (at >= 0 && at <= 1) ticks.push_back({value, number_text(value)});
      }
    }
    if (ticks.size() <= most) break;
  }
  return ticks;
}

}  // namespace pspnic::report
