// SPDX-License-Identifier: Apache-2.0
#include "testbench/validate/reference_card.h"

#include <algorithm>

namespace pspnic::validate {

namespace {

constexpr uint64_t kHostAddress = 0x7'0010'0000;
constexpr uint32_t kDescriptorBytes = 16;
constexpr uint32_t kRegisterBytes = 4;
// A completion goes the other way than a request, with so many bytes fewer in front.
const uint32_t kHeaderGain = pcie::request_header_bytes({}) - pcie::completion_header_bytes({});

}  // namespace

ReferenceCard::ReferenceCard(base::EventQueue& events, const pcie::LinkParams& params,
                             const CardBehaviour& behaviour, uint32_t frame_bytes,
                             bool asks_for_receive_descriptors)
    : events_(events),
      dma_(root_, params, {events, memory_, memory_}),
      is_(behaviour),
      asks_(asks_for_receive_descriptors),
      frame_(frame_bytes),
      finished_(events, base::Callback::to<&ReferenceCard::on_finished>(*this)) {}

double ReferenceCard::run() {
  events_.schedule(events_.now(), base::Callback::to<&ReferenceCard::begin>(*this));
  sc_core::sc_start();
  return gbps(static_cast<double>(kMeasured * frame_.size()), end_ - begin_);
}

void ReferenceCard::begin(uint64_t) {
  for (unsigned i = 0; i < kInFlight; ++i) next();
}

void ReferenceCard::next() {
  const uint64_t packet = packets_++;
  send(packet);
  receive(packet);
  writes_left_.push(written_);
  dma_.read(kHostAddress, frame_, pcie::ReadCallback::to<&ReferenceCard::on_data>(*this));
}

void ReferenceCard::send(uint64_t packet) {
  if (turn(packet, is_.transmit_doorbell)) host_write();
  if (turn(packet, is_.transmit_descriptors)) {
    dma_.read(kHostAddress, std::span(descriptors_).first(kDescriptorBytes * is_.transmit_descriptors),
              pcie::ReadCallback::to<&ReferenceCard::on_descriptor>(*this));
  }
  if (turn(packet, is_.transmit_write_back)) write_packet(kDescriptorBytes * is_.transmit_write_back);
  if (turn(packet, is_.transmit_interrupt)) write(kRegisterBytes);
  if (turn(packet, is_.transmit_head_read)) host_read();
}

void ReferenceCard::receive(uint64_t packet) {
  if (turn(packet, is_.receive_doorbell)) host_write();
  if (asks_) {
    dma_.read(kHostAddress, std::span(descriptors_).first(kDescriptorBytes),
              pcie::ReadCallback::to<&ReferenceCard::on_descriptor>(*this));
  } else {
    dma_.arrive_at_device(events_.now(), kDescriptorBytes - kHeaderGain);
  }
  write_packet(frame_.size());
  write(kDescriptorBytes);
  if (turn(packet, is_.receive_interrupt)) write(kRegisterBytes);
  if (turn(packet, is_.receive_head_read)) host_read();
}

void ReferenceCard::host_write() {
  dma_.arrive_at_device(events_.now(), kRegisterBytes);
}

// The request comes down, the completion goes up as a write of as many bytes would.
void ReferenceCard::host_read() {
  dma_.arrive_at_device(events_.now(), 0);
  write(kRegisterBytes - kHeaderGain);
}

void ReferenceCard::write(size_t bytes) {
  written_ = dma_.write(kBlock, kHostAddress, std::span<const uint8_t>(descriptors_).first(bytes));
}

void ReferenceCard::write_packet(size_t bytes) {
  written_ = dma_.write_packet(kBlock, kHostAddress, std::span<const uint8_t>(data_).first(bytes), nullptr);
}

// A packet is done when the one that was sent is in the card and the one that was received has left it.
void ReferenceCard::on_data(uint64_t, pcie::DmaStatus) {
  finished_.push(std::max(events_.now(), writes_left_.pop()));
}

void ReferenceCard::on_finished(uint64_t) {
  ++done_;
  if (done_ == kWarmUp) begin_ = events_.now();
  if (done_ == kWarmUp + kMeasured) end_ = events_.now();
  if (done_ < kWarmUp + kMeasured) next();
}

}  // namespace pspnic::validate
