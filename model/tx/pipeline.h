// SPDX-License-Identifier: Apache-2.0
// The transmit pipeline: parser and editor, then the AES-GCM lanes or past them, then the port. A packet
// whose data has arrived is finished, sealed and given its times up to the port at once.
//
// A packet in clear does not wait for the lanes, unless one of its own queue is still in them: the order
// within a queue is kept. The port takes what is ready first (mac/tx_port.h).
//
// Waits for: nothing. Takes: the services of the stages (tx_params.h, crypto/gcm_lanes.h, mac/mac.h); the IV
// is the device's clock at the moment the lane starts; a lookup in the flow table (flow/flow_table.h) belongs
// to the parser. Drops: kTxBadPspPacket, kTxNoSa, kTxTooLong, kTxFlowUnprotected. A packet that cannot be
// sealed never reaches the wire.
#pragma once

#include <vector>

#include "model/base/clock.h"
#include "model/base/drop_reason.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/stats.h"
#include "model/base/stretch.h"
#include "model/base/stretch_stats.h"
#include "model/base/vport_book.h"
#include "model/crypto/gcm_lanes.h"
#include "model/flow/flow_table.h"
#include "model/mac/mac.h"
#include "model/mac/tx_port.h"
#include "model/psp/aead.h"
#include "model/psp/iv_clock.h"
#include "model/queue/queue_watch.h"
#include "model/tx/transform.h"
#include "model/tx/tx_params.h"

namespace pspnic::tx {

// Told when a packet that has been sent gives its room in the packet buffer back, at packet.wire_end.
class PacketRoom {
 public:
  virtual ~PacketRoom() = default;
  virtual void on_room(const base::Packet& packet) = 0;
};

class Pipeline : private mac::TxPort::Listener {
 public:
  struct Ports {
    base::EventQueue& events;
    psp::Aead& aead;
    psp::IvClock& iv_clock;
    mac::Wire& wire;
    const mac::Mac& mac;
    const crypto::GcmLanes& lanes;
    base::CounterArray& drops;
    const flow::FlowTable* flows = nullptr;  // null: none
    net::Payload payload = net::Payload::kBytes;
  };

  struct Sent {
    base::Time through_lanes = 0;  // out of the AES-GCM lanes, or from behind what was in them; 0: past them
    TransformError error = TransformError::kNone;
    bool dropped = false;
  };

  static constexpr size_t kMaxVports = 256;  // as a packet's field can say

  Pipeline(base::StatGroup& parent, const TxParams& params, uint16_t queues, const Ports& ports);
  void set_room(PacketRoom* room) { room_ = room; }
  void set_watch(queue::QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on

  // One frame of a job, as it was read; `sa` is what a PSP job is sealed with; without one it is dropped. A
  // plain job is sealed if there is an encapsulation for it, and then needs an SA too. The caller keeps a
  // packet that is dropped.
  Sent send(base::PacketPtr& packet, const HeaderMap& map, const queue::TxJob& job, const Segment& segment,
            const crypto::Sa* sa, const flow::Encapsulation* encapsulation = nullptr);

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
  const base::VportBook& book(uint16_t vport) const { return books_[vport]; }
  // A frame that ends without having been sent. `sealed`: it was to be.
  [[gnu::cold]] void count_drop(uint8_t vport, bool sealed, base::DropReason reason);
  void count_bad_sa(uint8_t vport) { books_[vport].psp_bad_sa++; }
  // Opens and closes the books of a measured window.
  void begin(base::Time now);
  void finish(base::Time now);

  mac::TxPort& port() { return port_; }
  uint32_t versions() const { return ports_.lanes.versions(); }  // bit v: PSP version v
  const mac::TxPort& port() const { return port_; }
  uint64_t held() const { return port_.held(); }  // frames that wait for the wire
  uint64_t reset() { return port_.reset(); }      // forgets them and tells how many they were

 private:
  void on_departure(const base::Packet& packet) override;
  bool seal(std::span<uint8_t> psp_packet, const crypto::Sa& sa, const psp::Layout& layout, base::Time start);
  base::Service parse(const queue::TxJob& job) const;
  [[gnu::cold]] Sent drop(const base::Packet& packet, bool sealed, TransformError error);

  Ports ports_;
  Stats stats_;
  std::vector<base::VportBook> books_{kMaxVports};
  base::StatGroup stages_;
  base::Stretch front_;
  base::StretchStats front_stats_;
  base::Stretch crypto_;
  base::StretchStats crypto_stats_;
  base::Clock clock_;
  base::Service parse_;
  base::Service edit_;
  bool udp_checksum_;
  mac::TxPort port_;
  PacketRoom* room_ = nullptr;
  queue::QueueWatch* watch_ = nullptr;
  std::vector<base::Time> in_lanes_until_;  // by queue: its last packet is out of the lanes
};

}  // namespace pspnic::tx
