// SPDX-License-Identifier: Apache-2.0
// The tables in the repository are what the RTL gives, and the model makes of them what the RTL does.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "model/crypto/gcm_lanes.h"
#include "rtl/measure/gcm_meter.h"
#include "rtl/measure/kdf_meter.h"

namespace pspnic::rtl {
namespace {

std::string file(const std::string& path) {
  std::ifstream input(PSPNIC_SOURCE_DIR "/" + path);
  std::stringstream text;
  text << input.rdbuf();
  return text.str();
}

TEST(RtlMeasure, TablesInTheRepositoryAreUpToDate) {
  EXPECT_EQ(file("model/crypto/gcm_lane_table.h"), gcm_lane_table());
  EXPECT_EQ(file("model/crypto/kdf_unit_table.h"), kdf_unit_table());
  EXPECT_EQ(file("rtl/gcm/cycles.csv"), gcm_cycles_csv());
}

class RtlLane : public testing::TestWithParam<size_t> {
 protected:
  static crypto::GcmLanes model() {
    crypto::GcmParams params;
    params.lane = kMeasuredLanes[GetParam()].kind;
    params.clock = base::Frequency{1 * base::kGHz};
    return crypto::GcmLanes(params);
  }
  static GcmCycles cycles(const base::Service& service) {
    return {service.occupancy / base::kNs, service.latency / base::kNs};
  }
};

TEST_P(RtlLane, IsWhatTheModelCallsIt) {
  EXPECT_EQ(name_of(kMeasuredLanes[GetParam()].shape),
            crypto::timing_of(kMeasuredLanes[GetParam()].kind).name);
  EXPECT_EQ(model().versions(), kMeasuredLanes[GetParam()].shape.max_key_bits == 256 ? 0xfu : 0x5u);
}

TEST_P(RtlLane, TakesTheCyclesOfTheModel) {
  GcmMeter meter(kMeasuredLanes[GetParam()].shape);
  std::mt19937 random(7);
  for (const unsigned version : versions_of(kMeasuredLanes[GetParam()].shape)) {
    for (int i = 0; i < 60; ++i) {
      const unsigned bytes = static_cast<unsigned>(random()) % (i % 4 == 0 ? 9001 : 300);
      const GcmLoad load = psp_load(version, i % 3 == 0 ? static_cast<unsigned>(random()) % 64 : 0, bytes);
      ASSERT_EQ(meter.measure(load),
                cycles(model().service(static_cast<psp::Version>(version), load.aad_bytes, load.text_bytes)))
          << "version " << version << ", " << load.aad_bytes << " and " << load.text_bytes << " bytes";
    }
  }
}

std::string kind_name(const testing::TestParamInfo<size_t>& info) {
  return name_of(kMeasuredLanes[info.param].shape);
}
INSTANTIATE_TEST_SUITE_P(, RtlLane, testing::Range(size_t{0}, kMeasuredLanes.size()), kind_name);

TEST(RtlKdf, TakesTheCyclesOfTheModel) {
  for (const KdfForm form : {KdfForm::kPipelined, KdfForm::kIterative}) {
    for (unsigned version = 0; version < psp::kVersions; ++version) {
      EXPECT_EQ(measure_kdf(form, version), modelled_kdf(form, version)) << name_of(form) << version;
    }
  }
}

}  // namespace
}  // namespace pspnic::rtl
