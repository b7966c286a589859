// SPDX-License-Identifier: Apache-2.0
// What a receiver must do with damaged, hostile and foreign frames.
#include <gtest/gtest.h>

#include <map>

#include "model/psp/seal.h"
#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using nlohmann::json;
using test::from_hex;

class ReceiverCases : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(ReceiverCases);

TEST_P(ReceiverCases, Reasons) {
  const json file = test::read_own("receiver.json");
  test::Receiver receiver(file.at("device_keys").at(0), file.at("device_keys").at(1), engine());
  const std::map<std::string, Reason> reasons = {
      {"transport_4_v0/other_port", Reason::kOtherTraffic},
      {"transport_4_v0/more_fragments", Reason::kFragment},
      {"transport_4_v0/fragment_offset", Reason::kFragment},
      {"v6_chain_segments_left", Reason::kExtensionHeaders},
      {"transport_4_v0/truncated_1", Reason::kIpLength},
      {"transport_6_v1_vc/truncated_1", Reason::kIpLength},
      {"transport_4_v0/udp_length_minus_1", Reason::kUdpLength},
      {"31_bytes", Reason::kTooShort},
      {"transport_4_v0/hdr_ext_len_0", Reason::kHeaderTooShort},
      {"transport_4_v0/hdr_ext_len_255", Reason::kHeaderBeyondPayload},
      {"cookie_without_room", Reason::kCookieOutsideHeader},
      {"crypt_offset_past_payload", Reason::kCryptOffsetBeyondPayload},
      {"transport_4_v0/version_4", Reason::kReservedVersion},
      {"always_one_clear_sealed", Reason::kAlwaysOneClear},
      {"spi_80000000_sealed", Reason::kReservedSpi},
      {"all_clear_icv_zero", Reason::kIcvMismatch},
  };
  unsigned seen = 0;
  for (const json& vector : file.at("vectors")) {
    const auto found = reasons.find(vector.at("name"));
    if (found == reasons.end()) continue;
    ++seen;
    const Reason reason = receiver.receive(from_hex(vector.at("frame"))).reason;
    EXPECT_EQ(reason, found->second) << found->first << ": " << text(reason);
  }
  EXPECT_EQ(seen, reasons.size());
}

TEST(Receiver, VersionsCanBeMissingOrDisabled) {
  const json file = test::read_own("receiver.json");
  const test::Bytes frame = from_hex(file.at("vectors").at(0).at("frame"));  // version 0
  const net::Parsed parsed = net::parse_frame(frame);
  const Check missing = check_packet(frame, parsed, {.supported_versions = 0xe, .enabled_versions = 0xf});
  EXPECT_EQ(missing.verdict, Verdict::kBad);
  EXPECT_EQ(missing.reason, Reason::kUnsupportedVersion);
  const Check disabled = check_packet(frame, parsed, {.supported_versions = 0xf, .enabled_versions = 0xe});
  EXPECT_EQ(disabled.verdict, Verdict::kNotPsp);
  EXPECT_EQ(disabled.reason, Reason::kVersionDisabled);
  EXPECT_EQ(check_packet(frame, parsed, {1, 1}).verdict, Verdict::kDeliver);
}

// What must stand in the UDP checksum of a frame: addresses, protocol, length, and the datagram.
uint16_t right_udp_checksum(const test::Bytes& frame, size_t ip, size_t udp) {
  test::Bytes covered(frame.begin() + static_cast<ptrdiff_t>(udp), frame.end());
  covered[6] = covered[7] = 0;
  const size_t length = covered.size();
  covered.resize(length + length % 2);
  const bool v6 = frame[ip] >> 4 == 6;
  const auto addresses = frame.begin() + static_cast<ptrdiff_t>(ip + (v6 ? 8 : 12));
  covered.insert(covered.end(), addresses, addresses + (v6 ? 32 : 8));
  covered.insert(covered.end(), {0, 17, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
  uint32_t sum = 0;
  for (size_t i = 0; i < covered.size(); i += 2) {
    sum += static_cast<uint32_t>(covered[i] << 8 | covered[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(sum == 0xffff ? 0xffff : ~sum);
}

TEST(Receiver, TheUdpChecksumCountsIfItIsVerified) {
  const json file = test::read_own("packets.json");
  const CheckOptions verify{.verify_udp_checksum = true};
  for (const json& vector : file.at("vectors")) {
    test::Bytes frame = from_hex(vector.at("encrypted"));
    const net::Parsed parsed = net::parse_frame(frame);
    EXPECT_EQ(check_packet(frame, parsed, verify).verdict, Verdict::kDeliver) << "0: none";
    const size_t udp = vector.at("offsets").at("psp").get<size_t>() - 8;
    const uint16_t right = right_udp_checksum(frame, parsed.l3_offset, udp);
    for (const unsigned value : {unsigned{right}, right ^ 0x0100u, right ^ 1u}) {
      if (value == 0) continue;
      frame[udp + 6] = static_cast<uint8_t>(value >> 8);
      frame[udp + 7] = static_cast<uint8_t>(value);
      const Check check = check_packet(frame, parsed, verify);
      EXPECT_EQ(check.verdict, value == right ? Verdict::kDeliver : Verdict::kError) << vector.at("name");
      EXPECT_EQ(check.reason, value == right ? Reason::kNone : Reason::kUdpChecksum) << vector.at("name");
      EXPECT_EQ(check_packet(frame, parsed).verdict, Verdict::kDeliver) << "not looked at by default";
    }
  }
}

// Every prefix of every frame: nothing is read outside (AddressSanitizer) and nothing short of a whole packet
// passes.
TEST(Receiver, EveryTruncation) {
  const json file = test::read_own("receiver.json");
  for (const json& vector : file.at("vectors")) {
    const test::Bytes whole = from_hex(vector.at("frame"));
    const Check full = check_packet(whole, net::parse_frame(whole));
    for (size_t size = 0; size < whole.size(); ++size) {
      const test::Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      const Check check = check_packet(part, net::parse_frame(part));
      if (full.verdict == Verdict::kDeliver && size >= full.icv_end) continue;
      ASSERT_NE(check.verdict, Verdict::kDeliver) << vector.at("name") << " cut to " << size;
    }
  }
}

TEST(Receiver, TextsExist) {
  for (int i = 0; i <= static_cast<int>(Verdict::kNotPsp); ++i) {
    EXPECT_STRNE(text(static_cast<Verdict>(i)), "unknown");
  }
  for (int i = 0; i <= static_cast<int>(Reason::kIcvMismatch); ++i) {
    EXPECT_STRNE(text(static_cast<Reason>(i)), "unknown");
  }
}

}  // namespace
}  // namespace pspnic::psp
