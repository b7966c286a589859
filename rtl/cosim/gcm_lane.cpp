// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/gcm_lane.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace pspnic::rtl {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr size_t kMaxBytes = 16383;  // what the ports hold

// The first byte goes into the uppermost bits; what is missing at the end is zero.
template <size_t kWords>
void to_words(const uint8_t* bytes, size_t count, std::array<uint32_t, kWords>& words) {
  words.fill(0);
  for (size_t i = 0; i < std::min(count, 4 * kWords); ++i) {
    words[kWords - 1 - i / 4] |= static_cast<uint32_t>(bytes[i]) << (24 - 8 * (i % 4));
  }
}

uint8_t byte_of(const Block& block, size_t i) {
  return static_cast<uint8_t>(block[3 - i / 4] >> (24 - 8 * (i % 4)));
}

void block_of(const std::vector<uint8_t>& bytes, size_t index, Block& block) {
  to_words(bytes.data() + index * kBlockBytes, bytes.size() - index * kBlockBytes, block);
}

}  // namespace

bool GcmLane::Flight::complete() const {
  return result.result_taken != GcmResult::kNever && blocks_taken == blocks() &&
         (text_complete || packet.text.empty() || result.status == GcmStatus::kIllegal);
}

void GcmLane::submit(GcmPacket packet, uint64_t at) {
  if (packet.aad.size() > kMaxBytes || packet.text.size() > kMaxBytes || packet.version > 15) {
    throw std::invalid_argument("packet does not fit the ports of the lane");
  }
  Flight& flight = flights_.emplace_back();
  flight.packet = std::move(packet);
  flight.at = at;
  flight.result.text.reserve(flight.packet.text.size());
}

void GcmLane::step() {
  offer_command();
  offer_block();
  inputs_.out_ready = !stalled(GcmStream::kOut);
  inputs_.res_ready = !stalled(GcmStream::kResult);
  core_->settle(inputs_, outputs_);
  collect_command();
  collect_block();
  // Results first: they tell which packets have no text.
  collect_result();
  collect_text();
  core_->tick();
  ++cycle_;
}

void GcmLane::drain(uint64_t patience) {
  moved_at_ = cycle_;
  // The last packet may be complete while text of an earlier one still waits.
  const auto complete = [](const Flight& flight) { return flight.complete(); };
  while (!flights_.empty() &&
         !(flights_.back().complete() && std::all_of(flights_.begin(), flights_.end(), complete))) {
    if (cycle_ - moved_at_ > patience) throw std::runtime_error("the lane is stuck");
    step();
  }
}

std::optional<GcmResult> GcmLane::take_result() {
  if (flights_.empty() || !flights_.front().complete()) return std::nullopt;
  GcmResult result = std::move(flights_.front().result);
  flights_.pop_front();
  --command_next_;
  --in_next_;
  --result_next_;
  if (out_next_ > 0) --out_next_;
  return result;
}

GcmResult GcmLane::run(GcmPacket packet) {
  submit(std::move(packet));
  drain();
  while (packets() > 1) take_result();
  return *take_result();
}

void GcmLane::reset() {
  core_->reset();
  inputs_ = {};
  flights_.clear();
  command_next_ = in_next_ = out_next_ = result_next_ = 0;
}

void GcmLane::offer_command() {
  if (inputs_.cmd_valid || command_next_ == flights_.size()) return;
  Flight& flight = flights_[command_next_];
  if (flight.at > cycle_ || stalled(GcmStream::kCommand)) return;
  const GcmPacket& packet = flight.packet;
  inputs_.cmd_valid = true;
  inputs_.cmd_open = packet.open;
  inputs_.cmd_version = static_cast<uint8_t>(packet.version);
  to_words(packet.key.data(), packet.key.size(), inputs_.cmd_key);
  to_words(packet.nonce.data(), packet.nonce.size(), inputs_.cmd_nonce);
  inputs_.cmd_aad_bytes = static_cast<uint16_t>(packet.aad.size());
  inputs_.cmd_text_bytes = static_cast<uint16_t>(packet.text.size());
  flight.result.command_offered = cycle_;
}

void GcmLane::offer_block() {
  if (inputs_.in_valid) return;
  while (in_next_ < flights_.size() && flights_[in_next_].blocks_taken == flights_[in_next_].blocks()) {
    ++in_next_;
  }
  if (in_next_ == flights_.size()) return;
  const Flight& flight = flights_[in_next_];
  if (flight.at > cycle_ || stalled(GcmStream::kIn)) return;
  const size_t index = flight.blocks_taken;
  inputs_.in_valid = true;
  if (index < flight.aad_blocks()) {
    block_of(flight.packet.aad, index, inputs_.in_data);
  } else if (index < flight.aad_blocks() + flight.text_blocks()) {
    block_of(flight.packet.text, index - flight.aad_blocks(), inputs_.in_data);
  } else {
    to_words(flight.packet.icv.data(), kBlockBytes, inputs_.in_data);
  }
}

void GcmLane::collect_command() {
  if (!inputs_.cmd_valid || !outputs_.cmd_ready) return;
  inputs_.cmd_valid = false;
  flights_[command_next_].result.command_taken = cycle_;
  ++command_next_;
  moved_at_ = cycle_;
}

void GcmLane::collect_block() {
  if (!inputs_.in_valid || !outputs_.in_ready) return;
  inputs_.in_valid = false;
  ++flights_[in_next_].blocks_taken;
  moved_at_ = cycle_;
}

void GcmLane::collect_text() {
  if (!outputs_.out_valid || !inputs_.out_ready) return;
  moved_at_ = cycle_;
  while (out_next_ < flights_.size() &&
         (flights_[out_next_].packet.text.empty() || flights_[out_next_].text_complete ||
          flights_[out_next_].result.status == GcmStatus::kIllegal)) {
    ++out_next_;
  }
  if (out_next_ == flights_.size()) throw std::runtime_error("the lane gave text of no packet");
  Flight& flight = flights_[out_next_];
  GcmResult& result = flight.result;
  if (result.text.empty()) result.first_text = cycle_;
  result.last_text = cycle_;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const uint8_t byte = byte_of(outputs_.out_data, i);
    if (i < outputs_.out_bytes) {
      result.text.push_back(byte);
    } else if (byte != 0) {
      throw std::runtime_error("the lane gave bytes beyond the text");
    }
  }
  if (outputs_.out_last != (result.text.size() == flight.packet.text.size())) {
    throw std::runtime_error("the lane gave text of another length");
  }
  flight.text_complete = outputs_.out_last;
}

void GcmLane::collect_result() {
  if (!outputs_.res_valid) return;
  if (result_next_ == flights_.size()) throw std::runtime_error("the lane gave a result of no packet");
  GcmResult& result = flights_[result_next_].result;
  if (result.result_offered == GcmResult::kNever) result.result_offered = cycle_;
  result.status = static_cast<GcmStatus>(outputs_.res_status);
  if (!inputs_.res_ready) return;
  for (size_t i = 0; i < kBlockBytes; ++i) result.tag[i] = byte_of(outputs_.res_tag, i);
  result.result_taken = cycle_;
  ++result_next_;
  moved_at_ = cycle_;
}

}  // namespace pspnic::rtl
