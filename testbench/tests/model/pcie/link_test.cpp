// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/link.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/base/config_error.h"

namespace pspnic::pcie {
namespace {

constexpr double kFractionalBps = 227.4e9;  // 35.18 ps a byte

struct Published {
  unsigned generation;
  unsigned lanes;
  unsigned max_payload_bytes;
  double raw_gbps;
  double tlp_gbps;
};

// pcie-bench's link account (Neugebauer et al., SIGCOMM 2018).
TEST(Link, TlpBandwidthIsThePublishedOne) {
  const Published table[] = {{3, 8, 256, 63.02, 57.88},
                             {4, 16, 256, 252.06, 227.40},
                             {4, 16, 512, 252.06, 229.25},
                             {5, 16, 256, 504.12, 454.80},
                             {5, 16, 512, 504.12, 458.49}};
  for (const Published& row : table) {
    LinkParams params;
    params.generation = row.generation;
    params.lanes = row.lanes;
    params.max_payload_bytes = row.max_payload_bytes;
    const double gbps = tlp_bandwidth_bps(params) / 1e9;
    EXPECT_NEAR(gbps, row.tlp_gbps, row.tlp_gbps / 1000)
        << "generation " << row.generation << " x" << row.lanes;
    EXPECT_LT(gbps, row.raw_gbps);
  }
}

TEST(Link, EveryWidthAndPayloadLosesAShareBetweenSkipsAndAFifth) {
  for (unsigned generation : {3u, 4u, 5u}) {
    for (unsigned lanes : {1u, 2u, 4u, 8u, 16u}) {
      for (unsigned payload : {128u, 256u, 512u, 1024u, 2048u, 4096u}) {
        LinkParams params;
        params.generation = generation;
        params.lanes = lanes;
        params.max_payload_bytes = payload;
        const double raw = 8e9 * std::pow(2, generation - 3) * lanes * 128 / 130;
        const double share = tlp_bandwidth_bps(params) / raw;
        EXPECT_LT(share, 1 - 4.0 / 1538);
        EXPECT_GT(share, 0.8);
      }
    }
  }
}

TEST(Link, HeadersAreCountedOncePerTlp) {
  LinkParams params;
  params.max_payload_bytes = 256;
  EXPECT_EQ(write_bytes(params, 0), 24u);
  EXPECT_EQ(write_bytes(params, 1), 25u);
  EXPECT_EQ(write_bytes(params, 256), 280u);
  EXPECT_EQ(write_bytes(params, 257), 257u + 48);
  EXPECT_EQ(write_bytes(params, 1500), 1500u + 6 * 24);
  EXPECT_EQ(completion_bytes(params, 1), 21u);
  EXPECT_EQ(completion_bytes(params, 256), 276u);
  EXPECT_EQ(completion_bytes(params, 257), 257u + 40);
  EXPECT_EQ(completion_bytes(params, 512), 552u);
}

// 64 GT/s x 16 x 236 / 256, from the flit's layout.
TEST(Link, Generation6HasFlitsAndShorterHeaders) {
  LinkParams params;
  params.generation = 6;
  EXPECT_DOUBLE_EQ(tlp_bandwidth_bps(params), 944e9);
  EXPECT_EQ(write_bytes(params, 0), 16u);
  EXPECT_EQ(write_bytes(params, 257), 257u + 32);
  EXPECT_EQ(completion_bytes(params, 256), 268u);
  EXPECT_EQ(completion_bytes(params, 512), 536u);
}

TEST(Link, SendsInOrderAndBackToBack) {
  base::StatGroup root("nic");
  Direction direction(root, "upstream", 200e9);  // 40 ps a byte
  EXPECT_EQ(direction.duration(100), 4000u);
  EXPECT_EQ(direction.send(1000, 100), 5000u);
  EXPECT_EQ(direction.send(1000, 50), 7000u) << "waits for the one before";
  EXPECT_EQ(direction.send(7000, 1), 7040u);
  EXPECT_EQ(direction.send(10'000, 1), 10'040u) << "idle time is lost";
}

TEST(Link, APostedWriteOvertakesAndDelaysTheRest) {
  base::StatGroup root("nic");
  Direction direction(root, "downstream", 200e9);
  EXPECT_EQ(direction.send(0, 1000), 40'000u);
  EXPECT_EQ(direction.send_first(100, 28), 100u + 1120);
  EXPECT_EQ(direction.send(200, 100), 40'000u + 1120 + 4000);
}

// 40 ps a byte; 100,000 bytes wait until 4 us.
TEST(Link, TakesTurnsWithWhatWaits) {
  base::StatGroup root("nic");
  Direction direction(root, "upstream", 200e9);
  EXPECT_EQ(direction.send_in_turn(0, 24, 88), 960u) << "nothing waits";
  EXPECT_EQ(direction.send_in_turn(0, 24, 88), 1920u) << "nothing waits but its like";
  EXPECT_EQ(direction.send(0, 100'000), 4'001'920u);
  const Time turn = 960 + 112 * 40;  // of the one behind the second
  EXPECT_EQ(direction.send_in_turn(2000, 24, 976), turn + 960) << "88 bytes behind the one before";
  EXPECT_EQ(direction.send_in_turn(2000, 24, 976), turn + 40'000 + 960) << "976 bytes behind";
  EXPECT_EQ(direction.send_in_turn(turn + 80'000 - 1, 24, 0), turn + 80'960)
      << "a picosecond before its turn";
  EXPECT_EQ(direction.send_in_turn(turn + 80'961, 24, 0), turn + 80'961 + 960) << "one behind it";
  EXPECT_EQ(direction.send(0, 1), 4'001'920u + 4 * 960 + 40) << "which is delayed by all of them";
}

TEST(Link, ATurnDoesNotWaitForALinkThatIsFree) {
  base::StatGroup root("nic");
  Direction direction(root, "upstream", 200e9);
  direction.send(0, 100);
  EXPECT_EQ(direction.send_in_turn(0, 24, 1'000'000), 960u);
  EXPECT_EQ(direction.send_in_turn(4959, 24, 0), 4960u + 960) << "what waited has left at 4,960 ps";
}

TEST(Link, RoundingDoesNotAddUp) {
  base::StatGroup root("nic");
  Direction direction(root, "upstream", kFractionalBps);
  constexpr uint64_t kSends = 1'000'000;
  Time last = 0;
  for (uint64_t i = 0; i < kSends; ++i) last = direction.send(0, 1);
  const double exact = kSends * 8e12 / kFractionalBps;
  EXPECT_NEAR(static_cast<double>(last), exact, exact * 1e-5);
}

TEST(Link, TagsMustCoverOnePayload) {
  LinkParams params;
  params.tags = 1;
  params.max_read_request_bytes = 128;
  params.max_payload_bytes = 256;
  EXPECT_THROW(params.check(), base::ConfigError);
  params.tags = 2;
  EXPECT_NO_THROW(params.check());
}

}  // namespace
}  // namespace pspnic::pcie
