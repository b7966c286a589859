// SPDX-License-Identifier: Apache-2.0
#include "model/base/text.h"

#include <fmt/format.h>

#include <boost/locale/utf.hpp>

namespace pspnic::base {

namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

// C0, DEL and C1.
bool is_control(boost::locale::utf::code_point point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
    const char* behind = at;
    const auto point = Utf8::decode(behind, end);
    const bool valid = point != boost::locale::utf::illegal && point != boost::locale::utf::incomplete;
    if (valid && (!is_control(point) || *at == '\n' || *at == '\t')) {
      out.append(at, behind);
      at = behind;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(*at++));
    }
  }
  return out;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace pspnic::base
