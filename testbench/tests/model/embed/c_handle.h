// SPDX-License-Identifier: Apache-2.0
// Devices of pspnic.h that go by themselves, and texts of any length.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/embed/pspnic.h"

namespace pspnic::embed {

inline constexpr uint64_t kUs = 1'000'000;
inline constexpr uint32_t kPciIdentity = 0x14528086;

struct Deleter {
  void operator()(pspnic_device* device) const { EXPECT_EQ(pspnic_destroy(device), PSPNIC_OK); }
};
using Handle = std::unique_ptr<pspnic_device, Deleter>;

inline Handle make(const std::vector<const char*>& settings = {},
                   const pspnic_callbacks* callbacks = nullptr) {
  pspnic_config config;
  pspnic_config_init(&config);
  config.set = settings.data();
  config.set_count = settings.size();
  pspnic_device* device = nullptr;
  EXPECT_EQ(pspnic_create(&config, callbacks, &device), PSPNIC_OK) << pspnic_last_error();
  return Handle(device);
}

inline std::string text_of(pspnic_status (*call)(const pspnic_device*, char*, size_t, size_t*),
                           const pspnic_device* device) {
  size_t needed = 0;
  EXPECT_EQ(call(device, nullptr, 0, &needed), PSPNIC_OK);
  std::string text(needed, 'x');
  EXPECT_EQ(call(device, text.data(), needed, nullptr), PSPNIC_OK);
  EXPECT_EQ(text.back(), 0);
  text.pop_back();
  return text;
}

inline bool says(const char* words) {
  return std::string(pspnic_last_error()).find(words) != std::string::npos;
}

// A driver's first request, in a ring that the card will read.
inline constexpr uint64_t kMailboxRing = 0x1'2345'6000;
inline void start_mailbox(pspnic_device* device) {
  const auto write = [&](uint32_t offset, uint64_t value) {
    ASSERT_EQ(pspnic_mmio_write(device, PSPNIC_BAR0(0, offset), static_cast<uint32_t>(value)), PSPNIC_OK);
  };
  ASSERT_EQ(pspnic_mmio_write(device, PSPNIC_CONFIG(0, 4), 6), PSPNIC_OK);
  write(0x08400014, kMailboxRing);
  write(0x08400018, kMailboxRing >> 32);
  write(0x0840001c, 1u << 31 | 64);
  write(0x08400024, 1);
}

}  // namespace pspnic::embed
