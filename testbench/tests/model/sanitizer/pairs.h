// SPDX-License-Identifier: Apache-2.0
// The misbehaving-driver kit: for each rule a scene that breaks it and gives exactly that report, and a legal
// neighbour of it that gives none.
#pragma once

#include <vector>

#include "model/base/violation.h"

namespace pspnic::misbehave {

using base::DriverRule;
using Violations = std::vector<base::Violation>;
// Plays on a bench of its own; the answer is what was reported. One a process.
using Scene = Violations (*)();

struct Pair {
  DriverRule rule;
  const char* place;  // of the report
  Scene breaks;
  Scene keeps;
};

std::vector<Pair> transmit_pairs();
std::vector<Pair> psp_pairs();
std::vector<Pair> receive_pairs();
std::vector<Pair> mailbox_pairs();
std::vector<Pair> refusal_pairs();
std::vector<Pair> config_queue_pairs();
std::vector<Pair> device_pairs();
std::vector<Pair> all_pairs();

}  // namespace pspnic::misbehave
