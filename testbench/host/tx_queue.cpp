// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/tx_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/net/wipe.h"
#include "testbench/host/inline_keys.h"
#include "testbench/host/tx_encapsulation.h"

namespace pspnic::host {
namespace {

constexpr uint32_t kSlotAlignment = 64;
constexpr uint32_t kTransportInsertedBytes = net::kUdpHeaderBytes + psp::kHeaderBytes;
constexpr size_t kMaxPspOffset = 510;  // of a descriptor's field
constexpr uint32_t kLinkHeaderBytes = net::kEthernetHeaderBytes + net::kMaxVlanTags * net::kVlanTagBytes;
constexpr uint32_t kPieceBytes = 12288;   // Linux: pieces of a large buffer end on a 4 KiB boundary
constexpr uint32_t kReGap = 64;           // Linux: RE when so many descriptors have passed since the last
constexpr uint16_t kRelativeQueueId = 0;  // one Tx queue a completion queue

constexpr uint32_t round_up(uint32_t value, uint32_t step) {
  return (value + step - 1) / step * step;
}

constexpr PspMode kTransport;

const PspMode& mode_of(const TxFrame& frame) {
  return frame.mode != nullptr ? *frame.mode : kTransport;
}

// Bytes that will be put in front of the frame's payload, by the driver or the device.
uint32_t added_to(const TxFrame& frame) {
  return frame.sa ? static_cast<uint32_t>(inserted_bytes(mode_of(frame))) : 0;
}

// Those that the driver puts there.
uint32_t inserted_into(const TxFrame& frame) {
  return frame.device_built ? 0 : added_to(frame);
}

// Data descriptors for a buffer of so many bytes.
constexpr uint32_t pieces(uint32_t bytes) {
  return bytes <= idpf::kMaxTxBufferSize
             ? 1
             : 1 + (bytes - idpf::kMaxTxBufferSize + kPieceBytes - 1) / kPieceBytes;
}

}  // namespace

TxQueue::TxQueue(HostPort& port, const TxQueueConfig& config, DriverStats& stats, Anomalies& anomalies)
    : port_(port),
      config_(config),
      stats_(stats),
      anomalies_(anomalies),
      position_(config.ring * 2u),
      bytes_(config.byte_queue_limit) {
  ring_ = port_.allocate(config_.ring * idpf::kTxDescriptorBytes, kRingAlignment);
  // Room for an RS completion of every slot and the RE completions between them.
  completions_ = port_.allocate(position_.length() * idpf::kTxCompletionBytes, kRingAlignment);
  const uint16_t small_slots = config_.ring;
  make_pool(small_, small_slots, config_.mtu + kLinkHeaderBytes + kTransportInsertedBytes, 0);
  make_pool(large_, config_.tso_slots, config_.tso_slot_bytes, small_slots);
  slots_.resize(size_t{small_slots} + config_.tso_slots);
}

void TxQueue::make_pool(SlotPool& pool, unsigned slots, uint32_t slot_bytes, uint16_t first_tag) {
  pool.first_tag = first_tag;
  pool.stride = round_up(slot_bytes, kSlotAlignment);
  if (slots == 0) return;
  pool.memory = port_.allocate(size_t{pool.stride} * slots, kRingAlignment);
  pool.free.reserve(slots);
  for (unsigned i = slots; i-- > 0;) pool.free.push_back(static_cast<uint16_t>(first_tag + i));
}

void TxQueue::release() {
  if (config_.inline_keys != nullptr) net::wipe(ring_.bytes);
  for (DmaBuffer* memory : {&ring_, &completions_, &small_.memory, &large_.memory}) {
    if (!memory->bytes.empty()) port_.free(*memory);
    *memory = {};
  }
}

bool TxQueue::refuse(const char* rule, size_t value) {
  ++stats_.tx_refused;
  if (anomalies_.wanted()) {
    anomalies_.add(fmt::format("tx queue {}: frame refused: {} ({})", config_.index, rule, value));
  }
  return false;
}

bool TxQueue::transmit(const TxFrame& frame) {
  return frame.tso_mss == 0 && !frame.sa ? transmit_plain(frame) : transmit_offloaded(frame);
}

bool TxQueue::transmit_plain(const TxFrame& frame) {
  const size_t bytes = frame.bytes.size();
  if (bytes > size_t{config_.mtu} + kLinkHeaderBytes) return refuse("longer than the MTU allows", bytes);
  if (bytes < net::kEthernetHeaderBytes) return refuse("shorter than an Ethernet header", bytes);
  if (small_.free.empty() || free_descriptors() == 0) return full();
  const uint16_t tag = small_.free.back();
  small_.free.pop_back();
  uint8_t* memory = slot(small_, tag);
  net::copy_carried(config_.payload, memory, frame.bytes);
  uint32_t sent_bytes = static_cast<uint32_t>(bytes);
  if (sent_bytes < idpf::kMinTxFrameBytes) {
    std::memset(memory + bytes, 0, idpf::kMinTxFrameBytes - bytes);
    sent_bytes = idpf::kMinTxFrameBytes;
  }
  stats_.tx_bytes += bytes;
  post({slot_address(small_, tag), sent_bytes, tag, frame.checksum_offload, frame.cookie});
  return true;
}

// Why the frame cannot be segmented, or null.
const char* TxQueue::tso_fault(const TxFrame& frame, const net::Parsed& parsed) const {
  if (config_.tso_slots == 0) return "TSO is off";
  const bool udp = parsed.l4 == net::L4::kUdp;
  if (!parsed.ok() || (!udp && parsed.l4 != net::L4::kTcp) || !parsed.takes_encapsulation())
    return "TSO of a frame that is neither TCP nor UDP";
  if (udp && !config_.udp_segmentation) return "the device cannot segment UDP";
  if (frame.tso_mss > idpf::kMaxMss) return "MSS is not in 1..16383";
  const uint32_t header = parsed.payload_offset + inserted_into(frame);
  if (header > config_.max_header_bytes) return "TSO headers are too long for the device";
  const uint32_t icv = frame.sa ? uint32_t{psp::kIcvBytes} : 0;
  const uint32_t packet = parsed.payload_offset + added_to(frame) - parsed.l3_offset + frame.tso_mss + icv;
  if (packet > config_.mtu) return "MSS and headers exceed the MTU";
  const size_t payload = frame.bytes.size() - parsed.payload_offset;
  if (payload == 0) return "TSO of a frame without payload";
  if (payload > idpf::kMaxTlen) return "TSO payload is above 18 bits";
  return nullptr;
}

// As Linux leaves them: lengths that vary by segment are 0 without PSP, that of UDP is a segment's; the
// checksum is the folded sum of the pseudo header without length.
void TxQueue::seed_tso_headers(uint8_t* headers, const net::Parsed& parsed, const TxFrame& frame) {
  uint8_t* ip = headers + parsed.l3_offset;
  uint8_t* l4 = headers + parsed.l4_offset;
  const uint64_t sum = parsed.is_v6() ? net::ipv6_pseudo_header_sum(ip, parsed.ip_protocol, 0)
                                      : net::ipv4_pseudo_header_sum(ip, parsed.ip_protocol, 0);
  if (parsed.l4 == net::L4::kUdp) {
    net::set_udp_length(l4, static_cast<uint16_t>(frame.tso_mss + net::kUdpHeaderBytes));
    net::set_udp_checksum(l4, net::checksum_fold(sum));
  } else {
    net::set_tcp_checksum(l4, net::checksum_fold(sum));
  }
  if (frame.sa && !frame.device_built) return;
  if (parsed.is_v6()) {
    net::set_ipv6_payload_length(ip, 0);
  } else {
    net::set_ipv4_total_length(ip, 0);
    net::set_ipv4_checksum(ip, 0);
  }
}

// `parsed` is of the plain frame.
void TxQueue::write_context(const TxFrame& frame, const net::Parsed& parsed) {
  const bool tso = frame.tso_mss != 0;
  const uint16_t command = tso ? idpf::kContextTso : uint16_t{0};
  const auto payload = static_cast<uint32_t>(frame.bytes.size() - parsed.payload_offset);
  const auto header_length =
      static_cast<uint8_t>(std::min<uint32_t>(parsed.payload_offset + inserted_into(frame), 255));
  if (!frame.sa) {
    idpf::TsoContextDescriptor context;
    context.tlen = payload;
    context.mss = frame.tso_mss;
    context.header_length = header_length;
    context.command = command;
    context.encode(take_descriptor());
    return;
  }
  const size_t offset = psp_offset(mode_of(frame), parsed);
  idpf::PspContextDescriptor context;
  context.tlen = tso ? payload : 0;
  context.mss = frame.tso_mss;
  context.header_length = header_length;
  // What the field cannot say the device finds itself.
  if (!frame.device_built && offset % 2 == 0 && offset <= kMaxPspOffset) {
    context.psp_offset = static_cast<uint16_t>(offset);
  }
  context.append_icv = !frame.device_built;
  const psp::SessionKey* key = inline_key(frame);
  context.key_source = key != nullptr ? idpf::PspKeySource::kInline : idpf::PspKeySource::kSaTable;
  context.device_built = frame.device_built;
  context.command = command;
  if (key == nullptr) {
    context.sa_tag = frame.sa->tag;
    context.sa_idx = frame.sa->index;
  }
  context.encode(take_descriptor());
  if (key != nullptr) write_key(*key);
}

const psp::SessionKey* TxQueue::inline_key(const TxFrame& frame) const {
  if (!frame.sa || frame.sa->way != KeyMode::kDescriptor || config_.inline_keys == nullptr) return nullptr;
  return config_.inline_keys->find(*frame.sa);
}

// The descriptors are wiped when the device is done with the packet.
void TxQueue::write_key(const psp::SessionKey& key) {
  key_first_ = static_cast<uint16_t>(next_);
  key_count_ = static_cast<uint8_t>(idpf::psp_key_descriptors(key.size));
  for (unsigned i = 0; i < key_count_; ++i) encode_key_part(key, i, take_descriptor());
  ++stats_.tx_inline_keys;
}

void TxQueue::wipe_key(InFlight& slot) {
  for (; slot.key_count > 0; --slot.key_count) {
    net::wipe(descriptor(slot.key_first));
    slot.key_first = static_cast<uint16_t>(slot.key_first + 1u == config_.ring ? 0 : slot.key_first + 1);
  }
}

bool TxQueue::psp_allowed(const TxFrame& frame) {
  if (!config_.psp) return refuse("PSP is not negotiated", frame.sa->index);
  if (frame.sa->way == KeyMode::kDescriptor) {
    if (inline_key(frame) == nullptr) return refuse("no such key", frame.sa->index);
    if (frame.device_built) return refuse("a key of its own has no template in the device", frame.sa->index);
  }
  if (frame.sa->index > idpf::PspContextDescriptor::kSaIdxMask) return refuse("no SA slot", frame.sa->index);
  if (mode_of(frame).tunnel && !config_.psp_tunnel)
    return refuse("the device has no tunnel mode", frame.sa->index);
  return true;
}

bool TxQueue::transmit_offloaded(const TxFrame& frame) {
  const bool psp = frame.sa.has_value();
  const bool tso = frame.tso_mss != 0;
  const size_t bytes = frame.bytes.size();
  if (psp && !psp_allowed(frame)) return false;
  SlotPool& pool = tso ? large_ : small_;
  const net::IpLength lengths = tso ? net::IpLength::kIgnore : net::IpLength::kCheck;
  const net::Parsed parsed = net::parse_frame(frame.bytes, lengths);
  const uint32_t begin = inserted_into(frame);
  if (tso) {
    if (const char* fault = tso_fault(frame, parsed)) return refuse(fault, frame.tso_mss);
    if (bytes + begin > pool.stride) return refuse("TSO frame is longer than its slot", bytes);
  } else if (!parsed.is_ip()) {
    return refuse(psp::text(psp::EncapStatus::kNotIp), bytes);
  } else if (outer_ip_bytes(mode_of(frame), parsed) > config_.mtu) {
    return refuse("the PSP packet exceeds the MTU", bytes);
  }
  const psp::SessionKey* key = psp ? inline_key(frame) : nullptr;
  const size_t contexts = 1 + (key != nullptr ? idpf::psp_key_descriptors(key->size) : 0);
  if (pool.free.empty() || free_descriptors() < contexts + pieces(static_cast<uint32_t>(bytes) + begin))
    return full();

  const uint16_t tag = pool.free.back();
  uint8_t* memory = slot(pool, tag);
  const size_t copied = psp && !tso ? parsed.ip_end : bytes;
  net::copy_carried(config_.payload, memory + begin, frame.bytes.first(copied));
  const net::Cut cut{parsed.payload_offset, frame.tso_mss};
  if (tso) net::copy_segment_heads(config_.payload, memory + begin, frame.bytes, cut);
  if (tso) seed_tso_headers(memory + begin, parsed, frame);
  psp::FrameBuffer buffer{{memory, pool.stride}, begin, begin + copied};
  if (psp && !frame.device_built) {
    const psp::EncapStatus status = encapsulate(buffer, parsed, frame, outer_id_, lengths);
    if (status != psp::EncapStatus::kOk) return refuse(psp::text(status), bytes);
    const size_t payload = bytes - parsed.payload_offset;
    outer_id_ = static_cast<uint16_t>(outer_id_ + (tso ? (payload - 1) / frame.tso_mss + 1 : 1));
  }
  pool.free.pop_back();
  if (psp) ++stats_.tx_psp_frames;
  if (tso) ++stats_.tx_tso_frames;
  stats_.tx_bytes += bytes;
  write_context(frame, parsed);
  post({slot_address(pool, tag) + buffer.begin, static_cast<uint32_t>(buffer.end - buffer.begin), tag,
        frame.checksum_offload || tso, frame.cookie});
  return true;
}

// Data descriptors, the last with EOP, and RE if it is due.
void TxQueue::post(const Post& post) {
  InFlight& slot = slots_[post.tag];
  slot = {post.cookie, ++sequence_, true, 0, key_count_, key_first_};
  key_count_ = 0;
  if (config_.byte_queue) slot.number = bytes_.post(post.bytes);
  ++in_flight_;
  ++stats_.tx_frames;
  idpf::FlowDataDescriptor data;
  data.cs_en = post.checksum;
  data.completion_tag = post.tag;
  data.buffer_address = post.address;
  uint32_t left = post.bytes;
  while (left > idpf::kMaxTxBufferSize) {
    data.buffer_size = kPieceBytes;
    data.encode(take_descriptor());
    data.buffer_address += kPieceBytes;
    left -= kPieceBytes;
  }
  data.buffer_size = static_cast<uint16_t>(left);
  data.eop = true;
  if (idpf::ring_distance(last_re_, next_, config_.ring) >= kReGap) {
    data.re = true;
    last_re_ = next_;
  }
  data.encode(take_descriptor());
}

void TxQueue::flush() {
  if (rung_ == next_) return;
  rung_ = next_;
  ++stats_.tx_doorbells;
  port_.write32(Space::kBar0, config_.tail_register, next_);
}

void TxQueue::ring_again() {
  ++stats_.tx_rung_again;
  port_.write32(Space::kBar0, config_.tail_register, rung_);
}

unsigned TxQueue::room(bool tso) const {
  const uint32_t descriptors = free_descriptors();
  if (config_.byte_queue && bytes_.stopped()) return 0;
  const uint32_t keys = config_.expects_inline_keys ? idpf::psp_key_descriptors(psp::kMaxSessionKeyBytes) : 0;
  if (!tso) {
    const uint32_t frames = config_.psp ? descriptors / (2 + keys) : descriptors;
    return std::min(frames, static_cast<uint32_t>(small_.free.size()));
  }
  if (config_.tso_slots == 0) return 0;
  return std::min(descriptors / (1 + keys + pieces(large_.stride)),
                  static_cast<uint32_t>(large_.free.size()));
}

void TxQueue::bad_completion(const char* rule, unsigned value) {
  ++stats_.tx_bad_completions;
  if (anomalies_.wanted()) {
    anomalies_.add(fmt::format("tx queue {}: completion refused: {} ({})", config_.index, rule, value));
  }
}

void TxQueue::complete(uint16_t tag, Stack& stack) {
  if (tag >= slots_.size() || !slots_[tag].busy) return bad_completion("tag is not in flight", tag);
  InFlight& slot = slots_[tag];
  slot.busy = false;
  if (slot.key_count != 0) wipe_key(slot);
  if (static_cast<int32_t>(slot.sequence - newest_completed_) < 0) {
    ++stats_.tx_completed_out_of_order;
  } else {
    newest_completed_ = slot.sequence;
  }
  if (config_.byte_queue) bytes_.complete(slot.number);
  pool_of(tag).free.push_back(tag);
  --in_flight_;
  ++stats_.tx_completed;
  ++completed_;
  freed_ = true;
  stack.on_sent(config_.index, slot.cookie);
}

void TxQueue::advance_clean(uint16_t head) {
  if (head >= config_.ring) return bad_completion("RE head is outside the ring", head);
  if (head % idpf::kReHeadMultiple != 0) return bad_completion("RE head is no multiple of 32", head);
  const uint32_t passed = idpf::ring_distance(clean_, head, config_.ring);
  if (passed > idpf::ring_distance(clean_, next_, config_.ring)) {
    return bad_completion("RE head is beyond the descriptors posted", head);
  }
  clean_ = head;
  freed_ = true;
}

void TxQueue::poll(Stack& stack) {
  freed_ = false;
  for (;;) {
    const std::span<const uint8_t, idpf::kTxCompletionBytes> bytes(
        completions_.bytes.data() + position_.index() * idpf::kTxCompletionBytes, idpf::kTxCompletionBytes);
    const idpf::TxCompletion completion = idpf::TxCompletion::decode(bytes);
    if (completion.generation != position_.generation()) break;
    position_.advance();
    if (completion.queue_id != kRelativeQueueId) {
      bad_completion("no such queue", completion.queue_id);
      continue;
    }
    switch (completion.type) {
      case idpf::TxCompletionType::kRs:
        complete(completion.value, stack);
        break;
      case idpf::TxCompletionType::kRe:
        advance_clean(completion.value);
        break;
      case idpf::TxCompletionType::kSwMarker:
        drained_ = true;
        break;
      default:
        bad_completion("unexpected type", static_cast<unsigned>(completion.type));
        break;
    }
  }
  if (freed_) stack.on_transmit_room(config_.index);
}

}  // namespace pspnic::host
