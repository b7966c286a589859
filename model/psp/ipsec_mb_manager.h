// SPDX-License-Identifier: Apache-2.0
// The library's table of functions for this processor.
#pragma once

#include <intel-ipsec-mb.h>

#include <memory>
#include <stdexcept>

namespace pspnic::psp {

struct FreeIpsecMbManager {
  void operator()(IMB_MGR* manager) const noexcept { free_mb_mgr(manager); }
};
using IpsecMbManager = std::unique_ptr<IMB_MGR, FreeIpsecMbManager>;

inline IpsecMbManager make_ipsec_mb_manager() {
  IpsecMbManager manager(alloc_mb_mgr(0));
  if (manager != nullptr) init_mb_mgr_auto(manager.get(), nullptr);
  if (manager == nullptr || imb_get_errno(manager.get()) != 0) {
    throw std::runtime_error("crypto engine ipsec_mb: the library does not work on this processor");
  }
  return manager;
}

}  // namespace pspnic::psp
