// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/bench/parameters.h"

namespace pspnic::explain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> of(const std::string& name, const std::string& value) {
  bench::Parameters parameters;
  parameters.tree.set(name, value);
  std::vector<std::string> found;
  for (const Variant& variant : variants(parameters.tree.list())) {
    if (variant.name == name) found.push_back((variant.more ? "+" : "-") + variant.to);
  }
  return found;
}

TEST(Variants, NumbersGoTenPercentEitherWayAndIntegersByOneAtLeast) {
  EXPECT_THAT(of("nic.crypto.gcm.lanes", "4"), ElementsAre("-3", "+5"));
  EXPECT_THAT(of("nic.pcie.tags", "200"), ElementsAre("-180", "+220"));
  EXPECT_THAT(of("nic.pcie.round_trip", "550ns"), ElementsAre("-495ns", "+605ns"));
  EXPECT_THAT(of("nic.mac.speed", "200Gbps"), ElementsAre("-180Gbps", "+220Gbps"));
}

TEST(Variants, WhatHasStepsGoesByWholeOnes) {
  EXPECT_THAT(of("host.itr", "4us"), ElementsAre("-2us", "+6us"));
  EXPECT_THAT(of("host.itr", "40us"), ElementsAre("-36us", "+44us"));
  EXPECT_THAT(of("host.ring", "512"), ElementsAre("-448", "+576"));
  EXPECT_THAT(of("host.ring", "4064"), ElementsAre("-3648"));
  EXPECT_THAT(of("nic.rx.gro.contexts", "64"), ElementsAre("-56", "+72")) << "of 4 ways";
}

TEST(Variants, RangesHoldAndChoicesGoToTheirNeighbours) {
  EXPECT_THAT(of("nic.crypto.gcm.lanes", "1"), ElementsAre("+2"));
  EXPECT_THAT(of("nic.pcie.tags", "1024"), ElementsAre("-922"));
  EXPECT_THAT(of("nic.pcie.generation", "4"), ElementsAre("-3", "+5"));
  EXPECT_THAT(of("nic.pcie.generation", "3"), ElementsAre("+4"));
}

TEST(Variants, NothingComesOfNothingNorOfTheTraffic) {
  EXPECT_THAT(of("host.itr", "0us"), IsEmpty());
  EXPECT_THAT(of("stream.payload_bytes", "1000"), IsEmpty());
  EXPECT_THAT(of("cable.topology", "pair"), IsEmpty());
}

}  // namespace
}  // namespace pspnic::explain
