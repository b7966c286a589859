// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/flow_file.h"

#include <gtest/gtest.h>

#include "model/base/config_error.h"

namespace pspnic::bench {
namespace {

using Mode = flow::Encapsulation::Mode;

TEST(FlowFileTest, AnEmptyObjectIsEverythingInTransportMode) {
  const std::vector<FlowSpec> flows = parse_flows("[{}]", "f");
  ASSERT_EQ(flows.size(), 1u);
  const FlowSpec& flow = flows[0];
  for (const FlowEnd& end : flow.ends) {
    EXPECT_EQ(end.family, 0);
    EXPECT_EQ(end.bits, 0);
    EXPECT_FALSE(end.port);
  }
  EXPECT_FALSE(flow.protocol);
  EXPECT_FALSE(flow.vlan);
  EXPECT_EQ(flow.version, psp::Version::kAesGcm128);
  EXPECT_EQ(flow.encapsulation, flow::Encapsulation{});
}

TEST(FlowFileTest, TheNameOfAFileMayBeTheListItself) {
  const std::string list = R"([{"version": 2}])";
  ASSERT_EQ(read_flows(list).size(), 1u);
  EXPECT_EQ(read_flows(list)[0].version, psp::Version::kAesGmac128);
  EXPECT_EQ(flows_origin(list), "--protect");
  EXPECT_EQ(flows_origin("flows.json"), "flows.json");
}

TEST(FlowFileTest, EveryKeyIsRead) {
  const FlowSpec flow = parse_flows(R"([{"a": "10.1.0.0/16", "b": "10.2.3.4", "protocol": "udp", "a_port": 7,
    "b_port": 65535, "vlan": 9, "version": 3, "mode": "tunnel", "crypt_offset": 63,
    "vc": 18446744073709551615,
    "outer": {"a": "2001:db8::1", "b": "2001:db8::2", "ttl": 3, "traffic_class": 184}}])",
                                    "f")[0];
  EXPECT_EQ(flow.ends[0].family, 4);
  EXPECT_EQ(flow.ends[0].bits, 16);
  EXPECT_EQ(flow.ends[0].address[1], 1);
  EXPECT_EQ(flow.ends[0].port, 7);
  EXPECT_EQ(flow.ends[0].outer[15], 1);
  EXPECT_EQ(flow.ends[1].bits, 32);
  EXPECT_EQ(flow.ends[1].address[3], 4);
  EXPECT_EQ(flow.ends[1].port, 65535);
  EXPECT_EQ(flow.ends[1].outer[15], 2);
  EXPECT_EQ(flow.protocol, 17);
  EXPECT_EQ(flow.vlan, 9);
  EXPECT_EQ(flow.version, psp::Version::kAesGmac256);
  EXPECT_EQ(flow.encapsulation.mode, Mode::kTunnelV6);
  EXPECT_EQ(flow.encapsulation.crypt_offset, 63);
  EXPECT_EQ(flow.encapsulation.vc, UINT64_MAX);
  EXPECT_EQ(flow.encapsulation.ttl, 3);
  EXPECT_EQ(flow.encapsulation.traffic_class, 184);
}

TEST(FlowFileTest, AnErrorNamesEntryAndKey) {
  try {
    parse_flows(R"([{}, {"b": "10.0.0.1/x"}])", "my.json");
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.place(), "my.json: flow 2: b");
    EXPECT_EQ(error.rule(), "is \"10.0.0.1/x\", must have a prefix length in 0..32");
  }
}

}  // namespace
}  // namespace pspnic::bench
