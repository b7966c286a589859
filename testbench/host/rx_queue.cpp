// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/rx_queue.h"

#include <fmt/format.h>

#include <cstring>

#include "model/net/bytes.h"

namespace pspnic::host {
namespace {

constexpr uint32_t kPostStride = 16;  // Linux: buffer tails move in steps of 16
// What the length of an IP packet can say, behind Ethernet header and two VLAN tags.
constexpr uint32_t kMaxMergedBytes =
    65535 + net::kEthernetHeaderBytes + net::kMaxVlanTags * net::kVlanTagBytes;

}  // namespace

RxQueue::RxQueue(HostPort& port, const RxQueueConfig& config, const RxSaRegistry& registry,
                 const AnnouncedPtypes& ptypes, DriverStats& stats, Anomalies& anomalies)
    : port_(port),
      config_(config),
      registry_(registry),
      ptypes_(ptypes),
      stats_(stats),
      anomalies_(anomalies),
      position_(config.ring) {
  ring_ = port_.allocate(config_.ring * idpf::kRxCompletionBytes, kRingAlignment);
  for (BufferQueue& queue : buffer_queues_) allocate(queue);
  partial_.resize(config_.rsc ? kMaxMergedBytes : config_.max_frame_bytes);
}

void RxQueue::allocate(BufferQueue& queue) {
  const uint32_t entries = config_.buffer_ring;
  queue.ring = port_.allocate(entries * idpf::kRxBufferDescriptorBytes, kRingAlignment);
  queue.memory = port_.allocate(size_t{entries - 1} * config_.buffer_bytes, kRingAlignment);
  if (config_.header_buffer_bytes != 0) {
    queue.headers = port_.allocate(size_t{entries - 1} * config_.header_buffer_bytes, kRingAlignment);
  }
  queue.order.resize(entries);
  queue.posted.resize(entries - 1);
  queue.returned.reserve(entries);
}

void RxQueue::release() {
  const auto give_back = [this](DmaBuffer& memory) {
    if (!memory.bytes.empty()) port_.free(memory);
    memory = {};
  };
  give_back(ring_);
  for (BufferQueue& queue : buffer_queues_) {
    give_back(queue.ring);
    give_back(queue.memory);
    give_back(queue.headers);
  }
}

void RxQueue::write_buffer(BufferQueue& queue, uint16_t id) {
  idpf::RxBufferDescriptor descriptor;
  descriptor.buf_id = id;
  descriptor.packet_address = queue.memory.iova + uint64_t{id} * config_.buffer_bytes;
  if (config_.header_buffer_bytes != 0) {
    descriptor.header_address = queue.headers.iova + uint64_t{id} * config_.header_buffer_bytes;
  }
  descriptor.encode(std::span<uint8_t, idpf::kRxBufferDescriptorBytes>(
      queue.ring.bytes.data() + queue.next * idpf::kRxBufferDescriptorBytes, idpf::kRxBufferDescriptorBytes));
  queue.order[queue.next] = id;
  queue.posted[id] = 1;
  queue.next = queue.next + 1 == config_.buffer_ring ? 0 : queue.next + 1;
}

void RxQueue::post_initial_buffers() {
  for (unsigned i = 0; i < 2; ++i) {
    BufferQueue& queue = buffer_queues_[i];
    for (uint16_t id = 0; id + 1 < config_.buffer_ring; ++id) write_buffer(queue, id);
    ++stats_.buffer_doorbells;
    port_.write32(Space::kBar0, config_.tail_registers[i], queue.next);
  }
}

void RxQueue::ring_again() {
  for (unsigned i = 0; i < 2; ++i) {
    ++stats_.buffer_doorbells;
    port_.write32(Space::kBar0, config_.tail_registers[i], buffer_queues_[i].next);
  }
}

// One doorbell for all whole steps.
void RxQueue::refill(unsigned index) {
  BufferQueue& queue = buffer_queues_[index];
  const size_t count = queue.returned.size() / kPostStride * kPostStride;
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) write_buffer(queue, queue.returned[i]);
  queue.returned.erase(queue.returned.begin(), queue.returned.begin() + static_cast<ptrdiff_t>(count));
  ++stats_.buffer_doorbells;
  port_.write32(Space::kBar0, config_.tail_registers[index], queue.next);
}

void RxQueue::poll(Stack& stack) {
  for (;;) {
    const std::span<const uint8_t, idpf::kRxCompletionBytes> bytes(
        ring_.bytes.data() + position_.index() * idpf::kRxCompletionBytes, idpf::kRxCompletionBytes);
    constexpr size_t kLengthWord = 4;
    constexpr unsigned kGenerationBit = 14;
    const uint16_t word = net::load_le16(bytes.data() + kLengthWord);
    if ((word >> kGenerationBit & 1) != (position_.generation() ? 1 : 0)) break;
    position_.advance();
    take(idpf::RxCompletion::decode(bytes), stack);
  }
  refill(0);
  refill(1);
}

