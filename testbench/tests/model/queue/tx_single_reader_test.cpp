// SPDX-License-Identifier: Apache-2.0
// The descriptors of single transmit queues.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/queue/tx_descriptor_reader.h"
#include "testbench/tests/model/queue/descriptors.h"

namespace pspnic::queue {
namespace {

using test::Descriptor;

Descriptor base(uint16_t command, uint16_t size = 100, uint16_t ip_length = 20, uint8_t l4_length = 20) {
  Descriptor bytes{};
  idpf::BaseDataDescriptor{.buffer_address = 0x1000,
                           .command = command,
                           .mac_length = 14,
                           .ip_length = ip_length,
                           .l4_length = l4_length,
                           .buffer_size = size}
      .encode(bytes);
  return bytes;
}

Descriptor flex(uint16_t command, uint16_t size = 100) {
  Descriptor bytes{};
  idpf::FlexDataDescriptor{.buffer_address = 0x2000, .command = command, .buffer_size = size}.encode(bytes);
  return bytes;
}

Descriptor base_context(uint16_t command, uint16_t mss) {
  Descriptor bytes{};
  idpf::BaseContextDescriptor{.command = command, .mss = mss}.encode(bytes);
  return bytes;
}

class TxSingleReaderTest : public testing::Test {
 protected:
  // The n-th descriptor stands at index 62 + n of a ring of 64.
  TxJobPtr feed(const std::vector<Descriptor>& descriptors, DescriptorResult& last) {
    TxDescriptorReader reader({.model = idpf::QueueModel::kSingle});
    reader.begin(pool_.take(), 3);
    for (size_t i = 0; i < descriptors.size(); ++i) {
      last = reader.take(descriptors[i], static_cast<uint16_t>((62 + i) % 64),
                         static_cast<uint16_t>((63 + i) % 64));
      if (last.rule != nullptr) return {};
    }
    return reader.finish();
  }
  TxJobPtr packet(const std::vector<Descriptor>& descriptors) {
    DescriptorResult last;
    TxJobPtr job = feed(descriptors, last);
    EXPECT_TRUE(last.packet_complete) << (last.rule != nullptr ? last.rule->text : "no EOP");
    return job;
  }
  void expect_broken(const std::vector<Descriptor>& descriptors, const std::string& rule) {
    DescriptorResult last;
    feed(descriptors, last);
    ASSERT_NE(last.rule, nullptr) << rule;
    EXPECT_NE(std::string(last.rule->text).find(rule), std::string::npos) << last.rule->text;
  }

  TxJobPool pool_;
};

TEST_F(TxSingleReaderTest, DescriptorsKeepTheirPlaceAndWhetherTheyAreToBeReported) {
  const TxJobPtr job = packet({base(0), flex(idpf::kFlexRs, 200), base(idpf::kBaseEop | idpf::kBaseRs, 300)});
  ASSERT_TRUE(job);
  ASSERT_EQ(job->piece_count, 3);
  EXPECT_EQ(job->total_bytes, 600u);
  EXPECT_EQ(job->head, 1);
  const uint16_t places[] = {62, 63, 0};
  const bool reported[] = {false, true, true};
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(job->pieces[i].report_id, places[i]);
    EXPECT_EQ(job->pieces[i].report, reported[i]);
  }
  EXPECT_EQ(job->pieces[1].command & 0x1f, 3);
  EXPECT_EQ(job->pieces[2].command & 0xf, 0);
  EXPECT_FALSE(job->tso || job->psp || job->l3_checksum || job->l4_checksum);
}

TEST_F(TxSingleReaderTest, BaseDescriptorsSayWhichChecksumsToMake) {
  const auto sums = [this](uint16_t command) {
    const TxJobPtr job = packet({base(static_cast<uint16_t>(command | idpf::kBaseEop))});
    return job == nullptr ? -1 : (job->l3_checksum ? 1 : 0) + (job->l4_checksum ? 2 : 0);
  };
  EXPECT_EQ(sums(0), 0);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv4), 0);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv6), 0);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv4Csum), 1);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv6 | idpf::kBaseL4tTcp), 2);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv4 | idpf::kBaseL4tUdp), 2);
  EXPECT_EQ(sums(idpf::kBaseIiptIpv4Csum | idpf::kBaseL4tTcp), 3);
  EXPECT_EQ(sums(idpf::kBaseL4tSctp), 0) << "not among what was granted";
  EXPECT_TRUE(packet({flex(idpf::kFlexEop | idpf::kFlexCsEn)})->l3_checksum);
  EXPECT_TRUE(packet({flex(idpf::kFlexEop | idpf::kFlexCsEn)})->l4_checksum);
}

