// SPDX-License-Identifier: Apache-2.0
// pspnic.h on embed::Device: checks what a C program may get wrong, and lets no exception out.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "model/base/packet.h"
#include "model/embed/c_device.h"
#include "model/embed/c_structs.h"
#include "model/embed/config_part.h"
#include "model/embed/pspnic.h"

using pspnic::embed::fail;
using pspnic::embed::guarded;
using pspnic::embed::locked;
using pspnic::embed::null_argument;

namespace {

static_assert(PSPNIC_MAX_FRAME_BYTES == pspnic::base::Packet::kMaxFrameBytes);
static_assert(PSPNIC_NEVER == pspnic::base::kNever);
static_assert(PSPNIC_BAR0(1, 4) == pspnic::pcie::kFunctionStride + pspnic::pcie::kBar0Base + 4);
static_assert(PSPNIC_BAR4(2, 8) == 2 * pspnic::pcie::kFunctionStride + pspnic::pcie::kBar4Base + 8);
static_assert(PSPNIC_CONFIG(3, 12) == 3 * pspnic::pcie::kFunctionStride + pspnic::pcie::kConfigBase + 12);

template <class Make>
pspnic_status give_text(const char* call, const pspnic_device* device, char* text, size_t size,
                        size_t* needed, Make&& make) noexcept {
  if (text == nullptr && size != 0) return null_argument(call, "text");
  return locked(device, call, PSPNIC_ERROR_INTERNAL, [&] {
    const std::string whole = make(device->device.card());
    if (needed != nullptr) *needed = whole.size() + 1;
    if (size > 0) {
      const size_t length = std::min(whole.size(), size - 1);
      std::memcpy(text, whole.data(), length);
      text[length] = 0;
    }
    if (whole.size() < size || text == nullptr) return PSPNIC_OK;
    const std::string rule = std::string(call) + ": the text takes " + std::to_string(whole.size() + 1) +
                             " bytes, there are " + std::to_string(size);
    return fail(PSPNIC_ERROR_SPACE, rule.c_str());
  });
}

pspnic_status bad_address(const char* call, uint64_t address) {
  namespace pcie = pspnic::pcie;
  const uint64_t offset = address % pcie::kFunctionStride;
  const auto [space, base] = offset >= pcie::kBar0Base   ? std::pair{"BAR0", pcie::kBar0Base}
                             : offset >= pcie::kBar4Base ? std::pair{"BAR4", pcie::kBar4Base}
                                                         : std::pair{"configuration space", uint64_t{0}};
  const std::string text =
      std::string(call) + ": function " + std::to_string(address / pcie::kFunctionStride) + ", " + space +
      " + " + pspnic::base::hex(offset - base) + ": " +
      (address % 4 != 0 ? "no multiple of 4" : "no such function at present, or not in its range");
  return fail(PSPNIC_ERROR_ADDRESS, text.c_str());
}

std::optional<pspnic::embed::ConfigPart> part_of(unsigned function, unsigned offset, unsigned length) {
  if (offset >= pspnic::pcie::kConfigBytes) return {};
  return pspnic::embed::config_part(PSPNIC_CONFIG(function, offset), length);
}

pspnic_status bad_part(const char* call) {
  const std::string text = std::string(call) + ": must be 1, 2 or 4 bytes at a multiple of that, below 4096";
  return fail(PSPNIC_ERROR_ADDRESS, text.c_str());
}

// Both of `run`: with the lock held.
pspnic_status run_to(pspnic_device& device, const char* call, uint64_t start, uint64_t duration) {
  if (start > PSPNIC_LAST_TIME || duration > PSPNIC_LAST_TIME - start) {
    const std::string text = std::string(call) + ": would end after 2^63-1 ps, where time ends";
    return fail(PSPNIC_ERROR_ARGUMENT, text.c_str());
  }
  device.device.run_until(start + duration);
  device.fresh = false;
  const std::string broken = device.host.take_broken_rule();
  if (broken.empty() || !device.device.card().nic().strict()) return PSPNIC_OK;
  return fail(PSPNIC_ERROR_VIOLATION, (std::string(call) + ": " + broken).c_str());
}

}  // namespace

