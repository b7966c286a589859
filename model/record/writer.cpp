// SPDX-License-Identifier: Apache-2.0
#include "model/record/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "model/base/config_error.h"
#include "model/record/limits.h"

namespace pspnic::record {

namespace {

constexpr size_t kFlushAt = 1 << 16;
constexpr mode_t kOwnerAlone = S_IRUSR | S_IWUSR;

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error(path + ": cannot be written: " + std::strerror(error));
}

void refuse(const std::string& rule) {
  if (!rule.empty()) throw base::ConfigError("recording", rule);
}

int open_file(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int file = ::open(path.c_str(), kFlags | O_NOFOLLOW, kOwnerAlone);
  const bool link = file < 0 && errno == ELOOP;
  if (link) file = ::open(path.c_str(), kFlags, kOwnerAlone);
  if (file < 0) fail(path, errno);
  struct stat found {};
  const bool own = fstat(file, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid();
  // Some file systems know no owner: no error.
  if (own && !link && (found.st_mode & 0777) != kOwnerAlone) (void)fchmod(file, kOwnerAlone);
  return file;
}

}  // namespace

Writer::Writer(const std::string& path, const Header& header) : path_(path), file_(open_file(path)) {
  buffer_.assign(kMagic, kMagic + sizeof kMagic - 1);
  const std::string text = to_json(header);
  put(kFormat);
  put(text.size());
  buffer_.insert(buffer_.end(), text.begin(), text.end());
  flush();
  if (error_ == 0) return;
  close();
  check_written();
}

Writer::~Writer() {
  flush();
  close();
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
  refuse(broken_rule(entry));
  if (entry.progress < progress_) refuse("a card's progress that goes back");
  const auto kind = static_cast<uint8_t>(entry.kind);
  ++entries_;
  buffer_.push_back(entry.ok ? kind : kind | kFailed);
  put_signed(entry.time, time_);
  put(entry.progress - progress_);
  progress_ = entry.progress;
  if (!is_frame(entry.kind)) put_signed(entry.address, address_[kind]);
  put(entry.span);
  if (has_length(entry.kind)) put(entry.data.size());
  buffer_.insert(buffer_.end(), entry.data.begin(), entry.data.end());
  if (buffer_.size() >= kFlushAt) flush();
}

void Writer::flush() noexcept {
  for (size_t at = 0; at < buffer_.size() && error_ == 0;) {
    const ssize_t written = ::write(file_, buffer_.data() + at, buffer_.size() - at);
    if (written > 0) {
      at += static_cast<size_t>(written);
    } else if (written == 0 || errno != EINTR) {
      error_ = written == 0 ? EIO : errno;
    }
  }
  buffer_.clear();
}

void Writer::close() noexcept {
  if (file_ >= 0 && ::close(file_) != 0 && error_ == 0) error_ = errno;
  file_ = -1;
}

void Writer::check_written() const {
  if (error_ != 0) fail(path_, error_);
}

void Writer::finish(base::Time end) {
  const std::string rule = broken_time(end);
  if (rule.empty()) {
    buffer_.push_back(0);
    put(end);
    put(entries_);
  }
  flush();
  close();
  check_written();
  refuse(rule);
}

}  // namespace pspnic::record
