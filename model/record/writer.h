// SPDX-License-Identifier: Apache-2.0
// Writes a recording as docs/recording.md lays it out: a header, entries, an end.
//
// The file is readable by its owner alone, as it holds keys. The header is written at once, entries whenever
// the card stands still, or some have gathered; so a program that ends without finish() leaves a recording
// without an end, which can be read up to its last whole entry.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/record/entry.h"
#include "model/record/header.h"

namespace pspnic::record {

class Writer : public Listener {
 public:
  // A file that is there is overwritten, and is its owner's alone from then on if it is the caller's own;
  // what a link leads to and what is no regular file keeps its mode. Throws std::runtime_error if it cannot
  // be written.
  Writer(const std::string& path, const Header& header);
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Throws ConfigError for what no recording can hold (limits.h); nothing is written then.
  void on_entry(const Entry& entry) override;
  void on_still() noexcept override { flush(); }

  // The recording ends at `end`, ps: up to there a replay runs. Throws ConfigError for a time beyond 2^63,
  // std::runtime_error if anything could not be written. The file is closed either way.
  void finish(base::Time end);

  uint64_t entries() const { return entries_; }

 private:
  void put(uint64_t number);
  void put_signed(uint64_t now, uint64_t& before);
  void flush() noexcept;
  void close() noexcept;
  void check_written() const;

  std::string path_;
  int file_ = -1;
  int error_ = 0;  // of the first write that failed; nothing is written after it
  std::vector<uint8_t> buffer_;
  uint64_t time_ = 0;
  uint64_t progress_ = 0;
  std::array<uint64_t, kKinds + 1> address_{};
  uint64_t entries_ = 0;
};

}  // namespace pspnic::record
