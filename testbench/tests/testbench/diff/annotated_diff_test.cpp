// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/annotated_diff.h"

#include <gtest/gtest.h>

namespace pspnic::diff {
namespace {

using Bytes = std::vector<uint8_t>;

TEST(Diff, NothingForEqualBytes) {
  EXPECT_EQ(annotated_diff(Bytes{1, 2}, Bytes{1, 2}, {{0, 2, "all"}}), "");
  EXPECT_EQ(annotated_diff({}, {}, {}), "");
}

TEST(Diff, NamesTheFieldAndMarksTheBytes) {
  const Bytes expected = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
  Bytes got = expected;
  got[2] = 0xff;
  got[17] = 0xfe;
  EXPECT_EQ(annotated_diff(expected, got, {{0, 4, "head"}, {4, 17, "body"}, {17, 18, "tail"}}),
            "at 0002: head, byte 3 of 4\n"
            "  expected 0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
            "  got      0000  00 01 ff 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
            "                       ^^\n"
            "  expected 0010  10 11\n"
            "  got      0010  10 fe\n"
            "                    ^^\n"
            "  also different: tail");
}

TEST(Diff, TellsLengths) {
  const Bytes expected = {1, 2};
  EXPECT_TRUE(annotated_diff(expected, Bytes{1}, {{0, 2, "all"}})
                  .starts_with("at 0001: all, byte 2 of 2; got 1 bytes, expected 2\n"));
  EXPECT_TRUE(annotated_diff(expected, Bytes{1, 2, 3}, {{0, 2, "all"}})
                  .starts_with("at 0002: behind the end; got 3 bytes, expected 2\n"));
}

TEST(Diff, NamesTheSides) {
  EXPECT_EQ(annotated_diff(Bytes{1}, Bytes{2, 3}, {{0, 1, "flags"}}, {.first = "then", .second = "now"}),
            "at 0000: flags; now 2 bytes, then 1\n"
            "  then 0000  01\n"
            "  now  0000  02 03\n"
            "             ^^ ^^");
}

}  // namespace
}  // namespace pspnic::diff
