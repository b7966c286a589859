// SPDX-License-Identifier: Apache-2.0
// The PCIe link as two serialisers, one a direction, and the sizes of what crosses it.
//
// Takes: bytes / TLP bandwidth. TLP bandwidth is the raw rate after line coding, less the shares of
// acknowledgements, flow-control updates and skip ordered sets (PCI Express Base Specification 5.0: tables
// 3-7 to 3-9 and 2-46 to 2-48, section 4.2.7; the same account as R. Neugebauer et al., "Understanding PCIe
// performance for end host networking", SIGCOMM 2018). Header bytes of a TLP: 2 framing, 6 data link, 4
// common, 12 (64-bit request) or 8 (completion). PCIe 6.0 sends flits instead, of 256 bytes of which 236 are
// TLPs; these have neither framing nor a check of their own (D. Das Sharma, "PCI Express 6.0 specification",
// IEEE Micro, 2022). Drops: nothing.
#pragma once

#include <cstdint>

#include "model/base/params.h"
#include "model/base/stats.h"
#include "model/base/time.h"

namespace pspnic::pcie {

using base::Time;

struct LinkParams {
  unsigned generation = 4;
  unsigned lanes = 16;
  unsigned max_payload_bytes = 256;
  unsigned max_read_request_bytes = 512;
  base::Duration round_trip{550 * base::kNs};
  base::Duration posted_latency{250 * base::kNs};
  unsigned tags = 256;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* card = "Intel IPU E2100 and NVIDIA ConnectX-6 Dx are PCIe 4.0 x16 for 200 Gb/s";
    v.choice("generation", generation, {{"3", 3u}, {"4", 4u}, {"5", 5u}, {"6", 6u}},
             "PCIe generation; 6: with flits", card);
    v.choice("lanes", lanes, {{"1", 1u}, {"2", 2u}, {"4", 4u}, {"8", 8u}, {"16", 16u}}, "Lanes of the link",
             card);
    v.choice("max_payload_bytes", max_payload_bytes,
             {{"128", 128u}, {"256", 256u}, {"512", 512u}, {"1024", 1024u}, {"2048", 2048u}, {"4096", 4096u}},
             "Largest payload of a write or completion TLP", "Usual setting of Xeon root ports (pcie-bench)");
    v.choice("max_read_request_bytes", max_read_request_bytes,
             {{"128", 128u}, {"256", 256u}, {"512", 512u}, {"1024", 1024u}, {"2048", 2048u}, {"4096", 4096u}},
             "Largest read of one request TLP, one tag each", "Default of Linux drivers (pcie-bench)");
    v.value("round_trip", round_trip, base::Duration{50 * base::kNs}, base::Duration{100 * base::kUs},
            "Read request to last byte of its completion on an idle link",
            "pcie-bench: 547 ns median for a 64-byte read on a Haswell server");
    v.value("posted_latency", posted_latency, base::Duration{1 * base::kNs}, base::Duration{100 * base::kUs},
            "Last byte of a posted write sent to visible at the other side",
            "Assumed: half a round trip, less memory");
    v.value("tags", tags, 1, 1024, "Read requests that may wait for completions",
            "8-bit tags of PCIe 4.0; 10-bit tags allow 768");
  }

  // Throws ConfigError when fields do not go together.
  void check() const;
};

// Bits a second left for TLPs.
double tlp_bandwidth_bps(const LinkParams& params);

// Bytes of a TLP beside its data: a memory read or write with a 64-bit address, a completion with data.
inline uint32_t request_header_bytes(const LinkParams& params) {
  return params.generation < 6 ? 24 : 16;
}
inline uint32_t completion_header_bytes(const LinkParams& params) {
  return params.generation < 6 ? 20 : 12;
}

// Bytes on the link for a write of `length` bytes, and for the completions of one read request of `length`
// bytes.
uint32_t write_bytes(const LinkParams& params, uint32_t length);
uint32_t completion_bytes(const LinkParams& params, uint32_t length);

// One direction: what is sent leaves in order, back to back while there is something to send.
class Direction {
 public:
  Direction(base::StatGroup& parent, const char* name, double bandwidth_bps);

  // Sends `bytes` not before `now`; the answer is when the last one has left.
  Time send(Time now, uint32_t bytes);
  // Sends `bytes` ahead of what waits: a posted write overtakes completions. The answer as above.
  Time send_first(Time now, uint32_t bytes);
  // Sends `bytes` from a queue of its own, in turns with what waits: behind each of these, that has sent
  // `share` bytes before the next goes ahead of it. The transfer under way is not waited for.
  Time send_in_turn(Time now, uint32_t bytes, uint32_t share);

  Time duration(uint32_t bytes) const;

 private:
  // Sub-picosecond parts would add up to an error of the rate: time is kept in 1/4096 ps.
  static constexpr unsigned kFractionBits = 12;
  using Fine = uint64_t;
  Fine fine_duration(uint32_t bytes) const { return bytes * fine_per_byte_; }
  static Time round_up(Fine fine) { return (fine + (Fine{1} << kFractionBits) - 1) >> kFractionBits; }

  Fine fine_per_byte_;
  Fine busy_until_ = 0;
  Fine first_busy_until_ = 0;  // of those sent ahead
  Fine turn_ = 0;              // the next one of those sent in turns may go ahead of what waits
  base::StatGroup group_;
  base::Counter bytes_{group_, "bytes", "byte", "Bytes of TLPs sent, headers included"};
  base::Formula utilisation_;
};

}  // namespace pspnic::pcie
