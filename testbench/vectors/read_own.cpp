// SPDX-License-Identifier: Apache-2.0
// The formats of vectors/README.md.
#include <algorithm>
#include <map>

#include "model/net/udp.h"
#include "model/psp/check.h"
#include "model/psp/header.h"
#include "model/psp/key.h"
#include "model/psp/spi.h"
#include "testbench/vectors/claims.h"
#include "testbench/vectors/json_view.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kOffsetLimit = 65535;
constexpr size_t kHeaderLimit = 255;
constexpr uint64_t kOpcodeLimit = 0xffffffff;
constexpr size_t kMessageLimit = 4096;  // bytes of a mailbox buffer
constexpr size_t kArrivalsLimit = 256;  // more would take longer than the card waits for a flow's next packet
constexpr size_t kFrameLimit = 4096;

struct OwnFile {
  nlohmann::json document;
  std::string origin;
  OwnFile(std::string_view content, const std::string& from, const char* format)
      : document(JsonView::parse(content, from)), origin(from) {
    const JsonView said = top().at("format");
    if (said.text() != format) {
      said.fail("is \"" + said.text() + "\", this program reads \"" + format + '"');
    }
  }
  JsonView top() const { return {document, origin + ": "}; }
};

Bytes device_key_of(const JsonView& vector) {
  return vector.at("device_key").hex(psp::kDeviceKeyBytes);
}

uint32_t spi_of(const JsonView& vector) {
  return static_cast<uint32_t>(vector.at("spi").hex_number(8));
}

uint8_t version_of(const JsonView& vector) {
  return static_cast<uint8_t>(vector.at("version").number(psp::kVersions - 1));
}

Derivation derivation_of(const JsonView& vector) {
  Derivation made;
  made.device_key = device_key_of(vector);
  made.spi = spi_of(vector);
  made.version = version_of(vector);
  made.session_key = vector.at("session_key").hex(psp::key_bytes(static_cast<psp::Version>(made.version)));
  return made;
}

struct OwnOffsets {
  size_t psp, cipher, icv;
};

OwnOffsets offsets_of(const JsonView& vector, size_t wire_bytes) {
  const JsonView offsets = vector.at("offsets");
  const OwnOffsets read{offsets.at("psp").number(kOffsetLimit), offsets.at("cipher").number(kOffsetLimit),
                        offsets.at("icv").number(kOffsetLimit)};
  if (read.psp + psp::kHeaderBytes > read.cipher || read.cipher > read.icv ||
      read.icv + psp::kIcvBytes > wire_bytes) {
    offsets.fail("do not lie in order inside the frame");
  }
  return read;
}

std::string mode_of(const JsonView& vector) {
  const std::string mode = vector.at("mode").text();
  if (mode != "transport" && mode != "tunnel") vector.at("mode").fail("must be transport or tunnel");
  return mode;
}

// Cookie and extension may be ciphertext on the wire: those of the driver's frame count.
std::string contradiction_of(const JsonView& vector, const Seal& seal, const Derivation& key,
                             const OwnOffsets& offsets) {
  Claims claims("encrypted");
  const PspFrame wire(seal.wire, offsets.psp);
  const psp::Header& header = wire.header;
  claims.text("mode", mode_of(vector), wire.mode());
  claims.number("outer_family", vector.at("outer_family").number(6), wire.family());
  claims.number("version", key.version, header.version);
  claims.hex("spi", key.spi, header.spi, 8);
  claims.hex("iv", vector.at("iv").hex_number(16), header.iv, 16);
  claims.number("crypt_offset", vector.at("crypt_offset").number(psp::kMaxCryptOffset), header.crypt_offset);
  claims.number("sample", vector.at("sample").boolean(), header.sample);
  claims.number("drop_after_sample", vector.at("drop_after_sample").boolean(), header.drop_after_sample);
  claims.number("source_port", vector.at("source_port").number(kOffsetLimit), wire.source_port);
  const bool gmac =
      psp::is_known_version(header.version) && psp::is_gmac(static_cast<psp::Version>(header.version));
  claims.number("offsets.icv", offsets.icv, seal.wire.size() - psp::kIcvBytes);
  if (!gmac) claims.number("offsets.cipher", offsets.cipher, offsets.psp + psp::clear_bytes(header));
  Claims clear("driver");
  const PspFrame driver(seal.driver, offsets.psp);
  const JsonView cookie = vector.at("vc");
  claims.number("vc, that there is one,", !cookie.is_null(), header.vc_present);
  if (!cookie.is_null()) clear.hex("vc", cookie.hex_number(16), driver.header.vc, 16);
  clear.bytes("extension", vector.at("extension").hex(), driver.extension);
  return claims.differences() + (claims.differences().empty() || clear.differences().empty() ? "" : "; ") +
         clear.differences();
}

