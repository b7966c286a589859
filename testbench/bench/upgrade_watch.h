// SPDX-License-Identifier: Apache-2.0
// What of TCP flows that are upgraded to PSP may be seen in clear: all until the upgrade; from then on only
// what of the stream was queued before it, and what without data the driver had been given already.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "model/net/flow.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

class UpgradeWatch {
 public:
  bool empty() const { return flows_.empty(); }
  void add(const net::FlowKey& flow) { flows_.try_emplace(flow); }
  void upgrade(const net::FlowKey& flow, uint32_t fence);
  bool watches(const net::FlowKey& flow) const { return flows_.contains(flow); }

  // What a driver is asked to send; what is wrong with it, if anything.
  std::optional<std::string> on_transmit(const host::TxFrame& frame);
  // A frame that leaves a card without PSP.
  std::optional<std::string> on_departure(std::span<const uint8_t> frame);

 private:
  struct Flow {
    std::optional<uint32_t> fence;  // sequence number behind what may be in clear
    uint64_t silent = 0;            // frames without data, asked for in clear and not departed
  };
  // A TCP frame of a flow that is watched.
  struct Seen {
    Flow* flow = nullptr;
    net::FlowKey key;
    uint32_t payload = 0;
    uint32_t end = 0;  // sequence number behind payload and FIN
    bool fin = false;
  };
  Seen look(std::span<const uint8_t> frame);

  std::unordered_map<net::FlowKey, Flow, net::FlowKeyHash> flows_;
};

}  // namespace pspnic::bench
