// SPDX-License-Identifier: Apache-2.0
// Events of PSP: after the change that they announce, to every function concerned, and only if it has asked.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint32_t kWhole = idpf::kVportNone;

// A function of a card whose functions share their keys.
struct Function {
  FakeHardware hardware;
  ControlPlane plane;

  Function(KeyDomain& domain, uint16_t number, bool authority)
      : hardware(),
        plane(ranged(hardware, number), domain, {.function = number, .rotation_authority = authority}) {
    hardware.plane = &plane;
    plane.reset();
  }
  static FakeHardware& ranged(FakeHardware& hardware, uint16_t number) {
    hardware.config.spi_first = 1 + 16u * number;
    hardware.config.spi_count = 16;
    return hardware;
  }

  Reply send(Opcode opcode, const Bytes& payload) {
    hardware.sent.clear();
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.payload = payload;
    plane.handle(request);
    Reply reply{hardware.sent.at(0).descriptor.v_retval, hardware.sent[0].payload};
    hardware.sent.erase(hardware.sent.begin());
    return reply;
  }
  void negotiate() {
    send(Opcode::kVersion, to_bytes(idpf::VersionInfo{2, 0}));
    send(Opcode::kGetCaps, to_bytes(idpf::GetCapabilities{.other_caps = ~0ull}));
    send(Opcode::kGetOemCaps, to_bytes(idpf::OemCaps{~0ull}));
  }
  Status configure(idpf::PspConfig config) {
    config.vport_id = kWhole;
    return send(Opcode::kPspSetConfig, to_bytes(config)).status;
  }
  std::vector<idpf::PspRxSa> allocate(uint16_t count) {
    const Reply reply = send(
        Opcode::kPspAllocRxSa,
        to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = count}, std::vector<idpf::PspRxSa>(count)));
    EXPECT_EQ(reply.status, Status::kSuccess);
    std::vector<idpf::PspRxSa> list;
    for (uint16_t i = 0; i < count; ++i) list.push_back(element_of<idpf::PspRxSaList>(reply.payload, i));
    return list;
  }
  std::vector<idpf::EventCode> events() {
    std::vector<idpf::EventCode> codes;
    for (const MailboxMessage& message : hardware.sent) {
      EXPECT_EQ(message.descriptor.v_opcode, Opcode::kEvent);
      codes.push_back(from_bytes<idpf::PspEvent>(message.payload).event);
    }
    hardware.sent.clear();
    return codes;
  }
};

using idpf::EventCode;
using Codes = std::vector<EventCode>;

class SharedKeysTest : public testing::Test {
 protected:
  explicit SharedKeysTest(const KeyOptions& options = {}) : domain(keys, options) {
    keys.domain = &domain;
    for (Function* function : {&pf, &vf, &quiet}) function->negotiate();
    EXPECT_EQ(pf.configure({.versions_ena = 1}), Status::kSuccess);
    EXPECT_EQ(vf.configure({.versions_ena = 1}), Status::kSuccess) << "its own part of the configuration";
    for (Function* function : {&pf, &vf, &quiet}) function->hardware.sent.clear();
  }

  FakeHardware keys;
  KeyDomain domain;
  Function pf{domain, 0, true};
  Function vf{domain, 1, false};
  Function quiet{domain, 2, false};  // has not sent PSP_SET_CONFIG
};

class AgingKeysTest : public SharedKeysTest {
 protected:
  AgingKeysTest() : SharedKeysTest({.max_key_age_ps = 1'000'000}) {}
};

TEST_F(SharedKeysTest, R12_ARotationIsToldToAllWhoShareTheKey) {
  const auto before = vf.allocate(1)[0];
  const Reply reply = pf.send(Opcode::kPspRotateKey, to_bytes(idpf::PspRotateKey{.vport_id = kWhole}));
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_EQ(pf.events(), (Codes{EventCode::kPspKeyRotated}));
  EXPECT_EQ(vf.events(), (Codes{EventCode::kPspKeyRotated}));
  EXPECT_TRUE(quiet.events().empty());
  EXPECT_EQ(vf.allocate(1)[0].generation, before.generation + 1) << "the change came before the event";
  pf.send(Opcode::kPspRotateKey,
          to_bytes(idpf::PspRotateKey{.vport_id = kWhole, .flags = idpf::kPspRotateTwice}));
  EXPECT_EQ(vf.events(),
            (Codes{EventCode::kPspKeyRotated, EventCode::kPspKeyRetired, EventCode::kPspKeyRetired}));
}

