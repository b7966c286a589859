// SPDX-License-Identifier: Apache-2.0
// One receive queue with its pair of buffer queues: split model, RXDID 2 completions. Frames go up in place,
// in the DMA buffer; a frame of several buffers, or with its headers apart, is put together first. PSP frames
// are checked against the SAs this driver was given and decapsulated.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "model/idpf/generation.h"
#include "model/idpf/rx_descriptors.h"
#include "model/net/parse.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/driver.h"
#include "testbench/host/sa_registry.h"

namespace pspnic::host {

// The packet types that the device announced.
struct AnnouncedPtypes {
  std::bitset<idpf::kPtypeMask + 1> checked;    // with an L4 protocol whose checksum it can check
  std::bitset<idpf::kPtypeMask + 1> mergeable;  // with TCP, or with PSP, which may be around TCP
};

struct RxQueueConfig {
  unsigned index = 0;  // of the queue pair
  uint16_t ring = 0;   // completions
  uint16_t buffer_ring = 0;
  uint32_t buffer_bytes = 0;
  uint32_t max_frame_bytes = 0;      // on the wire
  uint16_t header_buffer_bytes = 0;  // 0: no header split
  bool rsc = false;                  // merged frames may come
  bool psp = false;                  // completions carry PSP metadata
  bool psp_stripped = false;         // and PSP frames may come without their headers
  bool psp_capture = false;          // failed packets come as well
  bool verify_checksums = false;
  net::Payload payload = net::Payload::kBytes;
  std::array<uint32_t, 2> tail_registers{};  // BAR0 offsets, of buffer queue 1 and 2
};

class RxQueue {
 public:
  RxQueue(HostPort& port, const RxQueueConfig& config, const RxSaRegistry& registry,
          const AnnouncedPtypes& ptypes, DriverStats& stats, Anomalies& anomalies);
  RxQueue(const RxQueue&) = delete;
  RxQueue& operator=(const RxQueue&) = delete;

  uint64_t ring_address() const { return ring_.iova; }
  uint16_t ring_length() const { return config_.ring; }
  uint64_t buffer_ring_address(unsigned queue) const { return buffer_queues_[queue].ring.iova; }
  uint16_t buffer_ring_length() const { return config_.buffer_ring; }

  // Hands all buffers but one a ring to the device; before CONFIG_RX_QUEUES, as Linux does.
  void post_initial_buffers();
  // Takes all completions that are there, then gives the buffers back.
  void poll(Stack& stack);
  // The doorbells of both buffer queues once more.
  void ring_again();

  // Gives the memory back.
  void release();

 private:
  struct BufferQueue {
    DmaBuffer ring;
    DmaBuffer memory;                // the buffers, by id
    DmaBuffer headers;               // with header split, the same
    std::vector<uint16_t> order;     // by ring slot: id of the buffer posted there
    std::vector<uint8_t> posted;     // by id: with the device
    std::vector<uint16_t> returned;  // ids to post again
    uint32_t next = 0;               // slot to fill
    uint32_t expected = 0;           // slot whose buffer the device must use next
  };

  void allocate(BufferQueue& queue);
  void write_buffer(BufferQueue& queue, uint16_t id);
  void refill(unsigned queue);
  void take(const idpf::RxCompletion& completion, Stack& stack);
  bool buffer_ok(BufferQueue& queue, const idpf::RxCompletion& completion);
  [[gnu::noinline]] bool header_ok(const idpf::RxCompletion& completion);
  [[gnu::noinline]] void assemble(std::span<const uint8_t> piece);
  [[gnu::noinline]] bool merged_ok(std::span<const uint8_t> frame, const idpf::RxCompletion& completion,
                                   RxInfo& info);
  void deliver(std::span<uint8_t> frame, const idpf::RxCompletion& completion, Stack& stack);
  [[gnu::noinline]] bool is_capture(idpf::PspRxStatus status);
  bool psp_passes(std::span<uint8_t>& frame, const idpf::RxCompletion& completion, RxInfo& info);
  bool psp_headers_pass(std::span<const uint8_t> frame, const net::Parsed& parsed,
                        const idpf::RxCompletion& completion, RxInfo& info);
  [[gnu::noinline]] bool psp_stripped_passes(const idpf::RxCompletion& completion, RxInfo& info);
  bool psp_sa_passes(const idpf::RxCompletion& completion, RxInfo& info);
  bool checksum_ok(std::span<const uint8_t> frame, const idpf::RxCompletion& completion, bool psp);
  bool verified(std::span<const uint8_t> frame, bool device_says_ok);
  [[gnu::cold]] void bad(const char* rule, unsigned value);

  HostPort& port_;
  const RxQueueConfig config_;
  const RxSaRegistry& registry_;
  const AnnouncedPtypes& ptypes_;
  DriverStats& stats_;
  Anomalies& anomalies_;
  DmaBuffer ring_;
  std::array<BufferQueue, 2> buffer_queues_;
  idpf::RingPosition position_;
  std::vector<uint8_t> partial_;  // a frame of several buffers or with its headers apart
  size_t partial_bytes_ = 0;
  unsigned pieces_ = 0;      // completions of this frame so far
  bool discarding_ = false;  // up to and with EOF, after a bad completion
};

}  // namespace pspnic::host
