// SPDX-License-Identifier: Apache-2.0
// Records through the stream: any cut of it, sent again from anywhere, and broken ones.
#include "testbench/bench/tcp_records.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace pspnic::bench {
namespace {

struct Recorder : TcpRecordSink {
  void on_key(const host::TxSaRequest& key) override {
    said += "key " + std::to_string(key.spi) + " " + std::to_string(key.key.size) + ";";
    last = key.key;
  }
  void on_start() override { said += "start;"; }
  void on_data(std::span<const uint8_t> bytes) override {
    data.insert(data.end(), bytes.begin(), bytes.end());
  }

  std::string said;
  psp::SessionKey last;
  std::vector<uint8_t> data;
};

const psp::SessionKey kShort(std::vector<uint8_t>(16, 0x5a));
const psp::SessionKey kLong(std::vector<uint8_t>(32, 0xa5));

void count_up(uint64_t offset, std::span<uint8_t> into) {
  for (size_t i = 0; i < into.size(); ++i) into[i] = static_cast<uint8_t>(offset + i);
}

uint64_t put_all(TcpRecordWriter& writer) {
  uint64_t bytes = writer.put_key(7, psp::Version::kAesGcm128, kShort);
  bytes += writer.put_start();
  bytes += writer.put_data(300);
  bytes += writer.put_key(9, psp::Version::kAesGmac256, kLong);
  bytes += writer.put_data(0);
  return bytes + writer.put_data(1);
}

std::vector<uint8_t> stream_of(const TcpRecordWriter& writer) {
  std::vector<uint8_t> stream(writer.size());
  writer.fetch(0, stream, count_up);
  return stream;
}

TEST(TcpRecords, ArriveInPiecesOfAnySize) {
  TcpRecordWriter writer;
  EXPECT_EQ(put_all(writer), 6 * kTcpRecordHeaderBytes + 20 + 36 + 301);
  const std::vector<uint8_t> stream = stream_of(writer);
  EXPECT_EQ(stream.size(), writer.size());
  for (size_t step = 1; step <= stream.size(); ++step) {
    Recorder got;
    TcpRecordReader reader;
    for (size_t at = 0; at < stream.size(); at += step) {
      ASSERT_TRUE(reader.take(std::span(stream).subspan(at, std::min(step, stream.size() - at)), got));
    }
    EXPECT_EQ(got.said, "key 7 16;start;key 9 32;");
    EXPECT_TRUE(std::ranges::equal(got.last.view(), kLong.view()));
    ASSERT_EQ(got.data.size(), 301u);
    for (size_t i = 0; i < 301; ++i) ASSERT_EQ(got.data[i], static_cast<uint8_t>(i));
  }
}

TEST(TcpRecords, AnyPartCanBeFetchedAgainUntilItIsAcknowledged) {
  TcpRecordWriter writer;
  put_all(writer);
  const std::vector<uint8_t> stream = stream_of(writer);
  for (uint64_t acknowledged = 0; acknowledged <= stream.size(); acknowledged += 7) {
    const uint64_t before = writer.data_before(acknowledged);
    writer.acknowledge(acknowledged);
    EXPECT_EQ(writer.data_before(acknowledged), before) << acknowledged;
    for (uint64_t at = acknowledged; at < stream.size(); at += 11) {
      std::vector<uint8_t> again(std::min<size_t>(50, stream.size() - at));
      writer.fetch(at, again, count_up);
      EXPECT_TRUE(std::equal(again.begin(), again.end(), stream.begin() + static_cast<ptrdiff_t>(at))) << at;
    }
  }
  EXPECT_EQ(writer.data_before(stream.size()), 301u);
  std::vector<uint8_t> gone(4, 0xff);
  writer.acknowledge(stream.size());
  writer.fetch(30, gone, count_up);
  EXPECT_EQ(gone, std::vector<uint8_t>(4, 0)) << "what a keep-alive asks for";
}

TEST(TcpRecords, CountsDataOnTheByte) {
  TcpRecordWriter writer;
  writer.put_start();
  writer.put_data(10);
  constexpr uint64_t kBody = 2 * kTcpRecordHeaderBytes;
  EXPECT_EQ(writer.data_before(kBody), 0u);
  EXPECT_EQ(writer.data_before(kBody + 1), 1u);
  EXPECT_EQ(writer.data_before(kBody + 9), 9u);
  EXPECT_EQ(writer.data_before(kBody + 10), 10u);
}

TEST(TcpRecords, BrokenOnesEndTheStream) {
  TcpRecordWriter writer;
  writer.put_key(7, psp::Version::kAesGcm128, kShort);
  const std::vector<uint8_t> good = stream_of(writer);
  const auto taken = [&](size_t place, uint8_t value) {
    std::vector<uint8_t> stream = good;
    stream[place] = value;
    Recorder got;
    TcpRecordReader reader;
    const bool well = reader.take(stream, got);
    EXPECT_EQ(reader.take(good, got), well) << "it stays broken";
    EXPECT_EQ(got.said.empty(), !well);
    return well;
  };
  EXPECT_TRUE(taken(kTcpRecordHeaderBytes, 0));
  EXPECT_FALSE(taken(0, 'X'));
  EXPECT_FALSE(taken(4, 0));
  EXPECT_FALSE(taken(4, 4));
  EXPECT_FALSE(taken(5, 4)) << "no such version";
  EXPECT_FALSE(taken(5, 1)) << "a length that does not fit the version";
  EXPECT_FALSE(taken(15, 19));
}

}  // namespace
}  // namespace pspnic::bench
