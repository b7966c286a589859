// SPDX-License-Identifier: Apache-2.0
// The bodies on Intel's Multi-Buffer Crypto for IPsec Library (Debian: libipsec-mb-dev), whose set-up of a
// key costs a fraction of OpenSSL's. Built where the library was found.
#pragma once

#include <memory>

#include "model/psp/aead.h"
#include "model/psp/kdf.h"

namespace pspnic::psp {

// Both throw std::runtime_error when the library has no code for this processor. One object serves one
// thread.
std::unique_ptr<Aead> make_ipsec_mb_aead();
std::unique_ptr<KdfBody> make_ipsec_mb_kdf(const DeviceKey& key);

}  // namespace pspnic::psp
