// SPDX-License-Identifier: Apache-2.0
// What pages are put together from. All texts are escaped here.
#pragma once

#include <string>
#include <vector>

#include "testbench/report/plots.h"

namespace pspnic::report {

// A value, what it is, and more of it in small letters; in a <div class="cards">.
std::string card(const std::string& value, const std::string& what, const std::string& more = {});
std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows);
// A section with a chart, for wide and for narrow screens.
std::string figure(const Plot& plot);
// The whole page; `body` is HTML.
std::string page_of(const std::string& title, const std::string& body);

}  // namespace pspnic::report
