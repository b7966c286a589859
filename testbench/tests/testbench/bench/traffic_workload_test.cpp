// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_workload.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "model/net/bytes.h"
#include "testbench/bench/parameters.h"

namespace pspnic::bench {
namespace {

using ArrivalKind = traffic::ArrivalParams::Kind;
using ArrivalTimes = traffic::ArrivalParams::Times;
using RateOf = traffic::ArrivalParams::RateOf;

constexpr uint32_t kUdpAndAround = 14 + 20 + 8;
constexpr uint32_t kPspAndAround = kUdpAndAround + 40 + 4 + 20;  // PSP, FCS, preamble and gap

// Counts packets by flow on their way to the workload.
class CountingStack : public host::Stack {
 public:
  CountingStack(host::Stack& stack, unsigned flows) : counts(flows), stack_(stack) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    ++counts.at(net::load_be16(&frame[34]) - unsigned{kFirstPort});
    stack_.on_receive(frame, info);
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_.on_sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override { stack_.on_transmit_room(queue); }

  std::vector<unsigned> counts;

 private:
  host::Stack& stack_;
};

// A whole run.
class TrafficRun : public testing::Test {
 protected:
  void run(std::optional<uint64_t> messages = std::nullopt) {
    check_traffic(params_);
    const TrafficSizes sizes(params_);
    Platform platform("bench", parameters_.platform, {1540, params_.tso, 0xf}, 1);
    workload_ = std::make_unique<TrafficWorkload>(params_, sizes, messages, 1, keys_);
    counting_ = std::make_unique<CountingStack>(workload_->stack(kB), params_.flows);
    platform.run([&] {
      platform.drivers(kA).start(workload_->stack(kA));
      platform.drivers(kB).start(*counting_);
      workload_->prepare(platform);
      workload_->start(platform);
    });
    workload_->conclude();
    for (const Side side : {kA, kB}) {
      const DirectionOutcome& outcome = workload_->outcome(side);
      EXPECT_TRUE(outcome.complete());
      EXPECT_EQ(outcome.never_sent(), 0u);
      EXPECT_EQ(outcome.verified, offer(side).carried.packets);
      EXPECT_EQ(outcome.payload_bytes, offer(side).carried.payload_bytes);
    }
  }
  const TrafficOffer& offer(Side side) const { return workload_->traffic()->offers[side]; }
  // ps, mean of the packets.
  double host_time(Side side) const {
    const DirectionOutcome& outcome = workload_->outcome(side);
    return static_cast<double>(outcome.host_time) / static_cast<double>(outcome.verified);
  }
  void arrive(TrafficSideParams& side, ArrivalKind kind, uint64_t gbps) {
    side.arrivals.kind = kind;
    side.arrivals.rate = {gbps * base::kGbps};
  }

