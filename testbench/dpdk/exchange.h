// SPDX-License-Identifier: Apache-2.0
// An application on one port: sends datagrams as fast as the driver takes them and checks every byte of what
// arrives, in a polling loop like that of any DPDK program.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/base/time.h"
#include "testbench/dpdk/datagrams.h"
#include "testbench/dpdk/port.h"

namespace pspnic::dpdk {

class Exchange {
 public:
  struct Options {
    uint64_t to_send = 0;
    uint64_t to_receive = 0;
    uint16_t queues = 1;  // divides the number of flows of both
    unsigned burst = 32;
    base::Time poll = 1 * base::kUs;            // from one round over all queues to the next
    base::Time give_up = 20 * base::kMs;        // without progress
    std::function<void(base::Time)> wait = {};  // lets simulated time pass
  };

  struct Outcome {
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t wrong = 0;              // received, but not as the peer wrote it
    uint64_t misplaced = 0;          // out of its flow's order, a second time, or after one that is missing
    std::vector<uint64_t> by_queue;  // received
  };

  Exchange(Port& port, rte_mempool* pool, const Datagrams& sends, const Datagrams& receives,
           const Options& options);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Until all is sent and received, or nothing happens any more.
  void run();
  const Outcome& outcome() const { return outcome_; }

 private:
  bool send(uint16_t queue);
  bool receive(uint16_t queue);
  void check(const rte_mbuf& packet);

  Port& port_;
  rte_mempool* pool_;
  const Datagrams& sends_;
  const Datagrams& receives_;
  Options options_;
  std::vector<uint64_t> next_;                   // number to send next, by queue: number modulo queues
  std::vector<uint64_t> expected_;               // number to be received next, by flow
  std::vector<std::vector<rte_mbuf*>> waiting_;  // by queue: not taken by the driver yet
  Outcome outcome_;
};

}  // namespace pspnic::dpdk
