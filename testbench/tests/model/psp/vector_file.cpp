// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/psp/vector_file.h"

#include <fstream>
#include <stdexcept>
#include <utility>

#include "model/psp/encapsulate.h"
#include "model/psp/seal.h"
#include "model/psp/spi.h"

namespace pspnic::psp::test {
namespace {

nlohmann::json read_json(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return nlohmann::json::parse(file);
}

}  // namespace

Bytes from_hex(const std::string& hex) {
  auto bytes = vectors::parse_hex(hex);
  if (!bytes) throw std::runtime_error("no hexadecimal string: " + hex);
  return std::move(*bytes);
}

uint32_t hex32(const nlohmann::json& text) {
  return static_cast<uint32_t>(hex64(text));
}

uint64_t hex64(const nlohmann::json& text) {
  return std::stoull(text.get<std::string>(), nullptr, 16);
}

DeviceKey device_key(const std::string& hex) {
  const Bytes bytes = from_hex(hex);
  if (bytes.size() != kDeviceKeyBytes) throw std::runtime_error("a device key has 32 bytes");
  return DeviceKey(std::span<const uint8_t, kDeviceKeyBytes>(bytes.data(), kDeviceKeyBytes));
}

Bytes surround(const Bytes& frame, size_t headroom, size_t tailroom) {
  Bytes bytes(headroom, 0x5a);
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  bytes.insert(bytes.end(), tailroom, 0x5a);
  return bytes;
}

nlohmann::json read_own(const std::string& name) {
  return read_json(std::string(PSPNIC_SOURCE_DIR "/vectors/psp/") + name);
}

Receiver::Receiver(const std::string& key_0, const std::string& key_1, const Engine& engine)
    : kdf_{Kdf(engine.make_kdf(device_key(key_0))), Kdf(engine.make_kdf(device_key(key_1)))},
      aead_(engine.make_aead()) {}

Received Receiver::receive(const Bytes& frame) {
  Bytes copy = frame;
  const Check check = check_packet(copy, net::parse_frame(copy));
  if (check.verdict != Verdict::kDeliver) return {check.verdict, check.reason, {}};
  const SessionKey key =
      kdf_[spi_phase(check.header.spi)].derive(check.header.spi, static_cast<Version>(check.header.version));
  if (!open(*aead_, key, check.psp_packet(copy))) return {Verdict::kAuthFail, Reason::kIcvMismatch, {}};
  FrameBuffer buffer{copy, 0, copy.size()};
  if (decapsulate(buffer) != EncapStatus::kOk) return {Verdict::kError, Reason::kNone, {}};
  const std::span<uint8_t> left = buffer.frame();
  return {Verdict::kDeliver, Reason::kNone, Bytes(left.begin(), left.end())};
}

}  // namespace pspnic::psp::test
