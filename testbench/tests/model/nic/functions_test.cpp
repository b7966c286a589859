// SPDX-License-Identifier: Apache-2.0
// Virtual functions beside the physical one: each with its own registers, vports, keys and books.
#include <algorithm>
#include <random>
#include <set>

#include "model/idpf/registers.h"
#include "model/idpf/virtchnl2_vport.h"
#include "testbench/tests/model/nic/functions_bench.h"

namespace pspnic::nic {
namespace {

using host::Space;
using KeyDomains = DeviceParams::KeyDomains;

class Functions : public testing::Test, protected FunctionsBench {};

class OwnKeys : public testing::Test, protected FunctionsBench {
 protected:
  OwnKeys() : FunctionsBench(card(KeyDomains::kFunction)) {}
};

TEST_F(Functions, VirtualOnesAnswerOnceGrantedAndEnabled) {
  run([&] {
    EXPECT_EQ(port(1).read32(Space::kConfig, 0), host::kNoAnswer);
    host::DriverConfig alone = config();
    start(0, alone);  // asks for none
    EXPECT_EQ(port(1).read32(Space::kConfig, 0), host::kNoAnswer);
    driver(0).stop();
    start(0);
    for (unsigned vf = 1; vf <= kVfs; ++vf) EXPECT_EQ(port(vf).read32(Space::kConfig, 0), 0x145c'8086u);
    bench::FunctionPort beyond(host(), kVfs + 1);
    EXPECT_EQ(beyond.read32(Space::kConfig, 0), host::kNoAnswer);
    driver(0).stop();
    EXPECT_EQ(port(1).read32(Space::kConfig, 0), host::kNoAnswer);
  });
}

// Drivers tell physical from virtual functions by this.
TEST_F(Functions, OnlyAVirtualOneEchoesTheProbe) {
  run([&] {
    start(0);
    host().delay(kFlight);  // in reset a function takes nothing
    for (unsigned function = 0; function < 2; ++function) {
      port(function).write32(Space::kBar0, idpf::kVfProbeOffset, idpf::kVfProbeValue);
      const uint32_t seen = port(function).read32(Space::kBar0, idpf::kVfProbeOffset);
      EXPECT_EQ(seen == idpf::kVfProbeValue, function == 1);
    }
    stop_all();
  });
}

TEST_F(Functions, FramesGoBetweenThem) {
  run([&] {
    start_all();
    EXPECT_FALSE(driver(0).is_virtual());
    EXPECT_TRUE(driver(1).is_virtual());
    uint8_t seed = 0;
    for (unsigned from = 0; from <= kVfs; ++from) {
      for (unsigned to = 0; to <= kVfs; ++to) expect_clear(from, to, ++seed);
    }
    EXPECT_EQ(nic().violations().count(), 0u);
    stop_all();
  });
}

TEST_F(Functions, SealedFramesGoBetweenThem) {
  run([&] {
    start_all();
    uint8_t seed = 0;
    for (unsigned from = 0; from <= kVfs; ++from) {
      for (unsigned to = 0; to <= kVfs; ++to) {
        host::RxSa sa;
        const host::SaHandle handle = connect(from, to, sa);
        const uint64_t before = stack(to).psp;
        transmit_sealed(from, frame_to(to, ++seed), handle, sa);
        host().delay(kFlight);
        EXPECT_EQ(stack(to).psp, before + 1) << from << " to " << to;
        EXPECT_EQ(stack(to).frames.back(), frame_to(to, seed));
      }
    }
    stop_all();
  });
}

TEST_F(Functions, SeveralVportsOfOneHaveAddressesOfTheirOwn) {
  run([&] {
    start(0);
    host::DriverConfig two = config();
    two.more_vports = {1};
    start(1, two);
    start(2);
    EXPECT_EQ(driver(1).vports(), 2u);
    Bytes frame = frame_to(1);
    const net::MacAddress& second = driver(1).mac(1);
    std::copy(second.bytes.begin(), second.bytes.end(), frame.begin());
    transmit(2, frame);
    host().delay(kFlight);
    ASSERT_EQ(stack(1).frames.size(), 1u);
    EXPECT_EQ(stack(1).frames[0], frame);
    EXPECT_EQ(driver(1).vport_statistics(1).rx_unicast, 1u);
    EXPECT_EQ(driver(1).vport_statistics(0).rx_unicast, 0u);
    stop_all();
  });
}

// R44: statistics are a function's own.
TEST_F(Functions, R44_BooksAreKeptApart) {
  run([&] {
    start_all();
    host::RxSa sa;
    const host::SaHandle handle = connect(1, 2, sa);
    for (int i = 0; i < 3; ++i) transmit_sealed(1, frame_to(2), handle, sa);
    host().delay(kFlight);
    EXPECT_EQ(driver(1).psp_statistics().tx_packets, 3u);
    EXPECT_EQ(driver(1).psp_statistics().rx_packets, 0u);
    EXPECT_EQ(driver(2).psp_statistics().rx_packets, 3u);
    EXPECT_EQ(driver(2).psp_statistics().tx_packets, 0u);
    EXPECT_EQ(driver(0).psp_statistics().rx_packets, 0u);
    EXPECT_EQ(driver(0).psp_statistics().tx_packets, 0u);
    EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 1u);
    EXPECT_EQ(driver(2).psp_statistics().tx_sa_in_use, 0u);
    EXPECT_EQ(driver(2).psp_statistics().rx_spi_in_use, 1u);
    EXPECT_EQ(driver(2).vport_statistics().rx_unicast, 3u);
    EXPECT_EQ(driver(0).vport_statistics().rx_unicast, 0u);
    EXPECT_EQ(driver(0).vport_statistics().tx_unicast, 0u);
    stop_all();
  });
}

// R13: two rotations of a function would end every association of the others.
TEST_F(Functions, R13_AVirtualOneMayNotRotateSharedKeys) {
  run([&] {
    start_all();
    RotationsSeen seen;
    driver(2).set_psp_listener(&seen);
    EXPECT_THROW(driver(1).rotate_keys(), host::DriverError);
    host().delay(kFlight);
    EXPECT_TRUE(seen.events.empty());
    driver(0).rotate_keys();
    host().delay(kFlight);
    ASSERT_FALSE(seen.events.empty()) << "who shares the key is told";
    EXPECT_EQ(seen.events.front(), idpf::EventCode::kPspKeyRotated);
    driver(2).set_psp_listener(nullptr);
    stop_all();
  });
}

TEST_F(OwnKeys, R13_AVirtualOneMayRotateItsOwn) {
  run([&] {
    start_all();
    RotationsSeen others;
    driver(2).set_psp_listener(&others);
    driver(1).rotate_keys();
    host().delay(kFlight);
    EXPECT_TRUE(others.events.empty());
    driver(2).set_psp_listener(nullptr);
    stop_all();
  });
}

// R14: an SPI of one function means nothing to another, if their keys are apart.
TEST_F(OwnKeys, R14_AnSpiOfOneDoesNotDecryptAsAnothers) {
  run([&] {
    start_all();
    host::RxSa sa;
    const host::SaHandle handle = connect(0, 1, sa);
    transmit_sealed(0, frame_to(1), handle, sa);
    transmit_sealed(0, frame_to(2), handle, sa);  // to the other one's address
    host().delay(kFlight);
    EXPECT_EQ(stack(1).psp, 1u);
    EXPECT_EQ(stack(2).frames.size(), 0u);
    EXPECT_EQ(driver(2).psp_statistics().rx_bad, 1u);
    EXPECT_EQ(driver(1).psp_statistics().rx_bad, 0u);
    stop_all();
  });
}

// With one key for all it is refused as well, before it is opened: whose it is stands in the SPI.
TEST_F(Functions, AnSpiOfOneIsNotOpenedForAnother) {
  run([&] {
    start_all();
    host::RxSa sa;
    const host::SaHandle handle = connect(1, 0, sa);
    for (const unsigned to : {0u, 2u}) transmit_sealed(1, frame_to(to), handle, sa);
    const host::SaHandle other_way = connect(1, 2, sa);
    transmit_sealed(1, frame_to(0), other_way, sa);
    host().delay(kFlight);
    EXPECT_EQ(stack(0).psp, 1u);
    EXPECT_EQ(stack(2).frames.size(), 0u);
    EXPECT_EQ(driver(2).psp_statistics().rx_stale_key, 1u);
    EXPECT_EQ(driver(0).psp_statistics().rx_stale_key, 1u) << "nor is a virtual one's for the physical one";
    stop_all();
  });
}

TEST_F(Functions, WhoIsNotTrustedHearsOnlyItsOwn) {
  run([&] {
    start_all();
    EXPECT_THROW(driver(1).set_promiscuous(true, true), host::DriverError);
    transmit(0, frame_to(2));
    host().delay(kFlight);
    EXPECT_TRUE(stack(1).frames.empty());
    expect_clear(0, 1);
    driver(0).set_promiscuous(true, true);
    transmit(1, frame_to(2));
    host().delay(kFlight);
    EXPECT_EQ(stack(0).frames.size(), 1u) << "the physical one may";
    stop_all();
  });
}

// It would pause the port for everybody.
TEST_F(Functions, NobodySendsMacControlFrames) {
  run([&] {
    start_all();
    Bytes pause(64, 0);
    const Bytes head = {0x01, 0x80, 0xc2, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0x88, 0x08, 0, 1, 0xff, 0xff};
    std::copy(head.begin(), head.end(), pause.begin());
    for (const unsigned from : {0u, 1u}) transmit(from, pause);
    expect_clear(0, 2);
    EXPECT_EQ(driver(1).vport_statistics().tx_discards, 1u);
    EXPECT_EQ(driver(0).vport_statistics().tx_discards, 1u);
    stop_all();
  });
}

// R40: a function cannot seal with another's SA: its indexes end where its range does.
TEST_F(Functions, R40_AnIndexOfAnotherFunctionSealsNothing) {
  run([&] {
    start_all();
    host::RxSa sa;
    const host::SaHandle of_physical = connect(0, 2, sa);
    // The driver of function 1 names slot and tag of function 0.
    transmit_sealed(1, frame_to(2), of_physical, sa);
    host().delay(kFlight);
    EXPECT_TRUE(stack(2).frames.empty()) << "neither sealed nor in clear";
    host::SaHandle beyond = of_physical;
    beyond.index = 16;  // the first behind its range, which is the next function's
    transmit_sealed(1, frame_to(2), beyond, sa);
    host().delay(kFlight);
    EXPECT_TRUE(stack(2).frames.empty());
    EXPECT_EQ(driver(1).psp_statistics().tx_packets, 0u);
    expect_clear(0, 2);
  });
}

TEST_F(Functions, SlotsOfAVirtualOneEndWhereItsShareDoes) {
  run([&] {
    start_all();
    const std::vector<host::RxSa> issued = driver(2).allocate_rx_sas(psp::Version::kAesGcm128, 20);
    std::vector<host::TxSaRequest> requests;
    for (const host::RxSa& sa : issued) requests.push_back({sa.spi, sa.version, sa.key});
    unsigned given = 0;
    for (const host::SaHandle& handle : driver(1).add_tx_sas(requests)) {
      if (handle.index == host::kNoSa) continue;
      ++given;
      EXPECT_LT(handle.index, 16u);
    }
    EXPECT_EQ(given, 16u);
    host::RxSa sa;
    EXPECT_NE(connect(0, 2, sa).index, host::kNoSa) << "the physical one's are not touched";
    stop_all();
  });
}

// R3: no SPI is given out by two functions, nor twice under one key.
TEST_F(Functions, R3_SpisAreAFunctionsOwn) {
  run([&] {
    start_all();
    std::set<uint32_t> seen;
    size_t asked = 0;
    for (unsigned function = 0; function <= kVfs; ++function) {
      for (const host::RxSa& sa : driver(function).allocate_rx_sas(psp::Version::kAesGcm128, 30)) {
        seen.insert(sa.spi);
        ++asked;
      }
    }
    EXPECT_EQ(asked, 90u);
    EXPECT_EQ(seen.size(), asked);
    stop_all();
  });
}

// A virtual function whose driver writes anything anywhere.
TEST_F(Functions, RandomWritesOfOneLeaveTheOthersAlone) {
  run([&] {
    start(0);
    start(2);
    std::mt19937 generator(7);
    const auto random = [&] { return static_cast<uint32_t>(generator()); };
    for (int i = 0; i < 20'000; ++i) {
      const uint32_t value = random() % 3 == 0 ? random() : random() % 300;
      switch (random() % 8) {
        case 0:
          port(1).write32(Space::kConfig, random() % 0x400 & ~3u, value);
          break;
        case 1:
          port(1).write32(Space::kBar4, random() % 0x9000 & ~3u, value);
          break;
        default:
          port(1).write32(Space::kBar0, random() % (random() % 2 == 0 ? 0xa000u : 0x10'0000u) & ~3u, value);
          break;
      }
      if (i % 2000 == 0) {
        const auto seed = static_cast<uint8_t>(i / 2000);
        expect_clear(0, 2, seed);
        expect_clear(2, 0, seed);
      }
    }
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
