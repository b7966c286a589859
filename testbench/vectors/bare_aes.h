// SPDX-License-Identifier: Apache-2.0
// AES and AES-CMAC of OpenSSL's libcrypto, for vectors about the primitives that PSP is made of.
#pragma once

#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// What comes out of the blocks' input; keys of 16 or 32 bytes. Throws std::runtime_error when OpenSSL
// refuses.
Bytes aes_ecb(const AesBlocks& blocks);
// 16 bytes.
Bytes aes_cmac(const Bytes& key, const Bytes& message);

}  // namespace pspnic::vectors
