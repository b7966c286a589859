// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/device_receive.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/psp/encapsulate.h"
#include "testbench/bench/script.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/polling/psp.h"
#include "testbench/vectors/child.h"
#include "testbench/vectors/device_keys.h"
#include "testbench/vectors/lone_card.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kReceiverStackBytes = size_t{1} << 20;
constexpr size_t kLeastOnWire = 60;              // a sender's port pads to that
constexpr base::Time kFlight = 100 * base::kUs;  // more than any frames need, time-outs of merging included
constexpr uint32_t kLongestFrame = 4096;         // in one buffer
constexpr uint32_t kAllVersions = 0xf;

struct VerdictCounter {
  const char* name;
  uint64_t idpf::PspStats::*counter;
  psp::Verdict verdict;
};
constexpr VerdictCounter kCounters[] = {
    {"rx_packets", &idpf::PspStats::rx_packets, psp::Verdict::kDeliver},
    {"rx_auth_fail", &idpf::PspStats::rx_auth_fail, psp::Verdict::kAuthFail},
    {"rx_error", &idpf::PspStats::rx_error, psp::Verdict::kError},
    {"rx_bad", &idpf::PspStats::rx_bad, psp::Verdict::kBad}};

std::string check_counters(const Receive& one, const idpf::PspStats& before, const idpf::PspStats& after) {
  bool right = true;
  std::string counted;
  for (const VerdictCounter& of : kCounters) {
    const uint64_t grown = after.*of.counter - before.*of.counter;
    right = right && grown == (one.verdict == of.verdict ? 1u : 0u);
    if (grown != 0) counted += fmt::format("{}{} +{}", counted.empty() ? "" : ", ", of.name, grown);
  }
  if (!right) {
    return fmt::format("verdict \"{}\" expected, the card counted {}", psp::text(one.verdict),
                       counted.empty() ? "nothing" : counted);
  }
  if (one.psp_bytes && after.rx_bytes - before.rx_bytes != *one.psp_bytes) {
    return fmt::format("counter rx_bytes grew by {}, expected {}", after.rx_bytes - before.rx_bytes,
                       *one.psp_bytes);
  }
  return {};
}

std::string check_cleartext(const Bytes& expected, Bytes in_memory) {
  psp::FrameBuffer buffer{in_memory, 0, in_memory.size()};
  if (const psp::EncapStatus status = psp::decapsulate(buffer); status != psp::EncapStatus::kOk) {
    return std::string("what came up is not decapsulated: ") + psp::text(status);
  }
  const std::string difference = diff::annotated_diff(expected, buffer.frame(), diff::frame_fields(expected));
  return difference.empty() ? difference : "cleartext, " + difference;
}

std::string check_delivered(const Receive& one, const Bytes& frame,
                            const std::vector<polling::Received>& got) {
  const bool opened = one.verdict == psp::Verdict::kDeliver;
  const bool up = opened || one.verdict == psp::Verdict::kNotPsp;
  if (got.size() != (up ? 1u : 0u)) {
    return fmt::format("{} frames came up, expected {}", got.size(), up ? 1 : 0);
  }
  if (!up) return {};
  if ((got[0].psp == idpf::PspRxStatus::kOk) != opened) {
    return fmt::format("PSP status {} in the completion", static_cast<unsigned>(got[0].psp));
  }
  const Bytes* expected = opened ? (one.in_memory ? &*one.in_memory : nullptr) : &frame;
  if (expected != nullptr) {
    const std::string difference = diff::annotated_diff(
        *expected, got[0].bytes,
        diff::frame_fields(*expected, opened ? diff::Written::kOpened : diff::Written::kSealed));
    if (!difference.empty()) return "frame in memory, " + difference;
  }
  return one.cleartext ? check_cleartext(*one.cleartext, got[0].bytes) : std::string();
}

// Runs `check` with a driver that listens, for each case.
class Listener {
 public:
  Listener(const DeviceKeyPair& keys, const nic::NicParams& params, const polling::Config& config,
           uint32_t psp_flags)
      : keys_(vector_keys(keys)),
        card_("card", params, {.mac = kLoneCardMac, .vector_keys = &keys_}, events_, pool_),
        arrivals_(card_.nic, events_, pool_),
        config_(config),
        psp_flags_(psp_flags) {}

