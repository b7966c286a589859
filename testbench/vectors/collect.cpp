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
#include "testbench/vectors/json_view.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTriples = "google-psp captures";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
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
      if (walk->is_regular_file(error)) {
        paths.push_back(walk->path().string());
      } else if (!walk->is_directory(error) || walk->is_symlink(error)) {
        collected_.skipped.push_back(walk->path().string());  // sockets, links into nothing or to folders
      }
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
    std::string content(std::istreambuf_iterator<char>(stream), {});
    if (!stream) {
      if (found.named) throw base::ConfigError(found.path, "cannot be read");
      collected_.files.push_back({found.path, "", "cannot be read", {}});
      return;
    }
    if (content.starts_with(kByteOrderMark)) content.erase(0, kByteOrderMark.size());
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
      if (file.cases.empty() && format != Format::kUnknown && format != Format::kWycheproof) {
        file.failure = found.path + ": has the form of vectors, and none in it";
      }
      if (format == Format::kUnknown && content.starts_with('{')) JsonView::parse(content, found.path);
      check_ids(file);
    } catch (const base::ConfigError& damaged) {
      file.failure = damaged.what();
      file.cases.clear();
    }
    if (file.cases.empty() && file.failure.empty()) {
      skip(found, format == Format::kWycheproof
                      ? "has Wycheproof vectors of an algorithm that PSP does not use"
                      : "is in no format of test vectors known here");
      return;
    }
    collected_.files.push_back(std::move(file));
  }

  // Two of one name could not be told apart in a report.
  static void check_ids(const VectorFile& file) {
    std::set<std::string> ids;
    for (const Case& one : file.cases) {
      if (!ids.insert(one.id).second)
        throw base::ConfigError(file.path, "has two vectors of the name " + one.id);
    }
  }

  // Without any configuration an encrypted capture is a capture like others.
  void add_triples() {
    Matched matched;
    if (!configs_.empty()) matched = match_captures(captures_, configs_);
    std::set<std::string> used;
    for (Triple& triple : matched.triples) {
      used.insert({triple.encrypted, triple.cleartext, triple.config});
      std::string failure = triple.failure.empty() ? "" : triple.encrypted + ": " + triple.failure;
      collected_.files.push_back({triple.encrypted, kTriples, std::move(failure), std::move(triple.cases)});
    }
    for (const Found& found : part_of_triple_) {
      if (used.contains(found.path) || matched.partners.contains(found.path)) continue;
      if (matched.strays.contains(found.path)) {
        collected_.files.push_back(
            {found.path, kTriples, found.path + ": " + matched.strays.at(found.path), {}});
        continue;
      }
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
