// SPDX-License-Identifier: Apache-2.0
// Random lives of all functions at once.
#include "testbench/tests/model/nic/hostile_bench.h"

namespace pspnic::nic {
namespace {

// Random lives: associations between all functions, traffic in flight at whatever comes next, rotations,
// deletions, resets of virtual functions in two ways, of the card, and SR-IOV off and on.
class Storm : public HostileBench {
 public:
  using HostileBench::HostileBench;
  struct Association {
    unsigned from, to;
    host::SaHandle handle;
    host::RxSa sa;
    unsigned age = 0;  // rotations since
  };
  std::mt19937 random;
  std::vector<Association> all;
  uint64_t sent_sealed = 0;

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random() % limit); }
  void forget(unsigned function) {
    std::erase_if(all, [&](const Association& each) { return each.from == function; });
  }
  void check_received() {
    for (unsigned f = 0; f <= kVfs; ++f) {
      for (const Bytes& frame : stack(f).frames) {
        ASSERT_GT(frame.size(), 60u);
        ASSERT_EQ(frame, frame_to(f, frame.back())) << "function " << f;
      }
      stack(f).frames.clear();
    }
  }
  void send(const Association& each, uint8_t frame_seed) {
    const Bytes frame = frame_to(each.to, frame_seed);
    if (driver(each.from).transmit_room(0) == 0) return;
    driver(each.from).transmit(
        0, {.bytes = frame, .sa = each.handle, .spi = each.sa.spi, .version = each.sa.version});
    driver(each.from).flush(0);
    ++sent_sealed;
  }
  void load() {
    for (int i = 0; i < 12; ++i) {
      const unsigned from = below(kVfs + 1);
      if (!driver(from).running()) continue;
      if (all.empty() || below(4) == 0) {
        const Bytes frame = frame_to(below(kVfs + 1), static_cast<uint8_t>(below(0x80)));
        if (driver(from).transmit_room(0) > 0) {
          driver(from).transmit(0, {.bytes = frame});
          driver(from).flush(0);
        }
      } else {
        send(all[below(static_cast<uint32_t>(all.size()))], static_cast<uint8_t>(0x80 | below(0x80)));
      }
    }
  }
  void make_association() {
    const unsigned from = below(kVfs + 1), to = below(kVfs + 1);
    if (std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.from == from; }) > 12)
      return;
    Association each{from, to, {}, {}};
    each.handle = connect(from, to, each.sa);
    expect_new_key(each.sa);
    ASSERT_NE(each.handle.index, host::kNoSa);
    all.push_back(each);
  }
  // Each function's driver in its own way: where its keys go, what its receive queues do.
  host::DriverConfig config_of(unsigned function) const {
    using host::KeyMode;
    host::DriverConfig wanted = config();
    if (!mixed) {
      if (function == 0) wanted.vfs = kVfs;
      return wanted;
    }
    const unsigned kind = (mix >> 4 * function) & 15;
    wanted.key_modes = {kind % 3 == 0   ? KeyMode::kMailbox
                        : kind % 3 == 1 ? KeyMode::kDescriptor
                        : function == 0 ? KeyMode::kConfigQueue
                                        : KeyMode::kMailbox};
    wanted.gro = (kind & 4) != 0;
    wanted.psp_strip_headers = (kind & 8) != 0;
    wanted.queue_pairs = 1 + kind % 2;
    if (function == 0) wanted.vfs = kVfs;
    return wanted;
  }
  void begin(unsigned function) { start(function, config_of(function)); }
  bool mixed = false;
  uint32_t mix = 0;

  void go(uint32_t seed, int steps, bool own_keys) {
    random.seed(seed);
    mix = seed * 2654435761u;
    for (unsigned function = 0; function <= kVfs; ++function) begin(function);
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      load();
      host().delay(below(3) == 0 ? below(20) * base::kUs : below(2000) * base::kNs);
      switch (below(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
          make_association();
          break;
        case 4:
        case 5:
          end_association();
          break;
        case 6:
          driver(own_keys ? below(kVfs + 1) : 0).rotate_keys(below(3) == 0);
          break;
        case 7:
        case 8:
        case 9:
        case 10:
        case 11:
          reset_something(below(5));
          break;
        case 12:
          check_slots(below(kVfs + 1), step);
          break;
        case 13:
          check_association(below(kVfs + 1), below(kVfs + 1), step);
          break;
        default:
          break;
      }
      if (step % 8 == 0) host().delay(kFlight);
      check_received();
    }
    finish();
  }

  void end_association() {
    if (all.empty()) return;
    const size_t which = below(static_cast<uint32_t>(all.size()));
    const Association gone = all[which];
    all.erase(all.begin() + static_cast<ptrdiff_t>(which));
    driver(gone.from).delete_tx_sas(std::span(&gone.handle, 1));
    // The key is gone: what names the slot is dropped, never in clear.
    if (gone.handle.way != host::KeyMode::kDescriptor) send(gone, 0xff);
  }

  void reset_something(uint32_t kind) {
    const unsigned vf = 1 + below(kVfs);
    switch (kind) {
      case 0:
      case 1:
        driver(vf).recover(stack(vf));
        break;
      case 2:
        driver(vf).reset_by_message();
        driver(vf).start(stack(vf));
        break;
      case 3:
        if (below(3) == 0) reset_card();
        return;
      default:
        // In mid request, and while the driver works.
        later(below(30) * base::kUs / 10, [this, vf] { flr(vf); });
        try {
          make_association();
        } catch (const host::DriverError&) {
        }
        host().delay(10 * base::kUs);
        driver(vf).recover(stack(vf));
        break;
    }
    forget(vf);
  }

  // The card, in whatever is under way.
  void reset_card() {
    if (below(2) == 0) {
      driver(0).recover(stack(0));
    } else {
      driver(0).stop();
      begin(0);
    }
    for (unsigned vf = 1; vf <= kVfs; ++vf) begin(vf);
    all.clear();
  }

  void check_slots(unsigned function, int step) {
    const auto holds_slot = [&](const Association& each) {
      return each.from == function && each.handle.way != host::KeyMode::kDescriptor;
    };
    EXPECT_EQ(driver(function).psp_statistics().tx_sa_in_use,
              static_cast<uint32_t>(std::count_if(all.begin(), all.end(), holds_slot)))
        << "function " << function << " at step " << step;
  }

  void check_association(unsigned from, unsigned to, int step) {
    Association each{from, to, {}, {}};
    host().delay(kFlight);
    check_received();
    each.handle = connect(from, to, each.sa);
    expect_new_key(each.sa);
    const uint64_t before = stack(to).psp;
    send(each, 0xee);
    host().delay(kFlight);
    EXPECT_EQ(stack(to).psp, before + 1) << from << " to " << to << " at step " << step;
    driver(from).delete_tx_sas(std::span(&each.handle, 1));
    driver(to).free_rx_sas(std::span(&each.sa.spi, 1));
  }

  void finish() {
    host().delay(kFlight);
    check_received();
    for (unsigned f = 0; f <= kVfs; ++f) {
      expect_clear(f, (f + 1) % (kVfs + 1), static_cast<uint8_t>(f + 1));
      host::RxSa sa;
      const host::SaHandle handle = connect(f, (f + 1) % (kVfs + 1), sa);
      const uint64_t before = stack((f + 1) % (kVfs + 1)).psp;
      transmit_sealed(f, frame_to((f + 1) % (kVfs + 1), 0x99), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack((f + 1) % (kVfs + 1)).psp, before + 1);
    }
    EXPECT_GT(wire_.sealed, 0u);
    stop_all();
  }
};

