// SPDX-License-Identifier: Apache-2.0
#include "model/embed/counters.h"

#include <optional>

#include "model/base/config_error.h"
#include "model/base/edit_distance.h"

namespace pspnic::embed {

namespace {

class Search final : public base::StatVisitor {
 public:
  explicit Search(const std::string& wanted) : wanted_(wanted) {}

  void visit(const base::Counter& stat) override { look(stat.full_name(), stat.value()); }
  void visit(const base::Gauge& stat) override { look(stat.full_name(), stat.value()); }
  void visit(const base::Histogram& stat) override { look(stat.full_name(), stat.count()); }
  void visit(const base::Formula&) override {}
  void visit(const base::CounterArray& stat) override {
    const std::string name = stat.full_name();
    for (size_t i = 0; i < stat.size(); ++i) look(name + "." + stat.label(i), stat[i]);
  }

  uint64_t found() const {
    if (found_) return *found_;
    throw base::ConfigError(wanted_, "no such counter; the nearest is " + nearest_);
  }

 private:
  void look(const std::string& name, uint64_t value) {
    if (name == wanted_) found_ = value;
    if (found_) return;
    const size_t distance = base::edit_distance(name, wanted_);
    if (!nearest_.empty() && distance >= distance_) return;
    distance_ = distance;
    nearest_ = name;
  }

  const std::string& wanted_;
  std::optional<uint64_t> found_;
  std::string nearest_;
  size_t distance_ = 0;
};

}  // namespace

uint64_t counter_of(const base::StatGroup& root, const std::string& name) {
  Search search(name);
  root.visit(search);
  return search.found();
}

}  // namespace pspnic::embed
