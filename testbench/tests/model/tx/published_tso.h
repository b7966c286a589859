// SPDX-License-Identifier: Apache-2.0
// The published TSO examples as a driver's frames.
#pragma once

#include "model/net/bytes.h"
#include "model/psp/header.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp::test {

// What a driver would have handed over for the example: lengths and checksums are still to be made.
struct TsoTemplate {
  Bytes headers;
  size_t psp_offset = 0;
  size_t payload_offset = 0;
};

inline TsoTemplate tso_template_of(const nlohmann::json& example) {
  const Bytes clear = from_hex(example["cleartext_segments"][0]);
  const Bytes clear_last = from_hex(example["cleartext_segments"].back());
  const Bytes sealed = from_hex(example["psp_segments"][0]);
  const bool v6 = example["ip_version"] == 6;
  const size_t l4 = 14 + (v6 ? 40 : 20);
  const size_t tcp_bytes = example["tcp_header_len"];
  TsoTemplate made;
  made.psp_offset = l4 + 8;
  made.headers.assign(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(l4 + 24));
  made.headers.insert(made.headers.end(), clear.begin() + static_cast<ptrdiff_t>(l4),
                      clear.begin() + static_cast<ptrdiff_t>(l4 + tcp_bytes));
  made.payload_offset = made.headers.size();
  const size_t tcp = l4 + 24;
  made.headers[tcp + 13] = static_cast<uint8_t>(clear[l4 + 13] | clear_last[l4 + 13]);
  net::store_be64(&made.headers[made.psp_offset + kIvOffset], 0);
  net::store_be16(&made.headers[tcp + 16], 0xdead);
  net::store_be16(&made.headers[l4 + 4], 0xdead);
  net::store_be16(&made.headers[14 + (v6 ? 4 : 2)], 0);
  return made;
}

}  // namespace pspnic::psp::test
