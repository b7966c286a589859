// SPDX-License-Identifier: Apache-2.0
// One receive queue with its pair of buffer queues: split model, RXDID 2 completions. Frames go up in place,
// in the DMA buffer; a frame of several buffers is put together first. PSP frames are checked against the SAs
// this driver was given and decapsulated.
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

// The packet types that the device announced with an L4 protocol whose checksum it can check.
using ChecksumPtypes = std::bitset<idpf::kPtypeMask + 1>;

struct RxQueueConfig {
  unsigned index = 0;  // of the queue pair
  uint16_t ring = 0;   // completions
  uint16_t buffer_ring = 0;
  uint32_t buffer_bytes = 0;
  uint32_t max_frame_bytes = 0;
  bool psp = false;  // completions carry PSP metadata
  bool verify_checksums = false;
  std::array<uint32_t, 2> tail_registers{};  // BAR0 offsets, of buffer queue 1 and 2
};

class RxQueue {
 public:
  RxQueue(HostPort& port, const RxQueueConfig& config, const RxSaRegistry& registry,
          const ChecksumPtypes& ptypes, DriverStats& stats, Anomalies& anomalies);
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
  void assemble(std::span<const uint8_t> piece);
  void deliver(std::span<uint8_t> frame, const idpf::RxCompletion& completion, Stack& stack);
  bool psp_passes(std::span<uint8_t>& frame, const idpf::RxCompletion& completion, RxInfo& info);
  bool psp_sa_passes(std::span<const uint8_t> frame, const net::Parsed& parsed,
                     const idpf::RxCompletion& completion, RxInfo& info);
  bool checksum_ok(std::span<const uint8_t> frame, const idpf::RxCompletion& completion, bool psp);
  bool verified(std::span<const uint8_t> frame, bool device_says_ok);
  void bad(const char* rule, unsigned value);

  HostPort& port_;
  const RxQueueConfig config_;
  const RxSaRegistry& registry_;
  const ChecksumPtypes& ptypes_;
  DriverStats& stats_;
  Anomalies& anomalies_;
  DmaBuffer ring_;
  std::array<BufferQueue, 2> buffer_queues_;
  idpf::RingPosition position_;
  std::vector<uint8_t> partial_;  // a frame of several buffers
  size_t partial_bytes_ = 0;
  bool discarding_ = false;  // up to and with EOF, after a bad completion
};

}  // namespace pspnic::host
