// SPDX-License-Identifier: Apache-2.0
// The data path of the polling driver.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "model/idpf/rx_single.h"
#include "model/idpf/tx_single.h"
#include "testbench/polling/driver.h"

namespace pspnic::polling {

using idpf::QueueModel;
using idpf::QueueType;

void Driver::put(TxQueue& queue, std::span<const uint8_t, 16> descriptor) {
  std::copy(descriptor.begin(), descriptor.end(), queue.ring.bytes.begin() + queue.next * 16);
  queue.next = static_cast<uint16_t>((queue.next + 1) % config_.ring);
  ++queue.used;
  ++queue.since_report;
}

bool Driver::transmit(uint16_t number, const Frame& frame) {
  TxQueue& queue = tx_[number];
  const size_t piece = std::min<size_t>((frame.bytes.size() + frame.pieces - 1) / frame.pieces, kPieceBytes);
  const size_t pieces = (frame.bytes.size() + piece - 1) / piece;
  const size_t needed = pieces + (frame.mss != 0 ? 1 : 0);
  if (queue.used + needed > config_.ring - 1u) reclaim(number);
  if (queue.used + needed > config_.ring - 1u) return false;
  std::array<uint8_t, 16> descriptor{};
  if (frame.mss != 0) {
    if (frame.base) {
      idpf::BaseContextDescriptor{.command = idpf::kBaseContextTso, .mss = frame.mss}.encode(descriptor);
    } else {
      idpf::TsoContextDescriptor{.mss = frame.mss,
                                 .header_length = static_cast<uint8_t>(frame.header_bytes),
                                 .command = idpf::kContextTso}
          .encode(descriptor);
    }
    put(queue, descriptor);
  }
  for (size_t i = 0; i < pieces; ++i) {
    const size_t from = i * piece;
    const size_t bytes = std::min(piece, frame.bytes.size() - from);
    const size_t place = size_t{queue.next} * kPieceBytes;
    std::memcpy(&queue.data.bytes[place], &frame.bytes[from], bytes);
    const bool last = i + 1 == pieces;
    const bool report = last && queue.since_report + 1 >= config_.report_every;
    const uint16_t index = queue.next;
    if (frame.base) {
      uint16_t command = idpf::kBaseIiptIpv4;
      if (last) command |= idpf::kBaseEop;
      if (report) command |= idpf::kBaseRs;
      if (frame.checksum) command |= idpf::kBaseIiptIpv4Csum | idpf::kBaseL4tTcp;
      const auto l4 = static_cast<uint8_t>(frame.header_bytes - frame.mac_bytes - frame.ip_bytes);
      idpf::BaseDataDescriptor{.buffer_address = queue.data.iova + place,
                               .command = command,
                               .mac_length = frame.mac_bytes,
                               .ip_length = frame.ip_bytes,
                               .l4_length = l4,
                               .buffer_size = static_cast<uint16_t>(bytes)}
          .encode(descriptor);
    } else {
      uint16_t command = 0;
      if (last) command |= idpf::kFlexEop;
      if (report) command |= idpf::kFlexRs;
      if (frame.checksum && last) command |= idpf::kFlexCsEn;
      idpf::FlexDataDescriptor{.buffer_address = queue.data.iova + place,
                               .command = command,
                               .buffer_size = static_cast<uint16_t>(bytes)}
          .encode(descriptor);
    }
    put(queue, descriptor);
    if (report) queue.reports.push_back({index, std::exchange(queue.since_report, 0u)});
  }
  return true;
}

void Driver::flush(uint16_t queue) {
  write(tail(QueueType::kTx, queue), tx_[queue].next);
}

void Driver::reclaim(uint16_t number) {
  TxQueue& queue = tx_[number];
  while (!queue.reports.empty()) {
    uint8_t& type = queue.ring.bytes[queue.reports.front().index * 16u + 8];
    if ((type & 0xf) != static_cast<uint8_t>(idpf::Dtype::kDescDone)) return;
    type = 0;
    queue.used -= queue.reports.front().descriptors;
    queue.reports.pop_front();
  }
}

std::vector<Received> Driver::receive(uint16_t number) {
  std::vector<Received> out;
  if (config_.rx_model == QueueModel::kSplit) {
    while (take_split(number, out)) {
    }
    return out;
  }
  RxQueue& queue = rx_[number];
  while (take_single(queue, out)) {
  }
  if (queue.held > config_.hold) {
    const unsigned before = queue.next == 0 ? config_.ring - 1u : queue.next - 1u;
    write(tail(QueueType::kRx, number), before);
    queue.held = 0;
  }
  return out;
}

bool Driver::take_single(RxQueue& queue, std::vector<Received>& out) {
  const std::span<uint8_t> bytes = queue.ring.bytes.subspan(queue.next * 32u, 32);
  const auto entry = idpf::SingleRxFlex::decode(bytes.first<32>());
  if ((entry.status0 & idpf::kSingleDd) == 0) return false;
  const size_t place = size_t{queue.next} * config_.buffer_bytes;
  const auto from = queue.data[0].bytes.begin() + static_cast<ptrdiff_t>(place);
  queue.partial.insert(queue.partial.end(), from, from + entry.length);
  net::store_le64(&bytes[8], 0);
  net::store_le64(&bytes[0], queue.data[0].iova + place);
  queue.next = static_cast<uint16_t>((queue.next + 1) % config_.ring);
  ++queue.held;
  if ((entry.status0 & idpf::kSingleEof) == 0) return true;
  out.push_back({std::move(queue.partial), entry.status0, entry.ptype, entry.hash, {}, {}});
  queue.partial.clear();
  return true;
}

bool Driver::take_split(uint16_t number, std::vector<Received>& out) {
  RxQueue& queue = rx_[number];
  const std::span<uint8_t> bytes = queue.ring.bytes.subspan(queue.next * 32u, 32);
  const auto entry = idpf::RxCompletion::decode(bytes.first<32>());
  if (entry.generation != queue.generation || (entry.status1 & idpf::kRxDd) == 0) return false;
  queue.next = static_cast<uint16_t>((queue.next + 1) % config_.ring);
  if (queue.next == 0) queue.generation = !queue.generation;
  const unsigned source = entry.bufq2 ? 1 : 0;
  const size_t place = size_t{queue.next_buffer[source]} * config_.buffer_bytes;
  queue.next_buffer[source] = static_cast<uint16_t>((queue.next_buffer[source] + 1) % config_.ring);
  const auto from = queue.data[source].bytes.begin() + static_cast<ptrdiff_t>(place);
  queue.partial.insert(queue.partial.end(), from, from + entry.length);
  queue.buffer_tail[source] = static_cast<uint16_t>((queue.buffer_tail[source] + 1) % config_.ring);
  write(tail(QueueType::kRxBuffer, 2u * number + source), queue.buffer_tail[source]);
  if ((entry.status1 & idpf::kRxEof) == 0) return true;
  Received& frame = out.emplace_back();
  frame.bytes = std::exchange(queue.partial, {});
  frame.status = static_cast<uint16_t>(entry.status1 | (entry.status0 & 0x3f) << 8);
  frame.ptype = entry.ptype;
  frame.hash = entry.hash;
  frame.psp = entry.psp_status;
  if (entry.rsc) frame.segment_bytes = entry.raw_csum;
  return true;
}

}  // namespace pspnic::polling
