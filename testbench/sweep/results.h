// SPDX-License-Identifier: Apache-2.0
// What a sweep found, put together from the folders of its points.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "testbench/sweep/plan.h"
#include "testbench/sweep/point_result.h"

namespace pspnic::sweep {

// What is known of each point: from its result.json, else from `known`, else it is missing.
std::vector<PointResult> collect(const std::string& folder, const Plan& plan,
                                 const std::map<size_t, PointResult>& known);

// A row a point: its number, what varied, status and reason, and every headline that any point has.
std::string results_csv(const Plan& plan, const std::vector<PointResult>& results);

// Writes results.json: the same, and the resolved configuration of each point. Throws std::runtime_error that
// names the file.
void write_results_json(const std::string& path, const Plan& plan, const std::vector<PointResult>& results);

// What all points cost, whichever process ran them.
PointCost sum_of_costs(const std::string& folder, const Plan& plan);

}  // namespace pspnic::sweep
