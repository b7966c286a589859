// SPDX-License-Identifier: Apache-2.0
// Frames whose every byte follows from a number: Ethernet, IPv4, UDP and a payload. What one host makes, the
// other can check without having seen it.
#pragma once

#include <rte_ether.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pspnic::dpdk {

class Datagrams {
 public:
  static constexpr unsigned kLeastBytes = 60;
  static constexpr unsigned kMostBytes = 9000;

  // Frames of `least`..`most` bytes without check sequence, equally likely; `flows` different UDP ports.
  Datagrams(const rte_ether_addr& from, const rte_ether_addr& to, unsigned least, unsigned most,
            unsigned flows);

  size_t size(uint64_t number) const;
  unsigned flow(uint64_t number) const { return static_cast<unsigned>(number % flows_); }
  unsigned flows() const { return flows_; }
  // Writes frame `number`, size(number) bytes.
  void write(uint64_t number, uint8_t* frame) const;
  // The number of a frame if all its bytes are as written; else kNone.
  static constexpr uint64_t kNone = ~uint64_t{0};
  uint64_t read(std::span<const uint8_t> frame) const;

 private:
  const uint8_t* payload(uint64_t number) const;
  void write_headers(uint64_t number, size_t bytes, uint8_t* frame) const;

  unsigned least_;
  unsigned most_;
  unsigned flows_;
  std::vector<uint8_t> headers_;  // the lengths, port, identification and number are filled in
  std::vector<uint8_t> noise_;    // payloads are pieces of it
};

}  // namespace pspnic::dpdk
