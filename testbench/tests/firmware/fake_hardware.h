// SPDX-License-Identifier: Apache-2.0
// A device that only takes notes. It also holds the firmware to the rules of the interface: contexts are
// written to disabled queues only, queues are enabled only when configured, vports and slots exist.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/control_plane.h"
#include "model/flow/flow_table.h"

namespace pspnic::firmware {

inline bool operator<(const QueueRef& a, const QueueRef& b) {
  return std::pair(a.kind, a.id) < std::pair(b.kind, b.id);
}

class FakeHardware : public Hardware {
 public:
  struct Mapping {
    uint16_t vector;
    uint8_t itr_index;
  };

  Limits config;
  ControlPlane* plane = nullptr;
  KeyDomain* domain = nullptr;  // to be woken; null: the plane's own
  uint64_t time_ps = 0;
  uint64_t iv_left = ~uint64_t{0};
  std::multiset<uint64_t> wakes;
  bool random_fault = false;  // no key can be made
  bool hold_work = false;     // work ends only when finish_work() is called
  std::vector<MailboxMessage> sent;
  std::vector<MailboxMessage> sent_to_management;

  // What the firmware has done.
  uint64_t writes = 0;              // calls that change something
  std::map<QueueRef, bool> queues;  // configured ones, and whether enabled
  std::map<uint32_t, TxQueueContext> tx;
  std::map<uint32_t, CompletionQueueContext> completion;
  std::map<uint32_t, BufferQueueContext> buffer;
  std::map<uint32_t, RxQueueContext> rx;
  std::map<QueueRef, Mapping> mappings;
  std::map<uint32_t, VportContext> vports;
  std::array<uint64_t, 2> key_serial{};  // which key a slot holds: a number never used twice; 0 none
  std::vector<std::pair<unsigned, uint8_t>> activations;
  std::map<uint32_t, TxSa> tx_sas;
  static constexpr size_t kDerivedKept = 256;
  std::vector<psp::SessionKey> derived;  // the last of them
  PspReceiveConfig psp_receive;
  base::StatGroup stats{""};
  flow::FlowTable flows{stats, {.entries = 8, .masks = 3}};
  VportCounters vport_counter_values;
  PortCounters port_counter_values;
  uint16_t vfs = 0;
  bool vfs_busy = false;
  unsigned function_resets = 0;
  PspCounters psp_counter_values;
  std::vector<std::string> log;  // order of the calls that matter

  struct Work {
    uint64_t token;
    std::vector<QueueRef> queues;
    std::vector<uint32_t> indexes;
  };
  std::vector<Work> held;

  FakeHardware() {
    config.mac = net::MacAddress{{0x02, 0x00, 0x00, 0x00, 0x00, 0x10}};
    config.tx_sa_slots = 128;
  }

  // The device's part of a function reset.
  void device_reset() {
    queues.clear();
    mappings.clear();
    vports.clear();
    std::erase_if(tx_sas, [](const auto& entry) { return !entry.second.flows_only; });
    held.clear();
    vport_counter_values = {};
    psp_counter_values = {};
  }

  void finish_work() {
    std::vector<Work> finished;
    finished.swap(held);
    for (const Work& work : finished) finish(work);
  }

  const Limits& limits() const override { return config; }

  void configure(const TxQueueContext& context) override {
    configured({QueueKind::kTx, context.id});
    tx[context.id] = context;
  }
  void configure(const CompletionQueueContext& context) override {
    configured({QueueKind::kTxCompletion, context.id});
    completion[context.id] = context;
  }
  void configure(const ConfigQueueContext& context) override { configured(context.queue); }
  void configure(const RxQueueContext& context) override {
    configured({QueueKind::kRx, context.id});
    rx[context.id] = context;
  }
  void configure(const BufferQueueContext& context) override {
    configured({QueueKind::kRxBuffer, context.id});
    buffer[context.id] = context;
  }

  void enable_queue(QueueRef queue) override {
    ++writes;
    EXPECT_TRUE(queues.contains(queue) && !queues[queue]);
    if (queue.kind == QueueKind::kTx && tx[queue.id].split) {
      EXPECT_TRUE(queues.contains({QueueKind::kTxCompletion, tx[queue.id].completion_queue_id}));
    }
    if (queue.kind == QueueKind::kRx && rx[queue.id].split) {
      EXPECT_TRUE(queues.contains({QueueKind::kRxBuffer, rx[queue.id].buffer_queue_1}));
      EXPECT_TRUE(queues.contains({QueueKind::kRxBuffer, rx[queue.id].buffer_queue_2}));
    }
    queues[queue] = true;
  }

