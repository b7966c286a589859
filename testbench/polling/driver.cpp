// SPDX-License-Identifier: Apache-2.0
#include "testbench/polling/driver.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/idpf/psp_ext.h"
#include "model/idpf/registers.h"
#include "model/idpf/tx_descriptors.h"
#include "model/net/bytes.h"
#include "testbench/polling/messages.h"

namespace pspnic::polling {

namespace {

using idpf::Opcode;
using idpf::QueueModel;
using idpf::QueueType;

constexpr uint64_t kMs = 1'000'000'000;
constexpr unsigned kEntries = idpf::kMailboxRingLen;
constexpr uint64_t kCommand = 0x04;  // of configuration space
constexpr uint32_t kMemoryAndBusMaster = 6;
constexpr uint8_t kGarbage = 0x95;  // DPDK leaves reserved bytes of the stack in messages

}  // namespace

void Driver::write(uint64_t offset, uint64_t value) {
  port_.write32(host::Space::kBar0, offset, static_cast<uint32_t>(value));
}

void Driver::reset() {
  const uint32_t control = port_.read32(host::Space::kBar0, idpf::pf::kPfgenCtrl);
  write(idpf::pf::kPfgenCtrl, control | idpf::kPfSwr);
  uint32_t status = 0;
  for (int attempt = 0; attempt < 100 && (status & 3) == 0; ++attempt) {
    status = port_.read32(host::Space::kBar0, idpf::pf::kPfgenRstat);
    if ((status & 3) == 0) port_.delay(1000 * kMs);
  }
  if ((status & 3) == 0 || status == 0xffffffff) throw std::runtime_error("the reset does not end");
  start_mailbox();
}

void Driver::probe() {
  port_.write32(host::Space::kConfig, kCommand, kMemoryAndBusMaster);
  reset();
  call(Opcode::kVersion, bytes_of(idpf::VersionInfo{.major = 2, .minor = 0}));
  call(Opcode::kGetPtypeInfo, bytes_of(idpf::GetPtypeInfo{0, 0x400}, 16));
  idpf::GetCapabilities wanted;
  wanted.csum_caps = 0xffff;
  wanted.rss_caps = 0x3fff;
  if (config_.coalesce) wanted.rsc_caps = idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp;
  wanted.other_caps = idpf::kCapWbOnItr | (config_.psp ? idpf::kCapOem : 0);
  const auto caps = idpf::read_at<idpf::GetCapabilities>(call(Opcode::kGetCaps, bytes_of(wanted)));
  if (!caps || caps->rss_caps == 0 || caps->num_allocated_vectors == 0 || caps->max_vports == 0)
    throw std::runtime_error("capabilities are missing");
  if (config_.psp) {
    call(Opcode::kGetOemCaps, bytes_of(idpf::OemCaps{idpf::kPspCapMbx | idpf::kPspCapRxMeta}));
  }
  create_vport();
  configure_rss();
}

void Driver::start_mailbox() {
  for (host::DmaBuffer* ring : {&atq_, &arq_}) *ring = port_.allocate(kEntries * 32, 128);
  request_ = port_.allocate(idpf::kMailboxBufferBytes, 4096);
  replies_ = port_.allocate(kEntries * idpf::kMailboxBufferBytes, 4096);
  atq_next_ = arq_next_ = arq_post_ = 0;
  for (unsigned i = 0; i + 1 < kEntries; ++i) post_mailbox_buffer();
  write(idpf::pf::kAtqh, 0);
  write(idpf::pf::kAtqbal, atq_.iova);
  write(idpf::pf::kAtqbah, atq_.iova >> 32);
  write(idpf::pf::kAtqlen, kEntries | idpf::kMbxLenEnable);
  write(idpf::pf::kArqt, arq_post_);  // before what it belongs to
  write(idpf::pf::kArqh, 0);
  write(idpf::pf::kArqbal, arq_.iova);
  write(idpf::pf::kArqbah, arq_.iova >> 32);
  write(idpf::pf::kArqlen, kEntries | idpf::kMbxLenEnable);
}

void Driver::post_mailbox_buffer() {
  idpf::MailboxDescriptor descriptor;
  descriptor.flags = idpf::kMbxFlagsRequest;
  descriptor.datalen = idpf::kMailboxBufferBytes;
  descriptor.address = replies_.iova + arq_post_ * idpf::kMailboxBufferBytes;
  descriptor.encode(arq_.bytes.subspan(arq_post_ * 32u).first<32>());
  arq_post_ = static_cast<uint16_t>((arq_post_ + 1) % kEntries);
}

Driver::Answer Driver::exchange(Opcode opcode, const Bytes& payload) {
  idpf::MailboxDescriptor descriptor;
  descriptor.flags = idpf::kMbxFlagsRequest;
  descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
  descriptor.datalen = static_cast<uint16_t>(payload.size());
  descriptor.v_opcode = opcode;
  descriptor.address = request_.iova;
  std::copy(payload.begin(), payload.end(), request_.bytes.begin());
  descriptor.encode(atq_.bytes.subspan(atq_next_ * 32u).first<32>());
  const uint16_t sent = atq_next_;
  atq_next_ = static_cast<uint16_t>((atq_next_ + 1) % kEntries);
  write(idpf::pf::kAtqt, atq_next_);
  for (int attempt = 0; attempt < 200; ++attempt) {
    port_.delay(10 * kMs);
    while (true) {
      const std::span<uint8_t> entry = arq_.bytes.subspan(arq_next_ * 32u, 32);
      const auto reply = idpf::MailboxDescriptor::decode(entry.first<32>());
      if ((reply.flags & idpf::kMbxFlagDd) == 0) break;
      if (reply.datalen == 0) throw std::runtime_error("an answer without payload");
      const auto from = replies_.bytes.begin() + arq_next_ * ptrdiff_t{idpf::kMailboxBufferBytes};
      Answer answer{reply.v_retval, Bytes(from, from + reply.datalen)};
      const bool mine = reply.v_opcode == opcode;
      std::fill(entry.begin(), entry.end(), uint8_t{0});
      arq_next_ = static_cast<uint16_t>((arq_next_ + 1) % kEntries);
      post_mailbox_buffer();
      write(idpf::pf::kArqt, arq_post_);
      if (!mine) continue;  // an event
      const std::span<uint8_t> done = atq_.bytes.subspan(sent * 32u, 32);
      if ((done[0] & idpf::kMbxFlagDd) == 0) throw std::runtime_error("request not marked done");
      std::fill(done.begin(), done.end(), uint8_t{0});
      return answer;
    }
  }
  throw std::runtime_error("no answer to " + std::to_string(static_cast<uint32_t>(opcode)));
}

Driver::Bytes Driver::call(Opcode opcode, const Bytes& payload) {
  Answer answer = exchange(opcode, payload);
  if (answer.status != idpf::Status::kSuccess) {
    throw std::runtime_error("message " + std::to_string(static_cast<uint32_t>(opcode)) +
                             " refused: " + std::to_string(static_cast<uint32_t>(answer.status)));
  }
  return std::move(answer.payload);
}

idpf::Status Driver::status_of(Opcode opcode, const Bytes& payload) {
  return exchange(opcode, payload).status;
}

void Driver::create_vport() {
  const bool split = config_.rx_model == QueueModel::kSplit;
  const idpf::CreateVport wanted{.txq_model = config_.psp ? QueueModel::kSplit : QueueModel::kSingle,
                                 .rxq_model = config_.rx_model,
                                 .num_tx_q = 16,
                                 .num_tx_complq = config_.psp ? uint16_t{16} : uint16_t{0},
                                 .num_rx_q = 16,
                                 .num_rx_bufq = split ? uint16_t{32} : uint16_t{0}};
  const Bytes answer = call(Opcode::kCreateVport, bytes_of(wanted, 192));
  created_ = idpf::read_at<idpf::CreateVport>(answer).value();
  vport_id_ = created_.vport_id;
  chunks_.clear();
  for (size_t i = 0; i < created_.num_chunks; ++i) {
    chunks_.push_back(idpf::read_element<idpf::CreateVport>(answer, i).value());
  }
}

void Driver::configure_rss() {
  Bytes key(idpf::rss_key_message_size(52));
  if (!idpf::write_rss_key(key, {vport_id_, Bytes(52, 0x6d)})) throw std::logic_error("RSS key");
  call(Opcode::kSetRssKey, key);
  std::vector<uint32_t> lut(created_.rss_lut_size);
  for (uint32_t i = 0; i < lut.size(); ++i) lut[i] = i % config_.queues;
  call(Opcode::kSetRssLut, message(idpf::RssLut{vport_id_, 0, created_.rss_lut_size}, lut));
  call(Opcode::kSetRssHash,
       bytes_of(idpf::RssHash{.ptype_groups = 0x80007f9fe0000000, .vport_id = vport_id_}));
}

uint64_t Driver::tail(QueueType type, uint32_t queue) const {
  for (const idpf::QueueRegChunk& chunk : chunks_) {
    if (chunk.type == type) return chunk.qtail_reg_start + uint64_t{queue} * chunk.qtail_reg_spacing;
  }
  throw std::runtime_error("no chunk of queue type " + std::to_string(static_cast<uint32_t>(type)));
}

void Driver::queues_call(Opcode opcode, QueueType type, uint32_t queue) {
  call(opcode, message(idpf::DelEnaDisQueues{.vport_id = vport_id_, .num_chunks = 1},
                       {{.type = type, .start_queue_id = queue, .num_queues = 1}}));
}

void Driver::map(Opcode opcode) {
  std::vector<idpf::QueueVector> list;
  for (uint32_t queue = 0; queue < config_.queues; ++queue) {
    list.push_back({.queue_id = queue,
                    .vector_id = vectors_.start_vector_id,
                    .itr_idx = 0,
                    .queue_type = QueueType::kRx});
  }
  call(opcode, message(idpf::QueueVectorMaps{.vport_id = vport_id_,
                                             .num_qv_maps = static_cast<uint16_t>(list.size())},
                       list));
}

void Driver::start() {
  const Bytes answer = call(Opcode::kAllocVectors, bytes_of(idpf::AllocVectors{.num_vectors = 1}, 64));
  vectors_ = idpf::read_element<idpf::AllocVectors>(answer, 0).value();
  write(vectors_.dynctl_reg_start, 0x4000'0200);  // WB_ON_ITR and an interval, no interrupt
  map(Opcode::kMapQueueVector);
  tx_.assign(config_.queues, {});
  rx_.assign(config_.queues, {});
  for (uint16_t queue = 0; queue < config_.queues && !config_.psp; ++queue) start_tx(queue);
  for (uint16_t queue = 0; queue < config_.queues; ++queue) start_rx(queue);
  Bytes enable = bytes_of(idpf::VportMessage{vport_id_, 0});
  enable.back() = kGarbage;
  call(Opcode::kEnableVport, enable);
}

void Driver::start_tx(uint16_t number) {
  TxQueue& queue = tx_[number];
  queue.ring = port_.allocate(config_.ring * idpf::kTxDescriptorBytes, 128);
  queue.data = port_.allocate(size_t{config_.ring} * kPieceBytes, 128);
  const idpf::TxqInfo info{.dma_ring_addr = queue.ring.iova,
                           .type = QueueType::kTx,
                           .queue_id = number,
                           .model = QueueModel::kSingle,
                           .sched_mode = idpf::SchedMode::kQueue,
                           .ring_len = config_.ring};
  call(Opcode::kConfigTxQueues, message(idpf::ConfigTxQueues{.vport_id = vport_id_, .num_qinfo = 1}, {info}));
  write(tail(QueueType::kTx, number), 0);
  queues_call(Opcode::kEnableQueues, QueueType::kTx, number);
}

void Driver::start_rx(uint16_t number) {
  RxQueue& queue = rx_[number];
  const bool split = config_.rx_model == QueueModel::kSplit;
  queue.ring = port_.allocate(size_t{config_.ring} * 32, 128);
  idpf::RxqInfo info{.desc_ids = 4,
                     .dma_ring_addr = queue.ring.iova,
                     .type = QueueType::kRx,
                     .queue_id = number,
                     .model = config_.rx_model,
                     .data_buffer_size = config_.buffer_bytes,
                     .max_pkt_size = config_.max_packet,
                     .ring_len = config_.ring,
                     .qflags = idpf::kRxqDescSize32};
  if (config_.psp) info.qflags |= idpf::kQflagPsp;
  if (config_.coalesce) info.qflags |= idpf::kRxqRsc;
  std::vector<idpf::RxqInfo> list;
  if (split) {
    info.rx_bufq1_id = static_cast<uint16_t>(2 * number);
    info.rx_bufq2_id = static_cast<uint16_t>(2 * number + 1);
  }
  list.push_back(info);
  for (unsigned i = 0; i < (split ? 2u : 1u); ++i) {
    queue.data[i] = port_.allocate(size_t{config_.ring} * config_.buffer_bytes, 128);
    if (split) queue.buffer_ring[i] = port_.allocate(size_t{config_.ring} * 32, 128);
    host::DmaBuffer& ring = split ? queue.buffer_ring[i] : queue.ring;
    for (uint32_t n = 0; n < config_.ring; ++n) {
      net::store_le64(&ring.bytes[n * 32 + (split ? 8 : 0)], queue.data[i].iova + n * config_.buffer_bytes);
    }
    info.type = QueueType::kRxBuffer;
    info.queue_id = 2u * number + i;
    info.dma_ring_addr = ring.iova;
    info.buffer_notif_stride = 64;
    if (split) list.push_back(info);
  }
  call(Opcode::kConfigRxQueues,
       message(idpf::ConfigRxQueues{.vport_id = vport_id_, .num_qinfo = static_cast<uint16_t>(list.size())},
               list));
  const uint16_t last = static_cast<uint16_t>(config_.ring - 1);
  for (unsigned i = 0; split && i < 2; ++i) write(tail(QueueType::kRxBuffer, 2u * number + i), last);
  if (!split) write(tail(QueueType::kRx, number), last);
  queue.buffer_tail[0] = queue.buffer_tail[1] = last;
  queues_call(Opcode::kEnableQueues, QueueType::kRx, number);
  for (unsigned i = 0; split && i < 2; ++i)
    queues_call(Opcode::kEnableQueues, QueueType::kRxBuffer, 2u * number + i);
}

void Driver::stop() {
  call(Opcode::kDisableVport, bytes_of(idpf::VportMessage{vport_id_, 0}));
  for (uint32_t queue = 0; queue < config_.queues; ++queue) {
    queues_call(Opcode::kDisableQueues, QueueType::kRx, queue);
    for (unsigned i = 0; config_.rx_model == QueueModel::kSplit && i < 2; ++i)
      queues_call(Opcode::kDisableQueues, QueueType::kRxBuffer, 2 * queue + i);
  }
  for (uint32_t queue = 0; queue < config_.queues; ++queue)
    queues_call(Opcode::kDisableQueues, QueueType::kTx, queue);
  map(Opcode::kUnmapQueueVector);
  call(Opcode::kDeallocVectors, message(idpf::VectorChunks{.num_vchunks = 1}, {vectors_}));
  for (TxQueue& queue : tx_) {
    port_.free(queue.ring);
    port_.free(queue.data);
  }
  for (RxQueue& queue : rx_) {
    port_.free(queue.ring);
    for (unsigned i = 0; i < (config_.rx_model == QueueModel::kSplit ? 2u : 1u); ++i) {
      port_.free(queue.data[i]);
      if (config_.rx_model == QueueModel::kSplit) port_.free(queue.buffer_ring[i]);
    }
  }
}

void Driver::close() {
  call(Opcode::kDestroyVport, bytes_of(idpf::VportMessage{vport_id_, 0}));
  for (host::DmaBuffer* memory : {&atq_, &arq_, &request_, &replies_}) {
    std::fill(memory->bytes.begin(), memory->bytes.end(), kGarbage);  // somebody else's from now on
    port_.free(*memory);
  }
}

}  // namespace pspnic::polling
