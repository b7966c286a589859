// SPDX-License-Identifier: Apache-2.0
// Races of tear-down, clocks and SPIs that end, interrupts and SR-IOV in any order.
#include "testbench/tests/model/nic/hostile_bench.h"

namespace pspnic::nic {
namespace {

std::vector<std::pair<Opcode, Bytes>> tear_down_messages() {
  return {
      {Opcode::kDestroyVport, bytes_of(idpf::VportMessage{0, 0})},
      {Opcode::kDisableQueues,
       message(idpf::DelEnaDisQueues{.vport_id = 0, .num_chunks = 2},
               {idpf::QueueChunk{.type = idpf::QueueType::kTx, .num_queues = 1},
                idpf::QueueChunk{.type = idpf::QueueType::kTxCompletion, .num_queues = 1}})},
      {Opcode::kDisableQueues, message(idpf::DelEnaDisQueues{.vport_id = 0, .num_chunks = 1},
                                       {idpf::QueueChunk{.type = idpf::QueueType::kTx, .num_queues = 1}})},
      {Opcode::kDelQueues, message(idpf::DelEnaDisQueues{.vport_id = 0, .num_chunks = 1},
                                   {idpf::QueueChunk{.type = idpf::QueueType::kTx, .num_queues = 1}})},
      {Opcode::kDisableVport, bytes_of(idpf::VportMessage{0, 0})},
      {Opcode::kPspDelTxSa,
       message(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .flags = idpf::kPspDelAll}, {})},
      {Opcode::kPspDelTxSa,
       message(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .flags = idpf::kPspDelAll}, {})},
      {Opcode::kPspGetStats, bytes_of(idpf::PspStats{.vport_id = idpf::kVportNone})},
      {Opcode::kCreateVport, bytes_of(idpf::CreateVport{.txq_model = idpf::QueueModel::kSplit,
                                                        .rxq_model = idpf::QueueModel::kSplit,
                                                        .num_tx_q = 1,
                                                        .num_tx_complq = 1,
                                                        .num_rx_q = 1,
                                                        .num_rx_bufq = 2})}};
}

// What is posted in one go: destroy, disable, reset, delete, in all orders, behind a full ring of sealed
// frames.
TEST_F(HostileFunctions, RacesOfTearingDown) {
  run([&] {
    start(0);
    start(2);
    const char* seed = std::getenv("HOSTILE_SEED");
    std::mt19937 random(seed == nullptr ? 9 : static_cast<unsigned>(std::atoi(seed)));
    for (int round = 0; round < 25; ++round) {
      start(1);
      host::RxSa sa;
      const host::SaHandle handle = connect(1, 2, sa);
      expect_new_key(sa);
      while (driver(1).transmit_room(0) > 0) {
        driver(1).transmit(0,
                           {.bytes = frame_to(2, 0x93), .sa = handle, .spi = sa.spi, .version = sa.version});
      }
      driver(1).flush(0);
      host().delay(random() % 3000 * base::kNs);
      // The function's rings go to another driver in mid traffic.
      RawMailbox& vf = raw(1);
      vf.set_up();
      std::vector<std::pair<Opcode, Bytes>> all = tear_down_messages();
      if (round % 3 == 0) all.emplace_back(Opcode::kResetVf, Bytes(16));
      std::shuffle(all.begin(), all.end(), random);
      size_t before_reset = 0;
      bool reset = false;
      for (size_t i = 0; i < all.size(); ++i) {
        vf.post(all[i].first, all[i].second, static_cast<uint16_t>(random() % 2 == 0 ? 0 : 2),
                static_cast<uint16_t>(i));
        reset = reset || all[i].first == Opcode::kResetVf;
        if (!reset) ++before_reset;
      }
      vf.ring();
      host().delay(kFlight);
      const auto answers = vf.poll();
      std::set<uint16_t> cookies;
      for (const auto& each : answers) {
        if (each.descriptor.v_opcode != Opcode::kEvent) cookies.insert(each.descriptor.sw_cookie);
      }
      if (!reset) {
        EXPECT_EQ(cookies.size(), all.size()) << "each has one answer";
      }
      // The end of a deletion of all: the next query finds none.
      if (!reset) {
        const auto stats = idpf::read_at<idpf::PspStats>(
            vf.call(Opcode::kPspGetStats, bytes_of(idpf::PspStats{.vport_id = idpf::kVportNone})).payload);
        ASSERT_TRUE(stats.has_value());
        EXPECT_EQ(stats->tx_sa_in_use, 0u);
      }
      flr(1);
      wait_ready(1);
      expect_clear(0, 2, static_cast<uint8_t>(round));
    }
  });
}

