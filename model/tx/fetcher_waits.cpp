// SPDX-License-Identifier: Apache-2.0
// What transmit queues that stand back wait for, in words.
#include <string>

#include "model/tx/fetcher.h"

namespace pspnic::tx {

std::string Fetcher::explain() const {
  std::string text;
  const auto add = [&](const std::vector<uint16_t>& queues, const std::string& room) {
    for (const uint16_t queue : queues) {
      if (!text.empty()) text += ", ";
      text += "transmit queue " + std::to_string(queue) + " waits for room for " + room;
    }
  };
  add(without_crypto_room_, "packets to protect");
  for (size_t i = 0; i < without_class_room_.size(); ++i) {
    add(without_class_room_[i], "class " + std::to_string(i));
  }
  return text;
}

}  // namespace pspnic::tx
