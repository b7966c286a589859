// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rte_mempool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

// A million; a tenth of it under the sanitizers, where a packet takes ten times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kMany = 100'000;
#else
constexpr uint64_t kMany = 1'000'000;
#endif

// All that is on the wire and when, in one number (FNV-1a over words).
class WireHash : public bench::WireTap {
 public:
  void on_frame(const base::Packet& frame) override {
    add(frame.wire_start);
    add(frame.wire_end);
    for (const uint8_t byte : frame.bytes()) add(byte);
    ++frames_;
  }
  uint64_t value() const { return hash_; }
  uint64_t frames() const { return frames_; }

 private:
  void add(uint64_t word) { hash_ = (hash_ ^ word) * 0x100'0000'01b3; }
  uint64_t hash_ = 0xcbf2'9ce4'8422'2325;
  uint64_t frames_ = 0;
};

class Traffic : public testing::TestWithParam<Mode> {};

TEST_P(Traffic, ManyPacketsOfAllSizesArriveWhole) {
  BenchOptions options;
  options.arguments.fill(GetParam().arguments);
  // A link that carries what comes beside what goes: nobody holds a sender back.
  options.params.nic.pcie.generation = 5;
  DpdkBench bench("bench", options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    Ports ports;
    ports.start({.mtu = kJumboMtu}, pool.get());
    exchange(bench, ports, pool.get(), {kMany / 2, kMany - kMany / 2});
    ports.stop();
    EXPECT_LE(rte_mempool_in_use_count(pool.get()), lost_by_driver(1, 1));
  });
  expect_clean(bench);
  EXPECT_EQ(dropped(bench), 0u);
}

struct Result {
  uint64_t hash[kSides];
  uint64_t frames[kSides];
  uint64_t end;
};

Result run_once(const Mode& mode) {
  std::array<WireHash, kSides> taps;
  BenchOptions bench_options;
  bench_options.arguments.fill(mode.arguments);
  DpdkBench bench("bench", bench_options);
  for (const Side side : {kA, kB}) bench.cable(side).set_tap(&taps[side]);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    Ports ports;
    PortOptions options{.queues = 4, .mtu = kJumboMtu, .rss = RTE_ETH_RSS_NONFRAG_IPV4_UDP};
    for (size_t i = 0; i < kRssKeyBytes; ++i) options.rss_key[i] = static_cast<uint8_t>(i * 37 + 11);
    ports.start(options, pool.get());
    exchange(bench, ports, pool.get(), {5000, 5000}, {.queues = 4});
    ports.stop();
  });
  return {{taps[kA].value(), taps[kB].value()}, {taps[kA].frames(), taps[kB].frames()}, bench.now()};
}

// In a process of its own: there is one EAL and one simulation in each.
Result run_in_child(const Mode& mode) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Result result = run_once(mode);
    const bool sent = write(ends[1], &result, sizeof result) == sizeof result;
    _exit(sent && !testing::Test::HasFailure() ? 0 : 1);
  }
  close(ends[1]);
  Result result{};
  EXPECT_EQ(read(ends[0], &result, sizeof result), static_cast<ssize_t>(sizeof result));
  close(ends[0]);
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return result;
}

TEST_P(Traffic, RepeatsByteForByteAndPicosecondForPicosecond) {
  const Result first = run_in_child(GetParam());
  const Result second = run_in_child(GetParam());
  for (const Side side : {kA, kB}) {
    EXPECT_EQ(first.frames[side], 5000u);
    EXPECT_EQ(first.frames[side], second.frames[side]);
    EXPECT_EQ(first.hash[side], second.hash[side]);
  }
  EXPECT_NE(first.hash[kA], first.hash[kB]);
  EXPECT_EQ(first.end, second.end);
}

INSTANTIATE_TEST_SUITE_P(Modes, Traffic, testing::Values(Mode{"Split", 4, ""}, Mode{"Single", 4, kSingle}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace pspnic::dpdk
