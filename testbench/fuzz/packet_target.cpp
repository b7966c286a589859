// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "model/net/ipv4.h"
#include "model/psp/check.h"
#include "model/psp/encapsulate.h"
#include "model/psp/seal.h"
#include "testbench/diff/frame_fields.h"
#include "testbench/fuzz/readers_target.h"

namespace pspnic::fuzz {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kMostBytes = 16384;
constexpr size_t kRoom = 64;

std::string check_fields(std::span<const uint8_t> frame) {
  for (const auto written : {diff::Written::kSealed, diff::Written::kOpened, diff::Written::kDriver}) {
    size_t at = 0;
    for (const diff::Field& field : diff::frame_fields(frame, written)) {
      if (field.begin != at || field.end <= at) return "fields with a gap: " + field.name;
      at = field.end;
    }
    if (at != frame.size()) return "fields that do not cover the frame";
  }
  return {};
}

std::string check_seal(const Bytes& frame, const psp::Check& check) {
  static const auto aead = psp::make_openssl_aead();
  const auto version = static_cast<psp::Version>(check.header.version);
  psp::SessionKey key;
  key.size = psp::key_bytes(version);
  Bytes copy = frame;
  if (!psp::seal(*aead, key, check.psp_packet(copy))) return "a packet that may be opened is not sealed";
  const psp::Check sealed = psp::check_packet(copy, net::parse_frame(copy));
  if (sealed.verdict != psp::Verdict::kDeliver) return "sealing changed the verdict";
  if (!psp::open(*aead, key, sealed.psp_packet(copy))) return "a sealed packet does not open";
  const auto text_end = frame.begin() + static_cast<ptrdiff_t>(check.icv_end - psp::kIcvBytes);
  return std::equal(frame.begin(), text_end, copy.begin()) ? "" : "a packet opens to other bytes";
}

std::string check_encapsulation(const Bytes& frame) {
  const net::Parsed parsed = net::parse_frame(frame);
  psp::EncapParams params;
  params.spi = 1;
  Bytes storage(kRoom);
  storage.insert(storage.end(), frame.begin(), frame.end());
  storage.resize(storage.size() + psp::kIcvBytes);
  psp::FrameBuffer buffer{storage, kRoom, kRoom + frame.size()};
  if (psp::transport_encapsulate(buffer, params) != psp::EncapStatus::kOk) return {};
  if (psp::append_icv(buffer) != psp::EncapStatus::kOk) return {};
  if (psp::decapsulate(buffer) != psp::EncapStatus::kOk) return "what was encapsulated is not decapsulated";
  const std::span<uint8_t> back = buffer.frame();
  if (back.size() != parsed.ip_end) return "another length after encapsulation and decapsulation";
  Bytes expected(frame.begin(), frame.begin() + parsed.ip_end);  // without padding
  if (!parsed.is_v6()) {                                         // the sender makes the IPv4 checksum anew
    for (const size_t at : {0u, 1u}) {
      expected[parsed.l3_offset + net::kIpv4ChecksumOffset + at] = 0;
      back[parsed.l3_offset + net::kIpv4ChecksumOffset + at] = 0;
    }
  }
  return std::equal(back.begin(), back.end(), expected.begin())
             ? ""
             : "other bytes after encapsulation and decapsulation";
}

}  // namespace

std::string fuzz_packet(std::span<const uint8_t> bytes) {
  const Bytes frame(bytes.begin(),
                    bytes.begin() + static_cast<ptrdiff_t>(std::min(bytes.size(), kMostBytes)));
  if (std::string broken = check_fields(frame); !broken.empty()) return broken;
  const psp::Check check = psp::check_packet(frame, net::parse_frame(frame));
  psp::claimed_spi(frame, check);
  if (check.verdict == psp::Verdict::kDeliver) {
    if (std::string broken = check_seal(frame, check); !broken.empty()) return broken;
  }
  return check_encapsulation(frame);
}

}  // namespace pspnic::fuzz
