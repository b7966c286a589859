// SPDX-License-Identifier: Apache-2.0
// Every packet, segment, session key and receiver case of vectors/psp, and of the published files that
// PSPNIC_EXTRA_VECTORS names, through whole cards with the vectors' device keys.
#include "testbench/vectors/device.h"

#include <gmock/gmock.h>

#include "testbench/tests/testbench/vectors/fixtures.h"
#include "testbench/vectors/device_receive.h"
#include "testbench/vectors/lone_card.h"

namespace pspnic::vectors {
namespace {

using test::tally;
using test::Tally;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kOwn = PSPNIC_SOURCE_DIR "/vectors/psp/";

Tally through_cards(const std::vector<std::string>& paths) {
  const auto device = make_device({});
  return tally(paths, Way::kDevice, *device);
}

TEST(DeviceVectors, OwnPackets) {
  const Tally sums = through_cards({kOwn + "packets.json"});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_GE(sums.run, 3 * 245u);
}

TEST(DeviceVectors, OwnSegments) {
  const Tally sums = through_cards({kOwn + "segments.json"});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_GE(sums.run, 150u);
}

TEST(DeviceVectors, OwnReceiverCasesAndKeys) {
  const Tally sums = through_cards({kOwn + "receiver.json", kOwn + "kdf.json"});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.run, 183u + 200u);
}

TEST(DeviceVectors, OwnMerges) {
  const std::string path = kOwn + "merges.json";
  const Tally sums = through_cards({path});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.run, 308u + 235u) << "the second: with PSP headers taken off";
  std::vector<Case> cases = read_own_merges(test::content_of(path), path);
  cases.resize(5);
  std::get<Merge>(cases.at(0).work).host.at(0).bytes.at(17) ^= 1;
  std::get<Merge>(cases.at(2).work).host.at(1).segment_bytes.reset();
  std::get<Merge>(cases.at(3).work).host.emplace_back();
  std::vector<const Case*> pointers;
  for (const Case& one : cases) pointers.push_back(&one);
  const Failures failures = make_device({})->run(pointers, [](size_t) {});
  EXPECT_THAT(failures.at(0), HasSubstr("frame 1 of 1 in memory, at 0011: IPv4 total length, byte 2 of 2"));
  EXPECT_EQ(failures.at(1), "");
  EXPECT_EQ(failures.at(2),
            "frame 2 of 2 in memory, its completion says segments of 24 bytes, expected one packet");
  EXPECT_THAT(failures.at(3), HasSubstr("2 frames came up, expected 3"));
  EXPECT_EQ(failures.at(4), "");
}

// A card that is no card: a queue longer than its memory ends the process of the whole batch.
TEST(DeviceVectors, ACardThatDiesFailsItsOwnCaseAlone) {
  std::vector<Case> cases = test::cases_of("google_packets.json");
  Receive& dies = std::get<Receive>(cases.at(2).work);
  dies.frame.assign(100'000, 0);  // the card's port takes no such frame
  std::vector<const Case*> pointers;
  for (const Case& one : cases) pointers.push_back(&one);
  const Failures failures = make_device({})->run(pointers, [](size_t) {});
  for (size_t i = 0; i < failures.size(); ++i) EXPECT_EQ(failures[i].empty(), i != 2) << i << failures[i];
}

TEST(DeviceVectors, OwnTranscripts) {
  const std::string path = PSPNIC_SOURCE_DIR "/vectors/idpf/mailbox.json";
  const Tally sums = through_cards({path});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.run, 12u);
  std::vector<Case> cases = read_own_mailbox(test::content_of(path), path);
  std::get<Transcript>(cases.at(0).work).steps.at(1).reply.at(4) ^= 1;
  std::get<Transcript>(cases.at(2).work).steps.at(0).status = 0;
  std::vector<const Case*> pointers;
  for (const Case& one : cases) pointers.push_back(&one);
  const Failures failures = make_device({})->run(pointers, [](size_t) {});
  EXPECT_THAT(failures.at(0), HasSubstr("step 2, VERSION (1): at 0004: minor, byte 1 of 4"));
  EXPECT_EQ(failures.at(1), "");
  EXPECT_EQ(failures.at(2), "step 1, GET_CAPS (500): status 201 (ESM), expected 0 (SUCCESS)");
}

TEST(DeviceVectors, EveryFormat) {
  const Tally sums = through_cards({test::fixture("")});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.run, 4u + 6 + 4 + 6 + 2) << "keys, packets, receiver cases, segments, captures";
}

TEST(DeviceVectors, Published) {
  const std::string folder = test::extra_vectors();
  if (folder.empty()) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  const Tally sums = through_cards({folder});
  EXPECT_THAT(sums.wrong, IsEmpty());
  EXPECT_EQ(sums.run, 118 - 16u + 3 * 52 + 70 + 2 * 32 + 2 * 52) << "16 keys are of reserved SPIs";
}

// nic.rx.verify_udp_checksum: only the cases about the UDP checksum and the source port, which it covers,
// become errors; all others have checksum 0.
TEST(DeviceVectors, OwnReceiverCasesWithTheUdpChecksumVerified) {
  const std::vector<Case> cases =
      read_own_receiver(test::content_of(kOwn + "receiver.json"), "receiver.json");
  std::vector<Receive> changed;
  size_t errors = 0;
  for (const Case& one : cases) {
    changed.push_back(std::get<Receive>(one.work));
    if (!one.id.ends_with("udp_checksum_wrong")) continue;
    changed.back().verdict = psp::Verdict::kError;
    changed.back().cleartext.reset();
    ++errors;
  }
  EXPECT_EQ(errors, 4u);
  std::vector<const Receive*> all;
  for (const Receive& one : changed) all.push_back(&one);
  nic::NicParams params = lone_card_params({});
  params.rx.verify_udp_checksum = true;
  const Failures failures = receive_frames(all, changed.front().keys, params);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(failures[i], "") << cases[i].id;
}

// Each kind of answer changed; the neighbours still pass.
TEST(DeviceVectors, WrongOnesAreSeenAndNamed) {
  std::vector<Case> cases = test::cases_of("google_packets.json");
  std::get<Derivation>(cases.at(0).work).session_key[0] ^= 1;
  std::get<Seal>(cases.at(1).work).wire.back() ^= 1;
  std::get<Receive>(cases.at(2).work).in_memory->at(0) ^= 1;
  std::get<Receive>(cases.at(5).work).verdict = psp::Verdict::kAuthFail;
  std::vector<const Case*> pointers;
  for (const Case& one : cases) pointers.push_back(&one);
  const Failures failures = make_device({})->run(pointers, [](size_t) {});
  EXPECT_EQ(
      failures.at(0),
      "a packet under the vector's key for SPI 00000050, version 0: verdict \"deliver\" expected, the card "
      "counted rx_auth_fail +1");
  EXPECT_THAT(failures.at(1), HasSubstr("ICV, byte 16 of 16"));
  EXPECT_THAT(failures.at(2), HasSubstr("frame in memory, at 0000"));
  EXPECT_EQ(failures.at(3), "");
  EXPECT_EQ(failures.at(4), "");
  EXPECT_EQ(failures.at(5), "verdict \"authentication failure\" expected, the card counted rx_packets +1");
}

}  // namespace
}  // namespace pspnic::vectors
