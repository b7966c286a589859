// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/applicable.h"

#include "model/base/config_error.h"
#include "model/psp/header.h"
#include "model/psp/spi.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kLaneBytes = 16383;  // rtl/gcm: width of the length ports

std::string check_key(const Bytes& key) {
  if (key.size() == 16 || key.size() == 32) return {};
  return "key of " + std::to_string(8 * key.size()) + " bits: PSP has 128 and 256";
}

struct Rules {
  Way way;
  bool bare_aes;

  std::string bare(const Bytes& key) const {
    if (way == Way::kDevice) return "no packet: a card takes no bare AES, AES-GCM or AES-CMAC";
    if (std::string rule = check_key(key); !rule.empty()) return rule;
    return bare_aes ? "" : "bare AES and CMAC: this engine offers AES-GCM and key derivation only";
  }
  std::string operator()(const AesBlocks& blocks) const { return bare(blocks.key); }
  std::string operator()(const Cmac& cmac) const { return bare(cmac.key); }
  std::string operator()(const Gcm& gcm) const {
    if (way == Way::kDevice) return "no packet: a card takes no bare AES, AES-GCM or AES-CMAC";
    if (std::string rule = check_key(gcm.key); !rule.empty()) return rule;
    if (gcm.iv.size() != psp::kNonceBytes) {
      return "IV of " + std::to_string(8 * gcm.iv.size()) + " bits: PSP's nonce has 96";
    }
    if (gcm.open && gcm.tag.size() != psp::kIcvBytes) {
      return "tag of " + std::to_string(8 * gcm.tag.size()) + " bits to open: PSP's ICV has 128";
    }
    const size_t text = gcm.open ? gcm.ciphertext.size() : gcm.plaintext.size();
    if (way == Way::kRtl && (text > kLaneBytes || gcm.aad.size() > kLaneBytes)) {
      return "more than 16383 bytes: a lane's longest text and header";
    }
    return {};
  }
  std::string operator()(const Derivation& key) const {
    if (way == Way::kDevice && psp::is_reserved_spi(key.spi)) {
      return "SPI whose low 31 bits are 0: reserved, no packet may carry it";
    }
    return {};
  }
  std::string operator()(const Seal&) const { return {}; }
  std::string operator()(const Receive&) const { return {}; }
  std::string operator()(const Segment&) const { return {}; }
  std::string operator()(const Merge&) const {
    return way == Way::kDevice ? "" : "merging: it needs a card, which holds packets back";
  }
  std::string operator()(const DescriptorImage&) const {
    return way == Way::kLibrary ? "" : "descriptor: a layout, read and written by the library alone";
  }
  std::string operator()(const Transcript&) const {
    return way == Way::kDevice ? "" : "mailbox transcript: it needs a card";
  }
};

}  // namespace

const char* name_of(Way way) {
  switch (way) {
    case Way::kLibrary:
      return "library";
    case Way::kDevice:
      return "device";
    case Way::kRtl:
      break;
  }
  return "rtl";
}

Way parse_way(const std::string& text) {
  for (const Way way : {Way::kLibrary, Way::kDevice, Way::kRtl}) {
    if (text == name_of(way)) return way;
  }
  throw base::ConfigError("--through " + text, "must be library, device or rtl");
}

std::string not_applicable(const Case& one, Way way, bool engine_has_bare_aes) {
  return std::visit(Rules{way, engine_has_bare_aes}, one.work);
}

}  // namespace pspnic::vectors
