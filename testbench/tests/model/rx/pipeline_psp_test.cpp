// SPDX-License-Identifier: Apache-2.0
// PSP in the receive pipeline: what is opened, what is dropped, what goes up as it came.
#include <gtest/gtest.h>

#include "model/idpf/ptypes.h"
#include "model/rx/pipeline.h"
#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using idpf::PspRxStatus;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;
using pspnic::test::Time;

class RxPspTest : public testing::Test {
 protected:
  // Everything that can become of a PSP packet.
  struct Counts {
    uint64_t packets, auth_fail, error, bad, bad_version, stale_key, bypass;
    bool operator==(const Counts&) const = default;
  };
  Counts counts() const {
    const Pipeline::Stats& s = bench_.pipeline.stats();
    return {s.psp_packets.value(),     s.psp_auth_fail.value(), s.psp_error.value(), s.psp_bad.value(),
            s.psp_bad_version.value(), s.psp_stale_key.value(), s.psp_bypass.value()};
  }
  std::vector<RxBench::Received> deliver(const Bytes& frame) {
    bench_.receive(frame);
    bench_.run();
    EXPECT_TRUE(bench_.balanced());
    return bench_.received(0);
  }

  RxBench bench_;
};

TEST_F(RxPspTest, OpensEveryVersionInBothFamiliesAndBothPhases) {
  uint64_t good = 0;
  for (unsigned kind = 0; kind < 32; ++kind) {
    TcpFlow flow = RxBench::psp_flow(kind & 3, (kind & 4) != 0 ? 0x80001234 : 0x00004321);
    flow.outer_v6 = (kind & 8) != 0;
    flow.vc = (kind & 16) != 0;
    const auto received = deliver(bench_.sealed(flow, 50 + kind * 31, kind));
    ASSERT_EQ(received.size(), 1u) << kind;
    Bytes expected = RxBench::clear(flow, 50 + kind * 31, kind);
    Bytes seen = received[0].bytes;
    ASSERT_EQ(seen.size(), expected.size());
    std::fill(seen.end() - 16, seen.end(), uint8_t{0});  // the ICV stays in place
    EXPECT_EQ(seen, expected) << kind;
    const idpf::RxCompletion& completion = received[0].completion;
    EXPECT_EQ(completion.psp_status, PspRxStatus::kOk);
    EXPECT_EQ(completion.psp_generation, (kind & 4) != 0 ? 11 : 10);
    EXPECT_EQ(completion.psp_spi, flow.spi);
    EXPECT_EQ(completion.status2, idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid);
    EXPECT_FALSE(completion.psp_icv_stripped);
    EXPECT_EQ(completion.ptype, idpf::find_ptype(flow.outer_v6 ? idpf::PtypeL3::kIpv6 : idpf::PtypeL3::kIpv4,
                                                 idpf::PtypeL4::kPsp, idpf::PtypeFragment::kWhole));
    EXPECT_EQ(completion.status1 & (idpf::kRxL3l4p | idpf::kRxL4e), idpf::kRxL3l4p);
    EXPECT_EQ(counts(), (Counts{++good, 0, 0, 0, 0, 0, 0}));
  }
}

TEST_F(RxPspTest, BytesCountFromBehindTheIvToTheEndOfThePayload) {
  TcpFlow flow = RxBench::psp_flow();
  flow.vc = true;
  deliver(bench_.sealed(flow, 100));
  EXPECT_EQ(bench_.pipeline.stats().psp_bytes.value(), 8u + 20 + 100);
}

TEST_F(RxPspTest, OneWrongBitAnywhereUnderTheIcvDeliversNothing) {
  const TcpFlow flow = RxBench::psp_flow();
  const Bytes frame = bench_.sealed(flow, 40);
  uint64_t failed = 0;
  // From the IV to the last byte of the ICV, one bit of each byte.
  for (size_t at = flow.psp_offset() + psp::kIvOffset; at < frame.size(); ++at) {
    Bytes wrong = frame;
    wrong[at] ^= static_cast<uint8_t>(1 << at % 8);
    bench_.memory.writes.clear();
    EXPECT_TRUE(deliver(wrong).empty()) << at;
    EXPECT_TRUE(bench_.memory.writes.empty()) << at;
    EXPECT_EQ(counts(), (Counts{0, ++failed, 0, 0, 0, 0, 0}));
  }
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), failed);
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

TEST_F(RxPspTest, LengthAndFramingErrors) {
  const TcpFlow flow = RxBench::psp_flow();
  const Bytes frame = bench_.sealed(flow, 100);
  const size_t psp = flow.psp_offset();
  Bytes wrong = frame;
  wrong[psp + 1] = 0;  // header length
  EXPECT_TRUE(deliver(wrong).empty());
  wrong = frame;
  wrong[psp + 2] = 63;  // crypt offset beyond the payload
  EXPECT_TRUE(deliver(wrong).empty());
  EXPECT_EQ(counts(), (Counts{0, 0, 2, 0, 0, 0, 0}));
  EXPECT_EQ(bench_.drop(DropReason::kRxPspError), 2u);
}

