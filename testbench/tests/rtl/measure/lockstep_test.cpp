// SPDX-License-Identifier: Apache-2.0
// The same packets at the same time through the RTL and through the stretch that the model's pipelines are
// made of: each result leaves both in the same cycle. PSPNIC_LOCKSTEP_PACKETS sets how many a lane gets.
//
// Half of the packets are opened, and half of those are forged. Illegal ones are not among them: they take
// cycles that are not those of the model's server, and rtl/gcm/README.md has them for a lane that is free
// only, where GcmBadInputTest.IllegalPacketTakesACycleABlock tests them.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "model/base/stretch.h"
#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"
#include "model/psp/engine.h"
#include "model/psp/header.h"
#include "rtl/cosim/kdf_unit.h"
#include "rtl/measure/gcm_meter.h"
#include "testbench/tests/rtl/packets_wanted.h"

namespace pspnic::rtl {
namespace {

using crypto::GcmLaneKind;

constexpr std::array kLoads{0.3, 0.8, 1.0, 3.0};

unsigned packets_of_each_load() {
  constexpr auto kLoadCount = static_cast<unsigned>(kLoads.size());
  return rtl_test::packets_wanted("PSPNIC_LOCKSTEP_PACKETS", 1500, kLoadCount) / kLoadCount;
}

class Lockstep {
 public:
  Lockstep(const GcmShape& shape, GcmLaneKind kind, uint32_t seed)
      : shape_(shape), lane_(shape), random_(seed), model_(params(kind)) {}

  // Arrivals at `load` times what the lane can take, in bursts and alone.
  void run(unsigned packets, double load) {
    base::Stretch stretch("lane", {{.name = "gcm", .servers = 1, .capacity = 1u << 20}});
    std::vector<uint64_t> expected;
    std::vector<GcmStatus> statuses;
    double arrival = 0;
    const uint64_t start = lane_.cycle();
    for (unsigned i = 0; i < packets; ++i) {
      GcmPacket packet = make();
      const bool forged = packet.open && random_() % 2 == 0;
      if (packet.open && !forged) seal(packet);
      statuses.push_back(forged ? GcmStatus::kTagMismatch : GcmStatus::kOk);
      const base::Service service =
          model_.service(static_cast<psp::Version>(packet.version), static_cast<uint32_t>(packet.aad.size()),
                         static_cast<uint32_t>(packet.text.size()));
      const auto at = static_cast<uint64_t>(arrival);
      expected.push_back(stretch.pass(at * base::kNs, std::array{service}).departure() / base::kNs);
      lane_.submit(std::move(packet), start + at);
      const double mean = static_cast<double>(service.occupancy) / base::kNs / load;
      if (random_() % 3 != 0) arrival += mean * 1.5 * static_cast<double>(random_() % 2001) / 1000.0;
    }
    lane_.drain();
    for (unsigned i = 0; i < packets; ++i) {
      const GcmResult result = lane_.take_result().value();
      ASSERT_EQ(result.result_offered - start, expected[i]) << "packet " << i << " of " << packets;
      ASSERT_EQ(result.status, statuses[i]) << "packet " << i << " of " << packets;
    }
  }

 private:
  static crypto::GcmParams params(GcmLaneKind kind) {
    crypto::GcmParams params;
    params.lane = kind;
    params.clock = base::Frequency{1 * base::kGHz};
    return params;
  }

  GcmPacket make() {
    const std::vector<unsigned> versions = versions_of(shape_);
    const unsigned version = versions[random_() % versions.size()];
    constexpr std::array<unsigned, 5> kMax{1, 64, 300, 1500, 9000};
    const auto bytes = static_cast<unsigned>(random_() % (kMax[std::min<size_t>(random_() % 12, 4)] + 1));
    const GcmLoad load =
        psp_load(version, random_() % 4 == 0 ? static_cast<unsigned>(random_() % 64) : 0, bytes);
    GcmPacket packet;
    packet.open = random_() % 2 == 0;
    packet.version = version;
    for (uint8_t& byte : packet.key) byte = static_cast<uint8_t>(random_());
    packet.aad.assign(load.aad_bytes, static_cast<uint8_t>(random_()));
    packet.text.assign(load.text_bytes, static_cast<uint8_t>(random_()));
    return packet;
  }

