// SPDX-License-Identifier: Apache-2.0
// What a function owns of the card: ranges of the blocks' queues, vports and vectors. A function counts its
// own from 0; blocks count those of the whole card.
#pragma once

#include <cstdint>

namespace pspnic::nic {

struct Share {
  uint16_t function = 0;  // 0: the physical one
  uint16_t first_queue = 0;
  uint16_t queues = 0;  // of each kind; twice as many buffer queues, from twice the first
  uint16_t first_vport = 0;
  uint16_t vports = 0;
  uint16_t first_vector = 0;
  uint16_t vectors = 0;

  uint16_t queue(uint32_t id) const { return static_cast<uint16_t>(first_queue + id); }
  uint16_t buffer_queue(uint32_t id) const { return static_cast<uint16_t>(2 * first_queue + id); }
  uint16_t vport(uint32_t id) const { return static_cast<uint16_t>(first_vport + id); }
  uint16_t vector(uint32_t id) const { return static_cast<uint16_t>(first_vector + id); }
  bool is_virtual() const { return function != 0; }
};

}  // namespace pspnic::nic
