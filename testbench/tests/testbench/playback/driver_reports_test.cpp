// SPDX-License-Identifier: Apache-2.0
// What a replay says of the driver whose session was recorded.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "model/embed/pspnic.h"
#include "testbench/playback/player.h"
#include "testbench/playback/print.h"

namespace pspnic::playback {
namespace {

// A driver that writes `address` once.
record::Recording record_write(uint64_t address, const char* parameters = nullptr) {
  const std::string path =
      testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".recording";
  pspnic_device* device = nullptr;
  pspnic_config config;
  pspnic_config_init(&config);
  config.json = parameters;
  EXPECT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device, path.c_str()), PSPNIC_OK) << pspnic_last_error();
  EXPECT_EQ(pspnic_run_for(device, 1'000'000), PSPNIC_OK);
  pspnic_mmio_write(device, address, 1);
  EXPECT_EQ(pspnic_run_for(device, 1'000'000), PSPNIC_OK);
  EXPECT_EQ(pspnic_destroy(device), PSPNIC_OK);
  record::Recording recording = record::read(path);
  std::filesystem::remove(path);
  return recording;
}

std::string played(Player& player, const record::Recording& recording) {
  player.run();
  std::ostringstream out;
  print_findings(out, recording, player, true);
  return out.str();
}

constexpr uint64_t kNoRegister = PSPNIC_BAR0(0, 0x40);

TEST(DriverReports, AreShownAndDecideUnderStrictAlone) {
  const record::Recording recording = record_write(kNoRegister);
  PlayOptions options;
  options.settings = {"nic.sanitizer.mode=report"};
  Player report(recording, options);
  const std::string text = played(report, recording);
  EXPECT_NE(text.find("What the recorded driver did wrong\nnic: "), std::string::npos) << text;
  EXPECT_NE(text.find("[reg-unknown]"), std::string::npos) << text;
  EXPECT_NE(text.find("No difference"), std::string::npos) << text;
  EXPECT_EQ(text.find("strict"), std::string::npos) << text;
  EXPECT_TRUE(report.well());
  options.settings = {"nic.sanitizer.mode=strict"};
  Player strict(recording, options);
  EXPECT_NE(played(strict, recording).find("fails with nic.sanitizer.mode=strict"), std::string::npos);
  EXPECT_EQ(strict.comparison().differences(), 0u);
  EXPECT_FALSE(strict.well());
}

TEST(DriverReports, AGoodDriverHasNone) {
  const record::Recording recording = record_write(PSPNIC_CONFIG(0, 4));
  PlayOptions options;
  options.settings = {"nic.sanitizer.mode=strict"};
  Player player(recording, options);
  EXPECT_EQ(played(player, recording).find("wrong"), std::string::npos);
  EXPECT_TRUE(player.well());
}

TEST(DriverReports, ARegisterWriteThatIsRefusedNowIsADifference) {
  const record::Recording recording =
      record_write(PSPNIC_BAR0(1, 0x40), R"({"nic": {"device": {"vfs": 1}}})");
  PlayOptions options;
  options.settings = {"nic.device.vfs=0"};
  Player player(recording, options);
  const std::string text = played(player, recording);
  EXPECT_EQ(player.comparison().counts(record::Kind::kMmioWrite).findings[size_t(Finding::kContents)], 1u);
  EXPECT_NE(text.find(": another answer\n  then accepted, now refused"), std::string::npos) << text;
  EXPECT_FALSE(player.well());
}

}  // namespace
}  // namespace pspnic::playback
