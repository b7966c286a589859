// SPDX-License-Identifier: Apache-2.0
#include "model/base/server.h"

#include <stdexcept>
#include <string>

namespace pspnic::base {

Servers::Servers(unsigned count) : count_(count), free_at_(count == 1 ? 0 : count, 0) {
  if (count == 0 || count > kMax) {
    throw std::invalid_argument("Servers: count is " + std::to_string(count) + ", must lie in 1.." +
                                std::to_string(kMax));
  }
}

}  // namespace pspnic::base
