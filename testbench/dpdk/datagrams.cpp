// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/datagrams.h"

#include <array>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"

namespace pspnic::dpdk {

namespace {

constexpr size_t kIp = 14;
constexpr size_t kUdp = kIp + 20;
constexpr size_t kNumber = kUdp + 8;
constexpr size_t kPayload = kNumber + 8;
constexpr size_t kNoiseBytes = 1 << 17;
constexpr uint16_t kFirstPort = 20000;
constexpr uint16_t kService = 5001;

// SplitMix64: an arithmetic mixture without state.
uint64_t mix(uint64_t value) {
  value += 0x9e37'79b9'7f4a'7c15;
  value = (value ^ value >> 30) * 0xbf58'476d'1ce4'e5b9;
  value = (value ^ value >> 27) * 0x94d0'49bb'1331'11eb;
  return value ^ value >> 31;
}

}  // namespace

Datagrams::Datagrams(const rte_ether_addr& from, const rte_ether_addr& to, unsigned least, unsigned most,
                     unsigned flows)
    : least_(least), most_(most), flows_(flows), headers_(kPayload), noise_(kNoiseBytes + kMostBytes) {
  std::memcpy(headers_.data(), to.addr_bytes, 6);
  std::memcpy(headers_.data() + 6, from.addr_bytes, 6);
  net::store_be16(headers_.data() + 12, net::kEtherTypeIpv4);
  uint8_t* ip = headers_.data() + kIp;
  ip[0] = 0x45;
  ip[8] = 64;
  ip[9] = net::kProtocolUdp;
  net::store_be32(ip + 12, 0xc0000200u + from.addr_bytes[5]);
  net::store_be32(ip + 16, 0xc0000200u + to.addr_bytes[5]);
  net::store_be16(headers_.data() + kUdp + 2, kService);
  for (size_t i = 0; i + 8 <= noise_.size(); i += 8) net::store_be64(noise_.data() + i, mix(i));
}

size_t Datagrams::size(uint64_t number) const {
  return least_ + mix(number) % (most_ - least_ + 1);
}

const uint8_t* Datagrams::payload(uint64_t number) const {
  return noise_.data() + mix(~number) % kNoiseBytes;
}

void Datagrams::write_headers(uint64_t number, size_t bytes, uint8_t* frame) const {
  std::memcpy(frame, headers_.data(), kPayload);
  net::store_be16(frame + kIp + 2, static_cast<uint16_t>(bytes - kIp));
  net::store_be16(frame + kIp + 4, static_cast<uint16_t>(number));
  net::update_ipv4_checksum(frame + kIp);
  net::store_be16(frame + kUdp, static_cast<uint16_t>(kFirstPort + flow(number)));
  net::store_be16(frame + kUdp + 4, static_cast<uint16_t>(bytes - kUdp));
  net::store_be64(frame + kNumber, number);
}

void Datagrams::write(uint64_t number, uint8_t* frame) const {
  const size_t bytes = size(number);
  write_headers(number, bytes, frame);
  std::memcpy(frame + kPayload, payload(number), bytes - kPayload);
}

uint64_t Datagrams::read(std::span<const uint8_t> frame) const {
  if (frame.size() < kLeastBytes) return kNone;
  const uint64_t number = net::load_be64(frame.data() + kNumber);
  const size_t bytes = size(number);
  if (frame.size() != bytes) return kNone;
  std::array<uint8_t, kPayload> expected;
  write_headers(number, bytes, expected.data());
  const bool same = std::memcmp(frame.data(), expected.data(), kPayload) == 0 &&
                    std::memcmp(frame.data() + kPayload, payload(number), bytes - kPayload) == 0;
  return same ? number : kNone;
}

}  // namespace pspnic::dpdk
