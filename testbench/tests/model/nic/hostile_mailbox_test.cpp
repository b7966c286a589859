// SPDX-License-Identifier: Apache-2.0
// Mailboxes and config queues of hostile drivers: order of answers, memory of the driver, keys that stay.
#include "testbench/tests/model/nic/paused_bench.h"

namespace pspnic::nic {
namespace {

// docs: DEL answered when no packet needs the key; with a fence behind it, on the card.
TEST_F(HostileFunctions, WhatWasFencedIsAnsweredInOrder) {
  run([&] {
    start(0);
    RawMailbox& vf = start_raw(1);
    std::vector<idpf::PspTxSa> list;
    for (uint32_t i = 0; i < 16; ++i) list.push_back({.sa_idx = i, .spi = 5, .key_len = 16});
    vf.call(Opcode::kPspAddTxSa,
            message(idpf::PspTxSaList{.vport_id = idpf::kVportNone, .num_sa = 16}, list));
    for (uint16_t i = 0; i < 16; ++i) {
      vf.post(
          Opcode::kPspDelTxSa,
          message(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .num_sa = 1}, {idpf::PspTxSaId{i, 0, 0}}),
          i % 2 == 0 ? idpf::kVflagFence : uint16_t{0}, i);
    }
    vf.ring();
    host().delay(kFlight);
    std::vector<uint16_t> order;
    for (const auto& each : vf.poll()) order.push_back(each.descriptor.sw_cookie);
    ASSERT_EQ(order.size(), 16u);
    for (uint16_t i = 0; i < 16; ++i) EXPECT_EQ(order[i], i);
    driver(0).stop();
  });
}

// A mailbox that is set up anew while a request with a key waits for room: the key is not kept.
class FullListener : public pspnic::test::MailboxBench {
 public:
  bool room = false;
  bool has_room() const override { return room; }
};

TEST(HostileMailbox, ARingSetUpAnewForgetsKeysThatWaitedForRoom) {
  FullListener bench;
  bench.set_up_transmit();
  bench.put_request(0, Bytes(300, 0xa5));
  bench.write(idpf::Register::kAtqt, 1);
  bench.run();
  ASSERT_TRUE(bench.requests.empty());
  bench.write(idpf::Register::kAtqlen, 0);
  bench.write(idpf::Register::kAtqt, 0);  // else it would be read again
  bench.set_up_transmit();
  bench.run();
  const auto memory = bench.mailbox.payload_memory();
  EXPECT_EQ(std::count(memory.begin(), memory.end(), 0xa5), 0) << "bytes of a void request";
}

// RSTAT says "completed" when nothing of the function is under way any more: nor are reads for its mailbox,
// whose memory the driver may have freed.
struct MailboxReads : pcie::DmaFaultSource {
  const base::EventQueue& events;
  Time last = 0;
  explicit MailboxReads(const base::EventQueue& queue) : events(queue) {}
  pcie::DmaStatus on_read(pcie::ReadFor purpose, std::span<uint8_t>) override {
    if (purpose == pcie::ReadFor::kMailbox) last = events.now();
    return pcie::DmaStatus::kOk;
  }
  bool on_write() override { return false; }
};

// Resets in the midst of requests, each some more time behind them; `flood`: the link is busy with others'
// data as well. Tells how many were completed before the last read.
struct Resets {
  unsigned count;
  Time step;
  Time settle;
  bool flood;
};
unsigned late_reads_of(const NicParams& params, const Resets& resets) {
  struct Bench : HostileBench {
    explicit Bench(const NicParams& params) : HostileBench(params) {}
    MailboxReads reads{events_};
  } bench(params);
  unsigned late = 0;
  bench.run([&] {
    bench.start(0);
    bench.nic().endpoint().dma().set_fault_source(&bench.reads);
    RawMailbox& vf = bench.start_raw(1);
    for (unsigned round = 0; round < resets.count; ++round) {
      while (resets.flood && bench.driver(0).transmit_room(0) > 0) {
        bench.driver(0).transmit(0, {.bytes = FunctionsBench::frame_to(0, 0x11)});
      }
      bench.driver(0).flush(0);
      for (int i = 0; i < 30; ++i) vf.post(Opcode::kGetPtypeInfo, Bytes(4096, 7));
      vf.ring();
      bench.host().delay((1 + round) * resets.step);
      bench.flr(1);
      Time completed = 0;
      do {
        completed = bench.events().now();
      } while (bench.status(1) == idpf::kRstatInProgress);
      bench.host().delay(resets.settle);
      late += bench.reads.last > completed;
      bench.post_vf(1);
      vf.set_up();
      vf.negotiate();
    }
    bench.nic().endpoint().dma().set_fault_source(nullptr);
    bench.driver(0).stop();
  });
  EXPECT_GT(bench.reads.last, 0u);
  return late;
}

TEST(HostileSlowLink, ACompletedResetReadsNothingOfTheDriversMemory) {
  NicParams slow = HostileBench::card();
  slow.device.reset_time.ps = 1 * base::kNs;
  slow.pcie.round_trip.ps = 5 * base::kUs;
  EXPECT_EQ(late_reads_of(slow, {10, 700 * base::kNs, kFlight, false}), 0u);
}

// With the time of a reset as it is by default, and a link that is narrow.
TEST(HostileSlowLink, ACompletedResetReadsNothingOfTheDriversMemoryThoughTheLinkIsBusy) {
  NicParams narrow = HostileBench::card();
  narrow.pcie.generation = 3;
  narrow.pcie.lanes = 1;
  EXPECT_EQ(late_reads_of(narrow, {20, 1'100 * base::kNs, 5 * kFlight, true}), 0u);
}

// Commands in a ring: duplicates in one record list, wrong lengths, versions, tags, unknown opcodes, while
// the mailbox deletes the same slots.
TEST_F(HostileFunctions, TwoWaysToOneSlot) {
  run([&] {
    host::DriverConfig wanted = config();
    wanted.key_modes = {host::KeyMode::kConfigQueue};
    start(0, wanted);
    for (int round = 0; round < 40; ++round) {
      std::vector<host::TxSaRequest> requests;
      std::vector<host::RxSa> issued = driver(0).allocate_rx_sas(psp::Version::kAesGcm128, 8);
      for (const host::RxSa& sa : issued) {
        expect_new_key(sa);
        requests.push_back({sa.spi, sa.version, sa.key});
      }
      std::vector<host::SaHandle> handles = driver(0).add_tx_sas(requests);
      for (int i = 0; i < 60 && driver(0).transmit_room(0) > 0; ++i) {
        const size_t which = static_cast<size_t>(i) % handles.size();
        driver(0).transmit(0, {.bytes = frame_to(0, 0x92),
                               .sa = handles[which],
                               .spi = issued[which].spi,
                               .version = issued[which].version});
      }
      driver(0).flush(0);
      // By ring and by mailbox, at once.
      bool ended = false;
      driver(0).config_queue().remove(handles, [&] { ended = true; });
      std::vector<host::SaHandle> by_mailbox = handles;
      for (host::SaHandle& handle : by_mailbox) handle.way = host::KeyMode::kMailbox;
      try {
        driver(0).delete_tx_sas(by_mailbox);
      } catch (const host::DriverError&) {
      }
      host().delay(kFlight);
      EXPECT_TRUE(ended);
      EXPECT_EQ(driver(0).psp_statistics().tx_sa_in_use, 0u);
      EXPECT_EQ(driver(0).psp_statistics().rx_auth_fail, 0u);
      stack(0).frames.clear();
    }
    driver(0).stop();
  });
}

// Whatever a virtual function does when its reset comes: after "completed" nothing of its memory is read.
struct AllReads : pcie::DmaFaultSource {
  const base::EventQueue& events;
  Time last = 0;
  explicit AllReads(const base::EventQueue& queue) : events(queue) {}
  pcie::DmaStatus on_read(pcie::ReadFor, std::span<uint8_t>) override {
    last = events.now();
    return pcie::DmaStatus::kOk;
  }
  bool on_write() override { return false; }
};

TEST_F(HostileFunctions, AfterACompletedResetNothingIsRead) {
  run([&] {
    AllReads reads(events_);
    start(0);
    host().delay(kFlight);
    nic().endpoint().dma().set_fault_source(&reads);
    std::mt19937 random(12);
    for (int round = 0; round < 60; ++round) {
      host::DriverConfig wanted = config();
      wanted.gro = round % 2 == 0;
      wanted.header_split = round % 3 == 0;
      if (round % 4 == 0) wanted.key_modes = {host::KeyMode::kDescriptor};
      start(1, wanted);
      host::RxSa sa;
      const host::SaHandle handle = connect(1, 1, sa);
      while (driver(1).transmit_room(0) > 0) {
        driver(1).transmit(0,
                           {.bytes = frame_to(1, 0x93), .sa = handle, .spi = sa.spi, .version = sa.version});
      }
      driver(1).flush(0);
      host().delay(random() % 20'000 * base::kNs);
      flr(1);
      Time completed = 0;
      do {
        completed = events().now();
      } while (status(1) == idpf::kRstatInProgress);
      host().delay(kFlight);
      EXPECT_LE(reads.last, completed) << "round " << round;
      driver(1).recover(stack(1));
      driver(1).stop();  // gives its memory back
    }
    nic().endpoint().dma().set_fault_source(nullptr);
    driver(0).stop();
  });
}

// A driver whose packets the peer holds deletes their SAs again and again: so many deletions wait, and no
// more are taken. Nothing is lost, and once the packets move all are answered.
class HostilePause : public testing::Test, protected PausedBench {
 protected:
  static constexpr unsigned kAsked = 600;

  void post_what_fits(RawMailbox& vf) {
    const uint32_t head = port(1).read32(Space::kBar0, vf.registers().atqh);
    const Bytes all = bytes_of(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .flags = idpf::kPspDelAll});
    for (; posted_ < kAsked && (posted_ + 1) % RawMailbox::kRing != head; ++posted_) {
      vf.post(Opcode::kPspDelTxSa, all, 0, static_cast<uint16_t>(posted_));
    }
    vf.ring();
  }
  // The peer holds packets of its SA.
  RawMailbox& paused_with_an_sa_in_use() {
    start(0);
    start(1);
    host::RxSa sa;
    const host::SaHandle handle = connect(1, 0, sa);
    pause();
    while (driver(1).transmit_room(0) > 0) {
      driver(1).transmit(0, {.bytes = frame_to(0, 0x90), .sa = handle, .spi = sa.spi});
    }
    driver(1).flush(0);
    host().delay(kFlight);
    return take_mailbox(1);
  }
  uint64_t taken() { return counter("mailbox.requests"); }

  unsigned posted_ = 0;
};

TEST_F(HostilePause, DeletionsThatWaitAreBoundedAndAllAnsweredInTheEnd) {
  run([&] {
    RawMailbox& vf = paused_with_an_sa_in_use();
    const uint64_t before = taken();
    for (int i = 0; i < 40; ++i) {
      post_what_fits(vf);
      host().delay(50 * base::kUs);
    }
    const uint64_t stuck = taken() - before;
    EXPECT_GE(stuck, control::Mailbox::kMaxWaiting);
    EXPECT_LE(stuck, control::Mailbox::kMaxWaiting + 64) << "and those at the control processor";
    EXPECT_TRUE(vf.poll().empty());
    go_on();
    std::vector<uint16_t> answered;
    for (int i = 0; i < 200; ++i) {
      post_what_fits(vf);
      host().delay(10 * base::kUs);
      for (const auto& each : vf.poll()) answered.push_back(each.descriptor.sw_cookie);
    }
    EXPECT_EQ(taken() - before, kAsked);
    ASSERT_EQ(answered.size(), kAsked);
    std::ranges::sort(answered);  // without fences they may end in any order
    for (unsigned i = 0; i < kAsked; ++i) ASSERT_EQ(answered[i], i);
    bring_back(1);
    EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
    stop_all();
  });
}

// Nothing that waits can hold a reset, whose register is not behind it.
TEST_F(HostilePause, AFullMailboxDoesNotHoldAReset) {
  run([&] {
    RawMailbox& vf = paused_with_an_sa_in_use();
    for (int i = 0; i < 40; ++i) {
      post_what_fits(vf);
      host().delay(50 * base::kUs);
    }
    flr(1);
    host().delay(kLimit + 10 * base::kUs);
    EXPECT_EQ(status(1), idpf::kRstatCompleted);
    go_on();
    host().delay(kFlight);
    driver(1).recover(stack(1));
    expect_clear(1, 0, 0x24);
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
