// SPDX-License-Identifier: Apache-2.0
// Functions of a card whose peer pauses its port for as long as a test wants.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "testbench/tests/model/nic/hostile_bench.h"

namespace pspnic::nic {

class PausedBench : public HostileBench {
 public:
  static NicParams small_buffer() {
    NicParams params = card();
    params.tx.buffer.bytes = params.tx.crypto_buffer.bytes = params.tx.class_buffer.bytes =
        16 * base::kKiB;  // so that frames wait for room, too
    params.device.reset_limit.ps = kLimit;
    return params;
  }
  static constexpr Time kLimit = 400'300 * base::kNs;  // between two looks of the card

  explicit PausedBench(const NicParams& params = small_buffer()) : HostileBench(params) {
    cable_.tap = [this](const base::Packet& packet) {
      wire_.look(packet);
      on_wire.emplace_back(packet.bytes().begin(), packet.bytes().end());
    };
  }

  std::vector<Bytes> on_wire;

  // Until go_on(), or so long that a test must have failed.
  void pause() {
    asks_ = 100;
    ask(0);
  }
  void go_on() {
    asks_ = 0;
    peer_sends_pause(0);
  }
  size_t on_wire_of(uint8_t seed) const {
    return static_cast<size_t>(std::count_if(on_wire.begin(), on_wire.end(), [seed](const Bytes& frame) {
      return frame.size() > 500 && frame.back() == seed;
    }));
  }
  // The mailbox of the function, taken from its driver.
  RawMailbox& take_mailbox(unsigned function) {
    raw(function).set_up();
    return raw(function);
  }
  Status call(RawMailbox& mailbox, Opcode opcode, const Bytes& payload) {
    return mailbox.call(opcode, payload).descriptor.v_retval;
  }
  idpf::VportStats statistics(RawMailbox& mailbox) {
    return idpf::read_at<idpf::VportStats>(mailbox.call(Opcode::kGetStats, Bytes(128)).payload)
        .value_or(idpf::VportStats{});
  }
  // After its rings have been in other hands.
  void bring_back(unsigned function) {
    flr(function);
    wait_ready(function);
    driver(function).recover(stack(function));
  }

 private:
  static constexpr Time kAgain = 100 * base::kUs;  // shorter than the longest pause at this speed

  void peer_sends_pause(uint16_t quanta) {
    base::PacketPtr packet = pool_.take(60);
    const std::span<uint8_t> bytes = packet->bytes();
    std::ranges::fill(bytes, uint8_t{0});
    const Bytes head = {0x01, 0x80, 0xc2, 0, 0, 1, 2, 0, 0, 0, 9, 9, 0x88, 0x08, 0, 1};
    std::ranges::copy(head, bytes.begin());
    net::store_be16(&bytes[16], quanta);
    nic_.receive(std::move(packet));
  }
  void ask(uint64_t) {
    if (asks_ == 0) return;
    --asks_;
    peer_sends_pause(0xffff);
    events_.schedule(events_.now() + kAgain, base::Callback::to<&PausedBench::ask>(*this));
  }

  unsigned asks_ = 0;
};

}  // namespace pspnic::nic
