// SPDX-License-Identifier: Apache-2.0
// Quantities with a dimension, as configuration and reports spell them: "35ns", "200Gbps", "64KiB", "1GHz".
// Each is one unsigned 64-bit count of its base unit, so arithmetic stays exact; a bare number is not a
// quantity.
//
// Text form: digits, optionally a point and more digits, at most one space, a unit of the list below. The
// value must be a whole count of the base unit, fit 64 bits and have at most 18 digits after the point
// ("0.5ns" is 500 ps; "0.5ps" is an error).
//   Duration   ps ns us ms s            decimal steps of 1000
//   Bandwidth  bps kbps Mbps Gbps Tbps  decimal steps of 1000, bits per second
//   ByteSize   B KiB MiB GiB TiB        binary steps of 1024; there is no kB, because it is read both ways
//   Frequency  Hz kHz MHz GHz           decimal steps of 1000
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "model/base/time.h"

namespace pspnic::base {

struct Duration {
  Time ps = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

struct Bandwidth {
  uint64_t bps = 0;
  friend auto operator<=>(const Bandwidth&, const Bandwidth&) = default;
};

struct ByteSize {
  uint64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

struct Frequency {
  uint64_t hz = 0;
  friend auto operator<=>(const Frequency&, const Frequency&) = default;
};

template <class T>
concept Quantity = std::same_as<T, Duration> || std::same_as<T, Bandwidth> || std::same_as<T, ByteSize> ||
    std::same_as<T, Frequency>;

// Factors for writing defaults: Bandwidth{200 * kGbps}, ByteSize{64 * kKiB}, Frequency{800 * kMHz}.
inline constexpr uint64_t kKbps = 1000;
inline constexpr uint64_t kMbps = 1000 * kKbps;
inline constexpr uint64_t kGbps = 1000 * kMbps;
inline constexpr uint64_t kTbps = 1000 * kGbps;
inline constexpr uint64_t kKiB = 1024;
inline constexpr uint64_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;
inline constexpr uint64_t kTiB = 1024 * kGiB;
inline constexpr uint64_t kKHz = 1000;
inline constexpr uint64_t kMHz = 1000 * kKHz;
inline constexpr uint64_t kGHz = 1000 * kMHz;

// Reads the text form. Throws ConfigError whose place is the quoted text and whose rule says what to write.
template <Quantity T>
T parse_quantity(std::string_view text);

// Largest unit in which the value is a whole number: 1500 ns is "1500ns", 250000 ps is "250ns", nothing is
// "0ps", "0bps", "0B", "0Hz". parse_quantity() reads it back unchanged.
std::string to_string(Duration value);
std::string to_string(Bandwidth value);
std::string to_string(ByteSize value);
std::string to_string(Frequency value);

// So that test failures and logs show "250ns" and not bytes.
std::ostream& operator<<(std::ostream& out, Duration value);
std::ostream& operator<<(std::ostream& out, Bandwidth value);
std::ostream& operator<<(std::ostream& out, ByteSize value);
std::ostream& operator<<(std::ostream& out, Frequency value);

// "duration", "bandwidth", "size", "frequency": the word used in tables and error messages.
template <Quantity T>
std::string_view quantity_name();

// Names of all units of T, smallest first, separated by `separator`: "ps|ns|us|ms|s".
template <Quantity T>
std::string quantity_units(std::string_view separator);

}  // namespace pspnic::base
