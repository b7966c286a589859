// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/psp_fields.h"

#include "model/net/bytes.h"
#include "model/net/parse.h"
#include "model/psp/header.h"
#include "model/psp/layout.h"

namespace pspnic::playback {

std::optional<PspFields> psp_fields(std::span<const uint8_t> frame) {
  const net::Parsed parsed = net::parse_frame(frame);
  if (!parsed.ok() || parsed.l4 != net::L4::kUdp || parsed.l4_header_bytes == 0) return std::nullopt;
  if (net::load_be16(&frame[parsed.l4_offset + 2u]) != psp::kUdpPort) return std::nullopt;
  const size_t begin = parsed.payload_offset;
  const psp::Layout layout = psp::layout(frame.subspan(begin, parsed.l4_end - begin));
  if (!layout.valid()) return std::nullopt;
  return PspFields{begin, begin + psp::kIvOffset, begin + layout.aad_bytes, parsed.l4_end - psp::kIcvBytes,
                   parsed.l4_end};
}

}  // namespace pspnic::playback
