// SPDX-License-Identifier: Apache-2.0
// The receive path from the wire to the rings in host memory, with two queues and keys in both slots.
#pragma once

#include <memory>

#include "model/psp/seal.h"
#include "model/rx/pipeline.h"
#include "testbench/tests/model/harness.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::test {

class RxBench : public Harness, private mac::Wire {
 public:
  static constexpr uint16_t kRing = 512;
  static constexpr uint16_t kQueues = 2;
  static constexpr uint32_t kBufferBytes = 4096;

  static constexpr uint32_t kHeaderBytes = 256;  // between header buffers

  explicit RxBench(uint64_t buffer_bytes = 16 * 1024, const mac::FlowControlParams& flow = {},
                   uint64_t psp_bytes = ~uint64_t{0})
      : RxBench(params(buffer_bytes, psp_bytes), flow) {}
  explicit RxBench(const rx::RxParams& rx_params, const mac::FlowControlParams& flow = {})
      : flow_control(root, flow, {{2, 0, 0, 0, 0, 2}}, rx_params.buffer.bytes, {events, pool, port, mac}),
        queues(root, {}, kQueues, 2 * kQueues, {events, dma, interrupts, violations}),
        pipeline(root, rx_params, 2,
                 {events, pool, *aead, keys, kdf, lanes, mac, flow_control, queues, drops, &flows}) {
    for (uint16_t i = 0; i < kQueues; ++i) completion_ring_[i] = memory.allocate(kRing * 32);
    for (uint16_t i = 0; i < 2 * kQueues; ++i) {
      buffer_ring_[i] = memory.allocate(kRing * 32);
      buffers_[i] = memory.allocate(64 * kBufferBytes);
      headers_[i] = memory.allocate(64 * kHeaderBytes);
      for (uint32_t n = 0; n < kRing; ++n) {
        idpf::RxBufferDescriptor{.packet_address = buffers_[i] + n % 64 * kBufferBytes,
                                 .header_address = headers_[i] + n % 64 * kHeaderBytes}
            .encode(std::span<uint8_t, 32>(memory.at(buffer_ring_[i] + n * 32, 32)));
      }
    }
    for (const unsigned slot : {0u, 1u}) {
      keys.make(slot);
      keys.activate(slot, static_cast<uint8_t>(10 + slot));
    }
    start();
  }

  // What start() gives the queues.
  uint32_t rsc = 0;
  uint16_t header_bytes = 0;

  // Both queues enabled, the first with PSP; all goes to queue 0.
  void start() {
    for (uint16_t i = 0; i < kQueues; ++i) {
      const auto first = static_cast<uint16_t>(2 * i);
      queues.configure(i, {.ring_address = completion_ring_[i],
                           .ring_length = kRing,
                           .buffer_queue_1 = first,
                           .buffer_queue_2 = static_cast<uint16_t>(first + 1),
                           .max_packet_bytes = 9300,
                           .psp = i == 0,
                           .rsc = rsc,
                           .header_bytes = header_bytes});
      for (uint16_t buffers = first; buffers < first + 2; ++buffers) {
        queues.configure_buffers(buffers, {buffer_ring_[buffers], kRing, kBufferBytes});
        queues.enable_buffers(buffers, true);
        tail_[buffers] = kRing - 1;
        queues.write_buffer_tail(buffers, tail_[buffers]);
      }
      queues.enable(i, true);
      seen_[i] = 0;
    }
    steer_to(0);
    pipeline.configure_psp({.versions = 0xf});
    run();
  }
  void steer_to(uint16_t queue) {
    rx::VportFilter filter;
    filter.enabled = true;
    filter.addresses = {net::MacAddress{{2, 0, 0, 0, 0, 2}}};
    filter.default_queue = queue;
    pipeline.configure_vport(0, filter);
  }

  void receive(const Bytes& frame) { pipeline.receive(packet(frame)); }

