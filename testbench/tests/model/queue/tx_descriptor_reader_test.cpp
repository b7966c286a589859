// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_descriptor_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "testbench/tests/model/queue/descriptors.h"

namespace pspnic::queue {
namespace {

using test::data;
using test::Descriptor;
using test::encode;
using test::tso;

struct Outcome {
  DescriptorResult last;
  TxJobPtr job;  // if the packet was complete
};

class TxDescriptorReaderTest : public testing::Test {
 protected:
  // Feeds descriptors until one breaks a rule; the index behind the n-th is n + 1.
  Outcome feed(const std::vector<Descriptor>& descriptors, bool psp_allowed = true) {
    TxDescriptorReader reader({.psp = psp_allowed, .key_in_descriptor = keys_granted_});
    Outcome outcome;
    reader.begin(pool_.take(), 3);
    for (size_t i = 0; i < descriptors.size(); ++i) {
      outcome.last = reader.take(descriptors[i], static_cast<uint16_t>(i), static_cast<uint16_t>(i + 1));
      if (outcome.last.rule != nullptr) return outcome;
      EXPECT_EQ(outcome.last.packet_complete, i + 1 == descriptors.size()) << "descriptor " << i;
    }
    outcome.job = reader.finish();
    EXPECT_FALSE(reader.in_packet());
    return outcome;
  }

  void expect_broken(const std::vector<Descriptor>& descriptors, const std::string& field,
                     const std::string& rule, uint64_t seen, bool psp_allowed = true) {
    const Outcome outcome = feed(descriptors, psp_allowed);
    ASSERT_NE(outcome.last.rule, nullptr) << field << ": " << rule;
    EXPECT_EQ(outcome.last.field, field);
    EXPECT_NE(std::string(outcome.last.rule->text).find(rule), std::string::npos) << outcome.last.rule->text;
    EXPECT_EQ(outcome.last.seen, seen);
    EXPECT_FALSE(outcome.last.packet_complete);
  }

