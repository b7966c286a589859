// SPDX-License-Identifier: Apache-2.0
// A packet on its way into host memory: its buffers, and the completions that tell of them.
#include <algorithm>
#include <array>
#include <utility>

#include "model/idpf/rx_single.h"
#include "model/queue/rx_queues.h"

namespace pspnic::queue {

namespace {

// The same bits stand in the same order in both formats, so a single queue's status is the two bytes of a
// split queue's, the second one first.
static_assert(idpf::kRxDd == idpf::kSingleDd && idpf::kRxEudpe == idpf::kSingleEudpe);
static_assert(idpf::kRxLpbk << 8 == idpf::kSingleLpbk && idpf::kRxRssValid << 8 == idpf::kSingleRssValid &&
              idpf::kRxL2tag1p << 8 == idpf::kSingleL2tag1p);
constexpr uint8_t kSharedStatus0 = 0x3f;

idpf::SingleRxFlex single_format(const idpf::RxCompletion& completion) {
  idpf::SingleRxFlex single;
  single.ptype = completion.ptype;
  single.length = completion.length;
  single.status0 = static_cast<uint16_t>(completion.status1 | (completion.status0 & kSharedStatus0) << 8);
  single.hash = completion.hash;
  // The only thing the format can say of PSP; packets that failed are never delivered.
  single.status1 = completion.psp_status == idpf::PspRxStatus::kOk ? idpf::kSingleCrypto : uint16_t{0};
  return single;
}

}  // namespace

// As nearly all: a packet that fits one buffer.
void RxQueues::put_whole(uint16_t number, uint16_t from, base::PacketPtr packet,
                         const idpf::RxCompletion& metadata) {
  const RxPlacement::Receipt receipt = RxPlacement::receipt(number, *packet);
  base::Journey journey = packet->journey;
  journey.reach(base::Leg::kBuffers, ports_.events.now());
  const Buffer buffer = take_buffer(number, sources_[from]);
  const std::span<const uint8_t> bytes = packet->bytes();
  const base::Time left = ports_.dma.write_packet({pcie::Requester::Kind::kBufferQueue, from}, buffer.address,
                                                  bytes, std::move(packet));
  idpf::RxCompletion completion = metadata;
  completion.length = static_cast<uint16_t>(bytes.size());
  completion.header_length = 0;
  completion.status1 |= idpf::kRxEof;
  if (metadata.header_length != 0) completion.status1 |= idpf::kRxHbo;
  complete_part(number, from, buffer, completion);
  journeys_.add(journey, left, ports_.dma.write_duration(receipt.bytes), ports_.dma.last_visible());
  if (placement_ != nullptr) placement_->on_placed(receipt, left);
}

void RxQueues::put(uint16_t number, const Plan& plan, base::PacketPtr packet,
                   const idpf::RxCompletion& metadata) {
  Source& source = sources_[plan.source];
  receipts_.clear();
  chain_journeys_.clear();
  for (const base::Packet* p = packet.get(); p != nullptr; p = p->next.get()) {
    receipts_.push_back(RxPlacement::receipt(number, *p));
    chain_journeys_.push_back(p->journey);
    chain_journeys_.back().reach(base::Leg::kBuffers, ports_.events.now());
  }
  uint32_t rest = plan.bytes;
  ChainReader chain(std::move(packet));
  base::Time left = 0;
  for (unsigned i = 0; i < plan.buffers; ++i) {
    const bool last = i + 1 == plan.buffers;
    const Buffer buffer = take_buffer(number, source);
    idpf::RxCompletion completion = last ? metadata : idpf::RxCompletion{};
    completion.header_length = 0;
    if (i == 0 && plan.header != 0) {
      left = fill({pcie::Requester::Kind::kHeaderBuffer, plan.source}, buffer.header_address, plan.header,
                  chain);
      completion.sph = true;
      completion.header_length = static_cast<uint16_t>(plan.header);
    }
    const uint32_t length = std::min(rest, source.buffer_bytes);
    if (length > 0) {
      left = fill({pcie::Requester::Kind::kBufferQueue, plan.source}, buffer.address, length, chain);
    }
    rest -= length;
    completion.length = static_cast<uint16_t>(length);
    const bool overflow = plan.header == 0 && metadata.header_length != 0;
    if (i == 0 && overflow) completion.status1 |= idpf::kRxHbo;
    if (last) completion.status1 |= idpf::kRxEof;
    complete_part(number, plan.source, buffer, completion);
  }
  const base::Time visible = ports_.dma.last_visible();
  for (size_t i = 0; i < receipts_.size(); ++i) {
    journeys_.add(chain_journeys_[i], left, ports_.dma.write_duration(receipts_[i].bytes), visible);
    if (placement_ != nullptr) placement_->on_placed(receipts_[i], left);
  }
}

// Answers when its last byte has left.
base::Time RxQueues::fill(pcie::Requester requester, uint64_t address, uint32_t bytes, ChainReader& chain) {
  base::Time left = 0;
  while (bytes > 0) {
    const std::span<const uint8_t> piece = chain.take(bytes);
    left = ports_.dma.write_packet(requester, address, piece, chain.owner());
    address += piece.size();
    bytes -= static_cast<uint32_t>(piece.size());
  }
  return left;
}

void RxQueues::complete_part(uint16_t number, uint16_t from, const Buffer& buffer,
                             idpf::RxCompletion& completion) {
  const Queue& queue = queues_[number];
  completion.bufq2 = from == queue.context.buffer_queue_2;
  completion.buf_id = buffer.id;
  completion.status1 |= idpf::kRxDd;
  if (queue.context.model == idpf::QueueModel::kSingle) {
    write_back(number, buffer.index, completion);
  } else {
    write_completion(number, completion);
  }
  written_++;
}

RxQueues::Buffer RxQueues::take_buffer(uint16_t number, Source& source) {
  Queue& queue = queues_[number];
  const DescriptorRing::Taken taken = source.ring.take(ring_reader_);
  source.ring.release(1);
  if (watch_ != nullptr) [[unlikely]]
    watch_->on_buffer_used(site_of(static_cast<uint32_t>(&source - sources_.data())), taken.index);
  if (queue.context.model == idpf::QueueModel::kSingle) {
    return {.address = idpf::SingleRxBuffer::decode(taken.bytes.first<16>()).packet_address,
            .index = taken.index};
  }
  source.unread.push(number);
  queue.unread++;
  const auto buffer = idpf::RxBufferDescriptor::decode(taken.bytes.first<idpf::kRxBufferDescriptorBytes>());
  return {.address = buffer.packet_address,
          .header_address = buffer.header_address,
          .id = buffer.buf_id,
          .index = taken.index};
}

void RxQueues::write_completion(uint16_t number, idpf::RxCompletion& completion) {
  Queue& queue = queues_[number];
  completion.generation = queue.position.generation();
  std::array<uint8_t, idpf::kRxCompletionBytes> bytes;
  completion.encode(bytes);
  ports_.dma.write({pcie::Requester::Kind::kRxQueue, number},
                   queue.context.ring_address + uint64_t{queue.position.index()} * bytes.size(), bytes);
  queue.position.advance();
}

void RxQueues::write_back(uint16_t number, uint16_t index, const idpf::RxCompletion& metadata) {
  std::array<uint8_t, idpf::kRxBufferDescriptorBytes> bytes;
  single_format(metadata).encode(bytes);
  ports_.dma.write({pcie::Requester::Kind::kRxQueue, number},
                   queues_[number].context.ring_address + uint64_t{index} * bytes.size(), bytes);
}

}  // namespace pspnic::queue
