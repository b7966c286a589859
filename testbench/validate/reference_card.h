// SPDX-License-Identifier: Apache-2.0
// The three network cards of pcie-bench's model (Neugebauer et al., SIGCOMM 2018) as traffic on a PCIe link:
// one that does everything for each packet, one as the Linux kernel drives an Intel 82599, one as DPDK does.
// Each packet is sent and another received.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/event_fifo.h"
#include "model/base/event_queue.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/pcie/dma.h"
#include "testbench/validate/plain_memory.h"

namespace pspnic::validate {

// Something is done once every so many packets; 0: never.
struct CardBehaviour {
  const char* name;
  unsigned transmit_doorbell, transmit_descriptors, transmit_write_back, transmit_interrupt,
      transmit_head_read;
  unsigned receive_doorbell, receive_interrupt, receive_head_read;
};
inline constexpr CardBehaviour kSimpleCard{"simple", 1, 1, 0, 1, 1, 1, 1, 1};
inline constexpr CardBehaviour kKernelCard{"kernel", 1, 40, 8, 32, 1, 32, 32, 8};
inline constexpr CardBehaviour kDpdkCard{"DPDK", 32, 40, 8, 0, 0, 32, 0, 0};

class ReferenceCard {
 public:
  // The published rates leave out the 24 bytes of the request for a receive descriptor: without
  // `asks_for_receive_descriptors` it arrives unasked. `frame_bytes` without the check sequence, which does
  // not cross the link.
  ReferenceCard(base::EventQueue& events, const pcie::LinkParams& params, const CardBehaviour& behaviour,
                uint32_t frame_bytes, bool asks_for_receive_descriptors);

  // Runs the simulation. Gigabits a second of frames in each direction.
  double run();

 private:
  // Multiples of all the batches.
  static constexpr uint64_t kWarmUp = 160 * 20;
  static constexpr uint64_t kMeasured = 160 * 100;
  static constexpr unsigned kInFlight = 64;

  static bool turn(uint64_t packet, unsigned every) { return every != 0 && packet % every == 0; }

  void begin(uint64_t);
  void next();
  void send(uint64_t packet);
  void receive(uint64_t packet);
  void host_write();
  void host_read();
  void write(size_t bytes);
  void write_packet(size_t bytes);
  void on_descriptor(uint64_t, pcie::DmaStatus) {}
  void on_data(uint64_t, pcie::DmaStatus);
  void on_finished(uint64_t);

  base::EventQueue& events_;
  base::StatGroup root_{"nic"};
  PlainMemory memory_;
  pcie::DmaEngine dma_;
  CardBehaviour is_;
  bool asks_;
  std::vector<uint8_t> frame_;
  std::vector<uint8_t> data_ = std::vector<uint8_t>(2048);
  std::vector<uint8_t> descriptors_ = std::vector<uint8_t>(1024);
  base::Time written_ = 0;              // the last write will have left the card
  base::Ring<base::Time> writes_left_;  // of packets whose data is being read: when their writes will have
  base::EventFifo finished_;
  uint64_t packets_ = 0;
  uint64_t done_ = 0;
  base::Time begin_ = 0;
  base::Time end_ = 0;
};

}  // namespace pspnic::validate
