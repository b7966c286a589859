// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/recorded_memory.h"

#include <gtest/gtest.h>

#include <numeric>

namespace pspnic::playback {
namespace {

using record::Entry;
using record::Kind;
using Bytes = std::vector<uint8_t>;

Entry read_of(uint64_t address, const Bytes& bytes) {
  return {Kind::kDmaRead, true, 0, 0, address, 0, bytes};
}

Bytes ask(RecordedMemory& memory, uint64_t address, size_t length, Answer expected) {
  Bytes bytes(length, 0xee);
  EXPECT_EQ(memory.read(address, bytes), expected) << address;
  return bytes;
}

TEST(RecordedMemory, AnswersInTheRecordedOrder) {
  const Bytes first{1, 2}, second{3, 4}, longer{5, 6, 7};
  const std::vector<Entry> entries{read_of(100, first), read_of(100, second), read_of(100, longer)};
  RecordedMemory memory(entries);
  EXPECT_EQ(ask(memory, 100, 3, Answer::kAsRecorded), longer);
  EXPECT_EQ(ask(memory, 100, 2, Answer::kAsRecorded), first);
  EXPECT_EQ(ask(memory, 100, 2, Answer::kAsRecorded), second);
  EXPECT_EQ(ask(memory, 100, 2, Answer::kAgain), second);
  EXPECT_EQ(memory.answers(Answer::kAsRecorded), 3u);
  EXPECT_EQ(memory.answers(Answer::kAgain), 1u);
}

TEST(RecordedMemory, OtherPiecesGetTheirOwnBytesOnce) {
  Bytes lap(64), next(64, 0xaa);
  std::iota(lap.begin(), lap.end(), uint8_t{0});
  const std::vector<Entry> entries{read_of(4096 - 32, lap), read_of(4096 - 32, next)};
  RecordedMemory memory(entries);
  EXPECT_EQ(ask(memory, 4096 - 32, 16, Answer::kInPieces), Bytes(lap.begin(), lap.begin() + 16));
  EXPECT_EQ(ask(memory, 4096 - 16, 48, Answer::kInPieces), Bytes(lap.begin() + 16, lap.end()));
  EXPECT_EQ(ask(memory, 4096 - 32, 64, Answer::kAsRecorded), next);
}

TEST(RecordedMemory, PiecesTogetherAreAWhole) {
  const Bytes low{1, 2}, high{3, 4};
  const std::vector<Entry> entries{read_of(10, low), read_of(12, high)};
  RecordedMemory memory(entries);
  EXPECT_EQ(ask(memory, 10, 4, Answer::kInPieces), (Bytes{1, 2, 3, 4}));
}

TEST(RecordedMemory, WhatTheCardHasWrittenIsThere) {
  RecordedMemory memory({});
  const Bytes bytes{1, 2, 3};
  EXPECT_TRUE(memory.write(4095, bytes));
  EXPECT_EQ(ask(memory, 4096, 2, Answer::kAgain), (Bytes{2, 3}));
  EXPECT_EQ(ask(memory, 4096, 3, Answer::kNone), Bytes(3, 0xee));
  EXPECT_EQ(ask(memory, 0, 1, Answer::kNone), Bytes(1, 0xee));
}

TEST(RecordedMemory, UnmappedAsRecorded) {
  const Bytes bytes{1, 2};
  const std::vector<Entry> entries{{Kind::kDmaRead, false, 0, 0, 7, 2, {}},
                                   read_of(7, bytes),
                                   {Kind::kDmaWrite, false, 0, 0, 50, 0, bytes}};
  RecordedMemory memory(entries);
  EXPECT_EQ(ask(memory, 7, 2, Answer::kNone), Bytes(2, 0xee));
  EXPECT_EQ(ask(memory, 7, 2, Answer::kAsRecorded), bytes);
  EXPECT_FALSE(memory.write(50, bytes));
  EXPECT_TRUE(memory.write(51, bytes));
}

Entry write_of(Kind kind, uint64_t address, bool ok, const Bytes& bytes) {
  return {kind, ok, 0, 0, address, 0, bytes};
}

TEST(RecordedMemory, WritesAreTakenAndRefusedInTheRecordedOrder) {
  const Bytes word{1, 2, 3, 4}, longer(8, 9);
  const std::vector<Entry> entries{
      write_of(Kind::kDmaWrite, 50, true, word), write_of(Kind::kDmaWrite, 50, false, word),
      write_of(Kind::kDmaWrite, 50, true, longer), write_of(Kind::kDmaWrite, 50, true, word),
      write_of(Kind::kDmaWrite, 90, false, word)};
  RecordedMemory memory(entries);
  EXPECT_TRUE(memory.write(50, longer));
  EXPECT_TRUE(memory.write(50, word));
  EXPECT_FALSE(memory.write(50, Bytes(4, 7)));
  EXPECT_EQ(ask(memory, 50, 4, Answer::kAgain), word) << "what is refused is not kept";
  EXPECT_FALSE(memory.write(50, Bytes(2, 7))) << "of no recorded length: as the last one";
  EXPECT_TRUE(memory.write(50, word));
  EXPECT_TRUE(memory.write(50, word)) << "one more than recorded: as the last one";
  EXPECT_FALSE(memory.write(90, longer)) << "the first of another length: as the first recorded";
  EXPECT_TRUE(memory.write(91, word));
}

TEST(RecordedMemory, MessagesAreApartFromMemory) {
  const Bytes word{1, 2, 3, 4};
  const std::vector<Entry> entries{write_of(Kind::kInterrupt, 50, false, word),
                                   write_of(Kind::kInterrupt, 50, true, word),
                                   write_of(Kind::kDmaWrite, 50, true, word)};
  RecordedMemory memory(entries);
  EXPECT_FALSE(memory.message(50, 0x04030201));
  EXPECT_TRUE(memory.write(50, word));
  EXPECT_TRUE(memory.message(50, 0x04030201));
  EXPECT_TRUE(memory.message(50, 0x04030201));
  EXPECT_TRUE(memory.message(60, 0x04030201));
  EXPECT_TRUE(memory.message(50, 7));
}

}  // namespace
}  // namespace pspnic::playback
