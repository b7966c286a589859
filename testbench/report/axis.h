// SPDX-License-Identifier: Apache-2.0
// From values to places on a chart, and the values worth a label.
#pragma once

#include <string>
#include <vector>

namespace pspnic::report {

struct Tick {
  double value;
  std::string label;
};

class Axis {
 public:
  // Linear from 0 or from `least`, whichever is lower, to above `most`.
  static Axis linear(std::string label, double least, double most);
  // Powers, for values above 0; both ends have some room.
  static Axis logarithmic(std::string label, double least, double most);
  // Places 0, 1, 2... with names.
  static Axis names(std::string label, const std::vector<std::string>& names);

  const std::string& label() const { return label_; }
  // 0..1 along the axis; outside for values outside.
  double place(double value) const;
  // At most so many ticks, equally chosen among those there are.
  std::vector<Tick> ticks(size_t most) const;

 private:
  std::string label_;
  bool log_ = false;
  bool named_ = false;
  double low_ = 0;
  double high_ = 1;
  std::vector<Tick> named_ticks_;
};

// Short and exact enough for a label: "0.25", "1500", "2.5M".
std::string number_text(double value);

}  // namespace pspnic::report
