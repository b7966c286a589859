// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "model/base/text.h"
#include "testbench/vectors/groups.h"
#include "testbench/vectors/results.h"

namespace pspnic::vectors {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

void add_case(std::string& out, const Group& group, const CaseResult& one) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", base::xml_escaped(group.file->path),
                     base::xml_escaped(one.one->id));
  if (!one.not_applicable.empty()) {
    out += fmt::format("><skipped message=\"{}\"/></testcase>\n", base::xml_escaped(one.not_applicable));
  } else if (!one.failure.empty()) {
    out += fmt::format("><failure message=\"{}\">{}</failure></testcase>\n",
                       base::xml_escaped(first_line(one.failure)), base::xml_escaped(one.failure));
  } else {
    out += "/>\n";
  }
}

void add_group(std::string& out, const Group& group, Way way) {
  if (group.cases.empty()) {
    out += fmt::format(
        "  <testsuite name=\"{0}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
        "    <testcase classname=\"{0}\" name=\"the file\"><error message=\"{1}\"/></testcase>\n"
        "  </testsuite>\n",
        base::xml_escaped(group.file->path), base::xml_escaped(group.file->failure));
    return;
  }
  const Counts counts = count(group);
  out += fmt::format(
      "  <testsuite name=\"{}: {}, through {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
      base::xml_escaped(group.file->path), base::xml_escaped(group.name), name_of(way), group.cases.size(),
      counts.failed, counts.not_applicable);
  for (const CaseResult* one : group.cases) add_case(out, group, *one);
  out += "  </testsuite>\n";
}

void add_skipped(std::string& out, const std::vector<std::string>& skipped) {
  out += fmt::format(
      "  <testsuite name=\"skipped files\" tests=\"{0}\" failures=\"0\" errors=\"0\" skipped=\"{0}\">\n",
      skipped.size());
  for (const std::string& path : skipped) {
    out += fmt::format(
        "    <testcase classname=\"{0}\" name=\"the file\"><skipped message=\"no vectors, or none by "
        "itself\"/></testcase>\n",
        base::xml_escaped(path));
  }
  out += "  </testsuite>\n";
}

}  // namespace

std::string junit(const std::vector<FileResult>& results, const std::vector<std::string>& skipped, Way way) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const Group& group : groups_of(results)) add_group(out, group, way);
  if (!skipped.empty()) add_skipped(out, skipped);
  return out + "</testsuites>\n";
}

}  // namespace pspnic::vectors
