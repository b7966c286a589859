// SPDX-License-Identifier: Apache-2.0
// Parameters of the transmit path between the descriptors and the crypto lanes.
#pragma once

#include <string>

#include "model/base/params.h"

namespace pspnic::tx {

// How transmit queues share the card. Lists have one element a queue (or vport) and start again from their
// beginning.
struct ScheduleParams {
  std::string weights = "1";
  std::string rates = "0bps";
  std::string vport_weights = "1";
  std::string vport_rates = "0bps";
  std::string classes = "0";
  base::ByteSize burst{16 * base::kKiB};

  template <class Visitor>
  void describe(Visitor& v) {
    const char* equal = "Equal shares";
    const char* none = "No limit";
    v.text("weights", weights, "Weights of the queues, 1..1000: shares of bytes within their vport", equal);
    v.text("rates", rates, "Bandwidths that the queues may not exceed, frames without FCS; 0bps: none", none);
    v.text("vport_weights", vport_weights, "Weights of the vports, 1..1000", equal);
    v.text("vport_rates", vport_rates, "Bandwidths that the vports may not exceed; 0bps: none", none);
    v.text("classes", classes, "Traffic classes of the queues, 0..7, for priority flow control", "One class");
    v.value("burst", burst, base::ByteSize{64}, base::ByteSize{16 * base::kMiB},
            "Bytes that may go at once under a rate", "Assumed: a TSO frame's quarter");
  }
};

struct TxParams {
  base::Frequency clock{1 * base::kGHz};
  base::ByteSize buffer{128 * base::kKiB};
  base::ByteSize fetch_window{32 * base::kKiB};
  unsigned parse_cycles = 2;
  unsigned parse_latency_cycles = 20;
  unsigned edit_cycles = 2;
  unsigned edit_latency_cycles = 30;
  unsigned queue_packets = 16;
  base::ByteSize crypto_buffer{96 * base::kKiB};
  base::ByteSize class_buffer{128 * base::kKiB};
  ScheduleParams schedule;
  enum class UdpChecksum { kZero, kValid };
  UdpChecksum udp_checksum = UdpChecksum::kZero;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* assumed = "Assumed: one packet every two cycles, 500 million a second";
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the packet pipeline", "That of the AES-GCM lanes");
    v.value("buffer", buffer, base::ByteSize{16 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Memory for packets from the fetch of their data until they have left",
            "Assumed: 5 us at 200 Gb/s");
    v.value("fetch_window", fetch_window, base::ByteSize{10 * base::kKiB}, base::ByteSize{16 * base::kMiB},
            "Bytes of packet data asked for and not yet there",
            "Two bandwidth-delay products of PCIe 4.0 x16 with 550 ns");
    v.value("parse_cycles", parse_cycles, 1u, 1000u, "Cycles the parser is taken by a packet", assumed);
    v.value("parse_latency_cycles", parse_latency_cycles, 1u, 10000u, "Cycles until its headers are known",
            assumed);
    v.value("edit_cycles", edit_cycles, 1u, 1000u, "Cycles segmentation and checksums are taken by a packet",
            assumed);
    v.value("edit_latency_cycles", edit_latency_cycles, 1u, 10000u, "Cycles until its headers are rewritten",
            assumed);
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets each of the two may hold", "Assumed");
    v.value("crypto_buffer", crypto_buffer, base::ByteSize{10 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Part of the memory that packets may hold until they are out of the AES-GCM lanes",
            "Assumed: three quarters, so that packets in clear find room when the lanes are overloaded");
    v.value("class_buffer", class_buffer, base::ByteSize{10 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Part of the memory that packets of one traffic class may hold",
            "All of it; less, where a paused class shall leave room to the others");
    v.group("schedule", schedule);
    v.choice("udp_checksum", udp_checksum, {{"zero", UdpChecksum::kZero}, {"valid", UdpChecksum::kValid}},
             "Outer UDP checksum of PSP packets: none, or one over what was sealed, which takes no time of "
             "its own",
             "PSP Architecture Specification: zero must be possible, a valid one may; Linux sends zero");
  }
};

}  // namespace pspnic::tx
