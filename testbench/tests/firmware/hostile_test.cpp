// SPDX-License-Identifier: Apache-2.0
// Hostile drivers against the firmware alone: fences in any order, functions that share keys and reset,
// floods.
#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <set>

#include "testbench/tests/firmware/control_bench.h"
#include "testbench/tests/firmware/key_bench.h"

namespace pspnic::firmware {
namespace {

Bytes sas(std::vector<uint32_t> slots, uint16_t tag = 0) {
  std::vector<idpf::PspTxSa> list;
  for (const uint32_t slot : slots) list.push_back({.sa_idx = slot, .spi = 5, .key_len = 16, .sa_tag = tag});
  return to_bytes(
      idpf::PspTxSaList{.vport_id = idpf::kVportNone, .num_sa = static_cast<uint16_t>(slots.size())}, list);
}
Bytes del(const std::vector<uint32_t>& slots, uint32_t flags = 0) {
  std::vector<idpf::PspTxSaId> list;
  for (const uint32_t slot : slots) list.push_back({slot, 0, 0});
  return to_bytes(
      idpf::PspTxSaDel{
          .vport_id = idpf::kVportNone, .flags = flags, .num_sa = static_cast<uint16_t>(slots.size())},
      list);
}

class Hostile : public testing::Test {
 protected:
  Hostile() { card_.negotiate(true); }
  void post(Opcode opcode, const Bytes& payload, uint16_t flags, uint16_t cookie) {
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.descriptor.sw_cookie = cookie;
    request.descriptor.v_flags = flags;
    request.payload = payload;
    card_.plane.handle(request);
  }
  std::vector<uint16_t> cookies() const {
    std::vector<uint16_t> all;
    for (const MailboxMessage& message : card_.hardware.sent) {
      if (message.descriptor.v_opcode != Opcode::kEvent) all.push_back(message.descriptor.sw_cookie);
    }
    return all;
  }
  // Ends one of the pieces of work that are held.
  void finish_one(size_t which) {
    FakeHardware& hardware = card_.hardware;
    FakeHardware::Work work = std::move(hardware.held.at(which));
    hardware.held.erase(hardware.held.begin() + static_cast<std::ptrdiff_t>(which));
    std::vector<FakeHardware::Work> others;
    others.swap(hardware.held);
    hardware.held.push_back(std::move(work));
    std::vector<FakeHardware::Work> now;
    now.swap(hardware.held);
    hardware.held = std::move(others);
    for (const FakeHardware::Work& each : now) {
      for (const uint32_t index : each.indexes) hardware.tx_sas.erase(index);
      card_.plane.hardware_done(each.token);
    }
  }

  ControlBench card_;
};

// FENCE: "answer and events come when every earlier request of the mailbox has been answered", and one that
// is fenced itself has not been answered while it waits.
TEST_F(Hostile, AFencedAnswerWaitsForAnEarlierFencedOneWhoseWorkIsDone) {
  post(Opcode::kPspAddTxSa, sas({0, 1}), 0, 1);
  card_.hardware.hold_work = true;
  post(Opcode::kPspDelTxSa, del({0}), 0, 2);
  post(Opcode::kPspDelTxSa, del({1}), idpf::kVflagFence, 3);
  post(Opcode::kPspGetStats, to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone}), idpf::kVflagFence, 4);
  finish_one(1);  // of 3, which waits for 2
  finish_one(0);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 2, 3, 4}));
}

