// SPDX-License-Identifier: Apache-2.0
// The structures that a program gives, whose size says which version of pspnic.h it was built with.
#pragma once

#include "model/embed/card.h"
#include "model/embed/host.h"
#include "model/embed/pspnic.h"

namespace pspnic::embed {

// Fields that the program's version does not have are as initialised; those that this library does not have
// must be zero. Throw ConfigError for a size that no version can have. Null: all as initialised.
pspnic_config taken(const pspnic_config* given);
pspnic_callbacks taken(const pspnic_callbacks* given);

// Throws ConfigError for a list that is not there.
CardOptions options_of(const pspnic_config& config);
InterruptRange range_of(const pspnic_config& config);

}  // namespace pspnic::embed
