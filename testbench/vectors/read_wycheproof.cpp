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

// A group's sizes in bits hold for each of its valid tests; invalid ones may break them.
void check_bits(const JsonView& group, const char* name, const char* member, const JsonView& test) {
  if (!group.has(name) || !is_valid(test)) return;
  const uint64_t bits = group.at(name).number(1u << 30);
  const uint64_t has = 8 * test.at(member).hex().size();
  if (has != bits) {
    test.at(member).fail("has " + std::to_string(has) + " bits, its group's " + name + " says " +
                         std::to_string(bits));
  }
}

void add_gcm(const JsonView& test, bool gmac, std::vector<Case>& cases) {
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
  size_t count = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    const JsonView group = groups.at(i);
    const JsonView tests = group.at("tests");
    count += tests.size();
    for (size_t j = 0; j < tests.size(); ++j) {
      check_bits(group, "keySize", "key", tests.at(j));
      check_bits(group, "tagSize", "tag", tests.at(j));
      if (!cmac) check_bits(group, "ivSize", "iv", tests.at(j));
      if (cmac) {
        add_cmac(tests.at(j), cases);
      } else {
        add_gcm(tests.at(j), gmac, cases);
      }
    }
  }
  if (file.has("numberOfTests") && file.at("numberOfTests").number(1u << 30) != count) {
    file.at("numberOfTests").fail("is not " + std::to_string(count) + ", how many there are");
  }
  return cases;
}

}  // namespace pspnic::vectors
