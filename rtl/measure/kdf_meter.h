// SPDX-License-Identifier: Apache-2.0
// How many cycles a Verilated key derivation unit takes, measured.
#pragma once

#include <cstdint>
#include <string>

#include "rtl/cosim/kdf_unit.h"

namespace pspnic::rtl {

struct KdfCycles {
  uint64_t occupancy = 0;  // from one request taken to the next
  uint64_t latency = 0;    // from a request offered to an idle unit to its answer
  bool operator==(const KdfCycles&) const = default;
};

// Of requests of one version, back to back. Throws std::runtime_error if the answers do not come at one rate.
KdfCycles measure_kdf(KdfForm form, unsigned version);
// Of the model's table.
KdfCycles modelled_kdf(KdfForm form, unsigned version);

// What model/crypto/kdf_unit_table.h has to hold.
std::string kdf_unit_table();

}  // namespace pspnic::rtl
