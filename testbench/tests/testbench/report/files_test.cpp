// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/tests/testbench/report/example_report.h"

namespace pspnic::report {
namespace {

namespace fs = std::filesystem;

class ReportFiles : public ::testing::Test {
 protected:
  ReportFiles() {
    std::string pattern = (fs::temp_directory_path() / "report_files_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ReportFiles() override { fs::remove_all(folder_); }
  void put(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    write_text((folder_ / name).string(), example_report());
  }
  fs::path folder_;
};

TEST_F(ReportFiles, AFolderIsItsReportOrThoseBelow) {
  put("sweep/points/00001/report.json");
  put("sweep/points/00000/report.json");
  put("one/report.json");
  put("one/deeper/report.json");
  const auto sweep = read_runs({(folder_ / "sweep").string()});
  ASSERT_EQ(sweep.size(), 2u);
  EXPECT_TRUE(sweep[0].origin.ends_with("00000/report.json"));
  EXPECT_EQ(read_runs({(folder_ / "one").string()}).size(), 1u);
  EXPECT_EQ(read_runs({(folder_ / "one").string(), (folder_ / "sweep").string()}).size(), 3u);
}

TEST_F(ReportFiles, WhatIsNotThereIsNamed) {
  fs::create_directories(folder_ / "empty");
  EXPECT_THROW(read_runs({(folder_ / "empty").string()}), base::ConfigError);
  EXPECT_THROW(read_runs({(folder_ / "nowhere.json").string()}), base::ConfigError);
  EXPECT_THROW(write_text((folder_ / "nowhere/x.html").string(), "x"), std::runtime_error);
}

TEST_F(ReportFiles, EveryChartIsAFile) {
  put("report.json");
  const auto plots = plots_of_run(read_runs({folder_.string()}).front());
  setenv("PATH", "/nowhere", 1);  // no program that could make PNG
  const std::string said = write_plots(plots, (folder_ / "plots").string());
  for (const Plot& plot : plots) EXPECT_GT(fs::file_size(folder_ / "plots" / (plot.name + ".svg")), 500u);
  EXPECT_NE(said.find("no PNG"), std::string::npos);
}

}  // namespace
}  // namespace pspnic::report
