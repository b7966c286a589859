// SPDX-License-Identifier: Apache-2.0
// Has the tests of model/psp run on the RTL as well.
#include "model/psp/engine.h"
#include "rtl/cosim/engine.h"

namespace {

const bool added = (pspnic::psp::add_engine(pspnic::rtl::engine()), true);

}  // namespace
