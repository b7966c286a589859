// SPDX-License-Identifier: Apache-2.0
// Broken rules for programs to read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/base/violation.h"

namespace pspnic::base {

// device, place, rule, severity, text, source, time_ps, field, seen, expected, times, events.
nlohmann::ordered_json to_json(const Violation& violation, const std::string& device);

}  // namespace pspnic::base
