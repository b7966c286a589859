// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation.h"

#include <algorithm>
#include <utility>

#include "model/base/function_text.h"

namespace pspnic::base {

namespace {

std::string head_of(const Violation& violation) {
  const RuleInfo& rule = info(violation.rule);
  return violation.place() + ": " + severity_name(rule.severity) + ": " + rule.text + " [" + rule.id + "]";
}

std::string when_of(const Violation& violation) {
  std::string text = "at " + std::to_string(violation.when / kNs) + " ns";
  if (!violation.field.empty()) text += ", field " + violation.field;
  return text;
}

}  // namespace

std::string to_string(Site site) {
  using Kind = Site::Kind;
  const std::string number = std::to_string(site.number);
  const std::string function = site.kind >= Kind::kMailboxRequests ? function_text(site.function) : "";
  switch (site.kind) {
    case Kind::kTxQueue:
      return "tx queue " + number;
    case Kind::kTxCompletions:
      return "tx completion queue " + number;
    case Kind::kRxQueue:
      return "rx queue " + number;
    case Kind::kBufferQueue:
      return "rx buffer queue " + number;
    case Kind::kMailboxRequests:
      return function + "mailbox ring ATQ";
    case Kind::kMailboxAnswers:
      return function + "mailbox ring ARQ";
    case Kind::kConfigCommands:
      return "config queue " + number + " commands";
    case Kind::kConfigAnswers:
      return "config queue " + number + " answers";
    case Kind::kVector:
      return "vector " + number;
    case Kind::kRegisters:
      return function + "BAR0";
    case Kind::kOwnMemory:
      return "SA memory in the host";
    default:
      return site.function == 0 ? "physical function" : "VF " + std::to_string(site.function - 1);
  }
}

std::string Violation::place() const {
  return part.empty() ? to_string(site) : to_string(site) + ", " + part;
}

std::string to_string(const Violation& violation) {
  std::string text = head_of(violation) + "; " + when_of(violation);
  if (!violation.seen.empty()) text += "; seen: " + violation.seen;
  if (!violation.expected.empty()) text += "; expected: " + violation.expected;
  if (violation.times > 1) text += "; " + std::to_string(violation.times) + " times";
  return text;
}

std::string explain(const Violation& violation, const std::string& device) {
  std::string text = device + ": " + head_of(violation) + "\n    " + when_of(violation) + "\n";
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += std::string("    ") + name + value + "\n";
  };
  line("seen      ", violation.seen);
  line("expected  ", violation.expected);
  line("source    ", info(violation.rule).source);
  if (violation.times > 1) line("times     ", std::to_string(violation.times));
  if (violation.events.empty()) return text;
  text += "    last events of " + to_string(violation.site) + ":\n";
  for (const std::string& event : violation.events) text += "      " + event + "\n";
  return text;
}

void ViolationLog::report(Violation violation) {
  ++count_;
  keep(violation);
  if (listener_ != nullptr) listener_->on_violation(violation);
}

void ViolationLog::keep(Violation& violation) {
  const auto same = std::ranges::find_if(first_, [&](const Violation& other) {
    // Of registers each is a place of its own.
    const bool there = other.site.kind != Site::Kind::kRegisters || other.part == violation.part;
    return other.rule == violation.rule && other.site == violation.site && there;
  });
  if (same != first_.end()) {
    violation.times = ++same->times;
    return;
  }
  if (first_.size() >= kKept) {
    ++left_out_;
    return;
  }
  if (history_ != nullptr) violation.events = history_->last_events(violation.site);
  first_.push_back(violation);
}

}  // namespace pspnic::base