  // As a sender would, so that it opens.
  void seal(GcmPacket& packet) {
    const auto version = static_cast<psp::Version>(packet.version);
    const psp::SessionKey key(std::span<const uint8_t>(packet.key).first(psp::key_bytes(version)));
    ASSERT_TRUE(sender_->seal(key, packet.nonce, packet.aad, packet.text, packet.icv));
  }

  GcmShape shape_;
  GcmLane lane_;
  std::mt19937 random_;
  crypto::GcmLanes model_;
  std::unique_ptr<psp::Aead> sender_ = psp::reference_engine().make_aead();
};

class LockstepTest : public testing::TestWithParam<size_t> {};

TEST_P(LockstepTest, EveryPacketLeavesInTheSameCycle) {
  const size_t lane = GetParam();
  for (const double load : kLoads) {
    Lockstep lockstep(kMeasuredLanes[lane].shape, kMeasuredLanes[lane].kind,
                      static_cast<uint32_t>(load * 10));
    lockstep.run(packets_of_each_load(), load);
  }
}

class LockstepKdfTest : public testing::TestWithParam<KdfForm> {
 protected:
  // Requests at `load` times what the unit can take.
  static void run(KdfUnit& unit, const crypto::KdfUnits& model, double load) {
    base::Stretch stretch("unit", {{.name = "kdf", .servers = 1, .capacity = 1u << 20}});
    std::mt19937 random(static_cast<uint32_t>(load * 10));
    std::vector<KdfRequest> requests;
    std::vector<uint64_t> expected;
    double arrival = 0;
    const uint64_t start = unit.cycle();
    for (unsigned i = 0; i < packets_of_each_load(); ++i) {
      const auto version = static_cast<unsigned>(random() % 4);
      const base::Service service = model.service(static_cast<psp::Version>(version));
      const auto at = static_cast<uint64_t>(arrival);
      expected.push_back(stretch.pass(at * base::kNs, std::array{service}).departure() / base::kNs);
      requests.push_back({static_cast<uint32_t>(random()), version, start + at});
      const double mean = static_cast<double>(service.occupancy) / base::kNs / load;
      arrival += mean * static_cast<double>(random() % 2001) / 1000.0;
    }
    const std::vector<KdfAnswer> answers = unit.run(requests);
    for (size_t i = 0; i < answers.size(); ++i) {
      ASSERT_EQ(answers[i].status, KdfStatus::kOk);
      ASSERT_EQ(answers[i].answered - start, expected[i]) << "key " << i << ", load " << load;
    }
  }
};

TEST_P(LockstepKdfTest, EveryKeyLeavesInTheSameCycle) {
  crypto::KdfParams params;
  params.unit =
      GetParam() == KdfForm::kPipelined ? crypto::KdfUnitKind::kPipelined : crypto::KdfUnitKind::kIterative;
  params.clock = base::Frequency{1 * base::kGHz};
  KdfUnit unit(GetParam());
  for (const unsigned slot : {0u, 1u}) unit.load(slot, std::array<uint8_t, 32>{1, 2, 3});
  unit.run(std::vector<KdfRequest>{{1, 0}, {1u << 31, 0}});  // waits until both subkeys are there
  for (const double load : kLoads) run(unit, crypto::KdfUnits(params), load);
}
std::string unit_name(const testing::TestParamInfo<KdfForm>& info) {
  return name_of(info.param);
}
INSTANTIATE_TEST_SUITE_P(, LockstepKdfTest, testing::Values(KdfForm::kPipelined, KdfForm::kIterative),
                         unit_name);

std::string lane_name(const testing::TestParamInfo<size_t>& info) {
  return name_of(kMeasuredLanes[info.param].shape);
}
INSTANTIATE_TEST_SUITE_P(, LockstepTest, testing::Range(size_t{0}, kMeasuredLanes.size()), lane_name);

}  // namespace
}  // namespace pspnic::rtl
