// SPDX-License-Identifier: Apache-2.0
// start(): rings, their configuration in the device, interrupts.
#include "model/idpf/psp_numbers.h"
#include "model/idpf/registers.h"
#include "model/net/ethernet.h"
#include "testbench/host/state.h"

namespace pspnic::host {
namespace {

constexpr uint64_t kRxDescriptorIds = 1u << 2;  // RXDID 2
constexpr uint8_t kBufferNotifyStride = 32;     // Linux's values, unused by the device
constexpr uint16_t kBufferLowWatermark = 64;
constexpr uint32_t kTsoPayloadBytes = 65536;
constexpr uint32_t kTsoHeaderRoomBytes = 256;    // max_tx_hdr_size of the known devices, PSP headers included
constexpr uint16_t kMaxHeaderLengthField = 255;  // 8 bits in the context descriptor
// What Linux adds to the MTU: Ethernet, two VLAN tags, FCS.
constexpr uint32_t kMaxPacketExtraBytes =
    net::kEthernetHeaderBytes + net::kMaxVlanTags * net::kVlanTagBytes + net::kFcsBytes;

}  // namespace

TxQueueConfig Driver::State::tx_config(const Vport& vport, unsigned pair) const {
  TxQueueConfig tx_queue;
  tx_queue.index = vport.first_pair + pair;
  tx_queue.ring = config.tx_ring;
  tx_queue.tso_slots = tso ? config.tso_slots : uint16_t{0};
  tx_queue.tso_slot_bytes =
      config.tx_slot_bytes != 0 ? config.tx_slot_bytes : kTsoPayloadBytes + kTsoHeaderRoomBytes;
  tx_queue.mtu = config.mtu;
  tx_queue.payload = config.payload;
  tx_queue.max_header_bytes = std::min(caps.max_tx_hdr_size, kMaxHeaderLengthField);
  tx_queue.udp_segmentation = uso;
  tx_queue.psp = psp_negotiated;
  tx_queue.byte_queue = config.byte_queues;
  tx_queue.byte_queue_limit = config.byte_queue_limit;
  tx_queue.psp_tunnel = psp_negotiated && (psp.caps().flags & idpf::kPspFeatureTunnelMode) != 0;
  if (psp_negotiated && uses(KeyMode::kDescriptor)) {
    tx_queue.inline_keys = &inline_keys;
    tx_queue.expects_inline_keys = key_mode(tx_queue.index) == KeyMode::kDescriptor;
  }
  tx_queue.tail_register = checked_register(vport.queue(idpf::QueueType::kTx, pair).tail, "Tx tail");
  return tx_queue;
}

RxQueueConfig Driver::State::rx_config(const Vport& vport, unsigned pair) const {
  RxQueueConfig rx_queue;
  rx_queue.index = vport.first_pair + pair;
  rx_queue.ring = config.rx_ring;
  rx_queue.buffer_ring = config.buffer_ring;
  rx_queue.buffer_bytes = config.buffer_bytes;
  rx_queue.max_frame_bytes = config.mtu + kMaxPacketExtraBytes;
  rx_queue.header_buffer_bytes = config.header_split ? config.header_buffer_bytes : uint16_t{0};
  rx_queue.rsc = config.gro;
  rx_queue.psp = psp_negotiated;
  rx_queue.psp_stripped = config.psp_strip_headers;
  rx_queue.verify_checksums = config.verify_checksums;
  rx_queue.payload = config.payload;
  rx_queue.psp_capture = config.psp_capture;
  for (unsigned i = 0; i < 2; ++i) {
    rx_queue.tail_registers[i] = checked_register(
        vport.queue(idpf::QueueType::kRxBuffer, size_t{2} * pair + i).tail, "Rx buffer tail");
  }
  return rx_queue;
}

void Driver::State::make_queues() {
  for (const Vport& vport : vports) {
    for (unsigned i = 0; i < vport.pairs; ++i) {
      tx.push_back(std::make_unique<TxQueue>(port, tx_config(vport, i), stats, anomalies));
      rx.push_back(
          std::make_unique<RxQueue>(port, rx_config(vport, i), psp.registry(), ptypes, stats, anomalies));
    }
  }
}

void Driver::State::program_interrupts() {
  const size_t used = std::min<size_t>(vectors.size(), queue_pairs());
  for (size_t i = 0; i < used; ++i) {
    for (const uint32_t itr : vectors[i].itr) {
      port.write32(Space::kBar0, itr, config.itr_us / idpf::kItrUnitUs & idpf::kItrMask);
    }
    arm(vectors[i].id);
  }
}

void Driver::State::send_tx_config(const Vport& vport) {
  std::vector<idpf::TxqInfo> infos;
  for (unsigned pair = 0; pair < vport.pairs; ++pair) {
    const Queue& completion = vport.queue(idpf::QueueType::kTxCompletion, pair);
    idpf::TxqInfo info;
    info.type = idpf::QueueType::kTx;
    info.queue_id = vport.queue(idpf::QueueType::kTx, pair).id;
    info.model = idpf::QueueModel::kSplit;
    info.sched_mode = idpf::SchedMode::kFlow;
    info.qflags = psp_negotiated ? idpf::kQflagPsp : uint16_t{0};
    info.dma_ring_addr = tx[vport.first_pair + pair]->ring_address();
    info.ring_len = tx[vport.first_pair + pair]->ring_length();
    info.tx_compl_queue_id = static_cast<uint16_t>(completion.id);
    infos.push_back(info);
    idpf::TxqInfo completion_info;
    completion_info.type = idpf::QueueType::kTxCompletion;
    completion_info.queue_id = completion.id;
    completion_info.model = idpf::QueueModel::kSplit;
    completion_info.sched_mode = idpf::SchedMode::kFlow;
    completion_info.dma_ring_addr = tx[vport.first_pair + pair]->completion_address();
    completion_info.ring_len = tx[vport.first_pair + pair]->completion_length();
    infos.push_back(completion_info);
  }
  send_list<idpf::ConfigTxQueues>(vport, idpf::Opcode::kConfigTxQueues, infos,
                                  &idpf::ConfigTxQueues::num_qinfo);
}

void Driver::State::send_rx_config(const Vport& vport) {
  std::vector<idpf::RxqInfo> infos;
  for (unsigned pair = 0; pair < vport.pairs; ++pair) {
    idpf::RxqInfo common;
    common.model = idpf::QueueModel::kSplit;
    common.desc_ids = kRxDescriptorIds;
    common.data_buffer_size = config.buffer_bytes;
    common.max_pkt_size = config.mtu + kMaxPacketExtraBytes;
    common.qflags = idpf::kRxqDescSize32;
    if (config.gro) common.qflags |= idpf::kRxqRsc;
    if (config.header_split) {
      common.qflags |= idpf::kRxqHdrSplit;
      common.hdr_buffer_size = config.header_buffer_bytes;
    }
    common.rx_buffer_low_watermark = kBufferLowWatermark;
    // Buffer queues first, as Linux.
    for (unsigned i = 0; i < 2; ++i) {
      idpf::RxqInfo info = common;
      info.type = idpf::QueueType::kRxBuffer;
      info.queue_id = vport.queue(idpf::QueueType::kRxBuffer, size_t{2} * pair + i).id;
      info.dma_ring_addr = rx[vport.first_pair + pair]->buffer_ring_address(i);
      info.ring_len = rx[vport.first_pair + pair]->buffer_ring_length();
      info.buffer_notif_stride = kBufferNotifyStride;
      infos.push_back(info);
    }
    idpf::RxqInfo info = common;
    info.type = idpf::QueueType::kRx;
    info.queue_id = vport.queue(idpf::QueueType::kRx, pair).id;
    info.dma_ring_addr = rx[vport.first_pair + pair]->ring_address();
    info.ring_len = rx[vport.first_pair + pair]->ring_length();
    info.rx_bufq1_id = static_cast<uint16_t>(vport.queue(idpf::QueueType::kRxBuffer, size_t{2} * pair).id);
    info.rx_bufq2_id =
        static_cast<uint16_t>(vport.queue(idpf::QueueType::kRxBuffer, size_t{2} * pair + 1).id);
    info.bufq2_ena = 1;
    if (psp_negotiated) info.qflags |= idpf::kQflagPsp;
    infos.push_back(info);
  }
  send_list<idpf::ConfigRxQueues>(vport, idpf::Opcode::kConfigRxQueues, infos,
                                  &idpf::ConfigRxQueues::num_qinfo);
}

// The Tx queue stands for its completion queue; buffer queues have no interrupt.
void Driver::State::map_vectors(const Vport& vport, idpf::Opcode opcode) {
  std::vector<idpf::QueueVector> maps;
  for (unsigned pair = 0; pair < vport.pairs; ++pair) {
    idpf::QueueVector map;
    map.vector_id = vector_of(vport.first_pair + pair).id;
    map.queue_type = idpf::QueueType::kTx;
    map.queue_id = vport.queue(idpf::QueueType::kTx, pair).id;
    map.itr_idx = idpf::kItrTx;
    maps.push_back(map);
    map.queue_type = idpf::QueueType::kRx;
    map.queue_id = vport.queue(idpf::QueueType::kRx, pair).id;
    map.itr_idx = idpf::kItrRx;
    maps.push_back(map);
  }
  send_list<idpf::QueueVectorMaps>(vport, opcode, maps, &idpf::QueueVectorMaps::num_qv_maps);
}

// One chunk a queue, as Linux sends them.
void Driver::State::switch_queues(const Vport& vport, idpf::Opcode opcode) {
  std::vector<idpf::QueueChunk> chunks;
  for (const idpf::QueueType type : {idpf::QueueType::kTx, idpf::QueueType::kTxCompletion,
                                     idpf::QueueType::kRx, idpf::QueueType::kRxBuffer}) {
    const size_t count = vport.pairs * (type == idpf::QueueType::kRxBuffer ? 2u : 1u);
    for (size_t i = 0; i < count; ++i) chunks.push_back({type, vport.queue(type, i).id, 1, 0});
  }
  send_list<idpf::DelEnaDisQueues>(vport, opcode, chunks, &idpf::DelEnaDisQueues::num_chunks);
}

}  // namespace pspnic::host
