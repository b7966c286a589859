// SPDX-License-Identifier: Apache-2.0
// The host's memory as a recording shows it, for a card that reads without its host. A read is answered
//   - as recorded, by the earliest recorded read of the same address and length that has not been answered;
//   - else in pieces: each byte by the earliest recorded read of it that has not been answered there;
//   - else again: each byte as it was last answered or written by the card;
//   - else not at all: some byte was never read or written. The card gets what unmapped memory gives.
// Writes and interrupt messages are taken or refused likewise: as the earliest recorded one of the same
// address and length, or data, that has not been answered; else as the last one at that address.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/record/entry.h"

namespace pspnic::playback {

enum class Answer : uint8_t { kAsRecorded, kInPieces, kAgain, kNone };
inline constexpr size_t kAnswers = 4;

class RecordedMemory {
 public:
  // The entries' bytes outlive this.
  explicit RecordedMemory(std::span<const record::Entry> entries);

  // kNone, and nothing is touched; also what was recorded as unmapped.
  Answer read(uint64_t address, std::span<uint8_t> destination);
  // Of the card. False, and nothing is kept: refused.
  bool write(uint64_t address, std::span<const uint8_t> source);
  // Likewise of an interrupt message; it is kept nowhere.
  bool message(uint64_t address, uint32_t data);

  uint64_t answers(Answer kind) const { return answers_[static_cast<size_t>(kind)]; }

 private:
  static constexpr uint64_t kPageBytes = 4096;
  struct Read {
    const record::Entry* entry = nullptr;
    bool answered = false;             // as a whole
    std::vector<bool> bytes_answered;  // empty: none
  };
  struct Page {
    std::array<uint8_t, kPageBytes> bytes;
    std::array<bool, kPageBytes> known{};
    std::vector<size_t> reads;  // of bytes in it, in the order recorded
    size_t first_open = 0;      // in front of it all have been answered as a whole
  };

  // By address, and length or data.
  using Access = std::pair<uint64_t, uint64_t>;
  // What became of accesses that bring no bytes along.
  struct Fates {
    std::map<Access, std::deque<bool>> open;  // taken, in the order recorded
    std::unordered_map<uint64_t, bool> last;  // by address; before the first: the first recorded
    void add(const Access& access, bool ok);
    bool next(const Access& access);
  };

  void keep(uint64_t address, std::span<const uint8_t> source);
  Answer find(uint64_t address, std::span<uint8_t> destination);
  bool answer_piece(uint64_t address, uint8_t& byte);
  bool known(uint64_t address, uint8_t& byte) const;

  std::vector<Read> reads_;
  std::map<Access, std::deque<size_t>> whole_;
  std::unordered_map<uint64_t, Page> pages_;
  Fates writes_;
  Fates messages_;
  std::array<uint64_t, kAnswers> answers_{};
};

}  // namespace pspnic::playback
