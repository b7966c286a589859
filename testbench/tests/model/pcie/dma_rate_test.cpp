// SPDX-License-Identifier: Apache-2.0
// Sustained rates, measured over many transfers, against the account of R. Neugebauer et al., "Understanding
// PCIe performance for end host networking" (SIGCOMM 2018): with W bits a second for TLPs,
//   writes   W s / (s + 24 ceil(s / MPS))
//   reads    s min( W / (s + 20 ceil(s / MPS)), W / (24 ceil(s / MRRS)) )
//   both     s W / max( s + 24 ceil(s / MPS) + 24 ceil(s / MRRS), s + 20 ceil(s / MPS) )
#include <gtest/gtest.h>

#include <cmath>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;
constexpr uint64_t kWarmUp = 2'000;
constexpr uint64_t kMeasured = 10'000;

// One engine under one load; the event queue is shared, because a process elaborates once.
class Load {
 public:
  struct Mix {
    uint32_t read_bytes = 0;
    uint32_t write_bytes = 0;
    unsigned in_flight = 1;  // reads
  };

  Load(base::EventQueue& events, const LinkParams& params, const Mix& mix)
      : events_(events), memory_(events), dma_(root_, params, {events, memory_, faults_}), mix_(mix) {
    memory_.keep_log = false;
    place_.resize(mix.read_bytes);
    data_.resize(mix.write_bytes);
  }

  // Gigabits a second of one direction.
  double run() {
    events_.schedule(events_.now(), base::Callback::to<&Load::begin>(*this));
    sc_core::sc_start();
    const uint32_t bytes = std::max(mix_.read_bytes, mix_.write_bytes);
    return static_cast<double>(kMeasured * bytes) * 8000 / static_cast<double>(end_ - begin_);
  }

 private:
  void begin(uint64_t) {
    if (mix_.read_bytes == 0) return write_next(0);
    for (unsigned i = 0; i < mix_.in_flight; ++i) issue();
  }

  void issue() {
    if (mix_.write_bytes != 0) dma_.write_packet(kTester, kBase, data_, nullptr);
    dma_.read(kBase, place_, ReadCallback::to<&Load::on_read>(*this));
  }
  void on_read(uint64_t, DmaStatus) {
    count(events_.now());
    if (done_ < kWarmUp + kMeasured) issue();
  }

  void write_next(uint64_t) {
    const Time left = dma_.write_packet(kTester, kBase, data_, nullptr);
    dma_.settle();
    count(left);
    if (done_ < kWarmUp + kMeasured) events_.schedule(left, base::Callback::to<&Load::write_next>(*this));
  }

  void count(Time when) {
    ++done_;
    if (done_ == kWarmUp) begin_ = when;
    if (done_ == kWarmUp + kMeasured) end_ = when;
  }

  base::EventQueue& events_;
  base::StatGroup root_{"nic"};
  FakeMemory memory_;
  FaultLog faults_;
  DmaEngine dma_;
  Mix mix_;
  std::vector<uint8_t> place_;
  std::vector<uint8_t> data_;
  uint64_t done_ = 0;
  Time begin_ = 0;
  Time end_ = 0;
};

struct Row {
  uint32_t bytes;
  double gbps;
};

LinkParams link(unsigned generation, unsigned max_payload_bytes, unsigned tags) {
  LinkParams params;
  params.generation = generation;
  params.max_payload_bytes = max_payload_bytes;
  params.tags = tags;
  return params;
}

void expect_near(double measured, double expected, double tolerance, const std::string& what) {
  std::printf("%-40s %8.2f Gb/s, published %8.2f\n", what.c_str(), measured, expected);
  EXPECT_NEAR(measured, expected, expected * tolerance) << what;
}

TEST(DmaRate, WritesOfGeneration4) {
  base::EventQueue events("events");
  const Row rows[] = {{64, 165.38}, {128, 191.49}, {256, 207.91}, {257, 191.61}, {1500, 207.48}};
  for (const Row& row : rows) {
    const double gbps = Load(events, link(4, 256, 256), {.write_bytes = row.bytes}).run();
    expect_near(gbps, row.gbps, 0.01, "4.0 x16 write " + std::to_string(row.bytes));
  }
}

