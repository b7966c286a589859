// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/ring_checks.h"

#include <algorithm>
#include <utility>

#include "model/idpf/rx_descriptors.h"
#include "model/idpf/rx_single.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

namespace {

constexpr size_t kIds = 65536;             // of buffers
constexpr size_t kFirstReservedByte = 24;  // of a split buffer descriptor; the last of 32
constexpr size_t kReservedBehindId = 2;    // bytes 2..7 follow the buffer id

std::string stretch_text(uint64_t from, uint64_t to) {
  return hex(from) + " to " + hex(to);
}

bool reserved_clear(std::span<const uint8_t> descriptor) {
  const auto zero = [](uint8_t byte) { return byte == 0; };
  return std::ranges::all_of(descriptor.subspan(kReservedBehindId, 8 - kReservedBehindId), zero) &&
         std::ranges::all_of(descriptor.subspan(kFirstReservedByte), zero);
}

bool is_transmit(Site site) {
  return site.kind == Site::Kind::kTxQueue;
}

}  // namespace

RingChecks::RingChecks(Reporter& reporter, base::Time buffer_timeout, FunctionOf function_of)
    : reporter_(reporter),
      buffer_timeout_(buffer_timeout),
      function_of_(std::move(function_of)),
      alarm_(reporter.events(), base::Callback::to<&RingChecks::on_alarm>(*this)) {}

RingChecks::State* RingChecks::find(Site site) {
  const auto found = rings_.find(site.key());
  return found == rings_.end() ? nullptr : &found->second;
}

uint32_t RingChecks::length(Site site) const {
  const State* state = find(site);
  return state == nullptr ? 0 : state->ring.length;
}

idpf::QueueModel RingChecks::model(Site site) const {
  const State* state = find(site);
  return state == nullptr ? idpf::QueueModel::kSplit : state->ring.model;
}

void RingChecks::placed(const Ring& ring) {
  check_overlap(ring);
  State& state = rings_[ring.site.key()];
  state.ring = ring;
  state.function = function_of(ring.site);
  state.enabled = true;
}

void RingChecks::configured(const Ring& ring) {
  reporter_.note(ring.site, "configured, descriptors", ring.length);
  const uint32_t latched = find(ring.site) == nullptr ? 0 : find(ring.site)->tail;
  ended(ring.site);
  State& state = rings_[ring.site.key()];
  state.ring = ring;
  state.function = function_of(ring.site);
  state.tail = latched;
  if (ring.buffer_bytes == 0) return;
  state.buffers.assign(ring.length, {});
  if (state.has_ids()) state.ids.assign(kIds, false);
}

void RingChecks::check_overlap(const Ring& ring) {
  const uint64_t end = ring.address + uint64_t{ring.length} * ring.descriptor_bytes;
  const uint16_t function = function_of(ring.site);
  if (const auto buffer = buffers_.find(function, ring.address, end)) {
    report_over_ring(buffer->site, buffer->index, "held when the ring was enabled", ring.site);
  }
  for (const auto& [unused, other] : rings_) {
    if (!other.enabled || other.function != function) continue;
    if (other.ring.address >= end || other.end() <= ring.address) continue;
    reporter_.report(DriverRule::kRingOverlap, ring.site,
                     {.part = {},
                      .field = "ring_address",
                      .seen = stretch_text(ring.address, end) + ", and " + to_string(other.ring.site) +
                              " has " + stretch_text(other.ring.address, other.end()),
                      .expected = {}});
    return;
  }
}

// A buffer and a ring have memory in common.
void RingChecks::report_over_ring(Site site, uint16_t index, const std::string& buffer, Site ring) {
  reporter_.report(DriverRule::kRxBufferOverRing, site,
                   {.part = base::descriptor_text(index),
                    .field = "pkt_addr",
                    .seen = buffer + ", over the ring of " + to_string(ring),
                    .expected = {}});
}

void RingChecks::enabled(Site site) {
  reporter_.note(site, "enabled");
  State* state = find(site);
  if (state == nullptr) return;
  if (!state->enabled) check_overlap(state->ring);
  state->enabled = true;
  state->empty_since = reporter_.now();
}

void RingChecks::ended(Site site) {
  State* state = find(site);
  if (state == nullptr) return;
  if (state->enabled) reporter_.note(site, "disabled");
  if (!state->buffers.empty()) buffers_.remove_all(site);
  rings_.erase(site.key());
}

void RingChecks::tail(Site site, uint32_t value, bool enabled) {
  reporter_.note(site, "doorbell, tail", value);
  if (is_transmit(site) && !enabled && value != 0) {
    reporter_.report(DriverRule::kTxTailDisabled, site,
                     {.part = {}, .field = "tail", .seen = std::to_string(value), .expected = "0"});
  }
  State* state = find(site);
  if (state == nullptr) state = &rings_[site.key()];  // a driver may write it first
  state->ring.site = site;
  const uint32_t length = state->ring.length;
  if (state->enabled && length != 0 && value < length) hand_over(*state, value);
  state->tail = value;
}

