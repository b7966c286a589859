// SPDX-License-Identifier: Apache-2.0
// pspnic.h from several threads. Under AddressSanitizer as well, which finds what outlives a power cycle.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "testbench/tests/model/embed/c_handle.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::embed {
namespace {

void together(const std::vector<std::function<void()>>& bodies) {
  std::vector<std::thread> threads;
  for (const auto& body : bodies) threads.emplace_back(body);
  for (std::thread& thread : threads) thread.join();
}

TEST(CThreads, HaveADeviceEach) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([i] {
      const Handle device = make({"nic.device.queues=4"});
      const Bytes frame = udp_frame(100);
      for (int n = 0; n <= i; ++n) pspnic_inject(device.get(), frame.data(), frame.size(), 1);
      for (int n = 0; n < 50; ++n) pspnic_run_for(device.get(), kUs);
      uint64_t value = 0;
      EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vport", &value), PSPNIC_OK);
      EXPECT_EQ(value, static_cast<uint64_t>(i + 1));
      EXPECT_EQ(pspnic_counter(device.get(), "x", &value), PSPNIC_ERROR_UNKNOWN);
      EXPECT_TRUE(says("no such counter"));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CThreads, ShareADeviceAndWaitForEachOther) {
  const Handle device = make({"nic.device.queues=4"});
  const Bytes frame = udp_frame(100);
  const auto run = [&] {
    for (int n = 0; n < 2000; ++n) EXPECT_EQ(pspnic_run_for(device.get(), kUs), PSPNIC_OK);
  };
  const auto inject = [&] {
    for (int n = 0; n < 500; ++n)
      EXPECT_EQ(pspnic_inject(device.get(), frame.data(), frame.size(), 1), PSPNIC_OK);
  };
  const auto look = [&] {
    uint64_t before = 0;
    for (int n = 0; n < 500; ++n) {
      const uint64_t now = pspnic_time(device.get());
      EXPECT_GE(now, before);
      EXPECT_GE(pspnic_next_event(device.get()), now);
      before = now;
      EXPECT_EQ(text_of(pspnic_violations, device.get()), "");
    }
  };
  together({run, run, inject, inject, look});
  ASSERT_EQ(pspnic_run_for(device.get(), 100 * kUs), PSPNIC_OK);
  EXPECT_EQ(pspnic_time(device.get()), 4100 * kUs);
  uint64_t dropped = 0;
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vport", &dropped), PSPNIC_OK);
  EXPECT_EQ(dropped, 1000u);
}

TEST(CThreads, LookAtADeviceThatIsPowerCycled) {
  const Handle device = make({"nic.device.queues=4"});
  const auto cycle = [&] {
    for (int n = 0; n < 20; ++n) {
      EXPECT_EQ(pspnic_run_for(device.get(), kUs), PSPNIC_OK);
      EXPECT_EQ(pspnic_power_cycle(device.get()), PSPNIC_OK);
    }
  };
  const auto look = [&] {
    for (int n = 0; n < 300; ++n) {
      uint64_t value = 1;
      EXPECT_EQ(pspnic_counter(device.get(), "nic.tx.frames", &value), PSPNIC_OK);
      EXPECT_EQ(value, 0u);
      EXPECT_LE(pspnic_time(device.get()), kUs);
      EXPECT_GE(pspnic_next_event(device.get()), 0u);
    }
  };
  together({cycle, look});
}

// A callback waits for a thread that makes, uses and destroys another device: no lock but the device's own is
// held in it.
TEST(CThreads, ACallbackMayWaitForOtherDevices) {
  unsigned calls = 0;
  pspnic_callbacks callbacks;
  pspnic_callbacks_init(&callbacks);
  callbacks.user = &calls;
  callbacks.dma_read = [](void* user, unsigned, uint64_t, void*, size_t) {
    ++*static_cast<unsigned*>(user);
    together({[] {
      const Handle other = make({"nic.device.queues=4"});
      EXPECT_EQ(pspnic_run_for(other.get(), kUs), PSPNIC_OK);
      uint32_t value = 0;
      EXPECT_EQ(pspnic_mmio_read(other.get(), 0, &value, nullptr), PSPNIC_OK);
      EXPECT_EQ(value, kPciIdentity);
    }});
    return 1;
  };
  const Handle device = make({}, &callbacks);
  start_mailbox(device.get());
  ASSERT_EQ(pspnic_run_for(device.get(), 100 * kUs), PSPNIC_OK);
  EXPECT_EQ(calls, 1u);
}

}  // namespace
}  // namespace pspnic::embed
