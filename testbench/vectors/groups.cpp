// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/groups.h"

#include <map>

namespace pspnic::vectors {

std::vector<Group> groups_of(const std::vector<FileResult>& results) {
  std::vector<Group> groups;
  for (const FileResult& file : results) {
    if (!file.file->failure.empty()) groups.push_back({file.file, "", {}});
    std::map<std::string, size_t> places;
    for (const CaseResult& one : file.cases) {
      const auto [place, fresh] = places.try_emplace(one.one->group, groups.size());
      if (fresh) groups.push_back({file.file, one.one->group, {}});
      groups[place->second].cases.push_back(&one);
    }
  }
  return groups;
}

Counts& Counts::operator+=(const Counts& other) {
  run += other.run;
  failed += other.failed;
  not_applicable += other.not_applicable;
  return *this;
}

Counts count(const Group& group) {
  Counts counts;
  for (const CaseResult* one : group.cases) {
    if (!one->not_applicable.empty()) {
      ++counts.not_applicable;
      continue;
    }
    ++counts.run;
    if (!one->failure.empty()) ++counts.failed;
  }
  return counts;
}

}  // namespace pspnic::vectors
