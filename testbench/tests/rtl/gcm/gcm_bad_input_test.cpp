// SPDX-License-Identifier: Apache-2.0
// Bad input: each has its answer, and the packets before and after it are as if it had not been.
#include "testbench/tests/rtl/gcm/gcm_reference.h"

namespace pspnic::rtl {
namespace {

class GcmBadInputTest : public GcmLaneTest {
 protected:
  // The bad packet between good ones, back to back, to seal and to open.
  void expect_illegal(GcmLane& lane, PacketMaker& maker, GcmPacket bad) {
    for (const bool open : {false, true}) {
      bad.open = open;
      ASSERT_FALSE(is_legal(GetParam(), bad));
      check(lane, {maker.make(20, 50), bad, sealed(maker.make(33, 70)), bad, bad, maker.make(0, 5)});
    }
  }
};

TEST_P(GcmBadInputTest, IllegalVersion) {
  PacketMaker maker(GetParam(), 21);
  GcmLane lane(make_core(GetParam()));
  for (int version = 4; version < 16; ++version) {
    for (const size_t text : {0, 1, 40}) expect_illegal(lane, maker, maker.make(18, text, version));
    expect_illegal(lane, maker, maker.make(0, 0, version));
  }
}

TEST_P(GcmBadInputTest, KeyOf256BitsForALaneOf128) {
  if (GetParam().max_key_bits == 256) GTEST_SKIP() << "takes both";
  PacketMaker maker(GetParam(), 22);
  GcmLane lane(make_core(GetParam()));
  expect_illegal(lane, maker, maker.make(16, 100, 1));
  expect_illegal(lane, maker, maker.make(16, 0, 3));
}

TEST_P(GcmBadInputTest, GmacWithText) {
  PacketMaker maker(GetParam(), 23);
  GcmLane lane(make_core(GetParam()));
  expect_illegal(lane, maker, maker.make(16, 1, 2));
  expect_illegal(lane, maker, maker.make(16, 100, 3));
}

TEST_P(GcmBadInputTest, LengthsBeyondTheLimit) {
  const size_t most = GetParam().max_bytes;
  if (most == 16383) GTEST_SKIP() << "the limit is what the ports hold";
  PacketMaker maker(GetParam(), 24);
  GcmLane lane(make_core(GetParam()));
  expect_illegal(lane, maker, maker.make(most + 1, 16));
  expect_illegal(lane, maker, maker.make(16, most + 1));
  expect_illegal(lane, maker, maker.make(16383, 16383));
}

TEST_P(GcmBadInputTest, ManyIllegalPacketsFillTheContexts) {
  PacketMaker maker(GetParam(), 25);
  GcmLane lane(make_core(GetParam()));
  std::vector<GcmPacket> packets{maker.make(1000, 1000)};
  for (int i = 0; i < 40; ++i) packets.push_back(maker.make(16, i % 3, 4 + i % 12));
  packets.push_back(maker.make(100, 100));
  check(lane, packets);
}

TEST_P(GcmBadInputTest, IllegalPacketTakesACycleABlock) {
  PacketMaker maker(GetParam(), 26);
  GcmLane lane(make_core(GetParam()));
  for (const size_t aad : {0, 16, 100}) {
    for (const size_t text : {0, 16, 100}) {
      const GcmResult result = lane.run(maker.make(aad, text, 7));
      const size_t slots = std::max<size_t>(blocks(aad), 1) + blocks(text) + 1;
      EXPECT_EQ(result.status, GcmStatus::kIllegal);
      EXPECT_EQ(result.result_offered - result.command_taken, slots + 4);
    }
  }
}

TEST_P(GcmBadInputTest, ZeroLengthsAreLegal) {
  PacketMaker maker(GetParam(), 27);
  GcmLane lane(make_core(GetParam()));
  for (int i = 0; i < 20; ++i) {
    const GcmPacket nothing = maker.make(0, 0);
    GcmPacket forged = sealed(nothing);
    forged.icv[static_cast<size_t>(maker.below(16))] ^= 0x10;
    check(lane, {nothing, sealed(nothing), forged, maker.make(16, 0), maker.make(0, 16), nothing});
  }
}

TEST_P(GcmBadInputTest, TenThousandForgeriesAreRefused) {
  PacketMaker maker(GetParam(), 28);
  GcmLane lane(make_core(GetParam()));
  constexpr size_t kForgeries = 10'000;
  constexpr size_t kAtOnce = 100;
  size_t refused = 0;
  for (size_t sent = 0; sent < kForgeries; sent += kAtOnce) {
    for (size_t i = 0; i < kAtOnce; ++i) {
      GcmPacket packet = sealed(maker.make(maker.below(40), maker.below(60)));
      // One bit of AAD, text or ICV.
      const size_t bits = 8 * (packet.aad.size() + packet.text.size() + packet.icv.size());
      const size_t bit = maker.below(bits);
      const uint8_t flip = static_cast<uint8_t>(1u << (bit % 8));
      const size_t byte = bit / 8;
      if (byte < packet.aad.size()) {
        packet.aad[byte] ^= flip;
      } else if (byte < packet.aad.size() + packet.text.size()) {
        packet.text[byte - packet.aad.size()] ^= flip;
      } else {
        packet.icv[byte - packet.aad.size() - packet.text.size()] ^= flip;
      }
      lane.submit(std::move(packet));
    }
    lane.drain();
    while (const std::optional<GcmResult> result = lane.take_result()) {
      refused += result->status == GcmStatus::kTagMismatch ? 1 : 0;
      ASSERT_EQ(result->tag, (std::array<uint8_t, 16>{})) << "the right tag of a forged packet";
    }
  }
  EXPECT_EQ(refused, kForgeries);
}

// A forgery that the lane under no circumstances may help with: every bit of one tag.
TEST_P(GcmBadInputTest, EveryBitOfATagCounts) {
  PacketMaker maker(GetParam(), 29);
  GcmLane lane(make_core(GetParam()));
  const GcmPacket good = sealed(maker.make(20, 20));
  for (size_t bit = 0; bit < 128; ++bit) {
    GcmPacket forged = good;
    forged.icv[bit / 8] ^= static_cast<uint8_t>(0x80u >> (bit % 8));
    check(lane, {forged, good});
  }
}

// The outputs in the cycle of the result of a packet whose blocks, and the command's ports after the command,
// are filled up with `rest`.
GcmOutputs run_filled_up(GcmCore& core, const GcmPacket& packet, uint8_t rest) {
  const auto word = [&](const auto& bytes, size_t index) {
    uint32_t value = 0;
    for (size_t i = 4 * index; i < 4 * index + 4; ++i) {
      value = value << 8 | (i < bytes.size() ? bytes[i] : rest);
    }
    return value;
  };
  GcmInputs inputs;
  GcmOutputs outputs;
  inputs.cmd_valid = inputs.in_valid = inputs.out_ready = inputs.res_ready = true;
  inputs.cmd_open = packet.open;
  inputs.cmd_version = static_cast<uint8_t>(packet.version);
  for (size_t i = 0; i < 8; ++i) inputs.cmd_key[7 - i] = word(packet.key, i);
  for (size_t i = 0; i < 3; ++i) inputs.cmd_nonce[2 - i] = word(packet.nonce, i);
  inputs.cmd_aad_bytes = static_cast<uint16_t>(packet.aad.size());
  inputs.cmd_text_bytes = static_cast<uint16_t>(packet.text.size());
  const size_t aad_blocks = blocks(packet.aad.size());
  const size_t icv_block = aad_blocks + blocks(packet.text.size());
  size_t block = 0;
  for (int cycle = 0; cycle < 500 && !outputs.res_valid; ++cycle) {
    for (size_t i = 0; i < 4; ++i) {
      inputs.in_data[3 - i] = block < aad_blocks  ? word(packet.aad, 4 * block + i)
                              : block < icv_block ? word(packet.text, 4 * (block - aad_blocks) + i)
                                                  : word(packet.icv, i);
    }
    core.settle(inputs, outputs);
    if (outputs.out_valid && outputs.out_last) {
      EXPECT_EQ(outputs.out_data[3] & 0xff, 0u);
    }
    if (inputs.in_valid && outputs.in_ready) ++block;
    if (outputs.cmd_ready) inputs.cmd_valid = false;
    core.tick();
    inputs.in_valid = block < icv_block + (packet.open ? 1 : 0);
    if (!inputs.cmd_valid) {
      inputs.cmd_key.fill(rest);
      inputs.cmd_nonce.fill(rest);
      inputs.cmd_open = !packet.open;
      inputs.cmd_version = 3;
      inputs.cmd_aad_bytes = inputs.cmd_text_bytes = 1000;
    }
  }
  return outputs;
}

TEST_P(GcmBadInputTest, BytesBeyondTheCountsDoNotMatter) {
  PacketMaker maker(GetParam(), 30);
  const GcmPacket packet = maker.make(5, 19);
  const Expected expected = openssl(packet);
  uint32_t first = 0;
  for (size_t i = 0; i < 4; ++i) first = first << 8 | expected.tag[i];
  const std::unique_ptr<GcmCore> core = make_core(GetParam());
  for (const bool open : {false, true}) {
    for (const uint8_t rest : std::array<uint8_t, 3>{0, 0xff, 0x5a}) {
      const GcmOutputs outputs = run_filled_up(*core, open ? sealed(packet) : packet, rest);
      ASSERT_TRUE(outputs.res_valid);
      EXPECT_EQ(outputs.res_status, 0);
      EXPECT_EQ(outputs.res_tag[3], open ? 0 : first);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GcmBadInputTest, testing::ValuesIn(kTestedShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
