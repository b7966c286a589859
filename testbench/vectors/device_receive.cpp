// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/device_receive.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/psp/encapsulate.h"
#include "testbench/bench/script.h"
#include "testbench/polling/psp.h"
#include "testbench/vectors/child.h"
#include "testbench/vectors/device_keys.h"
#include "testbench/vectors/diff.h"
#include "testbench/vectors/lone_card.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kReceiverStackBytes = size_t{1} << 20;
constexpr size_t kLeastOnWire = 60;              // a sender's port pads to that
constexpr base::Time kFlight = 100 * base::kUs;  // more than any frame needs
constexpr uint32_t kLongestFrame = 4096;         // in one buffer
constexpr uint32_t kAllVersions = 0xf;

struct Injector {
  nic::Nic& nic;
  base::PacketPool& pool;
  Bytes frame;
  void arrive(uint64_t) {
    base::PacketPtr packet = pool.take(static_cast<uint32_t>(frame.size()));
    std::copy(frame.begin(), frame.end(), packet->data());
    nic.receive(std::move(packet));
  }
};

std::string check_counter(const char* name, uint64_t grown, bool counts) {
  if (grown == (counts ? 1u : 0u)) return {};
  return fmt::format("counter {} grew by {}, expected {}", name, grown, counts ? 1 : 0);
}

std::string check_counters(const Receive& one, const idpf::PspStats& before, const idpf::PspStats& after) {
  const auto grew = [&](const char* name, uint64_t idpf::PspStats::*counter, psp::Verdict verdict) {
    return check_counter(name, after.*counter - before.*counter, one.verdict == verdict);
  };
  for (std::string wrong : {grew("rx_packets", &idpf::PspStats::rx_packets, psp::Verdict::kDeliver),
                            grew("rx_auth_fail", &idpf::PspStats::rx_auth_fail, psp::Verdict::kAuthFail),
                            grew("rx_error", &idpf::PspStats::rx_error, psp::Verdict::kError),
                            grew("rx_bad", &idpf::PspStats::rx_bad, psp::Verdict::kBad)}) {
    if (!wrong.empty()) return wrong;
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
  const std::string diff = annotated_diff(expected, buffer.frame(), frame_fields(expected));
  return diff.empty() ? diff : "cleartext, " + diff;
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
    const std::string diff = annotated_diff(*expected, got[0].bytes, frame_fields(*expected, opened));
    if (!diff.empty()) return "frame in memory, " + diff;
  }
  return one.cleartext ? check_cleartext(*one.cleartext, got[0].bytes) : std::string();
}

class Receiver {
 public:
  Receiver(const DeviceKeyPair& keys, const nic::NicParams& params)
      : keys_(vector_keys(keys)),
        card_("card", params, {.mac = kLoneCardMac, .vector_keys = &keys_}, events_, pool_),
        injector_{card_.nic, pool_, {}} {}

  Failures run(const std::vector<const Receive*>& cases) {
    Failures failures;
    bench::Script script("script", kReceiverStackBytes);
    script.run([&] { receive(cases, failures); });
    if (failures.size() != cases.size()) throw std::runtime_error("the card hangs");
    if (failures.back().empty()) failures.back() = card_.nic.imbalance();
    return failures;
  }

 private:
  void receive(const std::vector<const Receive*>& cases, Failures& failures) {
    polling::Config config;
    config.rx_model = idpf::QueueModel::kSplit;
    config.psp = true;
    config.buffer_bytes = kLongestFrame;
    config.max_packet = kLongestFrame;
    polling::Driver driver(card_.host, config);
    driver.probe();
    driver.start();
    polling::Psp psp(card_.host, driver);
    psp.enable_receive(kAllVersions);
    psp.set_promiscuous();
    idpf::PspStats before = psp.statistics();
    for (const Receive* one : cases) {
      const uint64_t violations = card_.nic.violations().count();
      injector_.frame = one->frame;
      injector_.frame.resize(std::max(injector_.frame.size(), kLeastOnWire));
      events_.schedule(events_.now(), base::Callback::to<&Injector::arrive>(injector_));
      card_.host.delay(kFlight);
      const std::vector<polling::Received> got = driver.receive(0);
      const idpf::PspStats after = psp.statistics();
      std::string wrong = check_counters(*one, before, after);
      if (wrong.empty()) wrong = check_delivered(*one, injector_.frame, got);
      if (wrong.empty() && card_.nic.violations().count() != violations) wrong = "the card found a violation";
      failures.push_back(std::move(wrong));
      before = after;
    }
  }

  crypto::DeviceKeys::VectorKeys keys_;
  base::EventQueue events_{"events"};
  base::PacketPool pool_;
  LoneCard card_;
  Injector injector_;
};

}  // namespace

Failures receive_frames(const std::vector<const Receive*>& cases, const DeviceKeyPair& keys,
                        const nic::NicParams& params) {
  if (cases.empty()) return {};
  const std::string answer =
      run_in_child([&] { return nlohmann::json(Receiver(keys, params).run(cases)).dump(); });
  return nlohmann::json::parse(answer).get<Failures>();
}

}  // namespace pspnic::vectors
