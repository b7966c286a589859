// SPDX-License-Identifier: Apache-2.0
// Which vectors are about something that a way of running them has: docs/vectors.md states the rules.
#pragma once

#include <string>

#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// The way that vectors take.
enum class Way {
  kLibrary,  // the crypto engine and the functions of model/psp, model/tx
  kDevice,   // a whole card with a driver and a wire
  kRtl,      // as kLibrary, the engine being the Verilated RTL
};
const char* name_of(Way way);
// Throws base::ConfigError that names the ways there are.
Way parse_way(const std::string& text);

// Why the case means nothing there: a rule, the same words for all cases that it takes out. Empty: it is to
// be run. Decided by sizes and kinds alone, never by what comes out.
std::string not_applicable(const Case& one, Way way, bool engine_has_bare_aes);

}  // namespace pspnic::vectors
