// SPDX-License-Identifier: Apache-2.0
// The folder of results of a command that runs many points: who may begin in it, and that one works in it at
// a time.
#pragma once

#include <string>

namespace pspnic::sweep {

// `plan` is the file that says what the folder is for, `what` the word for it: "sweep". Throws ConfigError
// unless the folder is not there, or empty.
void check_fresh(const std::string& out, const char* plan, const char* what);

// Makes it, with `text` as its plan unless there is one, and the folder of its points. Throws
// std::runtime_error.
void make_folder(const std::string& out, const char* plan, const std::string& text);

// Two in one folder would take each other's points away. Whoever holds it may change what is in the folder.
class FolderLock {
 public:
  // Throws std::runtime_error if another process holds it.
  FolderLock(const std::string& folder, const char* plan);
  // Of a folder that begins with this text as its plan: also if another process began there first, with
  // another plan.
  FolderLock(const std::string& folder, const char* plan, const std::string& text);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  static constexpr int kTries = 20;
  int file_ = -1;
};

// The text of a file that the user has named. Throws ConfigError, place `path`, or `command` with the reason.
std::string read_input(const std::string& path, const char* command);

}  // namespace pspnic::sweep
