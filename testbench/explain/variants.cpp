// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "model/base/units.h"

namespace pspnic::explain {

namespace {

using base::ParamInfo;
using base::ParamKind;

constexpr double kStep = 0.1;
constexpr double kTiny = 1e-9;  // 1 - 0.9 is a little less than 0.1

bool of_the_design(const ParamInfo& info) {
  if (info.scope != base::ParamScope::kDesign) return false;
  return info.name.starts_with("nic.") || info.name.starts_with("host.") || info.name == "cable.delay";
}

// Quantities in their smallest unit: whole numbers.
template <class T>
uint64_t raw(const T& value) {
  const auto& [number] = value;
  return number;
}

template <class T>
std::string stepped(const ParamInfo& info, double factor) {
  const auto number = [](const std::string& text) { return raw(base::parse_quantity<T>(text)); };
  const double wanted = std::round(static_cast<double>(number(info.value_text)) * factor);
  const double value = std::clamp(wanted, static_cast<double>(number(info.min_text)),
                                  static_cast<double>(number(info.max_text)));
  return base::to_string(T{static_cast<uint64_t>(value)});
}

std::string quantity(const ParamInfo& info, double factor) {
  if (info.unit == base::quantity_name<base::Duration>()) return stepped<base::Duration>(info, factor);
  if (info.unit == base::quantity_name<base::Bandwidth>()) return stepped<base::Bandwidth>(info, factor);
  if (info.unit == base::quantity_name<base::ByteSize>()) return stepped<base::ByteSize>(info, factor);
  return stepped<base::Frequency>(info, factor);
}

std::string integer(const ParamInfo& info, double factor) {
  const double value = std::strtod(info.value_text.c_str(), nullptr);
  const double step = std::max(1.0, std::round(value * std::abs(factor - 1) + kTiny));
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

std::string next_value(const ParamInfo& info, double factor) {
  switch (info.kind) {
    case ParamKind::kInteger:
      return integer(info, factor);
    case ParamKind::kReal:
      return real(info, factor);
    case ParamKind::kQuantity:
      return quantity(info, factor);
    case ParamKind::kChoice:
      return neighbour(info, factor > 1);
    default:
      return info.value_text;
  }
}

std::vector<Variant> with_steps(const std::vector<ParamInfo>& parameters, double less, double more) {
  std::vector<Variant> list;
  for (const ParamInfo& info : parameters) {
    if (!of_the_design(info)) continue;
    for (const double factor : {less, more}) {
      const std::string to = next_value(info, factor);
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
