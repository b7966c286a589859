// SPDX-License-Identifier: Apache-2.0
// What the members of a vector say of its packet, beside what the packet has: a file that its maker got wrong
// in one place is found by that place's name.
#pragma once

#include <cstdint>
#include <string>

#include "model/net/parse.h"
#include "model/psp/header.h"
#include "testbench/vectors/case.h"
#include "testbench/vectors/hex.h"

namespace pspnic::vectors {

class Claims {
 public:
  // `packet`: what the file calls the packet, "encrypted".
  explicit Claims(std::string packet) : packet_(std::move(packet)) {}

  void number(const char* member, uint64_t said, uint64_t has);
  void hex(const char* member, uint64_t said, uint64_t has, int digits);
  void bytes(const char* member, const Bytes& said, const Bytes& has);
  void text(const char* member, const std::string& said, const std::string& has);

  // "iv says 0000000000000001, encrypted has 0000000000000002; ..."; empty: all fits.
  const std::string& differences() const { return differences_; }

 private:
  std::string packet_;
  std::string differences_;
};

// A frame with a PSP header at `psp_offset`, of which at least the fixed part is there.
struct PspFrame {
  psp::Header header;
  net::Parsed parsed;
  Bytes extension;  // behind the cookie
  Bytes icv;
  uint16_t source_port = 0;

  PspFrame(const Bytes& frame, size_t psp_offset);
  const char* mode() const { return psp::is_tunnel(header.next_header) ? "tunnel" : "transport"; }
  unsigned family() const { return parsed.is_v6() ? 6 : 4; }
};

// `contradiction` if what the packet says of its key is not what the vector does: then the key is wrong as
// well, and the cause is there. Else empty.
std::string other_key(const Bytes& frame, size_t psp_offset, const Derivation& key,
                      const std::string& contradiction);

}  // namespace pspnic::vectors
