// SPDX-License-Identifier: Apache-2.0
// The blocks as the firmware of one function sees them: passes contexts on, drains queues, wipes SAs. Numbers
// of queues, vports, vectors and SA slots are the function's on the one side and the card's on the other.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "firmware/control_plane.h"
#include "firmware/hardware.h"
#include "model/base/event_queue.h"
#include "model/control/config_queue.h"
#include "model/control/mailbox.h"
#include "model/control/management.h"
#include "model/crypto/sa_table.h"
#include "model/flow/flow_table.h"
#include "model/nic/key_vault.h"
#include "model/nic/registers.h"
#include "model/nic/sa_keeper.h"
#include "model/nic/share.h"
#include "model/psp/iv_clock.h"
#include "model/queue/interrupts.h"
#include "model/queue/rx_queues.h"
#include "model/queue/tx_completions.h"
#include "model/queue/tx_queues.h"
#include "model/queue/tx_reports.h"
#include "model/rx/pipeline.h"
#include "model/tx/fetcher.h"
#include "model/tx/pipeline.h"

namespace pspnic::nic {

// What functions ask of the card.
class Card {
 public:
  virtual ~Card() = default;
  // Gives out virtual functions. False: not now, as others are in use.
  virtual bool grant_vfs(uint16_t count) = 0;
  // Whether a frame that one of these vports has sent to itself is on its way.
  virtual bool looping_back(uint16_t first_vport, uint16_t vports) const = 0;
};

class Hardware : public firmware::Hardware {
 public:
  struct Blocks {
    base::EventQueue& events;
    queue::Interrupts& interrupts;
    queue::TxQueues& tx_queues;
    queue::TxCompletions& tx_completions;
    queue::TxReports& tx_reports;
    tx::Fetcher& fetcher;
    tx::Pipeline& tx;
    queue::RxQueues& rx_queues;
    rx::Pipeline& rx;
    crypto::SaTable& sas;
    SaKeeper& sa_keeper;
    control::ConfigQueues& config_queues;
    flow::FlowTable& flows;
    base::CounterArray& drops;
    const psp::IvClock& iv_clock;
    Card& card;
  };
  // What the function has for itself.
  struct Own {
    Share share;
    Registers& registers;
    KeyVault& keys;
  };

  Hardware(const firmware::Limits& limits, const Own& own, const Blocks& blocks);
  // `management`: null for a virtual function.
  void connect(firmware::ControlPlane* control_plane, control::Mailbox* mailbox,
               control::Management* management);
  // With the whole card: the blocks are reset by it.
  void reset();
  // Of this function alone: takes its queues, vports and SAs out of use. Until end_quiet() nothing is sent to
  // its driver.
  void begin_quiet();
  // Whether nothing of it is under way any more: no packet, no read of a ring, no SA.
  bool quiet();
  void end_quiet();
  // What waits for the wire ends here: quiet() will not wait for it any more. To be asked for with each
  // quiet() from then on, as reads that were under way bring more.
  void give_up() { blocks_.fetcher.give_up(own_.share.first_vport, own_.share.vports); }
  // Nothing is sent to the driver until end_quiet().
  void hold_messages() { quieting_ = true; }

