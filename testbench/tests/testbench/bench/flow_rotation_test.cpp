// SPDX-License-Identifier: Apache-2.0
// New keys for a flow that two cards protect, while its packets are on their way: what a privileged side does
// to rotate them, with nothing lost and nothing in clear.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "model/idpf/psp_flow.h"
#include "testbench/bench/packet_opener.h"
#include "testbench/bench/parameters.h"
#include "testbench/bench/protect.h"
#include "testbench/bench/stream.h"

namespace pspnic::bench {
namespace {

using idpf::Opcode;

constexpr uint64_t kPackets = 10'000;

struct Wire : WireObserver {
  std::vector<uint64_t> packets;  // under one SPI, until the next
  uint32_t spi = 0;
  uint64_t clear = 0;
  void on_departure(unsigned, const base::Packet& frame) override {
    const auto psp = find_psp(frame.bytes());
    if (!psp) {
      ++clear;
      return;
    }
    if (psp->spi != spi) packets.push_back(0);
    spi = psp->spi;
    ++packets.back();
  }
  void on_arrival(unsigned, const base::Packet&) override {}
};

// The rule of one TCP flow from A to B at either card.
class Manager {
 public:
  explicit Manager(Platform& platform) : platform_(platform) {}

  void begin() {
    const uint32_t spi = connect();
    set_rules(spi, 0);
  }
  // Receivers first: at no moment is a packet under an SPI that its receiver does not know.
  void rotate() {
    const idpf::PspTxSa old = sa_;
    const uint32_t old_spi = old.spi;
    for (const Side side : {kA, kB}) call(side, Opcode::kPspRotateKey, idpf::PspRotateKey{});
    const uint32_t spi = connect();
    set_rule(kB, old_spi, spi);
    set_rule(kA, 0, 0);
    const auto gone = list(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .num_sa = 1},
                           idpf::PspTxSaId{.sa_idx = old.sa_idx, .sa_tag = old.sa_tag});
    call(kA, Opcode::kPspDelTxSa, gone);
    for (int i = 0; i < 200; ++i) pause();  // what is sealed and waits for the wire, and what is on it
    set_rule(kB, spi, 0);
  }

 private:
  static void pause() { sc_core::wait(sc_core::sc_time::from_value(2 * base::kUs)); }

  template <class Message>
  std::vector<uint8_t> call(Side side, Opcode opcode, const Message& message) {
    std::vector<uint8_t> bytes;
    if constexpr (std::is_same_v<Message, std::vector<uint8_t>>) {
      bytes = message;
    } else {
      bytes.resize(sizeof message);
      std::memcpy(bytes.data(), &message, sizeof message);
    }
    return call_management(platform_.nic(side), opcode, std::move(bytes), &Manager::pause);
  }
  template <class Header, class Element>
  static std::vector<uint8_t> list(const Header& header, const Element& entry) {
    std::vector<uint8_t> bytes(sizeof header + sizeof entry);
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &entry, sizeof entry);
    return bytes;
  }
  template <class Header>
  typename Header::Element entry(const std::vector<uint8_t>& answer) {
    typename Header::Element value;
    std::memcpy(&value, answer.data() + sizeof(Header), sizeof value);
    EXPECT_EQ(value.status, 0u);
    return value;
  }
  // A new SPI at B, its SA at A. Tells the SPI.
  uint32_t connect() {
    const auto issued = entry<idpf::PspRxSaList>(
        call(kB, Opcode::kPspAllocRxSa,
             list(idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = 1}, idpf::PspRxSa{})));
    idpf::PspTxSa wanted{.sa_idx = idpf::kPspSaIdxAny, .spi = issued.spi, .key_len = issued.key_len};
    wanted.sa_tag = ++tag_;
    wanted.key = issued.key;
    sa_ = entry<idpf::PspTxSaList>(call(
        kA, Opcode::kPspAddTxSa, list(idpf::PspTxSaList{.vport_id = idpf::kVportNone, .num_sa = 1}, wanted)));
    sa_.spi = issued.spi;
    entry<idpf::PspTxEncapList>(call(kA, Opcode::kPspSetTxEncap,
                                     list(idpf::PspTxEncapList{.vport_id = idpf::kVportNone, .num_encap = 1},
                                          idpf::PspTxEncap{.sa_idx = sa_.sa_idx, .sa_tag = sa_.sa_tag})));
    return issued.spi;
  }
  void set_rule(Side side, uint32_t spi, uint32_t next) {
    idpf::PspFlow flow{.flags = idpf::kPspFlowReplace, .sa_idx = idpf::kPspSaIdxAny, .rx_spi = {spi, next}};
    if (side == kA) {
      flow.sa_idx = sa_.sa_idx;
      flow.sa_tag = sa_.sa_tag;
    }
    entry<idpf::PspFlowList>(
        call(side, Opcode::kPspAddFlow,
             list(idpf::PspFlowList{.vport_id = idpf::kVportNone, .num_flows = 1}, flow)));
  }
  void set_rules(uint32_t spi, uint32_t next) {
    set_rule(kB, spi, next);
    set_rule(kA, 0, 0);
  }

  Platform& platform_;
  idpf::PspTxSa sa_;
  uint16_t tag_ = 0;
};

TEST(FlowRotation, NothingIsLostAndNothingIsInClear) {
  Parameters parameters;
  parameters.stream.psp = false;
  parameters.platform.host.gro = true;
  parameters.platform.nic.mac.speed =
      base::Bandwidth{10 * base::kGbps};  // so that they last for all rotations
  Platform platform("bench", parameters.platform, {1500, false, 0}, 1);
  Wire wire;
  platform.cable(kA).set_observer(&wire);
  KeyLog keys;
  StreamWorkload workload(parameters.stream, kPackets, keys);
  Manager manager(platform);
  constexpr int kRotations = 6;
  platform.run([&] {
    manager.begin();
    for (const Side side : {kA, kB}) platform.driver(side).start(workload.stack(side));
    workload.prepare(platform);
    workload.start(platform);
    for (int i = 0; i < kRotations; ++i) manager.rotate();
  });
  EXPECT_EQ(workload.outcome(kA).verified, kPackets);
  EXPECT_EQ(wire.clear, 0u);
  EXPECT_EQ(wire.packets.size(), kRotations + 1u);
  uint64_t sum = 0;
  for (const uint64_t packets : wire.packets) sum += packets;
  EXPECT_EQ(sum, kPackets);
  EXPECT_EQ(platform.nic(kB).drops().total(), 0u);
}

}  // namespace
}  // namespace pspnic::bench
