// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "model/psp/check.h"
#include "model/psp/kdf.h"
#include "model/psp/spi.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/vectors/bare_aes.h"
#include "testbench/vectors/descriptors.h"
#include "testbench/vectors/packets.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {
namespace {

std::string compare(const char* what, const Bytes& expected, const Bytes& got) {
  return diff::annotated_diff(expected, got, {{0, expected.size(), what}});
}

class Library final : public Through {
 public:
  explicit Library(const psp::Engine& engine) : engine_(engine), aead_(engine.make_aead()) {}

  Failures run(std::span<const Case* const> cases, const Step& step) override {
    Failures failures;
    for (const Case* one : cases) {
      failures.push_back(std::visit([this](const auto& work) { return check(work); }, one->work));
      step(failures.size());
    }
    return failures;
  }

 private:
  std::string check(const AesBlocks& blocks) {
    return compare(blocks.decrypt ? "plaintext" : "ciphertext", blocks.output, aes_ecb(blocks));
  }

  std::string check(const Cmac& cmac) {
    Bytes tag = aes_cmac(cmac.key, cmac.message);
    tag.resize(std::min(tag.size(), cmac.tag.size()));
    if (!cmac.valid) return tag == cmac.tag ? "a tag that is wrong came out" : "";
    return compare("tag", cmac.tag, tag);
  }

  std::string check(const Gcm& gcm) {
    const psp::SessionKey key(gcm.key);
    const psp::Nonce nonce(gcm.iv.data(), psp::kNonceBytes);
    if (!gcm.open) {
      Bytes text = gcm.plaintext;
      Bytes tag(psp::kIcvBytes);
      if (!aead_->seal(key, nonce, gcm.aad, text, std::span<uint8_t, psp::kIcvBytes>(tag))) {
        return "the engine does not seal";
      }
      if (std::string wrong = compare("ciphertext", gcm.ciphertext, text); !wrong.empty()) return wrong;
      tag.resize(std::min(tag.size(), gcm.tag.size()));
      return compare("tag", gcm.tag, tag);
    }
    Bytes text = gcm.ciphertext;
    const bool opened =
        aead_->open(key, nonce, gcm.aad, text, std::span<const uint8_t, psp::kIcvBytes>(gcm.tag));
    if (!gcm.valid) {
      if (opened) return "opened, and must be refused: the tag is wrong";
      return compare("text left behind", Bytes(text.size()), text);
    }
    if (!opened) return "refused, and must be opened: the tag is right";
    return compare("plaintext", gcm.plaintext, text);
  }

  std::string check(const Derivation& key) {
    const auto version = static_cast<psp::Version>(key.version);
    for (size_t i = 0; i < key.input_blocks.size(); ++i) {
      if (key.input_blocks.size() != psp::kdf_blocks(version)) return "the number of input blocks differs";
      const auto block = psp::input_block(key.spi, version, static_cast<uint32_t>(i + 1));
      const std::string wrong =
          compare("input block", key.input_blocks[i], Bytes(block.begin(), block.end()));
      if (!wrong.empty()) return wrong;
    }
    const psp::SessionKey got = derive(key.device_key, key.spi, version);
    return compare("session key", key.session_key, Bytes(got.view().begin(), got.view().end()));
  }

  std::string check(const Seal& seal) {
    const Encapsulated made = encapsulate_like(seal);
    if (!made.failure.empty()) return made.failure;
    if (!seal.driver.empty()) {
      const std::string difference = diff::annotated_diff(
          seal.driver, made.driver, diff::frame_fields(seal.driver, diff::Written::kDriver));
      if (!difference.empty()) return "driver's frame, " + difference;
    }
    const Bytes& key = seal.keys[psp::spi_phase(made.header.spi)];
    const auto version = static_cast<psp::Version>(made.header.version);
    const Sealed sealed =
        seal_frame(*aead_, derive(key, made.header.spi, version), made.driver, made.header.iv);
    if (!sealed.failure.empty()) return sealed.failure;
    const std::string difference =
        diff::annotated_diff(seal.wire, sealed.frame, diff::frame_fields(seal.wire));
    return difference.empty() ? difference : "frame on the wire, " + difference;
  }

  std::string check(const Receive& receive) {
    const Opened got = open_frame(*aead_, receive.frame, [&](uint32_t spi, psp::Version version) {
      return derive(receive.keys[psp::spi_phase(spi)], spi, version);
    });
    if (got.verdict != receive.verdict) {
      return fmt::format("verdict \"{}\" ({}), expected \"{}\"", psp::text(got.verdict),
                         psp::text(got.reason), psp::text(receive.verdict));
    }
    if ((got.reason == psp::Reason::kNone) != (got.verdict == psp::Verdict::kDeliver)) {
      return fmt::format("verdict \"{}\" with reason \"{}\"", psp::text(got.verdict), psp::text(got.reason));
    }
    if (receive.in_memory) {
      const std::string difference = diff::annotated_diff(
          *receive.in_memory, got.in_memory, diff::frame_fields(*receive.in_memory, diff::Written::kOpened));
      if (!difference.empty()) return "decrypted frame, " + difference;
    }
    if (receive.cleartext) {
      const std::string difference =
          diff::annotated_diff(*receive.cleartext, got.cleartext, diff::frame_fields(*receive.cleartext));
      if (!difference.empty()) return "cleartext, " + difference;
    }
    return {};
  }

  std::string check(const Merge&) { throw std::runtime_error("merging needs a card"); }
  std::string check(const Transcript&) { throw std::runtime_error("a mailbox transcript needs a card"); }

  std::string check(const DescriptorImage& descriptor) { return check_descriptor(descriptor); }

  std::string check(const Segment& segment) {
    const auto version = static_cast<psp::Version>(segment.version);
    const psp::SessionKey key =
        segment.device_key.empty() ? psp::SessionKey() : derive(segment.device_key, segment.spi, version);
    const Sealed made = cut_segment(*aead_, key, segment);
    if (!made.failure.empty()) return made.failure;
    const std::string difference =
        diff::annotated_diff(segment.wire, made.frame, diff::frame_fields(segment.wire));
    return difference.empty() ? difference : "segment on the wire, " + difference;
  }

  psp::SessionKey derive(const Bytes& device_key, uint32_t spi, psp::Version version) {
    if (device_key.size() != psp::kDeviceKeyBytes) return {};  // opens nothing
    if (device_key != kdf_key_) {
      const psp::DeviceKey key(
          std::span<const uint8_t, psp::kDeviceKeyBytes>(device_key.data(), psp::kDeviceKeyBytes));
      kdf_ = std::make_unique<psp::Kdf>(engine_.make_kdf(key));
      kdf_key_ = device_key;
    }
    return kdf_->derive(spi, version);
  }

  const psp::Engine& engine_;
  std::unique_ptr<psp::Aead> aead_;
  std::unique_ptr<psp::Kdf> kdf_;  // of the last device key
  Bytes kdf_key_;
};

}  // namespace

std::unique_ptr<Through> make_library(const psp::Engine& engine) {
  return std::make_unique<Library>(engine);
}

bool has_bare_aes(const psp::Engine& engine) {
  return std::string_view(engine.name) == psp::reference_engine().name;
}

}  // namespace pspnic::vectors
