// SPDX-License-Identifier: Apache-2.0
// The fields of a packet that a flow may be told by, as words to be masked, compared and hashed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "model/flow/rule.h"
#include "model/net/parse.h"

namespace pspnic::flow {

struct Cell {
  // Source address, destination address (bytes as on the wire), then ports, VLAN id and vport, then protocol
  // and family.
  std::array<uint64_t, 6> words{};

  bool operator==(const Cell&) const = default;
  Cell operator&(const Cell& other) const;
  Cell operator~() const;
  bool any() const;
  unsigned bits() const;  // that are set
};

struct CellHash {
  size_t operator()(const Cell& cell) const noexcept;
};

// What a packet says. Some do not say all: a fragment has no ports, or not for sure; of what the parser does
// not read as IP, and somebody else may, only VLAN and vport are known, or only the vport.
struct Headers {
  enum class Lacks : uint8_t { kNothing, kPorts, kProtocolAndPorts, kAllOfIp, kAllButVport };
  Cell cell;
  Lacks lacks = Lacks::kNothing;

  Headers reversed() const;
};
inline constexpr size_t kLackKinds = 5;

// Nothing for what surely is not IP. `parsed` is parse_frame(frame).
std::optional<Headers> headers_of(std::span<const uint8_t> frame, const net::Parsed& parsed, uint16_t vport);

// The fields that a packet lacks.
const Cell& lacking(Headers::Lacks lacks);

// Which bits of a packet a rule looks at, and what it wants there. The rule is valid().
Cell mask_of(const Match& match);
Cell cell_of(const Match& match);

}  // namespace pspnic::flow