// SA_IV_LOW and traffic over the wrap of the clock: no IV twice, all opened.
TEST(HostileIv, OverTheWrapOfTheClock) {
  static constexpr Time kWrap = 40 * base::kMs;  // after bring-up, which waits for milliseconds
  struct Bench : HostileBench {
    static NicParams late() {
      NicParams params = card();
      params.crypto.iv_epoch.ps = ~uint64_t{0} - kWrap;
      return params;
    }
    Bench() : HostileBench(late()) {}
  } bench;
  bench.run([&] {
    for (unsigned f = 0; f <= 2; ++f) bench.start(f);
    RotationsSeen seen[3];
    for (unsigned f = 0; f <= 2; ++f) bench.driver(f).set_psp_listener(&seen[f]);
    for (unsigned f = 0; f <= 2; ++f) bench.driver(f).set_psp_receive(0xf);
    bench.host().delay(kFlight);
    for (unsigned f = 0; f <= 2; ++f) {
      EXPECT_EQ(std::count(seen[f].events.begin(), seen[f].events.end(), idpf::EventCode::kPspSaIvLow), 1)
          << "function " << f;
    }
    host::RxSa sa;
    const host::SaHandle handle = bench.connect(1, 2, sa);
    uint64_t sent = 0;
    const uint64_t begin = bench.stack(2).psp;
    ASSERT_LT(bench.events().now(), kWrap - 2 * base::kMs);
    bench.host().delay(kWrap - 2 * base::kMs - bench.events().now());
    for (int i = 0; i < 1500; ++i) {
      bench.transmit_sealed(1, FunctionsBench::frame_to(2, 0x95), handle, sa);
      ++sent;
      bench.host().delay(6 * base::kUs);
    }
    bench.host().delay(kFlight);
    EXPECT_EQ(bench.stack(2).psp, begin + sent);
    for (unsigned f = 0; f <= 2; ++f) bench.driver(f).set_psp_listener(nullptr);
    bench.stop_all();
  });
}

