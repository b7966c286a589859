// SPDX-License-Identifier: Apache-2.0
// The captures of a run: what crossed the cable, and what each host's stack received.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/net/capture.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/platform.h"

namespace pspnic::bench {

class Recorder : public WireTap {
 public:
  // Writes wire.pcap, host_a.pcap and host_b.pcap into `folder`, which exists; with `captured`, what came up
  // as it was on the wire into captured_a.pcap and captured_b.pcap.
  Recorder(const std::string& folder, bool captured);

  void on_frame(const base::Packet& frame) override;

  // A stack that records what it is given and passes it on.
  std::unique_ptr<host::Stack> recording(Side side, host::Stack& stack);

  // Throws std::runtime_error naming the file if anything could not be written.
  void close();

 private:
  class RecordingStack;
  std::vector<net::CaptureWriter*> writers();
  net::CaptureWriter wire_;
  std::array<std::optional<net::CaptureWriter>, kSides> hosts_;
  std::array<std::optional<net::CaptureWriter>, kSides> captured_;
};

}  // namespace pspnic::bench
