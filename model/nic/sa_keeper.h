// SPDX-License-Identifier: Apache-2.0
// Writes and erases slots of the transmit SA table together with all that goes with a slot: the copy in the
// cache, the headers that the device builds for it. Who has a slot erased hears when its key is wiped.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "model/base/event_queue.h"
#include "model/control/config_queue.h"
#include "model/crypto/sa_table.h"
#include "model/flow/flow_table.h"
#include "model/sanitizer/sanitizer.h"
#include "model/tx/sa_loader.h"

namespace pspnic::nic {

class SaKeeper : public control::SaSlots, private crypto::SaListener {
 public:
  struct Ports {
    base::EventQueue& events;
    crypto::SaTable& sas;
    flow::FlowTable& flows;
    control::ConfigQueues& config_queues;
    tx::SaLoader* loader = nullptr;  // null: all SAs are on the chip
  };

  explicit SaKeeper(const Ports& ports);
  void set_sanitizer(sanitizer::Sanitizer* watch) { sanitizer_ = watch; }  // null: off

  // Slots are the card's.
  bool write_sa(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) override;
  void iv_given(uint32_t slot, uint64_t iv) override;
  bool erase_sa(uint32_t slot, uint64_t token) override;
  // True: packets in flight still need the slot, and done(token) follows. It may be being erased already.
  bool start_erase(uint32_t slot, base::Callback done, uint64_t token);
  // Forgets who waits; the table is reset by its owner.
  void reset();

 private:
  struct Wait {
    base::Callback done;
    uint64_t token = 0;
  };
  void on_sa_released(uint32_t slot, base::Time sealed) override;
  void on_sealed(uint64_t epoch_and_slot);

  Ports ports_;
  sanitizer::Sanitizer* sanitizer_ = nullptr;
  std::unordered_multimap<uint32_t, Wait> waits_;  // by slot
  uint32_t epoch_ = 0;                             // resets so far
};

}  // namespace pspnic::nic
