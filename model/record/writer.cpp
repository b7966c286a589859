// SPDX-License-Identifier: Apache-2.0
#include "model/record/writer.h"

#include <filesystem>
#include <stdexcept>

namespace pspnic::record {

namespace {

constexpr size_t kFlushAt = 1 << 16;

bool has_length(const Entry& entry) {
  return entry.kind != Kind::kMmioWrite && entry.kind != Kind::kMmioRead && entry.kind != Kind::kInterrupt;
}

}  // namespace

Writer::Writer(const std::string& path, const Header& header) : path_(path) {
  file_.open(path, std::ios::binary | std::ios::trunc);
  if (!file_) throw std::runtime_error(path + ": cannot be written");
  using std::filesystem::perms;
  std::error_code ignored;  // of file systems that know no owner
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, ignored);
  buffer_.assign(kMagic, kMagic + sizeof kMagic - 1);
  const std::string text = to_json(header);
  put(kFormat);
  put(text.size());
  buffer_.insert(buffer_.end(), text.begin(), text.end());
}

// Seven bits a byte, the lowest first; all but the last have the top bit.
void Writer::put(uint64_t number) {
  for (; number >= 0x80; number >>= 7) buffer_.push_back(static_cast<uint8_t>(number | 0x80));
  buffer_.push_back(static_cast<uint8_t>(number));
}

// The difference, whose sign is the lowest bit.
void Writer::put_signed(uint64_t now, uint64_t& before) {
  const uint64_t step = now - before;
  put(step << 1 ^ (step >> 63 != 0 ? ~uint64_t{0} : 0));
  before = now;
}

void Writer::on_entry(const Entry& entry) {
  const auto kind = static_cast<uint8_t>(entry.kind);
  ++entries_;
  buffer_.push_back(entry.ok ? kind : kind | kFailed);
  put_signed(entry.time, time_);
  put(entry.progress - progress_);
  progress_ = entry.progress;
  if (!is_frame(entry.kind)) put_signed(entry.address, address_[kind]);
  put(entry.span);
  if (has_length(entry)) put(entry.data.size());
  buffer_.insert(buffer_.end(), entry.data.begin(), entry.data.end());
  if (buffer_.size() >= kFlushAt) flush();
}

void Writer::flush() {
  file_.write(reinterpret_cast<const char*>(buffer_.data()), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

void Writer::finish(base::Time end) {
  buffer_.push_back(0);
  put(end);
  put(entries_);
  flush();
  file_.close();
  if (!file_) throw std::runtime_error(path_ + ": cannot be written");
}

}  // namespace pspnic::record
