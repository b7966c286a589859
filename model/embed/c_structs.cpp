// SPDX-License-Identifier: Apache-2.0
#include "model/embed/c_structs.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "model/base/config_error.h"

namespace pspnic::embed {

namespace {

using base::ConfigError;

constexpr size_t kLargest = 4096;  // more than any version will have

pspnic_config default_config() {
  const CardOptions options;
  const InterruptRange interrupts;
  pspnic_config config{};
  config.size = sizeof config;
  config.name = "nic";
  config.seed = options.seed;
  config.stream = options.stream;
  std::copy(options.mac.bytes.begin(), options.mac.bytes.end(), config.mac);
  config.spi_first = options.spi_first;
  config.interrupt_base = interrupts.base;
  config.interrupt_bytes = interrupts.bytes;
  return config;
}

pspnic_callbacks default_callbacks() {
  pspnic_callbacks callbacks{};
  callbacks.size = sizeof callbacks;
  return callbacks;
}

// Into a structure that may be shorter or longer than this version's.
template <class Struct>
void give(Struct* target, size_t size, Struct whole) {
  if (target == nullptr || size < sizeof size) return;
  whole.size = size;
  std::memset(target, 0, size);
  std::memcpy(target, &whole, std::min(size, sizeof whole));
}

// Fields end at multiples of a word.
template <class Struct>
Struct take(const char* name, const Struct* given, Struct whole) {
  if (given == nullptr) return whole;
  const size_t size = given->size;
  const std::string place = std::string(name) + ".size";
  if (size < 2 * sizeof(void*) || size > kLargest || size % sizeof(void*) != 0)
    throw ConfigError(place, std::to_string(size) + ", no version has that: use " + name + "_init()");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  if (size > sizeof whole && std::any_of(bytes + sizeof whole, bytes + size, [](auto b) { return b != 0; })) {
    throw ConfigError(place, std::to_string(size) + ", this library knows " + std::to_string(sizeof whole) +
                                 " bytes: fields behind them must be 0");
  }
  std::memcpy(&whole, given, std::min(size, sizeof whole));
  whole.size = sizeof whole;
  return whole;
}

}  // namespace

pspnic_config taken(const pspnic_config* given) {
  return take("pspnic_config", given, default_config());
}

pspnic_callbacks taken(const pspnic_callbacks* given) {
  return take("pspnic_callbacks", given, default_callbacks());
}

CardOptions options_of(const pspnic_config& config) {
  CardOptions options;
  if (config.name != nullptr) options.name = config.name;
  if (config.json != nullptr) options.json = config.json;
  for (size_t i = 0; i < config.set_count; ++i) {
    if (config.set == nullptr || config.set[i] == nullptr)
      throw ConfigError("pspnic_config.set[" + std::to_string(i) + "]", "is null, must be KEY=VALUE");
    options.settings.emplace_back(config.set[i]);
  }
  std::copy(std::begin(config.mac), std::end(config.mac), options.mac.bytes.begin());
  options.seed = config.seed;
  options.stream = config.stream;
  options.spi_first = config.spi_first;
  return options;
}

InterruptRange range_of(const pspnic_config& config) {
  return {config.interrupt_base, config.interrupt_bytes};
}

}  // namespace pspnic::embed

void pspnic_config_init_sized(pspnic_config* config, size_t size) {
  pspnic::embed::give(config, size, pspnic::embed::default_config());
}

void pspnic_callbacks_init_sized(pspnic_callbacks* callbacks, size_t size) {
  pspnic::embed::give(callbacks, size, pspnic::embed::default_callbacks());
}
