// SPDX-License-Identifier: Apache-2.0
// A driver's session with an embedded card, recorded and replayed.
#include "testbench/playback/player.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "model/base/config_error.h"
#include "model/embed/pspnic.h"
#include "model/record/writer.h"
#include "testbench/host/driver.h"
#include "testbench/playback/places.h"
#include "testbench/playback/print.h"
#include "testbench/tests/model/embed/embedded_host.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::playback {
namespace {

using embed::Bytes;
using embed::EmbeddedHost;
using record::Kind;

struct Ignoring : host::Stack {
  void on_receive(std::span<const uint8_t>, const host::RxInfo&) override {}
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}
};

// A machine that refuses the first interrupt messages.
struct Refusing : EmbeddedHost {
  bool takes_interrupt(uint64_t, uint32_t) override { return ++messages > 2; }
  unsigned messages = 0;
};

// Brings a card up, sends packets to itself, and goes; what crossed its border.
template <class Host = EmbeddedHost>
record::Recording record_session() {
  const std::string path =
      testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".recording";
  Host host;
  host.peer = &host;
  const embed::CardOptions& card = host.device.options();
  record::Header header = record::header_of("a test", host.device.card().parameters(), card.mac.bytes);
  header.interrupt_base = 0xfee00000;
  header.interrupt_bytes = 0x100000;
  record::Writer writer(path, header);
  host.device.set_listener(&writer);
  Ignoring stack;
  host::DriverConfig config;
  config.tx_ring = config.rx_ring = config.buffer_ring = 256;
  host::Driver driver(host, config);
  driver.start(stack);
  const host::RxSa sa = driver.allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
  const host::TxSaRequest request{sa.spi, sa.version, sa.key};
  const host::SaHandle handle = driver.add_tx_sas(std::span(&request, 1)).at(0);
  for (uint16_t i = 0; i < 20; ++i) {
    const Bytes bytes = embed::udp_frame(static_cast<uint16_t>(100 + 50 * i));
    EXPECT_TRUE(driver.transmit(0, {.bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version}));
    driver.flush(0);
    host.delay(200 * base::kNs);
  }
  host.delay(100 * base::kUs);
  driver.stop();
  writer.finish(host.device.now());
  record::Recording recording = record::read(path);
  std::filesystem::remove(path);
  return recording;
}

std::string findings(const record::Recording& recording, const Player& player, bool times = true) {
  std::ostringstream out;
  print_findings(out, recording, player, times);
  return out.str();
}

TEST(Player, TheSameCardDoesTheSameToThePicosecond) {
  const record::Recording recording = record_session();
  Player player(recording, {});
  player.run();
  EXPECT_EQ(player.comparison().differences(), 0u) << findings(recording, player);
  EXPECT_EQ(player.comparison().counts(Kind::kFrameOut).same, 20u);
  EXPECT_GT(player.comparison().counts(Kind::kDmaWrite).same, 40u);
  EXPECT_GT(player.comparison().counts(Kind::kMmioRead).same, 10u);
  EXPECT_GT(player.comparison().counts(Kind::kInterrupt).same, 0u);
  EXPECT_EQ(player.memory().answers(Answer::kAsRecorded),
            player.comparison().counts(Kind::kDmaRead).recorded);
  EXPECT_NE(findings(recording, player).find("No difference, to the picosecond."), std::string::npos);
}

TEST(Player, AnotherCardDiffersInTimesAndNotInContents) {
  const record::Recording recording = record_session();
  PlayOptions options;
  options.settings = {"nic.pcie.round_trip=600ns"};
  Player slower(recording, options);
  slower.run();
  EXPECT_GT(slower.comparison().total(Finding::kTime), 100u);
  EXPECT_GT(slower.comparison().differences(), 0u);
  EXPECT_GE(slower.comparison().largest_shift(), 50 * base::kNs);
  options.comparison.times = false;
  Player contents(recording, options);
  contents.run();
  EXPECT_EQ(contents.comparison().counts(Kind::kFrameOut).same, 20u) << findings(recording, contents, false);
  EXPECT_EQ(contents.comparison().counts(Kind::kFrameOut).masked, 20u) << "the IV is the card's clock";
  EXPECT_EQ(contents.comparison().total(Finding::kContents), 0u) << findings(recording, contents, false);
}

TEST(Player, AnotherSeedHasOtherKeysAndSaysWhere) {
  record::Recording recording = record_session();
  recording.header.seed = 2;
  PlayOptions all;
  all.comparison.kept = 1000;
  Player player(recording, all);
  player.run();
  EXPECT_GT(player.comparison().total(Finding::kContents), 0u);
  const std::string text = findings(recording, player);
  EXPECT_NE(text.find("other contents\n"), std::string::npos) << text;
  EXPECT_NE(text.find("rx queue 0, entry 0: does not happen now"), std::string::npos)
      << "what cannot be opened is dropped: " << text;
  EXPECT_NE(text.find("PSP IV"), std::string::npos) << "later, for want of what was dropped: " << text;
}

TEST(Player, WhatIsMissingAndWhatIsNewIsNamed) {
  record::Recording recording = record_session();
  std::erase_if(recording.entries, [seen = 0](const record::Entry& entry) mutable {
    return entry.kind == Kind::kFrameOut && seen++ == 19;
  });
  Player more(recording, {});
  more.run();
  EXPECT_EQ(more.comparison().total(Finding::kExtra), 1u);
  EXPECT_EQ(more.comparison().differences(), 1u);
  EXPECT_NE(findings(recording, more).find("leaving frame of 1132 bytes: happens now alone"),
            std::string::npos)
      << findings(recording, more);
  record::Recording other = record_session();
  other.end = 0;
  std::erase_if(other.entries, [](const record::Entry& entry) { return record::is_stimulus(entry.kind); });
  Player nothing(other, {});
  nothing.run();
  EXPECT_EQ(nothing.comparison().total(Finding::kMissing), nothing.comparison().differences());
  EXPECT_EQ(nothing.comparison().counts(Kind::kFrameOut).findings[static_cast<size_t>(Finding::kMissing)],
            20u);
  EXPECT_NE(findings(other, nothing).find("does not happen now"), std::string::npos);
}

