// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/readers.h"

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
      "a.file:4: IV has 8 bits, IVlen says 96");
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
