// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/parameters.h"

#include <gtest/gtest.h>

#include <string>

#include "model/base/config_error.h"
#include "testbench/bench/stream.h"

namespace pspnic::bench {
namespace {

TEST(Presets, AllApplyAndFitTheDefaultCard) {
  for (const Preset& preset : presets()) {
    SCOPED_TRACE(preset.name);
    Parameters parameters;
    apply_preset(parameters, preset.name);
    EXPECT_LE(stream_frame_bytes(parameters.stream) + 40u - 14u, parameters.platform.nic.mac.mtu);
  }
}

TEST(Presets, ChangeWhatTheirNameSays) {
  Parameters tso, clear, bidir, small, jumbo;
  apply_preset(tso, "tso");
  EXPECT_EQ(tso.stream.tso.bytes, 44u * tso.stream.payload_bytes);
  apply_preset(clear, "clear");
  EXPECT_FALSE(clear.stream.psp);
  apply_preset(bidir, "bidir");
  EXPECT_TRUE(bidir.stream.both_ways);
  apply_preset(small, "small");
  EXPECT_EQ(small.stream.payload_bytes, 64u);
  apply_preset(jumbo, "jumbo");
  EXPECT_EQ(jumbo.stream.payload_bytes, 8900u);
}

TEST(Presets, AnUnknownNameIsAnsweredWithThoseThereAre) {
  Parameters parameters;
  try {
    apply_preset(parameters, "jumbos");
    FAIL() << "accepted";
  } catch (const base::ConfigError& error) {
    EXPECT_NE(error.place().find("jumbos"), std::string::npos);
    for (const Preset& preset : presets()) EXPECT_NE(error.rule().find(preset.name), std::string::npos);
  }
}

TEST(Parameters, SettingsReachTheirFields) {
  Parameters parameters;
  parameters.tree.set("cable.delay", "70ns");
  parameters.tree.set("nic.crypto.gcm.lanes", "7");
  parameters.tree.set("replay.pacing", "capture");
  EXPECT_EQ(parameters.platform.cable.delay.ps, 70'000u);
  EXPECT_EQ(parameters.platform.nic.crypto.gcm.lanes, 7u);
  EXPECT_EQ(parameters.replay.pacing, ReplayParams::Pacing::kCapture);
}

}  // namespace
}  // namespace pspnic::bench
