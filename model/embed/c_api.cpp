// SPDX-License-Identifier: Apache-2.0
// pspnic.h on embed::Device: checks what a C program may get wrong, and lets no exception out.
#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "model/base/config_error.h"
#include "model/base/packet.h"
#include "model/embed/c_host.h"
#include "model/embed/device.h"
#include "model/embed/pspnic.h"
#include "model/record/writer.h"

using pspnic::base::ConfigError;
using pspnic::embed::BusyError;
using pspnic::embed::CHost;
using pspnic::embed::Device;

struct pspnic_device {
  CHost host;
  Device device;

  pspnic_device(const pspnic_callbacks* callbacks, const pspnic::embed::CardOptions& options,
                const pspnic::embed::InterruptRange& interrupts)
      : host(callbacks), device(options, host, interrupts), range(interrupts) {}

  pspnic::embed::InterruptRange range;
  bool fresh = true;  // nothing has happened since power-on
  std::unique_ptr<pspnic::record::Writer> recording;

  void end_recording() {
    device.set_listener(nullptr);
    if (const auto ended = std::move(recording)) ended->finish(device.now());
  }
};

namespace {

static_assert(PSPNIC_MAX_FRAME_BYTES == pspnic::base::Packet::kMaxFrameBytes);
static_assert(PSPNIC_NEVER == pspnic::base::kNever);
static_assert(PSPNIC_BAR0(1, 4) == pspnic::pcie::kFunctionStride + pspnic::pcie::kBar0Base + 4);
static_assert(PSPNIC_BAR4(2, 8) == 2 * pspnic::pcie::kFunctionStride + pspnic::pcie::kBar4Base + 8);
static_assert(PSPNIC_CONFIG(3, 12) == 3 * pspnic::pcie::kFunctionStride + pspnic::pcie::kConfigBase + 12);

// A fixed place, so that an error about memory needs none.
thread_local char last_error[1024];

pspnic_status fail(pspnic_status status, const char* text) noexcept {
  const size_t length = std::min(std::strlen(text), sizeof last_error - 1);
  std::memcpy(last_error, text, length);
  last_error[length] = 0;
  return status;
}

// What comes of `body`; exceptions become statuses, ConfigError that of the call.
template <class Body>
pspnic_status guarded(pspnic_status refused, Body&& body) noexcept {
  try {
    return body();
  } catch (const ConfigError& error) {
    return fail(refused, error.what());
  } catch (const BusyError& error) {
    return fail(PSPNIC_ERROR_BUSY, error.what());
  } catch (const std::bad_alloc&) {
    return fail(PSPNIC_ERROR_INTERNAL, "out of memory");
  } catch (const std::exception& error) {
    return fail(PSPNIC_ERROR_INTERNAL, error.what());
  } catch (...) {
    return fail(PSPNIC_ERROR_INTERNAL, "an exception of unknown type");
  }
}

pspnic_status null_argument(const char* call, const char* argument) noexcept {
  std::string text;
  return guarded(PSPNIC_ERROR_ARGUMENT, [&] {
    text = std::string(call) + ": " + argument + " is null";
    return fail(PSPNIC_ERROR_ARGUMENT, text.c_str());
  });
}

// Structures as long as this version's, or shorter ones that an earlier version had: none yet.
template <class Struct>
void check_size(const char* name, const Struct& given) {
  if (given.size == sizeof(Struct)) return;
  throw ConfigError(std::string(name) + ".size", std::to_string(given.size) + ", must be " +
                                                     std::to_string(sizeof(Struct)) + ": use " + name +
                                                     "_init()");
}

pspnic::embed::CardOptions options_of(const pspnic_config& config) {
  pspnic::embed::CardOptions options;
  if (config.name != nullptr) options.name = config.name;
  if (config.json != nullptr) options.json = config.json;
  for (size_t i = 0; i < config.set_count; ++i) {
    if (config.set == nullptr || config.set[i] == nullptr) {
      throw ConfigError("pspnic_config.set[" + std::to_string(i) + "]", "is null, must be KEY=VALUE");
    }
    options.settings.emplace_back(config.set[i]);
  }
  std::copy(std::begin(config.mac), std::end(config.mac), options.mac.bytes.begin());
  options.seed = config.seed;
  options.stream = config.stream;
  options.spi_first = config.spi_first;
  return options;
}

template <class Text>
pspnic_status give_text(const char* call, const pspnic_device* device, char* text, size_t size,
                        size_t* needed, Text&& make) noexcept {
  if (device == nullptr) return null_argument(call, "device");
  if (text == nullptr && size != 0) return null_argument(call, "text");
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
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

pspnic::record::Header header_of(const pspnic_device& device) {
  const pspnic::embed::CardOptions& options = device.device.options();
  pspnic::record::Header header = pspnic::record::header_of(
      "an embedded device, " + options.name, device.device.card().parameters(), options.mac.bytes);
  header.seed = options.seed;
  header.stream = options.stream;
  header.spi_first = options.spi_first;
  header.interrupt_base = device.range.base;
  header.interrupt_bytes = device.range.bytes;
  return header;
}

pspnic_status bad_address(const char* call, uint64_t address) {
  const std::string text =
      std::string(call) + ": address " + std::to_string(address) + ": no register there, or no multiple of 4";
  return fail(PSPNIC_ERROR_ADDRESS, text.c_str());
}

pspnic_status end_recording(pspnic_device& device) {
  try {
    device.end_recording();
    return PSPNIC_OK;
  } catch (const std::runtime_error& error) {
    return fail(PSPNIC_ERROR_FILE, error.what());
  }
}

}  // namespace

void pspnic_config_init(pspnic_config* config) {
  if (config == nullptr) return;
  const pspnic::embed::CardOptions options;
  const pspnic::embed::InterruptRange interrupts;
  *config = pspnic_config{};
  config->size = sizeof *config;
  config->name = "nic";
  config->seed = options.seed;
  config->stream = options.stream;
  std::copy(options.mac.bytes.begin(), options.mac.bytes.end(), config->mac);
  config->spi_first = options.spi_first;
  config->interrupt_base = interrupts.base;
  config->interrupt_bytes = interrupts.bytes;
}

void pspnic_callbacks_init(pspnic_callbacks* callbacks) {
  if (callbacks == nullptr) return;
  *callbacks = pspnic_callbacks{};
  callbacks->size = sizeof *callbacks;
}

pspnic_status pspnic_create(const pspnic_config* config, const pspnic_callbacks* callbacks,
                            pspnic_device** device) {
  if (device == nullptr) return null_argument("pspnic_create", "device");
  *device = nullptr;
  try {
    if (config != nullptr) check_size("pspnic_config", *config);
    if (callbacks != nullptr) check_size("pspnic_callbacks", *callbacks);
  } catch (const std::exception& error) {
    return fail(PSPNIC_ERROR_ARGUMENT, error.what());
  }
  return guarded(PSPNIC_ERROR_CONFIG, [&] {
    pspnic_config defaults;
    pspnic_config_init(&defaults);
    const pspnic_config& wanted = config != nullptr ? *config : defaults;
    *device = std::make_unique<pspnic_device>(
                  callbacks, options_of(wanted),
                  pspnic::embed::InterruptRange{wanted.interrupt_base, wanted.interrupt_bytes})
                  .release();
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_destroy(pspnic_device* device) {
  if (device == nullptr) return PSPNIC_OK;
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
    if (device->device.running()) throw BusyError("pspnic_destroy");
    const std::unique_ptr<pspnic_device> gone(device);
    return end_recording(*gone);
  });
}

pspnic_status pspnic_power_cycle(pspnic_device* device) {
  if (device == nullptr) return null_argument("pspnic_power_cycle", "device");
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
    if (device->device.running()) throw BusyError("pspnic_power_cycle");
    const pspnic_status status = end_recording(*device);
    device->device.power_cycle();
    device->fresh = true;
    return status;
  });
}

