// SPDX-License-Identifier: Apache-2.0
// The rules of coalescing: which packet may follow in a merged packet, and what the merged headers say. The
// model is Linux's software GRO; departures, as hardware has them: a later acknowledgement and newer time
// stamps do not end the merged packet, which shows the last ones.
//
// May differ, in a packet that follows: sequence number (the next one), acknowledgement (the same or later),
// PSH (ends), time stamps (the same or later), a last payload that is shorter (ends), lengths, checksums,
// the PSP IV, and IPv4 identifications: up by one each packet, or, with DF, all the same, at each IP header
// for itself. All else must be equal: MAC addresses, VLAN tags, addresses, ports, TOS, TTL, SPI, version,
// Crypt Offset, cookie, window, other options, ECE, RSS hash, key generation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/idpf/rx_descriptors.h"
#include "model/rx/gro_segment.h"

namespace pspnic::rx {

// Of a merged packet: its outermost IP packet as the host gets it, at most 65535 bytes, and its segments.
struct GroLimits {
  uint32_t ip_bytes = 65535;
  uint32_t segments = 64;
};

class GroAggregate {
 public:
  // Begins with a kMergeable segment without PSH.
  void open(const GroSegment& segment, const idpf::RxCompletion& metadata);

  // Why the segment, kMergeable and of the same flow, must not follow; nothing if it may.
  std::optional<GroFlush> refuses(const GroSegment& segment, const idpf::RxCompletion& metadata,
                                  const GroLimits& limits) const;
  void add(const GroSegment& segment);
  // Why nothing may follow any more; nothing if something may.
  std::optional<GroFlush> ends(const GroLimits& limits) const;

  uint32_t segments() const { return segments_; }
  uint32_t segment_bytes() const { return segment_bytes_; }
  // Bytes of the headers as the host gets them, with or without those of PSP.
  uint32_t header_bytes() const { return at_.payload; }

  // Writes what the headers of the merged packet say: lengths, checksums, acknowledgement, PSH, time stamps.
  // `headers` is the first packet as the host gets it. The TCP checksum is a whole one, right for the merged
  // packet (Linux's idpf replaces it by that of the pseudo header); of PSP the lengths do not count an ICV.
  void finish(std::span<uint8_t> headers) const;

 private:
  uint32_t ip_bytes(uint32_t payload_bytes) const { return at_.payload - at_.l3 + payload_bytes; }
  bool ids_follow(const GroSegment& segment) const;
  void finish_tcp(uint8_t* tcp, const uint8_t* ip) const;

  GroSegment first_;
  InnerHeaders at_;  // where the headers stand for the host
  uint16_t timestamps_ = 0;
  uint32_t segment_bytes_ = 0;  // payload of all but the last
  uint32_t payload_bytes_ = 0;
  uint32_t segments_ = 0;
  uint32_t ack_ = 0;
  uint32_t ts_value_ = 0;
  uint32_t ts_echo_ = 0;
  uint64_t payload_sum_ = 0;
  bool pushed_ = false;
  bool short_ = false;  // the last payload was a shorter one
  std::array<bool, 2> ids_stay_{};
  // Of the first packet's completion.
  idpf::PspRxStatus psp_status_ = idpf::PspRxStatus::kNotPsp;
  uint8_t psp_generation_ = 0;
  uint32_t psp_spi_ = 0;
  uint32_t hash_ = 0;
  uint8_t status0_ = 0;
};

}  // namespace pspnic::rx