// Any mix of deletions and queries, fenced or not, whose work ends in any order.
TEST_F(Hostile, RandomFencesKeepTheirPromise) {
  std::mt19937 random(3);
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  size_t broken = 0;
  for (int round = 0; round < 300; ++round) {
    card_.hardware.hold_work = false;
    std::vector<uint32_t> slots(12);
    for (uint32_t i = 0; i < slots.size(); ++i) slots[i] = i;
    post(Opcode::kPspAddTxSa, sas(slots), 0, 0);
    card_.hardware.sent.clear();
    card_.hardware.hold_work = true;
    std::vector<bool> fenced(1, false);
    uint32_t next_slot = 0;
    for (uint16_t cookie = 1; cookie <= 12; ++cookie) {
      const bool fence = below(2) == 0;
      fenced.push_back(fence);
      const uint16_t flags = fence ? idpf::kVflagFence : uint16_t{0};
      if (below(2) == 0) {
        post(Opcode::kPspDelTxSa, del({next_slot++}), flags, cookie);
      } else {
        post(Opcode::kPspGetStats, to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone}), flags, cookie);
      }
      if (below(4) == 0 && !card_.hardware.held.empty())
        finish_one(below(static_cast<uint32_t>(card_.hardware.held.size())));
    }
    while (!card_.hardware.held.empty()) finish_one(below(static_cast<uint32_t>(card_.hardware.held.size())));
    const std::vector<uint16_t> order = cookies();
    ASSERT_EQ(order.size(), 12u);
    for (size_t i = 0; i < order.size(); ++i) {
      if (!fenced[order[i]]) continue;
      for (size_t later = i + 1; later < order.size(); ++later) broken += order[later] < order[i];
    }
    post(Opcode::kPspDelTxSa, del({}, idpf::kPspDelAll), 0, 0);
    card_.hardware.finish_work();
    card_.hardware.sent.clear();
  }
  EXPECT_EQ(broken, 0u) << "answers that a fence should have held back";
}

TEST_F(Hostile, DuplicatesInOneListAreDoneOnce) {
  post(Opcode::kPspAddTxSa, sas({3, 3, 4}), 0, 1);
  const Bytes& added = card_.hardware.sent.back().payload;
  EXPECT_EQ(element_of<idpf::PspTxSaList>(added, 0).status, 0);
  EXPECT_EQ(element_of<idpf::PspTxSaList>(added, 1).status, static_cast<uint16_t>(Status::kEexist));
  card_.hardware.hold_work = true;
  post(Opcode::kPspDelTxSa, del({3, 3, 4, 3}), 0, 2);
  ASSERT_EQ(card_.hardware.held.size(), 1u);
  EXPECT_EQ(card_.hardware.held[0].indexes, (std::vector<uint32_t>{3, 4}));
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1}));
  post(Opcode::kPspDelTxSa, del({3, 4}), 0, 3);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 3}));
  EXPECT_EQ(element_of<idpf::PspTxSaDel>(card_.hardware.sent.back().payload, 0).status,
            static_cast<uint16_t>(Status::kPspSaBusy));
  // The range to 0xffffffff, one entry only, a reversed one.
  post(Opcode::kPspDelTxSa, del({0, 0xffffffff}, idpf::kPspDelRange), 0, 4);
  EXPECT_EQ(card_.hardware.sent.back().descriptor.v_retval, Status::kErange);
  post(Opcode::kPspDelTxSa, del({5, 4}, idpf::kPspDelRange), 0, 5);
  EXPECT_EQ(card_.hardware.sent.back().descriptor.v_retval, Status::kEinval);
  post(Opcode::kPspDelTxSa, del({5}, idpf::kPspDelRange), 0, 6);
  EXPECT_EQ(card_.hardware.sent.back().descriptor.v_retval, Status::kEinval);
  card_.hardware.finish_work();
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 3, 4, 5, 6, 2}));
}

// What the management port has cleared is still the driver's to read.
TEST_F(Hostile, StatisticsClearedByTheManagementPortAreNotTheDrivers) {
  card_.hardware.psp_counter_values.tx_packets = 7;
  MailboxMessage request;
  request.descriptor.v_opcode = Opcode::kPspGetStats;
  request.payload = to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone, .flags = idpf::kPspStatsClear});
  card_.plane.handle(request, Origin::kManagement);
  const Reply reply = card_.send(Opcode::kPspGetStats, idpf::PspStats{.vport_id = idpf::kVportNone});
  EXPECT_EQ(from_bytes<idpf::PspStats>(reply.payload).tx_packets, 7u);
}

// Three functions of a card share keys; they allocate, free, rotate, reset, ask for events, in any order.
class Company : public testing::Test {
 protected:
  static constexpr unsigned kFunctions = 3;
  static constexpr uint32_t kSpis = 24;

