// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/readers.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>

#include "model/base/config_error.h"
#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::vectors {
namespace {

std::string refusal(Format format, const std::string& content) {
  try {
    read_cases(format, content, "a.file");
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

template <class Work>
const Work& work(const std::vector<Case>& cases, size_t index) {
  return std::get<Work>(cases.at(index).work);
}

TEST(ReadNist, Ecb) {
  const std::vector<Case> cases = test::cases_of("ecb.rsp");
  ASSERT_EQ(cases.size(), 4u);
  EXPECT_EQ(cases[1].id, "count 1, line 11");
  EXPECT_EQ(cases[1].group, "encrypt");
  EXPECT_EQ(work<AesBlocks>(cases, 1).key.size(), 32u);
  EXPECT_EQ(work<AesBlocks>(cases, 1).input.size(), 32u);
  EXPECT_EQ(work<AesBlocks>(cases, 1).rounds, 1u);
  EXPECT_TRUE(work<AesBlocks>(cases, 3).decrypt);
  EXPECT_EQ(work<AesBlocks>(test::cases_of("monte_carlo.rsp"), 0).rounds, 1000u);
}

TEST(ReadNist, Gcm) {
  const std::vector<Case> sealed = test::cases_of("gcm_encrypt.rsp");
  ASSERT_EQ(sealed.size(), 3u);
  EXPECT_FALSE(work<Gcm>(sealed, 0).open);
  EXPECT_EQ(work<Gcm>(sealed, 1).tag.size(), 4u);
  EXPECT_EQ(work<Gcm>(sealed, 2).iv.size(), 16u);
  const std::vector<Case> opened = test::cases_of("gcm_decrypt.rsp");
  ASSERT_EQ(opened.size(), 3u);
  for (const Case& one : opened) EXPECT_TRUE(std::get<Gcm>(one.work).open);
  EXPECT_TRUE(work<Gcm>(opened, 0).valid);
  EXPECT_FALSE(work<Gcm>(opened, 1).valid);
}

TEST(ReadNist, Cmac) {
  const std::vector<Case> cases = test::cases_of("cmac.txt");
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_TRUE(work<Cmac>(cases, 0).message.empty());
  const std::vector<Case> verify = test::cases_of("cmac_verify.rsp");
  ASSERT_EQ(verify.size(), 3u);
  EXPECT_TRUE(work<Cmac>(verify, 0).message.empty()) << "an empty message is written as 00";
  EXPECT_TRUE(work<Cmac>(verify, 1).valid);
  EXPECT_FALSE(work<Cmac>(verify, 2).valid);
}

TEST(ReadWycheproof, EachAlgorithm) {
  const std::vector<Case> gcm = test::cases_of("wycheproof_gcm.json");
  ASSERT_EQ(gcm.size(), 4u) << "a valid one is sealed and opened";
  EXPECT_EQ(gcm[0].id, "tcId 1, seal");
  EXPECT_EQ(gcm[2].id, "tcId 2, refuse");
  EXPECT_FALSE(work<Gcm>(gcm, 2).valid);
  const std::vector<Case> gmac = test::cases_of("wycheproof_gmac.json");
  ASSERT_EQ(gmac.size(), 3u);
  EXPECT_TRUE(work<Gcm>(gmac, 0).plaintext.empty());
  EXPECT_EQ(work<Gcm>(gmac, 0).aad.size(), 32u);
  EXPECT_EQ(test::cases_of("wycheproof_cmac.json").size(), 3u);
  EXPECT_TRUE(test::cases_of("wycheproof_other.json").empty());
}

// Sizes that the group of a valid test does not have, and a count that is not theirs.
TEST(ReadWycheproof, SizesAreTheGroups) {
  const std::pair<const char*, const char*> kFiles[] = {{"wycheproof_gcm.json", "iv"},
                                                        {"wycheproof_gcm.json", "key"},
                                                        {"wycheproof_gmac.json", "tag"},
                                                        {"wycheproof_cmac.json", "tag"}};
  for (const auto& [name, member] : kFiles) {
    const nlohmann::json good = nlohmann::json::parse(test::content_of(test::fixture(name)));
    nlohmann::json file = good;
    nlohmann::json& value = file["testGroups"][0]["tests"][0][member];
    value = value.get<std::string>().substr(2);
    EXPECT_THAT(refusal(Format::kWycheproof, file.dump()), testing::HasSubstr("bits, its group's")) << name;
    file = good;
    file["numberOfTests"] = 99;
    EXPECT_THAT(refusal(Format::kWycheproof, file.dump()), testing::HasSubstr("numberOfTests: is not "))
        << name;
  }
}

TEST(ReadGoogle, EachLayout) {
  EXPECT_EQ(test::cases_of("google_kdf.json").size(), 4u);
  EXPECT_EQ(test::cases_of("google_packets.json").size(), 6u);
  const std::vector<Case> receiver = test::cases_of("google_receiver.json");
  ASSERT_EQ(receiver.size(), 4u);
  EXPECT_EQ(work<Receive>(receiver, 3).verdict, psp::Verdict::kBad);
  const std::vector<Case> segments = test::cases_of("google_segments.json");
  EXPECT_EQ(segments.size(), 2 * work<Segment>(segments, 0).count);
}

TEST(ReadOwn, CountsOfTheManifest) {
  const std::string own = PSPNIC_SOURCE_DIR "/vectors/psp/";
  EXPECT_EQ(read_own_kdf(test::content_of(own + "kdf.json"), "kdf").size(), 200u);
  EXPECT_EQ(read_own_packets(test::content_of(own + "packets.json"), "packets").size(), 3 * 245u);
  EXPECT_EQ(read_own_receiver(test::content_of(own + "receiver.json"), "receiver").size(), 183u);
  EXPECT_GE(read_own_segments(test::content_of(own + "segments.json"), "segments").size(), 150u);
}

TEST(ReadOwn, Merges) {
  const std::string path = PSPNIC_SOURCE_DIR "/vectors/psp/merges.json";
  const std::vector<Case> cases = read_own_merges(test::content_of(path), path);
  EXPECT_EQ(cases.size(), 308u + 235u);
  EXPECT_EQ(work<Merge>(cases, 0).arriving.size(), 5u);
  EXPECT_EQ(work<Merge>(cases, 0).host.at(0).segment_bytes, 24);
}

// Each member that the packet says as well, changed by itself.
TEST(ReadOwn, APacketThatContradictsItsMembers) {
  const std::string content = test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/packets.json");
  nlohmann::json file = nlohmann::json::parse(content);
  const nlohmann::json good = file["vectors"][9];  // with a cookie and an extension
  const std::vector<std::pair<const char*, nlohmann::json>> kChanges = {{"iv", "000000000000ffff"},
                                                                        {"crypt_offset", 63},
                                                                        {"outer_family", 6},
                                                                        {"mode", "tunnel"},
                                                                        {"sample", true},
                                                                        {"drop_after_sample", true},
                                                                        {"source_port", 1},
                                                                        {"vc", "0000000000000001"},
                                                                        {"vc", nullptr},
                                                                        {"extension", "0011223344556677"}};
  for (const auto& [member, value] : kChanges) {
    file["vectors"] = {good};
    file["vectors"][0][member] = value;
    const std::vector<Case> cases = read_own_packets(file.dump(), "a.file");
    EXPECT_TRUE(cases.at(1).contradiction.starts_with(member)) << member << ": " << cases.at(1).contradiction;
    EXPECT_EQ(cases.at(2).contradiction, "");
  }
  file["vectors"][0] = good;
  EXPECT_EQ(read_own_packets(file.dump(), "a.file").at(1).contradiction, "");
}

// A frame that ends behind its PSP header, which tells of a cookie.
TEST(ReadOwn, APacketWithoutRoomForItsCookie) {
  nlohmann::json file =
      nlohmann::json::parse(test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/packets.json"));
  nlohmann::json one = file["vectors"][9];
  const size_t psp = one["offsets"]["psp"];
  one["offsets"]["cipher"] = one["offsets"]["icv"] = psp + 16;
  one["driver"] = one["driver"].get<std::string>().substr(0, 2 * (psp + 16));
  one["encrypted"] = one["encrypted"].get<std::string>().substr(0, 2 * (psp + 32));
  file["vectors"] = {one};
  EXPECT_NE(read_own_packets(file.dump(), "a.file").at(1).contradiction, "");
}

TEST(ReadGoogle, APacketThatContradictsItsMembers) {
  const nlohmann::json good = nlohmann::json::parse(test::content_of(test::fixture("google_packets.json")));
  const std::vector<std::pair<const char*, nlohmann::json>> kChanges = {
      {"iv", "000000000000ffff"}, {"nonce", "000000000000000000000000"},
      {"crypt_offset_words", 62}, {"crypt_offset_bytes", 99},
      {"ip_version", 6},          {"mode", "tunnel"},
      {"vc", "0000000000000000"}, {"aad_len", 1},
      {"ciphertext_len", 1},      {"icv", "00112233445566778899aabbccddeeff"}};
  for (const auto& [member, value] : kChanges) {
    nlohmann::json file = good;
    file["packets"][0][member] = value;
    const std::string said = read_google_packets(file.dump(), "a.file").at(1).contradiction;
    EXPECT_TRUE(said.starts_with(member)) << member << ": " << said;
  }
}

// What a key is derived from: the key's vector fails by the cause as well.
TEST(ReadOwn, AContradictionOfTheKeysInputs) {
  nlohmann::json file =
      nlohmann::json::parse(test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/packets.json"));
  const nlohmann::json good = file["vectors"][9];
  for (const auto& [member, value] :
       {std::pair<const char*, nlohmann::json>{"spi", "00000123"}, {"version", 2}}) {
    file["vectors"] = {good};
    file["vectors"][0][member] = value;
    const std::vector<Case> cases = read_own_packets(file.dump(), "a.file");
    EXPECT_TRUE(cases.at(0).contradiction.starts_with(member)) << cases.at(0).contradiction;
    EXPECT_EQ(cases.at(0).contradiction, cases.at(1).contradiction);
  }
  file["vectors"] = {good};
  file["vectors"][0]["iv"] = "000000000000ffff";
  EXPECT_EQ(read_own_packets(file.dump(), "a.file").at(0).contradiction, "");
}

TEST(ReadOwn, KeysAndFormsThatAreLeftOut) {
  nlohmann::json file = nlohmann::json::parse(test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/merges.json"));
  const auto stripped = [](const nlohmann::json& vector) { return vector.contains("stripped"); };
  nlohmann::json one = *std::find_if(file["vectors"].begin(), file["vectors"].end(), stripped);
  one.erase("stripped");
  file["vectors"] = {one};
  EXPECT_EQ(refusal(Format::kOwnMerges, file.dump()), "a.file: vectors[0]: has no member \"stripped\"");
  file["device_keys"].push_back(file["device_keys"][0]);
  EXPECT_EQ(refusal(Format::kOwnMerges, file.dump()), "a.file: device_keys: must be two keys");
}

TEST(ReadGoogle, SegmentsThatContradictTheirExample) {
  const nlohmann::json good = nlohmann::json::parse(test::content_of(test::fixture("google_segments.json")));
  EXPECT_EQ(read_google_segments(good.dump(), "a.file").at(0).contradiction, "");
  const std::vector<std::pair<const char*, nlohmann::json>> kChanges = {
      {"crypt_offset_words", 9}, {"first_seq", "00000000"}, {"first_ip_id", "ffff"}, {"psp_version", 2}};
  for (const auto& [member, value] : kChanges) {
    nlohmann::json file = good;
    file["examples"][0][member] = value;
    const std::string said = read_google_segments(file.dump(), "a.file").at(0).contradiction;
    EXPECT_TRUE(said.starts_with(member)) << member << ": " << said;
  }
  nlohmann::json file = good;
  file["examples"][0]["ip_version"] = 5;
  EXPECT_EQ(refusal(Format::kGoogleSegments, file.dump()), "a.file: examples[0].ip_version: must be 4 or 6");
}

TEST(ReadGoogle, VerdictsAreWholeWords) {
  const nlohmann::json good = nlohmann::json::parse(test::content_of(test::fixture("google_receiver.json")));
  for (const char* right :
       {"deliver", "deliver (remark)", "deliver if asked for", "drop, count bad (or not)"}) {
    nlohmann::json file = good;
    file["cases"][0]["expect"] = right;
    EXPECT_EQ(refusal(Format::kGoogleReceiver, file.dump()), "") << right;
  }
  for (const char* wrong : {"deliver NOT", "delivered", "drop, count errorless", "drop", ""}) {
    nlohmann::json file = good;
    file["cases"][0]["expect"] = wrong;
    EXPECT_THAT(refusal(Format::kGoogleReceiver, file.dump()),
                testing::StartsWith("a.file: cases[0].expect: must be \"deliver\""))
        << wrong;
  }
}

TEST(ReadOwn, Descriptors) {
  const std::string path = PSPNIC_SOURCE_DIR "/vectors/idpf/descriptors.json";
  const std::string content = test::content_of(path);
  EXPECT_EQ(recognise(content), Format::kOwnDescriptors);
  const std::vector<Case> cases = read_own_descriptors(content, path);
  EXPECT_EQ(cases.size(), 275u);
  EXPECT_EQ(work<DescriptorImage>(cases, 1).fields.at("address"), ~uint64_t{0});
}

TEST(Readers, NamePlaceAndRule) {
  EXPECT_EQ(refusal(Format::kOwnKdf, "{\"format\": \"pspnic-kdf-1\",\n \"vectors\": ["),
            "a.file:2:14: is not JSON from here on");
  EXPECT_EQ(refusal(Format::kOwnKdf, "{\"format\": \"pspnic-kdf-2\"}"),
            "a.file: format: is \"pspnic-kdf-2\", this program reads \"pspnic-kdf-1\"");
  EXPECT_THAT(refusal(Format::kOwnOther, "{\"format\": \"pspnic-packet-1\"}"),
              testing::StartsWith("a.file: format: is \"pspnic-packet-1\", must be pspnic-kdf-1"));
  EXPECT_EQ(
      refusal(Format::kOwnKdf, "{\"format\": \"pspnic-kdf-1\", \"vectors\": [{\"device_key\": \"0g\"}]}"),
      "a.file: vectors[0].device_key: must be bytes of two hexadecimal digits each");
  EXPECT_EQ(
      refusal(Format::kOwnKdf, "{\"format\": \"pspnic-kdf-1\", \"vectors\": [{\"device_key\": \"00\"}]}"),
      "a.file: vectors[0].device_key: has 1 bytes, must have 32");
  EXPECT_EQ(refusal(Format::kGoogleReceiver, "{\"cases\": 5}"), "a.file: cases: must be an array");
  EXPECT_EQ(refusal(Format::kWycheproof, "{\"algorithm\": \"AES-GCM\"}"),
            "a.file: has no member \"testGroups\"");
  EXPECT_EQ(refusal(Format::kNistEcb, "[ENCRYPT]\n\nCOUNT = 0\nKEY = 0\n"),
            "a.file:3: KEY must be bytes of two hexadecimal digits each");
  EXPECT_EQ(
      refusal(Format::kNistGcm,
              "[IVlen = 96]\n[Taglen = 128]\n\nCount = 0\nKey = 00\nIV = 00\nAAD =\nCT =\nTag =\nPT =\n"),
      "a.file:4: the key has 8 bits, keys of AES have 128, 192 or 256");
  const std::string key(32, '0');
  const std::string gcm = "[IVlen = 96]\n[Taglen = 128]\n\nCount = 0\nKey = " + key + "\nAAD =\nCT =\nIV = ";
  EXPECT_EQ(refusal(Format::kNistGcm, gcm + "00\nTag =\nPT =\n"), "a.file:4: IV has 8 bits, IVlen says 96");
  EXPECT_EQ(refusal(Format::kNistGcm, gcm + "\nTag = 00\nTag = 01\nPT =\n"),
            "a.file:4: Tag stands twice in one case: an empty line parts cases");
  EXPECT_EQ(refusal(Format::kNistGcm, gcm + "\nTag =\nPT =\nFAIL\n"),
            "a.file:4: has PT and FAIL: one of them alone");
  EXPECT_EQ(refusal(Format::kNistCmac,
                    "Klen = 16\nMlen = 0\nTlen = 1\nKey = " + key + "\nMsg = 00\nMac = 00\nResult = p\n"),
            "a.file:1: Result must begin with P or F");
}

// Whatever the bytes, a reader gives cases or a base::ConfigError. testbench/fuzz has the long run of this.
TEST(Readers, TakeAnything) {
  std::mt19937 random(1);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::fixture(""))) {
    if (!entry.is_regular_file()) continue;
    const std::string whole = test::content_of(entry.path().string());
    const Format format = recognise(whole);
    for (int i = 0; i < 60; ++i) {
      std::string damaged = whole;
      for (int j = 0; j < 3; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
      damaged.resize(damaged.size() - random() % 8);
      recognise(damaged);
      refusal(format, damaged);
    }
  }
}

}  // namespace
}  // namespace pspnic::vectors
