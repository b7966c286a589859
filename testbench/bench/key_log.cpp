// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/key_log.h"

#include <fmt/format.h>

namespace pspnic::bench {

void KeyLog::add(uint32_t spi, psp::Version version, const psp::SessionKey& key) {
  text_ += fmt::format("{:08x} {} ", spi, static_cast<unsigned>(version));
  for (const uint8_t byte : key.view()) text_ += fmt::format("{:02x}", byte);
  text_ += '\n';
  if (listener_ != nullptr) listener_->on_key(spi, version, key);
}

}  // namespace pspnic::bench
