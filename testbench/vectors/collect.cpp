// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/collect.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "model/base/config_error.h"
#include "testbench/vectors/capture_set.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMostBytes = uintmax_t{256} << 20;  // longer files are no vectors

struct Found {
  std::string path;
  bool named;  // not met in a folder
};

class Collector {
 public:
  void add(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      add_folder(path);
    } else if (fs::exists(path, error)) {
      add_file({path, true});
    } else {
      throw base::ConfigError(path, "there is no such file or folder");
    }
  }

  Collected finish() {
    add_triples();
    return std::move(collected_);
  }

 private:
  void add_folder(const std::string& folder) {
    std::vector<std::string> paths;
    std::error_code error;
    fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
    if (error) throw base::ConfigError(folder, "cannot be read: " + error.message());
    for (const fs::recursive_directory_iterator end; walk != end; walk.increment(error)) {
      if (error) throw base::ConfigError(folder, "cannot be read: " + error.message());
      if (walk->is_regular_file(error)) paths.push_back(walk->path().string());
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) add_file({path, false});
  }

  void add_file(const Found& found) {
    std::error_code error;
    const fs::path canonical = fs::canonical(found.path, error);
    if (!seen_.insert(error ? found.path : canonical.string()).second) return;
    if (!fs::is_regular_file(found.path, error) || fs::file_size(found.path, error) > kMostBytes) {
      skip(found, "is no file of at most 256 MiB");
      return;
    }
    std::ifstream stream(found.path, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(stream), {});
    if (!stream) {
      if (found.named) throw base::ConfigError(found.path, "cannot be read");
      collected_.files.push_back({found.path, "", "cannot be read", {}});
      return;
    }
    read(found, content);
  }

  void read(const Found& found, std::string_view content) {
    const Format format = recognise(content);
    VectorFile file{found.path, name_of(format), "", {}};
    try {
      if (format == Format::kCapture) {
        captures_.push_back(read_capture(found.path));
        part_of_triple_.push_back(found);
        return;
      }
      if (format == Format::kGoogleConfig) {
        if (auto config = read_google_config(content, found.path)) configs_.push_back(std::move(*config));
        part_of_triple_.push_back(found);
        return;
      }
      file.cases = read_cases(format, content, found.path);
    } catch (const base::ConfigError& damaged) {
      file.failure = damaged.what();
    }
    if (file.cases.empty() && file.failure.empty()) {
      skip(found, format == Format::kWycheproof
                      ? "has Wycheproof vectors of an algorithm that PSP does not use"
                      : "is in no format of test vectors known here");
      return;
    }
    collected_.files.push_back(std::move(file));
  }

  // Without any configuration an encrypted capture is a capture like others.
  void add_triples() {
    std::set<std::string> used;
    if (!configs_.empty()) {
      for (Triple& triple : match_captures(captures_, configs_)) {
        used.insert({triple.encrypted, triple.cleartext, triple.config});
        std::string failure = triple.failure.empty() ? "" : triple.encrypted + ": " + triple.failure;
        collected_.files.push_back(
            {triple.encrypted, "google-psp captures", std::move(failure), std::move(triple.cases)});
      }
    }
    for (const Found& found : part_of_triple_) {
      if (used.contains(found.path)) continue;
      skip(found,
           "makes vectors only with the cleartext capture, configuration and encrypted capture of one set");
    }
  }

  void skip(const Found& found, const char* rule) {
    if (found.named) throw base::ConfigError(found.path, rule);
    collected_.skipped.push_back(found.path);
  }

  std::set<std::string> seen_;
  std::vector<Found> part_of_triple_;
  std::vector<CaptureFile> captures_;
  std::vector<GoogleConfig> configs_;
  Collected collected_;
};

}  // namespace

Collected collect(const std::vector<std::string>& paths) {
  Collector collector;
  for (const std::string& path : paths) collector.add(path);
  return collector.finish();
}

}  // namespace pspnic::vectors
