// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/recorder.h"

#include <stdexcept>

namespace pspnic::bench {

class Recorder::RecordingStack : public host::Stack {
 public:
  RecordingStack(net::CaptureWriter& writer, net::CaptureWriter* captured, host::Stack& stack)
      : writer_(writer), captured_(captured), stack_(stack) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    writer_.write(info.now_ps / base::kNs, frame);
    stack_.on_receive(frame, info);
  }
  void on_captured(std::span<const uint8_t> frame, idpf::PspRxStatus status,
                   const host::RxInfo& info) override {
    if (captured_ != nullptr) captured_->write(info.now_ps / base::kNs, frame);
    stack_.on_captured(frame, status, info);
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_.on_sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override { stack_.on_transmit_room(queue); }

 private:
  net::CaptureWriter& writer_;
  net::CaptureWriter* captured_;
  host::Stack& stack_;
};

Recorder::Recorder(const std::string& folder, bool captured) : wire_(folder + "/wire.pcap") {
  const char* const names[kSides] = {"a", "b"};
  for (const Side side : {kA, kB}) {
    hosts_[side].emplace(folder + "/host_" + names[side] + ".pcap");
    if (captured) captured_[side].emplace(folder + "/captured_" + names[side] + ".pcap");
  }
  for (const net::CaptureWriter* writer : writers()) {
    if (writer->error()) throw std::runtime_error(writer->error()->text());
  }
}

std::vector<net::CaptureWriter*> Recorder::writers() {
  std::vector<net::CaptureWriter*> all{&wire_};
  for (const Side side : {kA, kB}) {
    all.push_back(&*hosts_[side]);
    if (captured_[side]) all.push_back(&*captured_[side]);
  }
  return all;
}

void Recorder::on_frame(const base::Packet& frame) {
  wire_.write(frame.wire_end / base::kNs, frame.bytes());
}

std::unique_ptr<host::Stack> Recorder::recording(Side side, host::Stack& stack) {
  return std::make_unique<RecordingStack>(*hosts_[side], captured_[side] ? &*captured_[side] : nullptr,
                                          stack);
}

void Recorder::close() {
  for (net::CaptureWriter* writer : writers()) {
    if (!writer->close()) throw std::runtime_error(writer->error()->text());
  }
}

}  // namespace pspnic::bench