pspnic_status pspnic_create(const pspnic_config* config, const pspnic_callbacks* callbacks,
                            pspnic_device** device) {
  if (device == nullptr) return null_argument("pspnic_create", "device");
  *device = nullptr;
  pspnic_config wanted;
  pspnic_callbacks calls;
  const pspnic_status structures = guarded(PSPNIC_ERROR_ARGUMENT, [&] {
    wanted = pspnic::embed::taken(config);
    calls = pspnic::embed::taken(callbacks);
    return PSPNIC_OK;
  });
  if (structures != PSPNIC_OK) return structures;
  return guarded(PSPNIC_ERROR_CONFIG, [&] {
    *device = std::make_unique<pspnic_device>(calls, pspnic::embed::options_of(wanted),
                                              pspnic::embed::range_of(wanted))
                  .release();
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_destroy(pspnic_device* device) {
  if (device == nullptr) return PSPNIC_OK;
  const pspnic_status status = locked(device, "pspnic_destroy", PSPNIC_ERROR_INTERNAL, [&] {
    device->device.require_still("pspnic_destroy");
    device->end_recording(device->device.now());
    return PSPNIC_OK;
  });
  if (status == PSPNIC_OK) delete device;  // not with its lock held
  return status;
}

pspnic_status pspnic_power_cycle(pspnic_device* device) {
  return locked(device, "pspnic_power_cycle", PSPNIC_ERROR_INTERNAL, [&] {
    device->device.require_still("pspnic_power_cycle");
    const uint64_t end = device->device.now();
    device->device.power_cycle();
    device->end_recording(end);
    device->host.take_broken_rule();
    device->fresh = true;
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_reset(pspnic_device* device) {
  return locked(device, "pspnic_reset", PSPNIC_ERROR_INTERNAL, [&] {
    device->device.require_still("pspnic_reset");
    device->device.reset();
    device->end_recording(device->device.now());
    device->host.take_broken_rule();
    device->fresh = false;
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_mmio_read(pspnic_device* device, uint64_t address, uint32_t* value, uint64_t* latency) {
  if (value == nullptr) return null_argument("pspnic_mmio_read", "value");
  return locked(device, "pspnic_mmio_read", PSPNIC_ERROR_INTERNAL, [&] {
    const auto answer = device->device.read(address);
    device->fresh = false;
    *value = answer.value;
    if (latency != nullptr) *latency = answer.latency;
    return answer.ok ? PSPNIC_OK : bad_address("pspnic_mmio_read", address);
  });
}

pspnic_status pspnic_mmio_write(pspnic_device* device, uint64_t address, uint32_t value) {
  return locked(device, "pspnic_mmio_write", PSPNIC_ERROR_INTERNAL, [&] {
    const bool decoded = device->device.write(address, value);
    device->fresh = false;
    return decoded ? PSPNIC_OK : bad_address("pspnic_mmio_write", address);
  });
}

pspnic_status pspnic_config_read(pspnic_device* device, unsigned function, unsigned offset, unsigned length,
                                 uint32_t* value, uint64_t* latency) {
  if (value == nullptr) return null_argument("pspnic_config_read", "value");
  return locked(device, "pspnic_config_read", PSPNIC_ERROR_INTERNAL, [&] {
    const auto part = part_of(function, offset, length);
    if (!part) return bad_part("pspnic_config_read");
    const auto answer = device->device.read(part->word);
    device->fresh = false;
    *value = part->of(answer.value);
    if (latency != nullptr) *latency = answer.latency;
    return answer.ok ? PSPNIC_OK : bad_address("pspnic_config_read", part->word);
  });
}

pspnic_status pspnic_config_write(pspnic_device* device, unsigned function, unsigned offset, unsigned length,
                                  uint32_t value) {
  return locked(device, "pspnic_config_write", PSPNIC_ERROR_INTERNAL, [&] {
    const auto part = part_of(function, offset, length);
    if (!part) return bad_part("pspnic_config_write");
    uint32_t word = value;
    if (length < sizeof word) word = part->into(device->device.read(part->word).value, value);
    const bool decoded = device->device.write(part->word, word);
    device->fresh = false;
    return decoded ? PSPNIC_OK : bad_address("pspnic_config_write", part->word);
  });
}

pspnic_status pspnic_inject(pspnic_device* device, const void* bytes, size_t length, int fcs_ok) {
  if (bytes == nullptr) return null_argument("pspnic_inject", "bytes");
  return locked(device, "pspnic_inject", PSPNIC_ERROR_ARGUMENT, [&] {
    device->device.receive({static_cast<const uint8_t*>(bytes), length}, fcs_ok != 0);
    device->fresh = false;
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_run_for(pspnic_device* device, uint64_t duration) {
  return locked(device, "pspnic_run_for", PSPNIC_ERROR_ARGUMENT,
                [&] { return run_to(*device, "pspnic_run_for", device->device.now(), duration); });
}

pspnic_status pspnic_run_until(pspnic_device* device, uint64_t time) {
  return locked(device, "pspnic_run_until", PSPNIC_ERROR_ARGUMENT,
                [&] { return run_to(*device, "pspnic_run_until", time, 0); });
}

uint64_t pspnic_time(const pspnic_device* device) {
  if (device == nullptr) return 0;
  const std::lock_guard lock(device->mutex);
  return device->device.now();
}

uint64_t pspnic_next_event(const pspnic_device* device) {
  if (device == nullptr) return PSPNIC_NEVER;
  const std::lock_guard lock(device->mutex);
  return device->device.next_event();
}

pspnic_status pspnic_counter(const pspnic_device* device, const char* name, uint64_t* value) {
  if (name == nullptr) return null_argument("pspnic_counter", "name");
  if (value == nullptr) return null_argument("pspnic_counter", "value");
  return locked(device, "pspnic_counter", PSPNIC_ERROR_UNKNOWN, [&] {
    *value = device->device.card().counter(name);
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_counters_json(const pspnic_device* device, char* text, size_t size, size_t* needed) {
  return give_text("pspnic_counters_json", device, text, size, needed,
                   [](const auto& card) { return card.counters_json(); });
}

pspnic_status pspnic_parameters_json(const pspnic_device* device, char* text, size_t size, size_t* needed) {
  return give_text("pspnic_parameters_json", device, text, size, needed,
                   [](const auto& card) { return card.parameters().to_json(); });
}

pspnic_status pspnic_violations(const pspnic_device* device, char* text, size_t size, size_t* needed) {
  return give_text("pspnic_violations", device, text, size, needed,
                   [](const auto& card) { return card.violations(); });
}

pspnic_status pspnic_violations_json(const pspnic_device* device, char* text, size_t size, size_t* needed) {
  return give_text("pspnic_violations_json", device, text, size, needed,
                   [](const auto& card) { return card.violations_json(); });
}

uint64_t pspnic_violation_count(const pspnic_device* device) {
  if (device == nullptr) return 0;
  const std::lock_guard lock(device->mutex);
  return device->device.card().violation_count();
}

const char* pspnic_last_error(void) {
  return pspnic::embed::last_error();
}

unsigned pspnic_api_version(void) {
  return PSPNIC_API_VERSION;
}
