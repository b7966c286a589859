// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/interrupt_checks.h"

#include <algorithm>

#include "model/idpf/registers.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

namespace {

constexpr uint16_t kNoVector = 0xffff;

}  // namespace

InterruptChecks::InterruptChecks(Reporter& reporter, base::Time timeout)
    : reporter_(reporter),
      timeout_(timeout),
      alarm_(reporter.events(), base::Callback::to<&InterruptChecks::on_alarm>(*this)) {}

void InterruptChecks::begin(Lapse& lapse) {
  lapse.since = reporter_.now();
  alarm_.set(lapse.since + timeout_);
}

base::Time InterruptChecks::check(Lapse& lapse, DriverRule rule, uint16_t vector, bool end) {
  if (!lapse.open()) return base::kNever;
  const base::Time due = std::max(lapse.since, vectors_[vector].acted) + timeout_;
  if (due > reporter_.now() && !end) return due;
  lapse.told = true;
  const char* what = rule == DriverRule::kMsixMasked ? "a message waits since " : "work waits since ";
  reporter_.report(due, rule, {Site::Kind::kVector, vector},
                   {.part = {},
                    .field = {},
                    .seen = what + std::to_string(lapse.since / base::kNs) + " ns",
                    .expected = "less than nic.sanitizer.interrupt_timeout"});
  return base::kNever;
}

// While its message waits for the mask, a driver knows of no work.
void InterruptChecks::look(bool end) {
  base::Time next = base::kNever;
  for (size_t i = 0; i < vectors_.size(); ++i) {
    Vector& vector = vectors_[i];
    const auto number = static_cast<uint16_t>(i);
    next = std::min(next, check(vector.masked, DriverRule::kMsixMasked, number, end));
    if (vector.masked.begun()) continue;
    next = std::min(next, check(vector.unarmed, DriverRule::kIrqNotRearmed, number, end));
  }
  alarm_.set(next);
}

void InterruptChecks::mapped(Site ring, uint16_t vector) {
  if (vector == kNoVector) {
    mapped_.erase(ring.key());
  } else {
    mapped_[ring.key()] = vector;
  }
}

void InterruptChecks::answered(Site ring, Site by) {
  std::vector<uint64_t>& answers = answers_[ring.key()];
  if (std::ranges::find(answers, by.key()) == answers.end()) answers.push_back(by.key());
}

void InterruptChecks::acted(Site ring) {
  act_for(ring.key());
  const auto answers = answers_.find(ring.key());
  if (answers == answers_.end()) return;
  for (const uint64_t by : answers->second) act_for(by);
}

void InterruptChecks::act_for(uint64_t key) {
  if (const auto found = mapped_.find(key); found != mapped_.end()) acted(found->second);
}

void InterruptChecks::reset() {
  vectors_.clear();
  mapped_.clear();
  answers_.clear();
}

void InterruptChecks::reset(uint16_t first, uint16_t count) {
  for (size_t i = first; i < std::min(vectors_.size(), size_t{first} + count); ++i) vectors_[i] = {};
}

void InterruptChecks::cause(uint16_t number, bool enabled) {
  Vector& vector = at(number);
  if (enabled || !vector.fired || vector.wb_on_itr || vector.unarmed.begun()) return;
  reporter_.note({Site::Kind::kVector, number}, "work while not enabled");
  begin(vector.unarmed);
}

void InterruptChecks::fired(uint16_t number) {
  reporter_.note({Site::Kind::kVector, number}, "fired");
  at(number).fired = true;
}

void InterruptChecks::written(uint16_t number, uint32_t value) {
  const Site site{Site::Kind::kVector, number};
  reporter_.note(site, "DYN_CTL written", value);
  const idpf::DynCtl control = idpf::DynCtl::decode(value);
  Vector& vector = at(number);
  vector.wb_on_itr = control.wb_on_itr;
  if (control.wb_on_itr || (!control.intena_msk && control.intena)) vector.unarmed.end();
  // Written to be off, it is not expected to be on.
  if (!control.intena_msk && !control.intena) {
    vector.fired = false;
    vector.unarmed.end();
  }
  if (const uint32_t reserved = value & ~control.encode(); reserved != 0) {
    reporter_.report(DriverRule::kIrqReserved, site,
                     {.part = {}, .field = "DYN_CTL", .seen = "bits " + hex(reserved), .expected = "0"});
  }
  if (control.wb_on_itr && control.intena && !control.intena_msk) {
    reporter_.report(DriverRule::kIrqBothModes, site,
                     {.part = {}, .field = "DYN_CTL", .seen = hex(value), .expected = {}});
  }
}

void InterruptChecks::entry_written(uint16_t number, bool address_or_data, bool live) {
  const Site site{Site::Kind::kVector, number};
  reporter_.note(site, address_or_data ? "MSI-X entry written" : "MSI-X mask written");
  if (!address_or_data || !live) return;
  reporter_.report(DriverRule::kMsixEntryLive, site,
                   {.part = "MSI-X entry", .field = {}, .seen = {}, .expected = {}});
}

void InterruptChecks::raised(uint16_t number, bool masked) {
  reporter_.note({Site::Kind::kVector, number}, masked ? "message waits, masked" : "message");
  Vector& vector = at(number);
  if (masked == vector.masked.begun()) return;
  if (masked) return begin(vector.masked);
  vector.masked.end();
  if (vector.unarmed.begun()) begin(vector.unarmed);
}

}  // namespace pspnic::sanitizer
