// SPDX-License-Identifier: Apache-2.0
// Keys of transmit packets in their own descriptors.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "model/tx/fetcher.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::session_key;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::tso_template;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;

TxSettings with_inline_keys() {
  TxSettings settings;
  settings.key_in_descriptor = true;
  return settings;
}

// What a frame on the wire was sealed with: its key opens it; or it is the test's fault.
bool opens(TxBench& bench, const TcpFlow& flow, const Bytes& frame, const psp::SessionKey& key) {
  Bytes copy = frame;
  return psp::open(bench.aead, key, std::span(copy).subspan(flow.psp_offset()));
}

uint64_t iv_of(const TcpFlow& flow, const Bytes& frame) {
  return net::load_be64(&frame[flow.psp_offset() + psp::kIvOffset]);
}

class InlineKeys : public testing::Test {
 protected:
  void put_key(uint16_t queue, const psp::SessionKey& key, idpf::PspContextDescriptor context) {
    bench_.put(queue, queue::test::encode(context));
    for (const auto& part : queue::test::keys(key.view())) bench_.put(queue, part);
  }
  static TcpFlow flow_of(psp::Version version) {
    TcpFlow flow;
    flow.psp = true;
    flow.version = static_cast<uint8_t>(version);
    return flow;
  }
  TxBench bench_{with_inline_keys()};
  std::mt19937 random_{11};
};

TEST_F(InlineKeys, AllVersionsAndSegmentsOfOneKey) {
  std::set<uint64_t> ivs;
  uint16_t tag = 0;
  for (uint8_t v = 0; v < 4; ++v) {
    const auto version = static_cast<psp::Version>(v);
    const TcpFlow flow = flow_of(version);
    const psp::SessionKey key = session_key(version, static_cast<uint8_t>(40 + v));
    idpf::PspContextDescriptor context = queue::test::psp_inline();
    context.command = idpf::kContextTso;
    context.mss = 1000;
    context.header_length = static_cast<uint8_t>(flow.header_bytes());
    put_key(0, key, context);
    bench_.put_frame(0, tso_template(flow, pspnic::test::random_bytes(random_, 4500)), tag);
    bench_.port.frames.clear();
    bench_.ring(0);
    bench_.run();
    ASSERT_EQ(bench_.port.frames.size(), 5u) << "version " << +v;
    for (const auto& frame : bench_.port.frames) {
      EXPECT_TRUE(opens(bench_, flow, frame.bytes, key));
      EXPECT_FALSE(opens(bench_, flow, frame.bytes, session_key(version, 99)));
      EXPECT_TRUE(ivs.insert(iv_of(flow, frame.bytes)).second) << "an IV twice";
    }
    EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{tag++}));
  }
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 20u);
  EXPECT_TRUE(bench_.balanced());
}

// R40: a key whose size is not that of the version in the packet's header.
TEST_F(InlineKeys, R40_AKeyOfTheWrongSizeSendsNothing) {
  const TcpFlow short_flow = flow_of(psp::Version::kAesGcm128);
  const TcpFlow long_flow = flow_of(psp::Version::kAesGmac256);
  const Bytes payload(300, 0x42);
  put_key(0, session_key(psp::Version::kAesGcm256, 1), queue::test::psp_inline());
  bench_.put_frame(0, tso_template(short_flow, payload), 1);
  put_key(0, session_key(psp::Version::kAesGcm128, 1), queue::test::psp_inline());
  bench_.put_frame(0, tso_template(long_flow, payload), 2);
  TcpFlow unknown = short_flow;
  unknown.version = 9;
  put_key(0, session_key(psp::Version::kAesGcm128, 1), queue::test::psp_inline());
  bench_.put_frame(0, tso_template(unknown, payload), 3);
  TcpFlow reserved = short_flow;
  reserved.spi = 0;
  put_key(0, session_key(psp::Version::kAesGcm128, 1), queue::test::psp_inline());
  bench_.put_frame(0, tso_template(reserved, payload), 4);
  put_key(0, session_key(psp::Version::kAesGcm128, 1), queue::test::psp_inline());
  bench_.put_frame(0, tso_template(short_flow, payload), 5);
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{1, 2, 3, 4, 5})) << "all are reported";
  EXPECT_EQ(bench_.drop(DropReason::kTxBadPspPacket), 4u);
  EXPECT_EQ(bench_.pipeline.stats().psp_errors.value(), 4u);
  EXPECT_EQ(bench_.violations.count(), 0u);
}

