// SPDX-License-Identifier: Apache-2.0
// The blocks as the firmware sees them: passes contexts on, drains queues, wipes SAs.
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
#include "model/crypto/device_keys.h"
#include "model/crypto/sa_table.h"
#include "model/flow/flow_table.h"
#include "model/nic/registers.h"
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

class Hardware : public firmware::Hardware, private crypto::SaListener, private control::SaSlots {
 public:
  struct Blocks {
    base::EventQueue& events;
    Registers& registers;
    queue::Interrupts& interrupts;
    queue::TxQueues& tx_queues;
    queue::TxCompletions& tx_completions;
    queue::TxReports& tx_reports;
    tx::Fetcher& fetcher;
    tx::Pipeline& tx;
    queue::RxQueues& rx_queues;
    rx::Pipeline& rx;
    crypto::DeviceKeys& device_keys;
    psp::Aead& aead;
    crypto::SaTable& sas;
    control::ConfigQueues& config_queues;
    flow::FlowTable& flows;
    base::CounterArray& drops;
    const psp::IvClock& iv_clock;
    tx::SaLoader* sa_loader = nullptr;  // null: all SAs are on the chip
  };

  Hardware(const firmware::Limits& limits, const Blocks& blocks);
  void connect(firmware::ControlPlane* control_plane, control::Mailbox* mailbox,
               control::Management* management);
  void reset();

  bool loopback() const { return loopback_ != 0; }

  const firmware::Limits& limits() const override { return limits_; }
  void configure(const firmware::TxQueueContext& context) override;
  void configure(const firmware::CompletionQueueContext& context) override;
  void configure(const firmware::RxQueueContext& context) override;
  void configure(const firmware::BufferQueueContext& context) override;
  void configure(const firmware::ConfigQueueContext& context) override;
  void enable_queue(firmware::QueueRef queue) override;
  bool queue_enabled(firmware::QueueRef queue) const override;
  void disable_queues(std::span<const firmware::QueueRef> queues, uint64_t token) override;
  void map_vector(firmware::QueueRef queue, uint16_t vector, uint8_t itr_index) override;
  void write_vport(const firmware::VportContext& context) override;
  firmware::VportCounters vport_counters(uint32_t vport_id) const override;
  firmware::PortCounters port_counters() const override;
  bool enable_vfs(uint16_t count) override { return count == 0; }
  bool make_device_key(unsigned slot) override {
    blocks_.device_keys.make(slot);
    blocks_.aead.forget();  // session keys do not outlive the device key they came from
    return true;
  }
  bool make_device_keys() override { return make_device_key(0) && make_device_key(1); }
  void activate_device_key(unsigned slot, uint8_t generation) override {
    blocks_.device_keys.activate(slot, generation);
  }
  psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) override {
    return blocks_.device_keys.derive(spi, version);
  }
  firmware::TxSaSlot tx_sa_slot(uint32_t index) const override;
  std::optional<uint32_t> free_tx_sa_slot() const override;
  uint32_t tx_sas_in_use(firmware::Origin owner) const override {
    return blocks_.sas.used(kFunction, owner == firmware::Origin::kManagement);
  }
  uint64_t now_ps() const override { return blocks_.events.now(); }
  void wake_at(uint64_t time_ps) override;
  uint64_t iv_left_ps() const override { return blocks_.iv_clock.left(blocks_.events.now()); }
  bool write_tx_sa(uint32_t index, const firmware::TxSa& sa) override;
  void erase_tx_sas(const firmware::TxSaErase& sas, uint64_t token) override;
  void set_tx_encapsulation(const flow::SaName& sa, const flow::Encapsulation* encapsulation) override;
  flow::Added add_flow(const flow::Rule& rule, bool replace) override {
    return blocks_.flows.add(rule, replace);
  }
  bool remove_flow(uint32_t id) override { return blocks_.flows.remove(id); }
  void remove_flows() override { blocks_.flows.clear(); }
  uint32_t flow_count() const override { return blocks_.flows.size(); }
  std::optional<flow::Counters> flow_counters(uint32_t id) const override;
  void send_to_management(firmware::MailboxMessage message) override;
  void configure_psp_receive(const firmware::PspReceiveConfig& config) override;
  firmware::PspCounters psp_counters() const override;
  void send_to_driver(firmware::MailboxMessage message) override;

 private:
  static constexpr uint16_t kFunction = 0;

  // Queues that a command waits for: first what transmits, then the rest.
  struct Draining {
    uint64_t token = 0;
    std::vector<firmware::QueueRef> queues;
    size_t transmitting = 0;
  };
  void on_iv_low(uint64_t) { control_plane_->iv_low(); }
  void on_wake(uint64_t) { control_plane_->key_domain().wake(); }
  void on_tx_drained(uint64_t queue);
  void on_commands_drained(uint64_t pair);
  void one_drained(firmware::QueueRef drained);
  void finish_draining(Draining& draining);
  void on_check_reads(uint64_t);
  bool reads_pending(const Draining& draining) const;
  // Slots of the function count from the first of its range in the table.
  uint32_t device_slot(uint32_t index) const { return blocks_.sas.range(kFunction).first + index; }
  // Who hears of the end of an erase: the control plane, or the config queues.
  enum class ErasedFor : uint8_t { kControlPlane, kConfigQueue };
  struct SaWait {
    ErasedFor whom = ErasedFor::kControlPlane;
    uint64_t token = 0;
  };
  bool start_erase(uint32_t slot, const SaWait& wait);
  bool write_sa(uint32_t slot, const crypto::Sa& sa) override;
  bool erase_sa(uint32_t slot, uint64_t token) override {
    return !start_erase(slot, {ErasedFor::kConfigQueue, token});
  }
  void on_sa_released(uint32_t index, base::Time sealed) override;
  void on_sa_sealed(uint64_t epoch_and_index);

  firmware::Limits limits_;
  Blocks blocks_;
  firmware::ControlPlane* control_plane_ = nullptr;
  control::Mailbox* mailbox_ = nullptr;
  control::Management* management_ = nullptr;
  std::vector<Draining> draining_;
  bool checking_ = false;
  uint32_t loopback_ = 0;                             // bit v: vport v sends to itself
  std::unordered_map<uint32_t, SaWait> sa_waits_;     // by slot
  std::unordered_map<uint64_t, size_t> token_waits_;  // token to slots still in use
  uint32_t sa_epoch_ = 0;                             // resets so far
};

}  // namespace pspnic::nic