  struct Received {
    Bytes header;  // in a buffer of its own
    Bytes bytes;
    idpf::RxCompletion completion;
  };
  // What the driver finds next on the queue, if anything; it gives the buffer back.
  std::vector<Received> received(uint16_t queue) {
    std::vector<Received> found;
    while (true) {
      const auto completion = idpf::RxCompletion::decode(
          std::span<const uint8_t, 32>(memory.at(completion_ring_[queue] + seen_[queue] % kRing * 32, 32)));
      if (completion.generation != (seen_[queue] / kRing % 2 == 0)) return found;
      const auto from = static_cast<uint16_t>(2 * queue + (completion.bufq2 ? 1 : 0));
      const uint32_t place = used_[from]++ % 64;
      found.push_back({to_bytes(memory.at(headers_[from] + place * kHeaderBytes, completion.header_length)),
                       to_bytes(memory.at(buffers_[from] + place * kBufferBytes, completion.length)),
                       completion});
      ++seen_[queue];
      tail_[from] = static_cast<uint16_t>((tail_[from] + 1) % kRing);
      queues.write_buffer_tail(from, tail_[from]);
    }
  }

  // The same put together: a frame each, with its last completion.
  std::vector<Received> frames(uint16_t queue) {
    std::vector<Received> found;
    Received frame;
    for (Received& part : received(queue)) {
      frame.bytes.insert(frame.bytes.end(), part.header.begin(), part.header.end());
      frame.bytes.insert(frame.bytes.end(), part.bytes.begin(), part.bytes.end());
      frame.completion = part.completion;
      if ((part.completion.status1 & idpf::kRxEof) == 0) continue;
      found.push_back(frame);
      frame = {};
    }
    return found;
  }

  uint64_t drop(base::DropReason reason) const { return drops[reason]; }
  bool balanced() const {
    uint64_t dropped = 0;
    for (auto i = static_cast<size_t>(base::DropReason::kRxOverflow);
         i < static_cast<size_t>(base::DropReason::kRxDmaFault); ++i) {
      dropped += drops[i];
    }
    return pipeline.stats().frames.value() + pipeline.copies() ==
           pipeline.stats().delivered.value() + dropped + pipeline.held();
  }

  // A PSP packet of a peer that has the key of this SPI and version.
  Bytes sealed(const TcpFlow& flow, size_t payload_bytes, uint64_t iv = 1) {
    Bytes frame = clear(flow, payload_bytes, iv);
    const psp::SessionKey key = keys.derive(flow.spi, static_cast<psp::Version>(flow.version));
    EXPECT_TRUE(psp::seal(*aead, key, std::span(frame).subspan(flow.psp_offset())));
    return frame;
  }
  // The same before it is sealed, ICV 0.
  static Bytes clear(const TcpFlow& flow, size_t payload_bytes, uint64_t iv = 1) {
    const Bytes payload(payload_bytes, 0x5a);
    Bytes frame = segment(flow, payload, 0, 0, payload.size(), true, true);
    net::store_be64(&frame[flow.psp_offset() + psp::kIvOffset], iv);
    return frame;
  }
  static TcpFlow psp_flow(uint8_t version = 0, uint32_t spi = 0x00001234) {
    TcpFlow flow;
    flow.psp = true;
    flow.version = version;
    flow.spi = spi;
    return flow;
  }

  std::unique_ptr<psp::Aead> aead = psp::make_openssl_aead();
  crypto::DeviceKeys keys{1, 1};
  crypto::KdfUnits kdf{crypto::KdfParams{}};
  crypto::GcmLanes lanes{crypto::GcmParams{}};
  mac::Mac mac{mac::MacParams{}};
  std::vector<Bytes> sent;  // by the port itself
  base::StatGroup stages{root, "port"};
  mac::TxPort port{stages, 0, {events, mac, *this}};
  mac::FlowControl flow_control;
  queue::RxQueues queues;
  flow::FlowTable flows{root, {}};
  rx::Pipeline pipeline;

 private:
  void transmit(base::PacketPtr packet) override { sent.push_back(to_bytes(packet->bytes())); }
  static rx::RxParams params(uint64_t buffer_bytes, uint64_t psp_bytes) {
    rx::RxParams params;
    params.buffer.bytes = buffer_bytes;
    params.psp_buffer.bytes = psp_bytes;
    return params;
  }
  uint64_t completion_ring_[kQueues] = {};
  uint64_t buffer_ring_[2 * kQueues] = {};
  uint64_t buffers_[2 * kQueues] = {};
  uint64_t headers_[2 * kQueues] = {};
  uint16_t tail_[2 * kQueues] = {};
  uint32_t used_[2 * kQueues] = {};
  uint32_t seen_[kQueues] = {};
};

}  // namespace pspnic::test