// SPIs used up in every domain, the device rotating by itself, with resets: no SPI twice with a key.
TEST(HostileSpis, SmallRangesInStorms) {
  struct Bench : HostileBench {
    static NicParams few() {
      NicParams params = card(KeyDomains::kFunction);
      params.device.spi_count = 40;
      params.device.vf_spi_count = 7;
      return params;
    }
    Bench() : HostileBench(few()) {}
  } bench;
  bench.run([&] {
    bench.start(0);
    std::mt19937 random(4);
    std::set<std::tuple<unsigned, uint32_t, Bytes>> seen;
    std::set<Bytes> keys;
    uint64_t issued = 0, refused = 0;
    for (int round = 0; round < 40; ++round) {
      const unsigned vf = 1 + round % 2;
      RawMailbox& raw = bench.start_raw(vf);
      raw.call(Opcode::kPspSetConfig,
               bytes_of(idpf::PspConfig{.vport_id = idpf::kVportNone,
                                        .versions_ena = 1,
                                        .flags = round % 4 < 3 ? idpf::kPspConfigDeviceRotates : 0u}));
      for (int i = 0; i < 12; ++i) {
        const auto wanted = static_cast<uint16_t>(1 + random() % 20);
        const auto reply = raw.call(Opcode::kPspAllocRxSa,
                                    message(idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = wanted},
                                            std::vector<idpf::PspRxSa>(wanted)));
        ASSERT_EQ(reply.descriptor.v_retval, Status::kSuccess);
        const auto header = idpf::read_at<idpf::PspRxSaList>(reply.payload);
        for (size_t n = 0; n < wanted; ++n) {
          const auto entry = *idpf::read_element<idpf::PspRxSaList>(reply.payload, n);
          if (n >= header->num_sa) {
            ++refused;
            EXPECT_NE(entry.status, 0);
            EXPECT_TRUE(
                std::all_of(entry.key.begin(), entry.key.end(), [](uint8_t byte) { return byte == 0; }));
            continue;
          }
          ++issued;
          EXPECT_TRUE(keys.insert(Bytes(entry.key.begin(), entry.key.begin() + 16)).second);
        }
      }
      bench.flr(vf);
    }
    EXPECT_GT(issued, 1000u);
    EXPECT_GT(refused, 100u);
    bench.wait_ready(1);
    bench.wait_ready(2);
    bench.driver(0).stop();
  });
}

// Rotations as fast as the processor makes them, with associations of all functions that are renewed in time.
TEST_F(HostileFunctions, ARotationStormLosesNothingOfTwoGenerations) {
  run([&] {
    start_all();
    for (int round = 0; round < 60; ++round) {
      host::RxSa sa, late;
      const unsigned from = round % 3, to = (round + 1) % 3;
      const host::SaHandle handle = connect(from, to, sa);
      expect_new_key(sa);
      driver(0).rotate_keys();
      const uint64_t before = stack(to).psp;
      transmit_sealed(from, frame_to(to, 0xa0), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack(to).psp, before + 1) << "one generation ago";
      driver(0).rotate_keys();
      transmit_sealed(from, frame_to(to, 0xa1), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack(to).psp, before + 1) << "two generations ago";
      driver(from).delete_tx_sas(std::span(&handle, 1));
    }
    stop_all();
  });
}

// MSI-X entries of a virtual function that name another one's message, or memory that is not there.
TEST_F(HostileFunctions, MsixTableGames) {
  run([&] {
    start_all();
    std::mt19937 random(2);
    for (int round = 0; round < 60; ++round) {
      for (int i = 0; i < 20; ++i) {
        const auto entry = static_cast<uint32_t>(random() % 20 * 16);
        port(1).write32(Space::kBar4, entry, random() % 3 == 0 ? static_cast<uint32_t>(random()) : 0x1000);
        port(1).write32(Space::kBar4, entry + 4, random() % 2);
        port(1).write32(Space::kBar4, entry + 12, random() % 2);
        port(1).write32(Space::kConfig, pcie::ConfigSpace::kMsixCapability, static_cast<uint32_t>(random()));
      }
      for (int i = 0; i < 5; ++i) transmit(0, frame_to(1, 7));
      expect_clear(0, 2, static_cast<uint8_t>(round));
      expect_clear(2, 0, static_cast<uint8_t>(round));
    }
    flr(1);
    host().delay(kFlight);
    for (uint32_t entry = 0; entry < 17; ++entry) {
      EXPECT_EQ(port(1).read32(Space::kBar4, entry * 16), 0u) << "nothing of the last owner stays";
    }
    driver(1).recover(stack(1));
    expect_clear(1, 2, 1);
    expect_clear(2, 1, 1);
  });
}

