// SPDX-License-Identifier: Apache-2.0
// Tx descriptors of split queues (16 bytes) and Tx completions (8 bytes). A packet is at most
// PspCaps::max_ctx_desc context descriptors, then data descriptors, the last with EOP. encode() cuts a field
// to its width and never touches its neighbours; decode() ignores reserved bits, as drivers leave garbage in
// some. Single queues: tx_single.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/idpf/psp_numbers.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/net/bytes.h"

namespace pspnic::idpf {

inline constexpr size_t kTxDescriptorBytes = 16;
inline constexpr size_t kTxCompletionBytes = 8;

using TxDescriptorOut = std::span<uint8_t, kTxDescriptorBytes>;
using TxDescriptorIn = std::span<const uint8_t, kTxDescriptorBytes>;

inline constexpr uint32_t kMinTxFrameBytes = 17;  // of a frame handed over; min_sso_packet_len's default
inline constexpr uint32_t kMaxTxBufferSize = (1u << 14) - 1;  // bytes in one data descriptor
inline constexpr uint32_t kMaxTlen = (1u << 18) - 1;          // bytes of L4 payload of an LSO
inline constexpr uint32_t kMaxMss = (1u << 14) - 1;           // bytes
inline constexpr uint32_t kMaxDepartureTime = (1u << 23) - 1;

// Descriptor types. 2, 6, 7, 10, 16..18, 20, 29 and 30 are the vendors'.
enum class Dtype : uint8_t {
  kBaseData = 0,     // single queue
  kBaseContext = 1,  // single queue
  kFlexData = 3,     // single queue, DPDK 22.11
  kFlexContext = 4,
  kTsoContext = 5,
  kFlexDataTsyn = 6,
  kFlexDataL2tag = 7,  // split queue with queue scheduling
  kTsoL2tag2Context = 8,
  kL2tag2Context = 11,
  kFlowData = 12,
  kDescDone = 15,  // single queue: written back by the device
  kPspContext = kDtypePspContext,
  kPspKey = kDtypePspKey,
};

// The descriptor's type. Types 0, 1 and 15 have 4 bits, with command bits above them, all others 5: only the
// queue model tells DTYPE 16 from DTYPE 0 with its lowest command bit set, so PSP contexts need a split
// queue.
inline Dtype tx_dtype(TxDescriptorIn in, QueueModel model) {
  const uint8_t nibble = in[8] & 0x0F;
  if (model == QueueModel::kSingle && (nibble <= 1 || nibble == 15)) return Dtype{nibble};
  return Dtype{static_cast<uint8_t>(in[8] & 0x1F)};
}

// Bits of cmd_dtype (bytes 8-9) of a context descriptor, DTYPE included.
inline constexpr uint16_t kContextTso = 1u << 5;
inline constexpr uint16_t kContextTsyn = 1u << 6;
inline constexpr uint16_t kContextL2tag2 = 1u << 7;
inline constexpr uint16_t kContextSwitchMask = 3u << 9;
inline constexpr uint16_t kContextDummy = 1u << 13;
inline constexpr uint16_t kContextL2tag1 = 1u << 14;
inline constexpr uint16_t kContextCommandMask = 0xFFE0;

// DTYPE 12: data of a flow-scheduled split queue.
struct FlowDataDescriptor {
  uint64_t buffer_address = 0;
  bool eop = false;               // last of the packet
  bool cs_en = false;             // compute the L3 and L4 checksums, by parsing and from scratch
  bool re = false;                // report when descriptors up to here are fetched
  uint32_t departure_time = 0;    // earliest, 23 bits, in units of EdtCaps; 0 = none
  bool horizon_overflow = false;  // departure_time lies beyond the horizon
  uint16_t completion_tag = 0;    // the EOP descriptor's is the one to report
  uint16_t buffer_size = 0;       // bytes, 14 bits
  bool rxr = false;               // bit 14 of the size word; drivers do not set it

