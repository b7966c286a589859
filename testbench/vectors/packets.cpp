// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/packets.h"

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/parse.h"
#include "model/net/udp.h"
#include "model/psp/check.h"
#include "model/psp/encapsulate.h"
#include "model/psp/seal.h"
#include "model/tx/transform.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kRoomBytes = psp::kMaxHeaderBytes + 64;  // in front of a frame, for any PSP header
constexpr size_t kLeastFrame = 60;                        // a sender's port pads to that

// A frame with room around it.
struct Roomy {
  Bytes storage;
  psp::FrameBuffer buffer;
  explicit Roomy(const Bytes& frame) : storage(kRoomBytes) {
    storage.insert(storage.end(), frame.begin(), frame.end());
    storage.resize(storage.size() + psp::kIcvBytes);
    buffer = {storage, kRoomBytes, kRoomBytes + frame.size()};
  }
  Bytes frame() const { return {buffer.frame().begin(), buffer.frame().end()}; }
};

psp::TunnelParams outer_like(const Bytes& wire, const net::Parsed& parsed) {
  const uint8_t* ip = wire.data() + parsed.l3_offset;
  psp::TunnelParams outer;
  outer.outer_v6 = parsed.is_v6();
  const size_t bytes = outer.outer_v6 ? net::kIpv6AddressBytes : net::kIpv4AddressBytes;
  const uint8_t* source = ip + (outer.outer_v6 ? net::kIpv6SourceOffset : net::kIpv4SourceOffset);
  outer.source = {source, bytes};
  outer.destination = {source + bytes, bytes};
  outer.ttl = outer.outer_v6 ? net::ipv6_hop_limit(ip) : net::ipv4_ttl(ip);
  outer.traffic_class = outer.outer_v6 ? net::ipv6_traffic_class(ip) : net::ipv4_tos(ip);
  if (outer.outer_v6) {
    outer.flow_label = net::ipv6_flow_label(ip);
  } else {
    outer.identification = net::ipv4_id(ip);
    outer.dont_fragment = (net::ipv4_fragment_field(ip) & net::kIpv4DontFragment) != 0;
  }
  return outer;
}

const char* rule_text(tx::TransformError error) {
  const base::DriverRule rule = tx::rule_of(error);
  return rule == base::DriverRule::kCount ? "PSP cannot go around the frame" : base::info(rule).text;
}

}  // namespace

Encapsulated encapsulate_like(const Seal& seal) {
  const Bytes& like = seal.driver.empty() ? seal.wire : seal.driver;
  const net::Parsed parsed = net::parse_frame(seal.wire);
  if (!parsed.is_ip() || seal.psp_offset < net::kUdpHeaderBytes ||
      std::min(like.size(), seal.wire.size()) < seal.psp_offset + psp::kHeaderBytes + psp::kVcBytes) {
    return {"the frame on the wire is no PSP packet", {}, {}};
  }
  const uint8_t* psp_header = like.data() + seal.psp_offset;
  Encapsulated made;
  made.header = psp::decode_header(psp_header);
  psp::EncapParams params;
  params.version = static_cast<psp::Version>(made.header.version);
  params.spi = made.header.spi;
  params.crypt_offset = made.header.crypt_offset;
  params.sample = made.header.sample;
  params.drop_after_sample = made.header.drop_after_sample;
  if (made.header.vc_present) params.vc = seal.driver.empty() ? 0 : made.header.vc;
  const size_t used = psp::kHeaderBytes + (params.vc ? psp::kVcBytes : 0);
  const size_t header_bytes = psp::header_bytes(made.header);
  if (header_bytes > used && seal.psp_offset + header_bytes <= like.size()) {
    params.extension = std::span(like).subspan(seal.psp_offset + used, header_bytes - used);
  }
  params.source_port = net::udp_source_port(psp_header - net::kUdpHeaderBytes);
  Roomy frame(seal.cleartext);
  const psp::EncapStatus status =
      seal.tunnel ? psp::tunnel_encapsulate(frame.buffer, params, outer_like(seal.wire, parsed))
                  : psp::transport_encapsulate(frame.buffer, params);
  if (status != psp::EncapStatus::kOk) {
    made.failure = std::string("the cleartext is not encapsulated: ") + psp::text(status);
    return made;
  }
  made.driver = frame.frame();
  made.header.iv = net::load_be64(seal.wire.data() + seal.psp_offset + psp::kIvOffset);
  return made;
}