TEST_F(SharedKeysTest, R13_WithoutAuthorityNothingSharedChanges) {
  const auto serials = keys.key_serial;
  EXPECT_EQ(vf.send(Opcode::kPspRotateKey, to_bytes(idpf::PspRotateKey{.vport_id = kWhole})).status,
            Status::kEperm);
  EXPECT_EQ(vf.configure({.versions_ena = 1, .flags = idpf::kPspConfigDeviceRotates}), Status::kEperm);
  EXPECT_EQ(keys.key_serial, serials);
  EXPECT_TRUE(pf.events().empty());
}

TEST_F(SharedKeysTest, FunctionsCannotFreeEachOthersSpis) {
  const auto sa = pf.allocate(1)[0];
  const Reply reply =
      vf.send(Opcode::kPspFreeRxSa, to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = 1}, {sa}));
  EXPECT_EQ(Status{element_of<idpf::PspRxSaList>(reply.payload, 0).status}, Status::kEsrch);
}

TEST_F(SharedKeysTest, AFunctionResetLeavesTheOthersKeys) {
  const auto sa = pf.allocate(1)[0];
  const auto mine = vf.allocate(2);
  const auto serials = keys.key_serial;
  vf.hardware.device_reset();
  vf.plane.reset();
  EXPECT_EQ(keys.key_serial, serials);
  EXPECT_TRUE(pf.events().empty());
  vf.negotiate();
  EXPECT_EQ(vf.allocate(1)[0].spi, mine[1].spi + 1) << "nothing repeats";
  const Reply reply =
      pf.send(Opcode::kPspFreeRxSa, to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = 1}, {sa}));
  EXPECT_EQ(element_of<idpf::PspRxSaList>(reply.payload, 0).status, 0);
  pf.send(Opcode::kPspRotateKey, to_bytes(idpf::PspRotateKey{.vport_id = kWhole}));
  EXPECT_TRUE(vf.events().empty()) << "its new driver has not asked yet";
}

TEST_F(SharedKeysTest, R5_ExhaustionRotatesIfAllowedAndTellsAll) {
  auto list = pf.allocate(18);
  EXPECT_EQ(Status{list[16].status}, Status::kPspSpiExhausted);
  EXPECT_EQ(pf.events(), (Codes{EventCode::kPspSpiExhausted}));
  ASSERT_EQ(pf.configure({.versions_ena = 1, .flags = idpf::kPspConfigDeviceRotates}), Status::kSuccess);
  list = pf.allocate(10);
  for (const idpf::PspRxSa& sa : list) {
    EXPECT_EQ(sa.status, 0);
    EXPECT_EQ(sa.generation, 1);
    EXPECT_EQ(sa.spi >> 31, 1u);
  }
  EXPECT_EQ(vf.events(), (Codes{EventCode::kPspKeyRotated}));
  EXPECT_EQ(pf.events(), (Codes{EventCode::kPspKeyRotated}));
  list = pf.allocate(85);
  for (size_t i = 0; i < list.size(); ++i) {
    // Six are left of one key, 16 of the next, and no second rotation in one message.
    EXPECT_EQ(Status{list[i].status}, i < 22 ? Status::kSuccess : Status::kPspSpiExhausted) << i;
    if (i < 22) {
      EXPECT_EQ(list[i].generation, i < 6 ? 1 : 2) << i;
    }
  }
  EXPECT_EQ(pf.events(),
            (Codes{EventCode::kPspKeyRotated, EventCode::kPspKeyRetired, EventCode::kPspSpiExhausted}));
}

