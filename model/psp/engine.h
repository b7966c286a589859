// SPDX-License-Identifier: Apache-2.0
// A crypto engine is what computes the bytes: bodies of Aead and Kdf from one source. All engines give the
// same bytes; none knows time.
//
// openssl is always there and the reference; ipsec_mb where its library was found when this was built. A
// program adds engines that stand outside of model/ by add_engine().
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "model/psp/aead.h"
#include "model/psp/kdf.h"

namespace pspnic::psp {

struct Engine {
  const char* name;     // as configurations call it
  const char* meaning;  // a sentence for people
  // Throw std::runtime_error when the engine cannot work on this machine.
  std::unique_ptr<Aead> (*make_aead)();
  std::unique_ptr<KdfBody> (*make_kdf)(const DeviceKey& key);
  // From now on what it makes leaves waveforms in this folder, which exists. Null: it has none.
  void (*trace)(const std::string& folder) = nullptr;
};

// Those of this program, the reference first. What is added stays, and references to an engine stay valid.
const std::deque<Engine>& engines();
const Engine& reference_engine();
// Nothing when this program has none of that name.
const Engine* find_engine(std::string_view name);

// For runs that carry lengths only: computes nothing, keeps who may read what. A session key is a number of
// device key, SPI and version, a tag is the key: a packet opens under its key and under no other. Not among
// engines(), as its bytes are no PSP packet's.
const Engine& stand_in_engine();

// To be called before a card is made, from one thread. Throws std::logic_error when the name is taken.
void add_engine(const Engine& engine);

}  // namespace pspnic::psp
