// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/frame_fields.h"

#include <algorithm>
#include <utility>

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/parse.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::diff {
namespace {

using Widths = std::initializer_list<std::pair<const char*, size_t>>;

class FieldList {
 public:
  FieldList(std::span<const uint8_t> frame, Written written)
      : frame_(frame), opened_(written != Written::kSealed), has_icv_(written != Written::kDriver) {}

  std::vector<Field> list() {
    const net::Parsed parsed = net::parse_frame(frame_);
    add({{"Ethernet destination", 6}, {"Ethernet source", 6}});
    for (unsigned tag = 0; tag < parsed.vlan_tags; ++tag)
      add({{"VLAN tag protocol", 2}, {"VLAN tag control", 2}});
    add({{"EtherType", 2}});
    if (parsed.is_ip()) add_packet(parsed, "");
    add_up_to(frame_.size(), parsed.is_ip() && at_ >= parsed.ip_end ? "padding" : "payload");
    return std::move(fields_);
  }

 private:
  void add(const Widths& widths, const std::string& prefix = "") {
    for (const auto& [name, bytes] : widths) add_up_to(at_ + bytes, prefix + name);
  }
  void add_up_to(size_t end, std::string name) {
    end = std::min(end, frame_.size());
    if (end <= at_) return;
    fields_.push_back({at_, end, std::move(name)});
    at_ = end;
  }
  const uint8_t* here() const { return frame_.data() + at_; }
  bool has(size_t bytes) const { return at_ + bytes <= frame_.size(); }

  void add_packet(const net::Parsed& parsed, const std::string& prefix) {
    if (parsed.is_v6()) {
      add({{"IPv6 version, class and flow label", 4},
           {"IPv6 payload length", 2},
           {"IPv6 next header", 1},
           {"IPv6 hop limit", 1},
           {"IPv6 source", 16},
           {"IPv6 destination", 16}},
          prefix);
      add_up_to(size_t{parsed.l3_offset} + parsed.l3_header_bytes, prefix + "IPv6 extension headers");
    } else {
      add({{"IPv4 version and header length", 1},
           {"IPv4 TOS", 1},
           {"IPv4 total length", 2},
           {"IPv4 identification", 2},
           {"IPv4 fragment field", 2},
           {"IPv4 TTL", 1},
           {"IPv4 protocol", 1},
           {"IPv4 checksum", 2},
           {"IPv4 source", 4},
           {"IPv4 destination", 4}},
          prefix);
      add_up_to(size_t{parsed.l3_offset} + parsed.l3_header_bytes, prefix + "IPv4 options");
    }
    add_l4(parsed.ip_protocol, parsed.ip_end, prefix);
  }

  void add_l4(uint8_t protocol, size_t end, const std::string& prefix) {
    if (protocol == net::kProtocolTcp && has(net::kTcpHeaderBytes)) {
      const size_t header_end = at_ + net::tcp_header_bytes(here());
      add({{"TCP source port", 2},
           {"TCP destination port", 2},
           {"TCP sequence number", 4},
           {"TCP acknowledgment number", 4},
           {"TCP data offset", 1},
           {"TCP flags", 1},
           {"TCP window", 2},
           {"TCP checksum", 2},
           {"TCP urgent pointer", 2}},
          prefix);
      add_up_to(std::min(header_end, end), prefix + "TCP options");
      add_up_to(end, prefix + "TCP payload");
    } else if (protocol == net::kProtocolUdp && has(net::kUdpHeaderBytes)) {
      const bool psp = prefix.empty() && net::udp_destination_port(here()) == psp::kUdpPort;
      add({{"UDP source port", 2}, {"UDP destination port", 2}, {"UDP length", 2}, {"UDP checksum", 2}},
          prefix);
      if (psp && has(has_icv_ ? psp::kMinPacketBytes : psp::kHeaderBytes + psp::kVcBytes)) {
        add_psp(end);
      } else {
        add_up_to(end, prefix + "UDP payload");
      }
    } else {
      add_up_to(end, prefix + "IP payload");
    }
  }

  void add_psp(size_t end) {
    const psp::Header header = psp::decode_header(here());
    const size_t begin = at_;
    const size_t icv = has_icv_ && end >= begin + psp::kMinPacketBytes ? end - psp::kIcvBytes : end;
    const bool gmac =
        psp::is_known_version(header.version) && psp::is_gmac(static_cast<psp::Version>(header.version));
    const size_t cipher = gmac ? icv : std::min(icv, begin + psp::clear_bytes(header));
    const size_t header_end = std::min(icv, begin + psp::header_bytes(header));
    add({{"PSP Next Header", 1},
         {"PSP Hdr Ext Len", 1},
         {"PSP Crypt Offset", 1},
         {"PSP version and flags", 1},
         {"PSP SPI", 4},
         {"PSP IV", 8}});
    const size_t readable = opened_ ? icv : cipher;
    if (header.vc_present)
      add_up_to(std::min(begin + psp::kVcOffset + psp::kVcBytes, readable), "PSP cookie");
    add_up_to(std::min(header_end, readable), "PSP header extension");
    if (opened_ && at_ >= header_end) {
      add_inner(header.next_header, icv);
    } else {
      add_up_to(cipher, "PSP payload in clear");
      add_up_to(icv, "ciphertext");
    }
    add_up_to(end, "ICV");
  }

  void add_inner(uint8_t next_header, size_t end) {
    if (!psp::is_tunnel(next_header)) {
      add_l4(next_header, end, "inner ");
      return;
    }
    const net::Parsed inner = net::parse_ip(frame_.first(end), at_);
    if (inner.is_ip()) add_packet(inner, "inner ");
    add_up_to(end, "inner packet");
  }

  std::span<const uint8_t> frame_;
  bool opened_;
  bool has_icv_;
  size_t at_ = 0;
  std::vector<Field> fields_;
};

}  // namespace

std::vector<Field> frame_fields(std::span<const uint8_t> frame, Written written) {
  return FieldList(frame, written).list();
}

std::string place_in(const std::vector<Field>& fields, size_t byte) {
  for (const Field& field : fields) {
    if (byte < field.begin || byte >= field.end) continue;
    if (field.end - field.begin == 1) return field.name;
    return field.name + ", byte " + std::to_string(byte - field.begin + 1) + " of " +
           std::to_string(field.end - field.begin);
  }
  return "byte " + std::to_string(byte);
}

}  // namespace pspnic::diff