// R36: each way, and both on one queue and on two.
TEST_F(InlineKeys, R36_BothWaysMixed) {
  const auto version = psp::Version::kAesGcm256;
  const TcpFlow flow = flow_of(version);
  const psp::SessionKey of_table = session_key(version, 1);
  bench_.sas.write(3, {flow.spi, version, 0x55, of_table}, 0);
  std::map<uint8_t, psp::SessionKey> keys;  // by the packet's first byte of payload
  for (uint8_t i = 0; i < 40; ++i) {
    const uint16_t queue = i % 2;
    const bool own = random_() % 2 == 0;
    keys[i] = own ? session_key(version, static_cast<uint8_t>(100 + i)) : of_table;
    if (own) {
      put_key(queue, keys[i], queue::test::psp_inline());
    } else {
      bench_.put(queue, queue::test::encode(queue::test::psp(3, 0x55)));
    }
    bench_.put_frame(queue, tso_template(flow, Bytes(200, i)), i);
  }
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 40u);
  for (const auto& frame : bench_.port.frames) {
    unsigned fitting = 0;
    for (const auto& [number, key] : keys) {
      Bytes copy = frame.bytes;
      if (!psp::open(bench_.aead, key, std::span(copy).subspan(flow.psp_offset()))) continue;
      if (copy[copy.size() - 17] == number) ++fitting;
    }
    EXPECT_EQ(fitting, 1u) << "each under its own key";
  }
}

// R32: over queues, key sources, segments and a reset of the function, whose keys are the peers'.
TEST_F(InlineKeys, R32_NoIvTwice) {
  const auto version = psp::Version::kAesGcm128;
  const TcpFlow flow = flow_of(version);
  const psp::SessionKey key = session_key(version, 77);
  std::set<uint64_t> ivs;
  uint64_t count = 0;
  for (unsigned round = 0; round < 6; ++round) {
    bench_.sas.write(3, {flow.spi, version, 0x55, key}, base::kSec);
    for (uint16_t i = 0; i < 12; ++i) {
      const uint16_t queue = i % 2;
      idpf::PspContextDescriptor context = i % 3 == 0 ? queue::test::psp(3, 0x55) : queue::test::psp_inline();
      context.command = idpf::kContextTso;
      context.mss = 500;
      context.header_length = static_cast<uint8_t>(flow.header_bytes());
      if (i % 3 == 0) {
        bench_.put(queue, queue::test::encode(context));
      } else {
        put_key(queue, key, context);
      }
      bench_.put_frame(queue, tso_template(flow, Bytes(2000, 1)), i);
    }
    bench_.ring(0);
    bench_.ring(1);
    if (round % 2 == 0) {
      bench_.run();
    } else {
      bench_.run_for(2'500'000);
      bench_.dma.reset();
      bench_.sas.reset();
      bench_.fetcher.reset();
      bench_.queues.reset();
      bench_.run();
      bench_.start(0);
      bench_.start(1);
    }
    for (const auto& frame : bench_.port.frames) {
      EXPECT_TRUE(ivs.insert(iv_of(flow, frame.bytes)).second);
      EXPECT_TRUE(opens(bench_, flow, frame.bytes, key));
      ++count;
    }
    bench_.port.frames.clear();
  }
  EXPECT_GT(count, 140u);
}

// R50: two SAs of one SPI and key, and a third, of another device, of the same SPI.
TEST_F(InlineKeys, R50_OneSpiInSeveralSas) {
  const auto version = psp::Version::kAesGcm128;
  const TcpFlow flow = flow_of(version);
  const psp::SessionKey one = session_key(version, 1);
  const psp::SessionKey other = session_key(version, 2);
  bench_.sas.write(3, {flow.spi, version, 1, one}, 0);
  bench_.sas.write(4, {flow.spi, version, 2, one}, 0);
  bench_.sas.write(5, {flow.spi, version, 3, other}, 0);
  for (uint16_t i = 0; i < 30; ++i) {
    const auto slot = static_cast<uint16_t>(3 + i % 3);
    bench_.put(i % 2, queue::test::encode(queue::test::psp(slot, static_cast<uint16_t>(slot - 2))));
    bench_.put_frame(i % 2, tso_template(flow, Bytes(100, static_cast<uint8_t>(slot))), i);
  }
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 30u);
  std::set<uint64_t> ivs;
  for (const auto& frame : bench_.port.frames) {
    Bytes copy = frame.bytes;
    const bool of_one = psp::open(bench_.aead, one, std::span(copy).subspan(flow.psp_offset()));
    if (!of_one) {
      copy = frame.bytes;
      ASSERT_TRUE(psp::open(bench_.aead, other, std::span(copy).subspan(flow.psp_offset())));
    }
    EXPECT_EQ(copy[copy.size() - 17] == 5, !of_one);
    EXPECT_TRUE(ivs.insert(iv_of(flow, frame.bytes)).second) << "one clock for all SAs";
  }
  // The end of one is not the end of its twin.
  EXPECT_EQ(bench_.sas.close(3, bench_.events.now()), 0u);
  bench_.port.frames.clear();
  bench_.put(0, queue::test::encode(queue::test::psp(4, 2)));
  bench_.put_frame(0, tso_template(flow, Bytes(100, 4)), 99);
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_TRUE(opens(bench_, flow, bench_.port.frames[0].bytes, one));
}

