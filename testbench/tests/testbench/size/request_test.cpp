// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/request.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::size {
namespace {

TEST(Request, SurvivesItsFile) {
  Request request;
  request.goal = {Goal::Of::kPackets, 32.5e6, 5'000'000, 0.01, 3};
  request.workload = "imix";
  request.packets = 123;
  request.seed = 7;
  request.configs = {{"card.json", "{\"nic\": {}}"}};
  request.settings = {"a=b"};
  request.lists = {"c=1,2"};
  request.only = true;
  request.gates_per_bit = 0.75;
  const std::string text = request_json(request);
  EXPECT_EQ(request_json(read_request(text, "size.json")), text);
  request.goal.p99.reset();
  request.packets.reset();
  EXPECT_EQ(request_json(read_request(request_json(request), "size.json")), request_json(request));
}

TEST(Request, RefusesOtherFiles) {
  const auto why = [](const std::string& text) {
    return sweep::refusal([&] { read_request(text, "size.json"); });
  };
  EXPECT_NE(why("{}").find("is no size.json"), std::string::npos);
  EXPECT_NE(why("[").find("is no size.json"), std::string::npos);
  EXPECT_NE(why(R"({"format": "pspnic size", "version": 99})").find("version 99"), std::string::npos);
  EXPECT_NE(why(R"({"format": "pspnic size", "version": 1})").find("not as pspnic size"), std::string::npos);
}

}  // namespace
}  // namespace pspnic::size
