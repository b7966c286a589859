// SPDX-License-Identifier: Apache-2.0
// The crypto engine "rtl": the bytes come from the Verilated AES-GCM lane and key derivation unit. Their
// cycles count for nothing here; the model's times are those of model/crypto, whatever computes the bytes.
//
// Each card has one lane of the first shape (gcm_core.h) for all its packets, one at a time, and an iterative
// unit for each device key, whatever lanes and units nic.crypto says. RTL that does not answer, or an
// assertion of it that fails, ends the program.
//
// Waveforms (psp::Engine::trace): card_1.fst of the first card made, card_2.fst of the second: all signals of
// its lane, session keys among them. Key derivation units write none: device keys would stand in it. A card
// whose file cannot be written is not made: make_aead() throws std::runtime_error.
#pragma once

#include "model/psp/engine.h"

namespace pspnic::rtl {

// To be given to psp::add_engine().
const psp::Engine& engine();

}  // namespace pspnic::rtl
