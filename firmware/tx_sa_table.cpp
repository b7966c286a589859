// SPDX-License-Identifier: Apache-2.0
#include "firmware/tx_sa_table.h"

namespace pspnic::firmware {

void TxSaTable::digest(Digest& digest) const {
  digest.add(used()).add(used_by(Origin::kFunction));
  uint32_t left = used();
  for (uint32_t index = 0; index < slots() && left > 0; ++index) {
    const TxSaSlot slot = hardware_->tx_sa_slot(index);
    if (slot.state == State::kFree) continue;
    digest.add(index).add(slot.state).add(slot.tag);
    --left;
  }
}

}  // namespace pspnic::firmware
