// SPDX-License-Identifier: Apache-2.0
// Flows and how headers are built: who may, what is refused, what outlives a reset.
#include <random>

#include "model/idpf/psp_flow.h"
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint32_t kWhole = idpf::kVportNone;
constexpr uint16_t kTag = 0x77;

class PspFlowTest : public testing::Test {
 protected:
  PspFlowTest() {
    bench.negotiate(true);
    bench.create_vport();
  }

  Reply manage(Opcode opcode, Bytes payload) {
    MailboxMessage message;
    message.descriptor.v_opcode = opcode;
    message.payload = std::move(payload);
    bench.hardware.sent_to_management.clear();
    const size_t to_driver = bench.hardware.sent.size();
    bench.plane.handle(message, Origin::kManagement);
    EXPECT_EQ(bench.hardware.sent.size(), to_driver) << "the driver hears nothing of it";
    if (bench.hardware.sent_to_management.empty()) return {};
    MailboxMessage answer = std::move(bench.hardware.sent_to_management.front());
    EXPECT_EQ(answer.descriptor.v_opcode, opcode);
    return {answer.descriptor.v_retval, std::move(answer.payload)};
  }
  template <idpf::WireHeader H>
  typename H::Element manage_one(Opcode opcode, const H& header, const typename H::Element& entry) {
    const Reply reply = manage(opcode, to_bytes(header, std::vector<typename H::Element>{entry}));
    EXPECT_EQ(reply.status, Status::kSuccess);
    return element_of<H>(reply.payload, 0);
  }

  uint32_t allocate() {
    return manage_one(Opcode::kPspAllocRxSa, idpf::PspRxSaList{.vport_id = kWhole, .num_sa = 1}, {}).spi;
  }
  static Bytes tx_sa_message(uint32_t spi, uint32_t index) {
    idpf::PspTxSa sa{.sa_idx = index, .spi = spi, .key_len = 16, .sa_tag = kTag};
    sa.key.fill(0xab);
    return to_bytes(idpf::PspTxSaList{.vport_id = kWhole, .num_sa = 1}, std::vector{sa});
  }
  uint32_t add_sa(uint32_t index = idpf::kPspSaIdxAny) {
    const Reply reply = manage(Opcode::kPspAddTxSa, tx_sa_message(0x5000, index));
    const auto entry = element_of<idpf::PspTxSaList>(reply.payload, 0);
    EXPECT_EQ(entry.status, 0u);
    return entry.sa_idx;
  }
  Status encapsulate(const idpf::PspTxEncap& entry) {
    return Status{
        manage_one(Opcode::kPspSetTxEncap, idpf::PspTxEncapList{.vport_id = kWhole, .num_encap = 1}, entry)
            .status};
  }
  idpf::PspFlow add_flow(const idpf::PspFlow& entry) {
    return manage_one(Opcode::kPspAddFlow, idpf::PspFlowList{.vport_id = kWhole, .num_flows = 1}, entry);
  }
  Status flow_status(const idpf::PspFlow& entry) { return Status{add_flow(entry).status}; }
  static idpf::PspFlow tcp_flow(uint32_t sa, uint32_t spi = 0, uint16_t port = 80) {
    idpf::PspFlow entry{.protocol = 6, .destination_port = port, .sa_tag = kTag, .sa_idx = sa};
    entry.fields = idpf::kPspFlowProtocol | idpf::kPspFlowDestinationPort;
    entry.rx_spi = {spi, 0};
    return entry;
  }

  void reset() {
    bench.hardware.device_reset();
    bench.hardware.sent.clear();
    bench.plane.reset();
  }

  ControlBench bench;
};