// R41: an engine that fails, and data that does not come.
TEST_F(InlineKeys, R41_WhatCannotBeSealedIsNotSent) {
  const TcpFlow flow = flow_of(psp::Version::kAesGcm256);
  const psp::SessionKey key = session_key(psp::Version::kAesGcm256, 3);
  bench_.aead.failing = true;
  put_key(0, key, queue::test::psp_inline());
  bench_.put_frame(0, tso_template(flow, Bytes(300, 1)), 1);
  bench_.ring(0);
  bench_.run();
  bench_.aead.failing = false;
  pspnic::test::BadReads faults(pcie::ReadFor::kPacketData);
  bench_.dma.set_fault_source(&faults);
  put_key(1, key, queue::test::psp_inline());
  bench_.put_frame(1, tso_template(flow, Bytes(300, 1)), 2);
  bench_.ring(1);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.tags(0), std::vector<uint16_t>{1});
  EXPECT_EQ(bench_.pipeline.stats().psp_errors.value(), 2u);
}

// Random DTYPE 16, 17, 5 and 12 in any order and with flipped bits. Whatever leaves the port for the PSP port
// number is sealed with a key that some driver gave: R41, R36.
class HostileKeys : public testing::TestWithParam<unsigned> {};

TEST_P(HostileKeys, NothingLeavesInClear) {
  std::mt19937 random(GetParam());
  TxBench bench(with_inline_keys());
  TcpFlow flow;
  flow.psp = true;
  std::vector<psp::SessionKey> given;
  for (uint32_t slot = 0; slot < 4; ++slot) {
    given.push_back(session_key(psp::Version::kAesGcm128, static_cast<uint8_t>(slot)));
    bench.sas.write(slot, {flow.spi, psp::Version::kAesGcm128, static_cast<uint16_t>(slot), given.back()}, 0);
  }
  struct Drained {
    void on_drained(uint64_t) {}
  } drained;
  for (unsigned round = 0; round < 40; ++round) {
    for (unsigned i = 0; i < 10; ++i) {
      flow.version = 0;
      std::vector<queue::test::Descriptor> descriptors;
      const psp::SessionKey own = session_key(psp::Version::kAesGcm128, static_cast<uint8_t>(random()));
      if (random() % 2 == 0) {
        descriptors.push_back(queue::test::encode(queue::test::psp_inline()));
        for (const auto& part : queue::test::keys(own.view())) descriptors.push_back(part);
        given.push_back(own);
      } else {
        descriptors.push_back(queue::test::encode(
            queue::test::psp(static_cast<uint32_t>(random() % 6), static_cast<uint16_t>(random() % 6))));
      }
      // Half of the packets are as they should be.
      if (random() % 2 == 0) {
        auto& spoilt = descriptors[random() % descriptors.size()];
        switch (random() % 3) {
          case 0:
            // Commands and sequence; bytes of a key may have any value.
            spoilt[8 + random() % 3] ^= static_cast<uint8_t>(1u << random() % 8);
            break;
          case 1:
            std::swap(spoilt, descriptors[random() % descriptors.size()]);
            break;
          default:
            descriptors.erase(descriptors.begin() + static_cast<ptrdiff_t>(random() % descriptors.size()));
        }
      }
      for (const auto& descriptor : descriptors) bench.put(0, descriptor);
      bench.put_frame(0, tso_template(flow, Bytes(40 + random() % 200, 0x77)), static_cast<uint16_t>(i));
    }
    bench.ring(0);
    bench.run_for(random() % 6'000'000);
    bench.tags(0);
    // A queue stops at the first broken rule: set up anew.
    bench.queues.disable(0, base::Callback::to<&Drained::on_drained>(drained));
    bench.run();
    bench.start(0);
  }
  EXPECT_GT(bench.port.frames.size(), 10u);
  for (const auto& frame : bench.port.frames) {
    // A context that was lost makes it a plain packet of its driver, who wrote it so; its IV is then none.
    if (iv_of(flow, frame.bytes) == 0) continue;
    EXPECT_TRUE(std::any_of(given.begin(), given.end(), [&](const psp::SessionKey& key) {
      return opens(bench, flow, frame.bytes, key);
    }));
  }
  EXPECT_EQ(bench.pool.in_use(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileKeys, testing::Range(0u, 20u));

TEST_F(InlineKeys, AResetInTheMiddleLeavesNothingBehind) {
  const TcpFlow flow = flow_of(psp::Version::kAesGcm128);
  for (unsigned steps = 0; steps < 40; ++steps) {
    for (uint16_t i = 0; i < 10; ++i) {
      put_key(0, session_key(psp::Version::kAesGcm128, static_cast<uint8_t>(i)), queue::test::psp_inline());
      bench_.put_frame(0, tso_template(flow, Bytes(900, 1)), i);
    }
    bench_.ring(0);
    bench_.run_for(steps * 60'000);
    bench_.dma.reset();
    bench_.fetcher.reset();
    bench_.queues.reset();
    bench_.start(0);
    bench_.run();
  }
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

}  // namespace
}  // namespace pspnic::tx
