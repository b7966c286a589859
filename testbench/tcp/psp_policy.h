// SPDX-License-Identifier: Apache-2.0
// What a socket takes and how it sends, according to its PSP state: pure functions, after the rules of
// Linux's include/net/psp/functions.h.
//
//   Normal    no association: only what is in clear
//   Rx PSP    an SPI of its own, the peer's key not yet: both kinds; sends in clear
//   Tx PSP    both, and the peer has not been heard under its SA: of what is in clear only that without data
//   PSP Full  both, and it has: nothing in clear
#pragma once

#include <cstdint>
#include <optional>

#include "testbench/host/psp_association.h"

namespace pspnic::tcp {

enum class PspState : uint8_t { kNormal, kRx, kTx, kFull };
const char* text(PspState state);

// Null: the socket has none.
PspState psp_state(const host::PspAssociation* association);

// A segment as far as the policy asks.
struct PspArrival {
  std::optional<host::PspRxMark> mark;  // none: came in clear
  uint32_t sequence = 0;
  uint32_t length = 0;  // in sequence space: data, SYN and FIN
  bool fin = false;
};

enum class PspVerdict : uint8_t {
  kDrop,     // Linux: reason PSP_INPUT
  kAccept,   // in clear
  kMatches,  // accepted; the peer is known to send under the SA from now on
};

PspVerdict judge(const host::PspAssociation* association, const PspArrival& arrival);

// What is about to leave: a piece of the stream, FIN included, or a segment of its own: ACK, RST, probe.
struct PspDeparture {
  bool stream = false;
  bool queued_before = false;  // with `stream`: before tx-assoc
};
bool leaves_sealed(PspState state, const PspDeparture& departure);

}  // namespace pspnic::tcp
