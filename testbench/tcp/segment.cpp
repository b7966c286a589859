// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/segment.h"

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"

namespace pspnic::tcp {
namespace {

// IANA registry "TCP Option Kind Numbers"; sizes with kind and length.
constexpr uint8_t kEnd = 0;
constexpr uint8_t kNop = 1;
constexpr uint8_t kMss = 2;
constexpr uint8_t kWindowScale = 3;
constexpr uint8_t kTimestamp = 8;
constexpr size_t kMssBytes = 4;
constexpr size_t kWindowScaleBytes = 3;
constexpr size_t kTimestampBytes = 10;

// One option whose bytes are all there; a known kind of another size is an error.
bool read_option(std::span<const uint8_t> option, Segment& segment) {
  const uint8_t* value = option.data() + 2;
  switch (option[0]) {
    case kMss:
      if (option.size() != kMssBytes) return false;
      segment.mss = net::load_be16(value);
      return true;
    case kWindowScale:
      if (option.size() != kWindowScaleBytes) return false;
      segment.has_window_scale = true;
      segment.window_scale = std::min(value[0], kMaxWindowScale);
      return true;
    case kTimestamp:
      if (option.size() != kTimestampBytes) return false;
      segment.has_timestamp = true;
      segment.timestamp = net::load_be32(value);
      segment.echo = net::load_be32(value + 4);
      return true;
    default:
      return true;
  }
}

bool read_options(std::span<const uint8_t> options, Segment& segment) {
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) return false;
    if (!read_option(options.first(options[1]), segment)) return false;
    options = options.subspan(options[1]);
  }
  return true;
}

uint8_t* write_timestamp(uint8_t* option, const Segment& segment) {
  option[0] = option[1] = kNop;
  option[2] = kTimestamp;
  option[3] = kTimestampBytes;
  net::store_be32(option + 4, segment.timestamp);
  net::store_be32(option + 8, segment.echo);
  return option + kTimestampOptionBytes;
}

void write_options(uint8_t* option, const Segment& segment) {
  if (segment.mss != 0) {
    option[0] = kMss;
    option[1] = kMssBytes;
    net::store_be16(option + 2, segment.mss);
    option += kMssBytes;
  }
  if (segment.has_window_scale) {
    option[0] = kNop;
    option[1] = kWindowScale;
    option[2] = kWindowScaleBytes;
    option[3] = segment.window_scale;
    option += 1 + kWindowScaleBytes;
  }
  if (segment.has_timestamp) write_timestamp(option, segment);
}

size_t option_bytes(const Segment& segment) {
  return (segment.mss != 0 ? kMssBytes : 0) + (segment.has_window_scale ? 1 + kWindowScaleBytes : 0) +
         (segment.has_timestamp ? kTimestampOptionBytes : 0);
}

}  // namespace

bool read_segment(std::span<const uint8_t> frame, const net::Parsed& parsed, Segment& segment) {
  const uint8_t* header = frame.data() + parsed.l4_offset;
  segment.sequence = net::tcp_sequence(header);
  segment.ack = net::tcp_ack(header);
  segment.window = net::tcp_window(header);
  segment.flags = net::tcp_flags(header);
  segment.payload = frame.subspan(parsed.payload_offset, parsed.l4_end - parsed.payload_offset);
  return read_options({header + net::kTcpHeaderBytes, parsed.l4_header_bytes - net::kTcpHeaderBytes},
                      segment);
}

HeaderTemplate::HeaderTemplate(const Path& path)
    : source_port_(path.flow.source_port),
      destination_port_(path.flow.destination_port),
      v6_(path.flow.is_v6) {
  path.destination.store(bytes_);
  path.source.store(bytes_ + net::kEthernetSourceOffset);
  net::store_be16(bytes_ + net::kEtherTypeOffset, v6_ ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
  uint8_t* ip = bytes_ + net::kEthernetHeaderBytes;
  if (v6_) {
    net::Ipv6Fields fields;
    fields.source = path.flow.source;
    fields.destination = path.flow.destination;
    fields.next_header = net::kProtocolTcp;
    net::write_ipv6_header(ip, fields);
  } else {
    net::Ipv4Fields fields;
    fields.source = net::load_be32(path.flow.source.data());
    fields.destination = net::load_be32(path.flow.destination.data());
    fields.protocol = net::kProtocolTcp;
    net::write_ipv4_header(ip, fields);
  }
  l4_offset_ = static_cast<uint16_t>(net::kEthernetHeaderBytes +
                                     (v6_ ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes));
}

size_t HeaderTemplate::bytes(const Segment& segment) const {
  return l4_offset_ + net::kTcpHeaderBytes + option_bytes(segment);
}

size_t HeaderTemplate::write(uint8_t* frame, const Segment& segment, size_t payload_bytes,
                             unsigned segments) {
  const size_t headers = bytes(segment);
  std::memcpy(frame, bytes_, l4_offset_);
  uint8_t* ip = frame + net::kEthernetHeaderBytes;
  // The device corrects the lengths of segments; 16 bits are less than a TSO frame and its headers may be.
  const size_t l3_bytes = headers - net::kEthernetHeaderBytes + payload_bytes;
  if (v6_) {
    net::set_ipv6_payload_length(
        ip, static_cast<uint16_t>(std::min<size_t>(l3_bytes - net::kIpv6HeaderBytes, 0xffff)));
  } else {
    net::set_ipv4_total_length(ip, static_cast<uint16_t>(std::min<size_t>(l3_bytes, 0xffff)));
    net::set_ipv4_id(ip, identification_);
    identification_ = static_cast<uint16_t>(identification_ + segments);
    net::update_ipv4_checksum(ip);
  }
  net::TcpFields fields;
  fields.source_port = source_port_;
  fields.destination_port = destination_port_;
  fields.sequence = segment.sequence;
  fields.ack = segment.ack;
  fields.window = segment.window;
  fields.flags = segment.flags;
  fields.header_bytes = static_cast<uint8_t>(headers - l4_offset_);
  net::write_tcp_header(frame + l4_offset_, fields);
  write_options(frame + l4_offset_ + net::kTcpHeaderBytes, segment);
  return headers;
}

}  // namespace pspnic::tcp
