// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/page_parts.h"

#include <fmt/format.h>

#include "model/base/text.h"
#include "testbench/report/page_style.h"

namespace pspnic::report {

std::string card(const std::string& value, const std::string& what, const std::string& more) {
  return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span><small>{}</small></div>\n",
                     base::xml_escaped(value), base::xml_escaped(what), base::xml_escaped(more));
}

std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& head : heads) html += "<th>" + base::xml_escaped(head) + "</th>";
  html += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (const std::string& field : row) html += "<td>" + base::xml_escaped(field) + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string figure(const Plot& plot) {
  std::string html = "<section><h2>" + base::xml_escaped(plot.title) + "</h2>\n";
  if (!plot.note.empty()) html += "<p class=\"note\">" + base::xml_escaped(plot.note) + "</p>\n";
  return html + plot.draw(kWide).inline_text("wide") + plot.draw(kNarrow).inline_text("narrow") +
         "</section>\n";
}

std::string page_of(const std::string& plain_title, const std::string& body) {
  const std::string title = base::xml_escaped(plain_title);
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      title + "</title>\n<style>" + page_style() + "</style>\n</head>\n<body>\n";
  html += "<header><h1>" + title +
          "</h1><button id=\"theme\" type=\"button\">light / dark</button></header>\n<main>\n";
  return html + body + "</main>\n<script>" + page_script() + "</script>\n</body>\n</html>\n";
}

}  // namespace pspnic::report
