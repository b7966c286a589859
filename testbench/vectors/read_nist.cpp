// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/base/config_error.h"
#include "testbench/vectors/readers.h"
#include "testbench/vectors/rsp.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr unsigned kMonteCarloRounds = 1000;  // AESAVS, section 6.4.1

std::string rsp_id(const RspCase& one, const char* count) {
  const std::string line = "line " + one.place.substr(one.place.rfind(':') + 1);
  return one.has(count) ? "count " + one.text(count) + ", " + line : line;
}

void check_size(const RspCase& one, const char* name, size_t bytes, const char* length, size_t bits) {
  if (bytes * 8 == bits) return;
  throw base::ConfigError(one.place, std::string(name) + " has " + std::to_string(8 * bytes) + " bits, " +
                                         length + " says " + std::to_string(bits));
}

void check_aes_key(const RspCase& one, const Bytes& key) {
  if (key.size() == 16 || key.size() == 24 || key.size() == 32) return;
  throw base::ConfigError(
      one.place, "the key has " + std::to_string(8 * key.size()) + " bits, keys of AES have 128, 192 or 256");
}

// [IVlen], [Taglen] and the like, where the file has them.
void check_lengths(const RspCase& one, const Gcm& gcm) {
  const auto check = [&](const char* name, size_t bytes, const char* length) {
    if (one.section.contains(length)) check_size(one, name, bytes, length, one.section_number(length));
  };
  check("Key", gcm.key.size(), "Keylen");
  check("IV", gcm.iv.size(), "IVlen");
  check("AAD", gcm.aad.size(), "AADlen");
  check("Tag", gcm.tag.size(), "Taglen");
  check("CT", gcm.ciphertext.size(), "PTlen");
}

}  // namespace

std::vector<Case> read_nist_ecb(std::string_view content, const std::string& origin) {
  // "# AESVS MCT test data for ECB"
  const bool monte_carlo = content.substr(0, content.find('[')).find(" MCT ") != std::string_view::npos;
  std::vector<Case> cases;
  for (const RspCase& one : read_rsp(content, origin)) {
    AesBlocks blocks;
    blocks.decrypt = one.section.contains("DECRYPT");
    if (!blocks.decrypt && !one.section.contains("ENCRYPT")) {
      throw base::ConfigError(one.place, "stands in neither [ENCRYPT] nor [DECRYPT]");
    }
    blocks.rounds = monte_carlo ? kMonteCarloRounds : 1;
    blocks.key = one.bytes("KEY");
    check_aes_key(one, blocks.key);
    blocks.input = one.bytes(blocks.decrypt ? "CIPHERTEXT" : "PLAINTEXT");
    blocks.output = one.bytes(blocks.decrypt ? "PLAINTEXT" : "CIPHERTEXT");
    if (blocks.input.empty() || blocks.input.size() % kBlockBytes != 0 ||
        blocks.input.size() != blocks.output.size()) {
      throw base::ConfigError(one.place,
                              "PLAINTEXT and CIPHERTEXT must be as long as each other, whole blocks");
    }
    cases.push_back({rsp_id(one, "COUNT"), blocks.decrypt ? "decrypt" : "encrypt", std::move(blocks)});
  }
  return cases;
}

std::vector<Case> read_nist_gcm(std::string_view content, const std::string& origin) {
  std::vector<Case> cases;
  bool open = false;
  // A file has one direction, and only opening has cases that fail or a plaintext behind the tag.
  const std::vector<RspCase> read = read_rsp(content, origin);
  for (const RspCase& one : read) open = open || one.fail || !one.has("PT");
  if (!open) open = content.substr(0, content.find('[')).find("Decrypt") != std::string_view::npos;
  for (const RspCase& one : read) {
    Gcm gcm;
    gcm.open = open;
    gcm.valid = !one.fail;
    gcm.key = one.bytes("Key");
    gcm.iv = one.bytes("IV");
    gcm.aad = one.bytes("AAD");
    gcm.ciphertext = one.bytes("CT");
    gcm.tag = one.bytes("Tag");
    if (one.fail && one.has("PT")) throw base::ConfigError(one.place, "has PT and FAIL: one of them alone");
    if (gcm.valid) gcm.plaintext = one.bytes("PT");
    check_aes_key(one, gcm.key);
    check_lengths(one, gcm);
    if (gcm.valid) check_size(one, "PT", gcm.plaintext.size(), "the length of CT", 8 * gcm.ciphertext.size());
    cases.push_back({rsp_id(one, "Count"), open ? "open" : "seal", std::move(gcm)});
  }
  return cases;
}

// Two forms: KEY, MESSAGE, OUTPUT of SP 800-38B's examples; Klen, Mlen, Tlen, Key, Msg, Mac of CMACVS, with
// Result P or F in files to verify.
std::vector<Case> read_nist_cmac(std::string_view content, const std::string& origin) {
  std::vector<Case> cases;
  for (const RspCase& one : read_rsp(content, origin)) {
    Cmac cmac;
    if (one.has("MESSAGE")) {
      cmac.key = one.bytes("KEY");
      cmac.message = one.bytes("MESSAGE");
      cmac.tag = one.bytes("OUTPUT");
    } else {
      cmac.key = one.bytes("Key");
      cmac.message = one.bytes("Msg");
      cmac.tag = one.bytes("Mac");
      check_size(one, "Key", cmac.key.size(), "Klen", 8 * one.number("Klen"));
      check_size(one, "Mac", cmac.tag.size(), "Tlen", 8 * one.number("Tlen"));
      const unsigned length = one.number("Mlen");
      if (length == 0) cmac.message.clear();  // written as 00
      check_size(one, "Msg", cmac.message.size(), "Mlen", 8 * length);
      if (one.has("Result")) {
        cmac.valid = one.text("Result").starts_with('P');
        if (!cmac.valid && !one.text("Result").starts_with('F')) {
          throw base::ConfigError(one.place, "Result must begin with P or F");
        }
      }
    }
    check_aes_key(one, cmac.key);
    if (cmac.tag.empty() || cmac.tag.size() > kBlockBytes) {
      throw base::ConfigError(one.place, "a tag of CMAC has 1..16 bytes");
    }
    const bool verify = one.has("Result");
    cases.push_back(
        {rsp_id(one, one.has("COUNT") ? "COUNT" : "Count"), verify ? "verify" : "generate", std::move(cmac)});
  }
  return cases;
}

}  // namespace pspnic::vectors
