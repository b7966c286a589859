// SPDX-License-Identifier: Apache-2.0
// Statistics of the model: a tree of groups whose leaves are counters, gauges, histograms and formulas, each
// with unit and description. A leaf registers itself with its group when it is constructed and never leaves,
// so whoever owns statistics must outlive the last dump; order in every output is order of construction.
//
//   struct Stats {
//     explicit Stats(StatGroup& parent) : group(parent, "mac_tx") {}
//     StatGroup group;
//     Counter frames{group, "frames", "frame", "Frames put on the wire"};
//     Formula rate{group, "rate", "frame/s", "Frames a second", [this](const DumpContext& c) {
//                    return static_cast<double>(frames.value()) * 1e12 / static_cast<double>(c.elapsed_ps);
//                  }};
//   };
//
// Names are letters, digits, '_' and '-'. A bad or second name, an empty unit or an empty description is a
// std::logic_error. A number without a dimension has unit "1".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/base/histogram.h"
#include "model/base/time.h"

namespace pspnic::base {

class StatGroup;
class Stat;
class Counter;
class CounterArray;
class Gauge;
class Histogram;
class Formula;

// What a dump knows about its time window: from the start of the simulation, or the last reset(), until now.
struct DumpContext {
  Time elapsed_ps = 0;
};

// Walks a tree in order of construction; enter and leave frame what a group holds.
class StatVisitor {
 public:
  virtual ~StatVisitor() = default;
  virtual void enter(const StatGroup&) {}
  virtual void leave(const StatGroup&) {}
  virtual void visit(const Counter&) = 0;
  virtual void visit(const CounterArray&) = 0;
  virtual void visit(const Gauge&) = 0;
  virtual void visit(const Histogram&) = 0;
  virtual void visit(const Formula&) = 0;
};

class StatGroup {
 public:
  explicit StatGroup(std::string name);  // a root; only a root may have an empty name
  StatGroup(StatGroup& parent, std::string name);
  StatGroup(const StatGroup&) = delete;
  StatGroup& operator=(const StatGroup&) = delete;

  const std::string& name() const { return name_; }
  std::string full_name() const;  // "nic_a.mac_tx"

  // Calls enter(*this), then every leaf and group below in order of construction, then leave(*this).
  void visit(StatVisitor& visitor) const;

  // Starts a new time window at `now`, e.g. after warm-up: counters and histograms become empty, gauges keep
  // their value and forget the past.
  void reset(Time now);

 private:
  friend class Stat;
  struct Child {
    StatGroup* group;  // exactly one of the two is set
    Stat* stat;
  };

  void claim_name(const std::string& name);

  std::string name_;
  const StatGroup* parent_ = nullptr;
  std::vector<Child> children_;
};

// What all leaves have in common.
class Stat {
 public:
  Stat(const Stat&) = delete;
  Stat& operator=(const Stat&) = delete;

  const std::string& name() const { return about_->name; }
  const std::string& unit() const { return about_->unit; }
  const std::string& description() const { return about_->description; }
  std::string full_name() const;  // "nic_a.mac_tx.frames"

  virtual void accept(StatVisitor& visitor) const = 0;
  virtual void reset(Time now) = 0;

 protected:
  Stat(StatGroup& parent, std::string name, std::string unit, std::string description);
  ~Stat() = default;

  // For a constructor that finds a mistake: takes the unfinished leaf out of the tree and throws
  // std::logic_error.
  [[noreturn]] void reject(const std::string& mistake);

 private:
  // Apart from what is counted: so two counters share a line of the cache, and a packet counts in a dozen.
  struct About {
    StatGroup& parent;
    std::string name;
    std::string unit;
    std::string description;
  };
  std::unique_ptr<const About> about_;
};

// Counts things or sums bytes.
class Counter final : public Stat {
 public:
  Counter(StatGroup& parent, std::string name, std::string unit, std::string description);

  Counter& operator++() {
    ++value_;
    return *this;
  }
  void operator++(int) { ++value_; }
  Counter& operator+=(uint64_t amount) {
    value_ += amount;
    return *this;
  }
  uint64_t value() const { return value_ - window_start_; }
  // Since the beginning, whatever reset() has done: what the device itself reports to its driver.
  uint64_t all_time() const { return value_; }

  void accept(StatVisitor& visitor) const override { visitor.visit(*this); }
  void reset(Time) override { window_start_ = value_; }

 private:
  uint64_t value_ = 0;
  uint64_t window_start_ = 0;
};

// One counter for each of a fixed list of labels, e.g. drops by reason. The index is a number or an
// enumeration.
class CounterArray final : public Stat {
 public:
  CounterArray(StatGroup& parent, std::string name, std::string unit, std::string description,
               std::vector<std::string> labels);

