// SPDX-License-Identifier: Apache-2.0
// What an embedded card wants of the world around it: memory, somebody to interrupt, and a cable. All calls
// come while the card runs, at its time; they may use its registers and give it frames, not run it.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/time.h"
#include "model/base/violation.h"

namespace pspnic::embed {

// Without preamble and frame check sequence. The bytes hold during the call.
struct SentFrame {
  std::span<const uint8_t> bytes;
  base::Time first_bit = 0;  // when it began to leave the port
  base::Time last_bit = 0;   // now
};

class Host {
 public:
  virtual ~Host() = default;
  // False, and nothing is touched, if any of the bytes is no memory that the card may reach.
  virtual bool read_memory(uint64_t address, std::span<uint8_t> destination) = 0;
  virtual bool write_memory(uint64_t address, std::span<const uint8_t> source) = 0;
  // Of a write of one word into the range of interrupt messages: false refuses it as one that hits no memory.
  virtual bool takes_interrupt(uint64_t, uint32_t) { return true; }
  // It is taken.
  virtual void interrupt(uint64_t address, uint32_t data) = 0;
  virtual void frame_sent(const SentFrame& frame) = 0;
  // A rule was found broken, at its time. The card is in the middle of something: here nothing may be asked
  // of it but what it has counted.
  virtual void rule_broken(const base::Violation&) {}
};

// Where writes are interrupt messages and no memory. The default is what x86 has (Intel SDM volume 3A,
// section 11.11).
struct InterruptRange {
  uint64_t base = 0xfee0'0000;
  uint64_t bytes = 0x10'0000;

  bool holds(uint64_t address) const { return address >= base && address - base < bytes; }
};

}  // namespace pspnic::embed