  Parameters parameters_;
  TrafficParams params_;
  KeyLog keys_;
  std::unique_ptr<TrafficWorkload> workload_;
  std::unique_ptr<CountingStack> counting_;
};

TEST_F(TrafficRun, PacedOffersItsRateOfTheWire) {
  arrive(params_.a, ArrivalKind::kPaced, 40);
  params_.a.sizes.bytes = {1000};
  params_.duration = {100 * base::kUs};
  run();
  const double gap = 8e12 * (1000 + kPspAndAround) / 40e9;
  EXPECT_EQ(offer(kA).messages, static_cast<uint64_t>(std::ceil(100e6 / gap)));
  EXPECT_EQ(offer(kA).offered.wire_bytes, offer(kA).messages * (1000 + kPspAndAround));
  EXPECT_EQ(offer(kA).carried.packets, offer(kA).offered.packets);
  EXPECT_EQ(offer(kA).offered_for, params_.duration.ps);
  EXPECT_EQ(offer(kB).messages, 0u);
  EXPECT_EQ(workload_->outcome(kA).latency_from, LatencyFrom::kOffer);
}

TEST_F(TrafficRun, ARateMayBeOfFramesOrOfPayload) {
  arrive(params_.a, ArrivalKind::kPaced, 40);
  arrive(params_.b, ArrivalKind::kPaced, 20);
  params_.a.sizes.bytes = params_.b.sizes.bytes = {1000};
  params_.a.arrivals.rate_of = RateOf::kFrame;
  params_.b.arrivals.rate_of = RateOf::kPayload;
  params_.duration = {100 * base::kUs};
  run();
  EXPECT_EQ(offer(kA).messages, static_cast<uint64_t>(std::ceil(100e6 * 40e9 / (8e12 * (1046)))));
  EXPECT_EQ(offer(kB).messages, 250u) << "20 Gb/s for 100 us are 250 kB";
}

TEST_F(TrafficRun, PoissonOffersItsRateInTheMean) {
  arrive(params_.a, ArrivalKind::kPoisson, 50);
  params_.a.sizes.kind = traffic::SizeParams::Kind::kImix;
  run(10'000);
  const double mean_bits = 8 * (315.0 + 1.0 / 6 + kPspAndAround);
  const double bps =
      8e12 * static_cast<double>(offer(kA).offered.wire_bytes) / static_cast<double>(offer(kA).offered_for);
  EXPECT_NEAR(bps / 50e9, 1, 0.07) << "five deviations of gaps and sizes";
  const double gap = static_cast<double>(offer(kA).offered_for) / 10'000;
  EXPECT_NEAR(gap, mean_bits / 50e9 * 1e12, 0.05 * gap);
  EXPECT_EQ(offer(kA).carried.packets, 10'000u);
}

TEST_F(TrafficRun, BurstsOfferTheirShareOfTheRate) {
  arrive(params_.a, ArrivalKind::kOnOff, 100);
  params_.a.arrivals.times = ArrivalTimes::kFixed;
  params_.a.arrivals.on = {5 * base::kUs};
  params_.a.arrivals.off = {15 * base::kUs};
  params_.duration = {400 * base::kUs};
  run();
  const double bps = 8e12 * static_cast<double>(offer(kA).offered.wire_bytes) / 400e6;
  EXPECT_NEAR(bps / 25e9, 1, 0.01) << "20 bursts; a packet is 0.1 %";
}

TEST_F(TrafficRun, BothHostsSendTheirOwn) {
  params_.b.arrivals.kind = ArrivalKind::kPaced;
  params_.b.arrivals.packet_rate = 1'000'000;
  params_.b.sizes.bytes = {64};
  run(200);
  EXPECT_EQ(offer(kA).offered.payload_bytes, 200u * 1408);
  EXPECT_EQ(offer(kB).offered.payload_bytes, 200u * 64);
  EXPECT_EQ(offer(kB).offered_for, 200 * base::kUs);
}

TEST_F(TrafficRun, OtherQueuesAndCardsAreOfferedTheSame) {
  arrive(params_.a, ArrivalKind::kPoisson, 150);
  params_.a.sizes.kind = traffic::SizeParams::Kind::kImix;
  params_.flows = 40;
  params_.zipf = 1.1;
  parameters_.platform.host.queue_pairs = 3;
  parameters_.platform.nic.crypto.gcm.lanes = 1;
  run(3000);
  // What the sequence alone says.
  const TrafficSizes sizes(params_);
  traffic::MessageSequence sequence(traffic::zipf_weights(40, 1.1), sizes.a, 1, 0);
  std::vector<unsigned> counts(40);
  uint64_t bytes = 0;
  for (unsigned i = 0; i < 3000; ++i) {
    const traffic::MessageSize message = sequence.next();
    ++counts[message.flow];
    bytes += message.bytes;
  }
  EXPECT_EQ(counting_->counts, counts);
  EXPECT_EQ(offer(kA).offered.payload_bytes, bytes);
}

TEST_F(TrafficRun, FlowsArePopularByZipf) {
  params_.flows = 8;
  params_.zipf = 1;
  params_.a.sizes.bytes = {64};
  run(8000);
  const std::vector<double> weights = traffic::zipf_weights(8, 1);
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double chi = 0;
  for (size_t flow = 0; flow < 8; ++flow) {
    const double expected = 8000 * weights[flow] / sum;
    chi += std::pow(counting_->counts[flow] - expected, 2) / expected;
  }
  EXPECT_LT(chi, 24.3) << "99.9 % of a chi-square distribution with 7 degrees of freedom";
}

TEST_F(TrafficRun, WhatFindsNoPlaceInTheHostIsCounted) {
  arrive(params_.a, ArrivalKind::kPaced, 400);
  params_.duration = {100 * base::kUs};
  params_.backlog = 20;
  run();
  const DirectionOutcome& outcome = workload_->outcome(kA);
  ASSERT_EQ(outcome.not_sent.size(), 1u);
  EXPECT_GT(outcome.not_sent[0].second, 500u) << "half of 3300";
  EXPECT_EQ(outcome.offered, outcome.sent + outcome.not_sent[0].second);
  EXPECT_EQ(offer(kA).most_waiting, 20u);
}

TEST_F(TrafficRun, WaitingInTheHostIsPartOfTheLatency) {
  arrive(params_.a, ArrivalKind::kPaced, 400);
  params_.duration = {100 * base::kUs};
  run();
  // The last message leaves a wire of 200 Gb/s when twice the time has passed.
  EXPECT_GT(workload_->outcome(kA).latency.max(), 95 * base::kUs);
  EXPECT_GT(offer(kA).most_waiting, 500u);
  EXPECT_GT(host_time(kA), 3e6) << "of those that find the ring full";
  EXPECT_LT(host_time(kA), workload_->outcome(kA).latency.mean() - 1e6) << "the way itself takes longer";
}

TEST_F(TrafficRun, BackToBackAPacketOfItsOwnMessageHasNotWaited) {
  params_.a.sizes.bytes = {1000};
  run(500);
  EXPECT_EQ(workload_->outcome(kA).latency_from, LatencyFrom::kTransmit);
  EXPECT_EQ(host_time(kA), 0);
}

TEST_F(TrafficRun, BackToBackLatencyIsFromTheMessagesFirstPacket) {
  params_.a.sizes.bytes = {1'000'000};
  run(5);
  EXPECT_EQ(workload_->outcome(kA).latency_from, LatencyFrom::kMessage);
  EXPECT_GT(host_time(kA), 1e6) << "of about 40 us that a message takes on the wire";
}

TEST_F(TrafficRun, RequestsWaitForTheWindowInTheHost) {
  params_.flows = 64;
  params_.rpc.outstanding = 4;
  params_.window = {4096};
  params_.a.sizes.bytes = params_.b.sizes.bytes = {1000};
  run(3000);
  const DirectionOutcome& requests = workload_->outcome(kA);
  EXPECT_EQ(requests.latency_from, LatencyFrom::kOffer);
  EXPECT_GT(host_time(kA), 0.8 * requests.latency.mean());
}

TEST_F(TrafficRun, OneRequestAtATimeTakesItsWaysAndTheTimeToThink) {
  params_.flows = 1;
  params_.rpc.outstanding = 1;
  params_.rpc.think = {7 * base::kUs};
  params_.rpc.think_times = ArrivalTimes::kFixed;
  params_.a.sizes.bytes = {100};
  params_.b.sizes.bytes = {1000};
  run(300);
  const TransactionOutcome& done = *workload_->traffic()->transactions;
  EXPECT_EQ(done.begun, 300u);
  EXPECT_EQ(done.completed, 300u);
  EXPECT_EQ(done.lost, 0u);
  EXPECT_EQ(offer(kA).messages, 300u);
  EXPECT_EQ(offer(kB).messages, 300u);
  const double ways = workload_->outcome(kA).latency.mean() + workload_->outcome(kB).latency.mean();
  EXPECT_NEAR(done.latency.mean(), ways + 7e6, 1);
  EXPECT_NEAR(static_cast<double>(done.time), 300 * done.latency.mean(), 1000) << "one follows the other";
}

TEST_F(TrafficRun, RequestsUnderWayAreAsManyAsAsked) {
  params_.flows = 4;
  params_.rpc.outstanding = 3;
  params_.rpc.think = {10 * base::kUs};
  params_.a.sizes.bytes = {5000};
  params_.b.sizes.bytes = {3000};
  params_.duration = {2 * base::kMs};
  run();
  const TransactionOutcome& done = *workload_->traffic()->transactions;
  EXPECT_EQ(done.completed, done.begun);
  EXPECT_EQ(offer(kA).offered.packets, 4 * done.begun) << "5000 bytes in packets of 1472";
  EXPECT_EQ(offer(kB).offered.packets, 3 * done.begun);
  // Little: requests under way are their rate times their latency; at the end they become fewer.
  const double under_way =
      static_cast<double>(done.completed) / static_cast<double>(done.time) * done.latency.mean();
  EXPECT_NEAR(under_way, 12, 0.2);
}

TEST_F(TrafficRun, RequestsAreGivenUpAndFollowed) {
  params_.flows = 2;
  params_.rpc.outstanding = 2;
  params_.rpc.think = {50 * base::kUs};
  params_.rpc.think_times = ArrivalTimes::kFixed;
  params_.rpc.timeout = {20 * base::kUs};
  params_.duration = {200 * base::kUs};
  run();
  const TransactionOutcome& done = *workload_->traffic()->transactions;
  EXPECT_EQ(done.completed, 0u);
  EXPECT_EQ(done.lost, done.begun);
  EXPECT_GE(done.begun, 4u * 6) << "each at 30 us at the latest";
  EXPECT_LE(done.begun, 4u * 10);
}

}  // namespace
}  // namespace pspnic::bench
