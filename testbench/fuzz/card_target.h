// SPDX-License-Identifier: Apache-2.0
// A whole card under register writes, mailbox rings and messages as bytes of a fuzzer say. Checked after each
// input: the card comes out of a reset, answers VERSION, and its books balance. One a process, in a SystemC
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pspnic::fuzz {

class FuzzedCard {
 public:
  FuzzedCard();
  ~FuzzedCard();

  // The first rule that was broken, or nothing.
  std::string run(std::span<const uint8_t> bytes);
  // Messages, writes and pauses in all inputs so far.
  uint64_t steps() const;

 private:
  class Bench;
  std::unique_ptr<Bench> bench_;
};

}  // namespace pspnic::fuzz
