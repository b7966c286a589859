// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "model/base/units.h"
#include "testbench/bench/param_steps.h"

namespace pspnic::explain {

namespace {

using base::ParamInfo;
using base::ParamKind;

constexpr double kStep = 0.1;
constexpr double kTiny = 1e-9;  // 1 - 0.9 is a little less than 0.1

bool of_the_design(const ParamInfo& info) {
  if (info.scope != base::ParamScope::kDesign || info.name.starts_with("nic.sanitizer.")) return false;
  return info.name.starts_with("nic.") || info.name.starts_with("host.") || info.name == "cable.delay";
}

// Quantities in their smallest unit: whole numbers.
template <class T>
uint64_t raw(const T& value) {
  const auto& [number] = value;
  return number;
}

// By whole steps, one at least.
double step_by(double value, double factor, double step) {
  const double steps = std::max(1.0, std::round(value * std::abs(factor - 1) / step + kTiny));
  return steps * step;
}

template <class T>
std::string stepped(const ParamInfo& info, double factor, uint64_t step) {
  const auto number = [](const std::string& text) {
    return static_cast<double>(raw(base::parse_quantity<T>(text)));
  };
  const double value = number(info.value_text);
  if (value == 0) return info.value_text;
  const double by = step_by(value, factor, static_cast<double>(step));
  const double wanted = std::max(0.0, factor > 1 ? value + by : value - by);
  return base::to_string(
      T{static_cast<uint64_t>(std::clamp(wanted, number(info.min_text), number(info.max_text)))});
}

std::string quantity(const ParamInfo& info, double factor, uint64_t step) {
  if (info.unit == base::quantity_name<base::Duration>()) return stepped<base::Duration>(info, factor, step);
  if (info.unit == base::quantity_name<base::Bandwidth>())
    return stepped<base::Bandwidth>(info, factor, step);
  if (info.unit == base::quantity_name<base::ByteSize>()) return stepped<base::ByteSize>(info, factor, step);
  return stepped<base::Frequency>(info, factor, step);
}

std::string integer(const ParamInfo& info, double factor, uint64_t whole) {
  const double value = std::strtod(info.value_text.c_str(), nullptr);
  const double step = step_by(value, factor, static_cast<double>(whole));
  const double wanted =
      std::clamp(factor > 1 ? value + step : value - step, std::strtod(info.min_text.c_str(), nullptr),
                 std::strtod(info.max_text.c_str(), nullptr));
  return fmt::format("{:.0f}", wanted);
}

std::string real(const ParamInfo& info, double factor) {
  const double value = std::strtod(info.value_text.c_str(), nullptr);
  return fmt::format("{:.12g}", std::clamp(value * factor, std::strtod(info.min_text.c_str(), nullptr),
                                           std::strtod(info.max_text.c_str(), nullptr)));
}

std::string neighbour(const ParamInfo& info, bool more) {
  const auto at = std::find(info.choices.begin(), info.choices.end(), info.value_text);
  if (at == info.choices.end()) return info.value_text;
  if (more) return at + 1 == info.choices.end() ? info.value_text : *(at + 1);
  return at == info.choices.begin() ? info.value_text : *(at - 1);
}

std::string next_value(const ParamInfo& info, double factor, uint64_t step) {
  switch (info.kind) {
    case ParamKind::kInteger:
      return integer(info, factor, step);
    case ParamKind::kReal:
      return real(info, factor);
    case ParamKind::kQuantity:
      return quantity(info, factor, step);
    case ParamKind::kChoice:
      return neighbour(info, factor > 1);
    default:
      return info.value_text;
  }
}

std::vector<Variant> with_steps(const std::vector<ParamInfo>& parameters, double less, double more) {
  const auto ways = std::ranges::find(parameters, "nic.rx.gro.ways", &ParamInfo::name);
  const uint64_t gro_ways =
      ways == parameters.end() ? 1 : std::strtoull(ways->value_text.c_str(), nullptr, 10);
  std::vector<Variant> list;
  for (const ParamInfo& info : parameters) {
    if (!of_the_design(info)) continue;
    for (const double factor : {less, more}) {
      const std::string to = next_value(info, factor, bench::param_step(info.name, gro_ways));
      if (to != info.value_text) list.push_back({info.name, info.value_text, to, factor > 1});
    }
  }
  return list;
}

}  // namespace

std::vector<Variant> variants(const std::vector<ParamInfo>& parameters) {
  return with_steps(parameters, 1 - kStep, 1 + kStep);
}

std::vector<Variant> variants(const std::vector<ParamInfo>& parameters, double factor) {
  return with_steps(parameters, 1 / factor, factor);
}

}  // namespace pspnic::explain
