// SPDX-License-Identifier: Apache-2.0
// The receive pipeline: parser, then key derivation and AES-GCM lanes or past them, then placement. A frame
// that arrives is classified, opened and given its times at once; one event later it goes to its queue,
// through the coalescer. A frame in clear does not wait for the lanes: placement takes what is ready first.
//
// Packets that fail, and copies of those with the S bit, go to the host as they were on the wire if it has
// asked for them.
//
// Waits for: nothing; the wire cannot wait, so a frame that finds the packet buffer full is dropped. Takes:
// the services of the four stages (Params, crypto/kdf_units.h, crypto/gcm_lanes.h). Drops: kRxOverflow,
// kRxPspOverflow, kRxBadFcs, kRxNoVport, kRxFrameLength, kRxPspAuthFail, kRxPspError, kRxPspBad,
// kRxPspSampled, kRxFlowClear, kRxFlowMismatch, kRxPspNoQueue, and what the queues refuse. Nothing of a PSP
// packet is handed on before its ICV has been checked.
#pragma once

#include <optional>

#include "model/base/clock.h"
#include "model/base/credits.h"
#include "model/base/drop_reason.h"
#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/stretch.h"
#include "model/base/stretch_stats.h"
#include "model/base/vport_book.h"
#include "model/crypto/device_keys.h"
#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"
#include "model/flow/flow_table.h"
#include "model/mac/flow_control.h"
#include "model/mac/mac.h"
#include "model/psp/aead.h"
#include "model/psp/check.h"
#include "model/psp/spi.h"
#include "model/queue/rx_queues.h"
#include "model/rx/coalescer.h"
#include "model/rx/inner_checksum.h"
#include "model/rx/psp_capture.h"
#include "model/rx/steering.h"

namespace pspnic::rx {

struct RxParams {
  base::Frequency clock{1 * base::kGHz};
  base::ByteSize buffer{512 * base::kKiB};
  base::ByteSize psp_buffer{384 * base::kKiB};
  unsigned parse_cycles = 2;
  unsigned parse_latency_cycles = 20;
  unsigned place_cycles = 2;
  unsigned place_latency_cycles = 20;
  unsigned queue_packets = 64;
  PspCaptureParams capture;
  GroParams gro;
  bool verify_udp_checksum = false;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* assumed = "Assumed: one packet every two cycles, 500 million a second";
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the packet pipeline", "That of the AES-GCM lanes");
    v.value("buffer", buffer, base::ByteSize{16 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Memory for packets from the wire until they have left for host memory",
            "Assumed: 20 us at 200 Gb/s");
    v.value("psp_buffer", psp_buffer, base::ByteSize{10 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Part of it that PSP packets may hold until they are out of the AES-GCM lanes",
            "Assumed: three quarters, so that packets in clear find room when the lanes are overloaded");
    v.value("parse_cycles", parse_cycles, 1u, 1000u, "Cycles the parser is taken by a packet", assumed);
    v.value("parse_latency_cycles", parse_latency_cycles, 1u, 10000u, "Cycles until its headers are known",
            assumed);
    v.value("place_cycles", place_cycles, 1u, 1000u, "Cycles steering is taken by a packet", assumed);
    v.value("place_latency_cycles", place_latency_cycles, 1u, 10000u, "Cycles until its queue is known",
            assumed);
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets the parser and the placement may hold",
            "Assumed");
    v.group("capture", capture);
    v.group("gro", gro);
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
  bool capture_failures = false;  // give failed packets to the host as they came, instead of dropping them
  bool sample = false;            // follow the S and D bits
  bool strip_headers = false;     // split queues get the plain packet
  bool rss_inner = false;         // the queue of what has been opened is chosen by its inner headers
  bool vc_steering = false;       // and by its virtualization cookie
};

class Pipeline : public queue::RxPlacement {
 public:
  struct Ports {
    base::EventQueue& events;
    base::PacketPool& pool;
    psp::Aead& aead;
    const crypto::DeviceKeys& keys;
    const crypto::KdfUnits& kdf;
    const crypto::GcmLanes& lanes;
    const mac::Mac& mac;
    mac::FlowControl& flow_control;
    queue::RxQueues& queues;
    base::CounterArray& drops;
    flow::FlowTable* flows = nullptr;  // null: none
    net::Payload payload = net::Payload::kBytes;
  };

