// SPDX-License-Identifier: Apache-2.0
// What a card's crypto and its memories cost, in gate equivalents (GE, the area of a NAND2): a measure to
// compare configurations by, not the area of a chip. Crypto logic is counted in the RTL
// (model/crypto/area.h); of memories it is bits times what a bit costs. Not counted: what no parameter here
// changes (parsers, steering, DMA engines, port and PCIe controllers, control processor), wiring, error
// correction. docs/sizing.md has the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/nic/nic_params.h"

namespace pspnic::nic {

// Of a bit of on-chip memory. The cell of an SRAM has six transistors, a NAND2 four: 1.5. Cells are denser
// than logic, and decoders, sense amplifiers and test come on top; these are taken to cancel.
inline constexpr double kGatesPerBit = 1.5;

struct AreaPart {
  std::string name;    // "transmit packet buffer"
  uint64_t gates = 0;  // of logic
  uint64_t bits = 0;   // of memory
  // What there is as the card is to hold so many connections, whatever its rate: not part of a sum.
  bool capacity = false;
  double area(double gates_per_bit = kGatesPerBit) const {
    return static_cast<double>(gates) + gates_per_bit * static_cast<double>(bits);
  }
};

struct CardArea {
  std::vector<AreaPart> parts;
  double gates(double gates_per_bit = kGatesPerBit) const;  // all but capacity
};

CardArea area_of(const NicParams& params);

}  // namespace pspnic::nic
