// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/stalls.h"

#include <gtest/gtest.h>

#include <array>

#include "model/base/stretch.h"
#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"

namespace pspnic::crypto {
namespace {

constexpr base::Time kStall = 5'000'001;

// Stops at the packet with this number.
struct StopAt : StallSource {
  explicit StopAt(unsigned packet) : at(packet) {}
  base::Time next_stall() override { return number++ == at ? kStall : 0; }
  unsigned at;
  unsigned number = 0;
};

TEST(Stalls, AreAddedToOccupancyAndLatency) {
  GcmLanes lanes{GcmParams{}};
  KdfUnits units{KdfParams{}};
  const base::Service lane = lanes.service(psp::Version::kAesGcm128, 16, 64);
  const base::Service unit = units.service(psp::Version::kAesGcm128);
  StopAt first(0), second(0);
  lanes.set_stalls(&first);
  units.set_stalls(&second);
  const base::Service slow_lane = lanes.service(psp::Version::kAesGcm128, 16, 64);
  const base::Service slow_unit = units.service(psp::Version::kAesGcm128);
  EXPECT_EQ(slow_lane.occupancy, lane.occupancy + kStall);
  EXPECT_EQ(slow_lane.latency, lane.latency + kStall);
  EXPECT_EQ(slow_unit.occupancy, unit.occupancy + kStall);
  EXPECT_EQ(slow_unit.latency, unit.latency + kStall);
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 16, 64).latency, lane.latency) << "only that packet";
  lanes.set_stalls(nullptr);
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 16, 64).occupancy, lane.occupancy);
}

// One lane of two stops at packet 10: those before it leave as ever, it and, in order behind it, the later
// ones exactly as much later until the backlog is worked off.
TEST(Stalls, NothingIsLostAndOnlyWhatIsBehindIsLater) {
  std::array<std::array<base::Time, 40>, 2> departures{};
  for (const bool stalls : {false, true}) {
    GcmLanes lanes{GcmParams{}};
    StopAt source(stalls ? 10 : 1000);
    lanes.set_stalls(&source);
    base::Stretch stretch("lanes", {{.name = "crypto", .servers = 2, .capacity = 64}});
    for (unsigned packet = 0; packet < 40; ++packet) {
      const base::Time now = packet * base::kUs;
      departures[stalls][packet] =
          stretch.pass(now, std::array{lanes.service(psp::Version::kAesGcm128, 16, 1408)}).departure();
    }
  }
  for (unsigned packet = 0; packet < 10; ++packet) {
    EXPECT_EQ(departures[1][packet], departures[0][packet]) << packet;
  }
  EXPECT_EQ(departures[1][10], departures[0][10] + kStall);
  EXPECT_EQ(departures[1][15], departures[1][10]) << "done in the other lane, and waits";
  EXPECT_EQ(departures[1][16], departures[0][16]) << "arrived 6 us later, when all is over";
}

}  // namespace
}  // namespace pspnic::crypto
