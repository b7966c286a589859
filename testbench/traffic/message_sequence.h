// SPDX-License-Identifier: Apache-2.0
// Which flow sends how much, message after message: the same for a seed, whenever the messages are sent.
#pragma once

#include <cstdint>
#include <vector>

#include "testbench/traffic/alias_table.h"
#include "testbench/traffic/random.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::traffic {

struct MessageSize {
  uint32_t flow = 0;  // as the constructor's list counts
  uint32_t bytes = 0;
  bool raised = false;
};

class MessageSequence {
 public:
  // `weights`: how popular each flow is. `part` tells sequences of a seed apart. `sizes` must outlive it.
  MessageSequence(const std::vector<double>& weights, const SizeDistribution& sizes, uint64_t seed,
                  uint64_t part)
      : popularity_(weights),
        sizes_(&sizes),
        flows_(seed, kFlowStream, part),
        bytes_(seed, kSizeStream, part) {}

  MessageSize next() {
    const SizeEntry& size = sizes_->draw(bytes_.at(number_), number_);
    const uint32_t flow = popularity_.draw(flows_.at(number_));
    ++number_;
    return {flow, size.bytes, size.raised};
  }

 private:
  static constexpr uint64_t kFlowStream = 2;
  static constexpr uint64_t kSizeStream = 3;

  AliasTable popularity_;
  const SizeDistribution* sizes_;
  RandomWords flows_;
  RandomWords bytes_;
  uint64_t number_ = 0;
};

}  // namespace pspnic::traffic
