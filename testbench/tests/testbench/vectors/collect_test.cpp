// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/collect.h"

#include <nlohmann/json.hpp>

#include "model/base/config_error.h"
#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::vectors {
namespace {

namespace fs = std::filesystem;

class CollectTest : public testing::Test {
 protected:
  CollectTest() {
    const testing::TestInfo& info = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("pspnic_collect_" + std::to_string(getpid()) + info.name());
    fs::create_directories(folder_);
  }
  ~CollectTest() override { fs::remove_all(folder_); }

  std::string put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  std::string copy(const std::string& from, const std::string& name) {
    return put(name, test::content_of(test::fixture(from)));
  }
  static std::string refusal(const std::string& path) {
    try {
      collect({path});
    } catch (const base::ConfigError& error) {
      return error.rule();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(CollectTest, FoldersAreWalkedAndTheRestIsSkipped) {
  copy("ecb.rsp", "b.txt");
  copy("gcm_decrypt.rsp", "a.json");
  put("README", "words");
  const Collected collected = collect({folder_.string()});
  ASSERT_EQ(collected.files.size(), 2u);
  EXPECT_TRUE(collected.files[0].path.ends_with("a.json"));
  EXPECT_EQ(collected.files[0].cases.size(), 3u);
  ASSERT_EQ(collected.skipped.size(), 1u);
  EXPECT_TRUE(collected.skipped[0].ends_with("README"));
}

TEST_F(CollectTest, NamedFilesMustBeVectors) {
  EXPECT_EQ(refusal((folder_ / "none").string()), "there is no such file or folder");
  EXPECT_EQ(refusal(put("words", "words")), "is in no format of test vectors known here");
  EXPECT_EQ(refusal(test::fixture("wycheproof_other.json")),
            "has Wycheproof vectors of an algorithm that PSP does not use");
  EXPECT_EQ(refusal(test::fixture("triple/two")),
            "makes vectors only with the cleartext capture, configuration and encrypted capture of one set");
}

TEST_F(CollectTest, ADamagedFileIsAFailureAndTheOthersGoOn) {
  const std::string whole = test::content_of(test::fixture("google_packets.json"));
  const std::string damaged = put("damaged", whole.substr(0, whole.size() / 2));
  const Collected collected = collect({damaged, test::fixture("ecb.rsp")});
  ASSERT_EQ(collected.files.size(), 2u);
  EXPECT_TRUE(collected.files[0].failure.starts_with(damaged + ":")) << collected.files[0].failure;
  EXPECT_TRUE(collected.files[0].cases.empty());
  EXPECT_EQ(collected.files[1].cases.size(), 4u);
}

TEST_F(CollectTest, EachFileOnce) {
  const std::string path = copy("ecb.rsp", "ecb");
  EXPECT_EQ(collect({path, folder_.string(), (folder_ / "." / "ecb").string()}).files.size(), 1u);
}

TEST_F(CollectTest, ATripleIsFoundByContent) {
  const Collected collected = collect({test::fixture("triple")});
  ASSERT_EQ(collected.files.size(), 1u);
  EXPECT_EQ(collected.files[0].failure, "");
  EXPECT_EQ(collected.files[0].cases.size(), 2u);
  EXPECT_TRUE(collected.files[0].path.ends_with("two"));
  EXPECT_TRUE(collected.skipped.empty());
}

// An encrypted capture whose header fits no configuration fails; it is not left out.
TEST_F(CollectTest, AnEncryptedCaptureWithoutItsPartner) {
  copy("triple/one", "one");
  copy("triple/three", "three");
  std::string encrypted = test::content_of(test::fixture("triple/two"));
  encrypted[24 + 16 + 14 + 20 + 8 + 4] ^= 1;  // pcap headers, Ethernet, IPv4, UDP: the SPI
  put("two", encrypted);
  Collected collected = collect({folder_.string()});
  ASSERT_EQ(collected.files.size(), 2u);
  EXPECT_NE(collected.files[0].failure.find("no configuration has the SPI"), std::string::npos);
  EXPECT_NE(collected.files[1].failure.find("three: is the configuration of no encrypted capture"),
            std::string::npos);
  copy("triple/two", "two");
  fs::remove(folder_ / "one");
  collected = collect({folder_.string()});
  ASSERT_EQ(collected.files.size(), 1u);
  EXPECT_NE(collected.files[0].failure.find("no cleartext capture"), std::string::npos);
}

// What makes an encrypted capture one is its headers: without them it is nobody's.
TEST_F(CollectTest, AnEncryptedCaptureWithADamagedHeader) {
  copy("triple/one", "one");
  copy("triple/three", "three");
  std::string encrypted = test::content_of(test::fixture("triple/two"));
  encrypted[24 + 16 + 12] ^= 1;  // pcap headers: the EtherType
  put("two", encrypted);
  const Collected collected = collect({folder_.string()});
  ASSERT_EQ(collected.files.size(), 2u);
  EXPECT_NE(collected.files[0].failure.find("three: is the configuration of no"), std::string::npos);
  EXPECT_NE(collected.files[1].failure.find("two: has frames as long as those of an encrypted capture"),
            std::string::npos);
  EXPECT_EQ(collected.skipped.size(), 1u) << "the cleartext may be any capture";
}

// In a folder of many others a file that lost its vectors must not go unseen.
TEST_F(CollectTest, FilesWithoutTheirVectors) {
  put("empty.json", "{\"format\": \"pspnic-kdf-1\", \"vectors\": []}");
  put("cut.json", "{\"vectors\": [");
  put("twice.json", "{\"format\": \"pspnic-kdf-1\", \"vectors\": [], \"vectors\": []}");
  put("other.json", "{\"a\": 1}");
  fs::create_symlink(folder_ / "none", folder_ / "link");
  const Collected collected = collect({folder_.string()});
  ASSERT_EQ(collected.files.size(), 3u);
  EXPECT_NE(collected.files[0].failure.find("is not JSON from here on"), std::string::npos);
  EXPECT_NE(collected.files[1].failure.find("has the form of vectors, and none in it"), std::string::npos);
  EXPECT_NE(collected.files[2].failure.find("member \"vectors\" stands twice"), std::string::npos);
  EXPECT_EQ(collected.skipped.size(), 2u) << "a link to nowhere, JSON of another kind";
}

TEST_F(CollectTest, ByteOrderMarksAndNamesThatStandTwice) {
  const std::string ecb = test::content_of(test::fixture("ecb.rsp"));
  EXPECT_EQ(collect({put("bom", "\xef\xbb\xbf" + ecb)}).files.at(0).cases.size(), 4u);
  nlohmann::json own = nlohmann::json::parse(test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/kdf.json"));
  own["vectors"][1] = own["vectors"][0];
  const Collected twice = collect({put("own", own.dump())});
  EXPECT_NE(twice.files.at(0).failure.find("has two vectors of the name"), std::string::npos);
  EXPECT_TRUE(twice.files.at(0).cases.empty()) << "a damaged file is not run";
}

TEST_F(CollectTest, ACaptureThatEndsInAPacket) {
  const std::string whole = test::content_of(test::fixture("triple/two"));
  const Collected collected = collect({put("cut", whole.substr(0, whole.size() - 3))});
  ASSERT_EQ(collected.files.size(), 1u);
  EXPECT_NE(collected.files[0].failure.find("packet 1"), std::string::npos) << collected.files[0].failure;
}

}  // namespace
}  // namespace pspnic::vectors
