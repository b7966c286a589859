// SPDX-License-Identifier: Apache-2.0
// One card: the blocks of design, wired. Reads like the block diagram.
//
//   host ── endpoint ── tx_queues ── fetcher ── tx pipeline (parse, edit, seal, port) ── wire
//                └───── rx_queues ──────────── rx pipeline (parse, derive, open, place) ── wire
//                └───── mailbox ── control processor ── firmware        flow table: what the device protects
//             management ─────────┘
//
// The blocks are shared; registers, mailbox and control plane are each function's own (function.h).
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "firmware/control_plane.h"
#include "model/base/event_fifo.h"
#include "model/control/config_queue.h"
#include "model/control/control_processor.h"
#include "model/control/management.h"
#include "model/crypto/device_keys.h"
#include "model/crypto/sa_table.h"
#include "model/flow/flow_table.h"
#include "model/nic/function.h"
#include "model/nic/key_vault.h"
#include "model/nic/nic_params.h"
#include "model/nic/sa_keeper.h"
#include "model/nic/stall_watch.h"
#include "model/pcie/endpoint.h"
#include "model/psp/iv_clock.h"
#include "model/sanitizer/sanitizer.h"
#include "model/tx/fetcher.h"

namespace pspnic::nic {

class Nic : public sc_core::sc_module,
            private pcie::DmaFaultHandler,
            private pcie::FunctionMap,
            private pcie::SriovListener,
            private mac::Wire,
            private ResetTarget,
            private Card,
            private firmware::DeviceEventListener {
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
    // Device keys of vectors, for tests and `pspnic vectors --through device`; no register, message or
    // parameter sets any.
    const crypto::DeviceKeys::VectorKeys* vector_keys = nullptr;
  };

  Nic(const sc_core::sc_module_name& name, base::StatGroup& parent, const NicParams& params,
      const Identity& identity, const Ports& ports);

  pcie::Endpoint& endpoint() { return endpoint_; }
  control::Management& management() { return *management_; }

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
  void set_violation_listener(base::ViolationListener* listener) { violations_.set_listener(listener); }
  bool sanitized() const { return sanitizer_ != nullptr; }
  // Whatever the log has fails the run; else only what is checked always does.
  bool strict() const { return params_.sanitizer.mode == sanitizer::SanitizerParams::Mode::kStrict; }
  bool fails(const base::Violation& violation) const {
    return strict() || base::info(violation.rule).by == base::CheckedBy::kAlways;
  }
  const mac::FlowControl& flow_control() const { return flow_control_; }
  const tx::Pipeline& transmit_path() const { return tx_; }
  const tx::SaLoader* sa_loader() const { return sa_loader_.get(); }  // null: all SAs are on the chip
  const rx::Pipeline& receive_path() const { return rx_; }
  const base::JourneySums& journeys() const { return rx_queues_.journeys(); }
  void set_journey_listener(base::JourneyListener* listener) { rx_queues_.set_journey_listener(listener); }
  const base::CounterArray& drops() const { return drops_; }

  // Opens and closes the books of a measured window; the statistics hold after the latter.
  void begin(base::Time now);
  void finish(base::Time now);

  // Nothing happens any more unless the host or the cable begins something: what the driver has left undone
  // is reported, if the sanitizer is on.
  void end_of_run();

  // Empty when every block balances: in = out + dropped + held. Else one line for each that does not.
  std::string imbalance() const;
  // What a run that makes no progress waits for.
  std::string explain_stall() const;

 private:
  void on_write_fault(pcie::Requester requester, uint64_t address, uint32_t length, bool again,
                      pcie::DmaStatus status) override;
  uint16_t function_of(const pcie::Requester& requester) const override;
  uint16_t function_of(base::Site ring) const;
  uint16_t function_of_queue(uint32_t queue) const;
  uint32_t slot_of_driver(uint32_t slot) const;
  void transmit(base::PacketPtr packet) override;  // to the wire, or back in loopback mode
  void on_looped_back(uint64_t);
  // Of the physical function, and so of the whole card: its virtual functions are gone until they are
  // granted anew.
  void begin_reset() override;
  void on_reset_done(uint64_t epoch);
  bool grant_vfs(uint16_t count) override;
  bool looping_back(uint16_t first_vport, uint16_t vports) const override;
  void on_vfs_enabled(uint16_t count) override;
  void update_vfs();
  void device_event(const firmware::DeviceEvent& event) override;  // to all functions
  void make_functions(const Identity& identity);
  void make_sanitizer(const Identity& identity);
  void attach(Function& function);
  Hardware::Blocks blocks();
  Function& physical() { return *functions_.front(); }

  NicParams params_;
  Ports ports_;
  base::StatGroup group_;
  base::CounterArray drops_;
  base::ViolationLog violations_;

  std::vector<Share> shares_;
  std::unique_ptr<psp::Aead> aead_;
  std::vector<std::unique_ptr<KeyVault>> vaults_;  // by key domain
  crypto::SaTable sas_;
  flow::FlowTable flows_;
  psp::IvClock iv_clock_;
  mac::Mac mac_;
  crypto::GcmLanes lanes_;
  crypto::KdfUnits kdf_;

  std::vector<std::unique_ptr<Function>> functions_;
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
  SaKeeper sa_keeper_;
  StallWatch lane_stalls_;
  StallWatch kdf_stalls_;
  std::unique_ptr<control::ControlProcessor> control_processor_;
  std::unique_ptr<control::Management> management_;

  std::unique_ptr<sanitizer::Sanitizer> sanitizer_;  // null: off
  base::Ring<base::PacketPtr> looped_back_;
  base::EventFifo loopback_arrivals_;
  uint64_t reset_epoch_ = 0;
  uint16_t vfs_ = 0;  // that there are
};

}  // namespace pspnic::nic