TEST(StormLong, MixedWays) {
  Storm bench;
  bench.mixed = true;
  bench.run([&] { bench.go(6, 150, false); });
}

class StormTest : public testing::TestWithParam<int> {};
TEST_P(StormTest, SharedKeys) {
  Storm bench;
  bench.run([&] { bench.go(static_cast<uint32_t>(GetParam()), 150, false); });
}
TEST_P(StormTest, OwnKeys) {
  Storm bench(Storm::card(KeyDomains::kFunction));
  bench.run([&] { bench.go(static_cast<uint32_t>(GetParam()), 150, true); });
}
// HOSTILE_SEED and HOSTILE_STEPS: a longer one.
TEST(StormLong, DISABLED_Random) {
  const auto number = [](const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
  };
  const bool own = number("HOSTILE_OWN", 0) != 0;
  NicParams params = Storm::card(own ? KeyDomains::kFunction : KeyDomains::kDevice);
  if (number("HOSTILE_CACHE", 0) != 0) {
    params.crypto.sa_cache.memory = crypto::SaCacheParams::Memory::kHost;
    params.crypto.sa_cache.entries = 8;
  }
  params.control.cores = static_cast<unsigned>(number("HOSTILE_CORES", 1));
  params.mailbox.burst = static_cast<unsigned>(number("HOSTILE_BURST", 8));
  params.mailbox.outstanding = static_cast<unsigned>(number("HOSTILE_OUTSTANDING", 16));
  params.device.vf_rotation_authority = number("HOSTILE_AUTHORITY", 0) != 0;
  params.control.cycles_scale = number("HOSTILE_SCALE", 1);
  Storm bench(params);
  bench.mixed = number("HOSTILE_MIXED", 0) != 0;
  bench.run([&] {
    bench.go(static_cast<uint32_t>(number("HOSTILE_SEED", 1)), number("HOSTILE_STEPS", 2000), own);
  });
}