  // The keys are one device's: function 0's.
  struct Own : FakeHardware {
    FakeHardware* keys = nullptr;
    bool make_device_key(unsigned slot) override {
      return keys != nullptr ? keys->make_device_key(slot) : FakeHardware::make_device_key(slot);
    }
    psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) override {
      return keys->FakeHardware::derive_session_key(spi, version);
    }
  };
  struct Function {
    Own hardware;
    std::unique_ptr<ControlPlane> plane;
    bool asked = false;
    uint32_t in_use = 0;
  };

  void build(bool vf_authority = false) {
    for (unsigned i = 0; i < kFunctions; ++i) {
      Function& function = functions_[i];
      function.hardware.keys = &device_;
      function.hardware.config.spi_first = 1 + i * kSpis;
      function.hardware.config.spi_count = kSpis;
      function.hardware.config.is_virtual = i != 0;
      function.plane = std::make_unique<ControlPlane>(
          function.hardware, domain_,
          ControlOptions{.function = static_cast<uint16_t>(i), .rotation_authority = i == 0 || vf_authority});
      function.hardware.plane = function.plane.get();
    }
    for (unsigned i = 0; i < kFunctions; ++i) reset(i);
  }
  void reset(unsigned i) {
    functions_[i].hardware.device_reset();
    functions_[i].plane->reset();
    functions_[i].asked = false;
    functions_[i].in_use = 0;
    negotiate(i);
  }
  Reply ask(unsigned i, Opcode opcode, Bytes payload) {
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.payload = std::move(payload);
    auto& sent = functions_[i].hardware.sent;
    const size_t before = sent.size();
    functions_[i].plane->handle(request);
    if (sent.size() <= before) {
      ADD_FAILURE() << "no reply";
      return {};
    }
    EXPECT_EQ(sent[before].descriptor.v_opcode, opcode) << "the answer is in front of the events";
    return {sent[before].descriptor.v_retval, Bytes(sent[before].payload)};
  }
  void negotiate(unsigned i) {
    ask(i, Opcode::kVersion, to_bytes(idpf::VersionInfo{2, 0}));
    ask(i, Opcode::kGetCaps, to_bytes(idpf::GetCapabilities{.other_caps = ~0ull}));
    ask(i, Opcode::kGetOemCaps, to_bytes(idpf::OemCaps{~0ull}));
  }

  FakeHardware device_;
  KeyDomain domain_{device_};
  std::array<Function, kFunctions> functions_;

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random() % limit); }
  void allocate(unsigned i);
  void free_any(unsigned i);
  void check_events(int step);
  std::mt19937 random{11};
  std::set<std::pair<uint64_t, uint32_t>> seen;  // device key, SPI
  std::set<std::vector<uint8_t>> session_keys;
  size_t issued = 0;
};

void Company::allocate(unsigned i) {
  const auto wanted = static_cast<uint16_t>(1 + below(5));
  const Reply reply = ask(i, Opcode::kPspAllocRxSa,
                          to_bytes(idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = wanted},
                                   std::vector<idpf::PspRxSa>(wanted)));
  ASSERT_EQ(reply.status, Status::kSuccess);
  const auto header = from_bytes<idpf::PspRxSaList>(reply.payload);
  for (size_t n = 0; n < header.num_sa; ++n) {
    const auto entry = element_of<idpf::PspRxSaList>(reply.payload, n);
    ASSERT_EQ(entry.status, 0);
    const uint32_t index = entry.spi & 0x7fffffff;
    EXPECT_GE(index, 1 + i * kSpis);
    EXPECT_LT(index, 1 + (i + 1) * kSpis);
    // The device may have rotated in the middle of the message.
    const bool active = entry.spi >> 31 == domain_.phase();
    EXPECT_EQ(entry.generation, active ? domain_.generation() : domain_.previous_generation().value_or(255));
    EXPECT_TRUE(seen.emplace(device_.key_serial[entry.spi >> 31], entry.spi).second);
    EXPECT_TRUE(session_keys.insert({entry.key.begin(), entry.key.begin() + 16}).second);
    ++issued;
  }
}

void Company::free_any(unsigned i) {
  idpf::PspRxSa entry{.spi = (below(2) << 31) | (1 + below(kFunctions * kSpis)),
                      .generation = domain_.generation()};
  const uint32_t before =
      from_bytes<idpf::PspStats>(
          ask(i, Opcode::kPspGetStats, to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone})).payload)
          .rx_spi_in_use;
  const Reply reply = ask(i, Opcode::kPspFreeRxSa,
                          to_bytes(idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = 1}, {entry}));
  const uint16_t status = element_of<idpf::PspRxSaList>(reply.payload, 0).status;
  const uint32_t after =
      from_bytes<idpf::PspStats>(
          ask(i, Opcode::kPspGetStats, to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone})).payload)
          .rx_spi_in_use;
  EXPECT_EQ(after, before - (status == 0 ? 1 : 0));
  const uint32_t index = entry.spi & 0x7fffffff;
  if (index < 1 + i * kSpis || index >= 1 + (i + 1) * kSpis) {
    EXPECT_NE(status, 0) << "another function's";
  }
}

