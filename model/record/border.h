// SPDX-License-Identifier: Apache-2.0
// Says what happens at the border of one card to whoever listens: what kind of entry it is, when it was, and
// how far the card had come.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/event_queue.h"
#include "model/record/entry.h"

namespace pspnic::record {

class Border {
 public:
  // Where writes of one word are interrupt messages.
  struct Messages {
    uint64_t base = 0;
    uint64_t bytes = 0;
  };
  // `owner`: of what register accesses and frames cause.
  Border(const base::EventQueue& events, base::EventQueue::Owner owner, const Messages& messages);

  // Null: nobody.
  void set_listener(Listener* listener) { listener_ = listener; }

  // A write of memory, or a message.
  Kind kind_of_write(uint64_t address, size_t bytes) const;

  // All at the current time. `ok`: as Entry has it.
  void on_register_read(bool ok, uint64_t address, base::Time took, std::span<const uint8_t> word);
  void on_register_write(bool ok, uint64_t address, std::span<const uint8_t> word);
  void on_memory_read(bool ok, uint64_t address, std::span<const uint8_t> data);
  void on_memory_write(bool ok, uint64_t address, std::span<const uint8_t> data);
  void on_frame_in(bool ok, std::span<const uint8_t> frame);
  // When its first and last bit leave.
  void on_frame_out(base::Time first_bit, base::Time last_bit, std::span<const uint8_t> frame);

 private:
  void note(const Entry& entry);

  const base::EventQueue& events_;
  base::EventQueue::Owner owner_;
  Messages messages_;
  Listener* listener_ = nullptr;
};

}  // namespace pspnic::record
