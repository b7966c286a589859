// SPDX-License-Identifier: Apache-2.0
// PSP for the polling driver: SAs and counters over its mailbox, and one split transmit queue whose
// descriptors are what the test says.
#pragma once

#include <cstdint>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "model/idpf/tx_descriptors.h"
#include "model/psp/key.h"
#include "testbench/polling/driver.h"

namespace pspnic::polling {

// A frame with its headers built, PSP's included.
struct RawFrame {
  std::vector<uint8_t> bytes;
  std::vector<size_t> cuts;  // where a descriptor ends and the next begins; none: one descriptor
  bool checksum = false;
  uint16_t mss = 0;  // 0: no segmentation
  uint8_t header_bytes = 0;
  bool psp = false;
  uint32_t sa_index = 0;  // tag is the same number
};

class Psp {
 public:
  // `driver` is started and has config.psp.
  Psp(host::HostPort& port, Driver& driver) : port_(port), driver_(driver) {}

  void start();
  // `flags`: kPspConfig..., beside kPspConfigDropFailed.
  void enable_receive(uint32_t versions, uint32_t flags = 0);
  void set_promiscuous();
  void add_sa(uint32_t index, uint32_t spi, uint8_t version, std::span<const uint8_t> key);
  idpf::PspStats statistics();

  // Hands the frame over and waits until the device has completed it.
  void send(const RawFrame& frame);

 private:
  static constexpr uint16_t kRing = 128;
  static constexpr size_t kDataBytes = size_t{1} << 18;

  void put(std::span<const uint8_t, idpf::kTxDescriptorBytes> descriptor);
  void put_context(const RawFrame& frame);
  void wait_for_completion();

  host::HostPort& port_;
  Driver& driver_;
  host::DmaBuffer ring_, completions_, data_;
  uint16_t next_ = 0;
  uint32_t seen_ = 0;
};

}  // namespace pspnic::polling