void add_packet(const JsonView& vector, std::vector<Case>& cases) {
  const std::string name = vector.at("name").text();
  const Derivation key = derivation_of(vector);
  const std::string mode = mode_of(vector);
  const std::string group = mode + ", version " + std::to_string(key.version);
  Seal seal;
  seal.keys[psp::spi_phase(key.spi)] = key.device_key;
  seal.tunnel = mode == "tunnel";
  seal.cleartext = vector.at("cleartext").hex();
  seal.driver = vector.at("driver").hex();
  seal.wire = vector.at("encrypted").hex();
  const OwnOffsets offsets = offsets_of(vector, seal.wire.size());
  seal.psp_offset = offsets.psp;
  if (seal.driver.size() + psp::kIcvBytes != seal.wire.size()) {
    vector.at("driver").fail("must be 16 bytes shorter than encrypted");
  }
  Receive open;
  open.keys = seal.keys;
  open.frame = seal.wire;
  open.cleartext = seal.cleartext;
  open.in_memory = seal.wire;
  std::copy(seal.driver.begin() + static_cast<ptrdiff_t>(offsets.cipher), seal.driver.end(),
            open.in_memory->begin() + static_cast<ptrdiff_t>(offsets.cipher));
  open.psp_bytes = offsets.icv - offsets.psp - psp::kHeaderBytes;
  std::string contradiction = contradiction_of(vector, seal, key, offsets);
  cases.push_back(
      {name + ", key", "session keys", key, other_key(seal.wire, offsets.psp, key, contradiction)});
  cases.push_back({name + ", seal", group, std::move(seal), std::move(contradiction)});
  cases.push_back({name + ", open", group, std::move(open)});
}

psp::Verdict verdict_of(const JsonView& expect) {
  static const std::map<std::string, psp::Verdict> kVerdicts = {{"deliver", psp::Verdict::kDeliver},
                                                                {"auth_fail", psp::Verdict::kAuthFail},
                                                                {"error", psp::Verdict::kError},
                                                                {"bad", psp::Verdict::kBad},
                                                                {"not_psp", psp::Verdict::kNotPsp}};
  const auto found = kVerdicts.find(expect.text());
  if (found == kVerdicts.end()) expect.fail("must be deliver, auth_fail, error, bad or not_psp");
  return found->second;
}

std::string segments_contradiction(const JsonView& vector, const Segment& segment) {
  if (segment.psp_offset + psp::kHeaderBytes + psp::kVcBytes > segment.driver.size()) {
    vector.at("psp_offset").fail("lies behind the headers");
  }
  Claims claims("driver");
  const PspFrame driver(segment.driver, segment.psp_offset);
  claims.text("mode", mode_of(vector), driver.mode());
  claims.number("version", segment.version, driver.header.version);
  claims.hex("spi", segment.spi, driver.header.spi, 8);
  return claims.differences();
}

void add_segments(const JsonView& vector, std::vector<Case>& cases) {
  const bool psp = vector.has("spi");
  const std::string name = vector.at("name").text();
  const std::string l4 = vector.at("l4").text();
  if (l4 != "tcp" && l4 != "udp") vector.at("l4").fail("must be tcp or udp");
  const std::string group = l4 + ", " + (psp ? mode_of(vector) : std::string("no PSP"));
  Segment segment;
  segment.driver = vector.at("driver").hex();
  segment.mss = static_cast<uint16_t>(vector.at("mss").number(kOffsetLimit));
  segment.header_bytes = static_cast<uint8_t>(vector.at("header_bytes").number(kHeaderLimit));
  if (segment.mss == 0) vector.at("mss").fail("must be positive");
  std::string contradiction;
  if (segment.header_bytes > segment.driver.size()) vector.at("header_bytes").fail("lies behind the frame");
  if (psp) {
    const Derivation key = derivation_of(vector);
    segment.device_key = key.device_key;
    segment.spi = key.spi;
    segment.version = key.version;
    segment.psp_offset = vector.at("psp_offset").number(kHeaderLimit);
    contradiction = segments_contradiction(vector, segment);
    cases.push_back({name + ", key", "session keys", key,
                     other_key(segment.driver, segment.psp_offset, key, contradiction)});
  }
  const JsonView segments = vector.list("segments");
  segment.count = segments.size();
  for (segment.index = 0; segment.index < segment.count; ++segment.index) {
    segment.wire = segments.at(segment.index).hex();
    if (psp) segment.iv = vector.at("ivs").at(segment.index).hex_number(16);
    cases.push_back({name + ", segment " + std::to_string(segment.index), group, segment, contradiction});
  }
}

DeviceKeyPair device_keys_of(const JsonView& file) {
  DeviceKeyPair keys;
  if (file.at("device_keys").size() != keys.size()) file.at("device_keys").fail("must be two keys");
  for (const size_t phase : {0u, 1u}) {
    keys[phase] = file.at("device_keys").at(phase).hex(psp::kDeviceKeyBytes);
  }
  return keys;
}

std::vector<Bytes> frames_of(const JsonView& list) {
  if (list.size() == 0 || list.size() > kArrivalsLimit) list.fail("must be 1 to 256 frames");
  std::vector<Bytes> frames;
  for (size_t i = 0; i < list.size(); ++i) {
    frames.push_back(list.at(i).hex());
    if (frames.back().size() > kFrameLimit) list.at(i).fail("is longer than 4096 bytes");
  }
  return frames;
}

