// SPDX-License-Identifier: Apache-2.0
// A config queue pair under the sanitizer.
#pragma once

#include "testbench/tests/model/control/config_queue_bench.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

class ConfigKit : public test::ConfigQueueBench {
 public:
  ConfigKit() { queues.set_watch(&watch); }
  // Once the command of this index has been completed.
  const Violations& done(uint16_t index) {
    run_one(index);
    return violations.first();
  }
  sanitizer::Sanitizer watch{strict_params(), events, violations, kSecret};
};

}  // namespace pspnic::misbehave