TEST(Player, MailboxMessagesHaveNames) {
  const record::Recording recording = record_session();
  const Places places(recording.entries);
  std::string text;
  for (const record::Entry& entry : recording.entries) text += places.describe(entry) + "\n";
  for (const char* const name :
       {"mailbox request GET_CAPS", "mailbox answer GET_CAPS", "mailbox request CREATE_VPORT",
        "mailbox answer PSP_ADD_TX_SA", "mailbox event LINK_CHANGE", "mailbox ring ARQ, entry 0"}) {
    EXPECT_NE(text.find(std::string(", ") + name + "\n"), std::string::npos) << name;
  }
}

TEST(Player, OneChangedByteOfOneFrameIsFoundAndNamed) {
  record::Recording recording = record_session();
  for (record::Entry& entry : recording.entries) {
    if (entry.kind != Kind::kFrameOut) continue;
    recording.file[static_cast<size_t>(entry.data.data() - recording.file.data()) + 22] ^= 1;
    break;
  }
  Player player(recording, {});
  player.run();
  EXPECT_EQ(player.comparison().differences(), 1u);
  EXPECT_NE(findings(recording, player).find("IPv4 TTL"), std::string::npos) << findings(recording, player);
}

TEST(Player, MessagesAreRefusedAsRecorded) {
  const record::Recording recording = record_session<Refusing>();
  Player player(recording, {});
  player.run();
  EXPECT_EQ(player.comparison().differences(), 0u) << findings(recording, player);
  const auto refused = [](const record::Entry& entry) { return entry.kind == Kind::kInterrupt && !entry.ok; };
  EXPECT_TRUE(std::ranges::any_of(recording.entries, refused));
}

// Wherever it breaks off: what is in it is repeated, and what is not is no difference.
TEST(Player, WhatBreaksOffRepeatsUpToThere) {
  const record::Recording whole = record_session();
  for (const size_t bytes : {whole.file.size() - 1, whole.file.size() / 2, whole.file.size() / 3}) {
    const auto end = whole.file.begin() + static_cast<std::ptrdiff_t>(bytes);
    const record::Recording recording = record::parse({whole.file.begin(), end}, "x.rec");
    ASSERT_FALSE(recording.whole);
    Player player(recording, {});
    player.run();
    EXPECT_EQ(player.comparison().differences(), 0u) << bytes << findings(recording, player);
    EXPECT_EQ(player.memory().answers(Answer::kNone), 0u) << bytes;
    EXPECT_EQ(player.device().now(), recording.end);
    std::ostringstream out;
    print_recording(out, recording);
    EXPECT_NE(out.str().find("breaks off at "), std::string::npos) << out.str();
  }
}

TEST(Player, HeadersThatNoCardHasAreRefused) {
  record::Recording recording = record_session();
  recording.header.mac = "02:50:53:50:00";
  EXPECT_THROW(Player(recording, {}), std::runtime_error);
  recording.header.mac = "02:50:53:50:00:0a";
  recording.header.parameters = R"({"nic": {"device": {"queues": 0}}})";
  EXPECT_THROW(Player(recording, {}), base::ConfigError);
}

TEST(Player, ADeviceOfTheCInterfaceRecordsItself) {
  const std::string path = testing::TempDir() + "/c_interface.recording";
  pspnic_device* device = nullptr;
  ASSERT_EQ(pspnic_create(nullptr, nullptr, &device), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device, "/nowhere/at/all"), PSPNIC_ERROR_FILE);
  EXPECT_EQ(pspnic_record(device, "/dev/full"), PSPNIC_ERROR_FILE);
  ASSERT_EQ(pspnic_record(device, path.c_str()), PSPNIC_OK) << pspnic_last_error();
  const Bytes frame = embed::udp_frame(100);
  uint32_t value = 0;
  EXPECT_EQ(pspnic_mmio_write(device, PSPNIC_CONFIG(0, 4), 6), PSPNIC_OK);
  EXPECT_EQ(pspnic_run_for(device, 1'000'000), PSPNIC_OK);
  EXPECT_EQ(pspnic_mmio_read(device, PSPNIC_CONFIG(0, 4), &value, nullptr), PSPNIC_OK);
  EXPECT_EQ(pspnic_inject(device, frame.data(), frame.size(), 0), PSPNIC_OK);
  EXPECT_EQ(pspnic_record(device, path.c_str()), PSPNIC_ERROR_ARGUMENT);
  EXPECT_EQ(pspnic_run_for(device, 1'000'000), PSPNIC_OK);
  EXPECT_EQ(record::read(path).entries.size(), 3u) << "what a program that dies here leaves";
  EXPECT_FALSE(record::read(path).whole);
  EXPECT_EQ(pspnic_destroy(device), PSPNIC_OK);
  const record::Recording recording = record::read(path);
  std::filesystem::remove(path);
  EXPECT_EQ(recording.entries.size(), 3u);
  EXPECT_EQ(recording.end, 2'000'000u);
  Player player(recording, {});
  player.run();
  EXPECT_EQ(player.comparison().differences(), 0u);
  EXPECT_EQ(player.comparison().counts(Kind::kMmioRead).same, 1u);
  EXPECT_EQ(player.device().card().counter("nic.drops.rx_bad_fcs"), 1u);
}

}  // namespace
}  // namespace pspnic::playback
