// SPDX-License-Identifier: Apache-2.0
#include "model/net/capture.h"

#include <gtest/gtest.h>

#include "model/net/parse.h"
#include "testbench/tests/model/net/capture_files.h"

namespace pspnic::net::test {
namespace {

TEST(CaptureWriter, WritesTheFileFormat) {
  const TemporaryFile file;
  CaptureWriter writer(file.path());
  EXPECT_TRUE(writer.write(1'000'000'000ULL * 0xfedcba98 + 123456789, pattern(5)));
  EXPECT_TRUE(writer.write(999'999'999, pattern(3), 60));
  EXPECT_TRUE(writer.close());
  EXPECT_EQ(writer.packets(), 2U);
  EXPECT_EQ(file.read(), pcap_header() + pcap_record(0xfedcba98, 123456789, pattern(5), 5) +
                             pcap_record(0, 999'999'999, pattern(3), 60));
}

TEST(Capture, RoundTripOfAllKinds) {
  const TemporaryFile file;
  const std::vector<Copy> packets = {
      {0, ipv4_frame(kProtocolUdp, udp(pattern(20))), 62},
      {1, ethernet(kEtherTypeIpv6, {{kEtherTypeVlan, 5}}) + ipv6(kProtocolTcp, tcp(pattern(9000))), 9078},
      {1, ethernet(kEtherTypeArp) + pattern(46), 60},
      {1'700'000'000'123'456'789, {}, 0},
      {1'700'000'000'123'456'790, pattern(1), 1}};
  {
    CaptureWriter writer(file.path());
    for (const Copy& packet : packets) EXPECT_TRUE(writer.write(packet.time_ns, packet.bytes));
  }
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader), packets);
  EXPECT_FALSE(reader.error()) << reader.error()->text();
  EXPECT_EQ(reader.packets(), packets.size());
  const Parsed tagged = parse_frame(packets[1].bytes);
  EXPECT_EQ(tagged.vlan_tags, 1);
  EXPECT_EQ(tagged.l4, L4::kTcp);
}

TEST(Capture, TruncatedPacketsAreReportedPerRecord) {
  const TemporaryFile file;
  {
    CaptureWriter writer(file.path(), 100);
    EXPECT_TRUE(writer.write(1, pattern(100)));
    EXPECT_TRUE(writer.write(2, pattern(101)));
    EXPECT_TRUE(writer.write(3, pattern(64), 1500));
  }
  CaptureReader reader(file.path());
  CaptureRecord record;
  ASSERT_TRUE(reader.next(record));
  EXPECT_FALSE(record.truncated());
  ASSERT_TRUE(reader.next(record));
  EXPECT_TRUE(record.truncated());
  EXPECT_EQ(record.bytes.size(), 100U);
  EXPECT_EQ(record.original_bytes, 101U);
  ASSERT_TRUE(reader.next(record));
  EXPECT_TRUE(record.truncated());
  EXPECT_EQ(record.original_bytes, 1500U);
  EXPECT_FALSE(reader.next(record));
  EXPECT_FALSE(reader.error());
}

TEST(Capture, ManyPacketsThroughTheBuffer) {
  const TemporaryFile file;
  {
    CaptureWriter writer(file.path());
    for (unsigned i = 0; i < 3000; ++i) EXPECT_TRUE(writer.write(i * 1000, pattern(i % 1500, i)));
  }
  CaptureReader reader(file.path());
  CaptureRecord record;
  for (unsigned i = 0; i < 3000; ++i) {
    ASSERT_TRUE(reader.next(record));
    ASSERT_EQ(record.time_ns, i * 1000);
    ASSERT_EQ(Bytes(record.bytes.begin(), record.bytes.end()), pattern(i % 1500, i));
  }
  EXPECT_FALSE(reader.next(record));
}

TEST(CaptureWriter, FlushMakesTheFileReadable) {
  const TemporaryFile file;
  CaptureWriter writer(file.path());
  EXPECT_TRUE(writer.write(7, pattern(60)));
  EXPECT_TRUE(writer.flush());
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader).size(), 1U);
}

TEST(CaptureWriter, ReportsItsErrors) {
  CaptureWriter nowhere("/nonexistent/folder/x.pcap");
  ASSERT_TRUE(nowhere.error());
  EXPECT_EQ(nowhere.error()->file, "/nonexistent/folder/x.pcap");
  EXPECT_FALSE(nowhere.write(0, pattern(60)));
  EXPECT_FALSE(nowhere.close());

  const TemporaryFile file;
  CaptureWriter late(file.path());
  EXPECT_FALSE(late.write(1'000'000'000ULL << 32, pattern(60)));
  ASSERT_TRUE(late.error());
  EXPECT_EQ(late.error()->packet, 1U);

  CaptureWriter closed(file.path());
  EXPECT_TRUE(closed.close());
  EXPECT_FALSE(closed.write(0, pattern(60)));
  EXPECT_TRUE(closed.error());
}

TEST(CaptureWriter, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  CaptureWriter writer("/dev/full");
  EXPECT_TRUE(writer.write(0, pattern(60)));  // still in the buffer
  EXPECT_FALSE(writer.flush());
  EXPECT_TRUE(writer.error());
  EXPECT_FALSE(writer.close());
}

TEST(CaptureReader, ReadsMicrosecondsAndTheOtherByteOrder) {
  const TemporaryFile file;
  file.write(pcap_header(0xa1b2c3d4) + pcap_record(3, 250'000, pattern(4), 4));
  CaptureReader micro(file.path());
  EXPECT_EQ(read_all(micro), (std::vector<Copy>{{3'250'000'000, pattern(4), 4}}));
  file.write(be32(0xa1b23c4d) + be16(2) + be16(4) + be32(0) + be32(0) + be32(65535) + be32(1) + be32(3) +
             be32(42) + be32(2) + be32(2) + pattern(2));
  CaptureReader swapped(file.path());
  EXPECT_EQ(read_all(swapped), (std::vector<Copy>{{3'000'000'042, pattern(2), 2}}));
}

TEST(CaptureReader, MovesWithItsPosition) {
  const TemporaryFile file;
  file.write(pcap_header() + pcap_record(0, 1, pattern(4), 4) + pcap_record(0, 2, pattern(5), 5));
  CaptureReader reader(file.path());
  CaptureRecord record;
  ASSERT_TRUE(reader.next(record));
  CaptureReader moved = std::move(reader);
  ASSERT_TRUE(moved.next(record));
  EXPECT_EQ(record.time_ns, 2U);
  EXPECT_EQ(moved.packets(), 2U);
}

}  // namespace
}  // namespace pspnic::net::test
