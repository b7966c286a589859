// SPDX-License-Identifier: Apache-2.0
// JSON layouts of packets that google/psp's tools made (vectors/google-psp).
#include <algorithm>

#include "model/net/bytes.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/psp/header.h"
#include "model/psp/key.h"
#include "model/psp/spi.h"
#include "testbench/vectors/claims.h"
#include "testbench/vectors/json_view.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kLongest = 65535;

DeviceKeyPair google_keys(const JsonView& vector) {
  return {vector.at("master_key0").hex(psp::kDeviceKeyBytes),
          vector.at("master_key1").hex(psp::kDeviceKeyBytes)};
}

Derivation google_derivation(const JsonView& vector) {
  Derivation made;
  made.spi = static_cast<uint32_t>(vector.at("spi").hex_number(8));
  made.version = static_cast<uint8_t>(vector.at("psp_version").number(psp::kVersions - 1));
  made.device_key = google_keys(vector)[psp::spi_phase(made.spi)];
  return made;
}

struct GoogleOffsets {
  size_t psp, payload, cipher, icv;
};

std::string google_contradiction(const JsonView& vector, const Seal& seal, const Derivation& key,
                                 const GoogleOffsets& offsets) {
  Claims claims("encrypted_frame");
  const PspFrame wire(seal.wire, offsets.psp);
  const psp::Header& header = wire.header;
  claims.text("mode", vector.at("mode").text(), wire.mode());
  claims.number("ip_version", vector.at("ip_version").number(6), wire.family());
  claims.number("psp_version", key.version, header.version);
  claims.hex("spi", key.spi, header.spi, 8);
  claims.hex("iv", vector.at("iv").hex_number(16), header.iv, 16);
  claims.number("vc, that there is one,", vector.has("vc"), header.vc_present);
  // Members that a file may leave out.
  const auto number = [&](const JsonView& of, const char* member, size_t has) {
    if (of.has(member)) claims.number(member, of.at(member).number(kLongest), has);
  };
  number(vector, "crypt_offset_words", header.crypt_offset);
  if (vector.has("vc") && header.vc_present &&
      offsets.cipher >= offsets.psp + psp::kVcOffset + psp::kVcBytes) {
    claims.hex("vc", vector.at("vc").hex_number(16), net::load_be64(&seal.wire[offsets.psp + psp::kVcOffset]),
               16);
  }
  number(vector, "crypt_offset_bytes", header.crypt_offset * psp::kCryptOffsetUnitBytes);
  number(vector, "aad_len", offsets.cipher - offsets.psp);
  number(vector, "ciphertext_len", offsets.icv - offsets.cipher);
  const auto nonce = seal.wire.begin() + static_cast<ptrdiff_t>(offsets.psp + psp::kSpiOffset);
  if (vector.has("nonce")) {
    claims.bytes("nonce", vector.at("nonce").hex(), Bytes(nonce, nonce + psp::kNonceBytes));
  }
  if (vector.has("icv")) claims.bytes("icv", vector.at("icv").hex(), wire.icv);
  const JsonView places = vector.at("offsets");
  number(places, "outer_ip", wire.parsed.l3_offset);
  number(places, "udp", offsets.psp - net::kUdpHeaderBytes);
  number(places, "iv", offsets.psp + psp::kIvOffset);
  number(places, "payload", offsets.psp + psp::header_bytes(header));
  number(places, "len", seal.wire.size());
  return claims.differences();
}

