// SPDX-License-Identifier: Apache-2.0
// One number of the statistics by its name.
#pragma once

#include <cstdint>
#include <string>

#include "model/base/stats.h"

namespace pspnic::embed {

// Full names as report.json nests them: "nic.tx.frames"; of an array "nic.drops.<label>". Counters since the
// window began; a gauge's level; how much a histogram has counted. Formulas have none. Throws ConfigError for
// an unknown name and names the nearest.
uint64_t counter_of(const base::StatGroup& root, const std::string& name);

}  // namespace pspnic::embed
