// SPDX-License-Identifier: Apache-2.0
// The card that a recording was made with, made of this program's.
#pragma once

#include <string>
#include <vector>

#include "model/embed/card.h"
#include "model/record/reader.h"

namespace pspnic::playback {

struct RecordedCard {
  embed::CardOptions options;
  // Parameters that this program does not know. Nobody had set them.
  std::vector<std::string> left_out;
};

// Throws ConfigError that names the recording and the parameter which this program has not, or not with that
// value; std::runtime_error for a header that says of a card what cannot be.
RecordedCard recorded_card(const record::Recording& recording);

}  // namespace pspnic::playback
