// SPDX-License-Identifier: Apache-2.0
// Interrupt vectors of all functions: the DYN_CTL and ITR registers of each, and when a vector fires.
//
// Waits for: a cause, INTENA, and the interval of the cause's ITR index since the vector fired last. Takes:
// no time of its own. Drops: nothing; a cause that comes while INTENA is 0 stays pending. Firing clears
// INTENA, so a driver that polls is not interrupted until it writes the register again. Rules: IDPF 1.0,
// interrupt chapter.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/stats.h"
#include "model/idpf/registers.h"
#include "model/pcie/msix.h"
#include "model/queue/queue_watch.h"

namespace pspnic::queue {

using base::Time;

class Interrupts {
 public:
  static constexpr uint16_t kNoVector = 0xffff;
  static constexpr unsigned kItrCount = 3;

  Interrupts(base::StatGroup& parent, uint16_t vectors, base::EventQueue& events, pcie::MsixTable& msix);

  // Further vectors, whose messages are in a function's own table. The answer is the number of the first.
  uint16_t add(uint16_t vectors, pcie::MsixTable& msix);

  // Something happened that the driver of this vector waits for. kNoVector: nobody does.
  void cause(uint16_t vector, uint8_t itr_index);

  uint32_t read_dyn_ctl(uint16_t vector) const;
  void write_dyn_ctl(uint16_t vector, uint32_t value);
  uint32_t read_itr(uint16_t vector, unsigned index) const;  // units of 2 us
  void write_itr(uint16_t vector, unsigned index, uint32_t value);

  void set_watch(QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on
  uint16_t vectors() const { return static_cast<uint16_t>(vectors_.size()); }
  void reset() { reset(0, vectors()); }
  void reset(uint16_t first, uint16_t count);

 private:
  struct Vector {
    pcie::MsixTable* msix = nullptr;
    uint16_t entry = 0;                          // of it
    std::array<uint16_t, kItrCount> interval{};  // 2 us
    bool enabled = false;
    bool pending = false;
    bool wb_on_itr = false;
    Time due = 0;    // not before, while pending
    Time fired = 0;  // last time
    bool ever = false;
    Time timer = base::kNever;
  };

  void make_pending(Vector& vector, unsigned index);
  void try_to_fire(uint16_t number);
  void on_timer(uint64_t number);

  base::EventQueue& events_;
  QueueWatch* watch_ = nullptr;
  std::vector<Vector> vectors_;
  base::StatGroup group_;
  base::Counter causes_{group_, "causes", "event", "Completions written for a vector"};
  base::Counter fired_{group_, "fired", "interrupt", "Interrupts fired"};
};

}  // namespace pspnic::queue