pspnic_status pspnic_mmio_read(pspnic_device* device, uint64_t address, uint32_t* value, uint64_t* latency) {
  if (device == nullptr) return null_argument("pspnic_mmio_read", "device");
  if (value == nullptr) return null_argument("pspnic_mmio_read", "value");
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
    device->fresh = false;
    const auto answer = device->device.read(address);
    *value = answer.value;
    if (latency != nullptr) *latency = answer.latency;
    return answer.ok ? PSPNIC_OK : bad_address("pspnic_mmio_read", address);
  });
}

pspnic_status pspnic_mmio_write(pspnic_device* device, uint64_t address, uint32_t value) {
  if (device == nullptr) return null_argument("pspnic_mmio_write", "device");
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
    device->fresh = false;
    return device->device.write(address, value) ? PSPNIC_OK : bad_address("pspnic_mmio_write", address);
  });
}

pspnic_status pspnic_inject(pspnic_device* device, const void* bytes, size_t length, int fcs_ok) {
  if (device == nullptr) return null_argument("pspnic_inject", "device");
  if (bytes == nullptr) return null_argument("pspnic_inject", "bytes");
  return guarded(PSPNIC_ERROR_ARGUMENT, [&] {
    device->fresh = false;
    device->device.receive({static_cast<const uint8_t*>(bytes), length}, fcs_ok != 0);
    return PSPNIC_OK;
  });
}