  void encode(TxDescriptorOut out) const {
    net::store_le64(&out[0], buffer_address);
    const uint32_t command = uint32_t{static_cast<uint8_t>(Dtype::kFlowData)} | uint32_t{eop} << 5 |
                             uint32_t{cs_en} << 6 | uint32_t{re} << 7;
    net::store_le32(&out[8],
                    command | (departure_time & kMaxDepartureTime) << 8 | uint32_t{horizon_overflow} << 31);
    net::store_le16(&out[12], completion_tag);
    net::store_le16(&out[14], static_cast<uint16_t>((buffer_size & kMaxTxBufferSize) | uint32_t{rxr} << 14));
  }
  static FlowDataDescriptor decode(TxDescriptorIn in) {
    const uint32_t word = net::load_le32(&in[8]);
    const uint16_t size = net::load_le16(&in[14]);
    return {.buffer_address = net::load_le64(&in[0]),
            .eop = (word >> 5 & 1) != 0,
            .cs_en = (word >> 6 & 1) != 0,
            .re = (word >> 7 & 1) != 0,
            .departure_time = word >> 8 & kMaxDepartureTime,
            .horizon_overflow = (word >> 31) != 0,
            .completion_tag = net::load_le16(&in[12]),
            .buffer_size = static_cast<uint16_t>(size & kMaxTxBufferSize),
            .rxr = (size >> 14 & 1) != 0};
  }
  bool operator==(const FlowDataDescriptor&) const = default;
};

// DTYPE 5: TSO context. Unless negotiated, flex holds garbage: Linux does not write it.
struct TsoContextDescriptor {
  uint32_t tlen = 0;  // bytes of L4 payload, 18 bits; DPDK cuts it to 14: trust the buffer sizes instead
  uint16_t mss = 0;   // bytes, 14 bits
  uint8_t header_length = 0;      // bytes, replicated in every segment
  uint16_t command = 0;           // kContext* bits, without the DTYPE
  std::array<uint8_t, 8> flex{};  // bytes 3, 7 and 10..15 of the descriptor

  bool tso() const { return (command & kContextTso) != 0; }

  void encode(TxDescriptorOut out) const {
    net::store_le32(&out[0], (tlen & kMaxTlen) | uint32_t{flex[0]} << 24);
    net::store_le16(&out[4], static_cast<uint16_t>(mss & kMaxMss));
    out[6] = header_length;
    out[7] = flex[1];
    const auto dtype = static_cast<uint8_t>(Dtype::kTsoContext);
    net::store_le16(&out[8], static_cast<uint16_t>((command & kContextCommandMask) | dtype));
    std::copy(flex.begin() + 2, flex.end(), out.begin() + 10);
  }
  static TsoContextDescriptor decode(TxDescriptorIn in) {
    TsoContextDescriptor context{
        .tlen = net::load_le32(&in[0]) & kMaxTlen,
        .mss = static_cast<uint16_t>(net::load_le16(&in[4]) & kMaxMss),
        .header_length = in[6],
        .command = static_cast<uint16_t>(net::load_le16(&in[8]) & kContextCommandMask)};
    context.flex[0] = in[3];
    context.flex[1] = in[7];
    std::copy(in.begin() + 10, in.end(), context.flex.begin() + 2);
    return context;
  }
  bool operator==(const TsoContextDescriptor&) const = default;
};

// Where a PSP packet's key comes from.
enum class PspKeySource : uint8_t {
  kNone = 0,  // an error
  kSaTable = 1,
  kInline = 2,  // PspKeyDescriptors follow
};

// DTYPE 16: PSP context, in place of DTYPE 5 and with or without TSO.
struct PspContextDescriptor {
  uint32_t tlen = 0;  // as TsoContextDescriptor
  uint16_t psp_offset =
      0;             // bytes from the frame's start to the PSP header; even, 0..510; 0 = find it by parsing
  uint16_t mss = 0;  // bytes, 14 bits
  uint8_t header_length = 0;                      // bytes, up to and with the inner L4 header
  PspKeySource key_source = PspKeySource::kNone;  // 2 bits
  bool append_icv = false;  // add the ICV, and 16 to IP and UDP lengths; else it overwrites the last 16 bytes
  bool iv_from_header = false;  // IV is in the packet, +1 a segment; else the SA counts
  bool insert_spi = false;      // the device writes SPI and version from the SA
  // The frame is plain: the device builds UDP, PSP and outer headers after the SA's template
  // (PSP_SET_TX_ENCAP). psp_offset, append_icv and insert_spi then say nothing.
  bool device_built = false;
  uint16_t command = 0;  // kContext* bits, without the DTYPE
  uint16_t sa_tag = 0;   // must be the SA's
  uint32_t sa_idx = 0;   // 24 bits

  static constexpr uint32_t kSaIdxMask = (1u << 24) - 1;

  bool tso() const { return (command & kContextTso) != 0; }

