// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "testbench/sweep/files.h"
#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using testing::ElementsAre;

class SweepSession : public testing::Test {
 protected:
  SweepSession() { std::filesystem::create_directories(folder_.path() + "/points"); }

  void write(size_t point, Status status) {
    clear_point(folder_.path(), point);
    write_whole(point_file(folder_.path(), point, kResult), result_json({status, "", {}}));
  }

  const TestFolder folder_;
  const Plan plan_ = plan_of_seeds(6);
};

TEST_F(SweepSession, GoesOnWithWhatIsNotWell) {
  write(0, Status::kOk);
  write(1, Status::kFailed);
  write(2, Status::kKilled);
  Session session(plan_, folder_.path(), {0, kMaxPoints, true});
  EXPECT_EQ(session.finished(), 3u);
  EXPECT_THAT(session.open_points(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(session.open_points(true), ElementsAre(2, 3, 4, 5)) << "failed ones would fail again";
  session.forget(1);
  EXPECT_EQ(session.finished(), 2u);
  EXPECT_TRUE(session.look(1));
  EXPECT_FALSE(session.look(5));
  session.fail(5, Status::kFailed, "why");
  EXPECT_EQ(session.failures().at(5).reason, "why");
  EXPECT_EQ(session.finished(), 4u);
}

TEST_F(SweepSession, OfATaskKnowsItsRangeAlone) {
  write(2, Status::kOk);
  EXPECT_THAT(Session(plan_, folder_.path(), {2, 4, true}).open_points(), ElementsAre(3));
  EXPECT_THAT(Session(plan_, folder_.path(), {4, 8, true}).open_points(), ElementsAre(4, 5));
  EXPECT_THAT(Session(plan_, folder_.path(), {8, 12, true}).open_points(), ElementsAre());
}

TEST_F(SweepSession, RunsPointsHere) {
  Session session(plan_, folder_.path(), {0, 2, true});
  Signals signals;
  EXPECT_TRUE(run_locally(session, signals, session.open_points(), 2));
  EXPECT_TRUE(session.open_points().empty());
  EXPECT_TRUE(is_there(point_file(folder_.path(), 1, kReport)));
  EXPECT_FALSE(is_there(point_file(folder_.path(), 1, kLog))) << "nothing was said";
}

}  // namespace
}  // namespace pspnic::sweep
