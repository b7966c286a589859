// SPDX-License-Identifier: Apache-2.0
// Whether a frame belongs to a flow that the cards are asked to protect: the file's words taken literally,
// with nothing of the cards' flow table, for those who check the cards.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/flow.h"
#include "model/net/parse.h"
#include "testbench/bench/card_pair.h"
#include "testbench/bench/flow_file.h"

namespace pspnic::bench {

// `parsed` is of the frame that `key` is of; `from` is the host that sends it.
bool belongs_to(const FlowSpec& flow, Side from, const net::FlowKey& key, const net::Parsed& parsed);

}  // namespace pspnic::bench
