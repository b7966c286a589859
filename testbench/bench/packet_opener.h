// SPDX-License-Identifier: Apache-2.0
// Opens PSP packets a second time, with OpenSSL and nothing of model/psp: what a checker believes must not
// come from the code that it checks. Field offsets are those of the PSP Architecture Specification.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace pspnic::bench {

// Where the parts of a PSP frame lie, and what its header says.
struct PspFrame {
  uint32_t psp_offset = 0;  // of the header, from the start of the frame
  uint32_t end = 0;         // one past the ICV
  uint32_t spi = 0;
  uint64_t iv = 0;
  uint8_t version = 0;
  uint8_t next_header = 0;
  uint8_t crypt_offset = 0;  // in 4 bytes
};

// Nothing if the frame is not a whole UDP datagram to PSP's port.
std::optional<PspFrame> find_psp(std::span<const uint8_t> frame);

class PacketOpener {
 public:
  PacketOpener();
  ~PacketOpener();

  // The bytes behind the PSP header up to the ICV, in clear, valid until the next call; nothing if the packet
  // is not authentic under this key.
  std::optional<std::span<const uint8_t>> open(std::span<const uint8_t> frame, const PspFrame& psp,
                                               std::span<const uint8_t> key);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::vector<uint8_t> text_;
};

}  // namespace pspnic::bench
