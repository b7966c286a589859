// SPDX-License-Identifier: Apache-2.0
// What a C program may do to pspnic.h, right and wrong. testbench/examples/embed/send_psp.c sends packets
// through it.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "model/pcie/link.h"
#include "testbench/tests/model/embed/c_handle.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::embed {
namespace {

TEST(CApi, VersionAndDefaults) {
  EXPECT_EQ(pspnic_api_version(), unsigned{PSPNIC_API_VERSION});
  pspnic_device* device = nullptr;
  ASSERT_EQ(pspnic_create(nullptr, nullptr, &device), PSPNIC_OK);
  uint32_t value = 0;
  uint64_t latency = 0;
  EXPECT_EQ(pspnic_mmio_read(device, PSPNIC_CONFIG(0, 0), &value, &latency), PSPNIC_OK);
  EXPECT_EQ(value, kPciIdentity);
  EXPECT_EQ(latency, pcie::LinkParams().round_trip.ps);
  EXPECT_EQ(pspnic_time(device), 0u) << "a read lets no time pass";
  EXPECT_EQ(pspnic_destroy(device), PSPNIC_OK);
  EXPECT_EQ(pspnic_destroy(nullptr), PSPNIC_OK);
}

TEST(CApi, ParametersComeFromTextAndSettings) {
  pspnic_config config;
  pspnic_config_init(&config);
  config.json = R"({"nic": {"mac": {"speed": "100Gbps"}, "pcie.round_trip": "1us"}})";
  const char* settings[] = {"nic.pcie.round_trip=2us"};
  config.set = settings;
  config.set_count = 1;
  pspnic_device* device = nullptr;
  ASSERT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_OK) << pspnic_last_error();
  const Handle handle(device);
  uint32_t value = 0;
  uint64_t latency = 0;
  EXPECT_EQ(pspnic_mmio_read(device, 0, &value, &latency), PSPNIC_OK);
  EXPECT_EQ(latency, 2 * kUs);
  const std::string resolved = text_of(pspnic_parameters_json, device);
  EXPECT_NE(resolved.find("100Gbps"), std::string::npos);
  config.json = resolved.c_str();
  config.set_count = 0;
  ASSERT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_OK) << pspnic_last_error();
  EXPECT_EQ(text_of(pspnic_parameters_json, device), resolved);
  pspnic_destroy(device);
}

TEST(CApi, WrongParametersAreNamed) {
  pspnic_config config;
  pspnic_config_init(&config);
  pspnic_device* device = nullptr;
  const char* settings[] = {"nic.pcie.tag=1", nullptr};
  config.set = settings;
  config.set_count = 1;
  EXPECT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_ERROR_CONFIG);
  EXPECT_TRUE(says("nic.pcie.tag")) << pspnic_last_error();
  EXPECT_EQ(device, nullptr);
  config.set_count = 2;
  settings[0] = "nic.device.queues=4";
  EXPECT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_ERROR_CONFIG);
  EXPECT_TRUE(says("set[1]")) << pspnic_last_error();
  config.set_count = 0;
  config.json = "{\n  nonsense";
  EXPECT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_ERROR_CONFIG);
  EXPECT_TRUE(says("json:2:")) << pspnic_last_error();
}