  bool queue_enabled(QueueRef queue) const override {
    const auto found = queues.find(queue);
    return found != queues.end() && found->second;
  }

  void disable_queues(std::span<const QueueRef> refs, uint64_t token) override {
    ++writes;
    for (const QueueRef ref : refs) EXPECT_TRUE(queue_enabled(ref));
    begin({token, {refs.begin(), refs.end()}, {}});
    for (const QueueRef ref : refs) EXPECT_LT(ref.id, 1024u);  // the span outlives an immediate end
  }
  void drain_vport(uint32_t vport_id, std::span<const QueueRef> refs, uint64_t token) override {
    ++writes;
    EXPECT_FALSE(vports[vport_id].enabled);
    begin({token, {refs.begin(), refs.end()}, {}});
    for (const QueueRef ref : refs) EXPECT_LT(ref.id, 1024u);
  }

  void map_vector(QueueRef queue, uint16_t vector, uint8_t itr_index) override {
    ++writes;
    if (vector == kNoVector) {
      EXPECT_EQ(mappings.erase(queue), 1u);
    } else {
      EXPECT_LT(vector, config.vectors);
      mappings[queue] = {vector, itr_index};
    }
  }

  void write_vport(const VportContext& context) override {
    ++writes;
    EXPECT_LT(context.id, config.vports);
    for (const uint32_t queue : context.rss_queues) EXPECT_LT(queue, config.rx_queues);
    if (context.enabled != vports[context.id].enabled)
      log.push_back(context.enabled ? "vport on" : "vport off");
    vports[context.id] = context;
  }

  VportCounters vport_counters(uint32_t) const override { return vport_counter_values; }
  PortCounters port_counters() const override { return port_counter_values; }
  void reset_function() override { ++function_resets; }
  bool enable_vfs(uint16_t count) override {
    EXPECT_LE(count, config.max_vfs);
    if (vfs_busy) return false;
    ++writes;
    vfs = count;
    return true;
  }

  bool make_device_key(unsigned slot) override {
    if (random_fault) return false;
    ++writes;
    key_serial.at(slot) = ++last_serial_;
    log.push_back("make " + std::to_string(slot));
    return true;
  }
  bool make_device_keys() override { return make_device_key(0) && make_device_key(1); }
  void activate_device_key(unsigned slot, uint8_t generation) override {
    ++writes;
    EXPECT_NE(key_serial.at(slot), 0u);
    EXPECT_LT(generation, 128);
    activations.emplace_back(slot, generation);
    log.push_back("activate " + std::to_string(slot));
  }

  uint64_t now_ps() const override { return time_ps; }
  void wake_at(uint64_t time) override { wakes.insert(time); }
  // Lets time pass, with what is due in it.
  void run_to(uint64_t time) {
    while (!wakes.empty() && *wakes.begin() <= time) {
      time_ps = std::max(time_ps, *wakes.begin());
      wakes.erase(wakes.begin());
      (domain != nullptr ? *domain : plane->key_domain()).wake();
    }
    time_ps = time;
  }

  psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) override {
    EXPECT_NE(spi & 0x7fffffff, 0u);
    if (derived.size() == kDerivedKept) derived.clear();
    derived.push_back(expected_key(spi, version));
    return derived.back();
  }
  // Whether a key that it has derived lately stands in these bytes.
  bool holds_derived_key(std::span<const uint8_t> bytes) const {
    return std::any_of(derived.begin(), derived.end(), [bytes](const psp::SessionKey& key) {
      return std::search(bytes.begin(), bytes.end(), key.view().begin(), key.view().end()) != bytes.end();
    });
  }
  // Depends on all that a real one depends on: device key, SPI, version.
  psp::SessionKey expected_key(uint32_t spi, psp::Version version) const {
    std::array<uint8_t, 32> bytes{};
    uint64_t state = key_serial.at(spi >> 31) << 40 ^ uint64_t { spi } << 4 ^ static_cast<uint64_t>(version);
    for (uint8_t& byte : bytes) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<uint8_t>(state >> 56 | 1);
    }
    return psp::SessionKey(std::span<const uint8_t>(bytes).first(psp::key_bytes(version)));
  }

  TxSaSlot tx_sa_slot(uint32_t index) const override {
    const auto found = tx_sas.find(index);
    if (found == tx_sas.end()) return {};
    const bool erasing = std::any_of(held.begin(), held.end(), [index](const Work& work) {
      return std::find(work.indexes.begin(), work.indexes.end(), index) != work.indexes.end();
    });
    return {erasing ? TxSaState::kErasing : TxSaState::kUsed, found->second.tag, owner_of(found->second)};
  }
  std::optional<uint32_t> free_tx_sa_slot() const override {
    for (uint32_t i = 0; i < config.tx_sa_slots; ++i) {
      const uint32_t index = (next_slot_ + i) % config.tx_sa_slots;
      if (!tx_sas.contains(index)) return index;
    }
    return std::nullopt;
  }
  uint32_t tx_sas_in_use(Origin owner) const override {
    return static_cast<uint32_t>(std::count_if(tx_sas.begin(), tx_sas.end(), [owner](const auto& entry) {
      return owner_of(entry.second) == owner;
    }));
  }
  bool write_tx_sa(uint32_t index, const TxSa& sa) override {
    ++writes;
    EXPECT_LT(index, config.tx_sa_slots);
    EXPECT_EQ(sa.key.size, psp::key_bytes(sa.version));
    EXPECT_NE(tx_sa_slot(index).state, TxSaState::kErasing);
    if (!tx_sas.contains(index)) next_slot_ = index + 1;
    tx_sas[index] = sa;
    return true;
  }
  void erase_tx_sas(const TxSaErase& sas, uint64_t token) override {
    ++writes;
    std::vector<uint32_t> indexes = sas.indexes;
    for (const uint32_t index : indexes) EXPECT_EQ(tx_sa_slot(index).state, TxSaState::kUsed);
    EXPECT_LE(uint64_t{sas.first} + sas.count, config.tx_sa_slots);
    for (uint32_t index = sas.first; index < sas.first + sas.count; ++index) {
      const TxSaSlot slot = tx_sa_slot(index);
      if (slot.state == TxSaState::kUsed && slot.owner == sas.owner) indexes.push_back(index);
    }
    begin({token, {}, indexes});
    for (const uint32_t index : sas.indexes)
      EXPECT_LT(index, config.tx_sa_slots);  // outlives an immediate end
  }

  void configure_psp_receive(const PspReceiveConfig& receive) override {
    ++writes;
    psp_receive = receive;
  }
  uint64_t iv_left_ps() const override { return iv_left; }
  PspCounters psp_counters() const override { return psp_counter_values; }

  void set_tx_encapsulation(const flow::SaName& sa, const flow::Encapsulation* encapsulation) override {
    ++writes;
    EXPECT_TRUE(tx_sas.contains(sa.index) && tx_sas[sa.index].tag == sa.tag);
    if (encapsulation == nullptr) {
      flows.remove_encapsulation(sa.index);
    } else {
      flows.set_encapsulation(sa, *encapsulation);
    }
  }
  flow::Added add_flow(const flow::Rule& rule, bool replace) override {
    ++writes;
    EXPECT_TRUE(flow::valid(rule.match));
    return flows.add(rule, replace);
  }
  bool remove_flow(uint32_t id) override {
    ++writes;
    return flows.remove(id);
  }
  void remove_flows() override {
    ++writes;
    flows.clear();
  }
  uint32_t flow_count() const override { return flows.size(); }
  std::optional<flow::Counters> flow_counters(uint32_t id) const override {
    const flow::Counters* counters = flows.counters(id);
    return counters == nullptr ? std::nullopt : std::optional(*counters);
  }

  void send_to_driver(MailboxMessage message) override { sent.push_back(std::move(message)); }
  void send_to_management(MailboxMessage message) override {
    sent_to_management.push_back(std::move(message));
  }

 private:
  void configured(QueueRef queue) {
    ++writes;
    EXPECT_FALSE(queue_enabled(queue));
    queues[queue] = false;
  }

  void begin(Work work) {
    if (hold_work) {
      held.push_back(std::move(work));
    } else {
      finish(work);
    }
  }

  void finish(const Work& work) {
    for (const QueueRef queue : work.queues) queues.erase(queue);
    for (const uint32_t index : work.indexes) tx_sas.erase(index);
    plane->hardware_done(work.token);
  }

  static Origin owner_of(const TxSa& sa) { return sa.flows_only ? Origin::kManagement : Origin::kFunction; }

  uint64_t last_serial_ = 0;
  uint32_t next_slot_ = 0;
};

}  // namespace pspnic::firmware
