// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/space.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::size {
namespace {

using sweep::refusal;

const Axis* find(const std::vector<Axis>& axes, const std::string& key) {
  const auto found = std::ranges::find_if(axes, [&](const Axis& axis) { return axis.keys.front() == key; });
  return found == axes.end() ? nullptr : &*found;
}

class SpaceTest : public testing::Test {
 protected:
  std::vector<Axis> space(SpaceRequest request) {
    if (request.wire_bps == 0) request.wire_bps = 200e9;
    return make_space(request, parameters_);
  }
  std::string refused(const SpaceRequest& request) {
    return refusal([&] { space(request); });
  }
  bench::Parameters parameters_;
};

TEST_F(SpaceTest, ValuesOfAllDefaultAxesAreInRangeAndDearerStepByStep) {
  for (const char* setting : {"host.gro=true", "nic.crypto.sa_cache.memory=device"}) {
    parameters_.tree.set_assignment(setting);
  }
  const std::vector<Axis> axes = space({});
  EXPECT_NE(find(axes, "nic.rx.gro.contexts"), nullptr);
  EXPECT_NE(find(axes, "nic.crypto.sa_cache.entries"), nullptr);
  SpaceCost cost(axes, parameters_, 1.5);
  EXPECT_NO_THROW(cost.check_order());
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    GridPoint point(axes.size(), 0);
    const double least = cost(point);
    point[axis] = 1;
    EXPECT_GT(cost(point), least) << axes[axis].name();
  }
}

TEST_F(SpaceTest, WhatDoesNotMatterOrIsSetDoesNotVary) {
  const std::vector<Axis> axes = space({.fixed = {"nic.pcie.tags", "nic.tx.class_buffer"}});
  EXPECT_EQ(find(axes, "nic.rx.gro.contexts"), nullptr);
  EXPECT_EQ(find(axes, "nic.crypto.sa_cache.entries"), nullptr);
  EXPECT_EQ(find(axes, "nic.pcie.tags"), nullptr);
  EXPECT_EQ(find(axes, "nic.tx.buffer")->keys,
            (std::vector<std::string>{"nic.tx.buffer", "nic.tx.crypto_buffer"}));
}

TEST_F(SpaceTest, LanesGoWithWhatTheyShallCarry) {
  const auto lanes = [&](double bps) {
    return find(space({.wire_bps = bps}), "nic.crypto.gcm.lanes")->values;
  };
  EXPECT_EQ(lanes(400e9).back().front(), "8");
  EXPECT_EQ(lanes(1600e9).front().front(), "3");
  EXPECT_EQ(lanes(1600e9).back().front(), "24");
}

TEST_F(SpaceTest, ListsTakeThePlaceOfDefaultsAndMayStandAlone) {
  const std::vector<Axis> axes = space({.lists = {"pcie.tags=8,16", "nic.pcie.generation=4,5"}});
  EXPECT_EQ(find(axes, "nic.pcie.tags")->text(1), "16");
  EXPECT_EQ(axes.back().keys.front(), "nic.pcie.generation");
  EXPECT_NE(find(axes, "nic.rx.buffer"), nullptr);
  EXPECT_EQ(space({.lists = {"pcie.tags=8,16"}, .only = true}).size(), 1u);
}

TEST_F(SpaceTest, PartsOfABufferFollowIt) {
  const std::vector<Axis> axes = space({.lists = {"nic.tx.buffer=64KiB,128KiB"}, .only = true});
  EXPECT_EQ(describe(axes, {1}), "nic.tx.buffer=128KiB");
  EXPECT_EQ(values_of(axes, {1}), (std::vector<std::string>{"128KiB", "96KiB", "128KiB"}));
  EXPECT_NE(refused({.lists = {"nic.tx.buffer=64,128"}}).find("nic.tx.buffer"), std::string::npos);
}

TEST_F(SpaceTest, NamesPairsShortly) {
  const std::vector<Axis> axes = space({});
  const Axis* const kdf = find(axes, "nic.crypto.kdf.unit");
  EXPECT_EQ(kdf->name(), "nic.crypto.kdf.unit:units");
  EXPECT_EQ(kdf->text(2), "iterative:3");
}

TEST_F(SpaceTest, RefusesWhatCannotBeMeant) {
  EXPECT_NE(refused({.lists = {"nic.pcie.tagz=1"}}).find("nearest one is nic.pcie.tags"), std::string::npos);
  EXPECT_NE(refused({.lists = {"seed=1,2"}}).find("no part of a card"), std::string::npos);
  EXPECT_NE(refused({.lists = {"pcie.tags=8", "nic.pcie.tags=9"}}).find("varies twice"), std::string::npos);
  EXPECT_NE(refused({.lists = {"pcie.tags=8"}, .fixed = {"nic.pcie.tags"}}).find("is set as well"),
            std::string::npos);
  EXPECT_NE(refused({.only = true}).find("--over"), std::string::npos);
}

TEST_F(SpaceTest, StepsThatAreCheaperAreNamed) {
  const std::vector<Axis> axes = space({.lists = {"pcie.tags=8,16,12"}, .only = true});
  const std::string why = refusal([&] { SpaceCost(axes, parameters_, 1.5).check_order(); });
  EXPECT_NE(why.find("nic.pcie.tags: 12 costs less than 16"), std::string::npos) << why;
}

TEST_F(SpaceTest, GridsAreCountedWithoutOverflow) {
  EXPECT_EQ(grid_size({{{"a"}, {{"1"}, {"2"}}}, {{"b"}, {{"1"}, {"2"}, {"3"}}}}), 6u);
  const Axis wide{{"a"}, std::vector<std::vector<std::string>>(60000, {"1"})};
  EXPECT_EQ(grid_size({wide, wide, wide, wide, wide}), SIZE_MAX);
}

}  // namespace
}  // namespace pspnic::size
