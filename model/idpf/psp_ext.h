// SPDX-License-Identifier: Apache-2.0
// PSP over virtchnl2: messages 30000..30007 and the PSP events. Their numbers are in psp_numbers.h. A list
// message that could be parsed is answered with v_retval 0 and a status per entry, because Linux drops the
// payload of any other. SPIs are plain numbers (little endian here, big endian on the wire); keys are bytes
// in AES order.
//
// Negotiation: other_caps bit 63 -> device_type kDeviceTypeOpsp -> GET_OEM_CAPS with the bits below ->
// PSP_GET_CAPS -> PSP_SET_CONFIG. After a reset PSP is off: PSP packets pass as plain UDP and no queue
// reports anything about them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/idpf/psp_numbers.h"
#include "model/idpf/virtchnl2_opcodes.h"
#include "model/idpf/virtchnl2_vport.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

// OemCaps::caps.
inline constexpr uint64_t kPspCapMbx = 1ull << 32;        // messages 30000 to 30011
inline constexpr uint64_t kPspCapCfgq = 1ull << 33;       // config queues
inline constexpr uint64_t kPspCapKeyInDesc = 1ull << 34;  // Tx descriptors that carry the key
inline constexpr uint64_t kPspCapRxMeta = 1ull << 35;     // PSP fields in Rx completions
inline constexpr uint64_t kPspCapMbxVflags = 1ull << 36;  // v_flags of the mailbox descriptor

inline constexpr uint32_t kPspSpiPhase = 1u << 31;  // SPI bit that says which device key
inline constexpr size_t kPspMaxKeyBytes = 32;
inline constexpr uint32_t kPspSaIdxBits = 24;
inline constexpr uint32_t kPspMaxSaIdx = (1u << kPspSaIdxBits) - 1;
inline constexpr uint32_t kPspSaIdxAny = 0xFFFFFFFF;  // PspTxSa::sa_idx in: the device chooses
inline constexpr uint8_t kPspNoGeneration = 0xFF;     // PspRotateKey::prev_generation: there is none
inline constexpr uint8_t kPspMaxGeneration = 127;     // 7 bits; counts on from 0

// The 16-bit `status` of a list entry.
constexpr uint16_t entry_status(Status status) {
  return static_cast<uint16_t>(status);
}

// PspCaps::flags.
inline constexpr uint32_t kPspFeatureIcvStrip = 1u << 0;
inline constexpr uint32_t kPspFeatureDropOnFail = 1u << 1;
inline constexpr uint32_t kPspFeatureVcParse = 1u << 2;
inline constexpr uint32_t kPspFeatureTunnelMode = 1u << 3;
inline constexpr uint32_t kPspFeatureIpv4 = 1u << 4;
inline constexpr uint32_t kPspFeatureIpv6 = 1u << 5;
inline constexpr uint32_t kPspFeatureStripHeaders = 1u << 6;
inline constexpr uint32_t kPspFeatureCapture = 1u << 8;  // of failed packets and samples, as on the wire
inline constexpr uint32_t kPspFeatureRotate = 1u << 9;   // this function may rotate the keys

// PSP_GET_CAPS. The request has vport_id and the versions wanted.
struct PspCaps {
  uint32_t vport_id = 0;  // kVportNone = whole function
  uint32_t versions = 0;  // bit v = PSP version v
  uint32_t flags = 0;
  uint32_t max_tx_sa = 0;            // Tx SA slots of this function
  uint32_t spi_first = 0;            // first SPI id (31 bits) this function owns
  uint32_t spi_count = 0;            // ids owned, per phase
  uint16_t max_alloc_per_msg = 0;    // <= kPspMaxAllocPerMsg
  uint16_t max_add_per_msg = 0;      // <= kPspMaxAddPerMsg
  uint16_t max_del_per_msg = 0;      // <= kPspMaxDelPerMsg
  uint16_t max_crypt_offset = 0;     // bytes
  uint16_t udp_port = 0;             // destination port of PSP, default 1000
  uint16_t max_hdr_len = 0;          // bytes of headers in front of what is segmented; others as they come
  uint8_t max_ctx_desc = 0;          // context descriptors allowed per packet or LSO
  uint8_t key_in_desc_versions = 0;  // bit v
  uint8_t generation = 0;            // current, 0..127
  uint8_t phase = 0;                 // SPI bit 31 of new SPIs
  uint8_t cfgq_mbx_q_index = 0;      // for ADD_QUEUES; 0 = no config queue
  uint8_t max_cfgq_pairs = 0;
  uint16_t cfgq_buf_size = 0;  // bytes
  uint32_t min_rotate_interval_ms = 0;
  uint64_t iv_granularity_ps = 0;  // 0 = a counter per SA, else time based
  std::array<uint8_t, 24> reserved{};
};
static_assert(WireStruct<PspCaps> && sizeof(PspCaps) == 80);

