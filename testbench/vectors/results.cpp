// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/results.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <sstream>

#include "model/base/text.h"
#include "testbench/vectors/groups.h"

namespace pspnic::vectors {
namespace {

constexpr std::string_view kIndent = "  ";

std::string row_text(const std::string& name, size_t width, const Counts& counts) {
  return fmt::format("{:<{}}  {:>6}  {:>6}  {:>6}  {:>14}\n", name, width, counts.run,
                     counts.run - counts.failed, counts.failed, counts.not_applicable);
}

void print_table(std::ostream& out, const std::vector<Group>& groups) {
  size_t width = 5;
  for (const Group& group : groups) width = std::max(width, kIndent.size() + group.name.size());
  fmt::print(out, "{:<{}}  {:>6}  {:>6}  {:>6}  {:>14}\n", "", width, "run", "passed", "failed",
             "not applicable");
  Counts total;
  size_t damaged = 0;
  const VectorFile* last = nullptr;
  for (const Group& group : groups) {
    if (group.file != last) out << group.file->path << "\n";
    last = group.file;
    if (group.cases.empty()) {
      ++damaged;
      out << kIndent << "damaged, not read\n";
      continue;
    }
    const Counts counts = count(group);
    total += counts;
    out << row_text(std::string(kIndent) + group.name, width, counts);
  }
  out << row_text("total", width, total);
  if (damaged != 0) fmt::print(out, "{} damaged {}\n", damaged, damaged == 1 ? "file" : "files");
}

void print_reasons(std::ostream& out, const std::vector<FileResult>& results) {
  std::map<std::string, size_t> reasons;
  for (const FileResult& file : results) {
    for (const CaseResult& one : file.cases) {
      if (!one.not_applicable.empty()) ++reasons[one.not_applicable];
    }
  }
  if (reasons.empty()) return;
  out << "\nNot applicable\n";
  for (const auto& [reason, number] : reasons) fmt::print(out, "  {:>6}  {}\n", number, reason);
}

void print_skipped(std::ostream& out, const std::vector<std::string>& skipped) {
  if (skipped.empty()) return;
  out << "\nSkipped: no vectors, or none by themselves\n";
  for (const std::string& path : skipped) fmt::print(out, "  {}\n", path);
}

void print_failures(std::ostream& out, const std::vector<FileResult>& results, size_t most) {
  size_t shown = 0;
  for (const FileResult& file : results) {
    if (!file.file->failure.empty()) fmt::print(out, "\nDamaged: {}\n", file.file->failure);
  }
  for (const FileResult& file : results) {
    for (const CaseResult& one : file.cases) {
      if (one.failure.empty() || ++shown > most) continue;
      fmt::print(out, "\nFailure {}: {}: {}\n{}\n", shown, file.file->path, one.one->id, one.failure);
    }
  }
  if (shown > most) fmt::print(out, "\n{} more failed: --show {} shows all\n", shown - most, shown);
}

}  // namespace

size_t count_applicable(const std::vector<VectorFile>& files, Way way, bool engine_has_bare_aes) {
  size_t applicable = 0;
  for (const VectorFile& file : files) {
    applicable +=
        static_cast<size_t>(std::count_if(file.cases.begin(), file.cases.end(), [&](const Case& one) {
          return one.contradiction.empty() && not_applicable(one, way, engine_has_bare_aes).empty();
        }));
  }
  return applicable;
}

std::vector<FileResult> run_cases(const std::vector<VectorFile>& files, Way way, bool engine_has_bare_aes,
                                  Through& through, const Step& step) {
  std::vector<FileResult> results;
  std::vector<const Case*> wanted;
  for (const VectorFile& file : files) {
    FileResult& result = results.emplace_back(FileResult{&file, {}});
    for (const Case& one : file.cases) {
      CaseResult& into = result.cases.emplace_back(CaseResult{&one, "", one.contradiction});
      if (!into.failure.empty()) continue;
      into.not_applicable = not_applicable(one, way, engine_has_bare_aes);
      if (into.not_applicable.empty()) wanted.push_back(&one);
    }
  }
  const Failures failures = through.run(wanted, step);
  auto next = failures.begin();
  for (FileResult& file : results) {
    for (CaseResult& one : file.cases) {
      if (one.not_applicable.empty() && one.failure.empty()) one.failure = *next++;
    }
  }
  return results;
}

size_t count_run(const std::vector<FileResult>& results) {
  size_t run = 0;
  for (const FileResult& file : results) {
    run += static_cast<size_t>(std::count_if(file.cases.begin(), file.cases.end(), [](const CaseResult& one) {
      return one.not_applicable.empty();
    }));
  }
  return run;
}

size_t count_failures(const std::vector<FileResult>& results) {
  size_t failures = 0;
  for (const FileResult& file : results) {
    failures += file.file->failure.empty() ? 0 : 1;
    failures += static_cast<size_t>(std::count_if(
        file.cases.begin(), file.cases.end(), [](const CaseResult& one) { return !one.failure.empty(); }));
  }
  return failures;
}

void print_results(std::ostream& out, const std::vector<FileResult>& results,
                   const std::vector<std::string>& skipped, size_t failures_shown) {
  std::ostringstream text;
  print_table(text, groups_of(results));
  print_reasons(text, results);
  print_skipped(text, skipped);
  print_failures(text, results, failures_shown);
  out << base::printable(text.str());
}

}  // namespace pspnic::vectors
