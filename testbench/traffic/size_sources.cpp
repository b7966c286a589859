// SPDX-License-Identifier: Apache-2.0
// Where sizes come from: known mixes, files, captures.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

#include "model/base/config_error.h"
#include "model/net/capture.h"
#include "model/net/ethernet.h"
#include "model/net/parse.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::traffic {

namespace {

constexpr uint32_t kMostBytes = 16u << 20;
constexpr uint32_t kGenomeBytes[] = {64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000, 16000};  // a..j

SizeList read_genome(const SizeSourceParams& params, const std::string& prefix, const SizeLimits& limits) {
  SizeList list{
      .of = SizeSourceParams::Of::kFrame, .entries = {}, .in_order = true, .place = prefix + ".genome"};
  for (const char letter : params.genome) {
    const auto index = static_cast<size_t>(letter - 'a');
    if (letter == 'z') {
      list.entries.push_back({limits.header_bytes + limits.mss + static_cast<uint32_t>(net::kFcsBytes)});
    } else if (letter >= 'a' && index < std::size(kGenomeBytes)) {
      list.entries.push_back({kGenomeBytes[index]});
    } else {
      throw base::ConfigError(
          list.place, fmt::format("is \"{}\", must be made of the letters a to j and z", params.genome));
    }
  }
  if (list.entries.empty()) throw base::ConfigError(list.place, "is empty; it needs a letter at least");
  return list;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Nothing for a line without one.
std::optional<SizeEntry> read_line(std::string_view line, const std::string& place) {
  line = trimmed(line.substr(0, line.find('#')));
  if (line.empty()) return std::nullopt;
  const size_t comma = line.find(',');
  if (comma == std::string_view::npos) {
    throw base::ConfigError(place, fmt::format("is \"{}\", must be bytes,weight", line));
  }
  const std::string_view size = trimmed(line.substr(0, comma));
  const std::string_view share = trimmed(line.substr(comma + 1));
  const auto bytes = number<uint32_t>(size);
  if (!bytes || *bytes > kMostBytes) {
    throw base::ConfigError(
        place, fmt::format("bytes are \"{}\", must be a whole number in 0..{}", size, kMostBytes));
  }
  const auto weight = number<double>(share);
  if (!weight || !std::isfinite(*weight) || *weight < 0) {
    throw base::ConfigError(place, fmt::format("weight is \"{}\", must be a number, 0 or more", share));
  }
  return SizeEntry{*bytes, *weight};
}

SizeList read_csv(const SizeSourceParams& params) {
  SizeList list{.of = params.of, .entries = {}, .in_order = false, .place = params.file};
  std::ifstream file(params.file);
  std::string line;
  double weights = 0;
  for (unsigned at = 1; std::getline(file, line); ++at) {
    if (at == 1 && trimmed(line) == "bytes,weight") continue;  // the names of the columns
    const auto entry = read_line(line, fmt::format("{}:{}", params.file, at));
    if (!entry) continue;
    weights += entry->weight;
    list.entries.push_back(*entry);
  }
  if (!file.eof()) throw base::ConfigError(params.file, "cannot be read");
  if (!(weights > 0)) {
    throw base::ConfigError(params.file, "has no line bytes,weight with a weight above 0");
  }
  if (!std::isfinite(weights)) throw base::ConfigError(params.file, "weights are too large to be added");
  return list;
}

SizeList read_capture(const SizeSourceParams& params) {
  SizeList list{.of = params.of, .entries = {}, .in_order = false, .place = params.file};
  std::map<uint32_t, uint64_t> counts;
  net::CaptureReader capture(params.file);
  net::CaptureRecord record;
  while (capture.next(record)) {
    // Without regard to lengths, as a capture may have less than the packet.
    const net::Parsed parsed = net::parse_frame(record.bytes, net::IpLength::kIgnore);
    if (parsed.l4 != net::L4::kTcp && parsed.l4 != net::L4::kUdp) continue;
    if (parsed.l4_header_bytes == 0) continue;
    const net::Parsed whole = net::parse_frame(record.bytes);
    const uint32_t end = whole.ok() ? whole.l4_end : record.original_bytes;  // padding is no payload
    const uint32_t bytes = params.of == SizeSourceParams::Of::kPayload
                               ? end - parsed.payload_offset
                               : record.original_bytes + static_cast<uint32_t>(net::kFcsBytes);
    ++counts[bytes];
  }
  // The text has file and packet in it.
  if (capture.error()) {
    throw base::ConfigError(capture.error()->packet == 0 ? capture.error()->file
                                                         : fmt::format("{}: packet {}", capture.error()->file,
                                                                       capture.error()->packet),
                            capture.error()->reason);
  }
  if (counts.empty()) throw base::ConfigError(params.file, "has no TCP or UDP packet");
  for (const auto& [bytes, count] : counts) list.entries.push_back({bytes, static_cast<double>(count)});
  return list;
}

}  // namespace

SizeList read_sizes(const SizeParams& params, const std::string& prefix, const SizeLimits& limits) {
  const SizeList fixed{.of = params.of,
                       .entries = {{static_cast<uint32_t>(params.bytes.bytes)}},
                       .in_order = false,
                       .place = prefix + ".bytes"};
  return read_sizes(params, prefix, limits, fixed);
}

SizeList read_sizes(const SizeSourceParams& params, const std::string& prefix, const SizeLimits& limits,
                    const SizeList& fixed) {
  using Kind = SizeSourceParams::Kind;
  const bool file = params.kind == Kind::kCsv || params.kind == Kind::kCapture;
  if (file && params.file == "none") {
    throw base::ConfigError(prefix + ".file", "is none; csv and capture need a file");
  }
  if (file && !std::ifstream(params.file)) throw base::ConfigError(params.file, "cannot be opened");
  switch (params.kind) {
    case Kind::kImix:
      return {.of = SizeSourceParams::Of::kFrame,
              .entries = {{64, 7}, {594, 4}, {1518, 1}},
              .in_order = false,
              .place = prefix + ".kind"};
    case Kind::kGenome:
      return read_genome(params, prefix, limits);
    case Kind::kCsv:
      return read_csv(params);
    case Kind::kCapture:
      return read_capture(params);
    case Kind::kFixed:
      break;
  }
  return fixed;
}

}  // namespace pspnic::traffic
