// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/slurm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pspnic::sweep {
namespace {

TEST(SlurmTasks, AreWrittenAsRanges) {
  EXPECT_EQ(array_text({0}), "0");
  EXPECT_EQ(array_text({0, 1, 2, 3}), "0-3");
  EXPECT_EQ(array_text({0, 2, 3, 7, 9, 10}), "0,2-3,7,9-10");
}

TEST(SlurmTasks, AreThoseOfTheirPoints) {
  EXPECT_THAT(tasks_of({0, 1, 2, 5}, 1), testing::ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(tasks_of({0, 1, 2, 5, 9}, 3), testing::ElementsAre(0, 1, 3));
}

}  // namespace
}  // namespace pspnic::sweep
