// SPDX-License-Identifier: Apache-2.0
#include "model/base/packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace pspnic::base {
namespace {

TEST(PacketPoolTest, HandsOutAndTakesBack) {
  PacketPool pool;
  EXPECT_EQ(pool.in_use(), 0u);
  {
    const PacketPtr a = pool.take(100);
    const PacketPtr b = pool.take(200);
    EXPECT_EQ(pool.in_use(), 2u);
    EXPECT_NE(a.get(), b.get());
    EXPECT_EQ(a->size(), 100u);
    EXPECT_EQ(b->bytes().size(), 200u);
  }
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(PacketPoolTest, TheLastReturnedComesFirst) {
  PacketPool pool;
  PacketPtr a = pool.take(60);
  PacketPtr b = pool.take(60);
  Packet* const last = a.get();
  b.reset();
  a.reset();
  EXPECT_EQ(pool.take(60).get(), last);
}

TEST(PacketPoolTest, APacketTakenAgainRemembersNothingOfItsLife) {
  PacketPool pool;
  PacketPtr packet = pool.take(1000);
  packet->created = 2;
  packet->wire_start = 3;
  packet->wire_end = 4;
  packet.reset();
  packet = pool.take(64);
  EXPECT_EQ(packet->size(), 64u);
  EXPECT_EQ(packet->created, 0u);
  EXPECT_EQ(packet->wire_start, 0u);
  EXPECT_EQ(packet->wire_end, 0u);
}

TEST(PacketPoolTest, OwnershipMoves) {
  PacketPool pool;
  PacketPtr a = pool.take(60);
  PacketPtr b = std::move(a);
  EXPECT_EQ(pool.in_use(), 1u);
  b.reset();
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(PacketPoolTest, ManyAtATimeAreAllDifferent) {
  PacketPool pool;
  std::vector<PacketPtr> packets;
  std::set<const uint8_t*> places;
  for (size_t i = 0; i < 100; ++i) {
    packets.push_back(pool.take(Packet::kMaxFrameBytes));
    places.insert(packets.back()->data());
    std::fill(packets.back()->bytes().begin(), packets.back()->bytes().end(), static_cast<uint8_t>(i));
  }
  EXPECT_EQ(places.size(), 100u);
  for (size_t i = 0; i < 100; ++i) {
    const auto bytes = std::as_const(*packets[i]).bytes();
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [i](uint8_t byte) { return byte == i; }));
  }
  packets.clear();
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(PacketTest, HeadersMoveIntoTheHeadroomAndThePoolForgetsIt) {
  PacketPool pool;
  PacketPtr packet = pool.take(100);
  EXPECT_EQ(packet->begin(), Packet::kHeadroom);
  packet->data()[0] = 7;
  const uint8_t* payload = packet->data();
  packet->place(packet->begin() - 72, packet->begin() + 100);
  EXPECT_EQ(packet->size(), 172u);
  EXPECT_EQ(packet->data() + 72, payload);
  EXPECT_EQ(packet->bytes()[72], 7);
  EXPECT_EQ(packet->room().data() + packet->begin(), packet->data());
  EXPECT_EQ(packet->room().size(), Packet::kHeadroom + Packet::kMaxFrameBytes);
  packet.reset();
  packet = pool.take(60);
  EXPECT_EQ(packet->begin(), Packet::kHeadroom);
  EXPECT_EQ(packet->data(), payload);
}

TEST(PacketTest, HoldsTheLargestFrame) {
  PacketPool pool;
  const PacketPtr packet = pool.take(Packet::kMaxFrameBytes);
  std::fill_n(packet->data(), packet->size(), uint8_t{2});
  packet->resize(10);
  EXPECT_EQ(packet->bytes().size(), 10u);
  EXPECT_EQ(packet->bytes()[9], 2);
}

}  // namespace
}  // namespace pspnic::base
