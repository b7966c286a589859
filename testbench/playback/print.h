// SPDX-License-Identifier: Apache-2.0
// What a replay has found, for people.
#pragma once

#include <ostream>

#include "testbench/playback/player.h"

namespace pspnic::playback {

// What was recorded, by whom.
void print_recording(std::ostream& out, const record::Recording& recording);
// What of the recorded card this program does not have.
void print_left_out(std::ostream& out, const Player& player);
// Counts, the first differences in full, what the driver did wrong, then the verdict.
void print_findings(std::ostream& out, const record::Recording& recording, const Player& player, bool times);

}  // namespace pspnic::playback
