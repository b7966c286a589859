// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/charts.h"

#include <fmt/format.h>

#include <algorithm>

namespace pspnic::report {

namespace {

constexpr double kLegendLine = 20;
constexpr double kRowWide = 22;
constexpr double kRowNarrow = 40;
constexpr double kBarHeight = 14;
constexpr double kPixelsPerTick = 70;

struct LegendEntry {
  std::string name;
  std::string fill;  // of a box; empty: a series
  const Series* series = nullptr;
};

// Lines of a legend that fit the width; draws them if `svg` is there. The answer is the height.
double legend(Svg* svg, const std::vector<LegendEntry>& entries, double width) {
  constexpr double kSample = 26;
  double x = 4;
  double y = kLegendLine - 6;
  for (const LegendEntry& entry : entries) {
    const double need = kSample + text_width(entry.name) + 16;
    if (x > 4 && x + need > width) {
      x = 4;
      y += kLegendLine;
    }
    if (svg != nullptr) {
      if (entry.series != nullptr) {
        const std::string colour = fmt::format("{}", entry.series->colour);
        const std::string style = "l" + colour + (entry.series->dashed ? " dashed" : "");
        if (entry.series->line) svg->polyline({{x, y - 4}, {x + 20, y - 4}}, style);
        if (entry.series->markers) svg->marker({x + 10, y - 4}, entry.series->shape, "c" + colour);
      } else {
        svg->rect({x + 4, y - 10}, 12, 12, entry.fill);
      }
      svg->text({x + kSample, y}, entry.name, "label");
    }
    x += need;
  }
  return entries.empty() ? 0 : y + 10;
}

std::vector<LegendEntry> legend_of(const XyChart& chart) {
  std::vector<LegendEntry> entries;
  if (chart.series.size() < 2) return entries;
  for (const Series& series : chart.series) {
    if (!series.name.empty()) entries.push_back({series.name, "", &series});
  }
  return entries;
}

struct Frame {
  double left;
  double right;
  double top;
  double bottom;
  Point at(const XyChart& chart, double x, double y) const {
    return {left + chart.x.place(x) * (right - left), bottom - chart.y.place(y) * (bottom - top)};
  }
};

// Labels that would touch the one before are left out.
void draw_axes(Svg& svg, const XyChart& chart, const Frame& frame) {
  for (const Tick& tick : chart.y.ticks(6)) {
    const double y = frame.bottom - chart.y.place(tick.value) * (frame.bottom - frame.top);
    svg.line({frame.left, y}, {frame.right, y}, "grid");
    svg.text({frame.left - 6, y + 4}, tick.label, "soft", Anchor::kEnd);
  }
  const auto most = static_cast<size_t>((frame.right - frame.left) / kPixelsPerTick) + 2;
  double free_from = -1e9;
  for (const Tick& tick : chart.x.ticks(most)) {
    const double x = frame.left + chart.x.place(tick.value) * (frame.right - frame.left);
    const double half = text_width(tick.label) / 2;
    svg.line({x, frame.bottom}, {x, frame.bottom + 4}, "axis");
    const double at = std::min(x, svg.width() - half - 2);
    if (at - half < free_from) continue;
    free_from = at + half + 8;
    svg.text({at, frame.bottom + 18}, tick.label, "soft", Anchor::kMiddle);
  }
  svg.line({frame.left, frame.bottom}, {frame.right, frame.bottom}, "axis");
  svg.text({(frame.left + frame.right) / 2, frame.bottom + 38}, chart.x.label(), "soft", Anchor::kMiddle);
  svg.upward_text({12, (frame.top + frame.bottom) / 2}, chart.y.label(), "soft");
}

void draw_series(Svg& svg, const XyChart& chart, const Frame& frame, const Series& series) {
  const std::string colour = fmt::format("{}", series.colour);
  std::vector<Point> points;
  for (const Mark& mark : series.marks) points.push_back(frame.at(chart, mark.x, mark.y));
  if (series.line) svg.polyline(points, "l" + colour + (series.dashed ? " dashed" : ""));
  if (!series.markers) return;
  for (size_t i = 0; i < points.size(); ++i) {
    const Mark& mark = series.marks[i];
    const std::string style = "c" + colour + (mark.faint ? " faint" : "") + (mark.hollow ? " hollow" : "");
    svg.marker(points[i], series.shape, style, mark.tip);
  }
}

}  // namespace

Svg draw(const XyChart& chart, double width) {
  const std::vector<LegendEntry> entries = legend_of(chart);
  const double top = legend(nullptr, entries, width) + 10;
  const double height = top + (width > 500 ? 260 : 220) + 48;
  double labels = 0;
  for (const Tick& tick : chart.y.ticks(6)) labels = std::max(labels, text_width(tick.label));
  Svg svg(width, height, chart.title);
  legend(&svg, entries, width);
  const Frame frame{26 + labels + 8, width - 14, top, height - 48};
  draw_axes(svg, chart, frame);
  for (const Series& series : chart.series) draw_series(svg, chart, frame, series);
  return svg;
}

Svg draw(const BarChart& chart, double width) {
  std::vector<LegendEntry> entries;
  for (const auto& [style, name] : chart.legend) entries.push_back({name, style, nullptr});
  const double top = legend(nullptr, entries, width) + 6;
  double labels = 0;
  double values = 0;
  for (const BarRow& row : chart.rows) {
    labels = std::max(labels, text_width(row.label));
    values = std::max(values, text_width(row.value));
  }
  const bool above = labels > width * 0.4;  // labels stand over their bars
  const double row_height = above ? kRowNarrow : kRowWide;
  const double left = above ? 4 : labels + 14;
  const double right = width - values - 12;
  const double bottom = top + row_height * static_cast<double>(chart.rows.size());
  Svg svg(width, bottom + 44, chart.title);
  legend(&svg, entries, width);
  const Axis axis = Axis::linear(chart.axis, 0, chart.most / 1.05);
  for (const Tick& tick : axis.ticks(static_cast<size_t>((right - left) / kPixelsPerTick) + 1)) {
    const double x = left + axis.place(tick.value) * (right - left);
    svg.line({x, top}, {x, bottom}, "grid");
    svg.text({x, bottom + 16}, tick.label, "soft", x < left + 8 ? Anchor::kStart : Anchor::kMiddle);
  }
  svg.text({(left + right) / 2, bottom + 36}, chart.axis, "soft", Anchor::kMiddle);
  for (size_t i = 0; i < chart.rows.size(); ++i) {
    const BarRow& row = chart.rows[i];
    const double y = top + row_height * static_cast<double>(i) + (above ? 20 : 4);
    svg.text(above ? Point{left, y - 5} : Point{left - 8, y + 11}, row.label, "label",
             above ? Anchor::kStart : Anchor::kEnd);
    for (const Bar& bar : row.bars) {
      const double from = left + axis.place(bar.from) * (right - left);
      svg.rect({from, y}, axis.place(bar.length) * (right - left), kBarHeight, bar.style, bar.tip);
    }
    svg.text({width - 4, y + 11}, row.value, "soft", Anchor::kEnd);
  }
  return svg;
}

}  // namespace pspnic::report
