// SPDX-License-Identifier: Apache-2.0
// The function's part of the device's transmit SA table, as commands ask about it. It remembers nothing: the
// table is the device's, and config queues change it without the firmware.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "firmware/digest.h"
#include "firmware/hardware.h"
#include "model/idpf/psp_ext.h"

namespace pspnic::firmware {

class TxSaTable {
 public:
  using State = TxSaState;

  explicit TxSaTable(const Hardware& hardware) : hardware_(&hardware) {}

  uint32_t slots() const { return std::min(hardware_->limits().tx_sa_slots, idpf::kPspMaxSaIdx + 1); }
  uint32_t used() const { return used_by(Origin::kFunction) + used_by(Origin::kManagement); }
  uint32_t used_by(Origin owner) const { return hardware_->tx_sas_in_use(owner); }
  uint32_t free_slots() const { return slots() - used(); }

  std::optional<uint32_t> find_free() const { return hardware_->free_tx_sa_slot(); }
  State state(uint32_t index) const { return hardware_->tx_sa_slot(index).state; }
  uint16_t tag(uint32_t index) const { return hardware_->tx_sa_slot(index).tag; }
  Origin owner(uint32_t index) const { return hardware_->tx_sa_slot(index).owner; }

  void digest(Digest& digest) const;

 private:
  const Hardware* hardware_;
};

}  // namespace pspnic::firmware
