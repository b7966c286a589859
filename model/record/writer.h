// SPDX-License-Identifier: Apache-2.0
// Writes a recording as docs/recording.md lays it out: a header, entries, an end.
//
// The file is readable by its owner alone, as it holds keys. It is whole once finish() has returned; until
// then a reader says that it breaks off.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "model/record/entry.h"
#include "model/record/header.h"

namespace pspnic::record {

class Writer : public Listener {
 public:
  // Throws std::runtime_error if the file cannot be written.
  Writer(const std::string& path, const Header& header);

  void on_entry(const Entry& entry) override;

  // The recording ends at `end`: up to there a replay runs. Throws std::runtime_error if anything could not
  // be written.
  void finish(base::Time end);

  uint64_t entries() const { return entries_; }

 private:
  void put(uint64_t number);
  void put_signed(uint64_t now, uint64_t& before);
  void flush();

  std::string path_;
  std::ofstream file_;
  std::vector<uint8_t> buffer_;
  uint64_t time_ = 0;
  uint64_t progress_ = 0;
  std::array<uint64_t, kKinds + 1> address_{};
  uint64_t entries_ = 0;
};

}  // namespace pspnic::record
