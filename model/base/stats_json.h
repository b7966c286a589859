// SPDX-License-Identifier: Apache-2.0
// Statistics as a JSON value; to_json() of stats.h is its text. Apart from stats.h, which every block
// includes, because the library's header is long.
#pragma once

#include <nlohmann/json.hpp>

#include "model/base/stats.h"

namespace pspnic::base {

// As said at to_json(). NaN and infinity are numbers here and print as null.
nlohmann::ordered_json json_of(const StatGroup& root, const DumpContext& context);

}  // namespace pspnic::base
