// SPDX-License-Identifier: Apache-2.0
// What crosses the border of one card: register accesses and frames on the way in; reads and writes of host
// memory, interrupt messages and frames on the way out.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/time.h"

namespace pspnic::record {

// Numbers as in the file (docs/recording.md).
enum class Kind : uint8_t {
  kMmioWrite = 1,
  kMmioRead = 2,
  kDmaRead = 3,
  kDmaWrite = 4,
  kInterrupt = 5,
  kFrameIn = 6,
  kFrameOut = 7,
};
inline constexpr unsigned kKinds = 7;

// The host does these; all others are the card's.
constexpr bool is_stimulus(Kind kind) {
  return kind == Kind::kMmioWrite || kind == Kind::kMmioRead || kind == Kind::kFrameIn;
}
constexpr bool is_frame(Kind kind) {
  return kind == Kind::kFrameIn || kind == Kind::kFrameOut;
}

struct Entry {
  Kind kind = Kind::kMmioWrite;
  // A register access that something decodes; a memory access that hits memory; a frame whose check sequence
  // matches.
  bool ok = true;
  base::Time time = 0;    // ps since power-on; of a frame that leaves: its last bit
  uint64_t progress = 0;  // events of the card that had fired before
  uint64_t address = 0;   // on the `mmio` socket (pcie/endpoint.h), or of the host; 0 for frames
  // Of a register read, ps until its answer; of a frame that leaves, ps from first to last bit; of a read of
  // memory that hit none, how many bytes were asked for; else 0.
  uint64_t span = 0;
  // A register's word, little endian; bytes of memory, none of a read that hit none; a frame without check
  // sequence.
  std::span<const uint8_t> data;
};

// Gets them in the order in which they happen. The bytes hold during the call.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_entry(const Entry& entry) = 0;
  // The card stands still, and whoever runs it goes on with something else.
  virtual void on_still() noexcept {}
};

}  // namespace pspnic::record
