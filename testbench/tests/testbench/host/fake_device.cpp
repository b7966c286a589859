// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/testbench/host/fake_device.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "model/idpf/registers.h"

namespace pspnic::host::test {
namespace {

constexpr uint32_t kMsixOffset = 0x50;
constexpr uint32_t kIntena = 1;

}  // namespace

void FakeDevice::Ring::advance() {
  if (++head == length) {
    head = 0;
    generation = !generation;
  }
}

FakeDevice::FakeDevice() : config(64) {
  config[0x00 / 4] = 0x1452'8086;
  config[0x04 / 4] = 1u << 20;  // capability list
  config[0x34 / 4] = 0x40;
  config[0x40 / 4] = 0x01 | kMsixOffset << 8;  // power management comes first
  config[kMsixOffset / 4] = 0x11 | (kVectors - 1) << 16;
  config[kMsixOffset / 4 + 1] = 0x0000 | 4;  // table: BAR 4, offset 0
  config[kMsixOffset / 4 + 2] = 0x8000 | 4;
  caps.csum_caps = 0x00ff'ffff;
  caps.seg_caps = 0xff;
  caps.rsc_caps = 0x5;
  caps.hsplit_caps = 0xc;
  caps.rss_caps = 0x3fff;
  caps.other_caps = idpf::kCapMacFilter | idpf::kCapPromisc | idpf::kCapOem | idpf::kCapWbOnItr;
  caps.mailbox_dyn_ctl = idpf::pf::kGlintDynCtl0;
  caps.num_allocated_vectors = kVectors;
  caps.max_rx_q = caps.max_tx_q = caps.max_tx_complq = 16;
  caps.max_rx_bufq = 32;
  caps.max_vports = caps.default_num_vports = 1;
  caps.max_tx_hdr_size = 256;
  caps.device_type = idpf::kDeviceTypeOpsp;
}

uint32_t FakeDevice::read32(Space space, uint64_t offset) {
  if (space == Space::kConfig) return config.at(offset / 4);
  const auto found = registers_.find({space, offset});
  return found == registers_.end() ? 0 : found->second;
}

void FakeDevice::write32(Space space, uint64_t offset, uint32_t value) {
  writes.push_back({space, offset, value});
  if (space == Space::kConfig) {
    uint32_t& word = config.at(offset / 4);
    word = offset == 4 ? (word & 0xffff'0000) | (value & 0xffff) : value;
    return;
  }
  registers_[{space, offset}] = value;
  if (space != Space::kBar0) return;
  if (offset == idpf::pf::kPfgenCtrl && (value & idpf::kPfSwr) != 0) reset();
  if (offset == idpf::pf::kAtqt) take_requests();
}

void FakeDevice::reset() {
  registers_[{Space::kBar0, idpf::pf::kPfgenRstat}] = 0;
  atq_ = arq_ = Ring{};
  tx_.clear(), tx_completion_.clear(), rx_.clear(), rx_buffer_.clear();
  pending_.clear();
  vports_given_ = pairs_given_ = 0;
  if (!silent_reset) replies_.push_back([this] { registers_[{Space::kBar0, idpf::pf::kPfgenRstat}] = 1; });
}

DmaBuffer FakeDevice::allocate(size_t bytes, size_t alignment) {
  next_iova_ = (next_iova_ + alignment - 1) / alignment * alignment;
  std::vector<uint8_t>& block = memory_[next_iova_];
  block.resize(bytes);
  const DmaBuffer buffer{next_iova_, block};
  next_iova_ += bytes;
  return buffer;
}

void FakeDevice::free(const DmaBuffer& buffer) {
  if (memory_.erase(buffer.iova) != 1) throw std::logic_error("free of memory that was not allocated");
}

size_t FakeDevice::count_in_memory(const std::vector<uint8_t>& bytes) const {
  size_t count = 0;
  for (const auto& [address, block] : memory_) {
    for (auto at = block.begin();; ++at, ++count) {
      at = std::search(at, block.end(), bytes.begin(), bytes.end());
      if (at == block.end()) break;
    }
  }
  return count;
}

std::span<uint8_t> FakeDevice::memory(uint64_t iova, size_t bytes) {
  auto block = memory_.upper_bound(iova);
  if (block == memory_.begin()) throw std::out_of_range("DMA address");
  --block;
  if (iova - block->first + bytes > block->second.size()) throw std::out_of_range("DMA address");
  return std::span(block->second).subspan(iova - block->first, bytes);
}

void FakeDevice::delay(uint64_t duration_ps) {
  now_ps_ += duration_ps;
  for (auto pending = std::exchange(replies_, {}); !pending.empty(); pending.pop_front()) pending.front()();
  while (!timers_.empty() && timers_.begin()->first <= now_ps_) {
    const uint64_t cookie = timers_.begin()->second;
    timers_.erase(timers_.begin());
    if (events_ != nullptr) events_->on_timer(cookie);
  }
  deliver_pending();
}

void FakeDevice::interrupt(unsigned vector) {
  pending_.insert(vector);
  deliver_pending();
}

void FakeDevice::deliver_pending() {
  const bool enabled = (config[kMsixOffset / 4] >> 30) == 2;
  for (const unsigned vector : std::set<unsigned>(pending_)) {
    uint32_t& control = registers_[{Space::kBar0, idpf::pf::glint_dyn_ctl(vector)}];
    if (!enabled || (control & kIntena) == 0 || events_ == nullptr) continue;
    if (read32(Space::kBar4, vector * 16 + 12) != 0) continue;
    control &= ~kIntena;
    pending_.erase(vector);
    events_->on_interrupt(read32(Space::kBar4, vector * 16 + 8));
  }
}

// ---- Mailbox

void FakeDevice::take_requests() {
  if (atq_.address == 0) {
    const auto base = [this](uint32_t low, uint32_t high) {
      return uint64_t{read32(Space::kBar0, high)} << 32 | read32(Space::kBar0, low);
    };
    atq_ = {base(idpf::pf::kAtqbal, idpf::pf::kAtqbah), 64, 0, true};
    arq_ = {base(idpf::pf::kArqbal, idpf::pf::kArqbah), 64, 0, true};
  }
  while (atq_.head != read32(Space::kBar0, idpf::pf::kAtqt)) {
    const auto bytes = memory(atq_.address + atq_.head * 32, 32).first<32>();
    auto descriptor = idpf::MailboxDescriptor::decode(bytes);
    Request request{descriptor.v_opcode, {}};
    if (descriptor.has_payload()) {
      const auto payload = memory(descriptor.address, descriptor.datalen);
      request.payload.assign(payload.begin(), payload.end());
    }
    requests.push_back(request);
    const uint16_t cookie = descriptor.sw_cookie;
    descriptor.flags |= idpf::kMbxFlagDd | idpf::kMbxFlagCmp;
    descriptor.encode(bytes);
    atq_.advance();
    if (silent.count(request.opcode) != 0) continue;
    replies_.push_back([this, request, cookie] {
      const Answer reply = answer(request);
      send(request.opcode, reply.payload.empty() ? request.payload : reply.payload, cookie, reply.status);
      if (request.opcode == idpf::Opcode::kEnableVport && link_event)
        send_event(idpf::EventCode::kLinkChange, 1, request.as<idpf::VportMessage>().vport_id);
    });
  }
}

void FakeDevice::send(idpf::Opcode opcode, std::span<const uint8_t> payload, uint16_t cookie,
                      idpf::Status status) {
  if (arq_.head == read32(Space::kBar0, idpf::pf::kArqt))
    throw std::logic_error("no receive buffer is posted");
  const auto bytes = memory(arq_.address + arq_.head * 32, 32).first<32>();
  auto descriptor = idpf::MailboxDescriptor::decode(bytes);
  std::copy(payload.begin(), payload.end(), memory(descriptor.address, payload.size()).begin());
  descriptor.flags = idpf::kMbxFlagsReply;
  descriptor.opcode = idpf::MailboxOpcode::kSendToPeerDriver;
  descriptor.datalen = static_cast<uint16_t>(payload.size());
  descriptor.v_opcode = opcode;
  descriptor.v_retval = status;
  descriptor.sw_cookie = cookie;
  if (spoil_reply) spoil_reply(descriptor);
  descriptor.encode(bytes);
  arq_.advance();
  interrupt(0);
}

void FakeDevice::send_event(idpf::EventCode code, uint8_t link_status, uint32_t vport_id) {
  idpf::Event event;
  event.event = code;
  event.link_speed = 200'000;
  event.link_status = link_status;
  event.vport_id = vport_id;
  send(idpf::Opcode::kEvent, bytes_of(event));
}

// ---- Rings

std::vector<std::vector<uint8_t>> FakeDevice::fetch_tx(unsigned queue) {
  Ring& ring = tx_.at(queue);
  std::vector<std::vector<uint8_t>> out;
  while (ring.head != read32(Space::kBar0, idpf::pf::tx_tail(queue))) {
    const auto bytes = memory(ring.address + ring.head * 16, 16);
    out.emplace_back(bytes.begin(), bytes.end());
    ring.advance();
  }
  return out;
}

void FakeDevice::complete_tx(unsigned queue, idpf::TxCompletionType type, uint16_t value, uint16_t queue_id) {
  Ring& ring = tx_completion_.at(queue);
  idpf::TxCompletion completion;
  completion.queue_id = queue_id;
  completion.type = type;
  completion.value = value;
  completion.generation = ring.generation;
  completion.encode(memory(ring.address + ring.head * 8, 8).first<8>());
  ring.advance();
}

unsigned FakeDevice::posted_buffers(unsigned queue, unsigned buffer_queue) {
  const uint32_t id = 2 * queue + buffer_queue;
  const Ring& ring = rx_buffer_.at(id);
  return (read32(Space::kBar0, idpf::pf::rx_buf_tail(id)) + ring.length - ring.head) % ring.length;
}

idpf::RxBufferDescriptor FakeDevice::take_buffer(unsigned queue, unsigned buffer_queue) {
  if (posted_buffers(queue, buffer_queue) == 0) throw std::logic_error("no buffer is posted");
  Ring& ring = rx_buffer_.at(2 * queue + buffer_queue);
  const auto buffer = idpf::RxBufferDescriptor::decode(memory(ring.address + ring.head * 32, 32).first<32>());
  ring.advance();
  return buffer;
}

void FakeDevice::complete_rx(unsigned queue, idpf::RxCompletion completion) {
  Ring& ring = rx_.at(queue);
  completion.generation = ring.generation;
  completion.encode(memory(ring.address + ring.head * 32, 32).first<32>());
  ring.advance();
}

void FakeDevice::receive(unsigned queue, unsigned buffer_queue, std::span<const uint8_t> frame,
                         idpf::RxCompletion last, size_t header_bytes) {
  const size_t buffer_bytes = rx_buffer_bytes_.at(2 * queue + buffer_queue);
  do {
    const idpf::RxBufferDescriptor buffer = take_buffer(queue, buffer_queue);
    const size_t split = std::exchange(header_bytes, 0);
    if (split != 0) std::copy_n(frame.begin(), split, memory(buffer.header_address, split).begin());
    frame = frame.subspan(split);
    const size_t part = std::min(frame.size(), buffer_bytes);
    std::copy_n(frame.begin(), part, memory(buffer.packet_address, buffer_bytes).begin());
    frame = frame.subspan(part);
    idpf::RxCompletion completion = frame.empty() ? last : idpf::RxCompletion{};
    completion.length = static_cast<uint16_t>(part);
    completion.sph = split != 0;
    completion.header_length = static_cast<uint16_t>(split);
    completion.bufq2 = buffer_queue == 1;
    completion.buf_id = buffer.buf_id;
    completion.status1 |= idpf::kRxDd;
    if (frame.empty()) completion.status1 |= idpf::kRxEof;
    complete_rx(queue, completion);
  } while (!frame.empty());
}

// ---- Records

std::optional<uint32_t> FakeDevice::last_write(uint64_t offset, Space space) const {
  for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
    if (write->offset == offset && write->space == space) return write->value;
  }
  return std::nullopt;
}

size_t FakeDevice::count_writes(uint64_t offset) const {
  return static_cast<size_t>(std::count_if(writes.begin(), writes.end(), [&](const RegisterWrite& write) {
    return write.space == Space::kBar0 && write.offset == offset;
  }));
}

const Request& FakeDevice::request(idpf::Opcode opcode, size_t index) const {
  for (const Request& request : requests) {
    if (request.opcode == opcode && index-- == 0) return request;
  }
  throw std::out_of_range("no such request");
}

size_t FakeDevice::count_requests(idpf::Opcode opcode) const {
  return static_cast<size_t>(
      std::count_if(requests.begin(), requests.end(), [&](const Request& r) { return r.opcode == opcode; }));
}

}  // namespace pspnic::host::test