  void encode(TxDescriptorOut out) const {
    net::store_le32(&out[0], (tlen & kMaxTlen) | (psp_offset / 2u & 0xFFu) << 24);
    net::store_le16(&out[4], static_cast<uint16_t>(mss & kMaxMss));
    out[6] = header_length;
    out[7] = static_cast<uint8_t>((static_cast<uint32_t>(key_source) & 3u) | uint32_t{append_icv} << 2 |
                                  uint32_t{iv_from_header} << 3 | uint32_t{insert_spi} << 4 |
                                  uint32_t{device_built} << 5);
    net::store_le16(&out[8], static_cast<uint16_t>((command & kContextCommandMask) | kDtypePspContext));
    net::store_le16(&out[10], sa_tag);
    net::store_le32(&out[12], sa_idx & kSaIdxMask);
  }
  static PspContextDescriptor decode(TxDescriptorIn in) {
    return {.tlen = net::load_le32(&in[0]) & kMaxTlen,
            .psp_offset = static_cast<uint16_t>(in[3] * 2),
            .mss = static_cast<uint16_t>(net::load_le16(&in[4]) & kMaxMss),
            .header_length = in[6],
            .key_source = PspKeySource{static_cast<uint8_t>(in[7] & 3)},
            .append_icv = (in[7] >> 2 & 1) != 0,
            .iv_from_header = (in[7] >> 3 & 1) != 0,
            .insert_spi = (in[7] >> 4 & 1) != 0,
            .device_built = (in[7] >> 5 & 1) != 0,
            .command = static_cast<uint16_t>(net::load_le16(&in[8]) & kContextCommandMask),
            .sa_tag = net::load_le16(&in[10]),
            .sa_idx = net::load_le32(&in[12]) & kSaIdxMask};
  }
  bool operator==(const PspContextDescriptor&) const = default;
};

// DTYPE 17: 13 bytes of a key. Two carry a 128-bit key, three a 256-bit one; bytes past the key's end are
// ignored.
struct PspKeyDescriptor {
  static constexpr size_t kKeyBytes = 13;

  std::array<uint8_t, kKeyBytes> key{};
  uint8_t index = 0;  // 0.. within the key, 2 bits
  bool last = false;

  void encode(TxDescriptorOut out) const {
    std::copy(key.begin(), key.begin() + 8, out.begin());
    net::store_le16(&out[8], kDtypePspKey);
    out[10] = static_cast<uint8_t>((index & 3u) | uint32_t{last} << 7);
    std::copy(key.begin() + 8, key.end(), out.begin() + 11);
  }
  static PspKeyDescriptor decode(TxDescriptorIn in) {
    PspKeyDescriptor descriptor{.index = static_cast<uint8_t>(in[10] & 3), .last = (in[10] >> 7) != 0};
    std::copy(in.begin(), in.begin() + 8, descriptor.key.begin());
    std::copy(in.begin() + 11, in.end(), descriptor.key.begin() + 8);
    return descriptor;
  }
  bool operator==(const PspKeyDescriptor&) const = default;
};

// Descriptors of type 17 a key of so many bytes needs: 2 for 16, 3 for 32.
constexpr size_t psp_key_descriptors(size_t key_bytes) {
  return (key_bytes + PspKeyDescriptor::kKeyBytes - 1) / PspKeyDescriptor::kKeyBytes;
}

// ---- Completions
// --------------------------------------------------------------------------------------------------

enum class TxCompletionType : uint8_t {
  kItrFlush = 0,
  kRuleMiss = 1,
  kRs = 2,  // the packet is done; value = its completion tag
  kReinjected = 3,
  kRe = 4,  // descriptors are fetched; value = index behind the RE descriptor, rounded down to 32 for DPDK
  kSwMarker = 5,  // the queue is disabled and drained
  kBufferMarker = 6,
};

inline constexpr uint16_t kMaxCompletionQid = 1023;  // the field has 11 bits but drivers read 10
inline constexpr uint16_t kReHeadMultiple = 32;      // heads DPDK accepts

// Flow-mode completion.
struct TxCompletion {
  uint16_t queue_id = 0;                          // TxqInfo::relative_queue_id; 11 bits
  TxCompletionType type = TxCompletionType::kRs;  // 3 bits
  bool generation = false;                        // true in the first pass over the ring, flips at each wrap
  uint16_t value = 0;                             // completion tag or ring index
  uint32_t timestamp = 0;                         // 24 bits, 0 unless negotiated

  void encode(std::span<uint8_t, kTxCompletionBytes> out) const {
    const uint32_t word =
        (queue_id & 0x7FFu) | (static_cast<uint32_t>(type) & 7u) << 11 | uint32_t{generation} << 15;
    net::store_le16(&out[0], static_cast<uint16_t>(word));
    net::store_le16(&out[2], value);
    net::store_le32(&out[4], timestamp & 0xFFFFFF);
  }
  static TxCompletion decode(std::span<const uint8_t, kTxCompletionBytes> in) {
    const uint16_t word = net::load_le16(&in[0]);
    return {.queue_id = static_cast<uint16_t>(word & 0x7FF),
            .type = TxCompletionType{static_cast<uint8_t>(word >> 11 & 7)},
            .generation = (word >> 15) != 0,
            .value = net::load_le16(&in[2]),
            .timestamp = net::load_le32(&in[4]) & 0xFFFFFF};
  }
  bool operator==(const TxCompletion&) const = default;
};

}  // namespace pspnic::idpf
