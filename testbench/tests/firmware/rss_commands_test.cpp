// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

class RssTest : public testing::Test {
 protected:
  void SetUp() override {
    bench.negotiate();
    bench.create_vport(4);
  }
  const VportContext& vport() { return bench.hardware.vports[0]; }

  static Bytes key_message(size_t bytes, uint32_t vport = 0) {
    Bytes key(bytes);
    for (size_t i = 0; i < bytes; ++i) key[i] = static_cast<uint8_t>(3 * i + 1);
    Bytes message(7 + bytes);
    EXPECT_TRUE(idpf::write_rss_key(message, {vport, key}));
    return message;
  }
  static Bytes lut(uint16_t start, std::vector<uint32_t> entries, uint32_t vport = 0) {
    return to_bytes(idpf::RssLut{vport, start, static_cast<uint16_t>(entries.size())}, entries);
  }

  ControlBench bench;
};

TEST_F(RssTest, KeyIsSetAndRead) {
  const Bytes message = key_message(52);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, message), Status::kSuccess);
  EXPECT_EQ(Bytes(vport().rss_key.begin(), vport().rss_key.end()), Bytes(message.begin() + 7, message.end()));
  EXPECT_EQ(bench.send(Opcode::kGetRssKey, Bytes(7)).payload, message);
}

TEST_F(RssTest, BadKeysAreRefused) {
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, key_message(51)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, key_message(53)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, key_message(0)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, key_message(52, 9)), Status::kEnxio);
  Bytes cut = key_message(52);
  cut.pop_back();
  EXPECT_EQ(bench.status_of(Opcode::kSetRssKey, cut), Status::kEinval);
}

TEST_F(RssTest, TableStartsSpreadOverAllQueues) {
  ASSERT_EQ(vport().rss_queues.size(), 64u);
  for (uint32_t i = 0; i < 64; ++i) EXPECT_EQ(vport().rss_queues[i], i % 4);
  EXPECT_EQ(vport().rss_types, 0xFFu);
}

TEST_F(RssTest, TableIsSetAndRead) {
  std::vector<uint32_t> entries(64);
  for (uint32_t i = 0; i < 64; ++i) entries[i] = (i / 16 + 1) % 4;
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(0, entries)), Status::kSuccess);
  EXPECT_EQ(vport().rss_queues, entries);
  EXPECT_EQ(bench.send(Opcode::kGetRssLut, idpf::RssLut{}).payload, lut(0, entries));
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(62, {3, 3})), Status::kSuccess);
  entries[62] = entries[63] = 3;
  EXPECT_EQ(vport().rss_queues, entries);
}

TEST_F(RssTest, BadTablesAreRefused) {
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(0, {4})), Status::kEinval) << "no such queue";
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(63, {0, 0})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(0, {})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, lut(0, {0}, 2)), Status::kEnxio);
  Bytes cut = lut(0, {0, 1, 2});
  cut.pop_back();
  EXPECT_EQ(bench.status_of(Opcode::kSetRssLut, cut), Status::kEinval);
}

TEST_F(RssTest, HashTypes) {
  EXPECT_EQ(bench.status_of(Opcode::kSetRssHash, idpf::RssHash{0x3F11, 0}), Status::kSuccess);
  EXPECT_EQ(vport().rss_types, 0x11u) << "only what was granted";
  EXPECT_EQ(from_bytes<idpf::RssHash>(bench.send(Opcode::kGetRssHash, idpf::RssHash{}).payload).ptype_groups,
            0x11u);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssHash, idpf::RssHash{0x80007f9fe0000000, 0}), Status::kSuccess);
  EXPECT_EQ(vport().rss_types, 0xFFu) << "DPDK 22.11's numbering";
  EXPECT_EQ(bench.status_of(Opcode::kSetRssHash, idpf::RssHash{uint64_t{1} << 43 | uint64_t{1} << 33, 0}),
            Status::kSuccess);
  EXPECT_EQ(vport().rss_types, 0x11u);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssHash, idpf::RssHash{0, 0}), Status::kSuccess);
  EXPECT_EQ(vport().rss_types, 0u);
  EXPECT_EQ(bench.status_of(Opcode::kSetRssHash, idpf::RssHash{0, 1}), Status::kEnxio);
}

}  // namespace
}  // namespace pspnic::firmware
