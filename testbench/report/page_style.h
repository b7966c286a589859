// SPDX-License-Identifier: Apache-2.0
// How a page looks, and the few lines of script that it has.
#pragma once

#include <string>

namespace pspnic::report {

std::string page_style();
std::string page_script();

}  // namespace pspnic::report
