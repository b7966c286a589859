// SPDX-License-Identifier: Apache-2.0
// Three network cards of pcie-bench's model (Neugebauer et al., SIGCOMM 2018) as traffic on a PCIe 3.0 x8
// link: one that does everything for each packet, one as the Linux kernel drives an Intel 82599, one as DPDK
// does. Each packet is sent and another received. The published figures leave out the 24 bytes of the request
// for a receive descriptor; both accounts are tested, the published one by letting the descriptor arrive
// unasked.
#include <gtest/gtest.h>

#include <cstdio>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;
constexpr double kGen3X8Gbps = 57.88;

// Something is done once every so many packets; 0: never.
struct Behaviour {
  const char* name;
  unsigned transmit_doorbell, transmit_descriptors, transmit_write_back, transmit_interrupt,
      transmit_head_read;
  unsigned receive_doorbell, receive_interrupt, receive_head_read;
};
constexpr Behaviour kSimple{"simple", 1, 1, 0, 1, 1, 1, 1, 1};
constexpr Behaviour kKernel{"kernel", 1, 40, 8, 32, 1, 32, 32, 8};
constexpr Behaviour kDpdk{"DPDK", 32, 40, 8, 0, 0, 32, 0, 0};

class Card {
 public:
  Card(base::EventQueue& events, const LinkParams& params, const Behaviour& behaviour, uint32_t frame_bytes,
       bool asks_for_receive_descriptors)
      : events_(events),
        memory_(events),
        dma_(root_, params, {events, memory_, faults_}),
        is_(behaviour),
        asks_(asks_for_receive_descriptors),
        frame_(frame_bytes) {
    memory_.keep_log = false;
  }

  // Gigabits a second of frames in each direction.
  double run() {
    events_.schedule(events_.now(), base::Callback::to<&Card::begin>(*this));
    sc_core::sc_start();
    return static_cast<double>(kMeasured * frame_.size()) * 8000 / static_cast<double>(end_ - begin_);
  }

 private:
  // Multiples of all the batches.
  static constexpr uint64_t kWarmUp = 160 * 20;
  static constexpr uint64_t kMeasured = 160 * 100;
  static constexpr unsigned kInFlight = 64;

  static bool turn(uint64_t packet, unsigned every) { return every != 0 && packet % every == 0; }

  void begin(uint64_t) {
    for (unsigned i = 0; i < kInFlight; ++i) next();
  }

  void next() {
    const uint64_t n = packets_++;
    send(n);
    receive(n);
    dma_.read(kBase, frame_, ReadCallback::to<&Card::on_data>(*this));
  }

  void send(uint64_t n) {
    if (turn(n, is_.transmit_doorbell)) host_write();
    if (turn(n, is_.transmit_descriptors)) {
      dma_.read(kBase, std::span(descriptors_).first(16 * is_.transmit_descriptors),
                ReadCallback::to<&Card::on_descriptor>(*this));
    }
    if (turn(n, is_.transmit_write_back)) write_packet(16 * is_.transmit_write_back);
    if (turn(n, is_.transmit_interrupt)) write(4);
    if (turn(n, is_.transmit_head_read)) host_read();
  }

  void receive(uint64_t n) {
    if (turn(n, is_.receive_doorbell)) host_write();
    if (asks_) {
      dma_.read(kBase, std::span(descriptors_).first(16), ReadCallback::to<&Card::on_descriptor>(*this));
    } else {
      dma_.arrive_at_device(events_.now(), 16 + kCompletion - kRequest);
    }
    write_packet(frame_.size());
    write(16);
    if (turn(n, is_.receive_interrupt)) write(4);
    if (turn(n, is_.receive_head_read)) host_read();
  }

  // Headers of a request and a completion.
  static constexpr uint32_t kRequest = 24;
  static constexpr uint32_t kCompletion = 20;

  void host_write() { dma_.arrive_at_device(events_.now(), 4); }
  void host_read() {
    dma_.arrive_at_device(events_.now(), 0);
    write(4 + kCompletion - kRequest);  // the completion goes upstream, 24 bytes as this write is
  }
  void write(size_t bytes) {
    dma_.write(kTester, kBase, std::span<const uint8_t>(descriptors_).first(bytes));
  }
  void write_packet(size_t bytes) {
    dma_.write_packet(kTester, kBase, std::span<const uint8_t>(data_).first(bytes), nullptr);
  }

  void on_descriptor(uint64_t, DmaStatus) {}
  void on_data(uint64_t, DmaStatus) {
    ++done_;
    if (done_ == kWarmUp) begin_ = events_.now();
    if (done_ == kWarmUp + kMeasured) end_ = events_.now();
    if (done_ < kWarmUp + kMeasured) next();
  }

  base::EventQueue& events_;
  base::StatGroup root_{"nic"};
  FakeMemory memory_;
  FaultLog faults_;
  DmaEngine dma_;
  Behaviour is_;
  bool asks_;
  std::vector<uint8_t> frame_;
  std::vector<uint8_t> data_ = std::vector<uint8_t>(2048);
  std::vector<uint8_t> descriptors_ = std::vector<uint8_t>(1024);
  uint64_t packets_ = 0;
  uint64_t done_ = 0;
  Time begin_ = 0;
  Time end_ = 0;
};

struct Row {
  Behaviour behaviour;
  uint32_t frame_bytes;  // the check sequence does not cross the link
  double gbps;
};
const Row kPublished[] = {{kSimple, 64, 12.58}, {kSimple, 256, 31.17}, {kSimple, 1024, 44.33},
                          {kKernel, 64, 17.63}, {kKernel, 256, 37.50}, {kKernel, 1024, 47.12},
                          {kDpdk, 64, 20.65},   {kDpdk, 256, 40.50},   {kDpdk, 1024, 48.23}};

LinkParams generation3() {
  LinkParams params;
  params.generation = 3;
  params.lanes = 8;
  return params;
}

TEST(NicTraffic, ReachesThePublishedRates) {
  base::EventQueue events("events");
  for (const Row& row : kPublished) {
    const double gbps = Card(events, generation3(), row.behaviour, row.frame_bytes - 4, false).run();
    std::printf("%-7s %4u bytes %6.2f Gb/s, published %6.2f\n", row.behaviour.name, row.frame_bytes, gbps,
                row.gbps);
    EXPECT_NEAR(gbps, row.gbps, row.gbps * 0.02) << row.behaviour.name << " " << row.frame_bytes;
  }
}

// The published rate names the upstream bytes of a packet; the request adds 24 to them.
TEST(NicTraffic, PaysForReceiveDescriptorRequestsToo) {
  base::EventQueue events("events");
  for (const Row& row : kPublished) {
    const double frame = row.frame_bytes - 4;
    const double upstream_bytes = frame * kGen3X8Gbps / row.gbps + 24;
    const double expected = frame * kGen3X8Gbps / upstream_bytes;
    const double gbps = Card(events, generation3(), row.behaviour, row.frame_bytes - 4, true).run();
    EXPECT_NEAR(gbps, expected, expected * 0.02) << row.behaviour.name << " " << row.frame_bytes;
  }
}

}  // namespace
}  // namespace pspnic::pcie