void Company::check_events(int step) {
  for (unsigned other = 0; other < kFunctions; ++other) {
    for (const MailboxMessage& message : functions_[other].hardware.sent) {
      if (message.descriptor.v_opcode != Opcode::kEvent) continue;
      EXPECT_TRUE(functions_[other].asked) << "an event to " << other << " at step " << step;
      const auto event = from_bytes<idpf::PspEvent>(message.payload);
      if (event.event == idpf::EventCode::kPspKeyRotated) {
        EXPECT_EQ(event.generation, domain_.generation());
      }
      if (event.event == idpf::EventCode::kPspKeyRetired) {
        EXPECT_NE(event.generation, domain_.generation());
        EXPECT_NE(event.generation, domain_.previous_generation().value_or(255));
      }
    }
  }
}

TEST_F(Company, RandomLivesNeverRepeatASpiWithAKeyAndTellOnlyWhoAsked) {
  device_.domain = &domain_;
  build();
  size_t rotations = 0;
  for (int step = 0; step < 20'000; ++step) {
    const unsigned i = below(kFunctions);
    Function& function = functions_[i];
    for (Function& each : functions_) each.hardware.sent.clear();
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        allocate(i);
        break;
      case 3:
        free_any(i);
        break;
      case 4: {
        if (below(4) != 0) break;
        const uint8_t before = domain_.generation();
        const Reply reply =
            ask(i, Opcode::kPspRotateKey,
                to_bytes(idpf::PspRotateKey{.vport_id = idpf::kVportNone, .flags = below(2)}));
        EXPECT_EQ(reply.status, i == 0 ? Status::kSuccess : Status::kEperm);
        if (i != 0) {
          EXPECT_EQ(domain_.generation(), before);
        }
        rotations += i == 0;
        break;
      }
      case 5: {
        const uint32_t flags = below(2) == 0 ? idpf::kPspConfigDeviceRotates : 0;
        const Reply reply = ask(
            i, Opcode::kPspSetConfig,
            to_bytes(idpf::PspConfig{
                .vport_id = idpf::kVportNone, .versions_ena = 1, .flags = flags, .spi_low_watermark = 3}));
        EXPECT_EQ(reply.status, i != 0 && flags != 0 ? Status::kEperm : Status::kSuccess);
        if (reply.status == Status::kSuccess) function.asked = true;
        break;
      }
      case 6:
        if (below(10) == 0) reset(i);
        break;
      default:
        // Capabilities may be agreed on anew as long as nothing rests on them.
        if (ask(i, Opcode::kGetCaps, to_bytes(idpf::GetCapabilities{.other_caps = ~0ull})).status ==
            Status::kSuccess) {
          EXPECT_FALSE(function.asked);
          ask(i, Opcode::kGetOemCaps, to_bytes(idpf::OemCaps{~0ull}));
        }
        break;
    }
    check_events(step);
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_GT(issued, 100u);
  EXPECT_GT(rotations, 100u);
}

// A generator that fails, and a driver that switches the device's own rotation on and off: one complaint a
// retry, not one for each time that it was switched.
TEST(HostileKeys, TogglingTheDevicesRotationDoesNotMultiplyItsRetries) {
  Single card(1, 100, KeyOptions{.max_key_age_ps = 1'000'000'000'000});
  for (int i = 0; i < 50; ++i) {
    card.keys.let_device_rotate(false);
    card.keys.let_device_rotate(true);
  }
  card.hardware.random_fault = true;
  card.hardware.run_to(1'010'500'000'000);  // 10.5 ms after the age: a try at the age, and one a millisecond
  EXPECT_LE(card.notes.failures.size(), 12u);
}

// The same with rotations: what is planned does not pile up.
TEST(HostileKeys, RotationsDoNotPileUpWakes) {
  Single card(1, 100, KeyOptions{.max_key_age_ps = 86'400'000'000'000'000});
  card.keys.let_device_rotate(true);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(card.rotate(), Status::kSuccess);
  EXPECT_LE(card.hardware.wakes.size(), 10u);
}

}  // namespace
}  // namespace pspnic::firmware
