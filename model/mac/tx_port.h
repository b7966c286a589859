// SPDX-License-Identifier: Apache-2.0
// The transmit side of the port: frames that are ready wait here until the wire takes them, the one that was
// ready first before the others, whichever way it came. A traffic class that the peer has paused waits while
// the others go on.
//
// Waits for: the wire; the end of a pause. Takes: Mac::service() a frame. Drops: nothing. A frame's start is
// decided when nothing can come before it any more: no frame submitted later is ready within `lookahead`. A
// pause therefore holds frames that start later than that after it has come (IEEE 802.3 allows a port 394
// times 512 bit times at 100 Gb/s, annex 31B).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/ring.h"
#include "model/base/stretch.h"
#include "model/base/stretch_stats.h"
#include "model/mac/mac.h"

namespace pspnic::mac {

inline constexpr unsigned kTrafficClasses = 8;  // IEEE 802.1Q priorities

class TxPort {
 public:
  struct Ports {
    base::EventQueue& events;
    const Mac& mac;
    Wire& wire;
  };
  // Told when a frame's times on the wire have been decided, at its wire_end at the latest, before the wire
  // gets it.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_departure(const base::Packet& packet) = 0;
  };
  // Frames come on two ways, each in order: past the crypto lanes, and through them.
  enum class Way : uint8_t { kPast, kThrough };

  // `stages`: the group that gets the stage "mac". `lookahead`: no frame is submitted that is ready sooner.
  TxPort(base::StatGroup& stages, Time lookahead, const Ports& ports);
  void set_listener(Listener* listener) { listener_ = listener; }

  // `ready` not before now + lookahead, and not before that of the frame in front of it on its way and class.
  void submit(base::PacketPtr packet, Time ready, Way way, unsigned traffic_class);
  // A frame of the port's own (flow control): before all others, whatever is paused.
  void submit_control(base::PacketPtr packet);
  // Frames of the class wait until then; `until` not after now ends a pause.
  void pause(unsigned traffic_class, Time until);

  uint64_t held() const { return held_; }
  // Whether a frame of one of these vports waits.
  bool holds(uint16_t first_vport, uint16_t vports) const;
  // In words, the classes with frames that wait, and for how much longer they are paused; nothing if none do.
  std::string explain() const;
  // The frames of these vports that wait.
  std::vector<base::PacketPtr> take_out(uint16_t first_vport, uint16_t vports);
  // Forgets what waits and tells how many frames that were; what is on the wire goes on.
  uint64_t reset();

  // Opens and closes the books of a measured window.
  void begin(Time now);
  void finish(Time now);

 private:
  struct Waiting {
    base::PacketPtr packet;
    Time ready = 0;
    uint64_t sequence = 0;
  };
  using Line = base::Ring<Waiting>;
  // The frame that goes next if nothing comes in between.
  struct Choice {
    Line* line = nullptr;
    unsigned traffic_class = 0;
    Time start = 0;
  };

  static bool is_of(const Waiting& waiting, uint16_t first_vport, uint16_t vports) {
    const uint8_t vport = waiting.packet->vport;
    return vport >= first_vport && vport - first_vport < vports;
  }
  bool empty(unsigned traffic_class) const {
    return lines_[traffic_class][0].empty() && lines_[traffic_class][1].empty();
  }
  Line& line(unsigned traffic_class, Way way) { return lines_[traffic_class][static_cast<size_t>(way)]; }
  Choice choose();
  void advance();
  void send(const Choice& choice);
  void arm(const Choice& choice);
  void on_timer(uint64_t);

  Ports ports_;
  Time lookahead_;
  Listener* listener_ = nullptr;
  std::array<std::array<Line, 2>, kTrafficClasses> lines_;
  Line control_;
  std::array<Time, kTrafficClasses> paused_until_{};
  uint32_t occupied_ = 0;  // bit c: class c has frames
  uint64_t held_ = 0;
  uint64_t sequence_ = 0;
  Time free_ = 0;  // the wire takes the next frame
  Time armed_ = base::kNever;
  base::Stretch stretch_;
  base::StretchStats stretch_stats_;
};

}  // namespace pspnic::mac
