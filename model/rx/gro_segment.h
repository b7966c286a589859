// SPDX-License-Identifier: Apache-2.0
// What coalescing has to know of one received packet, plain or opened PSP: whose it is, and whether and how
// it may become part of a merged packet. No time, no queue.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/idpf/rx_descriptors.h"
#include "model/rx/inner_headers.h"

namespace pspnic::rx {

// Why a flow's merged packet is handed on.
enum class GroFlush : uint8_t {
  kTimeout,   // its first packet has waited long enough
  kLimit,     // bytes or segments
  kPush,      // PSH, or a payload that is shorter than those before
  kFlags,     // a packet with SYN, FIN, RST, URG or CWR, without ACK, or with another ECE
  kNoData,    // a packet without payload
  kSequence,  // a packet that is not the next one, or acknowledges less
  kMismatch,  // a packet that differs in a header, key or length in which it must not
  kChecksum,  // a packet with a wrong checksum
  kFragment,  // a fragment, which does not say whose it is
  kEviction,  // the context was needed for another flow
  kPressure,  // the contexts held too many bytes
  kDrain,     // the queue was disabled
  kCount
};

// A TCP connection as one receive queue sees it. Whether its packets came by PSP is not part of it, so that
// their order is kept when that changes.
struct GroFlow {
  std::array<uint8_t, 32> addresses{};  // source, then destination; IPv4: 4 bytes each
  uint32_t ports = 0;
  uint16_t queue = 0;
  bool v6 = false;

  bool operator==(const GroFlow&) const = default;
  uint32_t hash() const noexcept;
};

// Two bytes of an IPv4 header that count up, or stay.
struct GroIpId {
  uint16_t value = 0;
  bool present = false;   // IPv4
  bool may_stay = false;  // DF is set
};

// What a packet was sealed with, also one whose completion does not say so: the device took PSP off a flow
// that it protects. SPI 0: it came in clear.
struct SealedBy {
  uint32_t spi = 0;
  uint8_t generation = 0;
  uint8_t version = 0;

  bool operator==(const SealedBy&) const = default;
};

struct GroSegment {
  // Headers of up to so many bytes are merged: 14 + 8 Ethernet, 40 + 8 + 24 outer IP, UDP, PSP with cookie,
  // 40
  // + 60 inner IP and TCP.
  static constexpr uint32_t kMaxHeaderBytes = 194;

  enum class Kind : uint8_t {
    kOther,     // not TCP: passes by
    kFragment,  // passes by, behind all of its queue
    kApart,     // TCP that cannot be merged: passes by, behind what its flow has merged; `why`
    kMergeable
  };
  Kind kind = Kind::kOther;
  GroFlush why = GroFlush::kMismatch;
  GroFlow flow;  // kApart, kMergeable

  // Only of kMergeable. `same` are the headers with 0 wherever packets of one merged packet may differ.
  std::array<uint8_t, kMaxHeaderBytes> same;
  InnerHeaders at;
  SealedBy sealed_by;
  uint32_t payload_bytes = 0;
  uint32_t sequence = 0;
  uint32_t ack = 0;
  uint8_t flags = 0;                // of the TCP header
  uint16_t timestamps = 0;          // offset of TSval in the frame; 0: none
  uint32_t ts_value = 0;            // TSval
  uint32_t ts_echo = 0;             // TSecr
  uint16_t payload_sum = 0;         // folded sum of the payload's 16-bit words
  std::array<GroIpId, 2> ip_ids{};  // outermost; of a tunnel's inner header
};

// `metadata`: as for the completion, with headers on.
GroSegment gro_segment(std::span<const uint8_t> frame, const idpf::RxCompletion& metadata, uint16_t queue,
                       const SealedBy& sealed_by = {}) noexcept;

}  // namespace pspnic::rx
