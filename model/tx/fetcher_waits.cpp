// SPDX-License-Identifier: Apache-2.0
// Transmit queues that stand back until there is room for what they have, and what that is in words.
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

void Fetcher::stand_back(std::vector<uint16_t>& list, uint16_t queue) {
  scheduler_.remove();
  queues_[queue].standing_back = true;
  list.push_back(queue);
}

void Fetcher::come_back(std::vector<uint16_t>& list) {
  for (const uint16_t queue : list) {
    queues_[queue].standing_back = false;
    scheduler_.add(queue);
  }
  list.clear();
}

}  // namespace pspnic::tx
