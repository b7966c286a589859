// SPDX-License-Identifier: Apache-2.0
// Requests through a Verilated key derivation unit, rtl/kdf/psp_kdf.sv.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rtl/cosim/key_bytes.h"

namespace pspnic::rtl {

struct KdfRequest {
  uint32_t spi = 0;      // bit 31 chooses the slot
  unsigned version = 0;  // 0 to 15; the port has four bits
  uint64_t at = 0;       // not offered before this cycle
};

enum class KdfStatus : uint8_t { kOk, kIllegalVersion, kNoKey };

struct KdfAnswer {
  KdfStatus status = KdfStatus::kOk;
  KeyBytes key;  // zero unless kOk
  // Cycles.
  uint64_t offered = 0;
  uint64_t taken = 0;
  uint64_t answered = 0;
};

// AES-256 a block a cycle, or a round a cycle.
enum class KdfForm : uint8_t { kPipelined, kIterative };
const char* name_of(KdfForm form);

class KdfCore;  // the pins

class KdfUnit {
 public:
  explicit KdfUnit(KdfForm form);
  ~KdfUnit();
  KdfUnit(const KdfUnit&) = delete;
  KdfUnit& operator=(const KdfUnit&) = delete;

  // Puts a device key into slot 0 or 1 (one cycle or more), or wipes the slot and what the unit still holds
  // of its key (64 cycles). Throw std::runtime_error when the unit does not take the command for a thousand
  // cycles.
  void load(unsigned slot, std::span<const uint8_t, 32> key);
  void drop(unsigned slot);
  // Offers each request as soon as the one before it is taken and its cycle has come, takes each answer at
  // once. Throws std::runtime_error when nothing moves for a thousand cycles.
  std::vector<KdfAnswer> run(std::span<const KdfRequest> requests);

  uint64_t cycle() const { return cycle_; }

 private:
  void change_key(unsigned slot, bool drop, std::span<const uint8_t> key);

  std::unique_ptr<KdfCore> core_;
  uint64_t cycle_ = 0;
};

}  // namespace pspnic::rtl
