// SPDX-License-Identifier: Apache-2.0
// What GET_STATS says of the vports of several functions: each drop is counted once, by whom it concerns.
#include <algorithm>
#include <random>

#include "testbench/host/stats.h"
#include "testbench/tests/model/nic/functions_bench.h"

namespace pspnic::nic {
namespace {

// Fails the writes that it is told to.
struct FailingWrites : pcie::DmaFaultSource {
  unsigned left = 0;
  pcie::DmaStatus on_read(pcie::ReadFor, std::span<uint8_t>) override { return pcie::DmaStatus::kOk; }
  bool on_write() override {
    if (left == 0) return false;
    --left;
    return true;
  }
};

class HardwareCounters : public testing::Test, protected FunctionsBench {
 protected:
  HardwareCounters() : FunctionsBench(two_vports()) {}
  static NicParams two_vports() {
    NicParams params = card();
    params.device.vports = 2;
    params.rx.buffer.bytes = params.rx.psp_buffer.bytes = 16 * base::kKiB;
    return params;
  }
  void start_with_two_vports() {
    host::DriverConfig wanted = config();
    wanted.vfs = kVfs;
    wanted.more_vports = {1};
    start(0, wanted);
    start(1);
    start(2);
  }
  void arrive(const net::MacAddress& to, size_t bytes, bool damaged = false) {
    base::PacketPtr packet = pool_.take(static_cast<uint32_t>(bytes));
    std::ranges::fill(packet->bytes(), uint8_t{0x11});
    std::copy(to.bytes.begin(), to.bytes.end(), packet->data());
    packet->fcs_ok = !damaged;
    nic_.receive(std::move(packet));
  }
  idpf::VportStats of(unsigned function, unsigned vport = 0) {
    return driver(function).vport_statistics(vport);
  }
  static uint64_t drops(const idpf::VportStats& stats) {
    return stats.rx_discards + stats.rx_errors + stats.rx_invalid_frame_length + stats.rx_overflow_drop +
           stats.tx_discards + stats.tx_errors;
  }
  uint64_t drops_of_all() { return drops(of(0, 0)) + drops(of(0, 1)) + drops(of(1)) + drops(of(2)); }
  uint64_t drops_of_card() const {
    uint64_t total = 0;
    for (size_t i = 0; i < static_cast<size_t>(base::DropReason::kCount); ++i) {
      total += nic_.drops().all_time(i);
    }
    return total;
  }

  static constexpr net::MacAddress kNobody{{2, 0x77, 0, 0, 0, 1}};
  static constexpr net::MacAddress kAll{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  static constexpr size_t kRunt = 40;
};

TEST_F(HardwareCounters, AFrameOfAWrongLengthCountsForWhomItWasFor) {
  run([&] {
    start_with_two_vports();
    arrive(driver(1).mac(0), kRunt);
    arrive(driver(1).mac(0), kRunt);
    arrive(driver(2).mac(0), kRunt);
    arrive(driver(0).mac(1), kRunt);
    host().delay(kFlight);
    EXPECT_EQ(of(1).rx_invalid_frame_length, 2u);
    EXPECT_EQ(of(2).rx_invalid_frame_length, 1u);
    EXPECT_EQ(of(0, 0).rx_invalid_frame_length, 0u);
    EXPECT_EQ(of(0, 1).rx_invalid_frame_length, 1u);
    for (const net::MacAddress& several : {kNobody, kAll}) arrive(several, kRunt);
    arrive({}, 3);
    host().delay(kFlight);
    EXPECT_EQ(of(0, 0).rx_invalid_frame_length, 3u) << "nobody's";
    EXPECT_EQ(drops_of_all(), 7u);
    stop_all();
  });
}

TEST_F(HardwareCounters, WhatIsNobodysCountsOnceAndForThePhysicalFunction) {
  run([&] {
    start_with_two_vports();
    arrive(kNobody, 100);
    arrive(driver(1).mac(0), 100, true);  // what is damaged may be the address
    host().delay(kFlight);
    EXPECT_EQ(of(0, 0).rx_discards, 1u);
    EXPECT_EQ(of(0, 0).rx_errors, 1u);
    EXPECT_EQ(drops(of(0, 1)), 0u) << "its first vport alone";
    EXPECT_EQ(drops(of(1)), 0u);
    EXPECT_EQ(drops(of(2)), 0u);
    stop_all();
  });
}

// One of four fits into the buffer: the copies, which are made first, are lost.
TEST_F(HardwareCounters, ACopyWithoutRoomIsOneVportsLoss) {
  run([&] {
    start_with_two_vports();
    arrive(kAll, 9000);
    EXPECT_EQ(nic_.drops().all_time(base::DropReason::kRxOverflow), 3u);
    host().delay(kFlight);
    EXPECT_EQ(of(0, 0).rx_overflow_drop, 1u);
    EXPECT_EQ(of(0, 1).rx_overflow_drop, 1u);
    EXPECT_EQ(of(1).rx_overflow_drop, 1u);
    EXPECT_EQ(of(2).rx_overflow_drop, 0u) << "the frame itself";
    stop_all();
  });
}

TEST_F(HardwareCounters, AFrameWithoutRoomCountsForWhomItWasFor) {
  run([&] {
    start_with_two_vports();
    for (int i = 0; i < 3; ++i) arrive(driver(1).mac(0), 9000);
    host().delay(kFlight);
    EXPECT_EQ(of(1).rx_overflow_drop, 2u);
    EXPECT_EQ(of(0, 0).rx_overflow_drop, 0u);
    stop_all();
  });
}

TEST_F(HardwareCounters, AFailedWriteCountsForTheFunctionWhoseBufferItWas) {
  run([&] {
    start_with_two_vports();
    FailingWrites faults;
    nic_.endpoint().dma().set_fault_source(&faults);
    faults.left = 1;
    arrive(driver(1).mac(0), 200);
    host().delay(kFlight);
    nic_.endpoint().dma().set_fault_source(nullptr);
    EXPECT_EQ(nic_.drops().all_time(base::DropReason::kRxDmaFault), 1u);
    EXPECT_EQ(of(1).rx_errors, 1u);
    EXPECT_EQ(of(0, 0).rx_errors, 0u);
    EXPECT_EQ(of(2).rx_errors, 0u);
  });
}

TEST_F(HardwareCounters, TogetherTheyAreTheCards) {
  run([&] {
    start_with_two_vports();
    std::mt19937 random(5);
    const std::vector<net::MacAddress> all = {driver(0).mac(0), driver(0).mac(1), driver(1).mac(0),
                                              driver(2).mac(0), kNobody,          kAll};
    const size_t sizes[] = {3, kRunt, 100, 2000, 9000};
    Bytes control(64, 0);
    control[12] = 0x88;
    control[13] = 0x08;
    for (int i = 0; i < 500; ++i) {
      arrive(all[random() % all.size()], sizes[random() % 5], random() % 8 == 0);
      if (random() % 10 == 0) transmit(static_cast<unsigned>(random() % 3), control);
      if (random() % 4 == 0) host().delay(random() % 2000 * base::kNs);
    }
    host().delay(kFlight);
    EXPECT_GT(drops_of_card(), 200u);
    EXPECT_EQ(drops_of_all(), drops_of_card());
    for (const idpf::VportStats& each : {of(0, 1), of(1), of(2)}) {
      EXPECT_GT(each.rx_overflow_drop, 0u);
      EXPECT_GT(each.rx_invalid_frame_length, 0u);
    }
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