  Pipeline(base::StatGroup& parent, const RxParams& params, uint16_t vports, const Ports& ports);

  // The last bit of a frame is here.
  void receive(base::PacketPtr packet);
  // A frame that this vport has sent to itself: no other is asked.
  void receive_own(base::PacketPtr packet);

  // SPIs of a function, without the phase bit.
  struct SpiRange {
    uint32_t first = 0;
    uint32_t count = 0;
    bool contains(uint32_t index) const { return index - first < count; }
  };
  // Gives `count` vports from `first` on to a function of their own. All vports are function 0's at first. A
  // function opens packets of its own SPIs, function 0 all that are no other's, whoever made the keys: with a
  // key that several share, one would read what is for another. The answer is its number.
  uint16_t add_function(uint16_t first, uint16_t count, const crypto::DeviceKeys& keys, const SpiRange& spis);

  void configure_vport(uint16_t vport, const VportFilter& filter) { vports_[vport].configure(filter); }
  void configure_psp(const PspReceive& config, uint16_t function = 0);
  // The queue is about to be disabled: hands on what the coalescer has for it.
  void drain(uint16_t queue) { coalescer_.drain(queue); }
  // Whether a packet is on its way to one of these queues; not for every event, it looks at each of them.
  bool holds(uint16_t first_queue, uint16_t queues) const;
  void reset();

  void on_placed(const Receipt& receipt, base::Time left) override;
  void on_refused(const Receipt& receipt, base::DropReason reason) override;

  struct Stats {
    explicit Stats(base::StatGroup& parent) : group(parent, "rx") {}
    base::StatGroup group;
    base::Counter frames{group, "frames", "frame", "Frames that arrived"};
    base::Counter delivered{group, "delivered", "frame", "Frames put into host memory"};
    base::Counter copies{group, "copies", "frame", "Copies made because several vports take a frame"};
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
  const GroStats& gro_stats() const { return coalescer_.stats(); }
  // Opens and closes the books of a measured window.
  void begin(base::Time now);
  void finish(base::Time now);
  const base::VportBook& book(uint16_t vport) const { return books_[vport]; }
  uint16_t vports() const { return static_cast<uint16_t>(books_.size()); }
  // Bytes of a packet that had been placed could not be written.
  [[gnu::cold]] void count_fault(uint16_t vport) {
    ports_.drops.add(base::DropReason::kRxDmaFault);
    books_[vport].add_drop(base::DropReason::kRxDmaFault);
  }
  // Frames beside those that arrived: copies for further vports, and samples.
  uint64_t copies() const { return stats_.copies.all_time() + capture_.samples_taken(); }
  // Frames under way to their queues.
  uint64_t held() const { return past_lanes_.size() + through_lanes_.size() + late_.size() + handed_over_; }

 private:
  enum CryptoStage : size_t { kKdf, kCrypto };
  struct Placing {
    base::PacketPtr packet;
    idpf::RxCompletion metadata;
    SealedBy sealed_by;
    base::Time ready = 0;     // for the placement
    base::Service service{};  // of it
    uint16_t queue = 0;
  };
  // What became of the PSP part of a packet.
  struct Opened {
    psp::Verdict verdict = psp::Verdict::kNotPsp;
    std::optional<base::DropReason> drop{};  // it ends at `ready`
    base::Time ready = 0;                    // out of the parser, or the lanes
    bool through_lanes = false;
    idpf::PspRxStatus status = idpf::PspRxStatus::kNotPsp;  // as the host is told
    uint8_t generation = 0;
    uint8_t version = 0;
    uint32_t spi = 0;
  };

  // What differs from function to function.
  struct Function {
    const crypto::DeviceKeys* keys = nullptr;
    SpiRange spis{};  // function 0: of all others
    PspReceive psp{};
    PspCapture::Config capture{};
  };
  const Function& function_of(const base::Packet& packet) const {
    return functions_[function_of_vport_[packet.vport]];
  }
  Function& function_of(const base::Packet& packet) { return functions_[function_of_vport_[packet.vport]]; }
  bool owns(const Function& function, uint32_t spi) const {
    return function.spis.contains(psp::spi_index(spi)) == (&function != functions_.data());
  }
  base::VportBook& book(const base::Packet& packet) { return books_[packet.vport]; }

