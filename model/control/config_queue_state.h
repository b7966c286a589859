// SPDX-License-Identifier: Apache-2.0
// The inside of ConfigQueues.
#pragma once

#include "model/control/config_queue.h"
#include "model/idpf/mailbox.h"
#include "model/net/wipe.h"

namespace pspnic::control {

struct ConfigQueues::Ring {
  queue::DescriptorRing ring;
  bool enabled = false;
  bool stopped = false;  // by a violation
};

struct ConfigQueues::Command {
  enum class State : uint8_t { kReading, kReady, kServing, kErasing, kFence, kAnswering, kDone };

  uint16_t pair = 0;
  uint16_t index = 0;  // in the ring
  uint32_t serial = 0;
  State state = State::kReading;
  idpf::ConfigQueueDescriptor descriptor;
  net::Wiped<std::array<idpf::PspTxSa, idpf::kCfgqMaxRecords>> records;
  unsigned count = 0;    // of records; a direct form has one
  unsigned erasing = 0;  // slots it waits for
  base::Time taken = 0;

  uint64_t token() const { return uint64_t{pair} << 32 | serial; }
  bool direct() const { return descriptor.datalen == 0; }
};

struct ConfigQueues::Pair {
  Ring commands;
  Ring answers;
  uint16_t function = 0;
  std::deque<Command*> open;       // taken and not completed, or behind such; in the order of the ring
  std::deque<Command*> answering;  // wait for a buffer
  std::vector<std::unique_ptr<Command>> all;
  std::vector<Command*> free;
  std::vector<bool> busy;  // by index in the ring: its command is not completed
  unsigned reading = 0;    // buffers on their way
  base::Callback drained;

  Ring& of(Direction direction) { return direction == Direction::kCommands ? commands : answers; }
};

}  // namespace pspnic::control
