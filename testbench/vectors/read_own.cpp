// SPDX-License-Identifier: Apache-2.0
// The formats of vectors/README.md.
#include <algorithm>
#include <map>

#include "model/net/udp.h"
#include "model/psp/header.h"
#include "model/psp/key.h"
#include "model/psp/spi.h"
#include "testbench/vectors/json_view.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kOffsetLimit = 65535;
constexpr size_t kHeaderLimit = 255;
constexpr uint64_t kOpcodeLimit = 0xffffffff;
constexpr size_t kMessageLimit = 4096;  // bytes of a mailbox buffer

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

void add_packet(const JsonView& vector, std::vector<Case>& cases) {
  const std::string name = vector.at("name").text();
  const Derivation key = derivation_of(vector);
  const std::string mode = vector.at("mode").text();
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
  cases.push_back({name + ", key", "session keys", key});
  cases.push_back({name + ", seal", group, std::move(seal)});
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

void add_segments(const JsonView& vector, std::vector<Case>& cases) {
  const bool psp = vector.has("spi");
  const std::string name = vector.at("name").text();
  const std::string group =
      vector.at("l4").text() + ", " + (psp ? vector.at("mode").text() : std::string("no PSP"));
  Segment segment;
  segment.driver = vector.at("driver").hex();
  segment.mss = static_cast<uint16_t>(vector.at("mss").number(kOffsetLimit));
  segment.header_bytes = static_cast<uint8_t>(vector.at("header_bytes").number(kHeaderLimit));
  if (segment.mss == 0) vector.at("mss").fail("must be positive");
  if (segment.header_bytes > segment.driver.size()) vector.at("header_bytes").fail("lies behind the frame");
  if (psp) {
    const Derivation key = derivation_of(vector);
    segment.device_key = key.device_key;
    segment.spi = key.spi;
    segment.version = key.version;
    segment.psp_offset = vector.at("psp_offset").number(kHeaderLimit);
    cases.push_back({name + ", key", "session keys", key});
  }
  const JsonView segments = vector.at("segments");
  segment.count = segments.size();
  for (segment.index = 0; segment.index < segment.count; ++segment.index) {
    segment.wire = segments.at(segment.index).hex();
    if (psp) segment.iv = vector.at("ivs").at(segment.index).hex_number(16);
    cases.push_back({name + ", segment " + std::to_string(segment.index), group, segment});
  }
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
    const JsonView blocks = vector.at("input_blocks");
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
  const JsonView keys = file.top().at("device_keys");
  const JsonView vectors = file.top().at("vectors");
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const JsonView vector = vectors.at(i);
    Receive receive;
    for (const size_t phase : {0u, 1u}) receive.keys[phase] = keys.at(phase).hex(psp::kDeviceKeyBytes);
    receive.frame = vector.at("frame").hex();
    receive.verdict = verdict_of(vector.at("expect"));
    if (vector.has("cleartext")) receive.cleartext = vector.at("cleartext").hex();
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

std::vector<Case> read_own_mailbox(std::string_view content, const std::string& origin) {
  const OwnFile file(content, origin, "pspnic-mailbox-1");
  const JsonView vectors = file.top().at("vectors");
  DeviceKeyPair keys;
  for (const size_t phase : {0u, 1u}) {
    keys[phase] = file.top().at("device_keys").at(phase).hex(psp::kDeviceKeyBytes);
  }
  std::vector<Case> cases;
  for (size_t i = 0; i < vectors.size(); ++i) {
    Transcript transcript;
    transcript.keys = keys;
    const JsonView steps = vectors.at(i).at("steps");
    for (size_t j = 0; j < steps.size(); ++j) transcript.steps.push_back(step_of(steps.at(j)));
    cases.push_back({vectors.at(i).at("name").text(), "mailbox", std::move(transcript)});
  }
  return cases;
}

}  // namespace pspnic::vectors
