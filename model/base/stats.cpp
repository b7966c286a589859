// SPDX-License-Identifier: Apache-2.0
#include "model/base/stats.h"

#include <cctype>
#include <stdexcept>
#include <utility>

namespace pspnic::base {

namespace {

bool is_stat_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
}

std::string join(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "." + name;
}

}  // namespace

StatGroup::StatGroup(std::string name) : name_(std::move(name)) {
  if (!name_.empty() && !is_stat_name(name_)) throw std::logic_error("bad name of statistics: " + name_);
}

StatGroup::StatGroup(StatGroup& parent, std::string name) : name_(std::move(name)), parent_(&parent) {
  parent.claim_name(name_);
  parent.children_.push_back({this, nullptr});
}

std::string StatGroup::full_name() const {
  return parent_ == nullptr ? name_ : join(parent_->full_name(), name_);
}

void StatGroup::visit(StatVisitor& visitor) const {
  visitor.enter(*this);
  for (const Child& child : children_) {
    if (child.group != nullptr) {
      child.group->visit(visitor);
    } else {
      child.stat->accept(visitor);
    }
  }
  visitor.leave(*this);
}

void StatGroup::reset(Time now) {
  for (const Child& child : children_) {
    if (child.group != nullptr) {
      child.group->reset(now);
    } else {
      child.stat->reset(now);
    }
  }
}

void StatGroup::claim_name(const std::string& name) {
  const std::string full = join(full_name(), name);
  if (!is_stat_name(name)) throw std::logic_error("bad name of statistics: " + full);
  for (const Child& child : children_) {
    const std::string& taken = child.group != nullptr ? child.group->name() : child.stat->name();
    if (taken == name) throw std::logic_error("two statistics are named " + full);
  }
}

Stat::Stat(StatGroup& parent, std::string name, std::string unit, std::string description)
    : about_(new About{parent, std::move(name), std::move(unit), std::move(description)}) {
  parent.claim_name(about_->name);
  if (about_->unit.empty()) throw std::logic_error(full_name() + " has no unit");
  if (about_->description.empty()) throw std::logic_error(full_name() + " has no description");
  parent.children_.push_back({nullptr, this});
}

std::string Stat::full_name() const {
  return join(about_->parent.full_name(), about_->name);
}

void Stat::reject(const std::string& mistake) {
  about_->parent.children_.pop_back();
  throw std::logic_error(full_name() + " " + mistake);
}

Counter::Counter(StatGroup& parent, std::string name, std::string unit, std::string description)
    : Stat(parent, std::move(name), std::move(unit), std::move(description)) {}

CounterArray::CounterArray(StatGroup& parent, std::string name, std::string unit, std::string description,
                           std::vector<std::string> labels)
    : Stat(parent, std::move(name), std::move(unit), std::move(description)),
      labels_(std::move(labels)),
      values_(labels_.size(), 0),
      window_start_(values_) {
  for (size_t i = 0; i < labels_.size(); ++i) {
    const auto rest = labels_.begin() + static_cast<std::ptrdiff_t>(i);
    if (labels_[i].empty() || std::find(labels_.begin(), rest, labels_[i]) != rest) {
      reject("has an empty or second label \"" + labels_[i] + "\"");
    }
  }
}

uint64_t CounterArray::total() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < values_.size(); ++i) sum += (*this)[i];
  return sum;
}

Gauge::Gauge(StatGroup& parent, std::string name, std::string unit, std::string description)
    : Stat(parent, std::move(name), std::move(unit), std::move(description)) {}

double Gauge::mean(const DumpContext& context) const {
  const Time end_ps = std::max(start_ps_ + context.elapsed_ps, latest_ps_);
  if (end_ps == start_ps_) return static_cast<double>(value_);
  const Time window_ps = end_ps - start_ps_;
  const Wide integral = static_cast<Wide>(value_) * end_ps - weighted_changes_;
  // Whole part and rest apart, so that an integral above 2^53 loses nothing before the division.
  return static_cast<double>(integral / window_ps) +
         static_cast<double>(integral % window_ps) / static_cast<double>(window_ps);
}

void Gauge::reset(Time now) {
  weighted_changes_ = static_cast<Wide>(value_) * now;
  min_ = max_ = value_;
  start_ps_ = latest_ps_ = now;
  untouched_ = true;
}

Histogram::Histogram(StatGroup& parent, std::string name, std::string unit, std::string description)
    : Stat(parent, std::move(name), std::move(unit), std::move(description)) {}

Formula::Formula(StatGroup& parent, std::string name, std::string unit, std::string description,
                 Function function)
    : Stat(parent, std::move(name), std::move(unit), std::move(description)), function_(std::move(function)) {
  if (!function_) reject("has no function");
}

}  // namespace pspnic::base
