// SPDX-License-Identifier: Apache-2.0
// The same rules once more, driven by the SystemC kernel through base::EventQueue: what the stretch computes
// is what happens in simulated time.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/stretch.h"
#include "testbench/tests/model/base/stretch_reference.h"

namespace pspnic::base {
namespace {

class KernelChain : public reference::Chain {
 public:
  KernelChain(EventQueue& queue, std::vector<reference::StageShape> shape, std::vector<reference::Item> items)
      : Chain(std::move(shape), std::move(items)), queue_(queue) {
    post_arrivals();
  }

  void on_event(uint64_t word) {
    advance_to(queue_.now());
    apply({static_cast<reference::EventKind>(word >> 60), word >> 48 & 0xfff, word & 0xffff'ffff});
    settle();
  }

 protected:
  void post(Time when, reference::Event event) override {
    const uint64_t word = static_cast<uint64_t>(event.kind) << 60 | event.stage << 48 | event.index;
    queue_.schedule(when, Callback::to<&KernelChain::on_event>(*this), word);
  }

 private:
  EventQueue& queue_;
};

TEST(StretchKernel, EqualsTheSystemCKernelToThePicosecond) {
  constexpr size_t kStages = 5;
  constexpr size_t kItems = 20'000;
  const std::array<reference::StageShape, kStages> shape{{{1, 16}, {4, 6}, {1, 3000}, {2, 8}, {1, 2}}};
  const std::array<uint64_t, kStages> max_weight{1, 1, 1500, 1, 1};
  std::mt19937_64 engine(11);
  const auto below = [&](uint64_t n) { return engine() % n; };

  std::vector<reference::Item> items(kItems);
  Time arrival = 0;
  for (reference::Item& item : items) {
    arrival += below(8) == 0 ? below(60'000) : below(600);
    item.arrival = arrival;
    const uint64_t bytes = 64 + below(1437);
    item.work = {{1000, 3000, 1},
                 {bytes * 16, bytes * 16 + 9000, 1},
                 {bytes * 2, below(4000), bytes},
                 {below(8000), below(12'000), 1},
                 {bytes * 4, 0, 1}};
  }

  EventQueue queue("queue");
  KernelChain chain(queue, {shape.begin(), shape.end()}, items);
  sc_core::sc_start();
  ASSERT_EQ(chain.done(), kItems);

  std::vector<StageConfig> stages;
  for (size_t i = 0; i < kStages; ++i) {
    stages.push_back({"stage" + std::to_string(i), shape[i].servers, shape[i].capacity, max_weight[i]});
  }
  Stretch stretch("kernel", stages);
  std::array<Service, kStages> services;
  std::array<uint64_t, kStages> weights;
  for (size_t n = 0; n < kItems; ++n) {
    for (size_t i = 0; i < kStages; ++i) {
      services[i] = {items[n].work[i].occupancy, items[n].work[i].latency};
      weights[i] = items[n].work[i].weight;
    }
    const Passage passage = stretch.pass(items[n].arrival, services, weights);
    for (size_t i = 0; i < kStages; ++i) {
      ASSERT_EQ(passage.arrival(i), chain.times(n)[i].arrival) << "item " << n << " stage " << i;
      ASSERT_EQ(passage[i].start, chain.times(n)[i].start) << "item " << n << " stage " << i;
      ASSERT_EQ(passage[i].departure, chain.times(n)[i].departure) << "item " << n << " stage " << i;
    }
  }
}

}  // namespace
}  // namespace pspnic::base
