// SPDX-License-Identifier: Apache-2.0
#include "model/mac/flow_control.h"

#include <algorithm>
#include <cstring>

#include "model/base/config_error.h"
#include "model/net/bytes.h"

namespace pspnic::mac {

namespace {

using Mode = FlowControlParams::Mode;

// IEEE 802.3 clause 31.
constexpr net::MacAddress kControlAddress{{0x01, 0x80, 0xc2, 0x00, 0x00, 0x01}};
constexpr size_t kOpcodeOffset = net::kEthernetHeaderBytes;
constexpr uint16_t kPauseOpcode = 0x0001;
constexpr size_t kPauseQuantaOffset = kOpcodeOffset + 2;
constexpr uint16_t kPriorityOpcode = 0x0101;
constexpr size_t kPriorityClassesOffset = kOpcodeOffset + 2;  // bit c of the second byte: class c is named
constexpr size_t kPriorityQuantaOffset = kOpcodeOffset + 4;
constexpr uint64_t kQuantumBits = 512;

}  // namespace

FlowControl::FlowControl(base::StatGroup& parent, const FlowControlParams& params,
                         const net::MacAddress& address, uint64_t buffer_bytes, const Ports& ports)
    : params_(params),
      address_(address),
      buffer_bytes_(buffer_bytes),
      ports_(ports),
      levels_(kTrafficClasses, Level(buffer_bytes)),
      group_(parent, "flow_control") {
  if (params.mode == Mode::kOff) return;
  if (params.low >= params.high) {
    throw base::ConfigError("nic.flow_control.low", base::to_string(params.low) + " is not below high = " +
                                                        base::to_string(params.high));
  }
  if (params.high.bytes > buffer_bytes) {
    throw base::ConfigError("nic.flow_control.high", base::to_string(params.high) +
                                                         " is more than nic.rx.buffer = " +
                                                         base::to_string(base::ByteSize{buffer_bytes}));
  }
}

base::Time FlowControl::duration(uint16_t quanta) const {
  const uint64_t bits = quanta * kQuantumBits;
  return bits * (base::kSec / base::kMbps) / (ports_.mac.params().speed.bps / base::kMbps);
}

uint8_t FlowControl::traffic_class_of(const base::Packet& frame) {
  const uint8_t* bytes = frame.data();
  if (!net::is_vlan_ether_type(net::load_be16(bytes + net::kEtherTypeOffset))) return 0;
  return net::vlan_priority(net::load_be16(bytes + net::kEtherTypeOffset + 2));
}

bool FlowControl::take(const base::Packet& frame) {
  const uint8_t* bytes = frame.data();
  if (frame.size() < net::kMinFrameBytes ||
      net::load_be16(bytes + net::kEtherTypeOffset) != net::kEtherTypeMacControl) {
    return false;
  }
  const net::MacAddress destination = net::ethernet_destination(bytes);
  const base::Time now = ports_.events.now();
  const uint16_t opcode = net::load_be16(bytes + kOpcodeOffset);
  if (destination != kControlAddress && destination != address_) {
    unknown_++;
  } else if (opcode == kPauseOpcode) {
    taken_++;
    const base::Time until = now + duration(net::load_be16(bytes + kPauseQuantaOffset));
    for (unsigned i = 0; i < kTrafficClasses; ++i) ports_.port.pause(i, until);
  } else if (opcode == kPriorityOpcode) {
    taken_++;
    for (unsigned i = 0; i < kTrafficClasses; ++i) {
      if ((bytes[kPriorityClassesOffset + 1] >> i & 1) == 0) continue;
      ports_.port.pause(i, now + duration(net::load_be16(bytes + kPriorityQuantaOffset + 2 * i)));
    }
  } else {
    unknown_++;
  }
  return true;
}

void FlowControl::watch(const base::Packet& frame) {
  const base::Time now = ports_.events.now();
  Level& level = level_of(frame.traffic_class);
  level.credits.claim(now, frame.buffered_bytes);
  if (level.stopped || level.credits.out(now) < params_.high.bytes) return;
  level.stopped = true;
  const auto number = static_cast<unsigned>(&level - levels_.data());
  ask(number, true);
  check_when_low(level);
}

// When that is may be known already: nothing more need be given back.
void FlowControl::check_when_low(const Level& level) {
  const base::Time low =
      level.credits.available(ports_.events.now(), level.credits.capacity() - params_.low.bytes);
  if (low == base::kNever) return;
  const auto number = static_cast<uint64_t>(&level - levels_.data());
  ports_.events.schedule_look(low, base::Callback::to<&FlowControl::on_check>(*this), number);
}

void FlowControl::give_back(base::Time when, uint32_t bytes, uint8_t traffic_class) {
  Level& level = level_of(traffic_class);
  level.credits.release(when, bytes);
  if (level.stopped) check_when_low(level);
}

void FlowControl::on_check(uint64_t number) {
  Level& level = levels_[number];
  if (!level.stopped || level.credits.out(ports_.events.now()) > params_.low.bytes) return;
  level.stopped = false;
  ask(static_cast<unsigned>(number), false);
}

void FlowControl::on_refresh(uint64_t argument) {
  const auto number = static_cast<unsigned>(argument % kTrafficClasses);
  if (!levels_[number].stopped || levels_[number].asked != argument / kTrafficClasses) return;
  ask(number, true);
}

void FlowControl::ask(unsigned number, bool stop) {
  base::PacketPtr frame = ports_.pool.take(net::kMinFrameBytes);
  frame->vport = base::Packet::kNoVport;
  uint8_t* bytes = frame->data();
  std::memset(bytes, 0, net::kMinFrameBytes);
  kControlAddress.store(bytes);
  address_.store(bytes + net::kEthernetSourceOffset);
  net::store_be16(bytes + net::kEtherTypeOffset, net::kEtherTypeMacControl);
  const uint16_t quanta = stop ? params_.quanta : uint16_t{0};
  if (params_.mode == Mode::kPause) {
    net::store_be16(bytes + kOpcodeOffset, kPauseOpcode);
    net::store_be16(bytes + kPauseQuantaOffset, quanta);
  } else {
    net::store_be16(bytes + kOpcodeOffset, kPriorityOpcode);
    net::store_be16(bytes + kPriorityClassesOffset, static_cast<uint16_t>(1u << number));
    net::store_be16(bytes + kPriorityQuantaOffset + 2 * number, quanta);
  }
  (stop ? sent_ : resumed_)++;
  ports_.port.submit_control(std::move(frame));
  if (!stop) return;
  levels_[number].asked = ++requests_;
  // What a request asked for is over when it runs out; a new one comes in time.
  ports_.events.schedule_look(ports_.events.now() + duration(params_.quanta) / 2,
                              base::Callback::to<&FlowControl::on_refresh>(*this),
                              requests_ * kTrafficClasses + number);
}

void FlowControl::reset() {
  for (Level& level : levels_) level = Level(buffer_bytes_);
}

}  // namespace pspnic::mac
