// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/device_send.h"

#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/net/bytes.h"
#include "model/psp/header.h"
#include "testbench/bench/script.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/vectors/child.h"
#include "testbench/vectors/lone_card.h"

namespace pspnic::vectors {
namespace {

constexpr uint32_t kSaIndex = 7;
constexpr size_t kSenderStackBytes = size_t{1} << 20;

using Cards = std::vector<std::unique_ptr<LoneCard>>;

void send(LoneCard& card, const WireTrial& trial) {
  polling::Config config;
  config.rx_model = idpf::QueueModel::kSplit;
  config.psp = true;
  polling::Driver driver(card.host, config);
  driver.probe();
  driver.start();
  polling::Psp psp(card.host, driver);
  psp.start();
  polling::RawFrame frame = trial.frame;
  frame.sa_index = kSaIndex;
  if (frame.psp) psp.add_sa(kSaIndex, trial.spi, trial.version, trial.key);
  psp.send(frame);
}

// `failures` has an entry for each trial.
Cards send_all(const std::vector<WireTrial>& trials, const std::vector<uint64_t>& epochs,
               const nic::CryptoParams& crypto, base::EventQueue& events, base::PacketPool& pool,
               Failures& failures) {
  Cards cards;
  for (size_t i = 0; i < trials.size(); ++i) {
    nic::NicParams params = lone_card_params(crypto);
    params.crypto.iv_epoch.ps = epochs[i];
    cards.push_back(std::make_unique<LoneCard>("card" + std::to_string(i), params,
                                               nic::Nic::Identity{.mac = kLoneCardMac}, events, pool));
  }
  bool finished = false;
  bench::Script script("script", kSenderStackBytes);
  script.run([&] {
    for (size_t i = 0; i < trials.size(); ++i) {
      try {
        send(*cards[i], trials[i]);
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    }
    finished = true;
  });
  if (!finished) throw std::runtime_error("the cards hang");
  return cards;
}

uint64_t iv_of(const WireTrial& trial, const LoneCard& card) {
  if (!trial.iv || trial.index >= card.sent.size()) return 0;
  const Bytes& frame = card.sent[trial.index];
  const size_t iv = trial.psp_offset + psp::kIvOffset;
  return iv + sizeof(uint64_t) <= frame.size() ? net::load_be64(&frame[iv]) : 0;
}

// When the lane starts on the frame compared, for each trial.
std::vector<uint64_t> learn_lane_starts(const std::vector<WireTrial>& trials,
                                        const nic::CryptoParams& crypto) {
  const std::string answer = run_in_child([&] {
    base::EventQueue events("events");
    base::PacketPool pool;
    Failures failures(trials.size());
    const Cards cards =
        send_all(trials, std::vector<uint64_t>(trials.size()), crypto, events, pool, failures);
    std::vector<uint64_t> starts;
    for (size_t i = 0; i < trials.size(); ++i) starts.push_back(iv_of(trials[i], *cards[i]));
    return nlohmann::json(starts).dump();
  });
  return nlohmann::json::parse(answer).get<std::vector<uint64_t>>();
}

std::string judge(const WireTrial& trial, const LoneCard& card) {
  if (card.sent.size() != trial.frames) {
    return std::to_string(card.sent.size()) + " frames on the wire, expected " + std::to_string(trial.frames);
  }
  const std::string difference =
      diff::annotated_diff(trial.wire, card.sent[trial.index], diff::frame_fields(trial.wire));
  if (!difference.empty()) return "frame on the wire, " + difference;
  if (card.nic.violations().count() != 0) {
    return "the card found a violation: " + base::to_string(card.nic.violations().first().front());
  }
  return card.nic.imbalance();
}

}  // namespace

Failures send_trials(const std::vector<WireTrial>& trials, const nic::CryptoParams& crypto) {
  const std::vector<uint64_t> starts = learn_lane_starts(trials, crypto);
  std::vector<uint64_t> epochs(trials.size());
  for (size_t i = 0; i < trials.size(); ++i) epochs[i] = trials[i].iv.value_or(0) - starts[i];
  const std::string answer = run_in_child([&] {
    base::EventQueue events("events");
    base::PacketPool pool;
    Failures failures(trials.size());
    const Cards cards = send_all(trials, epochs, crypto, events, pool, failures);
    for (size_t i = 0; i < trials.size(); ++i) {
      if (failures[i].empty()) failures[i] = judge(trials[i], *cards[i]);
    }
    return nlohmann::json(failures).dump();
  });
  return nlohmann::json::parse(answer).get<Failures>();
}

}  // namespace pspnic::vectors
