// SPDX-License-Identifier: Apache-2.0
// Transmit descriptors as a driver writes them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/idpf/tx_descriptors.h"

namespace pspnic::queue::test {

using Descriptor = std::array<uint8_t, idpf::kTxDescriptorBytes>;

inline Descriptor data(uint64_t address, uint16_t size, bool eop = true, uint16_t tag = 0) {
  Descriptor bytes{};
  idpf::FlowDataDescriptor{.buffer_address = address, .eop = eop, .completion_tag = tag, .buffer_size = size}
      .encode(bytes);
  return bytes;
}

inline Descriptor encode(const idpf::FlowDataDescriptor& descriptor) {
  Descriptor bytes{};
  descriptor.encode(bytes);
  return bytes;
}

inline Descriptor tso(uint16_t mss, uint8_t header_length) {
  Descriptor bytes{};
  idpf::TsoContextDescriptor{.mss = mss, .header_length = header_length, .command = idpf::kContextTso}.encode(
      bytes);
  return bytes;
}

inline Descriptor encode(const idpf::PspContextDescriptor& descriptor) {
  Descriptor bytes{};
  descriptor.encode(bytes);
  return bytes;
}

inline idpf::PspContextDescriptor psp(uint32_t sa_idx, uint16_t sa_tag) {
  idpf::PspContextDescriptor context;
  context.key_source = idpf::PspKeySource::kSaTable;
  context.append_icv = true;
  context.sa_idx = sa_idx;
  context.sa_tag = sa_tag;
  return context;
}

// The descriptors of a key of 16 or 32 bytes.
inline std::vector<Descriptor> keys(std::span<const uint8_t> key) {
  std::vector<Descriptor> all(idpf::psp_key_descriptors(key.size()));
  for (size_t i = 0; i < all.size(); ++i) {
    idpf::PspKeyDescriptor part{.index = static_cast<uint8_t>(i), .last = i + 1 == all.size()};
    const size_t at = i * part.key.size();
    std::copy_n(key.begin() + static_cast<ptrdiff_t>(at), std::min(part.key.size(), key.size() - at),
                part.key.begin());
    part.encode(all[i]);
  }
  return all;
}

inline idpf::PspContextDescriptor psp_inline() {
  idpf::PspContextDescriptor context;
  context.key_source = idpf::PspKeySource::kInline;
  context.append_icv = true;
  return context;
}

}  // namespace pspnic::queue::test
