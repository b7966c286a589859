// SPDX-License-Identifier: Apache-2.0
// Workload: TCP-like or UDP streams of packets of one size, sent as fast as the card takes them, every byte
// checked at the other end. One way or both ways, with or without PSP, in each of its modes, and segmentation
// by the card.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/header_params.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/psp_mode.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

struct StreamParams : HeaderParams {
  unsigned payload_bytes = 1408;
  unsigned flows = 16;
  bool psp = true;
  unsigned psp_version = 0;
  PspModeParams mode;
  bool device_built = false;
  bool both_ways = false;
  base::ByteSize tso{0};
  base::ByteSize window{1 * base::kMiB};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("payload_bytes", payload_bytes, 8u, 9100u, "TCP or UDP payload of a packet (MSS)",
            "1500-byte MTU less IPv4, TCP with time stamps and 40 bytes of PSP");
    v.value("flows", flows, 1u, 1024u, "TCP connections, one SA each and direction", "Assumed");
    v.value("psp", psp, "Protect with PSP", "What the model is for");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    mode.describe(v);
    v.value("device_built", device_built, "The card builds the PSP headers, the driver sends plain frames",
            "Linux builds them in its stack");
    HeaderParams::describe(v);
    v.value("both_ways", both_ways, "Host B sends as well", "Assumed");
    v.value("tso", tso, base::ByteSize{0}, base::ByteSize{64000},
            "Payload of a frame that the card segments; 0 segments in the host", "Linux sends up to 64 KiB");
    v.value(
        "window", window, base::ByteSize{1}, base::ByteSize{1 * base::kGiB},
        "Bytes a queue may have handed over and not yet seen completed; at least one frame is let through",
        "Four bandwidth-delay products of 400 Gb/s and 5 us, so that it never limits; Linux's byte queue "
        "limits find less");
  }
};

// A packet's size as the sending stack has it: Ethernet header to payload, before PSP.
uint32_t stream_frame_bytes(const StreamParams& params);

class StreamDirection;

class StreamWorkload : public Workload {
 public:
  StreamWorkload(const StreamParams& params, uint64_t packets, KeyLog& keys);
  ~StreamWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  void recover(Platform& platform, Side side) override;
  const DirectionOutcome& outcome(Side from) const override;
  std::vector<Part> parts() const override;  // the vports, if there are several
  std::vector<HostWait> waits(base::Time window) const override;

 private:
  class Host;
  StreamParams params_;
  KeyLog& keys_;
  Progress progress_;
  std::array<std::unique_ptr<StreamDirection>, kSides> directions_;
  std::array<std::unique_ptr<Host>, kSides> hosts_;
};

}  // namespace pspnic::bench