// One byte more than a payload costs a header.
TEST(DmaRate, WritesHaveASawToothAtEachPayload) {
  base::EventQueue events("events");
  for (const uint32_t payloads : {1u, 2u, 4u}) {
    const double full = Load(events, link(4, 256, 256), {.write_bytes = 256 * payloads}).run();
    const double more = Load(events, link(4, 256, 256), {.write_bytes = 256 * payloads + 1}).run();
    const double expected =
        (256.0 * payloads + 1) / (256.0 * payloads + 1 + 24 * (payloads + 1)) / (256.0 / 280);
    EXPECT_NEAR(more / full, expected, 1e-4);
  }
}

TEST(DmaRate, ReadsOfGeneration4) {
  base::EventQueue events("events");
  const Row rows[] = {{64, 173.26}, {256, 210.92}, {1500, 210.56}};
  for (const Row& row : rows) {
    const double gbps = Load(events, link(4, 256, 256), {.read_bytes = row.bytes, .in_flight = 300}).run();
    expect_near(gbps, row.gbps, 0.01, "4.0 x16 read " + std::to_string(row.bytes));
  }
}

TEST(DmaRate, WritesAndReadsOfGeneration5) {
  base::EventQueue events("events");
  const Row writes[] = {{64, 333.45}, {512, 437.96}, {1500, 437.49}};
  const Row reads[] = {{64, 349.33}, {512, 441.26}, {1500, 440.86}};
  for (const Row& row : writes) {
    const double gbps = Load(events, link(5, 512, 1024), {.write_bytes = row.bytes}).run();
    expect_near(gbps, row.gbps, 0.01, "5.0 x16 write " + std::to_string(row.bytes));
  }
  for (const Row& row : reads) {
    const double gbps = Load(events, link(5, 512, 1024), {.read_bytes = row.bytes, .in_flight = 600}).run();
    expect_near(gbps, row.gbps, 0.01, "5.0 x16 read " + std::to_string(row.bytes));
  }
}

TEST(DmaRate, ReadsAndWritesTogether) {
  base::EventQueue events("events");
  const Row rows[] = {{64, 129.94}, {256, 191.49}, {1500, 198.78}};
  for (const Row& row : rows) {
    const Load::Mix mix{.read_bytes = row.bytes, .write_bytes = row.bytes, .in_flight = 256};
    expect_near(Load(events, link(4, 256, 256), mix).run(), row.gbps, 0.02,
                "4.0 x16 read and write " + std::to_string(row.bytes));
  }
}

// Little's law: tags x request / round trip, until the link is full.
TEST(DmaRate, TagsLimitReads) {
  base::EventQueue events("events");
  constexpr double kGen5Mps512 = 458.49, kGen4Mps256 = 227.40;
  struct Case {
    unsigned generation, max_payload_bytes;
    double link_gbps;  // of 512-byte reads
  };
  const Case cases[] = {{5, 512, kGen5Mps512 * 512 / 532}, {4, 256, kGen4Mps256 * 512 / 552}};
  for (const Case& row : cases) {
    for (const unsigned tags : {1u, 8u, 32u, 48u, 64u, 100u, 128u, 256u}) {
      LinkParams params = link(row.generation, row.max_payload_bytes, tags);
      params.round_trip = base::Duration{base::kUs};
      const double gbps = Load(events, params, {.read_bytes = 512, .in_flight = 2 * tags}).run();
      const double expected = std::min(row.link_gbps, tags * 512 * 8 / 1000.0);
      expect_near(gbps, expected, 0.01,
                  std::to_string(row.generation) + ".0, " + std::to_string(tags) + " tags");
    }
  }
}

// One payload at a time, as a device does that keeps one read in flight: the size does not matter.
TEST(DmaRate, OneReadAtATimeIsOneARoundTrip) {
  base::EventQueue events("events");
  LinkParams params = link(4, 512, 256);
  params.round_trip = base::Duration{base::kUs};
  for (const uint32_t bytes : {64u, 256u, 512u}) {
    const double gbps = Load(events, params, {.read_bytes = bytes, .in_flight = 1}).run();
    EXPECT_NEAR(gbps * 1000 / (8.0 * bytes), 1.0, 0.001) << "million reads a second, " << bytes;
  }
}

}  // namespace
}  // namespace pspnic::pcie
