// SPDX-License-Identifier: Apache-2.0
// The device keys of one key domain and the firmware's account of them. A card has one vault a domain: one in
// all, one a function or one a group of functions.
#pragma once

#include <algorithm>

#include "firmware/key_domain.h"
#include "model/base/event_queue.h"
#include "model/crypto/device_keys.h"
#include "model/psp/aead.h"

namespace pspnic::nic {

class KeyVault : public firmware::KeySlots {
 public:
  struct Ports {
    base::EventQueue& events;
    psp::Aead& aead;
    const psp::Engine& engine;
  };
  struct Source {
    uint64_t seed = 1;    // of the run
    uint64_t stream = 0;  // differs from vault to vault
    const crypto::DeviceKeys::VectorKeys* vector_keys = nullptr;
  };

  KeyVault(const Ports& ports, const Source& source, const firmware::KeyOptions& options)
      : ports_(ports),
        keys_(source.seed, source.stream, ports.engine, source.vector_keys),
        domain_(*this, options) {}

  const crypto::DeviceKeys& keys() const { return keys_; }
  firmware::KeyDomain& domain() { return domain_; }

  bool make_device_key(unsigned slot) override {
    keys_.make(slot);
    ports_.aead.forget();  // session keys do not outlive the device key they came from
    return true;
  }
  bool make_device_keys() override { return make_device_key(0) && make_device_key(1); }
  void activate_device_key(unsigned slot, uint8_t generation) override { keys_.activate(slot, generation); }
  psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) override {
    return keys_.derive(spi, version);
  }
  uint64_t now_ps() const override { return ports_.events.now(); }
  void wake_at(uint64_t time_ps) override {
    ports_.events.schedule_background(std::max(time_ps, ports_.events.now()),
                                      base::Callback::to<&KeyVault::on_wake>(*this));
  }

 private:
  void on_wake(uint64_t) { domain_.wake(); }

  Ports ports_;
  crypto::DeviceKeys keys_;
  firmware::KeyDomain domain_;
};

}  // namespace pspnic::nic
