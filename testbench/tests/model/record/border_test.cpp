// SPDX-License-Identifier: Apache-2.0
#include "model/record/border.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace pspnic::record {
namespace {

constexpr uint64_t kBase = 0xfee0'0000;
constexpr base::EventQueue::Owner kOwner = 1;

struct Kept : Listener {
  void on_entry(const Entry& entry) override {
    entries.push_back(entry);
    bytes.emplace_back(entry.data.begin(), entry.data.end());
  }
  std::vector<Entry> entries;
  std::vector<std::vector<uint8_t>> bytes;
};

// One test, as a process can have one queue.
TEST(RecordBorder, SaysWhatHappens) {
  const base::EventQueue events("events");
  Border border(events, kOwner, {kBase, 0x1000});
  const std::array<uint8_t, 4> word{1, 2, 3, 4};
  border.on_frame_in(true, word);  // nobody listens
  Kept kept;
  border.set_listener(&kept);
  border.on_register_read(true, 8, 500, word);
  border.on_register_read(false, 8, 500, word);
  border.on_register_write(true, 12, word);
  border.on_memory_read(true, 100, word);
  border.on_memory_read(false, 100, word);
  border.on_memory_write(false, 100, word);
  border.on_memory_write(true, kBase, word);
  border.on_frame_in(false, word);
  border.on_frame_out(300, 1000, word);
  using Bytes = std::vector<uint8_t>;
  const Bytes data(word.begin(), word.end());
  const Entry expected[] = {
      {Kind::kMmioRead, true, 0, 0, 8, 500, {}},    {Kind::kMmioRead, false, 0, 0, 8, 500, {}},
      {Kind::kMmioWrite, true, 0, 0, 12, 0, {}},    {Kind::kDmaRead, true, 0, 0, 100, 0, {}},
      {Kind::kDmaRead, false, 0, 0, 100, 4, {}},    {Kind::kDmaWrite, false, 0, 0, 100, 0, {}},
      {Kind::kInterrupt, true, 0, 0, kBase, 0, {}}, {Kind::kFrameIn, false, 0, 0, 0, 0, {}},
      {Kind::kFrameOut, true, 1000, 0, 0, 700, {}}};
  ASSERT_EQ(kept.entries.size(), std::size(expected));
  for (size_t i = 0; i < std::size(expected); ++i) {
    const Entry& entry = kept.entries[i];
    EXPECT_EQ(entry.kind, expected[i].kind) << i;
    EXPECT_EQ(entry.ok, expected[i].ok) << i;
    EXPECT_EQ(entry.time, expected[i].time) << i;
    EXPECT_EQ(entry.address, expected[i].address) << i;
    EXPECT_EQ(entry.span, expected[i].span) << i;
    const bool failed_read = !entry.ok && entry.kind == Kind::kDmaRead;
    EXPECT_EQ(kept.bytes[i], i == 1 ? Bytes(4, 0xff) : failed_read ? Bytes() : data) << i;
  }
  // Messages are words in their range.
  EXPECT_EQ(border.kind_of_write(kBase + 0xffc, 4), Kind::kInterrupt);
  EXPECT_EQ(border.kind_of_write(kBase + 0x1000, 4), Kind::kDmaWrite);
  EXPECT_EQ(border.kind_of_write(kBase - 4, 4), Kind::kDmaWrite);
  EXPECT_EQ(border.kind_of_write(kBase, 8), Kind::kDmaWrite);
}

}  // namespace
}  // namespace pspnic::record
