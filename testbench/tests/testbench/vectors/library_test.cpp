// SPDX-License-Identifier: Apache-2.0
// All vectors of this repository, of Debian's python3-cryptography-vectors, and of the directory that
// PSPNIC_EXTRA_VECTORS names, through each crypto engine; and what is seen when one is wrong.
#include <gmock/gmock.h>

#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::vectors {
namespace {

using test::Tally;
using testing::IsEmpty;
using testing::StartsWith;

class LibraryVectors : public psp::test::EngineTest {
 protected:
  static bool bare() { return has_bare_aes(engine()); }
  static Tally run(const std::vector<std::string>& paths) {
    const auto library = make_library(engine());
    return test::tally(paths, Way::kLibrary, *library, bare());
  }
};
PSPNIC_ON_EVERY_ENGINE(LibraryVectors);

TEST_P(LibraryVectors, Own) {
  const Tally sums = run({PSPNIC_SOURCE_DIR "/vectors"});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_GE(sums.run, 1605u);
  EXPECT_EQ(sums.cases - sums.run, 12u + 308 + 235) << "mailbox transcripts, packets to be merged";
}

TEST_P(LibraryVectors, EveryFormat) {
  const Tally sums = run({test::fixture("")});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.cases, 49u);
  EXPECT_EQ(sums.run, bare() ? 44u : 32u);
}

TEST_P(LibraryVectors, Nist) {
  if (!test::has_nist()) GTEST_SKIP() << test::kNoNist;
  const Tally gcm = run({test::nist("ciphers/AES/GCM")});
  EXPECT_THAT(gcm.wrong, IsEmpty());
  // 375 cases have 96 bits of IV and one length of tag: opening takes one length, sealing all seven.
  EXPECT_EQ(gcm.run, 2 * 375u + 2 * 7 * 375u);
  const Tally blocks = run({test::nist("ciphers/AES/ECB"), test::nist("CMAC")});
  EXPECT_THAT(blocks.wrong, IsEmpty());
  EXPECT_EQ(blocks.run, bare() ? 2 * 709u + 8 : 0u);
}

TEST_P(LibraryVectors, Published) {
  const std::string folder = test::extra_vectors();
  if (folder.empty()) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  const Tally sums = run({folder});
  EXPECT_THAT(sums.wrong, IsEmpty());
  // Keys, packets with their keys both ways, receiver cases, segments both ways, captures both ways.
  EXPECT_EQ(sums.run, 118 + 3 * 52u + 70 + 2 * 32 + 2 * 52);
}

// One byte of each kind of answer changed.
TEST(WrongVectors, AreSeenAndNamed) {
  const auto library = make_library(psp::reference_engine());
  const auto failure = [&](const Case& one) {
    const Case* pointer = &one;
    return library->run({&pointer, 1}, [](size_t) {}).at(0);
  };
  const auto broken = [&](const std::string& name, size_t index, auto change) {
    std::vector<Case> cases = test::cases_of(name);
    EXPECT_EQ(failure(cases.at(index)), "") << name;
    change(cases.at(index).work);
    return failure(cases.at(index));
  };
  EXPECT_THAT(broken("ecb.rsp", 0, [](auto& work) { std::get<AesBlocks>(work).output[3] ^= 1; }),
              StartsWith("at 0003: ciphertext, byte 4 of 16"));
  EXPECT_THAT(broken("gcm_encrypt.rsp", 0, [](auto& work) { std::get<Gcm>(work).tag[0] ^= 1; }),
              StartsWith("at 0000: tag, byte 1 of 16"));
  EXPECT_EQ(broken("gcm_decrypt.rsp", 0, [](auto& work) { std::get<Gcm>(work).tag[0] ^= 1; }),
            "refused, and must be opened: the tag is right");
  EXPECT_EQ(broken("gcm_decrypt.rsp", 1, [](auto& work) { std::get<Gcm>(work).tag[0] ^= 1; }),
            "opened, and must be refused: the tag is wrong");
  EXPECT_EQ(broken("cmac_verify.rsp", 2, [](auto& work) { std::get<Cmac>(work).tag[0] ^= 1; }),
            "a tag that is wrong came out");
  EXPECT_THAT(
      broken("google_kdf.json", 0, [](auto& work) { std::get<Derivation>(work).session_key[1] ^= 1; }),
      StartsWith("at 0001: session key, byte 2 of 16"));
  EXPECT_THAT(
      broken("google_kdf.json", 0, [](auto& work) { std::get<Derivation>(work).input_blocks[0][0] ^= 1; }),
      StartsWith("at 0000: input block, byte 1 of 16"));
  EXPECT_THAT(broken("google_packets.json", 1, [](auto& work) { std::get<Seal>(work).wire.back() ^= 1; }),
              testing::HasSubstr("ICV, byte 16 of 16"));
  EXPECT_THAT(
      broken("google_packets.json", 2, [](auto& work) { std::get<Receive>(work).cleartext->at(0) ^= 1; }),
      StartsWith("cleartext, at 0000: "));
  EXPECT_EQ(broken("google_receiver.json", 0,
                   [](auto& work) { std::get<Receive>(work).verdict = psp::Verdict::kBad; }),
            "verdict \"deliver\" (none), expected \"bad\"");
  DescriptorImage descriptor{
      "tx_completion",
      {{"queue_id", 3}, {"type", 2}, {"generation", 0}, {"value", 0}, {"timestamp", 0}},
      {3, 0x10, 0, 0, 0, 0, 0, 0}};
  EXPECT_EQ(failure({"", "", descriptor}), "");
  descriptor.fields["generation"] = 1;
  EXPECT_THAT(
      failure({"", "", descriptor}),
      StartsWith("image, field generation is 0x1, expected 0x0; at 0001: queue_id, type, generation\n"));
  descriptor.fields["generation"] = 0;
  descriptor.image[7] = 1;
  EXPECT_THAT(failure({"", "", descriptor}), StartsWith("image, reserved bits; at 0007: reserved\n"));
  descriptor.fields.erase("value");
  EXPECT_EQ(failure({"", "", descriptor}), "field value is missing");
  EXPECT_EQ(failure({"", "", DescriptorImage{"tx_completion", {{"tag", 1}}, Bytes(8)}}),
            "there is no field tag");
  EXPECT_EQ(failure({"", "", DescriptorImage{"smoke", {}, {}}}), "no descriptor is of the kind smoke");
  EXPECT_THAT(broken("google_segments.json", 2, [](auto& work) { std::get<Segment>(work).wire[20] ^= 1; }),
              StartsWith("segment on the wire, at 0014: "));
}

}  // namespace
}  // namespace pspnic::vectors
