// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation_json.h"

#include <nlohmann/json.hpp>

namespace pspnic::base {

nlohmann::ordered_json to_json(const Violation& violation, const std::string& device) {
  const RuleInfo& rule = info(violation.rule);
  return {{"device", device},          {"place", violation.place()},
          {"rule", rule.id},           {"severity", severity_name(rule.severity)},
          {"text", rule.text},         {"source", rule.source},
          {"time_ps", violation.when}, {"field", violation.field},
          {"seen", violation.seen},    {"expected", violation.expected},
          {"times", violation.times},  {"events", violation.events}};
}

}  // namespace pspnic::base
