// SPDX-License-Identifier: Apache-2.0
// Why a request, or an entry of its list, was refused: the field that is wrong, filled in by the check that
// found it. It is for who watches drivers; the driver itself has the status alone. Never holds a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "model/base/driver_rules.h"
#include "model/base/hex.h"
#include "model/idpf/virtchnl2_opcodes.h"

namespace pspnic::firmware {

struct Reason {
  const char* field = "";  // of the request or the entry; a literal
  std::string seen;
  std::string expected;                              // empty: the rule says it
  base::DriverRule rule = base::DriverRule::kCount;  // kCount: the status tells which
  bool excused = false;                              // the driver could not know: no rule is broken
};

struct Refusal {
  idpf::Status status = idpf::Status::kSuccess;
  std::optional<size_t> entry;  // of the request's list, from 0; none: the request as a whole
  Reason why;
};

using base::hex;

// Both ends included.
std::string range_text(uint64_t from, uint64_t to);  // "1 to 48"

}  // namespace pspnic::firmware
