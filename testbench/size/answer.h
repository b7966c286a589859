// SPDX-License-Identifier: Apache-2.0
// What people and programs get to read of a sizing: the answer in rows, as text, as files, as a page.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "testbench/report/plots.h"
#include "testbench/size/problem.h"
#include "testbench/size/runs.h"
#include "testbench/size/sizing.h"
#include "testbench/size/what_helps.h"

namespace pspnic::size {

// What a value of an axis costs, as part of a configuration.
struct AreaRow {
  std::string name;
  std::string value;
  double area = 0;     // GE of those parts of the card that this axis changes
  bool least = false;  // the axis has nothing less
};

struct Report {
  const Problem& problem;
  const Runs& runs;
  const Confirmation& confirmation;
  const Sizing& sizing;
  std::vector<Help> help;  // where there is no answer
  double area(const GridPoint& point) const;
  const Measured& measured(const GridPoint& point) const { return runs.of(point).measured; }
  const Goal& goal() const { return problem.request.goal; }
  // Why a point is no answer, the confirming runs included; empty if it is good.
  std::string miss(const GridPoint& point) const;
};

// Of each axis, then what no axis changes.
std::vector<AreaRow> area_rows(const Problem& problem, const GridPoint& point);
// What the sum leaves out: {"transmit SAs, all on chip", GE}.
std::vector<std::pair<std::string, double>> capacity_rows(const Problem& problem, const GridPoint& point);

// "1.234 MGE".
std::string area_text(double gates);
// "none", "1 drop", "812 drops".
std::string drops_text(uint64_t drops);

void print_problem(std::ostream& out, const Problem& problem);
void print_report(std::ostream& out, const Report& report);

// Files of the folder of a sizing.
inline constexpr const char* kRequest = "size.json";
inline constexpr const char* kAnswer = "answer.json";
inline constexpr const char* kCard = "card.json";
inline constexpr const char* kRunsCsv = "runs.csv";
inline constexpr const char* kParetoCsv = "pareto.csv";
inline constexpr const char* kPage = "report.html";

std::string answer_json(const Report& report);
// The answer as a configuration file.
std::string card_json(const Report& report);
std::string runs_csv(const Report& report);
std::string pareto_csv(const Report& report);
// Area against rate, and against latency if one was measured.
std::vector<report::Plot> pareto_plots(const Report& report);
std::string page(const Report& report);

}  // namespace pspnic::size
