// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/nic/vector_cards.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "model/net/bytes.h"
#include "model/psp/header.h"

namespace pspnic::test {
namespace {

constexpr uint32_t kSaIndex = 7;

nic::NicParams card_params(uint64_t iv_epoch) {
  nic::NicParams params;
  params.device.queues = 1;
  params.device.sa_slots = 16;
  params.crypto.iv_epoch.ps = iv_epoch;
  return params;
}

void send(LoneCard& card, const WireTrial& trial) {
  PollConfig config;
  config.rx_model = idpf::QueueModel::kSplit;
  config.psp = true;
  PollDriver driver(card.host, config);
  driver.probe();
  driver.start();
  PollPsp psp(card.host, driver);
  psp.start();
  RawFrame frame = trial.frame;
  frame.sa_index = kSaIndex;
  if (frame.psp) psp.add_sa(kSaIndex, trial.spi, trial.version, trial.key);
  psp.send(frame);
}

std::vector<std::unique_ptr<LoneCard>> run(const std::vector<WireTrial>& trials,
                                           const std::vector<uint64_t>& epochs, base::EventQueue& events,
                                           base::PacketPool& pool) {
  std::vector<std::unique_ptr<LoneCard>> cards;
  for (size_t i = 0; i < trials.size(); ++i) {
    cards.push_back(std::make_unique<LoneCard>("card" + std::to_string(i), card_params(epochs[i]),
                                               nic::Nic::Identity{.mac = net::MacAddress{{2, 0, 0, 0, 0, 2}}},
                                               events, pool));
  }
  Script script("script", [&] {
    for (size_t i = 0; i < trials.size(); ++i) send(*cards[i], trials[i]);
  });
  sc_core::sc_start();
  EXPECT_TRUE(script.finished);
  EXPECT_EQ(script.failure, "");
  return cards;
}

uint64_t iv_of(const WireTrial& trial, const LoneCard& card) {
  if (!trial.iv || trial.index >= card.sent.size()) return 0;
  return net::load_be64(&card.sent[trial.index][trial.psp_offset + psp::kIvOffset]);
}

// When the lane starts on the frame compared, for each trial.
std::vector<uint64_t> learn_lane_starts(const std::vector<WireTrial>& trials) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  std::vector<uint64_t> starts(trials.size());
  const size_t bytes = starts.size() * sizeof starts[0];
  if (child == 0) {
    base::EventQueue events("events");
    base::PacketPool pool;
    const auto cards = run(trials, std::vector<uint64_t>(trials.size()), events, pool);
    for (size_t i = 0; i < trials.size(); ++i) starts[i] = iv_of(trials[i], *cards[i]);
    const auto* from = reinterpret_cast<const uint8_t*>(starts.data());
    size_t done = 0;
    while (done < bytes) {
      const ssize_t count = write(ends[1], from + done, bytes - done);
      if (count <= 0) _exit(1);
      done += static_cast<size_t>(count);
    }
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  close(ends[1]);
  auto* to = reinterpret_cast<uint8_t*>(starts.data());
  size_t done = 0;
  for (ssize_t count = 1; done < bytes && count > 0;
       done += static_cast<size_t>(std::max<ssize_t>(count, 0))) {
    count = read(ends[0], to + done, bytes - done);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the run that learns the lane starts";
  EXPECT_EQ(done, bytes);
  return starts;
}

}  // namespace

void expect_on_the_wire(const std::vector<WireTrial>& trials) {
  const std::vector<uint64_t> starts = learn_lane_starts(trials);
  std::vector<uint64_t> epochs(trials.size());
  for (size_t i = 0; i < trials.size(); ++i) epochs[i] = trials[i].iv.value_or(0) - starts[i];
  base::EventQueue events("events");
  base::PacketPool pool;
  const auto cards = run(trials, epochs, events, pool);
  for (size_t i = 0; i < trials.size(); ++i) {
    const LoneCard& card = *cards[i];
    EXPECT_EQ(card.nic.violations().count(), 0u) << trials[i].name;
    EXPECT_EQ(card.nic.imbalance(), "") << trials[i].name;
    ASSERT_EQ(card.sent.size(), trials[i].frames) << trials[i].name;
    EXPECT_EQ(card.sent[trials[i].index], trials[i].wire) << trials[i].name << ", frame " << trials[i].index;
  }
}

}  // namespace pspnic::test
