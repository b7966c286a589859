// SPDX-License-Identifier: Apache-2.0
// Every encrypted packet of vectors/psp, every receiver case, and those of the published files that
// PSPNIC_EXTRA_VECTORS names, from the wire of a whole card into host memory: verdict, counters, bytes. The
// card has the vectors' device keys.
#include <gtest/gtest.h>

#include "model/psp/encapsulate.h"
#include "testbench/tests/model/nic/vector_cards.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::test {
namespace {

using nlohmann::json;
using psp::Verdict;
using psp::test::from_hex;

constexpr size_t kLeastFrame = 60;  // a sender's port pads to that

struct ReceiveCase {
  std::string name;
  Bytes frame;
  Verdict verdict = Verdict::kDeliver;
  std::optional<Bytes> in_memory = std::nullopt;     // what the card puts into host memory
  std::optional<Bytes> cleartext = std::nullopt;     // decapsulated
  std::optional<uint64_t> psp_bytes = std::nullopt;  // by which the byte counter goes up
};

Verdict verdict_of(const std::string& expect) {
  for (const auto& [text, verdict] :
       std::initializer_list<std::pair<const char*, Verdict>>{{"deliver", Verdict::kDeliver},
                                                              {"auth_fail", Verdict::kAuthFail},
                                                              {"drop, count auth-fail", Verdict::kAuthFail},
                                                              {"error", Verdict::kError},
                                                              {"drop, count error", Verdict::kError},
                                                              {"bad", Verdict::kBad},
                                                              {"drop, count bad", Verdict::kBad},
                                                              {"not_psp", Verdict::kNotPsp}}) {
    if (expect.starts_with(text)) return verdict;
  }
  throw std::runtime_error("unknown expectation: " + expect);
}

class VectorReceive : public testing::Test {
 protected:
  // `keys`: hexadecimal, of phase 0 and 1.
  void receive(const std::vector<ReceiveCase>& cases, const std::string& key_0, const std::string& key_1,
               const nic::NicParams& params = card_params()) {
    const crypto::DeviceKeys::VectorKeys keys{psp::test::device_key(key_0), psp::test::device_key(key_1)};
    base::EventQueue events("events");
    base::PacketPool pool;
    LoneCard card("card", params, {.mac = net::MacAddress{{2, 0, 0, 0, 0, 2}}, .vector_keys = &keys}, events,
                  pool);
    Injector injector{card.nic, pool, {}};
    Script script("script", [&] {
      PollConfig config;
      config.rx_model = idpf::QueueModel::kSplit;
      config.psp = true;
      config.buffer_bytes = 4096;
      config.max_packet = 4096;
      PollDriver driver(card.host, config);
      driver.probe();
      driver.start();
      PollPsp psp(card.host, driver);
      psp.enable_receive(0xf);
      psp.set_promiscuous();
      idpf::PspStats before = psp.statistics();
      for (const ReceiveCase& each : cases) {
        injector.frame = each.frame;
        injector.frame.resize(std::max(injector.frame.size(), kLeastFrame));
        events.schedule(events.now(), base::Callback::to<&Injector::arrive>(injector));
        card.host.delay(kFlight);
        const std::vector<PollReceived> got = driver.receive(0);
        const idpf::PspStats after = psp.statistics();
        check_counters(each, before, after);
        check_delivered(each, injector.frame, got);
        before = after;
      }
    });
    sc_core::sc_start();
    EXPECT_TRUE(script.finished);
    EXPECT_EQ(script.failure, "");
    EXPECT_EQ(card.nic.violations().count(), 0u);
    EXPECT_EQ(card.nic.imbalance(), "");
    RecordProperty("cases", static_cast<int>(cases.size()));
  }
  static nic::NicParams card_params() {
    nic::NicParams params;
    params.device.queues = 1;
    params.device.sa_slots = 16;
    return params;
  }

