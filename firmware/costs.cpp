// SPDX-License-Identifier: Apache-2.0
// All numbers here are ASSUMPTIONS, made from counting the work; no measurement of such firmware is public.
// What they rest on: an in-order embedded core with its code in cache; about 100 cycles for an uncached
// register write to the device, 300 for a register read that waits; 4 bytes a cycle for copying; lists
// checked once and applied once.
#include "firmware/costs.h"

#include <algorithm>
#include <array>

#include "model/idpf/psp_ext.h"
#include "model/idpf/psp_flow.h"
#include "model/idpf/virtchnl2.h"

namespace pspnic::firmware {
namespace {

using idpf::Opcode;

// Taking the message from the ring, finding the handler, building the reply descriptor and handing it over:
// two ring updates and a few hundred instructions.
constexpr uint64_t kMessageCycles = 1000;

struct Cost {
  Opcode opcode;
  uint32_t base;  // on top of kMessageCycles
  uint32_t per_element;
  uint16_t count_offset;  // of the 16-bit entry count in the message
  uint16_t header_bytes;
  uint16_t element_bytes;  // 0: no list
};

constexpr Cost plain(Opcode opcode, uint32_t base) {
  return {opcode, base, 0, 0, 0, 0};
}

template <idpf::WireHeader Header>
constexpr Cost list(Opcode opcode, uint32_t base, uint32_t per_element, size_t count_offset) {
  return {opcode,         base,
          per_element,    static_cast<uint16_t>(count_offset),
          sizeof(Header), sizeof(typename Header::Element)};
}

constexpr std::array kCosts = {
    plain(Opcode::kVersion, 100),
    plain(Opcode::kGetCaps, 500),
    plain(Opcode::kGetOemCaps, 200),
    plain(Opcode::kGetPtypeInfo, 1000),  // some 15 short entries written
    plain(Opcode::kCreateVport, 20000),  // clears contexts of all its queues and the RSS table
    plain(Opcode::kDestroyVport, 20000),
    plain(Opcode::kEnableVport, 2000),  // filter and steering tables switched, event made
    plain(Opcode::kDisableVport, 2000),
    // A queue context is 8 to 16 register writes.
    list<idpf::ConfigTxQueues>(Opcode::kConfigTxQueues, 500, 2000, offsetof(idpf::ConfigTxQueues, num_qinfo)),
    list<idpf::ConfigRxQueues>(Opcode::kConfigRxQueues, 500, 2000, offsetof(idpf::ConfigRxQueues, num_qinfo)),
    list<idpf::DelEnaDisQueues>(Opcode::kEnableQueues, 500, 800, offsetof(idpf::DelEnaDisQueues, num_chunks)),
    list<idpf::DelEnaDisQueues>(Opcode::kDisableQueues, 500, 1500,
                                offsetof(idpf::DelEnaDisQueues, num_chunks)),
    list<idpf::DelEnaDisQueues>(Opcode::kDelQueues, 500, 1000, offsetof(idpf::DelEnaDisQueues, num_chunks)),
    plain(Opcode::kAddQueues, 10000),
    plain(Opcode::kAllocVectors, 2000),
    list<idpf::VectorChunks>(Opcode::kDeallocVectors, 500, 2000, offsetof(idpf::VectorChunks, num_vchunks)),
    list<idpf::QueueVectorMaps>(Opcode::kMapQueueVector, 300, 300,
                                offsetof(idpf::QueueVectorMaps, num_qv_maps)),
    list<idpf::QueueVectorMaps>(Opcode::kUnmapQueueVector, 300, 300,
                                offsetof(idpf::QueueVectorMaps, num_qv_maps)),
    plain(Opcode::kGetRssKey, 200),
    plain(Opcode::kSetRssKey, 1500),  // 13 register writes
    plain(Opcode::kGetRssLut, 300),
    list<idpf::RssLut>(Opcode::kSetRssLut, 300, 50, offsetof(idpf::RssLut, lut_entries)),
    plain(Opcode::kGetRssHash, 100),
    plain(Opcode::kSetRssHash, 300),
    list<idpf::MacAddrList>(Opcode::kAddMacAddr, 300, 1500, offsetof(idpf::MacAddrList, num_mac_addr)),
    list<idpf::MacAddrList>(Opcode::kDelMacAddr, 300, 1500, offsetof(idpf::MacAddrList, num_mac_addr)),
    plain(Opcode::kConfigPromiscuousMode, 500),
    plain(Opcode::kLoopback, 500),
    plain(Opcode::kGetStats, 5000),       // 15 counters of 64 bits, two reads each, some in parallel
    plain(Opcode::kGetPortStats, 15000),  // some 45 counters of 64 bits
    plain(Opcode::kGetLanMemoryRegions, 200),
    plain(Opcode::kPtpGetCaps, 200),
    plain(Opcode::kPtpGetDevClkTime, 700),  // two register reads
    plain(Opcode::kSetSriovVfs, 20000),     // configuration spaces and shares of queues set up or taken back
    plain(Opcode::kPspGetCaps, 500),
    plain(Opcode::kPspSetConfig, 1000),
    plain(Opcode::kPspRotateKey,
          20000),  // 256 bits from the random generator with its health tests, then the switch
    // Order the derivation, wait for it (two AES blocks), read the key back, copy 48 bytes.
    list<idpf::PspRxSaList>(Opcode::kPspAllocRxSa, 300, 1000, offsetof(idpf::PspRxSaList, num_sa)),
    list<idpf::PspRxSaList>(Opcode::kPspFreeRxSa, 300, 50, offsetof(idpf::PspRxSaList, num_sa)),
    // A key of 32 bytes, SPI, tag and version: 11 register writes, then the valid bit.
    list<idpf::PspTxSaList>(Opcode::kPspAddTxSa, 300, 1400, offsetof(idpf::PspTxSaList, num_sa)),
    list<idpf::PspTxSaDel>(Opcode::kPspDelTxSa, 500, 400, offsetof(idpf::PspTxSaDel, num_sa)),
    plain(Opcode::kPspGetStats, 5000),
    // 14 register writes.
    list<idpf::PspTxEncapList>(Opcode::kPspSetTxEncap, 300, 1600, offsetof(idpf::PspTxEncapList, num_encap)),
    // Match, mask and what it leads to: some 20 register writes, and the search for its mask.
    list<idpf::PspFlowList>(Opcode::kPspAddFlow, 500, 2500, offsetof(idpf::PspFlowList, num_flows)),
    list<idpf::PspFlowDel>(Opcode::kPspDelFlow, 500, 600, offsetof(idpf::PspFlowDel, num_flows)),
    // Seven counters of 64 bits.
    list<idpf::PspFlowStats>(Opcode::kPspGetFlowStats, 500, 4200, offsetof(idpf::PspFlowStats, num_flows)),
};

uint64_t elements(const Cost& cost, std::span<const uint8_t> payload) {
  if (cost.element_bytes == 0 || payload.size() < cost.header_bytes) return 0;
  const uint64_t said = idpf::read_at<uint16_t>(payload, cost.count_offset).value_or(0);
  return std::min<uint64_t>(said, (payload.size() - cost.header_bytes) / cost.element_bytes);
}

}  // namespace

uint64_t command_cycles(Opcode opcode, std::span<const uint8_t> payload) {
  const auto cost = std::find_if(kCosts.begin(), kCosts.end(),
                                 [opcode](const Cost& candidate) { return candidate.opcode == opcode; });
  if (cost == kCosts.end()) return kMessageCycles;
  return kMessageCycles + cost->base + cost->per_element * elements(*cost, payload);
}

}  // namespace pspnic::firmware
