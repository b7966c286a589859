// SPDX-License-Identifier: Apache-2.0
// Kinds of charts. Each is drawn for a width in pixels, wide for a screen and narrow for a telephone, with
// labels of the same size.
#pragma once

#include <string>
#include <vector>

#include "testbench/report/axis.h"
#include "testbench/report/svg.h"

namespace pspnic::report {

struct Mark {
  double x = 0;
  double y = 0;
  std::string tip = {};
  bool faint = false;
  bool hollow = false;
};

struct Series {
  std::string name;  // without one it is not in the legend
  std::vector<Mark> marks;
  bool line = true;
  bool markers = true;
  bool dashed = false;
  size_t colour = 0;
  size_t shape = 0;  // of its markers
};

struct XyChart {
  std::string title;  // for those who do not see it; the page has its own
  Axis x;
  Axis y;
  std::vector<Series> series;
};

struct Bar {
  double from = 0;
  double length = 0;
  std::string style;
  std::string tip = {};
};

struct BarRow {
  std::string label;
  std::string value;  // written behind the bars
  std::vector<Bar> bars;
};

// Rows of horizontal bars on one axis.
struct BarChart {
  std::string title;
  std::string axis;                                         // its label
  double most = 1;                                          // the axis's end
  std::vector<std::pair<std::string, std::string>> legend;  // style, name
  std::vector<BarRow> rows;
};

inline constexpr double kWide = 760;
inline constexpr double kNarrow = 340;

Svg draw(const XyChart& chart, double width);
Svg draw(const BarChart& chart, double width);

}  // namespace pspnic::report
