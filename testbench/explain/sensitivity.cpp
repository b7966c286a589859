// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/sensitivity.h"

#include <iostream>
#include <numeric>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/explain/measured.h"
#include "testbench/sweep/point_run.h"
#include "testbench/sweep/pool.h"

namespace pspnic::explain {

namespace {

// Exit status of a child, beside those of bench::run().
constexpr int kStatusRefused = 2;
constexpr int kStatusBrokeOff = 3;

// Keeps how each run ended.
class Ends : public sweep::PoolWatcher {
 public:
  Ends(size_t count, const std::function<void(size_t, size_t)>& progress)
      : ends(count), progress_(progress) {}
  void on_start(size_t) override {}
  void on_end(const sweep::ChildEnd& end) override {
    ends[end.point] = end;
    progress_(++ended_, ends.size());
  }
  void on_time(size_t) override {}

  std::vector<sweep::ChildEnd> ends;

 private:
  const std::function<void(size_t, size_t)>& progress_;
  size_t ended_ = 0;
};

// In the child. What is not measured says why on standard error.
int run_variant(const bench::RunOptions& options, const Variant* variant) {
  try {
    bench::Parameters own;
    bench::resolve(options, own);
    if (variant != nullptr) own.tree.set(variant->name, variant->to);
    return bench::run(options, own, [](const bench::Finished& found) {
      std::cout << measured_text(measured_of(found.summary)) << std::flush;
    });
  } catch (const base::ConfigError& error) {
    std::cerr << error.what() << "\n";
    return kStatusRefused;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return kStatusBrokeOff;
  }
}

Effect effect_of(const Variant& variant, const sweep::ChildEnd& end) {
  Effect effect{.variant = variant, .measured = {}, .reason = {}};
  if (end.signal == 0 && end.exit_status < kStatusRefused) {
    effect.measured = measured_in(sweep::last_line(end.log));
  } else {
    const bool refused = end.signal == 0 && end.exit_status == kStatusRefused;
    effect.outcome = refused ? Outcome::kRefused : Outcome::kBrokeOff;
    effect.reason = sweep::last_line(end.log);
  }
  return effect;
}

}  // namespace

Sensitivity sensitivity(const bench::RunOptions& options, const std::vector<Variant>& variants, unsigned jobs,
                        const std::function<void(size_t, size_t)>& progress) {
  const size_t count = variants.size() + 1;
  const auto work = [&](size_t number) {
    return run_variant(options, number > 0 ? &variants[number - 1] : nullptr);
  };
  std::vector<size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  sweep::Signals signals;
  Ends watcher(count, progress);
  if (!sweep::run_in_children(signals, numbers, jobs, work, watcher)) {
    throw std::runtime_error("interrupted");
  }
  const Effect itself = effect_of({}, watcher.ends[0]);
  if (itself.outcome != Outcome::kMeasured) {
    throw std::runtime_error("the run itself went wrong: " +
                             (itself.reason.empty() ? "see pspnic run" : itself.reason));
  }
  Sensitivity result{itself.measured, {}};
  for (size_t i = 0; i < variants.size(); ++i) {
    result.effects.push_back(effect_of(variants[i], watcher.ends[i + 1]));
  }
  return result;
}

}  // namespace pspnic::explain
