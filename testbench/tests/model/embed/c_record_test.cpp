// SPDX-License-Identifier: Apache-2.0
// pspnic_record(): when it may begin, how it ends, and whom its errors reach.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "model/record/reader.h"
#include "testbench/tests/model/embed/c_handle.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::embed {
namespace {

// A folder of its own.
class CRecord : public testing::Test {
 protected:
  CRecord() : folder_(testing::TempDir() + "pspnic_XXXXXX") { EXPECT_NE(mkdtemp(folder_.data()), nullptr); }
  ~CRecord() override { std::filesystem::remove_all(folder_); }
  std::string file_of(const char* name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

// While it stands no file can be longer than 64 KiB: the rest is an error of writing.
class ShortFiles {
 public:
  ShortFiles() : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{1 << 16, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~ShortFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST_F(CRecord, RefusedCallsAreNotInTheRecording) {
  const std::string file = file_of("refused");
  const Handle device = make();
  const std::vector<uint8_t> bytes(20000);
  ASSERT_EQ(pspnic_record(device.get(), file.c_str()), PSPNIC_OK) << pspnic_last_error();
  EXPECT_EQ(pspnic_inject(device.get(), bytes.data(), bytes.size(), 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_until(device.get(), PSPNIC_NEVER - 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_inject(device.get(), bytes.data(), 64, 1), PSPNIC_OK);
  EXPECT_EQ(pspnic_run_until(device.get(), PSPNIC_LAST_TIME), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_OK) << pspnic_last_error();
  const record::Recording recording = record::read(file);
  ASSERT_EQ(recording.entries.size(), 1u);
  EXPECT_EQ(recording.entries[0].data.size(), 64u);
  EXPECT_EQ(recording.end, PSPNIC_LAST_TIME);
}

TEST_F(CRecord, BeginsOnceAndAtPowerOn) {
  const Handle device = make();
  EXPECT_EQ(pspnic_record(device.get(), "/nonexistent/file"), PSPNIC_ERROR_FILE);
  EXPECT_TRUE(says("/nonexistent/file"));
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_OK) << "there is none";
  ASSERT_EQ(pspnic_record(device.get(), file_of("first").c_str()), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device.get(), file_of("second").c_str()), PSPNIC_ERROR_ARGUMENT);
  EXPECT_FALSE(std::filesystem::exists(file_of("second")));
  ASSERT_EQ(pspnic_run_for(device.get(), 5 * kUs), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_OK);
  EXPECT_EQ(record::read(file_of("first")).end, 5 * kUs);
  EXPECT_EQ(pspnic_record(device.get(), file_of("second").c_str()), PSPNIC_ERROR_ARGUMENT);
  ASSERT_EQ(pspnic_power_cycle(device.get()), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device.get(), file_of("second").c_str()), PSPNIC_OK);
}

TEST_F(CRecord, ErrorsComeFromItsOwnCallsAlone) {
  const ShortFiles limit;
  const std::string file = file_of("short");
  const std::vector<uint8_t> bytes(9000);
  const Handle device = make();
  const auto begin_and_fill = [&] {
    ASSERT_EQ(pspnic_record(device.get(), file.c_str()), PSPNIC_OK) << pspnic_last_error();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pspnic_inject(device.get(), bytes.data(), 9000, 1), PSPNIC_OK);
  };
  begin_and_fill();
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_ERROR_FILE);
  EXPECT_TRUE(says(file.c_str())) << pspnic_last_error();
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_OK) << "said once";
  EXPECT_EQ(pspnic_power_cycle(device.get()), PSPNIC_OK);
  begin_and_fill();
  EXPECT_EQ(pspnic_run_for(device.get(), kUs), PSPNIC_OK);
  EXPECT_EQ(pspnic_power_cycle(device.get()), PSPNIC_OK);
  EXPECT_EQ(pspnic_time(device.get()), 0u);
  EXPECT_EQ(pspnic_record(device.get(), nullptr), PSPNIC_ERROR_FILE);
  EXPECT_TRUE(says(file.c_str()));
  begin_and_fill();  // Handle: pspnic_destroy() is PSPNIC_OK
}

}  // namespace
}  // namespace pspnic::embed