TEST_F(PspFlowTest, AFlowGetsItsSaItsSpisAndAnId) {
  const uint32_t spi = allocate();
  const uint32_t sa = add_sa();
  EXPECT_TRUE(bench.hardware.tx_sas[sa].flows_only);
  EXPECT_EQ(encapsulate({.sa_idx = sa, .sa_tag = kTag, .crypt_offset = 4}), Status::kSuccess);
  ASSERT_NE(bench.hardware.flows.encapsulation({sa, kTag}), nullptr);
  EXPECT_EQ(bench.hardware.flows.encapsulation({sa, kTag})->crypt_offset, 4);
  idpf::PspFlow asked = tcp_flow(sa, spi);
  asked.user_cookie = 0xc0ffee;
  const idpf::PspFlow added = add_flow(asked);
  EXPECT_EQ(added.status, 0u);
  EXPECT_EQ(added.user_cookie, 0xc0ffeeu);
  const flow::Rule* rule = bench.hardware.flows.rule(added.flow_id);
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->match.protocol, 6);
  EXPECT_EQ(rule->match.destination_port, 80);
  EXPECT_FALSE(rule->match.source_port);
  EXPECT_EQ(rule->sa, (flow::SaName{sa, kTag}));
  EXPECT_TRUE(bench.hardware.flows.accepts(spi));
}

TEST_F(PspFlowTest, TheFunctionMayNotTouchFlows) {
  const idpf::PspFlow entry = tcp_flow(idpf::kPspSaIdxAny);
  const auto list = [&](auto header, auto element) { return to_bytes(header, std::vector{element}); };
  EXPECT_EQ(bench.status_of(Opcode::kPspAddFlow,
                            list(idpf::PspFlowList{.vport_id = kWhole, .num_flows = 1}, entry)),
            Status::kEperm);
  EXPECT_EQ(bench.status_of(Opcode::kPspDelFlow,
                            list(idpf::PspFlowDel{.vport_id = kWhole, .num_flows = 1}, idpf::PspFlowId{})),
            Status::kEperm);
  EXPECT_EQ(
      bench.status_of(Opcode::kPspGetFlowStats,
                      list(idpf::PspFlowStats{.vport_id = kWhole, .num_flows = 1}, idpf::PspFlowCounts{})),
      Status::kEperm);
}

TEST_F(PspFlowTest, TheManagementPortHasNoCommandsOfADriver) {
  EXPECT_EQ(manage(Opcode::kVersion, Bytes(8)).status, Status::kEperm);
  EXPECT_EQ(manage(Opcode::kCreateVport, Bytes(512)).status, Status::kEperm);
  EXPECT_EQ(manage(Opcode::kPspSetConfig, Bytes(32)).status, Status::kEperm);
  EXPECT_EQ(manage(Opcode{29999}, Bytes(32)).status, Status::kEsrch);
  ControlBench fresh;  // which has negotiated nothing
  MailboxMessage message;
  message.descriptor.v_opcode = Opcode::kPspRotateKey;
  message.payload = to_bytes(idpf::PspRotateKey{.vport_id = kWhole});
  fresh.plane.handle(message, Origin::kManagement);
  ASSERT_EQ(fresh.hardware.sent_to_management.size(), 1u);
  EXPECT_EQ(fresh.hardware.sent_to_management[0].descriptor.v_retval, Status::kSuccess);
}

TEST_F(PspFlowTest, AFunctionSetsHeadersForItsOwnSasAlone) {
  const uint32_t foreign = add_sa(5);
  ASSERT_EQ(bench.send(Opcode::kPspAddTxSa, tx_sa_message(0x6000, 6)).status, Status::kSuccess);
  const auto status = [&](uint32_t index, uint16_t tag) {
    const Reply reply = bench.send(Opcode::kPspSetTxEncap,
                                   to_bytes(idpf::PspTxEncapList{.vport_id = kWhole, .num_encap = 1},
                                            std::vector{idpf::PspTxEncap{.sa_idx = index, .sa_tag = tag}}));
    EXPECT_EQ(reply.status, Status::kSuccess);
    return Status{element_of<idpf::PspTxEncapList>(reply.payload, 0).status};
  };
  EXPECT_EQ(status(6, kTag), Status::kSuccess);
  EXPECT_EQ(status(6, kTag + 1), Status::kPspTagMismatch);
  EXPECT_EQ(status(foreign, kTag), Status::kEsrch);
  EXPECT_EQ(status(7, kTag), Status::kEsrch) << "empty";
  EXPECT_EQ(status(128, kTag), Status::kErange);
  EXPECT_EQ(encapsulate({.sa_idx = 6, .sa_tag = kTag}), Status::kEsrch) << "nor does management for it";
}

