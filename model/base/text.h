// SPDX-License-Identifier: Apache-2.0
// Text of others - names in files, bytes that an error quotes - for a terminal or a document.
#pragma once

#include <string>
#include <string_view>

namespace pspnic::base {

// Control characters but line ends and tabs, and bytes that are not UTF-8, become "\x1b". A terminal obeys
// the former, and readers of logs fall over the latter.
std::string printable(std::string_view text);

// For XML, HTML and SVG, in attributes as well: printable(), and what has a meaning there escaped.
std::string xml_escaped(std::string_view text);

}  // namespace pspnic::base
