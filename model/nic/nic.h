// SPDX-License-Identifier: Apache-2.0
// One card: the blocks of design, wired. Reads like the block diagram.
//
//   host ── endpoint ── tx_queues ── fetcher ── tx pipeline (parse, edit, seal, port) ── wire
//                └───── rx_queues ──────────── rx pipeline (parse, derive, open, place) ── wire
//                └───── mailbox ── control processor ── firmware        flow table: what the device protects
//             management ─────────┘
#pragma once

#include <memory>
#include <systemc>

#include "firmware/control_plane.h"
#include "model/base/event_fifo.h"
#include "model/control/config_queue.h"
#include "model/control/control_processor.h"
#include "model/control/mailbox.h"
#include "model/control/management.h"
#include "model/crypto/device_keys.h"
#include "model/crypto/sa_table.h"
#include "model/flow/flow_table.h"
#include "model/nic/hardware.h"
#include "model/nic/nic_params.h"
#include "model/nic/registers.h"
#include "model/nic/stall_watch.h"
#include "model/pcie/endpoint.h"
#include "model/psp/iv_clock.h"
#include "model/tx/fetcher.h"

namespace pspnic::nic {

class Nic : public sc_core::sc_module, private pcie::DmaFaultHandler, private mac::Wire, private ResetTarget {
 public:
  struct Ports {
    base::EventQueue& events;
    base::PacketPool& pool;
    mac::Wire& wire;
  };
  struct Identity {
    net::MacAddress mac;
    uint64_t seed = 1;       // of the run
    uint64_t stream = 0;     // differs from card to card
    uint32_t spi_first = 1;  // first id (31 bits) of the SPIs it hands out
    // Device keys of published vectors, for tests; no register, message or parameter sets any.
    const crypto::DeviceKeys::VectorKeys* vector_keys = nullptr;
  };

  Nic(const sc_core::sc_module_name& name, base::StatGroup& parent, const NicParams& params,
      const Identity& identity, const Ports& ports);

  pcie::Endpoint& endpoint() { return endpoint_; }
  control::Management& management() { return management_; }

  // The last bit of a frame has arrived from the wire.
  void receive(base::PacketPtr packet) {
    if (!packet->fcs_ok || !flow_control_.take(*packet)) rx_.receive(std::move(packet));
  }

  // What has them stop for a time; null: nothing.
  void set_stalls(crypto::StallSource* lanes, crypto::StallSource* units) {
    lanes_.set_stalls(lane_stalls_.watch(lanes));
    kdf_.set_stalls(kdf_stalls_.watch(units));
  }

  const base::ViolationLog& violations() const { return violations_; }
  const mac::FlowControl& flow_control() const { return flow_control_; }
  const tx::Pipeline& transmit_path() const { return tx_; }
  const rx::Pipeline& receive_path() const { return rx_; }
  const base::CounterArray& drops() const { return drops_; }

  // Opens and closes the books of a measured window; the statistics hold after the latter.
  void begin(base::Time now);
  void finish(base::Time now);

  // Empty when every block balances: in = out + dropped + held. Else one line for each that does not.
  std::string imbalance() const;
  // What a run that makes no progress waits for.
  std::string explain_stall() const;

 private:
  void on_write_fault(pcie::Requester requester, uint64_t address, uint32_t length, bool again,
                      pcie::DmaStatus status) override;
  void transmit(base::PacketPtr packet) override;  // to the wire, or back in loopback mode
  void on_looped_back(uint64_t);
  void begin_reset() override;
  void on_reset_done(uint64_t epoch);

  NicParams params_;
  Ports ports_;
  base::StatGroup group_;
  base::CounterArray drops_;
  base::ViolationLog violations_;

  std::unique_ptr<psp::Aead> aead_;
  crypto::DeviceKeys device_keys_;
  crypto::SaTable sas_;
  flow::FlowTable flows_;
  psp::IvClock iv_clock_;
  mac::Mac mac_;
  crypto::GcmLanes lanes_;
  crypto::KdfUnits kdf_;

  Registers registers_;
  pcie::Endpoint endpoint_;
  queue::Interrupts interrupts_;
  queue::TxQueues tx_queues_;
  queue::TxCompletions tx_completions_;
  queue::TxReports tx_reports_;
  tx::Pipeline tx_;
  std::unique_ptr<tx::SaLoader> sa_loader_;  // null: all SAs are on the chip
  tx::Fetcher fetcher_;
  mac::FlowControl flow_control_;
  queue::RxQueues rx_queues_;
  rx::Pipeline rx_;

  control::ConfigQueues config_queues_;
  Hardware hardware_;
  firmware::ControlPlane control_plane_;
  StallWatch lane_stalls_;
  StallWatch kdf_stalls_;
  control::ControlProcessor control_processor_;
  control::Management management_;
  control::Mailbox mailbox_;

  base::Ring<base::PacketPtr> looped_back_;
  base::EventFifo loopback_arrivals_;
  uint64_t reset_epoch_ = 0;
};

}  // namespace pspnic::nic
