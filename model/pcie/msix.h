// SPDX-License-Identifier: Apache-2.0
// MSI-X table and pending bits (PCI Express Base Specification 5.0, section 6.1.4). A message is a posted
// write of four bytes, so it arrives behind all data and descriptors that were written before it.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/stats.h"
#include "model/pcie/config_space.h"
#include "model/pcie/dma.h"

namespace pspnic::pcie {

// Who looks on, and changes nothing; null: nobody.
class MsixWatch {
 public:
  virtual ~MsixWatch() = default;
  // `live`: it is not masked, and MSI-X is on.
  virtual void on_entry_written(uint16_t vector, bool address_or_data, bool live) = 0;
  // It has something to send; `masked`: and MSI-X is on, but the entry or the function is masked.
  virtual void on_raised(uint16_t vector, bool masked) = 0;
};

class MsixTable {
 public:
  MsixTable(base::StatGroup& parent, uint16_t vectors, ConfigSpace& config, DmaEngine& dma,
            uint16_t function = 0);

  // Sends the vector's message, or sets its pending bit while it is masked or MSI-X is off.
  void raise(uint16_t vector);
  void set_watch(MsixWatch* watch) { watch_ = watch; }
  // What is told outside, to the watch and as requester, are the card's vectors, of which the table's begin
  // with `first`; 0 unless set.
  void set_first(uint16_t first) { first_ = first; }

  // BAR4, aligned 32-bit words.
  uint32_t read(uint32_t offset) const;
  void write(uint32_t offset, uint32_t value);

  // After a change of the capability's enable or mask bits.
  void config_changed();
  // Forgets what is pending. The table is the host's; a reset by register leaves it, a function-level reset
  // masks it all.
  void reset(bool table = false);

 private:
  struct Entry {
    uint64_t address = 0;
    uint32_t data = 0;
    uint32_t control = kMasked;
    bool pending = false;
  };
  static constexpr uint32_t kMasked = 1;

  bool deliverable(const Entry& entry) const;
  void send_pending(uint16_t vector);

  ConfigSpace& config_;
  MsixWatch* watch_ = nullptr;
  uint16_t first_ = 0;
  DmaEngine& dma_;
  uint16_t function_;
  std::vector<Entry> entries_;
  base::StatGroup group_;
  base::Counter messages_{group_, "messages", "message", "Interrupt messages sent"};
  base::Counter deferred_{group_, "deferred", "message",
                          "Interrupts that set a pending bit because of a mask"};
};

}  // namespace pspnic::pcie
