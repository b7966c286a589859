// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/recorder.h"

#include <stdexcept>

namespace pspnic::bench {

class Recorder::RecordingStack : public host::Stack {
 public:
  RecordingStack(net::CaptureWriter& writer, host::Stack& stack) : writer_(writer), stack_(stack) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    writer_.write(info.now_ps / base::kNs, frame);
    stack_.on_receive(frame, info);
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_.on_sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override { stack_.on_transmit_room(queue); }

 private:
  net::CaptureWriter& writer_;
  host::Stack& stack_;
};

Recorder::Recorder(const std::string& folder)
    : wire_(folder + "/wire.pcap"), host_a_(folder + "/host_a.pcap"), host_b_(folder + "/host_b.pcap") {
  for (const net::CaptureWriter* writer : {&wire_, &host_a_, &host_b_}) {
    if (writer->error()) throw std::runtime_error(writer->error()->text());
  }
}

void Recorder::on_frame(const base::Packet& frame) {
  wire_.write(frame.wire_end / base::kNs, frame.bytes());
}

std::unique_ptr<host::Stack> Recorder::recording(Side side, host::Stack& stack) {
  return std::make_unique<RecordingStack>(side == kA ? host_a_ : host_b_, stack);
}

void Recorder::close() {
  for (net::CaptureWriter* writer : {&wire_, &host_a_, &host_b_}) {
    if (!writer->close()) throw std::runtime_error(writer->error()->text());
  }
}

}  // namespace pspnic::bench
