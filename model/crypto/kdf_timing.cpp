// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/kdf_timing.h"

#include <cstddef>
#include <iterator>

#include "model/crypto/kdf_unit_table.h"

namespace pspnic::crypto {

static_assert(std::size(kKdfUnitTable) == static_cast<size_t>(KdfUnitKind::kIterative) + 1);

const KdfUnitTiming& timing_of(KdfUnitKind kind) {
  return kKdfUnitTable[static_cast<size_t>(kind)];
}

}  // namespace pspnic::crypto
