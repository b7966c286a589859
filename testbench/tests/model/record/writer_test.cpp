// SPDX-License-Identifier: Apache-2.0
#include "model/record/writer.h"

#include <sys/stat.h>

#include <functional>
#include <stdexcept>

#include "model/base/config_error.h"
#include "model/base/packet.h"
#include "model/record/limits.h"
#include "model/record/reader.h"
#include "testbench/tests/model/record/recordings.h"

namespace pspnic::record {
namespace {

namespace fs = std::filesystem;

class RecordWriter : public testing::Test {
 protected:
  RecordWriter() {
    folder = testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder);
    fs::create_directories(folder);
    path = folder + "/x.rec";
  }
  ~RecordWriter() override { fs::remove_all(folder); }

  static mode_t mode_of(const std::string& file) {
    struct stat found {};
    EXPECT_EQ(stat(file.c_str(), &found), 0) << file;
    return found.st_mode & 0777;
  }

  std::string folder;
  std::string path;
};

std::string refusal_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "none";
}

TEST_F(RecordWriter, TheFileIsItsOwnersAlone) {
  Writer(path, small_header()).finish(0);
  EXPECT_EQ(mode_of(path), 0600u);
  fs::permissions(path, fs::perms::all);
  Writer(path, small_header()).finish(0);
  EXPECT_EQ(mode_of(path), 0600u) << "a file that was there";
}

TEST_F(RecordWriter, WhatALinkLeadsToKeepsItsMode) {
  const std::string target = folder + "/target";
  std::ofstream(target) << "something";
  fs::permissions(target, fs::perms::owner_all | fs::perms::group_read);
  fs::create_symlink(target, path);
  Writer(path, small_header()).finish(0);
  EXPECT_EQ(mode_of(target), 0740u);
  EXPECT_TRUE(fs::is_symlink(path));
  EXPECT_TRUE(read(path).whole);
}

TEST_F(RecordWriter, ADeviceKeepsItsModeAndAFullOneIsToldAtOnce) {
  const mode_t before = mode_of("/dev/null");
  Writer("/dev/null", small_header()).finish(0);
  EXPECT_EQ(mode_of("/dev/null"), before);
  try {
    const Writer writer("/dev/full", small_header());
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "/dev/full: cannot be written: No space left on device");
  }
  EXPECT_THROW(Writer("/nowhere/at/all", small_header()), std::runtime_error);
  EXPECT_THROW(Writer(folder, small_header()), std::runtime_error);
}

TEST_F(RecordWriter, WhatWasNotFinishedCanBeRead) {
  Writer writer(path, small_header());
  EXPECT_TRUE(read(path).entries.empty()) << "the header is there at once";
  writer.on_entry(small_entries()[0]);
  EXPECT_TRUE(read(path).entries.empty());
  writer.on_still();
  EXPECT_EQ(read(path).entries.size(), 1u);
  EXPECT_FALSE(read(path).whole);
  {
    Writer other(path, small_header());
    for (const Entry& entry : small_entries()) other.on_entry(entry);
  }
  EXPECT_EQ(read(path).entries.size(), small_entries().size()) << "as when an exception ends a run";
  EXPECT_FALSE(read(path).whole);
}

// Whatever a writer takes a reader takes, and what it refuses is not in the file.
TEST_F(RecordWriter, RefusesWhatAReaderWould) {
  const Bytes bytes(base::Packet::kMaxFrameBytes + 1);
  const std::span<const uint8_t> all(bytes);
  const Bytes memory(kMostMemoryBytes + 1);
  struct Case {
    Entry entry;
    const char* rule;
  };
  const Case cases[] = {
      {{Kind::kFrameIn, true, 0, 10, 0, 0, all}, "a frame of "},
      {{Kind::kFrameOut, true, 0, 10, 0, 0, {}}, "a frame of 0 bytes, must be 1.."},
      {{Kind::kMmioWrite, true, 0, 10, 0, 0, all.first(3)}, "a word of 3 bytes, must be 4"},
      {{Kind::kInterrupt, true, 0, 10, 0, 0, all.first(5)}, "a word of 5 bytes, must be 4"},
      {{Kind::kDmaWrite, true, 0, 10, 0, 0, memory}, "an access to memory of 16777217 bytes"},
      {{Kind::kDmaRead, false, 0, 10, 0, kMostMemoryBytes + 1, {}}, "an access to memory of 16777217 bytes"},
      {{Kind::kDmaWrite, true, 0, 10, ~uint64_t{0}, 0, all.first(2)}, "memory beyond 2^64"},
      {{Kind::kMmioRead, true, kLatest + 1, 10, 0, 0, all.first(4)}, "a time beyond 2^63 ps"},
      {{Kind::kMmioRead, true, 0, kLatest + 1, 0, 0, all.first(4)}, "a card's progress beyond 2^63"},
      {{Kind::kMmioRead, true, 0, 4, 0, 0, all.first(4)}, "a card's progress that goes back"},
  };
  Writer writer(path, small_header());
  writer.on_entry({Kind::kMmioWrite, true, kLatest, 5, 0, 0, all.first(4)});
  for (const Case& wrong : cases) {
    const std::string refusal = refusal_of([&] { writer.on_entry(wrong.entry); });
    EXPECT_EQ(refusal.find("recording: " + std::string(wrong.rule)), 0u) << refusal << ", not " << wrong.rule;
  }
  writer.on_entry({Kind::kDmaWrite, true, 0, kLatest, 0, 0, std::span(memory).first(kMostMemoryBytes)});
  writer.on_entry({Kind::kFrameIn, true, 0, kLatest, 0, 0, all.first(all.size() - 1)});
  writer.on_entry({Kind::kDmaWrite, true, 0, kLatest, ~uint64_t{0}, 0, all.first(1)});
  writer.on_entry({Kind::kDmaWrite, false, 0, kLatest, ~uint64_t{0}, 0, all.first(2)});
  EXPECT_EQ(writer.entries(), 5u);
  writer.finish(kLatest);
  const Recording recording = read(path);
  EXPECT_TRUE(recording.whole);
  EXPECT_EQ(recording.entries.size(), 5u);
}

TEST_F(RecordWriter, AnEndThatThereIsNotLeavesNone) {
  Writer writer(path, small_header());
  writer.on_entry(small_entries()[0]);
  EXPECT_EQ(refusal_of([&] { writer.finish(kLatest + 1); }), "recording: a time beyond 2^63 ps");
  const Recording recording = read(path);
  EXPECT_EQ(recording.entries.size(), 1u);
  EXPECT_FALSE(recording.whole);
}

}  // namespace
}  // namespace pspnic::record