TEST_F(PspFlowTest, EncapsulationsAreChecked) {
  const uint32_t sa = add_sa();
  const idpf::PspTxEncap good{.sa_idx = sa, .sa_tag = kTag};
  idpf::PspTxEncap bad = good;
  bad.crypt_offset = 64;
  EXPECT_EQ(encapsulate(bad), Status::kEinval);
  bad = good;
  bad.mode = idpf::PspEncapMode{4};
  EXPECT_EQ(encapsulate(bad), Status::kEinval);
  bad = good;
  bad.first_port = 60000;
  bad.last_port = 50000;
  EXPECT_EQ(encapsulate(bad), Status::kEinval);
  bad = good;
  bad.flags = 8;
  EXPECT_EQ(encapsulate(bad), Status::kEinval);
  EXPECT_EQ(bench.hardware.flows.encapsulation({sa, kTag}), nullptr);
  EXPECT_EQ(encapsulate(good), Status::kSuccess);
  EXPECT_NE(bench.hardware.flows.encapsulation({sa, kTag}), nullptr);
  bad.flags = 0;
  bad.mode = idpf::PspEncapMode::kNone;
  EXPECT_EQ(encapsulate(bad), Status::kSuccess);
  EXPECT_EQ(bench.hardware.flows.encapsulation({sa, kTag}), nullptr);
}

TEST_F(PspFlowTest, FlowsAreChecked) {
  const uint32_t sa = add_sa();
  const uint32_t spi = allocate();
  idpf::PspFlow bad = tcp_flow(sa, spi);
  bad.protocol = 1;
  EXPECT_EQ(flow_status(bad), Status::kEinval) << "ICMP has no ports";
  bad = tcp_flow(sa, spi);
  bad.fields |= 0x20;
  EXPECT_EQ(flow_status(bad), Status::kEinval);
  bad = tcp_flow(sa, spi);
  bad.source_bits = 1;
  EXPECT_EQ(flow_status(bad), Status::kEinval);
  bad = tcp_flow(sa, spi);
  bad.sa_tag = kTag + 1;
  EXPECT_EQ(flow_status(bad), Status::kPspTagMismatch);
  EXPECT_EQ(flow_status(tcp_flow(127, spi)), Status::kEsrch);
  EXPECT_EQ(flow_status(tcp_flow(128, spi)), Status::kErange);
  EXPECT_EQ(flow_status(tcp_flow(sa, spi + 1)), Status::kEsrch) << "not an SPI of the management's";
  EXPECT_EQ(flow_status(tcp_flow(sa, spi)), Status::kSuccess);
  EXPECT_EQ(flow_status(tcp_flow(sa, spi)), Status::kEexist);
  bad = tcp_flow(idpf::kPspSaIdxAny, spi);
  bad.flags = idpf::kPspFlowReplace;
  EXPECT_EQ(flow_status(bad), Status::kSuccess) << "without SA nothing is sent";
  for (uint16_t port = 81; port < 88; ++port) EXPECT_EQ(flow_status(tcp_flow(sa, 0, port)), Status::kSuccess);
  EXPECT_EQ(flow_status(tcp_flow(sa, 0, 88)), Status::kEnospc);
}