 private:
  struct Injector {
    nic::Nic& nic;
    base::PacketPool& pool;
    Bytes frame;
    void arrive(uint64_t) {
      base::PacketPtr packet = pool.take(static_cast<uint32_t>(frame.size()));
      std::copy(frame.begin(), frame.end(), packet->data());
      nic.receive(std::move(packet));
    }
  };
  static void check_counters(const ReceiveCase& each, const idpf::PspStats& before,
                             const idpf::PspStats& after) {
    EXPECT_EQ(after.rx_packets - before.rx_packets, each.verdict == Verdict::kDeliver ? 1u : 0u) << each.name;
    EXPECT_EQ(after.rx_auth_fail - before.rx_auth_fail, each.verdict == Verdict::kAuthFail ? 1u : 0u)
        << each.name;
    EXPECT_EQ(after.rx_error - before.rx_error, each.verdict == Verdict::kError ? 1u : 0u) << each.name;
    EXPECT_EQ(after.rx_bad - before.rx_bad, each.verdict == Verdict::kBad ? 1u : 0u) << each.name;
    if (each.psp_bytes) {
      EXPECT_EQ(after.rx_bytes - before.rx_bytes, *each.psp_bytes) << each.name;
    }
  }
  static void check_delivered(const ReceiveCase& each, const Bytes& frame,
                              const std::vector<PollReceived>& got) {
    const bool up = each.verdict == Verdict::kDeliver || each.verdict == Verdict::kNotPsp;
    ASSERT_EQ(got.size(), up ? 1u : 0u) << each.name;
    if (!up) return;
    const bool opened = each.verdict == Verdict::kDeliver;
    EXPECT_EQ(got[0].psp, opened ? idpf::PspRxStatus::kOk : idpf::PspRxStatus::kNotPsp) << each.name;
    if (!opened) {
      EXPECT_EQ(got[0].bytes, frame) << each.name;
    }
    if (each.in_memory) {
      EXPECT_EQ(got[0].bytes, *each.in_memory) << each.name;
    }
    if (!each.cleartext) return;
    Bytes copy = got[0].bytes;
    psp::FrameBuffer buffer{copy, 0, copy.size()};
    ASSERT_EQ(psp::decapsulate(buffer), psp::EncapStatus::kOk) << each.name;
    EXPECT_EQ(Bytes(buffer.frame().begin(), buffer.frame().end()), *each.cleartext) << each.name;
  }
};

// Decrypted in place, headers and ICV on: the frame on the wire with what was encrypted in clear.
ReceiveCase packet_case(const json& vector, const Bytes& wire, const Bytes& carried, const json& clear) {
  const json& offsets = vector.at("offsets");
  const size_t cipher = offsets.at("cipher");
  const size_t icv = offsets.at("icv");
  ReceiveCase made{.name = vector.at("name"), .frame = wire};
  Bytes in_memory = wire;
  std::copy(carried.end() - static_cast<ptrdiff_t>(icv - cipher), carried.end(),
            in_memory.begin() + static_cast<ptrdiff_t>(cipher));
  made.in_memory = in_memory;
  made.cleartext = from_hex(clear);
  made.psp_bytes = icv - offsets.at("psp").get<size_t>() - 16;
  return made;
}

TEST_F(VectorReceive, OwnPackets) {
  const json keys = psp::test::read_own("receiver.json").at("device_keys");
  std::vector<ReceiveCase> cases;
  const json file = psp::test::read_own("packets.json");
  for (const json& vector : file.at("vectors")) {
    cases.push_back(packet_case(vector, from_hex(vector.at("encrypted")), from_hex(vector.at("driver")),
                                vector.at("cleartext")));
  }
  EXPECT_GE(cases.size(), 245u);
  receive(cases, keys.at(0), keys.at(1));
}

std::vector<ReceiveCase> own_cases(const json& file) {
  std::vector<ReceiveCase> cases;
  for (const json& vector : file.at("vectors")) {
    cases.push_back({.name = vector.at("name"),
                     .frame = from_hex(vector.at("frame")),
                     .verdict = verdict_of(vector.at("expect"))});
    if (!vector.at("cleartext").is_null()) cases.back().cleartext = from_hex(vector.at("cleartext"));
  }
  return cases;
}

TEST_F(VectorReceive, OwnCases) {
  const json file = psp::test::read_own("receiver.json");
  const std::vector<ReceiveCase> cases = own_cases(file);
  EXPECT_GE(cases.size(), 180u);
  receive(cases, file.at("device_keys").at(0), file.at("device_keys").at(1));
}

// nic.rx.verify_udp_checksum: of these only the ones about the UDP checksum and the source port, which it
// covers, become errors; all others have checksum 0.
TEST_F(VectorReceive, OwnCasesWithTheUdpChecksumVerified) {
  const json file = psp::test::read_own("receiver.json");
  std::vector<ReceiveCase> cases = own_cases(file);
  unsigned changed = 0;
  for (ReceiveCase& each : cases) {
    if (!each.name.ends_with("udp_checksum_wrong")) continue;
    each.verdict = Verdict::kError;
    ++changed;
  }
  EXPECT_EQ(changed, 4u);
  nic::NicParams params = card_params();
  params.rx.verify_udp_checksum = true;
  receive(cases, file.at("device_keys").at(0), file.at("device_keys").at(1), params);
}

TEST_F(VectorReceive, PublishedPackets) {
  const auto file = psp::test::read_extra("psp_packets.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::vector<ReceiveCase> cases;
  for (const json& vector : file->at("packets")) {
    Bytes carried = from_hex(vector.at("encrypted_frame"));
    const Bytes clear = from_hex(vector.at("cleartext_frame"));
    const json& offsets = vector.at("offsets");
    const size_t payload = offsets.at("payload");
    const size_t bytes = offsets.at("icv").get<size_t>() - payload;
    // The cookie of these packets is 0.
    carried.resize(offsets.at("psp").get<size_t>() + 16);
    carried.resize(payload);
    carried.insert(carried.end(), clear.end() - static_cast<ptrdiff_t>(bytes), clear.end());
    cases.push_back(
        packet_case(vector, from_hex(vector.at("encrypted_frame")), carried, vector.at("cleartext_frame")));
  }
  EXPECT_EQ(cases.size(), 52u);
  const json& first = file->at("packets").at(0);
  receive(cases, first.at("master_key0"), first.at("master_key1"));
}

TEST_F(VectorReceive, PublishedSegments) {
  const auto file = psp::test::read_extra("psp_tso_examples.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::vector<ReceiveCase> cases;
  for (const json& example : file->at("examples")) {
    for (size_t i = 0; i < example.at("psp_segments").size(); ++i) {
      cases.push_back({.name = example.at("name"), .frame = from_hex(example.at("psp_segments").at(i))});
      cases.back().cleartext = from_hex(example.at("cleartext_segments").at(i));
    }
  }
  EXPECT_EQ(cases.size(), 32u);
  const json& first = file->at("examples").at(0);
  receive(cases, first.at("master_key0"), first.at("master_key1"));
}

// Where google/psp and the specification differ, `expect` is the specification's.
TEST_F(VectorReceive, PublishedCases) {
  const auto file = psp::test::read_extra("psp_rx_cases.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::vector<ReceiveCase> cases;
  const json& first = file->at("cases").at(0);
  for (const json& vector : file->at("cases")) {
    EXPECT_EQ(vector.at("master_key0"), first.at("master_key0"));
    EXPECT_EQ(vector.at("master_key1"), first.at("master_key1"));
    cases.push_back({.name = vector.at("name"),
                     .frame = from_hex(vector.at("frame")),
                     .verdict = verdict_of(vector.at("expect"))});
  }
  EXPECT_EQ(cases.size(), 70u);
  receive(cases, first.at("master_key0"), first.at("master_key1"));
}

}  // namespace
}  // namespace pspnic::test
