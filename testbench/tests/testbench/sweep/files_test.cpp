// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

namespace fs = std::filesystem;

TEST(Files, LayPointsOut) {
  EXPECT_EQ(point_folder("d", 7), "d/points/00007");
  EXPECT_EQ(point_file("d", 123456, kResult), "d/points/123456/result.json");
}

TEST(Files, AreWrittenAndRead) {
  const TestFolder folder;
  const std::string path = folder.path() + "/a";
  EXPECT_EQ(read_if_there(path), std::nullopt);
  write_whole(path, "first");
  write_whole(path, std::string(100'000, 'x'));
  EXPECT_EQ(read_if_there(path), std::string(100'000, 'x'));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "no draft is left";
}

TEST(Files, ThatDoNotFitLeaveWhatWasThere) {
  const TestFolder folder;
  const std::string path = folder.path() + "/a";
  write_whole(path, "whole");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string said;
  try {
    write_whole(path, std::string(2000, 'x'));
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(said, path + ": cannot be written: File too large");
  EXPECT_EQ(read_if_there(path), "whole");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "no draft is left";
}

TEST(Files, WithoutTheirFolderAreNamed) {
  const TestFolder folder;
  const std::string path = folder.path() + "/none/a";
  EXPECT_THROW(write_whole(path, "x"), std::runtime_error);
  EXPECT_THROW(clear_point(folder.path(), 1), std::runtime_error);
}

TEST(Files, OfAPointAreCleared) {
  const TestFolder folder;
  fs::create_directories(folder.path() + "/points");
  for (int i = 0; i < 2; ++i) {
    clear_point(folder.path(), 3);
    EXPECT_TRUE(fs::is_empty(point_folder(folder.path(), 3)));
    write_whole(point_file(folder.path(), 3, kLog), "x");
  }
}

}  // namespace
}  // namespace pspnic::sweep
