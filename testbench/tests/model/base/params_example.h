// SPDX-License-Identifier: Apache-2.0
// Two Params structs with a field of every type, for the tests of parameters.
#pragma once

#include <string>

#include "model/base/params.h"

namespace pspnic::base {

enum class Mode { kBytes, kLengths };

struct DmaParams {
  uint64_t tags = 256;
  ByteSize window{4 * kKiB};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("tags", tags, 1, 1 << 20, "Requests in flight", "what the bus allows");
    v.value("window", window, ByteSize{1}, ByteSize{kMiB}, "Bytes in flight", "a guess");
  }
};

struct LinkParams {
  unsigned generation = 4;
  Duration round_trip{700 * kNs};
  bool relaxed = false;
  Mode mode = Mode::kBytes;
  std::string name = "x";
  unsigned lanes = 16;
  DmaParams dma;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("generation", generation, 3u, 5u, "Generation of the bus", "what servers have");
    v.value("round_trip", round_trip, Duration{1 * kNs}, Duration{1 * kMs}, "Read request to completion",
            "a measurement");
    v.value("relaxed", relaxed, "Whether writes may pass writes", "the strict order is the rule");
    v.choice("mode", mode, {{"bytes", Mode::kBytes}, {"lengths", Mode::kLengths}},
             "Whether real bytes are moved or only their number", "bytes find more mistakes");
    v.text("name", name, "Name in traces", "any");
    v.group("dma", dma);
    v.choice("lanes", lanes, {{"1", 1}, {"8", 8}, {"16", 16}}, "Lanes of the link", "the usual slot");
  }
};

struct MacParams {
  Bandwidth rate{200 * kGbps};
  Frequency clock{800 * kMHz};
  ByteSize fifo{512};
  int skew = 0;
  double loss = 0;
  uint16_t port = 1000;
  uint8_t priority = 0;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("rate", rate, Bandwidth{kGbps}, Bandwidth{kTbps}, "Rate of the wire", "the product");
    v.value("clock", clock, Frequency{kMHz}, Frequency{4 * kGHz}, "Clock of the port", "a round number");
    v.value("fifo", fifo, ByteSize{0}, ByteSize{kMiB}, "Room before the wire", "a round number");
    v.value("skew", skew, -10, 10, "Shift of the arrival", "none");
    v.value("loss", loss, 0, 1, "Share of frames lost", "a good cable");
    v.value("port", port, 0, 65535, "UDP port", "an assignment");
    v.value("priority", priority, 0, 7, "Class of the frames", "the lowest");
  }
};

}  // namespace pspnic::base
