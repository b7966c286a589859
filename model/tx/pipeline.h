// SPDX-License-Identifier: Apache-2.0
// The transmit pipeline: parser, editor, AES-GCM lanes, port. A packet whose data has arrived is finished,
// sealed and given its times at once; no event is spent between here and the wire.
//
// Waits for: nothing. Takes: the services of the four stages (tx_params.h, crypto/gcm_lanes.h, mac/mac.h);
// the IV is the device's clock at the moment the lane starts. Drops: kTxBadPspPacket, kTxNoSa, kTxTooLong. A
// packet that cannot be sealed never reaches the wire.
#pragma once

#include <optional>

#include "model/base/drop_reason.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/stats.h"
#include "model/base/stretch.h"
#include "model/base/stretch_stats.h"
#include "model/crypto/gcm_lanes.h"
#include "model/mac/mac.h"
#include "model/psp/aead.h"
#include "model/psp/iv_clock.h"
#include "model/tx/transform.h"
#include "model/tx/tx_params.h"

namespace pspnic::tx {

class Pipeline {
 public:
  struct Ports {
    base::EventQueue& events;
    psp::Aead& aead;
    psp::IvClock& iv_clock;
    mac::Wire& wire;
    const mac::Mac& mac;
    const crypto::GcmLanes& lanes;
    base::CounterArray& drops;
  };

  struct Sent {
    base::Time departure = 0;  // last bit on the wire; 0 if dropped
    base::Time sealed = 0;     // out of the AES-GCM lanes
    TransformError error = TransformError::kNone;
    bool dropped = false;
  };

  Pipeline(base::StatGroup& parent, const TxParams& params, const Ports& ports);

  // One frame of a job, as it was read; `sa` is what a PSP job is sealed with; without one it is dropped.
  Sent send(base::PacketPtr packet, const HeaderMap& map, const queue::TxJob& job, uint32_t segment,
            uint32_t payload_bytes, const crypto::Sa* sa);

  struct Stats {
    explicit Stats(base::StatGroup& parent) : group(parent, "tx") {}
    base::StatGroup group;
    base::Counter frames{group, "frames", "frame", "Frames sent"};
    base::Counter bytes{group, "bytes", "byte",
                        "Bytes of frames sent, without preamble, check sequence and gap"};
    base::Counter unicast{group, "unicast", "frame", "Frames to one station"};
    base::Counter multicast{group, "multicast", "frame", "Frames to a group"};
    base::Counter broadcast{group, "broadcast", "frame", "Frames to all"};
    base::Counter psp_packets{group, "psp_packets", "packet", "PSP packets sealed and sent"};
    base::Counter psp_bytes{group, "psp_bytes", "byte", "From behind the IV to the end of the payload"};
    base::Counter psp_errors{group, "psp_errors", "packet", "PSP packets that could not be sent"};
    base::Histogram latency{group, "latency", "ps",
                            "From asking for a frame's data to its last bit on the wire"};
  };
  const Stats& stats() const { return stats_; }
  Stats& stats() { return stats_; }
  // Opens and closes the books of a measured window.
  void begin(base::Time now) { stretch_stats_.begin(now); }
  void finish(base::Time now) { stretch_stats_.end(now); }

 private:
  enum Stage : size_t { kParse, kEdit, kCrypto, kMac, kStages };
  bool seal(std::span<uint8_t> psp_packet, const crypto::Sa& sa, const psp::Layout& layout, base::Time start);
  void count(const base::Packet& packet, const HeaderMap& map, const queue::TxJob& job);
  Sent drop(const queue::TxJob& job, TransformError error);

  Ports ports_;
  Stats stats_;
  base::Stretch stretch_;
  base::StretchStats stretch_stats_;
  base::Service parse_;
  base::Service edit_;
  bool udp_checksum_;
};

}  // namespace pspnic::tx
