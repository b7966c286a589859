// SPDX-License-Identifier: Apache-2.0
// A driver's side of a config queue pair: rings of 32, buffers of 256 bytes; and an SA table behind it whose
// packets the test plays.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "model/control/config_queue.h"
#include "model/idpf/mailbox.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::test {

class ConfigQueueBench : public Harness, public control::SaSlots, private crypto::SaListener {
 public:
  using Direction = control::ConfigQueues::Direction;
  using Opcode = idpf::ConfigQueueOpcode;
  using Status = idpf::ConfigQueueStatus;
  using Response = idpf::ConfigQueueResponse;
  static constexpr uint16_t kRing = 32;
  static constexpr uint32_t kSlots = 24;
  static constexpr uint32_t kFirst = 8;  // of the function's 16
  static constexpr uint64_t kEpoch = 1'000'000;

  explicit ConfigQueueBench(const control::ConfigQueueParams& params = {})
      : queues(root, params, 0xf, {events, dma, pool, violations, sas, iv_clock}) {
    sas.partition({{0, kFirst}, {kFirst, 16}});
    sas.set_listener(this);
    queues.connect(this);
    for (uint64_t& ring : rings) ring = memory.allocate(kRing * 32);
    for (unsigned i = 0; i < kRing; ++i) {
      for (auto& list : buffers) list[i] = memory.allocate(256);
    }
    start();
  }

  void start() {
    for (const uint64_t ring : rings) std::ranges::fill(memory.at(ring, kRing * 32), uint8_t{0});
    queues.configure(Direction::kCommands, 0, rings[0], kRing, 1);
    queues.configure(Direction::kAnswers, 0, rings[1], kRing, 1);
    next = 0;
    for (uint16_t i = 0; i < kRing; ++i) post_buffer(i);
    queues.enable(Direction::kAnswers, 0);
    queues.enable(Direction::kCommands, 0);
    queues.write_tail(Direction::kAnswers, 0, kRing - 1);
  }
  void post_buffer(uint16_t index, uint16_t bytes = 256) {
    idpf::ConfigQueueDescriptor buffer;
    buffer.flags = idpf::kMbxFlagsRequest;
    buffer.datalen = bytes;
    buffer.set_address(buffers[1][index]);
    put(1, index, buffer);
  }
  void put(unsigned ring, uint16_t index, const idpf::ConfigQueueDescriptor& descriptor) {
    descriptor.encode(std::span<uint8_t, 32>(memory.at(rings[ring] + index * 32u, 32)));
  }
  idpf::ConfigQueueDescriptor get(unsigned ring, uint16_t index) {
    return idpf::ConfigQueueDescriptor::decode(
        std::span<const uint8_t, 32>(memory.at(rings[ring] + index * 32u, 32)));
  }
  bool done(uint16_t index) { return (get(0, index).flags & idpf::kMbxFlagDd) != 0; }
  bool answered(uint16_t index) { return (get(1, index).flags & idpf::kMbxFlagDd) != 0; }
  Status status(uint16_t index) {
    EXPECT_TRUE(done(index)) << index;
    return get(0, index).status;
  }

  static idpf::PspTxSa record(uint32_t index, uint16_t tag, uint8_t version = 0) {
    idpf::PspTxSa sa;
    sa.sa_idx = index;
    sa.spi = 0x1000u + tag;
    sa.version = version;
    sa.key_len = psp::key_bytes(psp::Version{version});
    sa.sa_tag = tag;
    sa.key.fill(static_cast<uint8_t>(0x40 + tag));
    return sa;
  }
  // The index of the command in the ring; the tail is for the caller to write.
  uint16_t put_command(idpf::ConfigQueueDescriptor command, const std::vector<idpf::PspTxSa>& records = {}) {
    const uint16_t index = next;
    if (!records.empty()) {
      command.flags = idpf::kMbxFlagsRequest;
      command.num_records = static_cast<uint8_t>(records.size());
      command.datalen = static_cast<uint16_t>(64 * records.size());
      command.set_address(buffers[0][index]);
      std::memcpy(memory.at(buffers[0][index], 256).data(), records.data(), 64 * records.size());
    }
    command.cookie = 0xc00c'1e00u + index;
    put(0, index, command);
    next = static_cast<uint16_t>((next + 1) % kRing);
    return index;
  }
  uint16_t put_add(const std::vector<idpf::PspTxSa>& records, Response response = Response::kNone) {
    idpf::ConfigQueueDescriptor command;
    command.opcode = Opcode::kSaAdd;
    command.response = response;
    return put_command(command, records);
  }
  uint16_t put_delete(uint32_t index, uint16_t tag) {
    idpf::ConfigQueueDescriptor command;
    command.opcode = Opcode::kSaDel;
    command.addr_high = index;
    command.sa_tag = tag;
    return put_command(command);
  }
  uint16_t put_fence() {
    idpf::ConfigQueueDescriptor command;
    command.opcode = Opcode::kSaFence;
    return put_command(command);
  }
  void ring() { queues.write_tail(Direction::kCommands, 0, next); }
  Status run_one(uint16_t index) {
    ring();
    run();
    return status(index);
  }

  // What nic::Hardware does.
  bool write_sa(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) override {
    ivs_given.push_back(first_iv);
    return sas.write(slot, sa, events.now());
  }
  void iv_given(uint32_t, uint64_t iv) override { ivs_given.push_back(iv); }
  bool erase_sa(uint32_t slot, uint64_t token) override {
    const Time wiped = sas.close(slot, events.now());
    if (wiped == 0) return true;
    waits[slot] = token;
    if (wiped != base::kNever) on_sa_released(slot, wiped);
    return false;
  }
  void on_sa_released(uint32_t slot, Time sealed) override {
    events.schedule(sealed, base::Callback::to<&ConfigQueueBench::on_sealed>(*this), slot);
  }
  void on_sealed(uint64_t slot) {
    sas.wipe(static_cast<uint32_t>(slot));
    const uint64_t token = waits.at(static_cast<uint32_t>(slot));
    waits.erase(static_cast<uint32_t>(slot));
    queues.on_erased(token);
  }

  std::unique_ptr<psp::Aead> aead = psp::make_openssl_aead();
  crypto::SaTable sas{kSlots, *aead};
  psp::IvClock iv_clock{kEpoch};
  control::ConfigQueues queues;
  std::vector<uint64_t> ivs_given;
  std::map<uint32_t, uint64_t> waits;
  uint64_t rings[2] = {};
  std::array<uint64_t, kRing> buffers[2] = {};
  uint16_t next = 0;
};

}  // namespace pspnic::test
