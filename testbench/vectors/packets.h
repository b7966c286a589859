// SPDX-License-Identifier: Apache-2.0
// A sender and a receiver put together from the functions of model/psp and model/tx, without a card or time.
#pragma once

#include <functional>
#include <string>

#include "model/psp/aead.h"
#include "model/psp/header.h"
#include "model/psp/verdict.h"
#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// What a driver hands over: IV 0, no ICV.
struct Encapsulated {
  std::string failure;  // why there is none; empty: there is
  Bytes driver;
  psp::Header header;  // with the wire's IV
};

// The cleartext in headers that say what those on the wire say; outer addresses and the like are the wire's.
// Cookie and extension are the driver's, if the file has its frame; else the cookie is 0.
Encapsulated encapsulate_like(const Seal& seal);

struct Sealed {
  std::string failure;
  Bytes frame;
};

// Lengths with ICV, IV, encryption, ICV.
Sealed seal_frame(psp::Aead& aead, const psp::SessionKey& key, const Bytes& driver, uint64_t iv);

// The segment on the wire, padded to 60 bytes. `key` counts with PSP alone.
Sealed cut_segment(psp::Aead& aead, const psp::SessionKey& key, const Segment& segment);

struct Opened {
  psp::Verdict verdict = psp::Verdict::kNotPsp;
  psp::Reason reason = psp::Reason::kNone;
  Bytes in_memory;  // decrypted in place; the next two are empty unless delivered
  Bytes cleartext;  // decapsulated
};
using Derive = std::function<psp::SessionKey(uint32_t spi, psp::Version version)>;
Opened open_frame(psp::Aead& aead, const Bytes& frame, const Derive& derive);

}  // namespace pspnic::vectors