TEST_F(RxPspTest, ReservedVersionsAndSpisAndMissingKeysAreBad) {
  const TcpFlow flow = RxBench::psp_flow();
  const Bytes frame = bench_.sealed(flow, 100);
  const size_t psp = flow.psp_offset();
  Bytes wrong = frame;
  wrong[psp + 3] = 4 << 2 | 1;
  EXPECT_TRUE(deliver(wrong).empty());
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 1, 1, 0, 0}));
  wrong = frame;
  wrong[psp + 3] = 0;  // the bit that is always 1
  EXPECT_TRUE(deliver(wrong).empty());
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 2, 1, 0, 0}));
  wrong = frame;
  std::fill_n(wrong.begin() + static_cast<ptrdiff_t>(psp) + 4, 4, uint8_t{0});
  EXPECT_TRUE(deliver(wrong).empty());
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 3, 1, 0, 0}));

  const Bytes other_phase = bench_.sealed(RxBench::psp_flow(0, 0x80000005), 100);
  bench_.keys.drop(1);
  EXPECT_TRUE(deliver(other_phase).empty());
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 4, 1, 1, 0}));
  EXPECT_EQ(bench_.drop(DropReason::kRxPspBad), 4u);
  EXPECT_EQ(deliver(frame).size(), 1u) << "the other key is still there";
}

TEST_F(RxPspTest, WhatIsNotToBeOpenedGoesUpAsItCame) {
  const Bytes frame = bench_.sealed(RxBench::psp_flow(2), 100);
  bench_.pipeline.configure_psp({.versions = 0xb});  // not version 2
  auto received = deliver(frame);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame);
  EXPECT_EQ(received[0].completion.psp_status, PspRxStatus::kNotPsp);
  EXPECT_EQ(received[0].completion.ptype,
            idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kUdp, idpf::PtypeFragment::kWhole));
  EXPECT_EQ(received[0].completion.status2, 0);
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 0, 0, 0, 1}));

  bench_.pipeline.configure_psp({.versions = 0});
  received = deliver(frame);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame);

  bench_.pipeline.configure_psp({.versions = 0xf});
  bench_.steer_to(1);  // a queue without PSP
  bench_.receive(frame);
  bench_.run();
  received = bench_.received(1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame);
  EXPECT_EQ(counts(), (Counts{0, 0, 0, 0, 0, 0, 1}));
}

TEST_F(RxPspTest, SpiOnlyIfConfigured) {
  bench_.pipeline.configure_psp({.versions = 0xf, .spi_in_descriptor = false});
  const auto received = deliver(bench_.sealed(RxBench::psp_flow(), 100));
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].completion.psp_spi, 0u);
  EXPECT_EQ(received[0].completion.status2, 0);
}

TEST_F(RxPspTest, StrippedIcvAndItsPlaceInTheBuffer) {
  bench_.pipeline.configure_psp({.versions = 0xf, .strip_icv = true});
  const TcpFlow flow = RxBench::psp_flow();
  Bytes expected = RxBench::clear(flow, 1000);
  expected.resize(expected.size() - 16);
  // 16 KiB of buffer: sixteen bytes lost a packet would stop it after a thousand.
  for (unsigned i = 0; i < 3000; ++i) {
    const auto received = deliver(bench_.sealed(flow, 1000));
    ASSERT_EQ(received.size(), 1u) << i;
    if (i > 0) continue;
    EXPECT_EQ(received[0].bytes, expected);
    EXPECT_TRUE(received[0].completion.psp_icv_stripped);
  }
  EXPECT_EQ(bench_.drops.total(), 0u);
}

TEST_F(RxPspTest, PaddingBehindTheIcvIsNoHindrance) {
  TcpFlow flow = RxBench::psp_flow();
  Bytes frame = bench_.sealed(flow, 10);
  frame.resize(frame.size() + 30, 0);
  EXPECT_EQ(deliver(frame).size(), 1u);
}

TEST_F(RxPspTest, TheGenerationIsThatOfTheKeyThatOpenedThePacket) {
  const Bytes frame = bench_.sealed(RxBench::psp_flow(), 100);
  bench_.receive(frame);
  bench_.keys.make(0);  // another key in the slot before the packet is placed
  bench_.keys.activate(0, 77);
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].completion.psp_generation, 10);
  EXPECT_TRUE(deliver(frame).empty()) << "the old key is gone";
  EXPECT_EQ(counts().auth_fail, 1u);
  EXPECT_EQ(deliver(bench_.sealed(RxBench::psp_flow(), 100)).at(0).completion.psp_generation, 77);
}

TEST_F(RxPspTest, NothingIsWrittenBeforeTheIcvIsThrough) {
  const Bytes frame = bench_.sealed(RxBench::psp_flow(), 1000);
  const Time arrival = bench_.events.now();
  bench_.memory.writes.clear();
  bench_.receive(frame);
  bench_.run();
  ASSERT_FALSE(bench_.memory.writes.empty());
  // Parser 20, key derivation 15; lane: 10 rounds, register, key, 64 blocks of text, header, lengths,
  // product, tag; placement 20 cycles.
  constexpr Time kCycles = 20 + 15 + (10 + 1 + 1 + 64 + 1 + 1 + 1 + 1) + 20;
  EXPECT_GE(bench_.memory.writes[0].when, arrival + kCycles * 1'000);
}

TEST_F(RxPspTest, DroppedPacketsGiveTheirSpaceBack) {
  Bytes wrong = bench_.sealed(RxBench::psp_flow(), 1000);
  wrong.back() ^= 1;
  for (int i = 0; i < 100; ++i) {
    bench_.at(bench_.events.now() + static_cast<Time>(i) * 1'000'000, [&] { bench_.receive(wrong); });
  }
  bench_.run();
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 100u);
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 0u);
}

}  // namespace
}  // namespace pspnic::rx
