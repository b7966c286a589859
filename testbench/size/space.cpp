// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "model/base/config_error.h"
#include "model/nic/area.h"
#include "testbench/size/default_space.h"
#include "testbench/sweep/configuration.h"
#include "testbench/sweep/points.h"

namespace pspnic::size {

namespace {

Axis read_axis(const std::string& list) {
  sweep::Points points = sweep::combine({list});
  for (const std::string& key : points.keys) {
    if (sweep::is_run_option(key)) throw base::ConfigError("--over " + list, key + " is no part of a card");
  }
  sweep::complete_keys(points);
  return {points.keys, points.values, points.keys.size()};
}

bool names(const Axis& axis, const std::set<std::string>& keys) {
  const auto shown = static_cast<std::ptrdiff_t>(axis.shown);
  return std::any_of(axis.keys.begin(), axis.keys.begin() + shown,
                     [&](const std::string& key) { return keys.contains(key); });
}

// What follows from an axis goes its own way where the user says so.
void leave_out(Axis& axis, const std::set<std::string>& keys) {
  for (size_t k = axis.keys.size(); k-- > axis.shown;) {
    if (!keys.contains(axis.keys[k])) continue;
    axis.keys.erase(axis.keys.begin() + static_cast<std::ptrdiff_t>(k));
    for (auto& values : axis.values) values.erase(values.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

}  // namespace

std::string Axis::name() const {
  std::string text = keys.front();
  for (size_t k = 1; k < shown; ++k) {
    const size_t group = keys[k].rfind('.');
    const bool same = keys[k].substr(0, group) == keys[0].substr(0, keys[0].rfind('.'));
    text += ":" + (same ? keys[k].substr(group + 1) : keys[k]);
  }
  return text;
}

std::string Axis::text(size_t step) const {
  std::string text = values[step].front();
  for (size_t k = 1; k < shown; ++k) text += ":" + values[step][k];
  return text;
}

std::vector<Axis> make_space(const SpaceRequest& request, const bench::Parameters& parameters) {
  std::vector<Axis> own;
  std::set<std::string> taken = request.fixed;
  for (const std::string& list : request.lists) {
    own.push_back(read_axis(list));
    for (const std::string& key : own.back().keys) {
      if (request.fixed.contains(key)) throw base::ConfigError("--over " + list, key + " is set as well");
      if (!taken.insert(key).second) throw base::ConfigError("--over " + list, key + " varies twice");
    }
  }
  for (Axis& axis : own) {
    add_parts(axis);
    leave_out(axis, taken);
  }
  std::vector<Axis> axes;
  if (!request.only) {
    for (Axis& axis : default_axes(parameters, request.wire_bps, request.fixed)) {
      if (names(axis, taken)) continue;
      leave_out(axis, taken);
      axes.push_back(std::move(axis));
    }
  }
  axes.insert(axes.end(), own.begin(), own.end());
  if (axes.empty()) throw base::ConfigError("pspnic size", "nothing may vary; name something with --over");
  return axes;
}

size_t grid_size(const std::vector<Axis>& axes) {
  size_t size = 1;
  for (const Axis& axis : axes) {
    if (size > SIZE_MAX / axis.size()) return SIZE_MAX;
    size *= axis.size();
  }
  return size;
}

std::vector<std::string> keys_of(const std::vector<Axis>& axes) {
  std::vector<std::string> keys;
  for (const Axis& axis : axes) keys.insert(keys.end(), axis.keys.begin(), axis.keys.end());
  return keys;
}

std::vector<std::string> values_of(const std::vector<Axis>& axes, const GridPoint& point) {
  std::vector<std::string> values;
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto& step = axes[i].values.at(point[i]);
    values.insert(values.end(), step.begin(), step.end());
  }
  return values;
}

std::string describe(const std::vector<Axis>& axes, const GridPoint& point) {
  std::string text;
  for (size_t i = 0; i < axes.size(); ++i) {
    text += fmt::format("{}{}={}", i == 0 ? "" : ", ", axes[i].name(), axes[i].text(point[i]));
  }
  return text;
}

SpaceCost::SpaceCost(const std::vector<Axis>& axes, bench::Parameters& parameters, double gates_per_bit)
    : axes_(axes), parameters_(parameters), gates_per_bit_(gates_per_bit) {}

void SpaceCost::set(const GridPoint& point) {
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (!at_.empty() && at_[i] == point[i]) continue;
    for (size_t k = 0; k < axes_[i].keys.size(); ++k) {
      parameters_.tree.set(axes_[i].keys[k], axes_[i].values[point[i]][k]);
    }
  }
  at_ = point;
}

nic::CardArea SpaceCost::area(const GridPoint& point) {
  set(point);
  return nic::area_of(parameters_.platform.nic);
}

double SpaceCost::operator()(const GridPoint& point) {
  return area(point).gates(gates_per_bit_);
}

void SpaceCost::check_order() {
  for (const bool top : {false, true}) {
    for (size_t i = 0; i < axes_.size(); ++i) {
      GridPoint point(axes_.size(), 0);
      for (size_t other = 0; top && other < axes_.size(); ++other) {
        point[other] = static_cast<uint16_t>(axes_[other].size() - 1);
      }
      double before = 0;
      for (size_t step = 0; step < axes_[i].size(); ++step) {
        point[i] = static_cast<uint16_t>(step);
        const double cost = (*this)(point);
        if (cost < before) {
          throw base::ConfigError(axes_[i].name(),
                                  fmt::format("{} costs less than {} before it; values go from the cheapest "
                                              "to the costliest",
                                              axes_[i].text(step), axes_[i].text(step - 1)));
        }
        before = cost;
      }
    }
  }
}

}  // namespace pspnic::size
