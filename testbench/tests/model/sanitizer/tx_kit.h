// SPDX-License-Identifier: Apache-2.0
// The transmit path under the sanitizer.
#pragma once

#include "model/idpf/tx_single.h"
#include "model/sanitizer/sanitizer.h"
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::misbehave {

using queue::test::data;
using queue::test::Descriptor;
using queue::test::encode;
using test::Bytes;
using test::FlatMemory;
using test::TcpFlow;

inline constexpr base::Time kLimit = 10 * base::kUs;  // of all that takes time

inline sanitizer::SanitizerParams strict_params() {
  sanitizer::SanitizerParams params;
  params.mode = sanitizer::SanitizerParams::Mode::kStrict;
  params.interrupt_timeout = params.buffer_timeout = params.mailbox_timeout = {kLimit};
  return params;
}
inline constexpr std::array<uint64_t, 2> kSecret{1, 2};

class TxKit : public test::TxBench {
 public:
  static constexpr uint16_t kTag = 0x77;  // of SAs

  explicit TxKit(const test::TxSettings& settings = {}) : TxBench(settings) {
    queues.set_watch(&watch);
    completions.set_watch(&watch);
    reports.set_watch(&watch);
    pipeline.set_watch(&watch);
    interrupts.set_watch(&watch);
    start(0);
  }

  void single() {
    queues.configure(0, {ring_address(0), kRing, false, idpf::QueueModel::kSingle});
    reports.configure(0, {idpf::QueueModel::kSingle, ring_address(0)});
    queues.enable(0);
  }
  void play() {
    ring(0);
    run();
  }
  void stop() {
    queues.disable(0, base::Callback::to<&TxKit::on_drained>(*this));
    run();
  }
  void add_sa(uint32_t slot, const TcpFlow& flow) {
    const auto version = static_cast<psp::Version>(flow.version);
    const crypto::Sa sa{flow.spi, version, kTag, test::session_key(version, 9)};
    sas.write(slot, sa, events.now());
    watch.on_sa_written(slot, sa, 0);
  }
  void erase_sa(uint32_t slot) {
    sas.close(slot, base::kSec);
    watch.on_sa_erased(slot);
  }

  // A TCP segment in the memory of the host.
  struct Stored {
    uint64_t address;
    uint16_t size;
  };
  Stored store(const TcpFlow& flow = {}, size_t payload_bytes = 100) {
    const Bytes payload(payload_bytes, 1);
    return keep(test::segment(flow, payload, 0, 0, payload_bytes, true, true));
  }
  Stored keep(const Bytes& bytes) { return {memory.store(bytes), static_cast<uint16_t>(bytes.size())}; }
  void put_data(const Stored& frame, uint16_t tag = 0) { put(0, data(frame.address, frame.size, true, tag)); }
  void put_frames(unsigned count) {
    const Stored frame = store();
    for (unsigned i = 0; i < count; ++i) put_data(frame);
  }
  void put_tso(const TcpFlow& flow, size_t payload_bytes, uint16_t mss, int header_bytes = -1) {
    put(0, queue::test::tso(mss, static_cast<uint8_t>(header_bytes < 0 ? static_cast<int>(flow.header_bytes())
                                                                       : header_bytes)));
    put_frame(0, test::tso_template(flow, Bytes(payload_bytes, 1)), 0);
  }

  sanitizer::Sanitizer watch{strict_params(), events, violations, kSecret};

 private:
  void on_drained(uint64_t) {}
};

// A queue that runs, what the body hands over, and the end of all that follows.
template <class Body>
Violations transmit(Body body, const test::TxSettings& settings = {}) {
  TxKit kit(settings);
  body(kit);
  kit.play();
  return kit.violations.first();
}

}  // namespace pspnic::misbehave