Sealed seal_frame(psp::Aead& aead, const psp::SessionKey& key, const Bytes& driver, uint64_t iv) {
  Roomy frame(driver);
  if (const psp::EncapStatus status = psp::append_icv(frame.buffer); status != psp::EncapStatus::kOk) {
    return {std::string("there is no room for the ICV: ") + psp::text(status), {}};
  }
  const std::span<uint8_t> bytes = frame.buffer.frame();
  const psp::Check check = psp::check_packet(bytes, net::parse_frame(bytes));
  if (check.verdict != psp::Verdict::kDeliver) {
    return {std::string("what is to be sealed is no PSP packet: ") + psp::text(check.reason), {}};
  }
  const std::span<uint8_t> packet = check.psp_packet(bytes);
  net::store_be64(&packet[psp::kIvOffset], iv);
  if (!psp::seal(aead, key, packet)) return {"the packet is not sealed", {}};
  return {{}, frame.frame()};
}

Sealed cut_segment(psp::Aead& aead, const psp::SessionKey& key, const Segment& segment) {
  const bool psp = !segment.device_key.empty();
  crypto::Sa sa;
  sa.spi = segment.spi;
  sa.version = static_cast<psp::Version>(segment.version);
  sa.key = key;
  queue::TxJob job;
  job.tso = job.l3_checksum = job.l4_checksum = true;
  job.psp = job.append_icv = psp;
  job.mss = segment.mss;
  job.header_bytes = segment.header_bytes;
  const std::span<const uint8_t> headers = std::span(segment.driver).first(segment.header_bytes);
  const std::span<const uint8_t> payload = std::span(segment.driver).subspan(segment.header_bytes);
  tx::HeaderMap map;
  if (const auto error = tx::find_headers(headers, job, map); error != tx::TransformError::kNone) {
    return {std::string("the frame is not cut: ") + rule_text(error), {}};
  }
  const size_t offset = segment.index * segment.mss;
  const size_t count = std::max<size_t>(1, (payload.size() + segment.mss - 1) / segment.mss);
  if (offset > payload.size() || count != segment.count) {
    return {"cut into " + std::to_string(count) + " segments, expected " + std::to_string(segment.count), {}};
  }
  const size_t length = std::min<size_t>(segment.mss, payload.size() - offset);
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(static_cast<uint32_t>(headers.size() + length));
  std::memcpy(packet->data(), headers.data(), headers.size());
  std::copy_n(payload.data() + offset, length, packet->data() + headers.size());
  const tx::Segment part{static_cast<uint32_t>(segment.index), static_cast<uint32_t>(payload.size())};
  if (const auto made = tx::finish_frame(*packet, map, job, part, psp ? &sa : nullptr);
      made.error != tx::TransformError::kNone) {
    return {std::string("the segment is not made: ") + rule_text(made.error), {}};
  }
  if (psp) {
    const std::span<uint8_t> psp_packet = packet->bytes().subspan(map.psp_offset);
    net::store_be64(&psp_packet[psp::kIvOffset], segment.iv);
    if (!psp::seal(aead, key, psp_packet)) return {"the segment is not sealed", {}};
  }
  Bytes frame(packet->bytes().begin(), packet->bytes().end());
  frame.resize(std::max(frame.size(), kLeastFrame));
  return {{}, std::move(frame)};
}

Opened open_frame(psp::Aead& aead, const Bytes& frame, const Derive& derive) {
  Opened opened;
  Bytes copy = frame;
  const psp::Check check = psp::check_packet(copy, net::parse_frame(copy));
  opened.verdict = check.verdict;
  opened.reason = check.reason;
  if (check.verdict != psp::Verdict::kDeliver) return opened;
  const psp::SessionKey key = derive(check.header.spi, static_cast<psp::Version>(check.header.version));
  if (!psp::open(aead, key, check.psp_packet(copy))) {
    opened.verdict = psp::Verdict::kAuthFail;
    opened.reason = psp::Reason::kIcvMismatch;
    return opened;
  }
  opened.in_memory = copy;
  psp::FrameBuffer buffer{copy, 0, copy.size()};
  if (psp::decapsulate(buffer) != psp::EncapStatus::kOk) {
    opened.verdict = psp::Verdict::kError;
    return opened;
  }
  opened.cleartext.assign(buffer.frame().begin(), buffer.frame().end());
  return opened;
}

}  // namespace pspnic::vectors
