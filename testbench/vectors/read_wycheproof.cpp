// SPDX-License-Identifier: Apache-2.0
// https://github.com/C2SP/wycheproof, schemas aead_test_schema.json, mac_with_iv_test_schema.json and
// mac_test_schema.json.
#include "testbench/vectors/json_view.h"
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {
namespace {

// "acceptable" is weak, yet right: what comes out must be that.
bool is_valid(const JsonView& test) {
  const std::string result = test.at("result").text();
  if (result == "valid" || result == "acceptable") return true;
  if (result == "invalid") return false;
  test.at("result").fail("is \"" + result + "\", must be valid, acceptable or invalid");
}

std::string wycheproof_id(const JsonView& test) {
  return "tcId " + std::to_string(test.at("tcId").number(1u << 30));
}

// A group's sizes in bits hold for each of its tests. Invalid tests may break them.
void check_bits(const JsonView& group, const char* name, const Bytes& bytes, const JsonView& test,
                bool valid) {
  if (!valid || !group.has(name)) return;
  const uint64_t bits = group.at(name).number(1u << 30);
  if (8 * bytes.size() < bits) test.fail(std::string("is shorter than its group's ") + name + " says");
}

void add_gcm(const JsonView& group, const JsonView& test, bool gmac, std::vector<Case>& cases) {
  Gcm gcm;
  gcm.valid = is_valid(test);
  gcm.key = test.at("key").hex();
  gcm.iv = test.at("iv").hex();
  gcm.aad = test.at(gmac ? "msg" : "aad").hex();
  if (!gmac) {
    gcm.plaintext = test.at("msg").hex();
    gcm.ciphertext = test.at("ct").hex();
  }
  gcm.tag = test.at("tag").hex();
  check_bits(group, "keySize", gcm.key, test, gcm.valid);
  check_bits(group, "tagSize", gcm.tag, test, gcm.valid);
  if (gcm.valid && gcm.plaintext.size() != gcm.ciphertext.size()) {
    test.fail("has msg and ct of different lengths");
  }
  const std::string id = wycheproof_id(test);
  if (gcm.valid) cases.push_back({id + ", seal", "seal", gcm});
  gcm.open = true;
  cases.push_back({id + (gcm.valid ? ", open" : ", refuse"), gcm.valid ? "open" : "refuse", std::move(gcm)});
}

void add_cmac(const JsonView& test, std::vector<Case>& cases) {
  Cmac cmac;
  cmac.valid = is_valid(test);
  cmac.key = test.at("key").hex();
  cmac.message = test.at("msg").hex();
  cmac.tag = test.at("tag").hex();
  if (cmac.valid && cmac.tag.empty()) test.at("tag").fail("is empty");
  cases.push_back({wycheproof_id(test), cmac.valid ? "generate" : "refuse", std::move(cmac)});
}

}  // namespace

std::vector<Case> read_wycheproof(std::string_view content, const std::string& origin) {
  const nlohmann::json document = JsonView::parse(content, origin);
  const JsonView file(document, origin + ": ");
  const std::string algorithm = file.at("algorithm").text();
  const bool gmac = algorithm == "AES-GMAC";
  const bool cmac = algorithm == "AES-CMAC";
  std::vector<Case> cases;
  if (!gmac && !cmac && algorithm != "AES-GCM") return cases;
  const JsonView groups = file.at("testGroups");
  for (size_t i = 0; i < groups.size(); ++i) {
    const JsonView group = groups.at(i);
    const JsonView tests = group.at("tests");
    for (size_t j = 0; j < tests.size(); ++j) {
      if (cmac) {
        add_cmac(tests.at(j), cases);
      } else {
        add_gcm(group, tests.at(j), gmac, cases);
      }
    }
  }
  return cases;
}

}  // namespace pspnic::vectors
