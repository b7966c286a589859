// SPDX-License-Identifier: Apache-2.0
// The receive pipeline: parser, key derivation, AES-GCM lanes, placement. A frame that arrives is classified,
// opened and given its times at once; one event later it goes to its queue.
//
// Waits for: nothing; the wire cannot wait, so a frame that finds the packet buffer full is dropped. Takes:
// the services of the four stages (Params, crypto/kdf_units.h, crypto/gcm_lanes.h). Drops: kRxOverflow,
// kRxNoVport, kRxFrameLength, kRxPspAuthFail, kRxPspError, kRxPspBad, and what the queues refuse. Nothing of
// a PSP packet is handed on before its ICV has been checked.
#pragma once

#include "model/base/credits.h"
#include "model/base/drop_reason.h"
#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/stretch.h"
#include "model/base/stretch_stats.h"
#include "model/crypto/device_keys.h"
#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"
#include "model/mac/mac.h"
#include "model/psp/aead.h"
#include "model/psp/check.h"
#include "model/queue/rx_queues.h"
#include "model/rx/inner_checksum.h"
#include "model/rx/steering.h"

namespace pspnic::rx {

struct RxParams {
  base::Frequency clock{1 * base::kGHz};
  base::ByteSize buffer{512 * base::kKiB};
  unsigned parse_cycles = 2;
  unsigned parse_latency_cycles = 20;
  unsigned place_cycles = 2;
  unsigned place_latency_cycles = 20;
  unsigned queue_packets = 64;
  bool verify_udp_checksum = false;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* assumed = "Assumed: one packet every two cycles, 500 million a second";
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the packet pipeline", "That of the AES-GCM lanes");
    v.value("buffer", buffer, base::ByteSize{16 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Memory for packets from the wire until they have left for host memory",
            "Assumed: 20 us at 200 Gb/s");
    v.value("parse_cycles", parse_cycles, 1u, 1000u, "Cycles the parser is taken by a packet", assumed);
    v.value("parse_latency_cycles", parse_latency_cycles, 1u, 10000u, "Cycles until its headers are known",
            assumed);
    v.value("place_cycles", place_cycles, 1u, 1000u, "Cycles steering is taken by a packet", assumed);
    v.value("place_latency_cycles", place_latency_cycles, 1u, 10000u, "Cycles until its queue is known",
            assumed);
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets the parser and the placement may hold",
            "Assumed");
    v.value("verify_udp_checksum", verify_udp_checksum,
            "PSP packets whose outer UDP checksum is neither 0 nor right are rx errors",
            "Off: the ICV covers what it would, and Google's and Linux's receivers do not look at it");
  }
};

// What the control plane has set for PSP.
struct PspReceive {
  uint8_t versions = 0;  // bit v: decrypt version v
  bool strip_icv = false;
  bool spi_in_descriptor = true;
};

class Pipeline : public queue::RxPlacement {
 public:
  struct Ports {
    base::EventQueue& events;
    psp::Aead& aead;
    const crypto::DeviceKeys& keys;
    const crypto::KdfUnits& kdf;
    const crypto::GcmLanes& lanes;
    const mac::Mac& mac;
    queue::RxQueues& queues;
    base::CounterArray& drops;
  };

  Pipeline(base::StatGroup& parent, const RxParams& params, const Ports& ports);

  // The last bit of a frame is here.
  void receive(base::PacketPtr packet);

  void configure_vport(const VportFilter& filter) { steering_.configure(filter); }
  void configure_psp(const PspReceive& config) { psp_ = config; }
  void reset();

  void on_placed(const Receipt& receipt, base::Time left) override;
  void on_refused(const Receipt& receipt, base::DropReason reason) override;

  struct Stats {
    explicit Stats(base::StatGroup& parent) : group(parent, "rx") {}
    base::StatGroup group;
    base::Counter frames{group, "frames", "frame", "Frames that arrived"};
    base::Counter delivered{group, "delivered", "frame", "Frames put into host memory"};
    base::Counter bytes{group, "bytes", "byte", "Bytes of frames put into host memory"};
    base::Counter unicast{group, "unicast", "frame", "Frames accepted, to this station"};
    base::Counter multicast{group, "multicast", "frame", "Frames accepted, to a group"};
    base::Counter broadcast{group, "broadcast", "frame", "Frames accepted, to all"};
    base::Counter psp_packets{group, "psp_packets", "packet", "PSP packets authenticated"};
    base::Counter psp_bytes{group, "psp_bytes", "byte", "From behind the IV to the end of the payload"};
    base::Counter psp_auth_fail{group, "psp_auth_fail", "packet", "PSP packets whose ICV does not match"};
    base::Counter psp_error{group, "psp_error", "packet", "PSP packets with a length or framing error"};
    base::Counter psp_bad{group, "psp_bad", "packet",
                          "PSP packets with a reserved version or SPI, or without key"};
    base::Counter psp_bad_version{group, "psp_bad_version", "packet", "Of psp_bad: reserved version"};
    base::Counter psp_stale_key{group, "psp_stale_key", "packet", "Of psp_bad: no key in the SPI's slot"};
    base::Counter psp_bypass{group, "psp_bypass", "packet",
                             "Packets of a version not enabled, passed up as UDP"};
    base::Histogram latency{group, "latency", "ps",
                            "From last bit on the wire to last byte sent to host memory"};
    base::Gauge buffered{group, "buffered", "byte", "Bytes in the packet buffer"};
  };
  const Stats& stats() const { return stats_; }
  // Opens and closes the books of a measured window.
  void begin(base::Time now) { stretch_stats_.begin(now); }
  void finish(base::Time now) { stretch_stats_.end(now); }
  // Frames under way to their queues.
  uint64_t held() const { return placing_.size() + handed_over_; }

 private:
  enum Stage : size_t { kParse, kKdf, kCrypto, kPlace, kStages };
  struct Placing {
    base::PacketPtr packet;
    idpf::RxCompletion metadata;
    uint16_t queue = 0;
  };
  // What became of the PSP part of a packet.
  struct Opened {
    psp::Verdict verdict = psp::Verdict::kNotPsp;
    base::Service kdf;
    base::Service crypto;
    uint8_t generation = 0;
    uint32_t spi = 0;
  };

  Opened open(base::Packet& packet, const net::Parsed& parsed);
  void count_refused(const psp::Check& check);
  void describe(idpf::RxCompletion& metadata, const base::Packet& packet, const net::Parsed& parsed,
                const Opened& opened) const;
  void drop(base::Time when, uint32_t bytes, base::DropReason reason);
  void release(base::Time when, uint32_t bytes);
  void on_place(uint64_t);
  void count_cast(idpf::RxCast cast);

  RxParams params_;
  Ports ports_;
  Stats stats_;
  base::Stretch stretch_;
  base::StretchStats stretch_stats_;
  base::Service parse_;
  base::Service place_;
  Steering steering_;
  PspReceive psp_;
  base::Credits buffer_;
  base::Ring<Placing> placing_;
  base::EventFifo placements_;
  uint64_t handed_over_ = 0;  // packets that the queues have
};

}  // namespace pspnic::rx
