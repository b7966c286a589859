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

TEST(Traffic, RingsAndModerationGoByTheStepsOfDriverAndDevice) {
  EXPECT_EQ(refusal("stream", {"host.ring=500"}), "host.ring: 500 is not a multiple of 32");
  EXPECT_EQ(refusal("stream", {"host.itr=3600ns"}),
            "host.itr: 3600ns is not a multiple of 2us, the unit of the device");
  EXPECT_EQ(refusal("stream", {"host.ring=512", "host.itr=6us"}), "accepted");
}

TEST(Traffic, QueuePairsOfAllVportsMustBeOnTheCard) {
  EXPECT_EQ(refusal("stream", {"host.queue_pairs=5", "nic.device.queues=4"}),
            "host.queue_pairs: 5 is more than nic.device.queues = 4");
  EXPECT_EQ(refusal("stream", {"host.vports=4", "nic.device.vports=4", "host.queue_pairs=5"}),
            "host.queue_pairs: 20 of 4 vports is more than nic.device.queues = 16");
  EXPECT_EQ(refusal("stream", {"host.vports=4", "nic.device.vports=4", "host.queue_pairs=4"}), "accepted");
}

TEST(Traffic, GeneratedTrafficMustMakeSense) {
  EXPECT_EQ(refusal("traffic", {"traffic.a.arrivals.kind=none"}),
            "traffic.a.arrivals.kind: none, as traffic.b.arrivals.kind, and without traffic.rpc.outstanding "
            "nothing would be sent");
  EXPECT_EQ(refusal("rpc", {"traffic.a.arrivals.kind=poisson"}),
            "traffic.a.arrivals.kind: with traffic.rpc.outstanding requests follow answers; must be "
            "back_to_back");
  EXPECT_EQ(refusal("rpc", {"traffic.b.arrivals.kind=paced"}),
            "traffic.b.arrivals.kind: with traffic.rpc.outstanding requests follow answers, and host B "
            "answers; must be none");
  EXPECT_EQ(refusal("rpc", {"traffic.zipf=1"}),
            "traffic.zipf: with traffic.rpc.outstanding each flow has as many requests under way; must be 0");
  EXPECT_EQ(refusal("rpc", {"faults.reset.after=1us"}),
            "faults.reset.after: request-response does not go on after a reset; streams and captures do");
  EXPECT_EQ(refusal("traffic", {"traffic.a.sizes.bytes=15B"}),
            "traffic.a.sizes.bytes: 15 bytes are below 16: a packet carries 16 bytes that tell who it is");
  EXPECT_EQ(refusal("imix", {"traffic.mss=1471"}),
            "traffic.a.sizes.kind: a frame of 1518 bytes is above the largest, 1517, that traffic.mss = 1471 "
            "allows");
  EXPECT_EQ(refusal("traffic", {"traffic.mss=9000", "traffic.a.sizes.bytes=9000B", "nic.mac.mtu=9000"}),
            "traffic.mss: packets of 9068 bytes on the wire exceed nic.mac.mtu = 9000");
  for (const char* preset : {"traffic", "imix", "poisson", "onoff", "rpc", "many"}) {
    EXPECT_EQ(refusal(preset, {}), "accepted") << preset;
  }
}

TEST(Traffic, SizesOfChurnAreFrames) {
  EXPECT_EQ(refusal("churn", {"churn.sizes.kind=imix"}), "accepted");
  EXPECT_EQ(refusal("churn", {"churn.sizes.kind=imix", "nic.mac.mtu=1500"}),
            "churn.sizes: packets of 1540 bytes on the wire exceed nic.mac.mtu = 1500");
  EXPECT_EQ(refusal("churn", {"churn.sizes.kind=genome", "churn.sizes.genome=aj"}),
            "churn.sizes.genome: a frame of 16000 bytes is above the largest, 9004");
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
