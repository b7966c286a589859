// SPDX-License-Identifier: Apache-2.0
#include "model/nic/sa_keeper.h"

#include <vector>

namespace pspnic::nic {

SaKeeper::SaKeeper(const Ports& ports) : ports_(ports) {
  ports_.sas.set_listener(this);
  ports_.config_queues.connect(this);
}

bool SaKeeper::write_sa(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) {
  const bool written = ports_.sas.write(slot, sa, ports_.events.now());
  if (written && ports_.loader != nullptr) ports_.loader->on_written(slot);
  if (written) ports_.flows.remove_encapsulation(slot);
  if (written && sanitizer_ != nullptr) sanitizer_->on_sa_written(slot, sa, first_iv);
  return written;
}

void SaKeeper::iv_given(uint32_t slot, uint64_t iv) {
  if (sanitizer_ != nullptr) sanitizer_->on_iv_given(slot, iv);
}

bool SaKeeper::erase_sa(uint32_t slot, uint64_t token) {
  using control::ConfigQueues;
  return !start_erase(slot, base::Callback::to<&ConfigQueues::on_erased>(ports_.config_queues), token);
}

bool SaKeeper::start_erase(uint32_t slot, base::Callback done, uint64_t token) {
  if (ports_.sas.state(slot) == crypto::SaState::kErasing) {
    waits_.emplace(slot, Wait{done, token});
    return true;
  }
  if (sanitizer_ != nullptr) sanitizer_->on_sa_erased(slot);
  ports_.flows.remove_encapsulation(slot);
  if (ports_.loader != nullptr) ports_.loader->on_erased(slot);
  const base::Time wiped = ports_.sas.close(slot, ports_.events.now());
  if (wiped == 0) return false;
  waits_.emplace(slot, Wait{done, token});
  if (wiped != base::kNever) on_sa_released(slot, wiped);
  return true;
}

void SaKeeper::on_sa_released(uint32_t slot, base::Time sealed) {
  ports_.events.schedule(sealed, base::Callback::to<&SaKeeper::on_sealed>(*this),
                         uint64_t{epoch_} << 32 | slot);
}

void SaKeeper::on_sealed(uint64_t epoch_and_slot) {
  if (epoch_and_slot >> 32 != epoch_) return;  // a reset has wiped it
  const auto slot = static_cast<uint32_t>(epoch_and_slot);
  ports_.sas.wipe(slot);
  // Out of the table first: who is told may have another slot erased.
  std::vector<Wait> told;
  const auto [first, last] = waits_.equal_range(slot);
  for (auto wait = first; wait != last; ++wait) told.push_back(wait->second);
  waits_.erase(first, last);
  for (const Wait& wait : told) wait.done(wait.token);
}

void SaKeeper::reset() {
  waits_.clear();
  ++epoch_;
}

}  // namespace pspnic::nic
