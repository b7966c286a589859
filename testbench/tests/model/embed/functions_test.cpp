// SPDX-License-Identifier: Apache-2.0
// Which function an access of the card is by: a driver of the physical one and one of a virtual one.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "testbench/host/driver.h"
#include "testbench/tests/model/embed/embedded_host.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::embed {
namespace {

constexpr uint64_t kMessages = 0xfee0'1000;

// The machine as the virtual function's driver sees it: what it allocates is its own.
class VirtualPort : public host::HostPort {
 public:
  // `others`: memory that somebody else has, to be used once more under the same addresses.
  explicit VirtualPort(EmbeddedHost& host, std::vector<host::DmaBuffer> others = {})
      : host_(host), others_(std::move(others)) {}

  uint32_t read32(host::Space space, uint64_t offset) override {
    const auto answer = host_.device.read(address_of(space, offset));
    if (!host_.device.running()) host_.delay(answer.latency);
    return answer.ok ? answer.value : host::kNoAnswer;
  }
  void write32(host::Space space, uint64_t offset, uint32_t value) override {
    host_.device.write(address_of(space, offset), value);
  }
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    const auto other =
        std::ranges::find(others_, bytes, [](const host::DmaBuffer& each) { return each.bytes.size(); });
    if (other != others_.end()) {
      const host::DmaBuffer again = *other;
      others_.erase(other);
      return again;
    }
    const host::DmaBuffer buffer = host_.allocate(bytes, alignment);
    mine_[buffer.iova] = buffer.iova + bytes;
    return buffer;
  }
  void free(const host::DmaBuffer& buffer) override { host_.free(buffer); }
  uint64_t now_ps() const override { return host_.now_ps(); }
  void delay(uint64_t duration) override { host_.delay(duration); }
  void set_timer(uint64_t, uint64_t) override {}
  void set_events(host::HostEvents*) override {}
  uint64_t message_address() const override { return kMessages; }

  bool owns(uint64_t address) const {
    const auto next = mine_.upper_bound(address);
    return next != mine_.begin() && address < std::prev(next)->second;
  }

 private:
  static uint64_t address_of(host::Space space, uint64_t offset) {
    return pcie::kFunctionStride + EmbeddedHost::base_of(space) + offset;
  }
  EmbeddedHost& host_;
  std::vector<host::DmaBuffer> others_;
  std::map<uint64_t, uint64_t> mine_;  // ends by beginnings
};

struct Silent : host::Stack {
  void on_receive(std::span<const uint8_t>, const host::RxInfo&) override {}
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}
};

class RememberingHost : public EmbeddedHost {
 public:
  using EmbeddedHost::EmbeddedHost;
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    given.push_back(EmbeddedHost::allocate(bytes, alignment));
    return given.back();
  }
  std::vector<host::DmaBuffer> given;
};

constexpr const char* kTwoFunctions =
    R"({"nic": {"device": {"queues": 4, "sa_slots": 64, "vfs": 1, "vf_queues": 1, "vf_sa_slots": 16},
                "sanitizer": {"mode": "report"}}})";

// Behind an IOMMU equal addresses of two functions are not the same memory. The physical function is idle
// when the virtual one writes there.
TEST(Functions, MayUseTheSameAddresses) {
  CardOptions options;
  options.json = kTwoFunctions;
  RememberingHost host(options);
  host::DriverConfig config;
  config.tx_ring = config.rx_ring = config.buffer_ring = 256;
  config.psp = false;
  config.vfs = 1;
  Silent stack;
  host::Driver physical(host, config);
  physical.start(stack);
  const size_t given = host.given.size();
  VirtualPort port(host, host.given);
  config.vfs = 0;
  host::Driver virtual_driver(port, config);
  virtual_driver.start(stack);
  EXPECT_LT(host.given.size() - given, given / 2) << "it has little that is its own";
  EXPECT_EQ(host.device.card().violation_count(), 0u) << host.device.card().violations();
}

TEST(Functions, EachAccessIsByTheOneWhoseMemoryItIs) {
  CardOptions options;
  options.json =
      R"({"nic": {"device": {"queues": 4, "sa_slots": 64, "vfs": 1, "vf_queues": 1, "vf_sa_slots": 16}}})";
  EmbeddedHost host(options);
  VirtualPort port(host);
  host.peer = &host;
  unsigned accesses[2] = {};
  unsigned messages[2] = {};
  host.watch = [&](uint64_t address) {
    const uint16_t function = host.device.requesting_function();
    ASSERT_LT(function, 2u);
    const bool message = InterruptRange().holds(address);
    const bool of_virtual = message ? address == kMessages : port.owns(address);
    EXPECT_EQ(function == 1, of_virtual) << std::hex << address;
    ++(message ? messages : accesses)[function];
  };
  host::DriverConfig config;
  config.tx_ring = config.rx_ring = config.buffer_ring = 256;
  config.psp = false;
  config.vfs = 1;
  Silent stack;
  host::Driver physical(host, config);
  physical.start(stack);
  config.vfs = 0;
  host::Driver virtual_driver(port, config);
  virtual_driver.start(stack);
  const Bytes bytes = udp_frame(500);
  for (host::Driver* driver : {&physical, &virtual_driver}) {
    EXPECT_TRUE(driver->transmit(0, {.bytes = bytes}));
    driver->flush(0);
    host.delay(100 * base::kUs);
  }
  for (const unsigned function : {0u, 1u}) {
    EXPECT_GT(accesses[function], 20u) << function;
    EXPECT_GT(messages[function], 0u) << function;
  }
  EXPECT_EQ(host.frames.size(), 2u);
}

}  // namespace
}  // namespace pspnic::embed
