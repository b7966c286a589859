// SPDX-License-Identifier: Apache-2.0
// TCP packets as a receiver gets them, plain or PSP, every field of every header free to choose.
#pragma once

#include <cstdint>
#include <vector>

#include "model/idpf/rx_descriptors.h"

namespace pspnic::test {

struct GroPacket {
  // Ethernet
  uint8_t source_mac = 1;
  uint16_t vlan = 0;  // TCI; 0: no tag
  // The IP header next to TCP
  bool v6 = false;
  uint8_t tos = 0;
  uint8_t ttl = 64;
  uint16_t id = 7;
  bool df = true;
  bool more_fragments = false;
  bool ip_option = false;  // IPv4: four bytes of NOP; IPv6: destination options
  uint8_t source = 1;      // last byte of the address
  uint32_t flow_label = 3;
  // PSP
  bool psp = false;
  uint16_t udp_source = 0xc001;
  uint16_t udp_checksum = 0;
  uint8_t version = 0;
  uint8_t crypt_offset = 0;
  uint32_t spi = 0x1234;
  uint64_t iv = 1;
  bool cookie = false;
  uint64_t cookie_value = 0x1122;
  size_t extension = 0;  // bytes of the header behind the cookie, a multiple of 8
  bool icv = true;       // false: neither there nor in the lengths
  // Of a tunnel
  bool tunnel = false;
  bool outer_v6 = false;
  uint8_t outer_tos = 0;
  uint8_t outer_ttl = 60;
  uint16_t outer_id = 40;
  uint8_t outer_source = 9;
  // TCP
  uint16_t source_port = 2000;
  uint16_t destination_port = 80;
  uint32_t sequence = 1000;
  uint32_t ack = 500;
  uint8_t flags = 0x10;
  uint8_t reserved = 0;  // the four bits behind the data offset
  uint16_t window = 100;
  uint16_t urgent = 0;
  bool timestamps = true;
  uint32_t ts_value = 10;
  uint32_t ts_echo = 20;
  std::vector<uint8_t> other_options;  // behind the time stamps; a multiple of 4
  std::vector<uint8_t> payload = std::vector<uint8_t>(100, 0x5a);
  // What the network made of it
  bool bad_tcp_checksum = false;
  bool bad_ip_checksum = false;

  size_t l3_offset() const { return vlan != 0 ? 18 : 14; }
  size_t psp_offset() const;           // of the PSP header
  size_t header_bytes() const;         // all of them, TCP included
  size_t plain_bytes() const;          // of the headers without those of PSP
  GroPacket next(size_t bytes) const;  // the one that follows, with so much payload
};

// The ICV of a PSP packet is 0.
std::vector<uint8_t> build(const GroPacket& packet);
// With PSP around it.
GroPacket gro_psp_packet(bool v6, bool tunnel = false, bool outer_v6 = false);
// Each kind of packet that can be merged.
struct GroForm {
  const char* name;
  GroPacket packet;
};
std::vector<GroForm> gro_forms();
// What the receive pipeline says of it once it is opened.
idpf::RxCompletion metadata_of(const GroPacket& packet);

}  // namespace pspnic::test
