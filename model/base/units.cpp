// SPDX-License-Identifier: Apache-2.0
#include "model/base/units.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <ostream>
#include <span>

#include "model/base/config_error.h"

namespace pspnic::base {

namespace {

using Wide = unsigned __int128;
constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Smallest first; the first has factor 1.
constexpr std::array<Unit, 5> kDurationUnits{
    {{"ps", kPs}, {"ns", kNs}, {"us", kUs}, {"ms", kMs}, {"s", kSec}}};
constexpr std::array<Unit, 5> kBandwidthUnits{
    {{"bps", 1}, {"kbps", kKbps}, {"Mbps", kMbps}, {"Gbps", kGbps}, {"Tbps", kTbps}}};
constexpr std::array<Unit, 5> kByteSizeUnits{
    {{"B", 1}, {"KiB", kKiB}, {"MiB", kMiB}, {"GiB", kGiB}, {"TiB", kTiB}}};
constexpr std::array<Unit, 4> kFrequencyUnits{{{"Hz", 1}, {"kHz", kKHz}, {"MHz", kMHz}, {"GHz", kGHz}}};

// What differs from quantity to quantity.
struct Description {
  std::string_view name;
  std::string_view example;
  std::span<const Unit> units;
};

template <Quantity T>
Description description_of() {
  if constexpr (std::same_as<T, Duration>) return {"duration", "700ns", kDurationUnits};
  if constexpr (std::same_as<T, Bandwidth>) return {"bandwidth", "200Gbps", kBandwidthUnits};
  if constexpr (std::same_as<T, ByteSize>) return {"size", "64KiB", kByteSizeUnits};
  if constexpr (std::same_as<T, Frequency>) return {"frequency", "800MHz", kFrequencyUnits};
}

std::string unit_list(std::span<const Unit> units, std::string_view separator) {
  std::string list;
  for (const Unit& unit : units) {
    if (!list.empty()) list += separator;
    list += unit.name;
  }
  return list;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Text cut into its parts, not yet numbers.
struct Parts {
  std::string_view whole;
  std::string_view fraction;  // digits after the point
  std::string_view unit;
  bool ok = false;
};

Parts split(std::string_view text) {
  Parts parts;
  const auto take_digits = [&text] {
    size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    const std::string_view digits = text.substr(0, n);
    text.remove_prefix(n);
    return digits;
  };
  parts.whole = take_digits();
  if (parts.whole.empty()) return parts;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits();
    if (parts.fraction.empty()) return parts;
  }
  if (text.size() > 1 && text.front() == ' ') text.remove_prefix(1);
  parts.unit = text;
  parts.ok = true;
  return parts;
}

enum class Scaled { kOk, kTooLarge, kNotWhole };

// whole.fraction * factor in integers.
Scaled scale(const Parts& parts, uint64_t factor, uint64_t& result) {
  Wide value = 0;
  for (const char c : parts.whole) {
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > kMax64) return Scaled::kTooLarge;
  }
  value *= factor;
  std::string_view fraction = parts.fraction;
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  constexpr size_t kMaxDigits = 18;  // keeps the products below inside 128 bits
  if (fraction.size() > kMaxDigits) return Scaled::kNotWhole;
  Wide numerator = 0;
  Wide denominator = 1;
  for (const char c : fraction) {
    numerator = numerator * 10 + static_cast<unsigned>(c - '0');
    denominator *= 10;
  }
  if (numerator * factor % denominator != 0) return Scaled::kNotWhole;
  value += numerator * factor / denominator;
  if (value > kMax64) return Scaled::kTooLarge;
  result = static_cast<uint64_t>(value);
  return Scaled::kOk;
}

uint64_t parse(std::string_view text, const Description& description) {
  const Parts parts = split(text);
  const std::string units = unit_list(description.units, ", ");
  if (!parts.ok) {
    refuse_text(text, fmt::format("is not a {}; write e.g. {}", description.name, description.example));
  }
  if (parts.unit.empty()) {
    refuse_text(text, fmt::format("is a bare number where a {} is expected; write e.g. {} (units: {})",
                                  description.name, description.example, units));
  }
  for (const Unit& unit : description.units) {
    if (unit.name != parts.unit) continue;
    uint64_t value = 0;
    switch (scale(parts, unit.factor, value)) {
      case Scaled::kOk:
        return value;
      case Scaled::kTooLarge:
        refuse_text(text, fmt::format("is too large; the largest {} is {}{}", description.name, kMax64,
                                      description.units[0].name));
      case Scaled::kNotWhole:
        refuse_text(text, fmt::format("is not a whole number of {}", description.units[0].name));
    }
  }
  refuse_text(text, fmt::format("has the unknown unit \"{}\"; a {} is written with one of {}", parts.unit,
                                description.name, units));
}

std::string print(uint64_t value, std::span<const Unit> units) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

template <Quantity T>
T parse_quantity(std::string_view text) {
  return T{parse(text, description_of<T>())};
}

template <Quantity T>
std::string_view quantity_name() {
  return description_of<T>().name;
}

template <Quantity T>
std::string quantity_units(std::string_view separator) {
  return unit_list(description_of<T>().units, separator);
}

template Duration parse_quantity<Duration>(std::string_view);
template Bandwidth parse_quantity<Bandwidth>(std::string_view);
template ByteSize parse_quantity<ByteSize>(std::string_view);
template Frequency parse_quantity<Frequency>(std::string_view);
template std::string_view quantity_name<Duration>();
template std::string_view quantity_name<Bandwidth>();
template std::string_view quantity_name<ByteSize>();
template std::string_view quantity_name<Frequency>();
template std::string quantity_units<Duration>(std::string_view);
template std::string quantity_units<Bandwidth>(std::string_view);
template std::string quantity_units<ByteSize>(std::string_view);
template std::string quantity_units<Frequency>(std::string_view);

std::string to_string(Duration value) {
  return print(value.ps, kDurationUnits);
}
std::string to_string(Bandwidth value) {
  return print(value.bps, kBandwidthUnits);
}
std::string to_string(ByteSize value) {
  return print(value.bytes, kByteSizeUnits);
}
std::string to_string(Frequency value) {
  return print(value.hz, kFrequencyUnits);
}

std::ostream& operator<<(std::ostream& out, Duration value) {
  return out << to_string(value);
}
std::ostream& operator<<(std::ostream& out, Bandwidth value) {
  return out << to_string(value);
}
std::ostream& operator<<(std::ostream& out, ByteSize value) {
  return out << to_string(value);
}
std::ostream& operator<<(std::ostream& out, Frequency value) {
  return out << to_string(value);
}

}  // namespace pspnic::base
