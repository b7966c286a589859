// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/svg.h"

#include <fmt/format.h>

#include <cmath>

#include "model/base/text.h"

namespace pspnic::report {

namespace {

// Okabe and Ito's palette, which the usual kinds of colour blindness keep apart, darkened or lightened where
// a background needs it.
constexpr const char* kLight[kColours] = {"#0072b2", "#d55e00", "#009e73", "#aa4499",
                                          "#b8860b", "#3aa0d8", "#5b5b5b", "#882255"};
constexpr const char* kDark[kColours] = {"#56b4e9", "#f28e2b", "#3fcf9f", "#e08ac0",
                                         "#f0d24a", "#8fd0ff", "#b5b5b5", "#d67aa0"};

std::string colours(const char* const (&series)[kColours], const char* others) {
  std::string text = others;
  for (size_t i = 0; i < kColours; ++i) text += fmt::format("--c{}:{};", i, series[i]);
  return text;
}

}  // namespace

double text_width(std::string_view text) {
  constexpr double kMean = 0.56;
  size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return static_cast<double>(characters) * kMean * Svg::kFont;
}

Svg::Svg(double width, double height, std::string title)
    : width_(width), height_(height), title_(std::move(title)) {}

void Svg::line(Point from, Point to, std::string_view style) {
  body_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n",
                       from.first, from.second, to.first, to.second, style);
}

void Svg::rect(Point corner, double width, double height, std::string_view style, std::string_view tip) {
  if (width <= 0 || height <= 0) return;
  body_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\">",
                       corner.first, corner.second, width, height, style);
  if (!tip.empty()) body_ += "<title>" + base::xml_escaped(tip) + "</title>";
  body_ += "</rect>\n";
}

void Svg::text(Point at, std::string_view text, std::string_view style, Anchor anchor) {
  const char* const where = anchor == Anchor::kStart ? "start" : anchor == Anchor::kEnd ? "end" : "middle";
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                       at.first, at.second, where, style, base::xml_escaped(text));
}

void Svg::upward_text(Point at, std::string_view text, std::string_view style) {
  body_ += fmt::format(
      "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" text-anchor=\"middle\" "
      "class=\"{}\">{}</text>\n",
      at.first, at.second, style, base::xml_escaped(text));
}

void Svg::polyline(const std::vector<Point>& points, std::string_view style) {
  if (points.size() < 2) return;
  std::string list;
  for (const Point& point : points) list += fmt::format("{:.1f},{:.1f} ", point.first, point.second);
  list.pop_back();
  body_ += fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", list, style);
}

void Svg::marker(Point at, size_t shape, std::string_view style, std::string_view tip) {
  constexpr double kSize = 4.5;
  const auto [x, y] = at;
  const auto polygon = [&](std::initializer_list<Point> corners) {
    std::string list;
    for (const auto& [dx, dy] : corners)
      list += fmt::format("{:.1f},{:.1f} ", x + dx * kSize, y + dy * kSize);
    return fmt::format("<polygon points=\"{}\" class=\"{}\">", list, style);
  };
  const std::string title = tip.empty() ? "" : "<title>" + base::xml_escaped(tip) + "</title>";
  switch (shape % 4) {
    case 0:
      body_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" class=\"{}\">{}</circle>\n", x, y,
                           kSize, style, title);
      return;
    case 1:
      body_ += polygon({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
      break;
    case 2:
      body_ += polygon({{0, -1.2}, {1.1, 0.9}, {-1.1, 0.9}});
      break;
    default:
      body_ += polygon({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
  }
  body_ += title + "</polygon>\n";
}

std::string Svg::tag(std::string_view attributes) const {
  return fmt::format("<svg {} viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n", attributes,
                     width_, height_, base::xml_escaped(title_));
}

std::string Svg::inline_text(std::string_view more) const {
  return tag(fmt::format("class=\"chart {}\"", more)) + body_ + "</svg>\n";
}

// Not every reader of SVG files knows custom properties: their values are put in their place.
std::string Svg::file_text() const {
  std::string style = chart_style();
  const std::string values = light_colours();
  for (size_t at = 0; at < values.size();) {
    const size_t colon = values.find(':', at);
    const size_t end = values.find(';', at);
    const std::string use = "var(" + values.substr(at, colon - at) + ")";
    const std::string value = values.substr(colon + 1, end - colon - 1);
    for (size_t found = style.find(use); found != std::string::npos; found = style.find(use, found))
      style.replace(found, use.size(), value);
    at = end + 1;
  }
  return tag(fmt::format("xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"{:.0f}\" "
                         "height=\"{:.0f}\"",
                         width_, height_)) +
         "<style>" + style + "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + body_ +
         "</svg>\n";
}

std::string chart_style() {
  std::string text =
      "svg.chart{font:12px system-ui,'DejaVu Sans',sans-serif}"
      ".chart text{fill:var(--ink)}.chart .soft{fill:var(--soft)}.chart .strong{font-weight:600}"
      ".chart .grid{stroke:var(--grid);stroke-width:1}.chart .axis{stroke:var(--soft);stroke-width:1}"
      ".chart .pale{fill:var(--pale)}.chart polyline{fill:none;stroke-width:2;stroke-linejoin:round}"
      ".chart .dashed{stroke-dasharray:6 4}.chart .faint{opacity:.35}"
      ".chart .wait{fill:var(--wait)}.chart .busy{fill:var(--c0)}.chart .blocked{fill:var(--c1)}";
  for (size_t i = 0; i < kColours; ++i) {
    text += fmt::format(".chart .c{0}{{fill:var(--c{0})}}.chart .l{0}{{stroke:var(--c{0})}}", i);
    // Under the pointer inside as well, where its tip is.
    text += fmt::format(
        ".chart .c{0}.hollow{{fill:none;stroke:var(--c{0});stroke-width:1.5;pointer-events:all}}", i);
  }
  return text;
}

std::string light_colours() {
  return colours(kLight,
                 "--back:#ffffff;--ink:#1b1f24;--soft:#57606a;--grid:#e1e5ea;--pale:#dde3ea;--wait:#e8a04c;"
                 "--card:#f6f8fa;--good:#1a7f37;--bad:#b42318;");
}

std::string dark_colours() {
  return colours(kDark,
                 "--back:#14181d;--ink:#e8ecf1;--soft:#a3adb8;--grid:#2b323b;--pale:#333c47;--wait:#b9772b;"
                 "--card:#1c2229;--good:#4ac26b;--bad:#ff7b72;");
}

}  // namespace pspnic::report
