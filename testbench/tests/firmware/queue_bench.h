// SPDX-License-Identifier: Apache-2.0
// A vport of two queue pairs, not configured yet, and short ways to send queue commands.
#pragma once

#include <utility>
#include <vector>

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {

class QueueBench : public testing::Test {
 protected:
  void SetUp() override {
    bench.negotiate();
    bench.create_vport(2);
  }

  Status tx(std::vector<idpf::TxqInfo> infos) {
    return bench.status_of(Opcode::kConfigTxQueues, bench.config_tx(std::move(infos)));
  }
  Status rx(std::vector<idpf::RxqInfo> infos) {
    return bench.status_of(Opcode::kConfigRxQueues, bench.config_rx(std::move(infos)));
  }
  Status enable(QueueType type, uint32_t id, uint32_t count = 1) {
    return bench.status_of(Opcode::kEnableQueues,
                           bench.chunks({{.type = type, .start_queue_id = id, .num_queues = count}}));
  }
  Status disable(QueueType type, uint32_t id, uint32_t count = 1) {
    return bench.status_of(Opcode::kDisableQueues,
                           bench.chunks({{.type = type, .start_queue_id = id, .num_queues = count}}));
  }

  ControlBench bench;
};

}  // namespace pspnic::firmware
