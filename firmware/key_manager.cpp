// SPDX-License-Identifier: Apache-2.0
#include "firmware/key_manager.h"

#include <algorithm>

namespace pspnic::firmware {

KeyManager::KeyManager(Hardware& hardware, unsigned phase, uint8_t generation)
    : hardware_(hardware),
      first_(std::max(hardware.limits().spi_first, psp::kFirstSpiIndex)),
      allocator_(hardware.limits().spi_first, hardware.limits().spi_count, phase) {
  hardware_.make_device_key(0);
  hardware_.make_device_key(1);
  slots_[phase] = Slot{.was_active = true, .generation = generation, .live = {}};
  hardware_.activate_device_key(phase, generation);
}

std::optional<KeyManager::Retired> KeyManager::rotate() {
  const unsigned next = psp::other_phase(phase());
  const uint8_t generation_next = static_cast<uint8_t>((generation() + 1) % kGenerations);
  std::optional<Retired> retired;
  if (slots_[next].was_active) retired = Retired{slots_[next].generation, next};

  hardware_.make_device_key(next);
  hardware_.activate_device_key(next, generation_next);
  slots_[next] = Slot{.was_active = true, .generation = generation_next, .live = {}};
  allocator_.start_generation(next);
  ++rotations_;
  return retired;
}

std::optional<KeyManager::Issued> KeyManager::allocate() {
  const std::optional<uint32_t> spi = allocator_.allocate();
  if (!spi) return std::nullopt;
  Slot& slot = slots_[phase()];
  slot.live.push_back(true);
  ++slot.in_use;
  return Issued{*spi, slot.generation};
}

idpf::Status KeyManager::release(uint32_t spi, uint8_t generation) {
  Slot& slot = slots_[psp::spi_phase(spi)];
  if (!slot.was_active || psp::spi_index(spi) < first_) return idpf::Status::kEsrch;
  if (slot.generation != generation) return idpf::Status::kPspStaleGeneration;
  const uint32_t place = psp::spi_index(spi) - first_;
  if (place >= slot.live.size() || !slot.live[place]) return idpf::Status::kEsrch;
  slot.live[place] = false;
  --slot.in_use;
  return idpf::Status::kSuccess;
}

void KeyManager::release_all_but(const std::set<uint32_t>& spis) {
  for (Slot& slot : slots_) {
    slot.live.assign(slot.live.size(), false);
    slot.in_use = 0;
  }
  for (const uint32_t spi : spis) {
    Slot& slot = slots_[psp::spi_phase(spi)];
    slot.live[psp::spi_index(spi) - first_] = true;
    ++slot.in_use;
  }
}

std::optional<uint8_t> KeyManager::previous_generation() const {
  const Slot& other = slots_[psp::other_phase(phase())];
  if (!other.was_active) return std::nullopt;
  return other.generation;
}

void KeyManager::digest(Digest& digest) const {
  digest.add(phase()).add(allocator_.issued()).add(rotations_);
  for (const Slot& slot : slots_) {
    digest.add(slot.was_active).add(slot.generation).add(slot.in_use).add(slot.live.size());
    for (const bool live : slot.live) digest.add(live);
  }
}

}  // namespace pspnic::firmware