TEST(CApi, NullAndUnknownSizesAreRefused) {
  pspnic_device* device = nullptr;
  pspnic_config config;
  pspnic_config_init(&config);
  EXPECT_EQ(pspnic_create(&config, nullptr, nullptr), PSPNIC_ERROR_ARGUMENT);
  EXPECT_STREQ(pspnic_last_error(), "pspnic_create: device is null");
  config.size -= 1;
  EXPECT_EQ(pspnic_create(&config, nullptr, &device), PSPNIC_ERROR_ARGUMENT);
  EXPECT_TRUE(says("pspnic_config.size"));
  pspnic_callbacks callbacks;
  pspnic_callbacks_init(&callbacks);
  callbacks.size = 0;
  EXPECT_EQ(pspnic_create(nullptr, &callbacks, &device), PSPNIC_ERROR_ARGUMENT);
  EXPECT_TRUE(says("pspnic_callbacks.size"));
  uint32_t value = 0;
  uint64_t number = 0;
  EXPECT_EQ(pspnic_mmio_read(nullptr, 0, &value, nullptr), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_mmio_write(nullptr, 0, 0), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_inject(nullptr, "", 1, 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_for(nullptr, 0), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_until(nullptr, 0), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_power_cycle(nullptr), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_counter(nullptr, "x", &number), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_violations(nullptr, nullptr, 0, nullptr), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_time(nullptr), 0u);
  EXPECT_EQ(pspnic_next_event(nullptr), PSPNIC_NEVER);
  const Handle handle = make();
  EXPECT_EQ(pspnic_mmio_read(handle.get(), 0, nullptr, nullptr), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_inject(handle.get(), nullptr, 1, 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_counter(handle.get(), nullptr, &number), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_violations(handle.get(), nullptr, 5, nullptr), PSPNIC_ERROR_ARGUMENT);
}

// A program built against another pspnic.h: its structures are shorter or longer.
template <class Struct>
struct Other {
  explicit Other(size_t bytes) : words(bytes / sizeof(uint64_t) + 2, kUntouched) {}
  Struct* get() { return reinterpret_cast<Struct*>(words.data()); }
  static constexpr uint64_t kUntouched = 0xaaaa'aaaa'aaaa'aaaa;
  std::vector<uint64_t> words;
};

TEST(CApi, ShorterStructuresOfOlderProgramsAreTaken) {
  constexpr size_t kConfig = offsetof(pspnic_config, interrupt_base);
  Other<pspnic_config> config(kConfig);
  pspnic_config_init_sized(config.get(), kConfig);
  EXPECT_EQ(config.words[kConfig / 8], config.kUntouched);
  EXPECT_EQ(config.get()->size, kConfig);
  EXPECT_EQ(config.get()->spi_first, 1u);
  constexpr size_t kCallbacks = offsetof(pspnic_callbacks, interrupt);
  Other<pspnic_callbacks> callbacks(kCallbacks);
  pspnic_callbacks_init_sized(callbacks.get(), kCallbacks);
  EXPECT_EQ(callbacks.words[kCallbacks / 8], callbacks.kUntouched);
  pspnic_device* device = nullptr;
  ASSERT_EQ(pspnic_create(config.get(), callbacks.get(), &device), PSPNIC_OK) << pspnic_last_error();
  const Handle handle(device);
  EXPECT_EQ(pspnic_run_for(device, kUs), PSPNIC_OK);
}

TEST(CApi, LongerStructuresOfNewerProgramsAreTakenIfTheRestIsZero) {
  constexpr size_t kConfig = sizeof(pspnic_config) + 16;
  Other<pspnic_config> config(kConfig);
  pspnic_config_init_sized(config.get(), kConfig);
  EXPECT_EQ(config.words[kConfig / 8], config.kUntouched);
  EXPECT_EQ(config.get()->size, kConfig);
  pspnic_device* device = nullptr;
  ASSERT_EQ(pspnic_create(config.get(), nullptr, &device), PSPNIC_OK) << pspnic_last_error();
  pspnic_destroy(device);
  config.words[kConfig / 8 - 1] = 1;
  EXPECT_EQ(pspnic_create(config.get(), nullptr, &device), PSPNIC_ERROR_ARGUMENT);
  EXPECT_TRUE(says("must be 0")) << pspnic_last_error();
}

TEST(CApi, BadAddressesLengthsAndTimesAreRefused) {
  const Handle device = make();
  uint32_t value = 0;
  EXPECT_EQ(pspnic_mmio_read(device.get(), PSPNIC_BAR0(1, 0), &value, nullptr), PSPNIC_ERROR_ADDRESS);
  EXPECT_EQ(value, 0xffffffffu);
  EXPECT_STREQ(pspnic_last_error(),
               "pspnic_mmio_read: function 1, BAR0 + 0x0: no such function at present, or "
               "not in its range");
  EXPECT_EQ(pspnic_mmio_write(device.get(), PSPNIC_BAR0(0, 2), 0), PSPNIC_ERROR_ADDRESS);
  EXPECT_STREQ(pspnic_last_error(), "pspnic_mmio_write: function 0, BAR0 + 0x2: no multiple of 4");
  const std::vector<uint8_t> frame(PSPNIC_MAX_FRAME_BYTES + 1);
  EXPECT_EQ(pspnic_inject(device.get(), frame.data(), frame.size(), 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_inject(device.get(), frame.data(), 0, 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_inject(device.get(), frame.data(), frame.size() - 1, 1), PSPNIC_OK);
  EXPECT_EQ(pspnic_run_until(device.get(), 5 * kUs), PSPNIC_OK);
  EXPECT_EQ(pspnic_run_until(device.get(), 4 * kUs), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_until(device.get(), PSPNIC_NEVER), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_until(device.get(), PSPNIC_LAST_TIME + 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_TRUE(says("2^63-1 ps")) << pspnic_last_error();
  EXPECT_EQ(pspnic_run_for(device.get(), PSPNIC_NEVER), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_for(device.get(), PSPNIC_LAST_TIME - 5 * kUs + 1), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_for(device.get(), 1), PSPNIC_OK);
  EXPECT_EQ(pspnic_time(device.get()), 5 * kUs + 1);
}

TEST(CApi, PartsOfConfigurationSpace) {
  const Handle device = make({"nic.device.vfs=2"});
  uint32_t value = 0;
  uint64_t latency = 0;
  const auto part = [&](unsigned offset, unsigned length) {
    EXPECT_EQ(pspnic_config_read(device.get(), 0, offset, length, &value, &latency), PSPNIC_OK);
    return value;
  };
  EXPECT_EQ(part(0, 4), kPciIdentity);
  EXPECT_EQ(part(0, 2), 0x8086u);
  EXPECT_EQ(part(2, 2), 0x1452u);
  EXPECT_EQ(part(3, 1), 0x14u);
  EXPECT_EQ(latency, pcie::LinkParams().round_trip.ps);
  EXPECT_EQ(pspnic_config_write(device.get(), 0, 4, 1, 0xffffff06), PSPNIC_OK);  // command
  EXPECT_EQ(pspnic_config_write(device.get(), 0, 5, 1, 4), PSPNIC_OK);
  EXPECT_EQ(part(4, 2), 0x406u);
  EXPECT_EQ(pspnic_config_write(device.get(), 0, 4, 2, 0), PSPNIC_OK);
  EXPECT_EQ(part(4, 4), 0x0010'0000u) << "status stays";
  for (const auto& [offset, length] : {std::pair{1u, 2u}, {0u, 3u}, {0u, 0u}, {4096u, 4u}, {2u, 4u}}) {
    EXPECT_EQ(pspnic_config_read(device.get(), 0, offset, length, &value, nullptr), PSPNIC_ERROR_ADDRESS);
    EXPECT_EQ(pspnic_config_write(device.get(), 0, offset, length, 0), PSPNIC_ERROR_ADDRESS);
  }
  EXPECT_EQ(pspnic_config_read(device.get(), 1, 0, 2, &value, nullptr), PSPNIC_ERROR_ADDRESS);
  EXPECT_EQ(value, 0xffffu) << "as nothing answers";
  EXPECT_EQ(pspnic_config_read(device.get(), 0, 0, 4, nullptr, nullptr), PSPNIC_ERROR_ARGUMENT);
}

TEST(CApi, CountersByNameAndAsText) {
  const Handle device = make();
  const Bytes frame = udp_frame(100);
  ASSERT_EQ(pspnic_inject(device.get(), frame.data(), frame.size(), 1), PSPNIC_OK);
  ASSERT_EQ(pspnic_inject(device.get(), frame.data(), frame.size(), 0), PSPNIC_OK);
  ASSERT_EQ(pspnic_run_for(device.get(), kUs), PSPNIC_OK);
  uint64_t value = 0;
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vport", &value), PSPNIC_OK);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_bad_fcs", &value), PSPNIC_OK);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vprt", &value), PSPNIC_ERROR_UNKNOWN);
  EXPECT_TRUE(says("nic.drops.rx_no_vport")) << pspnic_last_error();
  EXPECT_NE(text_of(pspnic_counters_json, device.get()).find("\"rx_no_vport\": 1"), std::string::npos);
  char little[8];
  EXPECT_EQ(pspnic_counters_json(device.get(), little, sizeof little, nullptr), PSPNIC_ERROR_SPACE);
  EXPECT_EQ(std::strlen(little), 7u);
  ASSERT_EQ(pspnic_reset(device.get()), PSPNIC_OK);
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vport", &value), PSPNIC_OK);
  EXPECT_EQ(value, 0u);
  EXPECT_EQ(pspnic_time(device.get()), kUs);
  EXPECT_EQ(pspnic_record(device.get(), "unused"), PSPNIC_ERROR_ARGUMENT) << "not at power-on";
  ASSERT_EQ(pspnic_inject(device.get(), frame.data(), frame.size(), 1), PSPNIC_OK);
  ASSERT_EQ(pspnic_power_cycle(device.get()), PSPNIC_OK);
  EXPECT_EQ(pspnic_counter(device.get(), "nic.drops.rx_no_vport", &value), PSPNIC_OK);
  EXPECT_EQ(value, 0u);
  EXPECT_EQ(pspnic_time(device.get()), 0u);
}

TEST(CApi, MailboxReadsMemoryByTheCallbackBusyIsToldAndViolations) {
  struct Seen {
    pspnic_device* device = nullptr;
    std::vector<uint64_t> reads;
    std::vector<pspnic_status> refused;
  } seen;
  pspnic_callbacks callbacks;
  pspnic_callbacks_init(&callbacks);
  callbacks.user = &seen;
  callbacks.dma_read = [](void* user, unsigned, uint64_t address, void*, size_t) {
    auto& mine = *static_cast<Seen*>(user);
    mine.reads.push_back(address);
    mine.refused = {pspnic_run_for(mine.device, 1), pspnic_power_cycle(mine.device),
                    pspnic_reset(mine.device), pspnic_destroy(mine.device)};
    uint32_t value = 0;
    EXPECT_EQ(pspnic_mmio_read(mine.device, 0, &value, nullptr), PSPNIC_OK);
    EXPECT_EQ(value, kPciIdentity);
    return 1;
  };
  const Handle device = make({}, &callbacks);
  EXPECT_EQ(text_of(pspnic_violations, device.get()), "");
  seen.device = device.get();
  start_mailbox(device.get());
  ASSERT_EQ(pspnic_run_for(device.get(), 100 * kUs), PSPNIC_OK);
  ASSERT_FALSE(seen.reads.empty());
  EXPECT_EQ(seen.reads.front(), kMailboxRing);
  EXPECT_EQ(seen.refused, std::vector<pspnic_status>(4, PSPNIC_ERROR_BUSY));
  const std::string violations = text_of(pspnic_violations, device.get());
  EXPECT_NE(violations.find("mailbox"), std::string::npos) << violations;
  EXPECT_NE(violations.find("host memory"), std::string::npos) << violations;
}

}  // namespace
}  // namespace pspnic::embed
