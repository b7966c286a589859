// SPDX-License-Identifier: Apache-2.0
// Parts of report.json that have a file of their own.
#pragma once

#include <nlohmann/json.hpp>

#include "model/base/histogram.h"
#include "testbench/bench/traffic_outcome.h"

namespace pspnic::bench {

using ReportJson = nlohmann::ordered_json;

// Null without a value; in ps.
ReportJson latency_json(const base::LogLinearCounts& latency);
ReportJson traffic_json(const TrafficOutcome& traffic);

}  // namespace pspnic::bench
