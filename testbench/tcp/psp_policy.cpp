// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/psp_policy.h"

namespace pspnic::tcp {

const char* text(PspState state) {
  constexpr const char* kTexts[] = {"Normal", "Rx PSP", "Tx PSP", "PSP Full"};
  return kTexts[static_cast<size_t>(state)];
}

PspState psp_state(const host::PspAssociation* association) {
  if (association == nullptr) return PspState::kNormal;
  if (!association->has_tx) return PspState::kRx;
  return association->peer_tx ? PspState::kFull : PspState::kTx;
}

PspVerdict judge(const host::PspAssociation* association, const PspArrival& arrival) {
  const PspState state = psp_state(association);
  if (arrival.mark) {
    const bool matches = association != nullptr && association->matches(*arrival.mark);
    return matches ? PspVerdict::kMatches : PspVerdict::kDrop;
  }
  const bool silent = arrival.length == 0;
  const bool pure_fin = arrival.fin && arrival.length == 1;
  switch (state) {
    case PspState::kNormal:
    case PspState::kRx:
      return PspVerdict::kAccept;
    case PspState::kTx:
      return silent || (pure_fin && arrival.sequence == association->upgrade_sequence) ? PspVerdict::kAccept
                                                                                       : PspVerdict::kDrop;
    case PspState::kFull:
      break;
  }
  return PspVerdict::kDrop;
}

bool leaves_sealed(PspState state, const PspDeparture& departure) {
  if (state == PspState::kNormal || state == PspState::kRx) return false;
  return !(departure.stream && departure.queued_before);
}

}  // namespace pspnic::tcp
