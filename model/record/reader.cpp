// SPDX-License-Identifier: Apache-2.0
#include "model/record/reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "model/base/config_error.h"
#include "model/record/limits.h"

namespace pspnic::record {

namespace {

constexpr size_t kMagicBytes = sizeof kMagic - 1;

// The file ends here.
struct BreaksOff {
  size_t place;
  std::string rule;
};

class Parser {
 public:
  Parser(std::span<const uint8_t> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  void run(Recording& recording) {
    try {
      read_header(recording.header);
    } catch (const BreaksOff& end) {
      fail(end.place, end.rule);
    }
    recording.entries.reserve((bytes_.size() - at_) / 16);
    try {
      read_entries(recording);
    } catch (const BreaksOff&) {
      recording.whole = false;
      recording.end = latest_;
    }
  }

 private:
  [[noreturn]] void fail(size_t place, const std::string& rule) const {
    throw std::runtime_error(origin_ + ": byte " + std::to_string(place) + ": " + rule);
  }
  void require(const std::string& broken, size_t place) const {
    if (!broken.empty()) fail(place, broken);
  }

  uint8_t byte(const char* what) {
    if (at_ == bytes_.size()) {
      throw BreaksOff{at_, std::string("the file ends where ") + what + " must follow"};
    }
    return bytes_[at_++];
  }

  uint64_t number(const char* what) {
    const size_t start = at_;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t next = byte(what);
      const uint64_t bits = next & 0x7fu;
      if (shift == 63 && bits > 1) break;
      value |= bits << shift;
      if ((next & 0x80) == 0) return value;
    }
    fail(start, std::string(what) + ": a number of more than 64 bits");
  }

  uint64_t stepped(uint64_t before, const char* what) {
    const uint64_t code = number(what);
    return before + (code >> 1 ^ ((code & 1) != 0 ? ~uint64_t{0} : 0));
  }

  std::span<const uint8_t> take(uint64_t count, const char* what) {
    if (count > bytes_.size() - at_) {
      throw BreaksOff{at_, std::string(what) + ": " + std::to_string(count) + " bytes, but " +
                               std::to_string(bytes_.size() - at_) + " are left of the file"};
    }
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }

  void read_header(Header& header) {
    if (bytes_.empty()) {
      throw std::runtime_error(origin_ +
                               ": is empty: nothing was recorded, or what was could not be written");
    }
    if (bytes_.size() < kMagicBytes || std::memcmp(bytes_.data(), kMagic, kMagicBytes) != 0) {
      fail(0, std::string("a recording begins with '") + kMagic + "'");
    }
    at_ = kMagicBytes;
    const uint64_t format = number("the format's version");
    if (format != kFormat) {
      fail(kMagicBytes,
           "format " + std::to_string(format) + ", this program knows " + std::to_string(kFormat));
    }
    const auto text = take(number("the header's length"), "header");
    header = from_json(std::string(text.begin(), text.end()), origin_);
  }

  void read_entries(Recording& recording) {
    while (true) {
      const size_t start = at_;
      const uint8_t first = byte("an entry");
      if (first == 0) return read_end(recording);
      recording.entries.push_back(read_entry(first, start));
      // A frame is noted when it begins to leave.
      const Entry& entry = recording.entries.back();
      if (entry.kind != Kind::kFrameOut) latest_ = std::max(latest_, entry.time);
    }
  }

  Entry read_entry(uint8_t first, size_t start) {
    const unsigned kind = first & ~kFailed;
    if (kind == 0 || kind > kKinds) {
      fail(start, "kind " + std::to_string(kind) + ", must lie in 1.." + std::to_string(kKinds));
    }
    Entry entry;
    entry.kind = static_cast<Kind>(kind);
    entry.ok = (first & kFailed) == 0;
    entry.time = time_ = stepped(time_, "a time");
    require(broken_time(time_), start);
    const uint64_t progress = number("a card's progress");
    if (progress > kLatest - progress_) fail(start, "a card's progress beyond 2^63");
    entry.progress = progress_ += progress;
    if (!is_frame(entry.kind)) entry.address = address_[kind] = stepped(address_[kind], "an address");
    entry.span = number("a duration");
    const uint64_t length = has_length(entry.kind) ? number("a length") : kWordBytes;
    require(broken_length(entry.kind, length), start);
    entry.data = take(length, "an entry");
    require(broken_rule(entry), start);
    return entry;
  }

  void read_end(Recording& recording) {
    const base::Time end = number("the end's time");
    const size_t start = at_;
    require(broken_time(end), start);
    if (end < latest_) {
      fail(start, "the end is at " + std::to_string(end) + " ps, an entry at " + std::to_string(latest_));
    }
    const uint64_t count = number("the number of entries");
    if (count != recording.entries.size()) {
      fail(start, "the end counts " + std::to_string(count) + " entries, there are " +
                      std::to_string(recording.entries.size()));
    }
    if (at_ != bytes_.size()) {
      fail(at_, "the recording has ended, but " + std::to_string(bytes_.size() - at_) + " bytes follow");
    }
    recording.end = end;
  }

  std::span<const uint8_t> bytes_;
  const std::string& origin_;
  size_t at_ = 0;
  uint64_t time_ = 0;
  uint64_t latest_ = 0;  // time of what has happened
  uint64_t progress_ = 0;
  std::array<uint64_t, kKinds + 1> address_{};
};

}  // namespace

Recording parse(std::vector<uint8_t> file, const std::string& origin) {
  Recording recording;
  recording.origin = origin;
  recording.file = std::move(file);
  Parser(recording.file, origin).run(recording);
  return recording;
}

Recording read(const std::string& path) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) {
    throw base::ConfigError(path, "cannot be read: Is a directory");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    throw base::ConfigError(path, std::string("cannot be read: ") + std::strerror(errno));
  }
  return parse(std::move(bytes), path);
}

}  // namespace pspnic::record