void add_google_packet(const JsonView& vector, std::vector<Case>& cases) {
  const std::string name = vector.at("name").text();
  const std::string mode = vector.at("mode").text();
  Derivation key = google_derivation(vector);
  key.session_key = vector.at("derived_key").hex(psp::key_bytes(static_cast<psp::Version>(key.version)));
  const std::string group = mode + ", version " + std::to_string(key.version);
  Seal seal;
  seal.keys = google_keys(vector);
  seal.tunnel = mode == "tunnel";
  seal.cleartext = vector.at("cleartext_frame").hex();
  seal.wire = vector.at("encrypted_frame").hex();
  const JsonView offsets = vector.at("offsets");
  seal.psp_offset = offsets.at("psp").number(kLongest);
  const size_t payload = offsets.at("payload").number(kLongest);
  const size_t cipher = offsets.at("cipher").number(kLongest);
  const size_t icv = offsets.at("icv").number(kLongest);
  if (seal.psp_offset + psp::kHeaderBytes > payload || payload > icv || cipher < seal.psp_offset ||
      cipher > icv || icv + psp::kIcvBytes > seal.wire.size() || icv - payload > seal.cleartext.size()) {
    offsets.fail("do not lie in order inside the frame");
  }
  Receive open;
  open.keys = seal.keys;
  open.frame = seal.wire;
  open.cleartext = seal.cleartext;
  // What is behind the cookie is the end of the cleartext.
  open.in_memory = seal.wire;
  const auto begin = open.in_memory->begin();
  std::fill(begin + static_cast<ptrdiff_t>(std::min(cipher, payload)),
            begin + static_cast<ptrdiff_t>(payload), 0);
  const size_t cookie = seal.psp_offset + psp::kVcOffset;
  if (vector.has("vc") && cipher <= cookie && cookie + psp::kVcBytes <= payload) {
    net::store_be64(&(*open.in_memory)[cookie], vector.at("vc").hex_number(16));
  }
  const size_t from = std::max(cipher, payload);
  std::copy(seal.cleartext.end() - static_cast<ptrdiff_t>(icv - from), seal.cleartext.end(),
            begin + static_cast<ptrdiff_t>(from));
  open.psp_bytes = icv - seal.psp_offset - psp::kHeaderBytes;
  std::string contradiction =
      google_contradiction(vector, seal, key, {seal.psp_offset, payload, cipher, icv});
  cases.push_back(
      {name + ", key", "session keys", key, other_key(seal.wire, seal.psp_offset, key, contradiction)});
  cases.push_back({name + ", seal", group, std::move(seal), std::move(contradiction)});
  cases.push_back({name + ", open", group, std::move(open)});
}

// "deliver ...", "drop, count auth-fail", "drop, count bad ...", "drop, count error".
psp::Verdict google_verdict(const JsonView& expect) {
  // Behind the verdict may stand a remark, or on what it depends: "(recommended)", "if version 3 supported".
  const std::string text = expect.text();
  const std::string verdict = text.substr(0, std::min(text.find(" ("), text.find(" if ")));
  if (verdict == "deliver") return psp::Verdict::kDeliver;
  if (verdict == "drop, count auth-fail") return psp::Verdict::kAuthFail;
  if (verdict == "drop, count bad") return psp::Verdict::kBad;
  if (verdict == "drop, count error") return psp::Verdict::kError;
  expect.fail(
      "must be \"deliver\" or \"drop, count auth-fail\", \"bad\" or \"error\", then \" (...\" or \" if "
      "...\"");
}

// What a driver would have handed over for the example: lengths and checksums are still to be made.
void make_template(const JsonView& example, Segment& segment) {
  const JsonView clear_segments = example.at("cleartext_segments");
  const size_t count = clear_segments.size();
  if (count == 0 || example.at("psp_segments").size() != count) {
    example.fail("must have as many psp_segments as cleartext_segments, and one at least");
  }
  const Bytes clear = clear_segments.at(size_t{0}).hex();
  const Bytes clear_last = clear_segments.at(count - 1).hex();
  const Bytes sealed = example.at("psp_segments").at(size_t{0}).hex();
  const bool v6 = example.at("ip_version").number(6) == 6;
  if (!v6 && example.at("ip_version").number(6) != 4) example.at("ip_version").fail("must be 4 or 6");
  const size_t ip = net::kEthernetHeaderBytes;
  const size_t l4 = ip + (v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes);
  const size_t tcp_bytes = example.at("tcp_header_len").number(net::kTcpMaxHeaderBytes);
  const size_t tcp = l4 + net::kUdpHeaderBytes + psp::kHeaderBytes;
  if (tcp_bytes < net::kTcpHeaderBytes || std::min(clear.size(), clear_last.size()) < l4 + tcp_bytes ||
      sealed.size() < tcp) {
    example.fail("has segments shorter than their headers");
  }
  Bytes& headers = segment.driver;
  headers.assign(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(tcp));
  headers.insert(headers.end(), clear.begin() + static_cast<ptrdiff_t>(l4),
                 clear.begin() + static_cast<ptrdiff_t>(l4 + tcp_bytes));
  headers[tcp + net::kTcpFlagsOffset] =
      static_cast<uint8_t>(clear[l4 + net::kTcpFlagsOffset] | clear_last[l4 + net::kTcpFlagsOffset]);
  segment.psp_offset = l4 + net::kUdpHeaderBytes;
  segment.header_bytes = static_cast<uint8_t>(headers.size());
  // What the device writes is nonsense here.
  constexpr uint16_t kNonsense = 0xdead;
  net::store_be64(&headers[segment.psp_offset + psp::kIvOffset], 0);
  net::store_be16(&headers[tcp + net::kTcpChecksumOffset], kNonsense);
  net::store_be16(&headers[l4 + net::kUdpLengthOffset], kNonsense);
  net::store_be16(&headers[ip + (v6 ? net::kIpv6PayloadLengthOffset : net::kIpv4TotalLengthOffset)], 0);
}

