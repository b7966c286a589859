// SPDX-License-Identifier: Apache-2.0
// What the model must reproduce: published curves, queueing theory, arithmetic of the wire. A target is a set
// of rows; a row is one number that the model gave beside the one expected.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace pspnic::validate {

struct Row {
  std::string what;
  std::string unit;
  double expected = 0;
  double modelled = 0;
  double tolerance = 0;   // share of `expected`; if that is 0, in units
  std::string more = {};  // a condition in words that was broken; empty: none

  double error() const { return expected == 0 ? modelled : modelled / expected - 1; }
  bool within() const { return more.empty() && std::isfinite(modelled) && std::abs(error()) <= tolerance; }
};

// A part of a target that needs a process of its own, as SystemC elaborates once in each.
struct Case {
  const char* target;  // "V4"
  std::string title;
  const char* source;  // of the expected numbers
  std::function<std::vector<Row>()> run;
};

// All of them, in order.
std::vector<Case> cases();

// By subject, for cases().
void add_pcie_cases(std::vector<Case>& cases);
void add_reference_card_cases(std::vector<Case>& cases);
void add_wire_cases(std::vector<Case>& cases);
void add_crypto_cases(std::vector<Case>& cases);
void add_scale_cases(std::vector<Case>& cases);

}  // namespace pspnic::validate
