// SPDX-License-Identifier: Apache-2.0
// What the fake device answers.
#include <algorithm>
#include <cstring>

#include "model/idpf/ptypes.h"
#include "model/idpf/registers.h"
#include "model/psp/header.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

template <class H>
std::vector<uint8_t> list_of(const H& head, const std::vector<typename H::Element>& elements) {
  std::vector<uint8_t> bytes = bytes_of(head);
  for (const auto& element : elements) {
    const auto part = bytes_of(element);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

}  // namespace

Answer FakeDevice::answer(const Request& request) {
  if (const auto status = refused.find(request.opcode); status != refused.end()) return {status->second, {}};
  if (request.opcode == idpf::Opcode::kConfigTxQueues) take_tx_config(request);
  if (request.opcode == idpf::Opcode::kConfigRxQueues) take_rx_config(request);
  if (const auto own = answers.find(request.opcode); own != answers.end()) return own->second(request);
  if (static_cast<uint32_t>(request.opcode) >= idpf::kPspOpcodeBase) return answer_psp(request);
  Answer reply = answer_queues(request);
  return reply.payload.empty() ? answer_basic(request) : reply;
}

Answer FakeDevice::answer_basic(const Request& request) {
  switch (request.opcode) {
    case idpf::Opcode::kGetCaps: {
      const auto asked = request.as<idpf::GetCapabilities>();
      idpf::GetCapabilities reply = caps;
      reply.csum_caps &= asked.csum_caps;
      reply.seg_caps &= asked.seg_caps;
      reply.hsplit_caps &= asked.hsplit_caps;
      reply.rsc_caps &= asked.rsc_caps;
      reply.rss_caps &= asked.rss_caps;
      reply.other_caps &= asked.other_caps;
      return {idpf::Status::kSuccess, bytes_of(reply)};
    }
    case idpf::Opcode::kGetOemCaps:
      return {idpf::Status::kSuccess, bytes_of(idpf::OemCaps{request.as<idpf::OemCaps>().caps & oem_caps})};
    case idpf::Opcode::kAllocVectors: {
      idpf::AllocVectors head = request.as<idpf::AllocVectors>();
      head.num_vchunks = 1;
      idpf::VectorChunk chunk;
      chunk.start_vector_id = 1;
      chunk.num_vectors = head.num_vectors;
      chunk.dynctl_reg_start = idpf::pf::glint_dyn_ctl(1);
      chunk.dynctl_reg_spacing = idpf::pf::kVectorStride;
      chunk.itrn_reg_start = idpf::pf::glint_itr(0, 1);
      chunk.itrn_reg_spacing = idpf::pf::kVectorStride;
      return {idpf::Status::kSuccess, list_of(head, {chunk})};
    }
    case idpf::Opcode::kGetPtypeInfo:
      return ptypes(request);
    case idpf::Opcode::kGetStats: {
      idpf::VportStats stats;
      stats.rx_bytes = 4711;
      return {idpf::Status::kSuccess, bytes_of(stats)};
    }
    default:
      return {};
  }
}

Answer FakeDevice::answer_queues(const Request& request) {
  switch (request.opcode) {
    case idpf::Opcode::kCreateVport:
      return create_vport(request);
    case idpf::Opcode::kDisableQueues:
      if (markers) {
        for (const auto& [id, ring] : tx_) complete_tx(id, idpf::TxCompletionType::kSwMarker, 0);
      }
      return {};
    default:
      return {};
  }
}

Answer FakeDevice::create_vport(const Request& request) {
  auto head = request.as<idpf::CreateVport>();
  head.max_mtu = 9216;
  head.vport_id = vports_given_++;
  head.default_mac_addr = {0x02, 0, 0, 0, static_cast<uint8_t>(head.vport_id), 0x0a};
  const uint32_t first = pairs_given_;
  pairs_given_ += head.num_tx_q;
  head.rx_desc_ids = 0x4;
  head.tx_desc_ids = 0x1020;
  head.rss_key_size = 52;
  head.rss_lut_size = 64;
  head.num_chunks = 4;
  const auto chunk = [](idpf::QueueType type, uint32_t id, uint32_t count, uint64_t tail) {
    idpf::QueueRegChunk out;
    out.type = type;
    out.start_queue_id = id;
    out.num_queues = count;
    out.qtail_reg_start = tail;
    out.qtail_reg_spacing = idpf::pf::kTailStride;
    return out;
  };
  return {idpf::Status::kSuccess,
          list_of(head, {chunk(idpf::QueueType::kTx, first, head.num_tx_q, idpf::pf::tx_tail(first)),
                         chunk(idpf::QueueType::kRx, first, head.num_rx_q, idpf::pf::rx_tail(first)),
                         chunk(idpf::QueueType::kTxCompletion, first, head.num_tx_complq, 0),
                         chunk(idpf::QueueType::kRxBuffer, 2 * first, head.num_rx_bufq,
                               idpf::pf::rx_buf_tail(2 * first))})};
}

Answer FakeDevice::ptypes(const Request& request) const {
  std::vector<uint8_t> bytes(idpf::kMaxPayload);
  size_t offset = sizeof(idpf::GetPtypeInfo);
  idpf::GetPtypeInfo head = request.as<idpf::GetPtypeInfo>();
  head.num_ptypes = static_cast<uint16_t>(idpf::kPtypes.size() + 1);
  for (const idpf::Ptype& ptype : idpf::all_ptypes()) {
    (void)idpf::append_ptype_entry(bytes, offset, ptype.id, static_cast<uint8_t>(ptype.id),
                                   ptype.protocol_ids());
  }
  (void)idpf::append_ptype_terminator(bytes, offset);
  (void)idpf::write_at(bytes, 0, head);
  bytes.resize(offset);
  return {idpf::Status::kSuccess, bytes};
}

void FakeDevice::take_tx_config(const Request& request) {
  for (size_t i = 0; i < request.as<idpf::ConfigTxQueues>().num_qinfo; ++i) {
    const auto info = request.element<idpf::ConfigTxQueues>(i);
    auto& rings = info.type == idpf::QueueType::kTx ? tx_ : tx_completion_;
    rings[info.queue_id] = {info.dma_ring_addr, info.ring_len, 0, true};
  }
}

void FakeDevice::take_rx_config(const Request& request) {
  for (size_t i = 0; i < request.as<idpf::ConfigRxQueues>().num_qinfo; ++i) {
    const auto info = request.element<idpf::ConfigRxQueues>(i);
    auto& rings = info.type == idpf::QueueType::kRx ? rx_ : rx_buffer_;
    rings[info.queue_id] = {info.dma_ring_addr, info.ring_len, 0, true};
    if (info.type == idpf::QueueType::kRxBuffer) rx_buffer_bytes_[info.queue_id] = info.data_buffer_size;
  }
}

Answer FakeDevice::answer_psp(const Request& request) {
  switch (request.opcode) {
    case idpf::Opcode::kPspGetCaps: {
      auto reply = request.as<idpf::PspCaps>();
      reply.versions &= 0xf;
      reply.flags = idpf::kPspFeatureIcvStrip | idpf::kPspFeatureStripHeaders | idpf::kPspFeatureTunnelMode;
      reply.max_tx_sa = 4096;
      reply.max_alloc_per_msg = 85;
      reply.max_add_per_msg = 63;
      reply.max_del_per_msg = 510;
      reply.generation = generation_;
      return {idpf::Status::kSuccess, bytes_of(reply)};
    }
    case idpf::Opcode::kPspAllocRxSa: {
      auto head = request.as<idpf::PspRxSaList>();
      std::vector<idpf::PspRxSa> sas(head.num_sa);
      for (auto& sa : sas) {
        if (spis == 0) {
          sa.status = static_cast<uint16_t>(idpf::Status::kPspSpiExhausted);
          continue;
        }
        --spis;
        sa.spi = next_spi_++;
        sa.generation = generation_;
        sa.key_len = psp::key_bytes(psp::Version{head.version});
        std::fill_n(sa.key.begin(), sa.key_len, static_cast<uint8_t>(sa.spi));
      }
      return {idpf::Status::kSuccess, list_of(head, sas)};
    }
    case idpf::Opcode::kPspFreeRxSa: {
      const auto head = request.as<idpf::PspRxSaList>();
      std::vector<idpf::PspRxSa> sas;
      for (size_t i = 0; i < head.num_sa; ++i) {
        sas.push_back(request.element<idpf::PspRxSaList>(i));
        const bool stale = sas.back().generation != generation_;
        sas.back().status =
            idpf::entry_status(stale ? idpf::Status::kPspStaleGeneration : idpf::Status::kSuccess);
      }
      return {idpf::Status::kSuccess, list_of(head, sas)};
    }
    case idpf::Opcode::kPspAddTxSa: {
      const auto head = request.as<idpf::PspTxSaList>();
      std::vector<idpf::PspTxSa> sas;
      for (size_t i = 0; i < head.num_sa; ++i) {
        sas.push_back(request.element<idpf::PspTxSaList>(i));
        sas.back().sa_idx = next_slot_++;
        sas.back().key = {};
      }
      return {idpf::Status::kSuccess, list_of(head, sas)};
    }
    case idpf::Opcode::kPspRotateKey: {
      auto reply = request.as<idpf::PspRotateKey>();
      reply.prev_generation = generation_;
      reply.generation = ++generation_;
      return {idpf::Status::kSuccess, bytes_of(reply)};
    }
    case idpf::Opcode::kPspGetStats: {
      idpf::PspStats stats;
      stats.rx_packets = 42;
      return {idpf::Status::kSuccess, bytes_of(stats)};
    }
    default:
      return {};
  }
}

}  // namespace pspnic::host::test
