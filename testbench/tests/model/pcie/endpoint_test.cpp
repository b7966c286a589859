// SPDX-License-Identifier: Apache-2.0
// The function as the host sees it: through its two TLM sockets.
#include "model/pcie/endpoint.h"

#include <gtest/gtest.h>

#include <array>

#include "model/net/bytes.h"
#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr Time kRoundTrip = 550 * base::kNs;
constexpr Time kPosted = 250 * base::kNs;
constexpr uint32_t kBar0Bytes = 1 << 20;

struct Registers : RegisterFile {
  struct Write {
    Time when;
    uint32_t offset;
    uint32_t value;
    bool operator==(const Write&) const = default;
  };
  explicit Registers(base::EventQueue& queue) : events(queue) {}
  uint32_t read_register(uint32_t offset) override {
    return offset < 0x1000 ? words[offset / 4] : 0xdead'0000 + offset;
  }
  void write_register(uint32_t offset, uint32_t value) override {
    writes.push_back({events.now(), offset, value});
    if (offset < 0x1000) words[offset / 4] = value;
  }
  void reset_function() override { ++resets; }
  unsigned resets = 0;
  base::EventQueue& events;
  std::vector<Write> writes;
  std::array<uint32_t, 0x400> words{};
};

// Host memory behind the `dma` socket, the processor in front of `mmio`.
struct Host : sc_core::sc_module {
  explicit Host(const sc_core::sc_module_name& name, base::EventQueue& events)
      : sc_module(name), mmio("mmio"), memory_socket("memory"), memory(events) {
    memory_socket.register_b_transport(this, &Host::transport);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, uint64_t address, uint8_t* data, unsigned length,
                                  sc_core::sc_time& delay) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    mmio->b_transport(payload, delay);
    return payload.get_response_status();
  }
  void write32(uint64_t address, uint32_t value, sc_core::sc_time delay = {}) {
    uint8_t word[4];
    net::store_le32(word, value);
    EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, address, word, 4, delay), tlm::TLM_OK_RESPONSE);
  }
  uint32_t read32(uint64_t address, sc_core::sc_time* delay) {
    uint8_t word[4] = {0xee, 0xee, 0xee, 0xee};
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, address, word, 4, *delay), tlm::TLM_OK_RESPONSE);
    return net::load_le32(word);
  }

  void transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
    const std::span<uint8_t> data(access.get_data_ptr(), access.get_data_length());
    const bool ok =
        access.is_read() ? memory.read(access.get_address(), data) : memory.write(access.get_address(), data);
    access.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  tlm_utils::simple_initiator_socket<Host> mmio;
  tlm_utils::simple_target_socket<Host> memory_socket;
  FakeMemory memory;
};

struct EndpointBench {
  EndpointBench() {
    host.mmio.bind(endpoint.mmio);
    endpoint.dma_socket.bind(host.memory_socket);
  }
  base::EventQueue events{"events"};
  base::StatGroup root{"nic"};
  Registers registers{events};
  FaultLog faults;
  Endpoint endpoint{
      "endpoint", root, LinkParams{}, {.bar0_bytes = kBar0Bytes, .vectors = 8}, {events, registers, faults}};
  Host host{"host", events};
  Agenda agenda{events};
  ReadLog reads{events};
};

using Writes = std::vector<Registers::Write>;

struct VirtualBench : EndpointBench {
  VirtualBench()
      : card("card", root2, LinkParams{},
             {.bar0_bytes = kBar0Bytes,
              .vectors = 8,
              .virtual_functions = {.total = 2, .device = 0x145c, .bar0_bytes = 0x1000}},
             {events, physical, faults}) {
    processor.mmio.bind(card.mmio);
    card.dma_socket.bind(processor.memory_socket);
    for (Registers* file : {&first, &second}) {
      card.add_function({.device = 0x145c, .bar0_bytes = 0x1000, .vectors = 3}, *file);
    }
  }
  void enable(uint16_t count) {
    processor.write32(ConfigSpace::kSriovNumVfs, count);
    processor.write32(ConfigSpace::kSriovControl, ConfigSpace::kSriovEnable | ConfigSpace::kSriovMemory);
  }
  uint32_t identity(uint64_t function) {
    sc_core::sc_time delay;
    uint8_t word[4] = {};
    const auto status = processor.access(tlm::TLM_READ_COMMAND, function * kFunctionStride, word, 4, delay);
    return status == tlm::TLM_OK_RESPONSE ? net::load_le32(word) : 0;
  }
  base::StatGroup root2{"card"};
  Registers physical{events}, first{events}, second{events};
  Endpoint card;
  Host processor{"processor", events};
};