// PspConfig::flags.
inline constexpr uint32_t kPspConfigStripIcv = 1u << 0;
inline constexpr uint32_t kPspConfigDropFailed = 1u << 1;  // else captured: as they came, at a limited rate
inline constexpr uint32_t kPspConfigMetaSpi = 1u << 2;     // SPI into fmd4/fmd6 of Rx completions
// Split queues get the plain packet: UDP and PSP headers, of a tunnel the outer IP header as well, and ICV
// off. SPI, version and generation are then in the completion alone, so kPspConfigMetaSpi is needed with it.
inline constexpr uint32_t kPspConfigStripHeaders = 1u << 3;
inline constexpr uint32_t kPspConfigSample = 1u << 6;  // copies of packets with S; D drops the packet then

// Bit 3 is taken. RSS of what has been opened looks at the inner headers; the low 16 bits of an authentic
// virtualization cookie name the receive queue, relative in the vport, if that has the PSP flag.
inline constexpr uint32_t kPspConfigRssInner = 1u << 4;
inline constexpr uint32_t kPspConfigVcSteering = 1u << 5;
// The device may replace the key by itself: when SPIs run out and when the key is too old. Of all functions
// that share the key, as long as one of them says so; needs kPspFeatureRotate.
inline constexpr uint32_t kPspConfigDeviceRotates = 1u << 7;

// PSP_SET_CONFIG.
struct PspConfig {
  uint32_t vport_id = 0;
  uint32_t versions_ena = 0;  // Rx versions to decrypt, 0 = Rx off; Tx is not affected
  uint32_t flags = 0;
  uint16_t udp_port = 0;           // 0 = keep
  uint16_t spi_low_watermark = 0;  // SPIs left at which SPI_LOW is reported
  uint16_t sa_low_watermark = 0;   // slots left at which SA_SLOTS_LOW is reported
  std::array<uint8_t, 14> reserved{};
};
static_assert(WireStruct<PspConfig> && sizeof(PspConfig) == 32);

inline constexpr uint32_t kPspRotateTwice = 1u << 0;  // PspRotateKey::flags: drop both keys

// PSP_ROTATE_KEY. generation, phase, prev_generation and rotations are in the reply.
struct PspRotateKey {
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint8_t generation = 0;
  uint8_t phase = 0;
  uint8_t prev_generation = 0;  // kPspNoGeneration = none
  std::array<uint8_t, 5> reserved{};
  uint64_t rotations = 0;
  std::array<uint8_t, 8> reserved1{};
};
static_assert(WireStruct<PspRotateKey> && sizeof(PspRotateKey) == 32);

// One receive SA: the device derives the key from the SPI and hands both out.
struct PspRxSa {
  uint32_t spi = 0;     // out; in for FREE. Bit 31 = phase
  uint16_t status = 0;  // out, a Status
  uint8_t generation = 0;
  uint8_t key_len = 0;  // bytes, 16 or 32
  std::array<uint8_t, kPspMaxKeyBytes> key{};
  uint64_t user_cookie = 0;  // echoed
};
static_assert(WireStruct<PspRxSa> && sizeof(PspRxSa) == 48);

// PSP_ALLOC_RX_SA, PSP_FREE_RX_SA. FREE only gives the count back: a device key still decrypts the SPI.
struct PspRxSaList {
  using Element = PspRxSa;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_sa = 0;  // in wanted, out filled, maybe fewer
  uint8_t version = 0;
  std::array<uint8_t, 5> reserved{};
};
static_assert(WireHeader<PspRxSaList> && sizeof(PspRxSaList) == 16);
inline constexpr size_t kPspMaxAllocPerMsg = (kMaxPayload - sizeof(PspRxSaList)) / sizeof(PspRxSa);
static_assert(kPspMaxAllocPerMsg == 85);

inline constexpr uint16_t kPspTxSaOverwrite = 1u << 0;  // PspTxSa::flags: the slot may be in use

