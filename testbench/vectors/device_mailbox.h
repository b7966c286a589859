// SPDX-License-Identifier: Apache-2.0
// Transcripts of the mailbox with whole cards.
#pragma once

#include <vector>

#include "model/nic/nic_params.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {

// Each with a card of its own, which has the transcript's device keys. A child process.
Failures talk_to_cards(const std::vector<const Transcript*>& transcripts, const nic::NicParams& params);

}  // namespace pspnic::vectors