  template <class Case, class Check>
  Failures run(const std::vector<const Case*>& cases, const Check& check) {
    Failures failures;
    bench::Script script("script", kReceiverStackBytes);
    script.run([&] {
      polling::Driver driver(card_.host, config_);
      driver.probe();
      driver.start();
      polling::Psp psp(card_.host, driver);
      psp.enable_receive(kAllVersions, psp_flags_);
      psp.set_promiscuous();
      for (const Case* one : cases) {
        const uint64_t violations = card_.nic.violations().count();
        std::string wrong = check(*one, *this, driver, psp);
        if (wrong.empty() && card_.nic.violations().count() != violations)
          wrong = "the card found a violation";
        failures.push_back(std::move(wrong));
      }
    });
    if (failures.size() != cases.size()) throw std::runtime_error("the card hangs");
    if (failures.back().empty()) failures.back() = card_.nic.imbalance();
    return failures;
  }

  // Lets the frames arrive and gives what has come up of them.
  std::vector<polling::Received> pass(const std::vector<Bytes>& frames, polling::Driver& driver) {
    arrivals_.begin(frames);
    card_.host.delay(kFlight);
    return driver.receive(0);
  }

 private:
  crypto::DeviceKeys::VectorKeys keys_;
  base::EventQueue events_{"events"};
  base::PacketPool pool_;
  LoneCard card_;
  Arrivals arrivals_;
  polling::Config config_;
  uint32_t psp_flags_;
};

std::string check_receive(const Receive& one, Listener& listener, polling::Driver& driver,
                          polling::Psp& psp) {
  Bytes frame = one.frame;
  frame.resize(std::max(frame.size(), kLeastOnWire));
  const idpf::PspStats before = psp.statistics();
  const std::vector<polling::Received> got = listener.pass({frame}, driver);
  const std::string wrong = check_counters(one, before, psp.statistics());
  return wrong.empty() ? check_delivered(one, frame, got) : wrong;
}

std::string check_merge(const Merge& one, Listener& listener, polling::Driver& driver, polling::Psp&) {
  const std::vector<polling::Received> got = listener.pass(one.arriving, driver);
  for (size_t i = 0; i < std::min(got.size(), one.host.size()); ++i) {
    const Merge::Frame& expected = one.host[i];
    const diff::Written written = expected.segment_bytes ? diff::Written::kDriver : diff::Written::kOpened;
    const std::string place = fmt::format("frame {} of {} in memory, ", i + 1, one.host.size());
    const std::string difference =
        diff::annotated_diff(expected.bytes, got[i].bytes, diff::frame_fields(expected.bytes, written));
    if (!difference.empty()) return place + difference;
    if (got[i].segment_bytes == expected.segment_bytes) continue;
    const auto said = [](std::optional<uint16_t> bytes) {
      return bytes ? fmt::format("segments of {} bytes", *bytes) : std::string("one packet");
    };
    return fmt::format("{}its completion says {}, expected {}", place, said(got[i].segment_bytes),
                       said(expected.segment_bytes));
  }
  if (got.size() == one.host.size()) return {};
  return fmt::format("{} frames came up, expected {}", got.size(), one.host.size());
}

polling::Config listening() {
  polling::Config config;
  config.rx_model = idpf::QueueModel::kSplit;
  config.psp = true;
  config.buffer_bytes = kLongestFrame;
  config.max_packet = kLongestFrame;
  return config;
}

template <class Work>
Failures in_child(const Work& work) {
  return nlohmann::json::parse(run_in_child([&] { return nlohmann::json(work()).dump(); }))
      .template get<Failures>();
}

}  // namespace

Failures receive_frames(const std::vector<const Receive*>& cases, const DeviceKeyPair& keys,
                        const nic::NicParams& params) {
  if (cases.empty()) return {};
  return in_child([&] { return Listener(keys, params, listening(), 0).run(cases, check_receive); });
}

Failures merge_frames(const std::vector<const Merge*>& cases, const DeviceKeyPair& keys, bool strip,
                      const nic::NicParams& params) {
  if (cases.empty()) return {};
  polling::Config config = listening();
  config.coalesce = true;
  const uint32_t flags = strip ? idpf::kPspConfigMetaSpi | idpf::kPspConfigStripHeaders : 0;
  return in_child([&] { return Listener(keys, params, config, flags).run(cases, check_merge); });
}

}  // namespace pspnic::vectors