  template <class Index>
  void add(Index i, uint64_t amount = 1) {
    values_[static_cast<size_t>(i)] += amount;
  }
  template <class Index>
  uint64_t operator[](Index i) const {
    return values_[static_cast<size_t>(i)] - window_start_[static_cast<size_t>(i)];
  }
  // Since the beginning, as of Counter.
  template <class Index>
  uint64_t all_time(Index i) const {
    return values_[static_cast<size_t>(i)];
  }
  size_t size() const { return values_.size(); }
  const std::string& label(size_t i) const { return labels_[i]; }
  uint64_t total() const;

  void accept(StatVisitor& visitor) const override { visitor.visit(*this); }
  void reset(Time) override { window_start_ = values_; }

 private:
  std::vector<std::string> labels_;
  std::vector<uint64_t> values_;
  std::vector<uint64_t> window_start_;
};

// A level that holds for a time, e.g. packets in a queue: 0 from the start until the first set() or add().
// The mean is weighted with time and exact. Calls need not come in order of time as long as add() is used,
// because the mean is a sum over changes; minimum and maximum are those of the values in the order of the
// calls.
class Gauge final : public Stat {
 public:
  Gauge(StatGroup& parent, std::string name, std::string unit, std::string description);

  // The level is `value` from `now` on.
  void set(Time now, uint64_t value) { change(now, value); }
  // The level rises or falls by an amount at `now`. It must not fall below 0.
  void add(Time now, uint64_t amount) { change(now, value_ + amount); }
  void sub(Time now, uint64_t amount) { change(now, value_ - amount); }

  uint64_t value() const { return value_; }
  uint64_t min() const { return min_; }
  uint64_t max() const { return max_; }
  // Mean from the start of the window until its end, or until the last change if that is later. The value
  // itself if no time has passed.
  double mean(const DumpContext& context) const;

  void accept(StatVisitor& visitor) const override { visitor.visit(*this); }
  void reset(Time now) override;

 private:
  void change(Time now, uint64_t value) {
    // Integral of the level until T is value * T - sum(change * time of change); modular arithmetic keeps it
    // exact.
    weighted_changes_ += (static_cast<Wide>(value) - static_cast<Wide>(value_)) * now;
    value_ = value;
    latest_ps_ = std::max(latest_ps_, now);
    if (untouched_ && now <= start_ps_) min_ = max_ = value;  // the old value held for no time at all
    untouched_ = false;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  using Wide = unsigned __int128;
  Wide weighted_changes_ = 0;
  uint64_t value_ = 0;
  uint64_t min_ = 0;
  uint64_t max_ = 0;
  Time start_ps_ = 0;
  Time latest_ps_ = 0;
  bool untouched_ = true;
};

// Distribution of a non-negative integer; see histogram.h for its precision.
class Histogram final : public Stat {
 public:
  Histogram(StatGroup& parent, std::string name, std::string unit, std::string description);

  void record(uint64_t value) { counts_.record(value); }
  void record(uint64_t value, uint64_t times) { counts_.record(value, times); }

  uint64_t count() const { return counts_.count(); }
  double mean() const { return counts_.mean(); }
  uint64_t min() const { return counts_.min(); }
  uint64_t max() const { return counts_.max(); }
  uint64_t percentile(double percent) const { return counts_.percentile(percent); }
  const LogLinearCounts& counts() const { return counts_; }

  void accept(StatVisitor& visitor) const override { visitor.visit(*this); }
  void reset(Time) override { counts_.clear(); }

 private:
  LogLinearCounts counts_;
};

// A rate or ratio, computed when it is asked for. A value that does not exist (0/0) is NaN or infinite, null
// in JSON.
class Formula final : public Stat {
 public:
  using Function = std::function<double(const DumpContext&)>;
  Formula(StatGroup& parent, std::string name, std::string unit, std::string description, Function function);

  double value(const DumpContext& context) const { return function_(context); }

  void accept(StatVisitor& visitor) const override { visitor.visit(*this); }
  void reset(Time) override {}

 private:
  Function function_;
};

// The tree as JSON text, ordered and deterministic. The top level is {"<root name>": {...}}, or the content
// of the root if it has no name. Leaves:
//   counter, formula  {"value", "unit", "description"}
//   counter array     {"value": {"<label>": n, ...}, "total", "unit", "description"}
//   gauge             {"value", "mean", "min", "max", "unit", "description"}
//   histogram         {"count", "mean", "min", "p50", "p90", "p99", "p99.9", "max", "unit", "description"};
//                     all but count are null if nothing was recorded
std::string to_json(const StatGroup& root, const DumpContext& context);

}  // namespace pspnic::base
