// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "model/base/config_error.h"

namespace pspnic::bench {
namespace {

// "place: rule" of the refusal, or "accepted".
std::string refusal(const std::string& workload, std::initializer_list<const char*> settings) {
  RunOptions options;
  options.workload = workload;
  Parameters parameters;
  KeyLog keys;
  DriverSetup setup;
  try {
    apply_preset(parameters, workload);
    for (const char* setting : settings) parameters.tree.set_assignment(setting);
    make_workload(options, parameters, keys, setup);
  } catch (const base::ConfigError& error) {
    return error.place() + ": " + error.rule();
  }
  return "accepted";
}

TEST(Traffic, VportsMustBeOnTheCard) {
  EXPECT_EQ(refusal("stream", {"host.vports=2"}), "host.vports: 2 is more than nic.device.vports = 1");
  EXPECT_EQ(refusal("stream", {"host.vports=2", "nic.device.vports=2"}), "accepted");
  EXPECT_EQ(refusal("stream", {"nic.device.vports=16"}), "accepted") << "no driver has to use them all";
}

TEST(Traffic, QueuePairsOfAllVportsMustBeOnTheCard) {
  EXPECT_EQ(refusal("stream", {"host.queue_pairs=5", "nic.device.queues=4"}),
            "host.queue_pairs: 5 is more than nic.device.queues = 4");
  EXPECT_EQ(refusal("stream", {"host.vports=4", "nic.device.vports=4", "host.queue_pairs=5"}),
            "host.queue_pairs: 20 of 4 vports is more than nic.device.queues = 16");
  EXPECT_EQ(refusal("stream", {"host.vports=4", "nic.device.vports=4", "host.queue_pairs=4"}), "accepted");
}

TEST(Traffic, QueuePairsMayDifferByVport) {
  EXPECT_EQ(refusal("stream", {"host.vports=3", "nic.device.vports=3", "host.vport_queue_pairs=9,0",
                               "host.queue_pairs=2"}),
            "host.vport_queue_pairs: 20 of 3 vports is more than nic.device.queues = 16")
      << "9, as many as queue_pairs, and from the beginning";
  EXPECT_EQ(refusal("stream", {"host.vports=3", "nic.device.vports=3", "host.vport_queue_pairs=7,0",
                               "host.queue_pairs=2"}),
            "accepted");
  const std::string wrong = refusal("stream", {"host.vport_queue_pairs=1,17"});
  EXPECT_TRUE(wrong.starts_with("host.vport_queue_pairs: ")) << wrong;
  EXPECT_NE(wrong.find("17"), std::string::npos) << wrong;
}

TEST(Traffic, VirtualFunctionsMustBeOnTheCard) {
  EXPECT_EQ(refusal("stream", {"host.vfs=1"}), "host.vfs: 1 is more than nic.device.vfs = 0");
  EXPECT_EQ(refusal("stream", {"host.vfs=2", "nic.device.vfs=2"}), "accepted");
  EXPECT_EQ(refusal("stream", {"nic.device.vfs=16"}), "accepted") << "no host has to use them all";
}

TEST(Traffic, VirtualFunctionsHaveVportsAndQueuesAsThePhysicalOne) {
  EXPECT_EQ(refusal("stream", {"host.vfs=1", "nic.device.vfs=1", "host.queue_pairs=3"}),
            "host.queue_pairs: 3 is more than nic.device.vf_queues = 2; each function's driver has as many");
  EXPECT_EQ(refusal("stream", {"nic.device.vfs=1", "host.queue_pairs=3"}), "accepted");
  EXPECT_EQ(refusal("stream", {"host.vfs=1", "nic.device.vfs=1", "host.vports=2", "nic.device.vports=2"}),
            "host.vports: 2 is more than nic.device.vf_vports = 1; each function's driver has as many");
  EXPECT_EQ(refusal("stream", {"host.vfs=1", "nic.device.vfs=1", "host.vports=2", "nic.device.vports=2",
                               "nic.device.vf_vports=2", "host.vport_queue_pairs=2,1"}),
            "host.vport_queue_pairs: 3 is more than nic.device.vf_queues = 2; each function's driver has as "
            "many");
}

TEST(Traffic, VirtualFunctionsHaveNoConfigQueue) {
  const std::string why =
      "config_queue for a virtual function; only the physical one has such queues (see host.vfs)";
  EXPECT_EQ(refusal("stream", {"host.vfs=1", "nic.device.vfs=1", "host.psp.key_mode=config_queue"}),
            "host.psp.key_mode: " + why);
  EXPECT_EQ(
      refusal("stream", {"host.vfs=2", "nic.device.vfs=2", "host.queue_pairs=2",
                         "host.psp.queue_key_modes=config_queue,mailbox,mailbox,descriptor,config_queue"}),
      "host.psp.queue_key_modes: " + why);
  EXPECT_EQ(refusal("stream", {"host.vfs=1", "nic.device.vfs=1", "host.queue_pairs=2",
                               "host.psp.queue_key_modes=config_queue,config_queue,mailbox,descriptor"}),
            "accepted")
      << "the first two queues are the physical function's";
}

TEST(Traffic, OnlyStreamsUseVirtualFunctions) {
  for (const auto& [workload, name] : {std::pair{"tcp", "TCP"}, {"mix", "the mix"}, {"churn", "churn"}}) {
    EXPECT_EQ(refusal(workload, {"host.vfs=1", "nic.device.vfs=1"}),
              std::string("host.vfs: 1, but ") + name +
                  " uses the physical function alone; streams use virtual ones as well");
  }
}

TEST(Traffic, AMixNeedsTwoQueuesOfEachVport) {
  EXPECT_EQ(refusal("mix", {"host.queue_pairs=1"}),
            "host.queue_pairs: a mix needs 2 for each vport, one for each kind of traffic; one has 1");
  EXPECT_EQ(refusal("mix", {"host.vports=2", "nic.device.vports=2", "host.vport_queue_pairs=2,1"}),
            "host.vport_queue_pairs: a mix needs 2 for each vport, one for each kind of traffic; one has 1");
  EXPECT_EQ(refusal("mix", {"host.vports=2", "nic.device.vports=2"}), "accepted");
}

TEST(Traffic, ATagTakesNothingOfTheMtu) {
  EXPECT_EQ(refusal("mix", {"mix.frame_bytes=1474", "nic.mac.mtu=1500"}), "accepted");
  EXPECT_EQ(refusal("mix", {"mix.frame_bytes=1478", "nic.mac.mtu=1500", "mix.vlan=true"}), "accepted");
  EXPECT_EQ(refusal("mix", {"mix.frame_bytes=1475", "nic.mac.mtu=1500"}),
            "mix.frame_bytes: packets of 1501 bytes on the wire exceed nic.mac.mtu = 1500");
}

TEST(Traffic, ConnectionsHaveOneVport) {
  EXPECT_EQ(refusal("tcp", {"host.vports=2", "nic.device.vports=2"}),
            "host.vports: 2, but TCP uses one vport; streams and the mix use more");
}

}  // namespace
}  // namespace pspnic::bench