void add_merge(const JsonView& vector, const std::string& name, const char* headers, Merge merge,
               std::vector<Case>& cases) {
  const JsonView host = vector.list(headers);
  for (size_t i = 0; i < host.size(); ++i) {
    Merge::Frame& frame = merge.host.emplace_back();
    frame.bytes = host.at(i).at("frame").hex();
    if (host.at(i).has("segment_bytes")) {
      frame.segment_bytes = static_cast<uint16_t>(host.at(i).at("segment_bytes").number(kOffsetLimit));
    }
  }
  cases.push_back({name + ", headers " + headers, std::string("headers ") + headers, std::move(merge)});
}

Transcript::Step step_of(const JsonView& view) {
  Transcript::Step step;
  step.opcode = static_cast<uint32_t>(view.at("opcode").number(kOpcodeLimit));
  step.status = static_cast<uint32_t>(view.at("status").number(kOpcodeLimit));
  step.request = view.at("request").hex();
  if (step.request.size() > kMessageLimit) view.at("request").fail("is longer than a mailbox buffer");
  std::string reply = view.at("reply").text();
  for (size_t at = 0; at + 1 < reply.size(); at += 2) {
    step.any.push_back(reply.compare(at, 2, "..") == 0);
    if (step.any.back()) reply.replace(at, 2, "00");
  }
  const auto bytes = parse_hex(reply);
  if (!bytes) view.at("reply").fail("must be bytes of two hexadecimal digits, or two points, each");
  step.reply = *bytes;
  return step;
}

}  // namespace

std::vector<Case> read_own_kdf(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-kdf-1");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const JsonView vector = vectors.at(i);
    Derivation key = derivation_of(vector);
    const JsonView blocks = vector.list("input_blocks");
    for (size_t j = 0; j < blocks.size(); ++j) key.input_blocks.push_back(blocks.at(j).hex(16));
    cases.push_back({vector.at("name").text(), "version " + std::to_string(key.version), std::move(key)});
  }
  return cases;
}

std::vector<Case> read_own_packets(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-packets-1");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) add_packet(vectors.at(i), cases);
  return cases;
}

std::vector<Case> read_own_receiver(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-receiver-1");
  const DeviceKeyPair keys = device_keys_of(file.top());
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const JsonView vector = vectors.at(i);
    Receive receive;
    receive.keys = keys;
    receive.frame = vector.at("frame").hex();
    receive.verdict = verdict_of(vector.at("expect"));
    const bool opened = receive.verdict == psp::Verdict::kDeliver;
    if (vector.at("cleartext").is_null() == opened) {
      vector.at("cleartext").fail("is there with deliver, and null with any other verdict");
    }
    if (opened) receive.cleartext = vector.at("cleartext").hex();
    cases.push_back({vector.at("name").text(), vector.at("expect").text(), std::move(receive)});
  }
  return cases;
}

std::vector<Case> read_own_segments(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-segments-1");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) add_segments(vectors.at(i), cases);
  return cases;
}

std::vector<Case> read_own_merges(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-merges-1");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    Merge merge;
    merge.keys = device_keys_of(file.top());
    merge.arriving = frames_of(vectors.at(i).at("frames"));
    const std::string name = vectors.at(i).at("name").text();
    add_merge(vectors.at(i), name, "kept", merge, cases);
    // Only packets with headers to take off have the second.
    const Bytes& first = merge.arriving.front();
    const bool has_psp = psp::check_packet(first, net::parse_frame(first)).verdict != psp::Verdict::kNotPsp;
    if (!has_psp && !vectors.at(i).has("stripped")) continue;
    merge.strip = true;
    add_merge(vectors.at(i), name, "stripped", merge, cases);
  }
  return cases;
}

std::vector<Case> read_own_descriptors(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-descriptors-1");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const JsonView vector = vectors.at(i);
    DescriptorImage descriptor;
    descriptor.kind = vector.at("kind").text();
    descriptor.image = vector.at("image").hex();
    const JsonView fields = vector.at("fields");
    for (const std::string& name : fields.members()) {
      descriptor.fields[name] = fields.at(name.c_str()).hex_number();
    }
    const std::string group = descriptor.kind;
    cases.push_back({vector.at("name").text(), group, std::move(descriptor)});
  }
  return cases;
}

std::vector<Case> read_own_other(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView format = JsonView(document, origin + ": ").at("format");
  format.fail("is \"" + format.text() +
              "\", must be pspnic-kdf-1, -packets-1, -receiver-1, -segments-1, -merges-1, -descriptors-1 or "
              "-mailbox-1");
}

std::vector<Case> read_own_mailbox(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-mailbox-1");
  const JsonView vectors = file.top().at("vectors");
  const DeviceKeyPair keys = device_keys_of(file.top());
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    Transcript transcript;
    transcript.keys = keys;
    const JsonView steps = vectors.at(i).list("steps");
    for (size_t j = 0; j < steps.size(); ++j) transcript.steps.push_back(step_of(steps.at(j)));
    cases.push_back({vectors.at(i).at("name").text(), "mailbox", std::move(transcript)});
  }
  return cases;
}

}  // namespace pspnic::vectors
