// SPDX-License-Identifier: Apache-2.0
// Parameters of the transmit path between the descriptors and the crypto lanes.
#pragma once

#include "model/base/params.h"

namespace pspnic::tx {

struct TxParams {
  base::Frequency clock{1 * base::kGHz};
  base::ByteSize buffer{128 * base::kKiB};
  base::ByteSize fetch_window{32 * base::kKiB};
  unsigned parse_cycles = 2;
  unsigned parse_latency_cycles = 20;
  unsigned edit_cycles = 2;
  unsigned edit_latency_cycles = 30;
  unsigned queue_packets = 16;
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
    v.choice("udp_checksum", udp_checksum, {{"zero", UdpChecksum::kZero}, {"valid", UdpChecksum::kValid}},
             "Outer UDP checksum of PSP packets: none, or one over what was sealed, which takes no time of "
             "its own",
             "PSP Architecture Specification: zero must be possible, a valid one may; Linux sends zero");
  }
};

}  // namespace pspnic::tx
