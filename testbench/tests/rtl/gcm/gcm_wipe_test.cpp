// SPDX-License-Identifier: Apache-2.0
// A packet under a key of zeros wipes a lane. Two lanes do the same with different packets; when each has got
// that packet, all that a Verilated lane remembers, which includes every register, must be the same in both.
#include <Vgcm_lane_128.h>
#include <Vgcm_lane_128___024root.h>
#include <Vgcm_lane_256.h>
#include <Vgcm_lane_256___024root.h>
#include <Vgcm_lane_256_digit32.h>
#include <Vgcm_lane_256_digit32___024root.h>
#include <Vgcm_lane_256_gates.h>
#include <Vgcm_lane_256_gates___024root.h>
#include <Vgcm_lane_256_iterative.h>
#include <Vgcm_lane_256_iterative___024root.h>

#include "testbench/tests/rtl/gcm/gcm_reference.h"
#include "testbench/tests/rtl/gcm/open_core.h"
#include "testbench/tests/rtl/memory.h"

namespace pspnic::rtl {
namespace {

template <class T, size_t kIndex>
struct Lane {
  using Top = T;
  static constexpr GcmShape kShape = kTestedShapes[kIndex];
};

template <class Lane>
class GcmWipeTest : public testing::Test {
 protected:
  using Core = OpenCore<typename Lane::Top>;
  static constexpr unsigned kWideKeys = Lane::kShape.max_key_bits == 256;
  static constexpr unsigned kRest = 40;  // cycles

  GcmWipeTest() {
    rest();
    always_ = differences();
  }

  std::set<size_t> differences() const { return rtl_test::differences(a_core_->memory(), b_core_->memory()); }

  void submit(const GcmPacket& to_a, const GcmPacket& to_b) {
    a_.submit(to_a);
    b_.submit(to_b);
  }
  // Packets of all versions, to seal and to open, that differ in all but their lengths.
  void submit_secrets() {
    for (unsigned version = 0; version < 4; ++version) {
      if (version % 2 > kWideKeys) continue;
      const size_t text = version < 2 ? 75 : 0;
      const GcmPacket a = maker_.make(20, text, static_cast<int>(version));
      const GcmPacket b = maker_.make(20, text, static_cast<int>(version));
      submit(a, b);
      submit(sealed(a), sealed(b));
    }
  }
  void submit_wipe(size_t text_bytes) {
    GcmPacket packet;
    packet.version = kWideKeys;
    packet.text.resize(text_bytes);
    submit(packet, packet);
  }
  void step(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) {
      a_.step();
      b_.step();
    }
  }
  void rest() { step(kRest); }
  void drain() {
    for (GcmLane* lane : {&a_, &b_}) {
      lane->drain();
      while (lane->take_result()) {
      }
    }
    rest();
  }
  void expect_secrets() const { EXPECT_GT(differences().size(), always_.size() + 64); }
  void expect_wiped() const { EXPECT_EQ(differences(), always_); }

  Core* a_core_ = new Core;
  Core* b_core_ = new Core;
  GcmLane a_{std::unique_ptr<GcmCore>(a_core_)};
  GcmLane b_{std::unique_ptr<GcmCore>(b_core_)};
  std::set<size_t> always_;  // pointers
  PacketMaker maker_{Lane::kShape, 51};
};

using Lanes = testing::Types<Lane<Vgcm_lane_256, 0>, Lane<Vgcm_lane_128, 1>, Lane<Vgcm_lane_256_digit32, 2>,
                             Lane<Vgcm_lane_256_iterative, 3>, Lane<Vgcm_lane_256_gates, 4>>;
TYPED_TEST_SUITE(GcmWipeTest, Lanes);

TYPED_TEST(GcmWipeTest, ABlockOfTextUnderAKeyOfZerosLeavesNothing) {
  for (const size_t text_bytes : {1, 16, 256}) {
    this->submit_secrets();
    this->drain();
    this->expect_secrets();
    this->submit_wipe(text_bytes);
    this->drain();
    this->expect_wiped();
  }
}

// Why the packet has text: the output register keeps the last block otherwise.
TYPED_TEST(GcmWipeTest, WithoutTextTheLastTextStays) {
  this->submit_secrets();
  this->drain();
  this->submit_wipe(0);
  this->drain();
  EXPECT_NE(this->differences(), this->always_);
}

TYPED_TEST(GcmWipeTest, ItMayFollowThePacketsAtOnceAndWait) {
  for (const unsigned percent : {0u, 25u, 80u}) {
    for (GcmLane* lane : {&this->a_, &this->b_}) {
      lane->stall = [percent, random = std::mt19937(percent)](GcmStream) mutable {
        return random() % 100 < percent;
      };
    }
    this->submit_secrets();
    this->submit_wipe(16);
    this->drain();
    this->expect_wiped();
  }
}

// What waits to be taken when a reset comes, a command with its key among it, is not kept either.
TYPED_TEST(GcmWipeTest, AResetWhileACommandWaitsAndThenTheWipeLeaveNothing) {
  for (unsigned cycles = 1; cycles < 60; ++cycles) {
    this->submit_secrets();
    this->step(cycles);
    this->expect_secrets();
    this->a_.reset();
    this->b_.reset();
    this->submit_wipe(16);
    this->drain();
    this->expect_wiped();
  }
}

}  // namespace
}  // namespace pspnic::rtl
