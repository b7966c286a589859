// SPDX-License-Identifier: Apache-2.0
// The captures of a run: what crossed the cable, and what each host's stack received.
#pragma once

#include <memory>
#include <string>

#include "model/net/capture.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/platform.h"

namespace pspnic::bench {

class Recorder : public WireTap {
 public:
  // Writes wire.pcap, host_a.pcap and host_b.pcap into `folder`, which exists.
  explicit Recorder(const std::string& folder);

  void on_frame(const base::Packet& frame) override;

  // A stack that records what it is given and passes it on.
  std::unique_ptr<host::Stack> recording(Side side, host::Stack& stack);

  // Throws std::runtime_error naming the file if anything could not be written.
  void close();

 private:
  class RecordingStack;
  net::CaptureWriter wire_;
  net::CaptureWriter host_a_;
  net::CaptureWriter host_b_;
};

}  // namespace pspnic::bench