void RxQueue::bad(const char* rule, unsigned value) {
  ++stats_.rx_bad_completions;
  discarding_ = true;
  if (anomalies_.wanted()) {
    anomalies_.add(fmt::format("rx queue {}: completion refused: {} ({})", config_.index, rule, value));
  }
}

// Takes the buffer back from the device.
bool RxQueue::buffer_ok(BufferQueue& queue, const idpf::RxCompletion& completion) {
  const uint16_t id = completion.buf_id;
  if (id >= queue.posted.size() || queue.posted[id] == 0) {
    bad("buffer is not with the device", id);
    return false;
  }
  queue.posted[id] = 0;
  queue.returned.push_back(id);
  const uint16_t expected = queue.order[queue.expected];
  queue.expected = queue.expected + 1 == config_.buffer_ring ? 0 : queue.expected + 1;
  if (id != expected) {
    bad("buffer queue is not used in ring order: buffer", id);
    return false;
  }
  const bool headers_only = completion.length == 0 && completion.sph;
  if ((completion.length == 0 && !headers_only) || completion.length > config_.buffer_bytes) {
    bad("length does not fit the buffer", completion.length);
    return false;
  }
  return true;
}

void RxQueue::assemble(std::span<const uint8_t> piece) {
  if (piece.size() > partial_.size() - partial_bytes_) return bad("frame is longer than max_pkt_size", 0);
  net::copy_carried(config_.payload, partial_.data() + partial_bytes_, piece);
  partial_bytes_ += piece.size();
}

// The headers stand in a buffer of their own.
bool RxQueue::header_ok(const idpf::RxCompletion& completion) {
  const unsigned length = completion.header_length;
  if (config_.header_buffer_bytes == 0) {
    bad("headers are split off, which was not asked for", length);
  } else if (length == 0 || length > config_.header_buffer_bytes) {
    bad("header length does not fit the header buffer", length);
  } else if (pieces_ > 1) {
    bad("headers are split off behind the first buffer", length);
  } else if ((completion.status1 & idpf::kRxHbo) != 0) {
    bad("both SPH and HBO are set", completion.status1);
  } else {
    return true;
  }
  return false;
}

void RxQueue::take(const idpf::RxCompletion& completion, Stack& stack) {
  const bool last = (completion.status1 & idpf::kRxEof) != 0;
  BufferQueue& queue = buffer_queues_[completion.bufq2 ? 1 : 0];
  ++pieces_;
  if (buffer_ok(queue, completion)) {
    if (completion.rxdid != idpf::kRxdidFlex) bad("RXDID is not 2", completion.rxdid);
    if ((completion.status1 & idpf::kRxDd) == 0) bad("DD is not set", completion.status1);
  }
  if (!discarding_ && completion.sph && header_ok(completion)) {
    ++stats_.rx_header_split;
    const size_t at = size_t{completion.buf_id} * config_.header_buffer_bytes;
    assemble(queue.headers.bytes.subspan(at, completion.header_length));
  }
  if (!discarding_) {
    const std::span<uint8_t> piece =
        queue.memory.bytes.subspan(size_t{completion.buf_id} * config_.buffer_bytes, completion.length);
    if (last && partial_bytes_ == 0) {
      deliver(piece, completion, stack);
    } else {
      assemble(piece);
      if (last && !discarding_) {
        if (pieces_ > 1) ++stats_.rx_multi_buffer;
        deliver(std::span(partial_).first(partial_bytes_), completion, stack);
      }
    }
  }
  if (last) {
    partial_bytes_ = 0;
    pieces_ = 0;
    discarding_ = false;
  }
}

void RxQueue::deliver(std::span<uint8_t> frame, const idpf::RxCompletion& completion, Stack& stack) {
  const bool merged = completion.rsc && config_.rsc;
  if (frame.size() > (merged ? kMaxMergedBytes : config_.max_frame_bytes)) {
    return bad("frame is longer than max_pkt_size", static_cast<unsigned>(frame.size()));
  }
  RxInfo info;
  info.queue = config_.index;
  info.hash = completion.hash;
  info.ptype = completion.ptype;
  info.now_ps = port_.now_ps();
  if (config_.psp && completion.psp_status != idpf::PspRxStatus::kNotPsp) {
    if (is_capture(completion.psp_status)) return stack.on_captured(frame, completion.psp_status, info);
    if (!psp_passes(frame, completion, info)) return;
  }
  if (completion.rsc && !merged_ok(frame, completion, info)) return;
  info.l4_checksum_ok = checksum_ok(frame, completion, info.psp);
  ++stats_.rx_frames;
  stats_.rx_bytes += frame.size();
  if (info.psp) ++stats_.rx_psp_frames;
  stack.on_receive(frame, info);
}

}  // namespace pspnic::host
