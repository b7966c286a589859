// SPDX-License-Identifier: Apache-2.0
#include "testbench/polling/psp.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "model/idpf/virtchnl2.h"
#include "testbench/polling/messages.h"

namespace pspnic::polling {

using idpf::Opcode;
using idpf::QueueModel;
using idpf::QueueType;

namespace {

constexpr uint64_t kPoll = 10'000'000;  // 10 us
constexpr uint16_t kTag = 1;

}  // namespace

void Psp::start() {
  ring_ = port_.allocate(kRing * idpf::kTxDescriptorBytes, 128);
  completions_ = port_.allocate(size_t{2} * kRing * idpf::kTxCompletionBytes, 128);
  data_ = port_.allocate(kDataBytes, 128);
  const idpf::TxqInfo queue{.dma_ring_addr = ring_.iova,
                            .type = QueueType::kTx,
                            .model = QueueModel::kSplit,
                            .sched_mode = idpf::SchedMode::kFlow,
                            .qflags = idpf::kQflagPsp,
                            .ring_len = kRing};
  const idpf::TxqInfo completion{.dma_ring_addr = completions_.iova,
                                 .type = QueueType::kTxCompletion,
                                 .model = QueueModel::kSplit,
                                 .sched_mode = idpf::SchedMode::kFlow,
                                 .ring_len = 2 * kRing};
  driver_.call(
      Opcode::kConfigTxQueues,
      message(idpf::ConfigTxQueues{.vport_id = driver_.vport(), .num_qinfo = 2}, {completion, queue}));
  driver_.queues_call(Opcode::kEnableQueues, QueueType::kTxCompletion, 0);
  driver_.queues_call(Opcode::kEnableQueues, QueueType::kTx, 0);
}

void Psp::enable_receive(uint32_t versions, uint32_t flags) {
  driver_.call(Opcode::kPspSetConfig, bytes_of(idpf::PspConfig{.vport_id = driver_.vport(),
                                                               .versions_ena = versions,
                                                               .flags = flags | idpf::kPspConfigDropFailed}));
}

void Psp::set_promiscuous() {
  driver_.call(
      Opcode::kConfigPromiscuousMode,
      bytes_of(idpf::PromiscInfo{driver_.vport(), idpf::kPromiscUnicast | idpf::kPromiscMulticast, 0}));
}

void Psp::add_sa(uint32_t index, uint32_t spi, uint8_t version, std::span<const uint8_t> key) {
  idpf::PspTxSa sa{.sa_idx = index,
                   .spi = spi,
                   .version = version,
                   .key_len = static_cast<uint8_t>(key.size()),
                   .sa_tag = static_cast<uint16_t>(index)};
  std::copy(key.begin(), key.end(), sa.key.begin());
  const auto answer = driver_.call(
      Opcode::kPspAddTxSa, message(idpf::PspTxSaList{.vport_id = driver_.vport(), .num_sa = 1}, {sa}));
  const uint16_t status = idpf::read_element<idpf::PspTxSaList>(answer, 0).value().status;
  if (status != 0) throw std::runtime_error("PSP_ADD_TX_SA: entry refused: " + std::to_string(status));
}

idpf::PspStats Psp::statistics() {
  const auto answer =
      driver_.call(Opcode::kPspGetStats, bytes_of(idpf::PspStats{.vport_id = driver_.vport()}));
  return idpf::read_at<idpf::PspStats>(answer).value();
}

void Psp::put(std::span<const uint8_t, idpf::kTxDescriptorBytes> descriptor) {
  std::copy(descriptor.begin(), descriptor.end(), ring_.bytes.begin() + next_ * 16);
  next_ = static_cast<uint16_t>((next_ + 1) % kRing);
}

void Psp::put_context(const RawFrame& frame) {
  std::array<uint8_t, idpf::kTxDescriptorBytes> bytes{};
  const uint16_t command = frame.mss != 0 ? idpf::kContextTso : uint16_t{0};
  if (frame.psp) {
    idpf::PspContextDescriptor{.mss = frame.mss,
                               .header_length = frame.header_bytes,
                               .key_source = idpf::PspKeySource::kSaTable,
                               .append_icv = true,
                               .command = command,
                               .sa_tag = static_cast<uint16_t>(frame.sa_index),
                               .sa_idx = frame.sa_index}
        .encode(bytes);
  } else {
    idpf::TsoContextDescriptor{.mss = frame.mss, .header_length = frame.header_bytes, .command = command}
        .encode(bytes);
  }
  put(bytes);
}

void Psp::send(const RawFrame& frame) {
  std::copy(frame.bytes.begin(), frame.bytes.end(), data_.bytes.begin());
  if (frame.psp || frame.mss != 0) put_context(frame);
  std::vector<size_t> ends = frame.cuts;
  for (size_t at = idpf::kMaxTxBufferSize; at < frame.bytes.size(); at += idpf::kMaxTxBufferSize)
    ends.push_back(at);
  ends.push_back(frame.bytes.size());
  std::sort(ends.begin(), ends.end());
  size_t begin = 0;
  for (const size_t end : ends) {
    if (end == begin) continue;
    std::array<uint8_t, idpf::kTxDescriptorBytes> bytes{};
    idpf::FlowDataDescriptor{.buffer_address = data_.iova + begin,
                             .eop = end == frame.bytes.size(),
                             .cs_en = frame.checksum,
                             .completion_tag = kTag,
                             .buffer_size = static_cast<uint16_t>(end - begin)}
        .encode(bytes);
    put(bytes);
    begin = end;
  }
  port_.write32(host::Space::kBar0, driver_.tx_tail_register(0), next_);
  wait_for_completion();
}

void Psp::wait_for_completion() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    port_.delay(kPoll);
    const uint32_t index = seen_ % (2u * kRing);
    const auto entry = idpf::TxCompletion::decode(
        completions_.bytes.subspan(index * idpf::kTxCompletionBytes).first<idpf::kTxCompletionBytes>());
    if (entry.generation != (seen_ / (2u * kRing) % 2 == 0)) continue;
    ++seen_;
    if (entry.type != idpf::TxCompletionType::kRs) continue;
    port_.delay(kPoll);  // what has been read leaves the port
    return;
  }
  throw std::runtime_error("no completion");
}

}  // namespace pspnic::polling
