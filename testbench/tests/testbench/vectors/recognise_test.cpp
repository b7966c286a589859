// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/recognise.h"

#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::vectors {
namespace {

TEST(Recognise, EveryFormatByItsContent) {
  const std::pair<const char*, Format> kFiles[] = {{"cmac.txt", Format::kNistCmac},
                                                   {"cmac_verify.rsp", Format::kNistCmac},
                                                   {"ecb.rsp", Format::kNistEcb},
                                                   {"monte_carlo.rsp", Format::kNistEcb},
                                                   {"gcm_decrypt.rsp", Format::kNistGcm},
                                                   {"gcm_encrypt.rsp", Format::kNistGcm},
                                                   {"wycheproof_cmac.json", Format::kWycheproof},
                                                   {"wycheproof_gcm.json", Format::kWycheproof},
                                                   {"wycheproof_gmac.json", Format::kWycheproof},
                                                   {"google_kdf.json", Format::kGoogleKdf},
                                                   {"google_packets.json", Format::kGooglePackets},
                                                   {"google_receiver.json", Format::kGoogleReceiver},
                                                   {"google_segments.json", Format::kGoogleSegments},
                                                   {"triple/one", Format::kCapture},
                                                   {"triple/two", Format::kCapture},
                                                   {"triple/three", Format::kGoogleConfig}};
  for (const auto& [name, format] : kFiles) {
    EXPECT_EQ(recognise(test::content_of(test::fixture(name))), format) << name;
    EXPECT_STRNE(name_of(format), name_of(Format::kUnknown));
  }
  const std::string own = PSPNIC_SOURCE_DIR "/vectors/psp/";
  EXPECT_EQ(recognise(test::content_of(own + "kdf.json")), Format::kOwnKdf);
  EXPECT_EQ(recognise(test::content_of(own + "packets.json")), Format::kOwnPackets);
  EXPECT_EQ(recognise(test::content_of(own + "receiver.json")), Format::kOwnReceiver);
  EXPECT_EQ(recognise(test::content_of(own + "segments.json")), Format::kOwnSegments);
  EXPECT_EQ(recognise(test::content_of(own + "merges.json")), Format::kOwnMerges);
}

TEST(Recognise, NoVectors) {
  for (const char* text :
       {"", " \n", "{}", "{\"files\": 1}", "plain words", "a = b\nc = d\n", "[ENCRYPT]\nKEY = 00\n"}) {
    EXPECT_EQ(recognise(text), Format::kUnknown) << text;
  }
  EXPECT_EQ(recognise(test::content_of(PSPNIC_SOURCE_DIR "/vectors/README.md")), Format::kUnknown);
  EXPECT_EQ(recognise(test::content_of(PSPNIC_SOURCE_DIR "/vectors/manifest.json")), Format::kUnknown);
  EXPECT_EQ(recognise(std::string_view("\x7f"
                                       "ELF\0\0\0",
                                       7)),
            Format::kUnknown);
}

// Other ciphers' files have the same fields.
TEST(Recognise, EcbOfAesAlone) {
  const std::string fields = "[ENCRYPT]\n\nCOUNT = 0\nKEY = 00\nPLAINTEXT = 00\nCIPHERTEXT = 00\n";
  EXPECT_EQ(recognise(fields), Format::kUnknown);
  EXPECT_EQ(recognise("# SEED\n# RFC 4269\n" + fields), Format::kUnknown);
  EXPECT_EQ(recognise("# CAVS\n\n# AESVS GFSbox\n" + fields), Format::kNistEcb);
}

TEST(Recognise, OursOfNoKnownFormat) {
  EXPECT_EQ(recognise("{\"format\": \"pspnic-packet-1\", \"vectors\": []}"), Format::kOwnOther);
}

// CBC and its like have the fields of ECB and an IV.
TEST(Recognise, OtherModesOfAes) {
  EXPECT_EQ(recognise("[ENCRYPT]\n\nCOUNT = 0\nKEY = 00\nIV = 00\nPLAINTEXT = 00\nCIPHERTEXT = 00\n"),
            Format::kUnknown);
  EXPECT_EQ(recognise("COUNT = 0\nKEY1 = 00\nKEY2 = 00\nMESSAGE = 00\nOUTPUT = 00\n"), Format::kUnknown);
}

// A file that lost its end is still what it was.
TEST(Recognise, DamagedFiles) {
  for (const char* name : {"gcm_decrypt.rsp", "google_packets.json", "wycheproof_gcm.json"}) {
    const std::string whole = test::content_of(test::fixture(name));
    EXPECT_EQ(recognise(std::string_view(whole).substr(0, whole.size() - 20)), recognise(whole)) << name;
  }
}

}  // namespace
}  // namespace pspnic::vectors