INSTANTIATE_TEST_SUITE_P(Seeds, StormTest, testing::Values(1, 2, 3));

// The management port holds an SPI, so keys stay over resets of the card: SPIs must not begin again.
class Managed : public HostileBench {
 public:
  using HostileBench::HostileBench;
  void hold_one() {
    firmware::MailboxMessage request;
    request.descriptor.v_opcode = Opcode::kPspAllocRxSa;
    request.payload =
        message(idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = 1}, {idpf::PspRxSa{}});
    nic().management().send(std::move(request));
    host().delay(kFlight);
    EXPECT_TRUE(nic().management().receive().has_value());
  }
  void go() {
    start(0);
    hold_one();
    for (int round = 0; round < 12; ++round) {
      for (unsigned f = 1; f <= kVfs; ++f) start(f);
      for (unsigned f = 0; f <= kVfs; ++f) {
        for (int i = 0; i < 3; ++i) {
          host::RxSa sa;
          const host::SaHandle handle = connect((f + 1) % 3, f, sa);
          expect_new_key(sa);
          const uint64_t before = stack(f).psp;
          transmit_sealed((f + 1) % 3, frame_to(f, 0x90), handle, sa);
          host().delay(kFlight);
          EXPECT_EQ(stack(f).psp, before + 1);
        }
      }
      EXPECT_THROW(driver(0).rotate_keys(), host::DriverError) << "keys are pinned";
      switch (round % 3) {
        case 0:
          driver(0).recover(stack(0));
          break;
        case 1:
          driver(1).recover(stack(1));
          driver(2).reset_by_message();
          driver(2).start(stack(2));
          driver(1).stop();
          driver(2).stop();
          break;
        default:
          flr(0);
          hold_one();  // while the reset goes on
          driver(0).recover(stack(0));
          break;
      }
    }
  }
};

TEST(HostileManaged, SpisGoOnWhereKeysStayShared) {
  Managed bench;
  bench.run([&] { bench.go(); });
}
TEST(HostileManaged, SpisGoOnWhereKeysStayApart) {
  Managed bench(Managed::card(KeyDomains::kFunction));
  bench.run([&] { bench.go(); });
}
TEST(HostileManaged, SpisGoOnWhereKeysStayInGroups) {
  NicParams params = Managed::card(KeyDomains::kGroup);
  params.device.key_group_size = 2;
  Managed bench(params);
  bench.run([&] { bench.go(); });
}

}  // namespace
}  // namespace pspnic::nic