// The firmware's grant and the host's bit: both are needed.
TEST(Endpoint, VirtualFunctionsAnswerWhenGrantedAndEnabled) {
  VirtualBench bench;
  bench.agenda.at(0, [&] {
    EXPECT_EQ(bench.identity(0), 0x1452'8086u);
    bench.enable(2);
    EXPECT_EQ(bench.identity(1), 0u);
    bench.card.grant_vfs(1);
    EXPECT_EQ(bench.identity(1), 0x145c'8086u);
    EXPECT_EQ(bench.identity(2), 0u);
    EXPECT_EQ(bench.identity(3), 0u) << "there is none";
    bench.card.grant_vfs(2);
    EXPECT_EQ(bench.identity(2), 0x145c'8086u);
  });
  sc_core::sc_start();
}

TEST(Endpoint, EachFunctionHasRegistersOfItsOwn) {
  VirtualBench bench;
  bench.agenda.at(0, [&] {
    bench.card.grant_vfs(2);
    bench.enable(2);
    bench.processor.write32(2 * kFunctionStride + kBar0Base + 8, 5);
    bench.processor.write32(kFunctionStride + kBar0Base + 4, 7);
    bench.processor.write32(kBar0Base, 9);
  });
  sc_core::sc_start();
  ASSERT_EQ(bench.first.writes.size(), 1u);
  EXPECT_EQ(bench.first.writes[0].offset, 4u);
  ASSERT_EQ(bench.second.writes.size(), 1u);
  EXPECT_EQ(bench.second.writes[0].value, 5u);
  EXPECT_EQ(bench.physical.writes.size(), 1u);
}

TEST(Endpoint, AWriteToAFunctionThatIsOffIsLost) {
  VirtualBench bench;
  bench.agenda.at(0, [&] {
    bench.card.grant_vfs(2);
    bench.enable(2);
    bench.processor.write32(ConfigSpace::kSriovControl, 0);
    bench.processor.write32(kFunctionStride + kBar0Base, 7);
  });
  sc_core::sc_start();
  EXPECT_TRUE(bench.first.writes.empty());
}

TEST(Endpoint, AFunctionLevelResetIsToldToItsFunctionAlone) {
  VirtualBench bench;
  bench.agenda.at(0, [&] {
    bench.card.grant_vfs(2);
    bench.enable(2);
    bench.processor.write32(2 * kFunctionStride + ConfigSpace::kExpressCapability + 8,
                            ConfigSpace::kInitiateReset);
  });
  sc_core::sc_start();
  EXPECT_EQ(bench.physical.resets + bench.first.resets, 0u);
  EXPECT_EQ(bench.second.resets, 1u);
}

TEST(Endpoint, APostedWriteArrivesAfterThePostedLatency) {
  EndpointBench bench;
  const Time sent = 3 * base::kUs;
  bench.agenda.at(sent, [&] {
    bench.host.write32(kBar0Base + 0x40, 0x1122'3344, bench.events.offset());
    EXPECT_TRUE(bench.registers.writes.empty());
  });
  sc_core::sc_start();
  ASSERT_EQ(bench.registers.writes.size(), 1u);
  const Registers::Write& write = bench.registers.writes[0];
  EXPECT_EQ(write.offset, 0x40u);
  EXPECT_EQ(write.value, 0x1122'3344u);
  EXPECT_NEAR(static_cast<double>(write.when - sent - kPosted), ps_on_link(28, kGen4Mps256Bps), 1);
}

TEST(Endpoint, AnAnnotatedDelayIsKept) {
  EndpointBench bench;
  bench.agenda.at(base::kUs, [&] {
    bench.host.write32(kBar0Base, 1, bench.events.offset() + sc_core::sc_time::from_value(700 * base::kNs));
  });
  sc_core::sc_start();
  ASSERT_EQ(bench.registers.writes.size(), 1u);
  EXPECT_NEAR(static_cast<double>(bench.registers.writes[0].when - base::kUs - 700 * base::kNs - kPosted),
              ps_on_link(28, kGen4Mps256Bps), 1);
}

TEST(Endpoint, PostedWritesStayInOrder) {
  EndpointBench bench;
  for (uint32_t i = 0; i < 200; ++i) {
    bench.agenda.at(i / 3 * 10 * base::kNs,
                    [&, i] { bench.host.write32(kBar0Base + 4 * i, i, bench.events.offset()); });
  }
  sc_core::sc_start();
  ASSERT_EQ(bench.registers.writes.size(), 200u);
  for (uint32_t i = 0; i < 200; ++i) EXPECT_EQ(bench.registers.writes[i].value, i);
}

TEST(Endpoint, AReadTakesTheRoundTripAndComesBehindAllWrites) {
  EndpointBench bench;
  bench.agenda.at(base::kUs, [&] {
    for (uint32_t i = 1; i <= 3; ++i) bench.host.write32(kBar0Base + 0x80, i, bench.events.offset());
    bench.host.write32(kBar0Base + 0x84, 9, bench.events.offset());
    sc_core::sc_time delay = bench.events.offset() + sc_core::sc_time(5, sc_core::SC_NS);
    const sc_core::sc_time before = delay;
    EXPECT_EQ(bench.host.read32(kBar0Base + 0x80, &delay), 3u);
    EXPECT_EQ((delay - before).value(), kRoundTrip);
  });
  sc_core::sc_start();
  EXPECT_EQ(bench.registers.writes.size(), 4u) << "each once";
}

TEST(Endpoint, EachAddressSpaceHasItsOwnRegisters) {
  EndpointBench bench;
  bench.agenda.at(base::kUs, [&] {
    sc_core::sc_time delay = bench.events.offset();
    EXPECT_EQ(bench.host.read32(kConfigBase, &delay), 0x1452'8086u);
    EXPECT_EQ(bench.host.read32(kBar4Base + 12, &delay), 1u) << "vector 0 is masked";
    EXPECT_EQ(bench.host.read32(kBar0Base + kBar0Bytes - 4, &delay), 0xdead'0000 + kBar0Bytes - 4);
    bench.host.write32(kBar4Base + 8, 77, bench.events.offset());
    EXPECT_EQ(bench.host.read32(kBar4Base + 8, &delay), 77u);
    bench.host.write32(kConfigBase + 0x10, 0xffff'ffff, bench.events.offset());
    EXPECT_EQ(bench.host.read32(kConfigBase + 0x10, &delay), ~(kBar0Bytes - 1) | 0xc);
    EXPECT_TRUE(bench.registers.writes.empty());
  });
  sc_core::sc_start();
}

TEST(Endpoint, RefusesWhatIsNotAnAlignedWord) {
  EndpointBench bench;
  std::array<uint8_t, 64> data;
  data.fill(0xee);
  for (const auto command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) {
    const auto response = [&](uint64_t address, unsigned length) {
      sc_core::sc_time delay;
      return bench.host.access(command, address, data.data(), length, delay);
    };
    for (const unsigned length : {1u, 2u, 3u, 5u, 8u, 64u}) {
      EXPECT_EQ(response(kBar0Base, length), tlm::TLM_BURST_ERROR_RESPONSE) << length;
    }
    for (const uint64_t shift : {1u, 2u, 3u}) {
      EXPECT_EQ(response(kBar0Base + shift, 4), tlm::TLM_BURST_ERROR_RESPONSE) << shift;
    }
    for (const uint64_t nowhere : {kConfigBase + kConfigBytes, kBar4Base - 4, kBar4Base + kBar4Bytes,
                                   kBar0Base - 4, kBar0Base + kBar0Bytes, ~uint64_t{3}}) {
      EXPECT_EQ(response(nowhere, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE) << nowhere;
    }
  }
  sc_core::sc_start();
  EXPECT_TRUE(bench.registers.writes.empty());
  EXPECT_EQ(data[0], 0xee) << "a read that is refused answers nothing";
}

TEST(Endpoint, RefusesByteEnables) {
  EndpointBench bench;
  uint8_t word[4] = {1, 2, 3, 4};
  uint8_t enables[4] = {0xff, 0, 0, 0};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(kBar0Base);
  payload.set_data_ptr(word);
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  payload.set_byte_enable_ptr(enables);
  payload.set_byte_enable_length(4);
  sc_core::sc_time delay;
  bench.host.mmio->b_transport(payload, delay);
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_TRUE(bench.registers.writes.empty());
}

TEST(Endpoint, ReadsAndWritesHostMemoryThroughItsSocket) {
  EndpointBench bench;
  std::array<uint8_t, 64> place{};
  bench.host.memory.at(FakeMemory::kBase)[5] = 55;
  bench.endpoint.dma().read(FakeMemory::kBase, place, bench.reads.callback(), 1);
  bench.endpoint.dma().write(kTester, FakeMemory::kBase + 100, std::array<uint8_t, 3>{7, 8, 9});
  bench.endpoint.dma().read(16, place, bench.reads.callback(), 2);
  bench.endpoint.dma().write(kTester, 16, std::array<uint8_t, 3>{7, 8, 9});
  sc_core::sc_start();
  EXPECT_EQ(place[5], 55);
  EXPECT_EQ(bench.host.memory.at(FakeMemory::kBase)[102], 9);
  ASSERT_EQ(bench.reads.done.size(), 2u);
  EXPECT_EQ(bench.reads.done[0], (ReadDone{kRoundTrip, 1, DmaStatus::kOk}));
  EXPECT_EQ(bench.reads.done[1].status, DmaStatus::kUnmapped);
  ASSERT_EQ(bench.faults.faults.size(), 1u);
  EXPECT_EQ(bench.faults.faults[0].address, 16u);
}

TEST(Endpoint, UnmaskingThroughTheSocketSendsThePendingMessage) {
  EndpointBench bench;
  const uint64_t message = FakeMemory::kBase + 0x500;
  const auto write32 = [&](uint64_t address, uint32_t value) {
    bench.host.write32(address, value, bench.events.offset());
  };
  bench.agenda.at(base::kUs, [&] {
    write32(kBar4Base + 16, static_cast<uint32_t>(message));
    write32(kBar4Base + 20, static_cast<uint32_t>(message >> 32));
    write32(kBar4Base + 24, 0xabcd);
    write32(kBar4Base + 28, 0);
    write32(kConfigBase + ConfigSpace::kMsixCapability, 3u << 30);  // enabled, all masked
  });
  bench.agenda.at(2 * base::kUs, [&] { bench.endpoint.msix().raise(1); });
  bench.agenda.at(3 * base::kUs, [&] {
    sc_core::sc_time delay = bench.events.offset();
    EXPECT_TRUE(bench.host.memory.landed.empty());
    EXPECT_EQ(bench.host.read32(kBar4Base + 0x8000, &delay), 2u);
    write32(kConfigBase + ConfigSpace::kMsixCapability, 1u << 31);
  });
  sc_core::sc_start();
  ASSERT_EQ(bench.host.memory.landed.size(), 1u);
  EXPECT_EQ(bench.host.memory.landed[0].address, message);
  EXPECT_EQ(bench.host.memory.landed[0].bytes, (std::vector<uint8_t>{0xcd, 0xab, 0, 0}));
  const double way = 2.0 * kPosted + ps_on_link(2 * 28, kGen4Mps256Bps);
  EXPECT_NEAR(static_cast<double>(bench.host.memory.landed[0].when - 3 * base::kUs), way, 2);
}

TEST(Endpoint, AResetByRegisterKeepsConfigurationAndTable) {
  EndpointBench bench;
  std::array<uint8_t, 64> place;
  place.fill(0xee);
  bench.agenda.at(base::kUs, [&] {
    bench.host.write32(kBar4Base + 8, 77, bench.events.offset());
    bench.host.write32(kConfigBase + 0x10, 0xd000'0000, bench.events.offset());
  });
  bench.agenda.at(2 * base::kUs, [&] {
    bench.endpoint.dma().read(FakeMemory::kBase, place, bench.reads.callback());
    bench.endpoint.msix().raise(0);
    bench.endpoint.reset();
    sc_core::sc_time delay = bench.events.offset();
    EXPECT_EQ(bench.host.read32(kBar4Base + 8, &delay), 77u);
    EXPECT_EQ(bench.host.read32(kBar4Base + 0x8000, &delay), 0u);
    EXPECT_EQ(bench.host.read32(kConfigBase + 0x10, &delay), 0xd000'000cu);
  });
  sc_core::sc_start();
  EXPECT_TRUE(bench.reads.done.empty());
  EXPECT_EQ(place[0], 0xee);
}

}  // namespace
}  // namespace pspnic::pcie
