// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace pspnic::sweep {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  throw std::runtime_error(fmt::format("{}: cannot be {}: {}", path, what, std::strerror(error)));
}

// Closes what is open, and takes away what was begun and not kept.
class Draft {
 public:
  // The process is in the name: two may write the same file, which then have the same to say.
  explicit Draft(const std::string& path) : path_(path), draft_(fmt::format("{}.{}.tmp", path, getpid())) {
    file_ = open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file_ < 0) fail(path_, "written", errno);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (file_ >= 0) close(file_);
    if (!kept_) unlink(draft_.c_str());
  }

  void put(std::string_view text) {
    while (!text.empty()) {
      const ssize_t done = write(file_, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail(path_, "written", errno);
      text.remove_prefix(static_cast<size_t>(done));
    }
  }

  void keep() {
    // Network file systems report a full disk only here.
    if (close(std::exchange(file_, -1)) != 0) fail(path_, "written", errno);
    if (rename(draft_.c_str(), path_.c_str()) != 0) fail(path_, "written", errno);
    kept_ = true;
  }

 private:
  const std::string& path_;
  std::string draft_;
  int file_ = -1;
  bool kept_ = false;
};

}  // namespace

std::string point_folder(const std::string& folder, size_t point) {
  return fmt::format("{}/points/{:05}", folder, point);
}

std::string point_file(const std::string& folder, size_t point, const char* name) {
  return fmt::format("{}/points/{:05}/{}", folder, point, name);
}

void write_whole(const std::string& path, std::string_view text) {
  Draft draft(path);
  draft.put(text);
  draft.keep();
}

void write_whole(const std::string& path, const std::function<void(const Put&)>& write) {
  Draft draft(path);
  write([&draft](std::string_view text) { draft.put(text); });
  draft.keep();
}

std::optional<std::string> read_if_there(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file < 0) fail(path, "read", errno);
  std::string text;
  char buffer[16384];
  ssize_t got = 0;
  while ((got = read(file, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) text.append(buffer, static_cast<size_t>(got));
  }
  const int error = errno;
  close(file);
  if (got < 0) fail(path, "read", error);
  return text;
}

bool is_there(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

void clear_point(const std::string& folder, size_t point) {
  const std::string path = point_folder(folder, point);
  if (mkdir(path.c_str(), 0777) == 0) return;
  if (errno != EEXIST) fail(path, "made", errno);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
    fs::remove(entry.path(), error);
  if (error) throw std::runtime_error(fmt::format("{}: cannot be emptied: {}", path, error.message()));
}

}  // namespace pspnic::sweep
