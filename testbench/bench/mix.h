// SPDX-License-Identifier: Apache-2.0
// Workload: host A offers two kinds of traffic at given rates, one in clear and one protected with PSP, each
// on a queue of its own; several vports get equal shares of both. What the one does to the other is the
// question: does crypto that is asked for more than it can do leave packets in clear their rate and latency?
// Every packet received is compared byte for byte; what the card does not take in time stays unsent and is
// counted.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

struct MixParams {
  base::Bandwidth clear_rate{50 * base::kGbps};
  base::Bandwidth psp_rate{50 * base::kGbps};
  unsigned frame_bytes = 1000;
  unsigned flows = 16;
  unsigned psp_version = 0;
  bool vlan = false;
  unsigned clear_priority = 0;
  unsigned psp_priority = 1;
  bool random_gaps = true;
  base::Duration duration{500 * base::kUs};

  template <class Visitor>
  void describe(Visitor& v) {
    const char* assumed = "A quarter of a 200 Gb/s port";
    const char* rate = "Bits of plain frames a second that host A offers";
    v.value("clear_rate", clear_rate, base::Bandwidth{0}, base::Bandwidth{1600 * base::kGbps},
            std::string(rate) + " in clear", assumed);
    v.value("psp_rate", psp_rate, base::Bandwidth{0}, base::Bandwidth{1600 * base::kGbps},
            std::string(rate) + " to be protected, before PSP adds its headers", assumed);
    v.value("frame_bytes", frame_bytes, 64u, 9000u, "Bytes of a plain frame, Ethernet header included",
            "Assumed: a usual mean");
    v.value("flows", flows, 1u, 1024u, "UDP flows of each kind, and of each vport", "Assumed");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    v.value("vlan", vlan, "Frames have a VLAN tag, with the priority of their kind", "Assumed");
    v.value("clear_priority", clear_priority, 0u, 7u, "Priority in the tag of frames in clear",
            "IEEE 802.1Q: 0 is best effort");
    v.value("psp_priority", psp_priority, 0u, 7u, "Priority in the tag of frames to be protected",
            "Another one than in clear");
    v.value("random_gaps", random_gaps, "Gaps between packets are exponential, otherwise all equal",
            "A Poisson process: many independent senders");
    v.value("duration", duration, base::Duration{1 * base::kUs}, base::Duration{1 * base::kSec},
            "How long packets are offered", "Assumed: 25,000 packets of 1000 bytes at 400 Gb/s");
  }
};

class MixSource;

class MixWorkload : public Workload {
 public:
  MixWorkload(const MixParams& params, unsigned vports, uint64_t seed, KeyLog& keys);
  ~MixWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  const DirectionOutcome& outcome(Side from) const override;
  std::vector<Part> parts() const override;

 private:
  class Host;
  KeyLog& keys_;
  Progress progress_;
  std::vector<std::unique_ptr<MixSource>> sources_;  // by vport: in clear, PSP
  std::array<std::unique_ptr<Host>, kSides> hosts_;
  mutable DirectionOutcome sum_;
  DirectionOutcome nothing_;
};

}  // namespace pspnic::bench