pspnic_status pspnic_run_for(pspnic_device* device, uint64_t duration) {
  if (device == nullptr) return null_argument("pspnic_run_for", "device");
  const uint64_t now = device->device.now();
  if (duration >= PSPNIC_NEVER - now) {
    return fail(PSPNIC_ERROR_ARGUMENT, "pspnic_run_for: time would not fit 64 bits");
  }
  return pspnic_run_until(device, now + duration);
}

pspnic_status pspnic_run_until(pspnic_device* device, uint64_t time) {
  if (device == nullptr) return null_argument("pspnic_run_until", "device");
  if (time == PSPNIC_NEVER) return fail(PSPNIC_ERROR_ARGUMENT, "pspnic_run_until: time must be below 2^64-1");
  return guarded(PSPNIC_ERROR_ARGUMENT, [&] {
    device->fresh = false;
    device->device.run_until(time);
    return PSPNIC_OK;
  });
}

uint64_t pspnic_time(const pspnic_device* device) {
  return device == nullptr ? 0 : device->device.now();
}

uint64_t pspnic_next_event(const pspnic_device* device) {
  return device == nullptr ? PSPNIC_NEVER : device->device.next_event();
}

pspnic_status pspnic_counter(const pspnic_device* device, const char* name, uint64_t* value) {
  if (device == nullptr) return null_argument("pspnic_counter", "device");
  if (name == nullptr) return null_argument("pspnic_counter", "name");
  if (value == nullptr) return null_argument("pspnic_counter", "value");
  return guarded(PSPNIC_ERROR_UNKNOWN, [&] {
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

pspnic_status pspnic_record(pspnic_device* device, const char* file) {
  if (device == nullptr) return null_argument("pspnic_record", "device");
  return guarded(PSPNIC_ERROR_INTERNAL, [&] {
    if (device->device.running()) throw BusyError("pspnic_record");
    if (file == nullptr) return end_recording(*device);
    if (!device->fresh) {
      return fail(PSPNIC_ERROR_ARGUMENT,
                  "pspnic_record: a recording begins at power-on, before anything else");
    }
    if (const pspnic_status status = end_recording(*device); status != PSPNIC_OK) return status;
    try {
      device->recording = std::make_unique<pspnic::record::Writer>(file, header_of(*device));
    } catch (const std::runtime_error& error) {
      return fail(PSPNIC_ERROR_FILE, error.what());
    }
    device->device.set_listener(device->recording.get());
    return PSPNIC_OK;
  });
}

const char* pspnic_last_error(void) {
  return last_error;
}

unsigned pspnic_api_version(void) {
  return PSPNIC_API_VERSION;
}