TEST_F(PspFlowTest, FlowsAreCountedAndDeleted) {
  const idpf::PspFlow added = add_flow(tcp_flow(add_sa()));
  bench.hardware.flows.counters(added.flow_id)->tx_packets = 3;
  bench.hardware.flows.counters(added.flow_id)->rx_mismatch = 4;
  const auto counts = [&](uint32_t id) {
    return manage_one(Opcode::kPspGetFlowStats, idpf::PspFlowStats{.vport_id = kWhole, .num_flows = 1},
                      {.flow_id = id});
  };
  EXPECT_EQ(counts(added.flow_id).tx_packets, 3u);
  EXPECT_EQ(counts(added.flow_id).rx_mismatch, 4u);
  EXPECT_EQ(Status{counts(added.flow_id + 1).status}, Status::kEsrch);
  const auto remove = [&](uint32_t id) {
    return Status{
        manage_one(Opcode::kPspDelFlow, idpf::PspFlowDel{.vport_id = kWhole, .num_flows = 1}, {.flow_id = id})
            .status};
  };
  EXPECT_EQ(remove(added.flow_id + 1), Status::kEsrch);
  EXPECT_EQ(remove(added.flow_id), Status::kSuccess);
  EXPECT_EQ(remove(added.flow_id), Status::kEsrch);
  add_flow(tcp_flow(idpf::kPspSaIdxAny));
  EXPECT_EQ(manage(Opcode::kPspDelFlow,
                   to_bytes(idpf::PspFlowDel{.vport_id = kWhole, .flags = idpf::kPspFlowDelAll}))
                .status,
            Status::kSuccess);
  EXPECT_TRUE(bench.hardware.flows.empty());
}

TEST_F(PspFlowTest, ListsThatDoNotFitAreRefused) {
  for (const Opcode opcode :
       {Opcode::kPspSetTxEncap, Opcode::kPspAddFlow, Opcode::kPspDelFlow, Opcode::kPspGetFlowStats}) {
    Bytes message(16 + 80);
    net::store_le32(message.data(), kWhole);
    message[8] = 0;
    EXPECT_EQ(manage(opcode, message).status, Status::kEinval) << "no entry";
    message[8] = 200;
    EXPECT_EQ(manage(opcode, message).status, Status::kEinval) << "more than there are";
    EXPECT_EQ(manage(opcode, Bytes(15)).status, Status::kEinval);
    EXPECT_EQ(manage(opcode, {}).status, Status::kEinval);
  }
  EXPECT_TRUE(bench.hardware.flows.empty());
}

TEST_F(PspFlowTest, RandomMessagesAreAnsweredAndBreakNothing) {
  std::mt19937 random(3);
  add_sa(1);
  for (int i = 0; i < 3000; ++i) {
    Bytes message(random() % 400);
    for (uint8_t& byte : message) byte = static_cast<uint8_t>(random() % 4 == 0 ? random() : random() % 3);
    if (message.size() >= 4 && random() % 8 != 0) net::store_le32(message.data(), kWhole);
    const Opcode opcode{static_cast<uint32_t>(Opcode::kPspSetTxEncap) + static_cast<uint32_t>(random() % 4)};
    bench.hardware.sent_to_management.clear();
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.payload = std::move(message);
    bench.plane.handle(request, Origin::kManagement);
    ASSERT_EQ(bench.hardware.sent_to_management.size(), 1u);
  }
}

TEST_F(PspFlowTest, TheSidesDoNotReachEachOthersSas) {
  const uint32_t spi = allocate();
  add_sa(5);
  // The function neither overwrites, deletes nor frees what is the management's.
  Bytes overwrite = tx_sa_message(0x6000, 5);
  overwrite[16 + 14] = idpf::kPspTxSaOverwrite;
  const Reply added = bench.send(Opcode::kPspAddTxSa, overwrite);
  EXPECT_EQ(Status{element_of<idpf::PspTxSaList>(added.payload, 0).status}, Status::kEexist);
  const auto del = [&](uint32_t flags, std::vector<idpf::PspTxSaId> ids) {
    const auto count = static_cast<uint16_t>(ids.size());
    return bench.send(Opcode::kPspDelTxSa, to_bytes(idpf::PspTxSaDel{kWhole, flags, count}, ids));
  };
  const Reply one = del(0, {{.sa_idx = 5, .sa_tag = kTag}});
  EXPECT_EQ(Status{element_of<idpf::PspTxSaDel>(one.payload, 0).status}, Status::kEsrch);
  del(idpf::kPspDelAll, {});
  del(idpf::kPspDelRange, {{.sa_idx = 0}, {.sa_idx = 127}});
  EXPECT_TRUE(bench.hardware.tx_sas.contains(5));
  const Reply freed = bench.send(
      Opcode::kPspFreeRxSa,
      to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = 1}, std::vector{idpf::PspRxSa{.spi = spi}}));
  EXPECT_EQ(Status{element_of<idpf::PspRxSaList>(freed.payload, 0).status}, Status::kEsrch);
}