TEST_F(AgingKeysTest, TheAgeOfAKeyRotatesIt) {
  ASSERT_EQ(pf.configure({.versions_ena = 1, .flags = idpf::kPspConfigDeviceRotates}), Status::kSuccess);
  keys.run_to(999'999);
  EXPECT_TRUE(vf.events().empty());
  keys.run_to(1'000'000);
  ASSERT_EQ(vf.hardware.sent.size(), 1u);
  EXPECT_EQ(from_bytes<idpf::PspEvent>(vf.hardware.sent[0].payload).value, 2u) << "why";
  EXPECT_EQ(vf.events(), (Codes{EventCode::kPspKeyRotated}));
  EXPECT_EQ(pf.events(), (Codes{EventCode::kPspKeyRotated}));
  keys.random_fault = true;
  keys.run_to(2'000'000);
  ASSERT_EQ(vf.hardware.sent.size(), 1u);
  EXPECT_EQ(from_bytes<idpf::PspEvent>(vf.hardware.sent[0].payload).value, idpf::kPspFaultRandom);
  EXPECT_EQ(vf.events(), (Codes{EventCode::kPspEngineFault}));
  pf.hardware.device_reset();
  pf.plane.reset();
  keys.random_fault = false;
  keys.run_to(9'000'000'000);
  EXPECT_TRUE(vf.events().empty()) << "who allowed it is gone";
}

TEST(DeviceEvents, GoToWhoHasAsked) {
  ControlBench bench;
  bench.negotiate(true);
  for (const auto kind :
       {DeviceEvent::Kind::kIvLow, DeviceEvent::Kind::kLaneFault, DeviceEvent::Kind::kKdfFault}) {
    bench.hardware.sent.clear();
    bench.plane.device_event({.kind = kind, .value = 7});
    EXPECT_TRUE(bench.hardware.sent.empty());
  }
  bench.send(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole});
  bench.plane.device_event({.kind = DeviceEvent::Kind::kIvLow, .value = 7});
  bench.plane.device_event({.kind = DeviceEvent::Kind::kLaneFault});
  bench.plane.device_event({.kind = DeviceEvent::Kind::kKdfFault});
  ASSERT_EQ(bench.hardware.sent.size(), 3u);
  const auto event = [&](size_t i) { return from_bytes<idpf::PspEvent>(bench.hardware.sent[i].payload); };
  EXPECT_EQ(event(0).event, EventCode::kPspSaIvLow);
  EXPECT_EQ(event(0).value, 7u);
  EXPECT_EQ(event(0).sa_idx, idpf::kPspSaIdxAny);
  EXPECT_EQ(event(1).event, EventCode::kPspEngineFault);
  EXPECT_EQ(event(1).value, 0u);
  EXPECT_EQ(event(2).value, 1u);
}

TEST(DeviceEvents, AClockThatRunsOutIsToldToWhoAsksLater) {
  ControlBench bench;
  bench.negotiate(true);
  bench.hardware.iv_left = kIvLowPs;
  bench.send(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole});
  EXPECT_TRUE(bench.hardware.sent.empty());
  bench.plane.iv_low();
  EXPECT_TRUE(bench.hardware.sent.empty()) << "not yet";
  bench.hardware.iv_left = kIvLowPs - 1;
  bench.plane.iv_low();
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  bench.send(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole});
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  const auto event = from_bytes<idpf::PspEvent>(bench.hardware.sent[0].payload);
  EXPECT_EQ(event.event, EventCode::kPspSaIvLow);
  EXPECT_EQ(event.value, 86399u) << "seconds";
}

// R2, R3: a thousand loads of a driver, alone and beside another function: no (key, SPI) twice.
TEST(Reload, R3_NothingRepeatsOverAThousand) {
  FakeHardware hardware;
  KeyDomain domain(hardware);
  Function other{domain, 0, true};
  Function function{domain, 1, true};
  std::set<std::pair<uint64_t, uint32_t>> seen;
  for (int load = 0; load < 1000; ++load) {
    function.plane.reset();
    function.negotiate();
    if (load % 3 == 0) function.send(Opcode::kPspRotateKey, to_bytes(idpf::PspRotateKey{.vport_id = kWhole}));
    for (const idpf::PspRxSa& sa : function.allocate(3)) {
      if (sa.status != 0) continue;
      EXPECT_TRUE(seen.emplace(hardware.key_serial[sa.spi >> 31], sa.spi).second);
    }
  }
  EXPECT_GT(seen.size(), 2900u);
  EXPECT_EQ(function.plane.key_domain().rotations(), 334u);
}

}  // namespace
}  // namespace pspnic::firmware