std::string segments_contradiction(const JsonView& example, const Segment& segment, const Bytes& clear,
                                   const Bytes& sealed) {
  Claims claims("psp_segments[0]");
  const PspFrame wire(sealed, segment.psp_offset);
  claims.number("ip_version", example.at("ip_version").number(6), wire.family());
  claims.number("psp_version", segment.version, wire.header.version);
  claims.hex("spi", segment.spi, wire.header.spi, 8);
  if (example.has("crypt_offset_words")) {
    claims.number("crypt_offset_words", example.at("crypt_offset_words").number(psp::kMaxCryptOffset),
                  wire.header.crypt_offset);
  }
  const size_t tcp = segment.psp_offset - net::kUdpHeaderBytes;  // without the headers in front of it
  if (example.has("first_seq")) {
    claims.hex("first_seq", example.at("first_seq").hex_number(8),
               net::load_be32(&clear[tcp + net::kTcpSequenceOffset]), 8);
  }
  if (example.has("first_ip_id") && wire.family() == 4) {
    claims.hex("first_ip_id", example.at("first_ip_id").hex_number(4),
               net::load_be16(&sealed[net::kEthernetHeaderBytes + net::kIpv4IdOffset]), 4);
  }
  return claims.differences();
}

void add_google_segments(const JsonView& example, std::vector<Case>& cases) {
  const std::string name = example.at("name").text();
  const Derivation key = google_derivation(example);
  const JsonView wire = example.at("psp_segments");
  const JsonView clear = example.at("cleartext_segments");
  Segment segment;
  make_template(example, segment);
  const Bytes payload = example.at("payload").hex();
  segment.driver.insert(segment.driver.end(), payload.begin(), payload.end());
  segment.device_key = key.device_key;
  segment.spi = key.spi;
  segment.version = key.version;
  segment.mss = static_cast<uint16_t>(example.at("mss").number(kLongest));
  if (segment.mss == 0) example.at("mss").fail("must be positive");
  const std::string contradiction =
      segments_contradiction(example, segment, clear.at(size_t{0}).hex(), wire.at(size_t{0}).hex());
  segment.count = wire.size();
  for (segment.index = 0; segment.index < segment.count; ++segment.index) {
    segment.wire = wire.at(segment.index).hex();
    segment.iv = example.at("iv_list").at(segment.index).hex_number(16);
    const std::string id = name + ", segment " + std::to_string(segment.index);
    cases.push_back({id, "send", segment, contradiction});
    Receive receive;
    receive.keys = google_keys(example);
    receive.frame = segment.wire;
    receive.cleartext = clear.at(segment.index).hex();
    cases.push_back({id + ", open", "receive", std::move(receive)});
  }
}

}  // namespace

std::vector<Case> read_google_kdf(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView vectors = JsonView(document, origin + ": ").at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const JsonView vector = vectors.at(i);
    Derivation key = google_derivation(vector);
    key.session_key = vector.at("derived_key").hex(psp::key_bytes(static_cast<psp::Version>(key.version)));
    const JsonView blocks = vector.list("input_blocks");
    for (size_t j = 0; j < blocks.size(); ++j) key.input_blocks.push_back(blocks.at(j).hex(16));
    const std::string id = std::to_string(i) + ", SPI " + vector.at("spi").text();
    cases.push_back({id, "version " + std::to_string(key.version), std::move(key)});
  }
  return cases;
}

std::vector<Case> read_google_packets(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView packets = JsonView(document, origin + ": ").at("packets");
  std::vector<Case> cases;
  for (size_t i = 0; i < packets.size(); ++i) add_google_packet(packets.at(i), cases);
  return cases;
}

std::vector<Case> read_google_receiver(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView list = JsonView(document, origin + ": ").at("cases");
  std::vector<Case> cases;
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonView vector = list.at(i);
    Receive receive;
    receive.keys = google_keys(vector);
    receive.frame = vector.at("frame").hex();
    receive.verdict = google_verdict(vector.at("expect"));
    const char* group = psp::text(receive.verdict);
    cases.push_back({vector.at("name").text(), group, std::move(receive)});
  }
  return cases;
}

std::vector<Case> read_google_segments(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView examples = JsonView(document, origin + ": ").at("examples");
  std::vector<Case> cases;
  for (size_t i = 0; i < examples.size(); ++i) add_google_segments(examples.at(i), cases);
  return cases;
}

}  // namespace pspnic::vectors
