// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/default_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "model/base/config_error.h"
#include "model/base/units.h"
#include "model/crypto/area.h"

namespace pspnic::size {

namespace {

constexpr unsigned kMostLanes = 64;

Axis doubling(const char* key, unsigned first, size_t count) {
  Axis axis{{key}, {}};
  for (size_t i = 0; i < count; ++i) axis.values.push_back({std::to_string(first << i)});
  return axis;
}

// A part of a memory that has its share of it.
struct Share {
  const char* key;
  unsigned quarters;
  unsigned least_kib = 0;
};

uint64_t bytes_of(const std::string& value, const std::string& key) {
  try {
    return base::parse_quantity<base::ByteSize>(value).bytes;
  } catch (const base::ConfigError& error) {
    throw base::ConfigError(key, error.what());
  }
}

const std::map<std::string, std::vector<Share>>& buffer_parts() {
  static const std::map<std::string, std::vector<Share>> parts{
      {"nic.tx.buffer", {{"nic.tx.crypto_buffer", 3}, {"nic.tx.class_buffer", 4}}},
      {"nic.rx.buffer", {{"nic.rx.psp_buffer", 3}, {"nic.rx.gro.hold", 2, 16}}}};
  return parts;
}

Axis buffer(const char* key, unsigned first_kib, size_t count) {
  Axis axis{{key}, {}};
  for (size_t i = 0; i < count; ++i) {
    axis.values.push_back({base::to_string(base::ByteSize{(uint64_t{first_kib} << i) * base::kKiB})});
  }
  add_parts(axis);
  return axis;
}

// Eight numbers about what long packets need.
Axis lanes(const crypto::GcmParams& gcm, double wire_bps) {
  const double of_one = crypto::cost_of(gcm, {}).text_bps_128 / gcm.lanes;
  const auto needed =
      static_cast<unsigned>(std::clamp(std::ceil(wire_bps / of_one), 1.0, double{kMostLanes}));
  const unsigned step = (needed + 5) / 6;
  Axis axis{{"nic.crypto.gcm.lanes"}, {}};
  for (unsigned i = 1; i <= 8 && i * step <= kMostLanes; ++i)
    axis.values.push_back({std::to_string(i * step)});
  return axis;
}

// Some small units cost less than a large one, so that the kind varies with the number.
Axis kdf_units(const std::set<std::string>& fixed, crypto::KdfUnitKind kind) {
  const char* const unit = "nic.crypto.kdf.unit";
  const char* const units = "nic.crypto.kdf.units";
  if (fixed.contains(unit)) {
    return kind == crypto::KdfUnitKind::kIterative ? Axis{{units}, {{"1"}, {"2"}, {"3"}, {"4"}, {"6"}, {"8"}}}
                                                   : Axis{{units}, {{"1"}, {"2"}}};
  }
  if (fixed.contains(units)) return {{unit}, {{"iterative"}, {"pipelined"}}};
  Axis axis{{unit, units}, {}, 2};
  for (const char* number : {"1", "2", "3", "4", "5"}) axis.values.push_back({"iterative", number});
  axis.values.push_back({"pipelined", "1"});
  return axis;
}

}  // namespace

void add_parts(Axis& axis) {
  const auto found = buffer_parts().find(axis.keys.front());
  if (axis.keys.size() > 1 || found == buffer_parts().end()) return;
  axis.shown = 1;
  for (const Share& share : found->second) {
    axis.keys.emplace_back(share.key);
    for (auto& values : axis.values) {
      const uint64_t bytes = bytes_of(values.front(), axis.keys.front());
      const uint64_t part = std::max(bytes / 4 * share.quarters, share.least_kib * base::kKiB);
      values.push_back(base::to_string(base::ByteSize{part}));
    }
  }
}

std::vector<Axis> default_axes(const bench::Parameters& parameters, double wire_bps,
                               const std::set<std::string>& fixed) {
  const nic::NicParams& nic = parameters.platform.nic;
  std::vector<Axis> axes;
  axes.push_back(lanes(nic.crypto.gcm, wire_bps));
  const unsigned most_lanes = static_cast<unsigned>(std::stoul(axes.back().values.back().front()));
  axes.push_back(doubling("nic.crypto.gcm.queue_packets", std::bit_ceil(most_lanes), 4));
  axes.push_back(kdf_units(fixed, nic.crypto.kdf.unit));
  axes.push_back(doubling("nic.pcie.tags", 32, 5));
  axes.push_back(buffer("nic.tx.buffer", 16, 6));
  axes.push_back(buffer("nic.rx.buffer", 16, 7));
  axes.push_back(doubling("nic.tx_queue.cache_descriptors", 64, 4));
  axes.push_back(doubling("nic.rx_queue.cache_descriptors", 32, 4));
  if (parameters.platform.host.gro) {
    axes.push_back(doubling("nic.rx.gro.contexts", std::bit_ceil(std::max(8u, nic.rx.gro.ways)), 6));
  }
  if (nic.crypto.sa_cache.memory != crypto::SaCacheParams::Memory::kOnChip) {
    axes.push_back(
        doubling("nic.crypto.sa_cache.entries", std::bit_ceil(std::max(256u, nic.crypto.sa_cache.ways)), 8));
  }
  return axes;
}

}  // namespace pspnic::size
