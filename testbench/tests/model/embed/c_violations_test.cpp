// SPDX-License-Identifier: Apache-2.0
// What a C program hears of its driver's faults: texts, numbers, a callback, a status.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testbench/tests/model/embed/c_handle.h"

namespace pspnic::embed {
namespace {

constexpr uint32_t kReadOnly = 0x08407008;  // PFGEN_RSTAT

struct Told {
  pspnic_device* device = nullptr;
  std::vector<std::string> texts, rules;
  std::vector<uint64_t> times, repeats;
  std::vector<pspnic_status> refused;
  uint64_t count = 0;
};

void on_rule_broken(void* user, const pspnic_violation* violation) {
  Told& told = *static_cast<Told*>(user);
  EXPECT_EQ(violation->size, sizeof *violation);
  EXPECT_EQ(violation->is_error, 0);
  told.texts.emplace_back(violation->text);
  told.rules.emplace_back(violation->rule);
  told.times.push_back(violation->time);
  told.repeats.push_back(violation->times);
  const char byte = 0;
  uint32_t value = 0;
  told.refused = {pspnic_mmio_read(told.device, 0, &value, nullptr),
                  pspnic_mmio_write(told.device, PSPNIC_CONFIG(0, 4), 6),
                  pspnic_config_write(told.device, 0, 4, 2, 6),
                  pspnic_inject(told.device, &byte, 1, 1),
                  pspnic_run_for(told.device, 1),
                  pspnic_record(told.device, nullptr),
                  pspnic_destroy(told.device)};
  uint64_t frames = 1;
  EXPECT_EQ(pspnic_counter(told.device, "nic.tx.frames", &frames), PSPNIC_OK);
  EXPECT_EQ(frames, 0u);
  told.count = pspnic_violation_count(told.device);
}

struct Watched {
  explicit Watched(const char* mode) {
    pspnic_callbacks_init(&callbacks);
    callbacks.user = &told;
    callbacks.rule_broken = on_rule_broken;
    device = make({mode}, &callbacks);
    told.device = device.get();
  }
  void write_read_only() {
    EXPECT_EQ(pspnic_mmio_write(device.get(), PSPNIC_BAR0(0, kReadOnly), 1), PSPNIC_OK);
  }
  pspnic_callbacks callbacks;
  Told told;
  Handle device;
};

TEST(CViolations, AreToldWhenTheyAreFound) {
  Watched card("nic.sanitizer.mode=report");
  card.write_read_only();
  EXPECT_TRUE(card.told.texts.empty()) << "the write has not arrived";
  EXPECT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_OK);
  ASSERT_EQ(card.told.rules, std::vector<std::string>{"reg-read-only"});
  EXPECT_GT(card.told.times[0], 0u);
  EXPECT_LT(card.told.times[0], kUs);
  EXPECT_EQ(card.told.refused, std::vector<pspnic_status>(7, PSPNIC_ERROR_BUSY));
  EXPECT_EQ(card.told.count, 1u);
  EXPECT_EQ(text_of(pspnic_violations, card.device.get()), card.told.texts[0] + "\n");
  card.write_read_only();
  uint32_t value = 0;
  EXPECT_EQ(pspnic_mmio_read(card.device.get(), 0, &value, nullptr), PSPNIC_OK) << "brings the write there";
  EXPECT_EQ(card.told.repeats, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(pspnic_violation_count(card.device.get()), 2u);
  EXPECT_EQ(pspnic_violation_count(nullptr), 0u);
}

TEST(CViolations, AsJsonHaveSourceAndLastEvents) {
  Watched card("nic.sanitizer.mode=report");
  EXPECT_EQ(text_of(pspnic_violations_json, card.device.get()), "[]\n");
  card.write_read_only();
  card.write_read_only();
  ASSERT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_OK);
  const auto all = nlohmann::json::parse(text_of(pspnic_violations_json, card.device.get()));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].at("device"), "nic");
  EXPECT_EQ(all[0].at("rule"), "reg-read-only");
  EXPECT_EQ(all[0].at("severity"), "warning");
  EXPECT_EQ(all[0].at("times"), 2);
  EXPECT_NE(all[0].at("source"), "");
  EXPECT_EQ(all[0].at("fails"), false);
  EXPECT_TRUE(all[0].at("events").is_array());
}

TEST(CViolations, StrictFailsTheRunThatHasOne) {
  Watched card("nic.sanitizer.mode=strict");
  EXPECT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_OK);
  card.write_read_only();
  EXPECT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_ERROR_VIOLATION);
  EXPECT_TRUE(says("[reg-read-only]")) << pspnic_last_error();
  EXPECT_EQ(pspnic_time(card.device.get()), 2 * kUs) << "it has run";
  EXPECT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_OK) << "said once";
  card.write_read_only();
  EXPECT_EQ(pspnic_run_for(card.device.get(), kUs), PSPNIC_ERROR_VIOLATION) << "repeats count";
  card.write_read_only();
  uint32_t value = 0;
  EXPECT_EQ(pspnic_mmio_read(card.device.get(), 0, &value, nullptr), PSPNIC_OK);
  EXPECT_EQ(pspnic_run_for(card.device.get(), 0), PSPNIC_ERROR_VIOLATION) << "of a read before";
}

}  // namespace
}  // namespace pspnic::embed
