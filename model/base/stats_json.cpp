// SPDX-License-Identifier: Apache-2.0
#include "model/base/stats_json.h"

#include <utility>

namespace pspnic::base {

namespace {

using Json = nlohmann::ordered_json;

class JsonVisitor final : public StatVisitor {
 public:
  explicit JsonVisitor(const DumpContext& context) : context_(context) {}

  // One object is open for each group entered; the last is what leaves go into.
  void enter(const StatGroup&) override { open_.push_back(Json::object()); }

  void leave(const StatGroup& group) override {
    Json done = std::move(open_.back());
    open_.pop_back();
    if (!open_.empty()) {
      open_.back()[group.name()] = std::move(done);
    } else if (group.name().empty()) {
      result_ = std::move(done);
    } else {
      result_ = Json::object({{group.name(), std::move(done)}});
    }
  }

  void visit(const Counter& stat) override { add(stat, {{"value", stat.value()}}); }

  void visit(const CounterArray& stat) override {
    Json values = Json::object();
    for (size_t i = 0; i < stat.size(); ++i) values[stat.label(i)] = stat[i];
    add(stat, {{"value", std::move(values)}, {"total", stat.total()}});
  }

  void visit(const Gauge& stat) override {
    add(stat,
        {{"value", stat.value()}, {"mean", stat.mean(context_)}, {"min", stat.min()}, {"max", stat.max()}});
  }

  void visit(const Histogram& stat) override {
    if (stat.count() == 0) {
      Json leaf{{"count", 0}};
      for (const char* key : {"mean", "min", "p50", "p90", "p99", "p99.9", "max"}) leaf[key] = nullptr;
      add(stat, std::move(leaf));
      return;
    }
    add(stat, {{"count", stat.count()},
               {"mean", stat.mean()},
               {"min", stat.min()},
               {"p50", stat.percentile(50)},
               {"p90", stat.percentile(90)},
               {"p99", stat.percentile(99)},
               {"p99.9", stat.percentile(99.9)},
               {"max", stat.max()}});
  }

  void visit(const Formula& stat) override { add(stat, {{"value", stat.value(context_)}}); }

  Json take() { return std::move(result_); }

 private:
  void add(const Stat& stat, Json leaf) {
    leaf["unit"] = stat.unit();
    leaf["description"] = stat.description();
    open_.back()[stat.name()] = std::move(leaf);
  }

  const DumpContext& context_;
  std::vector<Json> open_;
  Json result_;
};

}  // namespace

Json json_of(const StatGroup& root, const DumpContext& context) {
  JsonVisitor visitor(context);
  root.visit(visitor);
  return visitor.take();
}

std::string to_json(const StatGroup& root, const DumpContext& context) {
  return json_of(root, context).dump(2) + "\n";
}

}  // namespace pspnic::base