void RingChecks::hand_over(State& state, uint32_t value) {
  const uint32_t length = state.ring.length;
  if (state.tail >= length) return;
  const uint32_t more = (value + length - state.tail) % length;
  if (more == 0) return;
  state.starving.end();
  if (state.held() + more <= length - 1) return;
  const bool transmit = is_transmit(state.ring.site);
  reporter_.report(transmit ? DriverRule::kTxSlotReuse : DriverRule::kRxSlotReuse, state.ring.site,
                   {.part = base::descriptor_text(state.first),
                    .field = "tail",
                    .seen = std::to_string(value) + ", " + std::to_string(more) + " behind " +
                            std::to_string(state.tail) + ", of " + std::to_string(length) +
                            " descriptors, while the device has " + std::to_string(state.held()),
                    .expected = "at most " + std::to_string(length - 1 - state.held()) + " more"});
  state.first = state.tail;  // what was written over is lost: count from here
}

void RingChecks::done(Site site, uint32_t index) {
  State* state = find(site);
  if (state != nullptr) state->first = index;
}

void RingChecks::buffer_posted(Site site, uint16_t index, std::span<const uint8_t> descriptor) {
  State* state = find(site);
  if (state == nullptr || index >= state->buffers.size()) return;
  Posted posted;
  if (state->has_ids()) {
    const auto buffer = idpf::RxBufferDescriptor::decode(descriptor.first<idpf::kRxBufferDescriptorBytes>());
    posted = {buffer.packet_address, buffer.buf_id, true};
    if (!reserved_clear(descriptor)) {
      reporter_.report(DriverRule::kRxReserved, site,
                       {.part = base::descriptor_text(index), .field = "rsvd", .seen = {}, .expected = "0"});
    }
  } else {
    posted = {idpf::SingleRxBuffer::decode(descriptor.first<16>()).packet_address, 0, true};
  }
  check_buffer(*state, index, posted);
  state->buffers[index] = posted;
}

void RingChecks::check_buffer(State& state, uint16_t index, const Posted& posted) {
  const Site site = state.ring.site;
  const uint64_t end = posted.address + state.ring.buffer_bytes;
  const auto part = base::descriptor_text(index);
  const std::string where = stretch_text(posted.address, end);
  // A driver that gives no ids leaves 0 everywhere.
  if (posted.id != 0 && state.ids[posted.id]) {
    reporter_.report(DriverRule::kRxBufferIdReuse, site,
                     {.part = part, .field = "buf_id", .seen = std::to_string(posted.id), .expected = {}});
  }
  if (state.has_ids()) state.ids[posted.id] = true;
  if (const auto other = buffers_.add(state.function, posted.address, state.ring.buffer_bytes, site, index)) {
    reporter_.report(
        DriverRule::kRxBufferOverlap, site,
        {.part = part,
         .field = "pkt_addr",
         .seen = where + ", with " + to_string(other->site) + ", " + base::descriptor_text(other->index),
         .expected = {}});
  }
  for (const auto& [unused, ring] : rings_) {
    if (!ring.enabled || ring.function != state.function) continue;
    if (ring.ring.address >= end || ring.end() <= posted.address) continue;
    report_over_ring(site, index, where, ring.ring.site);
    return;
  }
}

void RingChecks::buffer_used(Site site, uint16_t index) {
  State* state = find(site);
  if (state == nullptr || index >= state->buffers.size()) return;
  reporter_.note(site, "buffer used, descriptor", index);
  Posted& posted = state->buffers[index];
  if (posted.held) buffers_.remove(state->function, posted.address, site, index);
  if (posted.held && state->has_ids()) state->ids[posted.id] = false;
  posted.held = false;
  state->first = (index + 1u) % state->ring.length;
  if (state->first == state->tail) state->empty_since = reporter_.now();
}

void RingChecks::no_buffer(Site site) {
  State* state = find(site);
  if (state == nullptr || !state->enabled || state->ring.length == 0 || state->first != state->tail) return;
  if (state->starving.begun()) return;
  reporter_.note(site, "no buffer for a packet");
  state->starving.since = reporter_.now();
  alarm_.set(check_starving(*state, false));
}

base::Time RingChecks::check_starving(State& state, bool end) {
  if (!state.starving.open()) return base::kNever;
  const base::Time due = std::max(state.empty_since + buffer_timeout_, state.starving.since);
  if (due > reporter_.now() && !end) return due;
  state.starving.told = true;
  reporter_.report(
      due, DriverRule::kRxBuffersKept, state.ring.site,
      {.part = {},
       .field = "tail",
       .seen = "no buffer since " + std::to_string(state.empty_since / base::kNs) + " ns, and packets came",
       .expected = "buffers within nic.sanitizer.buffer_timeout"});
  return base::kNever;
}

void RingChecks::look(bool end) {
  base::Time next = base::kNever;
  for (auto& [unused, state] : rings_) next = std::min(next, check_starving(state, end));
  alarm_.set(next);
}

void RingChecks::reset() {
  rings_.clear();
  buffers_.clear();
}

}  // namespace pspnic::sanitizer