TEST_F(TxSingleReaderTest, TsoWithTheHeaderLengthOfEitherKind) {
  for (const std::vector<Descriptor>& descriptors :
       {std::vector<Descriptor>{base_context(idpf::kBaseContextTso, 1000), base(0),
                                base(idpf::kBaseEop, 5000)},
        {base_context(idpf::kBaseContextTso, 1000), base(0), flex(idpf::kFlexEop, 5000)},
        {test::tso(1000, 54), flex(0), flex(idpf::kFlexEop, 5000)},
        {test::tso(1000, 54), base(0), base(idpf::kBaseEop, 5000)}}) {
    const TxJobPtr job = packet(descriptors);
    ASSERT_TRUE(job);
    EXPECT_TRUE(job->tso);
    EXPECT_EQ(job->mss, 1000);
    EXPECT_EQ(job->header_bytes, 54);
  }
  const TxJobPtr plain = packet({base_context(0, 0), base(idpf::kBaseEop)});
  EXPECT_FALSE(plain->tso);
}

TEST_F(TxSingleReaderTest, BrokenTso) {
  expect_broken({base_context(idpf::kBaseContextTso, 0)}, "MSS above 0");
  expect_broken({base_context(idpf::kBaseContextTso, 1000), flex(idpf::kFlexEop)}, "needs base data");
  expect_broken({base_context(idpf::kBaseContextTso, 1000), base(0, 100, 16, 8)}, "at least 42");
  expect_broken({base_context(idpf::kBaseContextTso, 1000), base(0, 100, 508)}, "at most 256");
  expect_broken({base_context(idpf::kBaseContextTso, 1000), base(idpf::kBaseEop, 54)}, "payload behind");
  expect_broken({base_context(0, 0), base_context(0, 0)}, "at most one context");
  expect_broken({base(0), base_context(0, 0)}, "at most one context");
  expect_broken({test::tso(1000, 54), test::tso(1000, 54)}, "at most one context");
}

TEST_F(TxSingleReaderTest, WhatASplitQueueTakesIsRefused) {
  for (const unsigned dtype : {2u, 4u, 6u, 7u, 8u, 11u, 12u, 15u}) {
    Descriptor bytes = flex(idpf::kFlexEop);
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0xe0) | dtype);
    expect_broken({bytes}, "DTYPE 0, 1, 3 and 5");
  }
}

TEST_F(TxSingleReaderTest, VlanTagsAreNotInserted) {
  expect_broken({base(idpf::kBaseIl2tag1 | idpf::kBaseEop)}, "VLAN");
  expect_broken({flex(idpf::kFlexIl2tag1 | idpf::kFlexEop)}, "VLAN");
  expect_broken({base_context(idpf::kBaseContextIl2tag2, 0)}, "VLAN");
}

TEST_F(TxSingleReaderTest, SizesAndNumberOfBuffers) {
  expect_broken({base(idpf::kBaseEop, 0)}, "must not be 0");
  expect_broken({base(idpf::kBaseEop, 16)}, "at least 17");
  EXPECT_TRUE(packet({base(idpf::kBaseEop, 17)}));
  std::vector<Descriptor> many(TxJob::kMaxPieces - 1, base(0));
  many.push_back(base(idpf::kBaseEop));
  EXPECT_TRUE(packet(many));
  many.front() = base(0);
  many.insert(many.begin(), base(0));
  expect_broken(many, "at most 48");
}

}  // namespace
}  // namespace pspnic::queue
