// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "model/base/config_error.h"
#include "testbench/sweep/files.h"

namespace pspnic::sweep {

namespace fs = std::filesystem;

void check_fresh(const std::string& out, const char* plan, const char* what) {
  std::error_code error;
  if (!fs::exists(out, error)) return;
  if (!fs::is_directory(out, error)) throw base::ConfigError("--out " + out, "is no folder");
  if (fs::is_empty(out, error)) return;
  throw base::ConfigError(
      "--out " + out, is_there(out + "/" + plan)
                          ? "has results already; go on with --resume, or name another folder"
                          : fmt::format("is not empty and has no {} to --resume; name another folder", what));
}

void make_folder(const std::string& out, const char* plan, const std::string& text) {
  std::error_code error;
  fs::create_directories(out, error);
  if (!error && !is_there(out + "/" + plan)) write_whole(out + "/" + plan, text);
  if (!error) fs::create_directories(out + "/points", error);
  if (error) throw std::runtime_error(fmt::format("{}: cannot be made: {}", out, error.message()));
}

FolderLock::FolderLock(const std::string& folder, const char* plan) {
  file_ = open((folder + "/" + plan).c_str(), O_RDONLY | O_CLOEXEC);
  // Children of one that was killed hold it until they are gone.
  for (int tries = 0; file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++tries) {
    if (tries == kTries) {
      close(file_);
      throw std::runtime_error(folder + ": another pspnic works in it");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

FolderLock::FolderLock(const std::string& folder, const char* plan, const std::string& text)
    : FolderLock(folder, plan) {
  if (read_if_there(folder + "/" + plan) == text) return;
  throw std::runtime_error(folder + ": another pspnic has begun something else in it; name another folder");
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

std::string read_input(const std::string& path, const char* command) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw base::ConfigError(path, "cannot be read: is a directory");
  try {
    if (auto text = read_if_there(path)) return *std::move(text);
  } catch (const std::runtime_error& failure) {
    throw base::ConfigError(command, failure.what());
  }
  throw base::ConfigError(path, "cannot be read: No such file or directory");
}

}  // namespace pspnic::sweep
