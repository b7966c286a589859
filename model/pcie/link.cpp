// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/link.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "model/base/config_error.h"

namespace pspnic::pcie {

namespace {

// Symbol times between two acknowledgements (and, with the same values, between two flow-control updates)
// that the specification recommends at 8 GT/s and above: rows x1, x2, x4, x8, x16; columns MPS 128 … 4096.
constexpr uint32_t kUpdateInterval[5][6] = {
    {333, 512, 655, 1167, 2191, 4239}, {224, 313, 385, 641, 1153, 2177}, {169, 214, 250, 378, 634, 1146},
    {163, 203, 182, 246, 374, 630},    {144, 168, 182, 246, 374, 630},
};
constexpr double kDllpBytes = 8;        // framing, DLLP, CRC
constexpr double kSkipBytes = 4;        // of an ordered set,
constexpr double kSkipInterval = 1538;  // sent this often
constexpr unsigned kFirstWithFlits = 6;
constexpr double kFlitBytes = 256;
constexpr double kTlpBytesOfFlit = 236;  // the rest: 6 for DLLPs, 8 CRC, 6 error correction

constexpr double kBitsPerSecond = 1e12;

// `piece` is a power of two: no division on the packet path.
uint32_t pieces(uint32_t length, uint32_t piece) {
  return (length + piece - 1) >> std::countr_zero(piece);
}

}  // namespace

void LinkParams::check() const {
  if (max_read_request_bytes * uint64_t{tags} < max_payload_bytes) {
    throw base::ConfigError("nic.pcie.tags", "tags x max_read_request_bytes must cover max_payload_bytes");
  }
}

double tlp_bandwidth_bps(const LinkParams& params) {
  const double symbols = 8e9 * (1u << (params.generation - 3)) * params.lanes;
  if (params.generation >= kFirstWithFlits) return symbols * kTlpBytesOfFlit / kFlitBytes;
  const double raw = symbols * 128.0 / 130.0;
  const auto row = static_cast<size_t>(std::countr_zero(params.lanes));
  const auto column = static_cast<size_t>(std::countr_zero(params.max_payload_bytes) - 7);
  const double updates = 2 * kDllpBytes / kUpdateInterval[row][column];
  return raw * (1 - updates - kSkipBytes / kSkipInterval);
}

uint32_t write_bytes(const LinkParams& params, uint32_t length) {
  return length + request_header_bytes(params) * std::max(1u, pieces(length, params.max_payload_bytes));
}

uint32_t completion_bytes(const LinkParams& params, uint32_t length) {
  return length + completion_header_bytes(params) * std::max(1u, pieces(length, params.max_payload_bytes));
}

Direction::Direction(base::StatGroup& parent, const char* name, double bandwidth_bps)
    : fine_per_byte_(
          static_cast<Fine>(std::llround(8 * kBitsPerSecond / bandwidth_bps * (1 << kFractionBits)))),
      group_(parent, name),
      utilisation_(
          group_, "utilisation", "1", "Share of time in which bytes were sent",
          [this](const base::DumpContext& context) {
            const double busy = static_cast<double>(bytes_.value() * fine_per_byte_) / (1 << kFractionBits);
            return context.elapsed_ps == 0 ? 0.0
                                           : std::min(1.0, busy / static_cast<double>(context.elapsed_ps));
          }) {}

Time Direction::duration(uint32_t bytes) const {
  return round_up(fine_duration(bytes));
}

Time Direction::send(Time now, uint32_t bytes) {
  bytes_ += bytes;
  busy_until_ = std::max(busy_until_, now << kFractionBits) + fine_duration(bytes);
  return round_up(busy_until_);
}

Time Direction::send_first(Time now, uint32_t bytes) {
  bytes_ += bytes;
  const Fine start = now << kFractionBits;
  busy_until_ = std::max(busy_until_, start) + fine_duration(bytes);
  first_busy_until_ = std::max(first_busy_until_, start) + fine_duration(bytes);
  return round_up(first_busy_until_);
}

Time Direction::send_in_turn(Time now, uint32_t bytes, uint32_t share) {
  bytes_ += bytes;
  const Fine start = now << kFractionBits;
  const Fine begin = std::max(start, std::min(busy_until_, turn_));
  busy_until_ = std::max(busy_until_, start) + fine_duration(bytes);
  turn_ = begin + fine_duration(bytes + share);
  return round_up(begin + fine_duration(bytes));
}

}  // namespace pspnic::pcie
