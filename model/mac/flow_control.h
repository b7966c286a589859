// SPDX-License-Identifier: Apache-2.0
// Flow control of the port: PAUSE (IEEE 802.3 clause 31, annex 31B) and priority flow control (IEEE 802.1Q
// clause 36). Takes such frames off the wire and has the port's transmit side wait; watches how full the
// receive packet buffer is and asks the peer to wait. The traffic class of a received frame is the priority
// of its outer VLAN tag, 0 without one.
//
// Waits for: a pause asked of the peer that runs out while the buffer is still full is asked for again after
// half its time. Takes: the wire's time for its frames. Drops: nothing; a control frame of another kind is
// taken and counted.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/credits.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/stats.h"
#include "model/mac/tx_port.h"
#include "model/net/ethernet.h"

namespace pspnic::mac {

struct FlowControlParams {
  enum class Mode { kOff, kPause, kPriority };
  Mode mode = Mode::kOff;
  base::ByteSize high{256 * base::kKiB};
  base::ByteSize low{128 * base::kKiB};
  uint16_t quanta = 0xffff;

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("mode", mode, {{"off", Mode::kOff}, {"pause", Mode::kPause}, {"priority", Mode::kPriority}},
             "How the port asks its peer to wait: not at all, all frames, or one traffic class. A peer's "
             "request is followed in any case",
             "Off, as by default on Linux for most cards");
    v.value(
        "high", high, base::ByteSize{1 * base::kKiB}, base::ByteSize{64 * base::kMiB},
        "Bytes in the receive packet buffer (of the class, with priority) at which the peer is asked to wait",
        "Assumed: half of nic.rx.buffer, the rest takes what is on its way");
    v.value("low", low, base::ByteSize{0}, base::ByteSize{64 * base::kMiB},
            "Bytes at which it may go on; below high", "Assumed: a quarter of nic.rx.buffer");
    v.value("quanta", quanta, uint16_t{2}, uint16_t{0xffff}, "Length of a pause in units of 512 bit times",
            "IEEE 802.3 annex 31B: the largest, as it is taken back in time");
  }
};

class FlowControl {
 public:
  struct Ports {
    base::EventQueue& events;
    base::PacketPool& pool;
    TxPort& port;
    const Mac& mac;
  };

  // Throws ConfigError when the thresholds do not fit each other or the buffer of `buffer_bytes`.
  FlowControl(base::StatGroup& parent, const FlowControlParams& params, const net::MacAddress& address,
              uint64_t buffer_bytes, const Ports& ports);

  // In the measured window: frames that asked the peer to wait or to wait on, and that took it back.
  uint64_t sent() const { return sent_.value(); }
  uint64_t resumed() const { return resumed_.value(); }

  // True: the frame is MAC control and ends here.
  bool take(const base::Packet& frame);
  // The receive packet buffer took a frame, or gives its bytes back at `when`, which may lie ahead.
  void buffered(const base::Packet& frame) {
    if (params_.mode != FlowControlParams::Mode::kOff) watch(frame);
  }
  void released(base::Time when, uint32_t bytes, uint8_t traffic_class) {
    if (params_.mode != FlowControlParams::Mode::kOff) give_back(when, bytes, traffic_class);
  }
  static uint8_t traffic_class_of(const base::Packet& frame);
  void reset();

 private:
  // What one level of the buffer is watched for: all of it, or a class.
  struct Level {
    explicit Level(uint64_t bytes) : credits(bytes) {}
    base::Credits credits;
    bool stopped = false;  // the peer has been asked to wait
    uint64_t asked = 0;    // number of the last request, of all levels
  };
  void watch(const base::Packet& frame);
  void give_back(base::Time when, uint32_t bytes, uint8_t traffic_class);
  Level& level_of(uint8_t traffic_class) {
    return levels_[params_.mode == FlowControlParams::Mode::kPriority ? traffic_class : 0];
  }
  void ask(unsigned level, bool stop);
  void check_when_low(const Level& level);
  void on_check(uint64_t level);
  void on_refresh(uint64_t request_and_level);
  base::Time duration(uint16_t quanta) const;

  FlowControlParams params_;
  net::MacAddress address_;
  uint64_t buffer_bytes_;
  Ports ports_;
  std::vector<Level> levels_;
  uint64_t requests_ = 0;
  base::StatGroup group_;
  base::Counter sent_{group_, "sent", "frame", "Requests to wait sent to the peer"};
  base::Counter resumed_{group_, "resumed", "frame", "Requests taken back"};
  base::Counter taken_{group_, "received", "frame", "Requests of the peer"};
  base::Counter unknown_{group_, "unknown", "frame", "MAC control frames of another kind"};
};

}  // namespace pspnic::mac