TEST_F(PspFlowTest, KeysAreTheManagementsToRotateOnceItHoldsAny) {
  const Bytes rotate = to_bytes(idpf::PspRotateKey{.vport_id = kWhole});
  EXPECT_EQ(bench.send(Opcode::kPspRotateKey, rotate).status, Status::kSuccess);
  const uint32_t spi = allocate();
  EXPECT_EQ(bench.status_of(Opcode::kPspRotateKey, rotate), Status::kEperm);
  EXPECT_EQ(manage(Opcode::kPspRotateKey, rotate).status, Status::kSuccess);
  EXPECT_EQ(flow_status(tcp_flow(idpf::kPspSaIdxAny, spi)), Status::kSuccess) << "its key still opens";
  EXPECT_EQ(manage(Opcode::kPspRotateKey, rotate).status, Status::kSuccess);
  EXPECT_EQ(flow_status(tcp_flow(idpf::kPspSaIdxAny, spi, 81)), Status::kEsrch) << "its key is gone";
}

TEST_F(PspFlowTest, AResetOfTheFunctionLeavesWhatIsTheManagements) {
  const uint32_t spi = allocate();
  const uint32_t sa = add_sa(5);
  const idpf::PspFlow added = add_flow(tcp_flow(sa, spi));
  ASSERT_EQ(bench.send(Opcode::kPspAddTxSa, tx_sa_message(0x6000, 6)).status, Status::kSuccess);
  const auto serials = bench.hardware.key_serial;
  reset();
  EXPECT_EQ(bench.hardware.key_serial, serials) << "the peer's key goes on opening";
  EXPECT_NE(bench.hardware.flows.rule(added.flow_id), nullptr);
  EXPECT_TRUE(bench.hardware.tx_sas.contains(5));
  EXPECT_FALSE(bench.hardware.tx_sas.contains(6));
  bench.negotiate(true);  // nothing of the function's is in use
  EXPECT_NE(allocate(), spi) << "no SPI twice under one key";
  EXPECT_EQ(flow_status(tcp_flow(sa, spi, 81)), Status::kSuccess) << "SA and SPI are known";
  // All given back, the next reset makes new keys.
  manage(Opcode::kPspDelFlow, to_bytes(idpf::PspFlowDel{.vport_id = kWhole, .flags = idpf::kPspFlowDelAll}));
  reset();
  EXPECT_EQ(bench.hardware.key_serial, serials) << "SA and SPIs remain";
  manage(Opcode::kPspDelTxSa, to_bytes(idpf::PspTxSaDel{kWhole, idpf::kPspDelAll, 0}));
  manage(Opcode::kPspRotateKey,
         to_bytes(idpf::PspRotateKey{.vport_id = kWhole, .flags = idpf::kPspRotateTwice}));
  const auto rotated = bench.hardware.key_serial;
  reset();
  EXPECT_NE(bench.hardware.key_serial, rotated);
}

TEST_F(PspFlowTest, AnAnswerThatIsDueComesThoughTheFunctionIsReset) {
  const uint32_t sa = add_sa(5);
  bench.hardware.hold_work = true;
  EXPECT_EQ(manage(Opcode::kPspDelTxSa,
                   to_bytes(idpf::PspTxSaDel{kWhole, 0, 1}, std::vector{idpf::PspTxSaId{sa, kTag, 0}}))
                .payload.size(),
            0u);
  bench.hardware.tx_sas.clear();  // closing: wiped by the reset
  reset();
  ASSERT_EQ(bench.hardware.sent_to_management.size(), 1u);
  EXPECT_EQ(bench.hardware.sent_to_management[0].descriptor.v_opcode, Opcode::kPspDelTxSa);
  bench.hardware.hold_work = false;
  EXPECT_EQ(add_sa(5), 5u) << "the slot is free";
}

}  // namespace
}  // namespace pspnic::firmware
