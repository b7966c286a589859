// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/recorded_card.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "model/base/config_error.h"
#include "model/record/header.h"

namespace pspnic::playback {
namespace {

// Of a card with these settings.
record::Recording recording_of(const std::vector<std::string>& settings) {
  embed::CardOptions options;
  options.settings = settings;
  const embed::CardParameters parameters(options);
  record::Recording recording;
  recording.origin = "x.rec";
  recording.header = record::header_of("a test", parameters.tree(), options.mac.bytes);
  return recording;
}

void add_parameter(record::Recording& recording, const std::string& text) {
  recording.header.parameters.insert(recording.header.parameters.find('{', 1) + 1, text + ", ");
}

std::string error_of(const record::Recording& recording) {
  try {
    (void)recorded_card(recording);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "none";
}

TEST(RecordedCard, HasTheRecordedParametersAndAddress) {
  const record::Recording recording = recording_of({"nic.device.queues=8", "nic.pcie.generation=3"});
  EXPECT_EQ(recording.header.mac, "02:50:53:50:00:0a");
  EXPECT_EQ(recording.header.changed, (std::vector<std::string>{"nic.device.queues", "nic.pcie.generation"}));
  const RecordedCard card = recorded_card(recording);
  EXPECT_EQ(embed::CardParameters(card.options).tree().to_json(), recording.header.parameters);
  EXPECT_EQ(card.options.mac, embed::CardOptions{}.mac);
  EXPECT_TRUE(card.left_out.empty());
}

TEST(RecordedCard, ParametersOfOtherProgramsAreLeftOutIfNobodySetThem) {
  record::Recording recording = recording_of({});
  add_parameter(recording, R"("teleport": {"range": "3ns", "on": false})");
  const RecordedCard card = recorded_card(recording);
  EXPECT_EQ(card.left_out, (std::vector<std::string>{"nic.teleport.range", "nic.teleport.on"}));
  EXPECT_EQ(embed::CardParameters(card.options).tree().to_json(), recording_of({}).header.parameters);
}

TEST(RecordedCard, ParametersOfOtherProgramsThatWereSetAreRefusedWithFileAndName) {
  record::Recording recording = recording_of({});
  add_parameter(recording, R"("devise": {"queues": 4})");
  recording.header.changed->push_back("nic.devise.queues");
  const std::string error = error_of(recording);
  EXPECT_EQ(error.find("x.rec: header: nic.devise.queues: 4 when it was recorded; this program has no such"),
            0u)
      << error;
  EXPECT_NE(error.find("nic.device.queues"), std::string::npos) << error;
  recording.header.changed.reset();
  EXPECT_EQ(error_of(recording), error) << "nobody knows whether it was set";
}

TEST(RecordedCard, ValuesThatThisProgramHasNotNameTheFile) {
  record::Recording recording = recording_of({});
  const size_t queues = recording.header.parameters.find(R"("queues": )") + 10;
  recording.header.parameters.insert(queues, "9999");
  const std::string error = error_of(recording);
  EXPECT_EQ(error.find("x.rec: header: parameters:1:"), 0u) << error;
  EXPECT_NE(error.find("nic.device.queues"), std::string::npos) << error;
}

TEST(RecordedCard, AddressesThatAreNoneAreRefused) {
  record::Recording recording = recording_of({});
  recording.header.mac = "02:50:53:50:00";
  EXPECT_THROW((void)recorded_card(recording), std::runtime_error);
}

}  // namespace
}  // namespace pspnic::playback
