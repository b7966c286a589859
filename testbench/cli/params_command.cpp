// SPDX-License-Identifier: Apache-2.0
// pspnic params: every parameter.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/cli/commands.h"

namespace pspnic::cli {

namespace {

// Full names, one parameter a line, so that a line may be copied behind --set.
void print_matching(std::ostream& out, const base::ParamTree& tree, const std::string& pattern) {
  bool any = false;
  for (const base::ParamInfo& info : tree.list()) {
    if (info.name.find(pattern) == std::string::npos) continue;
    any = true;
    fmt::print(out, "{}={}  {}  {} [{}]\n", info.name, info.value_text,
               info.range_text.empty() ? info.unit : info.range_text, info.meaning, info.source);
  }
  if (!any) throw base::ConfigError("pspnic params " + pattern, "no parameter's name has this in it");
}

}  // namespace

options::options_description params_description() {
  options::options_description description("Options of params");
  description.add_options()  //
      ("config", options::value<std::vector<std::string>>()->composing(),
       "JSON file of parameters; repeatable")                                                    //
      ("set", options::value<std::vector<std::string>>()->composing(), "KEY=VALUE; repeatable")  //
      ("schema", "JSON Schema instead of a table");
  return description;
}

int params_command(const Words& words) {
  options::options_description all("");
  all.add(params_description()).add_options()("pattern", options::value<std::string>(), "part of a name");
  options::positional_options_description pattern;
  pattern.add("pattern", 1);
  const options::variables_map map = parse(words, all, pattern);
  bench::Parameters parameters;
  for (const auto& file : get<std::vector<std::string>>(map, "config")) parameters.tree.load_file(file);
  for (const auto& setting : get<std::vector<std::string>>(map, "set"))
    parameters.tree.set_assignment(setting);
  if (map.count("pattern") != 0) {
    print_matching(std::cout, parameters.tree, map["pattern"].as<std::string>());
    return 0;
  }
  std::cout << (map.count("schema") != 0 ? base::params_json_schema(parameters.tree)
                                         : base::params_table(parameters.tree));
  return 0;
}

}  // namespace pspnic::cli
