// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation.h"

#include <utility>

namespace pspnic::base {

std::string to_string(const Violation& violation) {
  std::string text = "at " + std::to_string(violation.when / kNs) + " ns, " + violation.place;
  if (!violation.field.empty()) text += ", field " + violation.field;
  text += ": " + violation.rule;
  if (!violation.seen.empty()) text += "; seen: " + violation.seen;
  return text;
}

void ViolationLog::report(Violation violation) {
  ++count_;
  if (first_.size() < kKept) first_.push_back(std::move(violation));
}

}  // namespace pspnic::base
