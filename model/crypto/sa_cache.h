// SPDX-License-Identifier: Apache-2.0
// Which SAs an on-chip cache holds: set associative, the least recently used goes. Only which: the SAs
// themselves are in SaTable, and what a miss takes is sa_loader.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/base/params.h"

namespace pspnic::crypto {

struct SaCacheParams {
  enum class Memory { kOnChip, kDevice, kHost };
  Memory memory = Memory::kOnChip;
  unsigned entries = 16384;
  unsigned ways = 8;
  unsigned outstanding = 64;
  unsigned entry_bytes = 64;
  base::Duration latency{150 * base::kNs};
  base::Bandwidth bandwidth{200 * base::kGbps};

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("memory", memory,
             {{"on_chip", Memory::kOnChip}, {"device", Memory::kDevice}, {"host", Memory::kHost}},
             "Where transmit SAs are. on_chip: all of them at hand, and nothing else here counts; device: in "
             "memory of the card; host: in memory that the host has given the card, over PCIe",
             "On chip, as 64 K of them can be");
    v.value("entries", entries, 1u, 16777216u, "SAs that the cache holds; a multiple of ways",
            "Assumed: 1 MiB at entry_bytes");
    v.value("ways", ways, 1u, 64u, "Entries of a set, the last bits of the SA's index choose the set",
            "Assumed, usual for such caches");
    v.value("outstanding", outstanding, 1u, 1024u, "Misses under way at a time; others wait for their turn",
            "Assumed");
    v.value("entry_bytes", entry_bytes, 32u, 1024u, "Bytes of an SA in memory, read and written as a whole",
            "Assumed: key, SPI, version, template; the PSP specification counts with 256");
    v.value("latency", latency, base::Duration{0}, base::Duration{1 * base::kMs},
            "device: from a miss to the first byte of the SA", "Assumed: DRAM and its controller");
    v.value("bandwidth", bandwidth, base::Bandwidth{1 * base::kMbps}, base::Bandwidth{10'000 * base::kGbps},
            "device: of the memory, for SAs read and written",
            "Assumed: one DDR5-4800 channel of 32 bits, less overhead");
  }
};

class SaCache {
 public:
  // ConfigError unless entries is a multiple of ways.
  SaCache(const SaCacheParams& params);

  // Whether the slot is there; it is then the most recently used of its set.
  bool touch(uint32_t slot);
  // What had to go, if its set was full. The slot must not be there.
  std::optional<uint32_t> insert(uint32_t slot);
  void erase(uint32_t slot);
  void clear();

 private:
  static constexpr uint32_t kEmpty = ~uint32_t{0};
  uint32_t* set_of(uint32_t slot) { return &slots_[size_t{slot % sets_} * ways_]; }

  unsigned ways_;
  unsigned sets_;
  std::vector<uint32_t> slots_;  // by set, the most recently used first, empty ones last
};

}  // namespace pspnic::crypto