// One transmit SA; also the record of a config-queue buffer.
struct PspTxSa {
  uint32_t sa_idx = 0;  // slot, 0..kPspMaxSaIdx, or kPspSaIdxAny
  uint32_t spi = 0;     // the peer's
  uint8_t version = 0;
  uint8_t key_len = 0;  // bytes, 16 or 32
  uint16_t status = 0;  // out, a Status
  uint16_t sa_tag = 0;  // must equal the one in the Tx descriptor: a reused slot never serves an old packet
  uint16_t flags = 0;
  uint64_t iv_init = 0;                        // not above the device's clock
  std::array<uint8_t, kPspMaxKeyBytes> key{};  // the first key_len count
  uint64_t user_cookie = 0;                    // echoed
};
static_assert(WireStruct<PspTxSa> && sizeof(PspTxSa) == 64);

// PSP_ADD_TX_SA.
struct PspTxSaList {
  using Element = PspTxSa;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_sa = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspTxSaList> && sizeof(PspTxSaList) == 16);
inline constexpr size_t kPspMaxAddPerMsg = (kMaxPayload - sizeof(PspTxSaList)) / sizeof(PspTxSa);
static_assert(kPspMaxAddPerMsg == 63);

struct PspTxSaId {
  uint32_t sa_idx = 0;
  uint16_t sa_tag = 0;
  uint16_t status = 0;  // out, a Status
};
static_assert(WireStruct<PspTxSaId> && sizeof(PspTxSaId) == 8);

// PspTxSaDel::flags.
inline constexpr uint32_t kPspDelAll = 1u << 0;
inline constexpr uint32_t kPspDelIgnoreTag = 1u << 1;
inline constexpr uint32_t kPspDelRange = 1u << 2;  // from sa[0].sa_idx to sa[1].sa_idx, both included

// PSP_DEL_TX_SA. Answered when no packet in flight needs the SA any more; then its key is wiped.
struct PspTxSaDel {
  using Element = PspTxSaId;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_sa = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspTxSaDel> && sizeof(PspTxSaDel) == 16);
inline constexpr size_t kPspMaxDelPerMsg = (kMaxPayload - sizeof(PspTxSaDel)) / sizeof(PspTxSaId);
static_assert(kPspMaxDelPerMsg == 510);

inline constexpr uint32_t kPspStatsClear = 1u << 0;  // PspStats::flags: clear on read

// PSP_GET_STATS. Byte counts run from the first byte after the IV to the last before the ICV.
struct PspStats {
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint64_t rx_packets = 0;  // the eight Linux requires, in its order
  uint64_t rx_bytes = 0;
  uint64_t rx_auth_fail = 0;
  uint64_t rx_error = 0;
  uint64_t rx_bad = 0;
  uint64_t tx_packets = 0;
  uint64_t tx_bytes = 0;
  uint64_t tx_error = 0;
  uint64_t key_rotations = 0;
  uint64_t rx_bad_version = 0;
  uint64_t rx_stale_key = 0;
  uint64_t rx_bypass = 0;
  uint64_t tx_bad_sa = 0;
  uint64_t tx_iv_exhausted = 0;
  uint32_t tx_sa_in_use = 0;
  uint32_t rx_spi_in_use = 0;
  std::array<uint8_t, 64> reserved{};
};
static_assert(WireStruct<PspStats> && sizeof(PspStats) == 192);

// PspEvent::value of kPspEngineFault.
inline constexpr uint32_t kPspFaultLanes = 0;   // AES lanes: packets are late
inline constexpr uint32_t kPspFaultKdf = 1;     // KDF units: packets are late
inline constexpr uint32_t kPspFaultRandom = 2;  // random generator: the key could not be replaced

inline constexpr uint16_t kPspEventAdi = 0xFFFF;  // PspEvent::adi_id

// v_opcode 522 with a PSP event code; sent only after PSP_SET_CONFIG. Its first 16 bytes overlay Event.
struct PspEvent {
  EventCode event = EventCode::kUnknown;
  uint32_t value = 0;  // what the code says: EventCode
  uint32_t vport_id = 0;
  uint8_t phase = 0;
  uint8_t generation = 0;
  uint16_t adi_id = kPspEventAdi;
  uint32_t sa_idx = 0;
  uint32_t spi = 0;
  uint64_t reserved = 0;
};
static_assert(WireStruct<PspEvent> && sizeof(PspEvent) == 32);

}  // namespace pspnic::idpf