  const firmware::Limits& limits() const override { return limits_; }
  void configure(const firmware::TxQueueContext& context) override;
  void configure(const firmware::CompletionQueueContext& context) override;
  void configure(const firmware::RxQueueContext& context) override;
  void configure(const firmware::BufferQueueContext& context) override;
  void configure(const firmware::ConfigQueueContext& context) override;
  void enable_queue(firmware::QueueRef queue) override;
  bool queue_enabled(firmware::QueueRef queue) const override;
  void disable_queues(std::span<const firmware::QueueRef> queues, uint64_t token) override {
    drain({token, {queues.begin(), queues.end()}});
  }
  void drain_vport(uint32_t vport_id, std::span<const firmware::QueueRef> queues, uint64_t token) override {
    drain({token, {queues.begin(), queues.end()}, own_.share.vport(vport_id)});
  }
  void map_vector(firmware::QueueRef queue, uint16_t vector, uint8_t itr_index) override;
  void write_vport(const firmware::VportContext& context) override;
  firmware::VportCounters vport_counters(uint32_t vport_id) const override;
  firmware::PortCounters port_counters() const override;
  bool enable_vfs(uint16_t count) override { return blocks_.card.grant_vfs(count); }
  void reset_function() override { own_.registers.reset_function(); }
  bool make_device_key(unsigned slot) override { return own_.keys.make_device_key(slot); }
  bool make_device_keys() override { return own_.keys.make_device_keys(); }
  void activate_device_key(unsigned slot, uint8_t generation) override {
    own_.keys.activate_device_key(slot, generation);
  }
  psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) override {
    return own_.keys.derive_session_key(spi, version);
  }
  firmware::TxSaSlot tx_sa_slot(uint32_t index) const override;
  std::optional<uint32_t> free_tx_sa_slot() const override;
  uint32_t tx_sas_in_use(firmware::Origin owner) const override {
    return blocks_.sas.used(own_.share.function, owner == firmware::Origin::kManagement);
  }
  uint64_t now_ps() const override { return blocks_.events.now(); }
  void wake_at(uint64_t time_ps) override { own_.keys.wake_at(time_ps); }
  uint64_t iv_left_ps() const override { return blocks_.iv_clock.left(blocks_.events.now()); }
  bool write_tx_sa(uint32_t index, const firmware::TxSa& sa) override;
  void erase_tx_sas(const firmware::TxSaErase& sas, uint64_t token) override;
  void set_tx_encapsulation(const flow::SaName& sa, const flow::Encapsulation* encapsulation) override;
  flow::Added add_flow(const flow::Rule& rule, bool replace) override {
    return blocks_.flows.add(rule, replace);
  }
  bool remove_flow(uint32_t id) override { return blocks_.flows.remove(id); }
  void remove_flows() override { blocks_.flows.clear(); }
  uint32_t flow_count() const override { return own_.share.is_virtual() ? 0 : blocks_.flows.size(); }
  std::optional<flow::Counters> flow_counters(uint32_t id) const override;
  void send_to_management(firmware::MailboxMessage message) override;
  void configure_psp_receive(const firmware::PspReceiveConfig& config) override;
  firmware::PspCounters psp_counters() const override;
  void send_to_driver(firmware::MailboxMessage message) override;

 private:
  // Queues that a command waits for: first what transmits, then the rest, and the frames of a vport.
  struct Draining {
    uint64_t token = 0;
    std::vector<firmware::QueueRef> queues;
    std::optional<uint16_t> vport{};  // of the card
    size_t transmitting = 0;
  };
  // The card's number of a queue; config queues are the physical function's.
  uint16_t card_queue(firmware::QueueRef queue) const;
  void drain(Draining draining);
  void on_iv_low(uint64_t) { control_plane_->iv_low(); }
  void on_tx_drained(uint64_t queue);
  void on_commands_drained(uint64_t pair);
  void one_drained(firmware::QueueRef drained);
  void finish_draining(Draining& draining);
  void on_check(uint64_t);
  bool under_way(const Draining& draining);
  bool reading(firmware::QueueRef queue) const;
  uint64_t nobodys_drops(base::DropReason reason) const;
  // Whether frames that these vports of the card have sent are on their way.
  bool sending(uint16_t first_vport, uint16_t vports) const;
  // Tells the control plane, whose answer, or lack of one, may make room in the mailbox.
  void done(uint64_t token);
  // Slots of the function count from the first of its range in the table.
  uint32_t device_slot(uint32_t index) const { return blocks_.sas.range(own_.share.function).first + index; }
  bool start_erase(uint32_t slot, uint64_t token) {
    return blocks_.sa_keeper.start_erase(slot, base::Callback::to<&Hardware::on_sa_erased>(*this), token);
  }
  void on_sa_erased(uint64_t token);
  void on_forgotten(uint64_t) {}

  firmware::Limits limits_;
  Own own_;
  Blocks blocks_;
  firmware::ControlPlane* control_plane_ = nullptr;
  control::Mailbox* mailbox_ = nullptr;
  control::Management* management_ = nullptr;
  std::vector<Draining> draining_;
  bool checking_ = false;
  bool quieting_ = false;
  std::unordered_map<uint64_t, size_t> token_waits_;  // token to slots still in use
};

}  // namespace pspnic::nic