  std::optional<base::DropReason> admit(base::Packet& packet);
  [[gnu::cold]] void turn_away(const base::Packet& packet, base::DropReason reason, const Steering* vport);
  // The vport that alone takes the frame; null: none does, or several.
  [[gnu::cold]] const Steering* only_taker(const base::Packet& packet) const;
  bool take_room(base::Packet& packet);
  [[gnu::noinline]] base::PacketPtr copy_of(const base::Packet& packet);
  void receive_for(const Steering& vport, base::PacketPtr packet, idpf::RxCast cast);
  void enqueue(base::PacketPtr packet, const net::Parsed& parsed, const Opened& opened,
               const Steering::Target& target, const base::Service& place, idpf::RxCast cast);

  // PSP (pipeline_psp.cpp).
  Opened open(base::Packet& packet, const net::Parsed& parsed, base::Time parsed_at,
              const Steering::Target& target);
  // A packet worth opening; opened.drop says why it could not be. Without a target nothing is captured.
  void decrypt(base::Packet& packet, const psp::Check& check, Opened& opened, const Steering::Target* target);
  [[gnu::cold]] void refuse(const base::Packet& packet, Opened& opened, base::DropReason reason,
                            idpf::PspRxStatus status, bool capture = true);
  [[gnu::noinline]] void sample(const base::Packet& packet, std::span<const uint8_t> text, base::Time ready,
                                const Steering::Target& target);
  // Of a packet that keeps its headers; false: its queue takes none.
  bool choose_queue(const Steering& vport, const base::Packet& packet, const net::Parsed& parsed,
                    const Opened& opened, Steering::Target& target) const;

  // Flows that the device protects, of function 0 (pipeline_flows.cpp).
  bool protects_flows(uint16_t vport) const {
    return ports_.flows != nullptr && !ports_.flows->empty() && function_of_vport_[vport] == 0;
  }
  [[gnu::noinline]] base::Service with_lookup(base::Service service) const;
  [[gnu::noinline]] bool open_flow(base::Packet& packet, net::Parsed& parsed, Opened& opened, uint16_t vport);
  bool unwrap(base::Packet& packet, net::Parsed& parsed, uint32_t spi, uint16_t vport);
  [[gnu::noinline]] void refuse_clear(const base::Packet& packet, const net::Parsed& parsed, Opened& opened,
                                      uint16_t vport);

  // Whether the lanes have room for the packet; `opened.ready` is then when it leaves them.
  bool pass_lanes(base::Packet& packet, const psp::Check& check, Opened& opened);
  [[gnu::cold]] void refuse_unopened(const base::Packet& packet, const psp::Check& check, Opened& opened,
                                     bool capture = true);
  void describe(idpf::RxCompletion& metadata, const base::Packet& packet, const net::Parsed& parsed,
                const Opened& opened, uint16_t queue) const;
  [[gnu::cold]] void drop(base::Time when, const base::Packet& packet, base::DropReason reason);
  void release(base::Time when, uint32_t bytes, uint8_t traffic_class);
  void on_past_lanes(uint64_t);
  void on_through_lanes(uint64_t);
  void place(base::Ring<Placing>& line);
  void on_late(uint64_t);
  void hand_over(Placing& placing);
  void count_cast(base::VportBook& book, idpf::RxCast cast);

  Ports ports_;
  Stats stats_;
  bool verify_udp_checksum_;
  base::StatGroup stages_;
  base::Stretch parser_;
  base::StretchStats parser_stats_;
  base::Stretch crypto_;
  base::StretchStats crypto_stats_;
  base::Stretch placement_;
  base::StretchStats placement_stats_;
  base::Clock clock_;
  base::Service parse_;
  base::Service place_;
  std::vector<Steering> vports_;
  std::vector<Function> functions_;
  std::vector<uint16_t> function_of_vport_;
  std::vector<base::VportBook> books_;  // by vport
  PspCapture capture_;
  base::Credits buffer_;
  base::Credits psp_buffer_;  // part of buffer_
  // Frames for the placement, on their two ways, and those that found it busy.
  base::Ring<Placing> past_lanes_;
  base::Ring<Placing> through_lanes_;
  base::Ring<Placing> late_;
  base::EventFifo past_lanes_events_;
  base::EventFifo through_lanes_events_;
  base::EventFifo late_events_;
  Coalescer coalescer_;
  uint64_t handed_over_ = 0;  // packets that the coalescer or the queues have
};

}  // namespace pspnic::rx
