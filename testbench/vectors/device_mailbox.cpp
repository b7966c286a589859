// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/device_mailbox.h"

#include <fmt/format.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "testbench/bench/script.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/diff/layouts.h"
#include "testbench/polling/driver.h"
#include "testbench/vectors/child.h"
#include "testbench/vectors/device_keys.h"
#include "testbench/vectors/lone_card.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kTalkStackBytes = size_t{1} << 20;

std::string check_answer(const Transcript::Step& step, const polling::Driver::Answer& answer) {
  if (static_cast<uint32_t>(answer.status) != step.status) {
    const auto text = [](idpf::Status status) {
      return fmt::format("{} ({})", static_cast<uint32_t>(status), idpf::status_name(status));
    };
    return fmt::format("status {}, expected {}", text(answer.status),
                       text(static_cast<idpf::Status>(step.status)));
  }
  Bytes got = answer.payload;
  for (size_t i = 0; i < std::min(got.size(), step.reply.size()); ++i) {
    if (step.any[i]) got[i] = step.reply[i];
  }
  return diff::annotated_diff(step.reply, got,
                              diff::message_fields(step.opcode, diff::Direction::kAnswer, step.reply));
}

std::string talk(LoneCard& card, const Transcript& transcript) {
  polling::Driver driver(card.host, {});
  driver.reset();
  for (size_t i = 0; i < transcript.steps.size(); ++i) {
    const Transcript::Step& step = transcript.steps[i];
    const auto answer = driver.exchange(static_cast<idpf::Opcode>(step.opcode), step.request);
    const std::string wrong = check_answer(step, answer);
    if (!wrong.empty()) {
      return fmt::format("step {}, {} ({}): {}", i + 1,
                         idpf::opcode_name(static_cast<idpf::Opcode>(step.opcode)), step.opcode, wrong);
    }
  }
  return card.nic.imbalance();
}

}  // namespace

Failures talk_to_cards(const std::vector<const Transcript*>& transcripts, const nic::NicParams& params) {
  const std::string answer = run_in_child([&] {
    base::EventQueue events("events");
    base::PacketPool pool;
    std::deque<crypto::DeviceKeys::VectorKeys> keys;
    std::deque<LoneCard> cards;
    for (size_t i = 0; i < transcripts.size(); ++i) {
      keys.push_back(vector_keys(transcripts[i]->keys));
      cards.emplace_back("card" + std::to_string(i), params,
                         nic::Nic::Identity{.mac = kLoneCardMac, .vector_keys = &keys.back()}, events, pool);
    }
    Failures failures;
    bench::Script script("script", kTalkStackBytes);
    script.run([&] {
      for (size_t i = 0; i < transcripts.size(); ++i) {
        try {
          failures.push_back(talk(cards[i], *transcripts[i]));
        } catch (const std::exception& error) {
          failures.push_back(error.what());
        }
      }
    });
    if (failures.size() != transcripts.size()) throw std::runtime_error("the cards hang");
    return nlohmann::json(failures).dump();
  });
  return nlohmann::json::parse(answer).get<Failures>();
}

}  // namespace pspnic::vectors
