// SPDX-License-Identifier: Apache-2.0
// Draws into an SVG image. Colours and fonts are classes, so that one drawing serves a page in light and dark
// and a file of its own. Positions and sizes are in pixels from the upper left corner.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pspnic::report {

using Point = std::pair<double, double>;

// About the width of text at the size of labels; for choosing places, not for exact fits.
double text_width(std::string_view text);

enum class Anchor { kStart, kMiddle, kEnd };

class Svg {
 public:
  // Pixels of a line of labels.
  static constexpr double kFont = 12;

  // `title` says what is to be seen, for those who cannot see it.
  Svg(double width, double height, std::string title);

  double width() const { return width_; }
  double height() const { return height_; }

  // `style` is one or more classes of chart_style(). A tip, if there is one, shows under the pointer.
  void line(Point from, Point to, std::string_view style);
  void rect(Point corner, double width, double height, std::string_view style, std::string_view tip = {});
  void text(Point at, std::string_view text, std::string_view style, Anchor anchor = Anchor::kStart);
  void upward_text(Point at, std::string_view text, std::string_view style);
  void polyline(const std::vector<Point>& points, std::string_view style);
  // One of several shapes, so that series differ by more than colour.
  void marker(Point at, size_t shape, std::string_view style, std::string_view tip = {});

  // Inside a page that has chart_style(); `more` are classes of the image.
  std::string inline_text(std::string_view more) const;
  // A file of its own, with light colours.
  std::string file_text() const;

 private:
  std::string tag(std::string_view attributes) const;
  double width_;
  double height_;
  std::string title_;
  std::string body_;
};

// Rules for the classes: c0 to c7 are the series' colours (stroke for lines: l0 to l7).
std::string chart_style();
// Values of the colours that they use, in light and in dark.
std::string light_colours();
std::string dark_colours();
inline constexpr size_t kColours = 8;

}  // namespace pspnic::report
