// SPDX-License-Identifier: Apache-2.0
// pspnic rules: what a driver has to keep, and who checks it.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "model/base/config_error.h"
#include "model/base/driver_rules.h"
#include "model/base/edit_distance.h"
#include "testbench/cli/commands.h"

namespace pspnic::cli {

namespace {

using base::RuleInfo;

const char* checker(const RuleInfo& rule) {
  return rule.by == base::CheckedBy::kAlways ? "always" : "sanitizer";
}

std::vector<const RuleInfo*> matching_rules(const std::string& pattern) {
  std::vector<const RuleInfo*> rules;
  for (const RuleInfo& rule : base::driver_rules()) {
    const bool has = std::string(rule.id).find(pattern) != std::string::npos ||
                     std::string(rule.text).find(pattern) != std::string::npos;
    if (has) rules.push_back(&rule);
  }
  if (!rules.empty()) return rules;
  const RuleInfo& nearest = *std::ranges::min_element(
      base::driver_rules(), {}, [&](const RuleInfo& rule) { return base::edit_distance(pattern, rule.id); });
  throw base::ConfigError(
      "pspnic rules " + pattern,
      std::string("no rule's id or text has this in it; the nearest id is ") + nearest.id);
}

const char* const kIntroduction = R"(# Rules of drivers

What the cards check of a driver. `always`: by the block that meets it, and the run fails; the queue stops,
or what the driver wrote or sent has no effect (`reg-*`, `rx-tail-split`, `mbx-*`). `sanitizer`: with
`nic.sanitizer.mode` `report` or `strict` ([drivers.md](drivers.md)); the device serves what it can. An error:
the device cannot go on with that queue, or refuses the message or packet. A warning: it copes; other
devices, or what comes later, may not.

Sources: IDPF 1.0 is the OASIS specification of that name, with Linux idpf and DPDK as its drivers; docs/ is
this repository, for what a specification leaves to the product. Made by `pspnic rules --markdown`.

| rule | severity | checked | what a driver has to keep | source |
|---|---|---|---|---|
)";

}  // namespace

options::options_description rules_description() {
  options::options_description description("Options of rules");
  description.add_options()  //
      ("markdown", "as docs/driver_rules.md has it");
  return description;
}

int rules_command(const Words& words) {
  options::options_description all("");
  all.add(rules_description())
      .add_options()("pattern", options::value<std::string>(), "part of an id or of a text");
  options::positional_options_description pattern;
  pattern.add("pattern", 1);
  const options::variables_map map = parse(words, all, pattern);
  const std::string part = map.count("pattern") != 0 ? map["pattern"].as<std::string>() : "";
  const bool markdown = map.count("markdown") != 0;
  const std::vector<const RuleInfo*> rules = matching_rules(part);
  if (markdown) std::cout << kIntroduction;
  for (const RuleInfo* rule : rules) {
    const char* severity = base::severity_name(rule->severity);
    if (markdown) {
      fmt::print(std::cout, "| `{}` | {} | {} | {} | {} |\n", rule->id, severity, checker(*rule), rule->text,
                 rule->source);
    } else {
      fmt::print(std::cout, "{:<24} {:<8} {}\n    {}\n    {}\n", rule->id, severity, checker(*rule),
                 rule->text, rule->source);
    }
  }
  return 0;
}

}  // namespace pspnic::cli
