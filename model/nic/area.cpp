// SPDX-License-Identifier: Apache-2.0
#include "model/nic/area.h"

#include "model/crypto/area.h"

namespace pspnic::nic {

namespace {

constexpr uint64_t kBitsPerByte = 8;
// IDPF: transmit descriptors of 16 bytes, descriptors of receive buffers of 32; two buffer queues a queue.
constexpr uint64_t kTxDescriptorBytes = 16;
constexpr uint64_t kRxDescriptorBytes = 32;
constexpr uint64_t kBufferQueues = 2;
// Assumed. A packet on its way: where it lies, places of its headers, lengths, queue, SA, key.
constexpr uint64_t kPacketContextBytes = 64;
// Assumed. A read that waits: who asked, where its bytes go, how many are still to come.
constexpr uint64_t kTagBytes = 16;
// Assumed. A merged packet that grows: its headers, and as much as a packet on its way.
constexpr uint64_t kMergeContextBytes = 128 + kPacketContextBytes;
// Assumed. A rule of the flow table: addresses and ports of IPv6, masks, action.
constexpr uint64_t kFlowRuleBytes = 128;

AreaPart memory(const char* name, uint64_t bytes) {
  return {.name = name, .bits = kBitsPerByte * bytes};
}

AreaPart capacity(const char* name, uint64_t bytes) {
  return {.name = name, .bits = kBitsPerByte * bytes, .capacity = true};
}

uint64_t queues_of_all(const DeviceParams& device) {
  return uint64_t{device.queues} + uint64_t{device.vfs} * device.vf_queues;
}

void add_sa_memory(const NicParams& params, std::vector<AreaPart>& parts) {
  const crypto::SaCacheParams& cache = params.crypto.sa_cache;
  if (cache.memory == crypto::SaCacheParams::Memory::kOnChip) {
    parts.push_back(
        capacity("transmit SAs, all on chip", uint64_t{params.device.sa_slots} * cache.entry_bytes));
    return;
  }
  parts.push_back(memory("cache of transmit SAs", uint64_t{cache.entries} * cache.entry_bytes));
  parts.push_back(memory("misses of that cache", uint64_t{cache.outstanding} * kTagBytes));
}

}  // namespace

double CardArea::gates(double gates_per_bit) const {
  double sum = 0;
  for (const AreaPart& part : parts) {
    if (!part.capacity) sum += part.area(gates_per_bit);
  }
  return sum;
}

CardArea area_of(const NicParams& params) {
  const crypto::GcmParams& gcm = params.crypto.gcm;
  const crypto::KdfParams& kdf = params.crypto.kdf;
  const crypto::CryptoCost cost = crypto::cost_of(gcm, kdf);
  const uint64_t units = uint64_t{kdf.units} * cost.unit_gates;
  const uint64_t queues = queues_of_all(params.device);
  CardArea area;
  std::vector<AreaPart>& parts = area.parts;
  parts.push_back({.name = "AES-GCM lanes, both ways", .gates = cost.gates - units});
  parts.push_back({.name = "key derivation units", .gates = units});
  parts.push_back(memory("packets at the lanes, both ways", 2 * gcm.queue_packets * kPacketContextBytes));
  parts.push_back(memory("packets at the key derivation", kdf.queue_packets * kPacketContextBytes));
  parts.push_back(memory("transmit packet buffer", params.tx.buffer.bytes));
  parts.push_back(
      memory("packets in two transmit stages", 2 * params.tx.queue_packets * kPacketContextBytes));
  parts.push_back(memory("receive packet buffer", params.rx.buffer.bytes));
  parts.push_back(memory("packets in two receive stages", 2 * params.rx.queue_packets * kPacketContextBytes));
  parts.push_back(memory("PCIe read tags", params.pcie.tags * kTagBytes));
  parts.push_back(memory("transmit descriptors, all queues",
                         queues * params.tx_queue.cache_descriptors * kTxDescriptorBytes));
  parts.push_back(memory("receive buffer descriptors, all queues",
                         queues * kBufferQueues * params.rx_queue.cache_descriptors * kRxDescriptorBytes));
  parts.push_back(memory("contexts of receive coalescing", params.rx.gro.contexts * kMergeContextBytes));
  add_sa_memory(params, parts);
  parts.push_back(capacity("rules of the flow table", params.flow.entries * kFlowRuleBytes));
  return area;
}

}  // namespace pspnic::nic