// SET_SRIOV_VFS, NumVFs and VF Enable in any order: who answers is who was granted and enabled.
TEST_F(HostileFunctions, SriovGames) {
  run([&] {
    RawMailbox& pf = raw(0);
    post_vf(0);
    pf.set_up();
    pf.negotiate();
    std::mt19937 random(8);
    unsigned granted = 0, enabled = 0, numbers = 0, refused = 0, toggles = 0;
    bool on = false;
    for (int step = 0; step < 600; ++step) {
      const unsigned before = std::min(granted, enabled);
      switch (random() % 3) {
        case 0: {
          const auto count = static_cast<uint16_t>(random() % 4);
          const Status status =
              pf.call(Opcode::kSetSriovVfs, bytes_of(idpf::SriovVfs{count})).descriptor.v_retval;
          const Status expected = count > kVfs                      ? Status::kErange
                                  : before != 0 && count != granted ? Status::kEbusy
                                                                    : Status::kSuccess;
          ASSERT_EQ(status, expected) << "step " << step;
          if (status == Status::kSuccess) granted = count;
          refused += status != Status::kSuccess;
          break;
        }
        case 1: {
          const auto count = static_cast<uint32_t>(random() % 5);
          port(0).write32(Space::kConfig, pcie::ConfigSpace::kSriovNumVfs, count);
          if (!on || numbers == 0) numbers = count;
          enabled = on ? std::min(numbers, unsigned{kVfs}) : 0;
          break;
        }
        default:
          on = random() % 2 == 0;
          port(0).write32(Space::kConfig, pcie::ConfigSpace::kSriovControl,
                          on ? pcie::ConfigSpace::kSriovEnable | pcie::ConfigSpace::kSriovMemory : 0);
          enabled = on ? std::min(numbers, unsigned{kVfs}) : 0;
          break;
      }
      const unsigned now = std::min(granted, enabled);
      for (unsigned vf = 1; vf <= kVfs; ++vf) {
        ASSERT_EQ(port(vf).read32(Space::kConfig, 0) != host::kNoAnswer, vf <= now) << "step " << step;
        if (vf <= now && vf > before) {
          ++toggles;
          EXPECT_EQ(status(vf), idpf::kRstatInProgress);
          EXPECT_EQ(port(vf).read32(Space::kBar0, idpf::vf::kAtqlen), 0u);
        }
      }
      if (random() % 4 == 0) {
        host().delay(kFlight);
        for (unsigned vf = 1; vf <= now; ++vf) EXPECT_EQ(status(vf), idpf::kRstatCompleted);
      }
    }
    EXPECT_GT(refused, 20u);
    EXPECT_GT(toggles, 20u);
  });
}

// A trusted virtual function may hear all frames; it reads no sealed ones but its own.
TEST(HostileTrust, WhoHearsAllOpensOnlyItsOwn) {
  NicParams params = HostileBench::card();
  params.device.vf_trust = true;
  struct Bench : HostileBench {
    using HostileBench::HostileBench;
  } bench(params);
  bench.run([&] {
    for (unsigned f = 0; f <= 2; ++f) bench.start(f);
    for (unsigned f = 0; f <= 2; ++f) bench.driver(f).set_promiscuous(true, true);
    for (unsigned from = 0; from <= 2; ++from) {
      for (unsigned to = 0; to <= 2; ++to) {
        host::RxSa sa;
        const host::SaHandle handle = bench.connect(from, to, sa);
        std::array<uint64_t, 3> before{}, frames{};
        for (unsigned f = 0; f <= 2; ++f) {
          before[f] = bench.stack(f).psp;
          frames[f] = bench.stack(f).frames.size();
        }
        bench.transmit_sealed(from, FunctionsBench::frame_to(to, 0x9a), handle, sa);
        bench.host().delay(kFlight);
        for (unsigned f = 0; f <= 2; ++f) {
          EXPECT_EQ(bench.stack(f).psp, before[f] + (f == to)) << f;
          EXPECT_EQ(bench.stack(f).frames.size(), frames[f] + (f == to)) << f;
        }
      }
    }
  });
}

}  // namespace
}  // namespace pspnic::nic