  TxJobPool pool_;
  bool keys_granted_ = true;
};

TEST_F(TxDescriptorReaderTest, OneBuffer) {
  const Outcome outcome = feed({data(0x1122'3344'5566, 60, true, 0xabcd)});
  ASSERT_TRUE(outcome.job);
  const TxJob& job = *outcome.job;
  EXPECT_EQ(job.queue, 3);
  EXPECT_EQ(job.piece_count, 1);
  EXPECT_EQ(job.pieces[0].address, 0x1122'3344'5566u);
  EXPECT_EQ(job.pieces[0].length, 60u);
  EXPECT_EQ(job.total_bytes, 60u);
  EXPECT_EQ(job.completion_tag, 0xabcd);
  EXPECT_EQ(job.head, 1);
  EXPECT_FALSE(job.tso || job.psp || job.l3_checksum || job.l4_checksum || job.report_head);
}

TEST_F(TxDescriptorReaderTest, TagAndHeadAreThoseOfTheLastDescriptorAndFlagsAddUp) {
  const Outcome outcome =
      feed({encode({.buffer_address = 1, .cs_en = true, .completion_tag = 1, .buffer_size = 100}),
            encode({.buffer_address = 2, .re = true, .completion_tag = 2, .buffer_size = 16383}),
            data(3, 1, true, 3)});
  ASSERT_TRUE(outcome.job);
  EXPECT_EQ(outcome.job->completion_tag, 3);
  EXPECT_EQ(outcome.job->head, 3);
  EXPECT_EQ(outcome.job->piece_count, 3);
  EXPECT_EQ(outcome.job->total_bytes, 16484u);
  EXPECT_TRUE(outcome.job->l4_checksum);
  EXPECT_TRUE(outcome.job->report_head);
}

TEST_F(TxDescriptorReaderTest, TsoContextWithGarbageInTheFieldsThatLinuxDoesNotWrite) {
  Descriptor context = tso(1448, 66);
  context[3] = context[7] = 0xff;
  std::fill(context.begin() + 10, context.end(), uint8_t{0xff});
  const Outcome outcome = feed({context, data(1, 66, false), data(2, 9000)});
  ASSERT_TRUE(outcome.job);
  EXPECT_TRUE(outcome.job->tso);
  EXPECT_FALSE(outcome.job->psp);
  EXPECT_EQ(outcome.job->mss, 1448);
  EXPECT_EQ(outcome.job->header_bytes, 66);
}

TEST_F(TxDescriptorReaderTest, LengthIsTheSumOfTheBuffersNotTlen) {
  Descriptor context{};
  idpf::TsoContextDescriptor{.tlen = 5, .mss = 1000, .header_length = 54, .command = idpf::kContextTso}
      .encode(context);
  const Outcome outcome = feed({context, data(1, 54, false), data(2, 16000, false), data(3, 16000)});
  ASSERT_TRUE(outcome.job);
  EXPECT_EQ(outcome.job->total_bytes, 32054u);
}

TEST_F(TxDescriptorReaderTest, ContextWithoutTsoIsNoTso) {
  Descriptor context{};
  idpf::TsoContextDescriptor{}.encode(context);
  const Outcome outcome = feed({context, data(1, 100)});
  ASSERT_TRUE(outcome.job);
  EXPECT_FALSE(outcome.job->tso);
}

TEST_F(TxDescriptorReaderTest, PspContext) {
  idpf::PspContextDescriptor context = test::psp(0xffffff, 0xbeef);
  context.insert_spi = true;
  const Outcome outcome = feed({encode(context), data(1, 100)});
  ASSERT_TRUE(outcome.job);
  EXPECT_TRUE(outcome.job->psp);
  EXPECT_TRUE(outcome.job->append_icv);
  EXPECT_TRUE(outcome.job->spi_from_sa);
  EXPECT_EQ(outcome.job->sa_index, 0xffffffu);
  EXPECT_EQ(outcome.job->sa_tag, 0xbeef);
  EXPECT_FALSE(outcome.job->tso);

  context.append_icv = context.insert_spi = false;
  const Outcome other = feed({encode(context), data(1, 100)});
  ASSERT_TRUE(other.job);
  EXPECT_FALSE(other.job->append_icv || other.job->spi_from_sa);
}

TEST_F(TxDescriptorReaderTest, PspContextWithTso) {
  idpf::PspContextDescriptor context = test::psp(5, 1);
  context.command = idpf::kContextTso;
  context.mss = 1300;
  context.header_length = 98;
  const Outcome outcome = feed({encode(context), data(1, 98, false), data(2, 5000)});
  ASSERT_TRUE(outcome.job);
  EXPECT_TRUE(outcome.job->psp && outcome.job->tso);
  EXPECT_EQ(outcome.job->mss, 1300);
  EXPECT_EQ(outcome.job->header_bytes, 98);
}

TEST_F(TxDescriptorReaderTest, OtherTypesAreRefused) {
  for (unsigned dtype = 0; dtype < 32; ++dtype) {
    if (dtype == 5 || dtype == 12 || dtype == 16 || dtype == 17) continue;
    Descriptor descriptor = data(1, 100);
    descriptor[8] = static_cast<uint8_t>(dtype);
    expect_broken({descriptor}, "dtype", "DTYPE 5, 12", dtype);
  }
}

TEST_F(TxDescriptorReaderTest, PspNeedsTheQueuesFlag) {
  expect_broken({encode(test::psp(1, 1))}, "dtype", "PSP flag", 16, false);
}

TEST_F(TxDescriptorReaderTest, OneContextAndItComesFirst) {
  const Descriptor psp = encode(test::psp(1, 1));
  expect_broken({tso(1000, 54), tso(1000, 54)}, "dtype", "at most one context", 5);
  expect_broken({psp, tso(1000, 54)}, "dtype", "at most one context", 5);
  expect_broken({tso(1000, 54), psp}, "dtype", "at most one context", 16);
  expect_broken({data(1, 100, false), tso(1000, 54)}, "dtype", "at most one context", 5);
  expect_broken({data(1, 100, false), psp}, "dtype", "at most one context", 16);
}

TEST_F(TxDescriptorReaderTest, TsoFields) {
  expect_broken({tso(0, 54)}, "mss", "above 0", 0);
  expect_broken({tso(1000, 41)}, "header_length", "at least 42", 41);
  expect_broken({tso(1000, 54), data(1, 54)}, "header_length", "payload behind", 54);
  expect_broken({tso(1000, 255), data(1, 254, true)}, "header_length", "payload behind", 255);
  EXPECT_TRUE(feed({tso(1, 54), data(1, 55)}).job) << "smallest of everything";
  EXPECT_TRUE(feed({tso(idpf::kMaxMss, 255), data(1, 256)}).job) << "largest of everything";
}

TEST_F(TxDescriptorReaderTest, PspFields) {
  for (const auto source : {idpf::PspKeySource::kNone, idpf::PspKeySource{3}}) {
    idpf::PspContextDescriptor context = test::psp(1, 1);
    context.key_source = source;
    expect_broken({encode(context)}, "key_source", "SA table", static_cast<uint64_t>(source));
  }
  idpf::PspContextDescriptor context = test::psp(1, 1);
  context.iv_from_header = true;
  expect_broken({encode(context)}, "iv_from_header", "IV", 1);

  context = test::psp(1, 1);
  context.command = idpf::kContextTso;
  context.header_length = 98;
  expect_broken({encode(context)}, "mss", "above 0", 0);
  context.mss = 1000;
  context.append_icv = false;
  expect_broken({encode(context)}, "append_icv", "each segment", 0);
}

TEST_F(TxDescriptorReaderTest, AKeyInTheDescriptors) {
  std::vector<uint8_t> key(32);
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(0xa0 + i);
  for (const size_t bytes : {size_t{16}, size_t{32}}) {
    std::vector<Descriptor> descriptors = {encode(test::psp_inline())};
    for (const Descriptor& part : test::keys(std::span(key).first(bytes))) descriptors.push_back(part);
    EXPECT_EQ(descriptors.size(), bytes == 16 ? 3u : 4u);
    descriptors.push_back(data(1, 100));
    const Outcome outcome = feed(descriptors);
    ASSERT_TRUE(outcome.job);
    EXPECT_TRUE(outcome.job->psp && outcome.job->inline_key);
    EXPECT_FALSE(outcome.job->names_sa());
    EXPECT_TRUE(std::ranges::equal(outcome.job->key.view(), std::span(key).first(bytes)));
  }
}

TEST_F(TxDescriptorReaderTest, KeysInWrongOrderOrNumber) {
  const Descriptor context = encode(test::psp_inline());
  const std::vector<uint8_t> key(32, 7);
  const std::vector<Descriptor> two = test::keys(std::span(key).first(16));
  const std::vector<Descriptor> three = test::keys(key);
  Descriptor only_one = two[0];
  only_one[10] |= 0x80;
  Descriptor four = three[2];
  four[10] &= 0x7f;
  expect_broken({two[0]}, "dtype", "follows a PSP context", 17);
  expect_broken({encode(test::psp(1, 1)), two[0]}, "dtype", "follows a PSP context", 17);
  expect_broken({context, data(1, 100)}, "dtype", "descriptors of the key", 12);
  expect_broken({context, two[0], data(1, 100)}, "dtype", "descriptors of the key", 12);
  expect_broken({context, tso(1000, 54)}, "dtype", "descriptors of the key", 5);
  expect_broken({context, two[1]}, "index", "count from 0", 1);
  expect_broken({context, two[0], two[0]}, "index", "count from 0", 0);
  expect_broken({context, three[0], three[2]}, "index", "count from 0", 2);
  expect_broken({context, only_one}, "last", "two or three", 1);
  expect_broken({context, three[0], three[1], four}, "last", "two or three", 0);
  expect_broken({context, two[0], two[1], two[0]}, "dtype", "follows a PSP context", 17);
}

TEST_F(TxDescriptorReaderTest, AnInlineKeyGoesWithoutTheTable) {
  idpf::PspContextDescriptor context = test::psp_inline();
  context.device_built = true;
  expect_broken({encode(context)}, "device_built", "template", 1);
  context = test::psp_inline();
  context.insert_spi = true;
  expect_broken({encode(context)}, "insert_spi", "writes SPI", 1);
  context = test::psp_inline();
  context.iv_from_header = true;
  expect_broken({encode(context)}, "iv_from_header", "IV", 1);
  keys_granted_ = false;
  expect_broken({encode(test::psp_inline())}, "key_source", "not granted", 2);
}

TEST_F(TxDescriptorReaderTest, ABrokenPacketLeavesNoKey) {
  TxJob* raw = nullptr;
  {
    TxDescriptorReader reader({.psp = true, .key_in_descriptor = true});
    reader.begin(pool_.take(), 0);
    reader.take(encode(test::psp_inline()), 0, 1);
    reader.take(test::keys(std::vector<uint8_t>(16, 0x5a))[0], 1, 2);
    TxJobPtr job = reader.finish();
    raw = job.get();
    EXPECT_EQ(raw->key.bytes[0], 0x5a);
  }
  EXPECT_EQ(raw->key.bytes[0], 0) << "the pool keeps the job, and not its key";
}

TEST_F(TxDescriptorReaderTest, R40_SlotsCountFromTheFirstOfTheFunction) {
  TxDescriptorReader reader({.psp = true, .sa_first = 1000, .sa_count = 10});
  const auto index_of = [&](uint32_t named) {
    reader.begin(pool_.take(), 0);
    reader.take(encode(test::psp(named, 1)), 0, 1);
    reader.take(data(1, 100), 1, 2);
    return reader.finish()->sa_index;
  };
  EXPECT_EQ(index_of(0), 1000u);
  EXPECT_EQ(index_of(9), 1009u);
  EXPECT_EQ(index_of(10), TxJob::kNoSa) << "another function's";
  EXPECT_EQ(index_of(0xffffff), TxJob::kNoSa);
}

TEST_F(TxDescriptorReaderTest, SizesOfBuffersAndFrames) {
  expect_broken({data(1, 0)}, "buffer_size", "must not be 0", 0);
  expect_broken({data(1, 16)}, "buffer_size", "at least 17", 16);
  EXPECT_TRUE(feed({data(1, 17)}).job);
  EXPECT_TRUE(feed({data(1, 16, false), data(2, 1)}).job);

  // 65535 bytes and 256 of headers.
  std::vector<Descriptor> largest(4, data(1, 16383, false));
  largest.push_back(data(1, 259));
  const Outcome outcome = feed(largest);
  ASSERT_TRUE(outcome.job);
  EXPECT_EQ(outcome.job->total_bytes, 65535u + 256u);
  largest.back() = data(1, 260);
  expect_broken(largest, "buffer_size", "at most 65535", 65792);
}

TEST_F(TxDescriptorReaderTest, NumberOfBuffers) {
  std::vector<Descriptor> most(TxJob::kMaxPieces - 1, data(1, 10, false));
  most.push_back(data(1, 10));
  const Outcome outcome = feed(most);
  ASSERT_TRUE(outcome.job);
  EXPECT_EQ(outcome.job->piece_count, TxJob::kMaxPieces);
  most.insert(most.begin(), data(1, 10, false));
  expect_broken(most, "eop", "at most 48", 49);
}

}  // namespace
}  // namespace pspnic::queue
