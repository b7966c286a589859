// SPDX-License-Identifier: Apache-2.0
#include "model/tx/transform.h"

#include <gtest/gtest.h>

#include <cstring>

#include "model/net/checksum.h"
#include "model/psp/header.h"
#include "testbench/tests/model/net/frames.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::tx {
namespace {

using net::test::Bytes;
using net::test::operator+;
using pspnic::test::TcpFlow;

struct Result {
  TransformError error;
  Bytes bytes;
};

class TransformTest : public testing::Test {
 protected:
  static queue::TxJob psp_job() {
    queue::TxJob job;
    job.psp = job.append_icv = true;
    return job;
  }
  static crypto::Sa sa_of(const TcpFlow& flow) {
    crypto::Sa sa;
    sa.spi = flow.spi;
    sa.version = static_cast<psp::Version>(flow.version);
    return sa;
  }
  TransformError find(const Bytes& frame, const queue::TxJob& job) {
    HeaderMap map;
    const Bytes exact = frame;  // on the heap, so that a sanitizer sees each byte read behind its end
    return find_headers(exact, job, map);
  }
  // A whole frame that is not TSO.
  Result finish(const Bytes& frame, const queue::TxJob& job, const crypto::Sa* sa = nullptr) {
    HeaderMap map;
    const TransformError found = find_headers(frame, job, map);
    if (found != TransformError::kNone) return {found, {}};
    base::PacketPtr packet = pool_.take(static_cast<uint32_t>(frame.size()));
    std::memcpy(packet->data(), frame.data(), frame.size());
    const TransformError error = finish_frame(*packet, map, job, {}, sa).error;
    return {error, Bytes(packet->bytes().begin(), packet->bytes().end())};
  }
  static Bytes psp_header(uint8_t next_header, uint8_t ext_len = 1, uint8_t last_byte = 1,
                          uint8_t crypt_offset = 0) {
    Bytes header = {next_header, ext_len, crypt_offset, last_byte, 0x12, 0x34, 0x56, 0x78};
    header.resize(psp::kHeaderBytes);
    return header;
  }
  static Bytes psp_frame(const Bytes& psp_packet) {
    return net::test::ipv4_frame(net::kProtocolUdp, net::test::udp(psp_packet));
  }

  base::PacketPool pool_;
};

TEST_F(TransformTest, PlainFramesGoOutAsTheyCame) {
  const Bytes frame = net::test::ipv4_frame(net::kProtocolTcp, net::test::tcp(net::test::pattern(100)));
  const Result result = finish(frame, {});
  EXPECT_EQ(result.error, TransformError::kNone);
  EXPECT_EQ(result.bytes, frame);
}

TEST_F(TransformTest, ShortFramesArePaddedWithZeros) {
  for (const size_t size : {size_t{17}, size_t{59}, size_t{60}, size_t{61}}) {
    const Bytes frame = net::test::pattern(size, 0x80);
    Bytes expected = frame;
    expected.resize(std::max<size_t>(size, 60));
    // A packet used before has other bytes there.
    base::PacketPtr used = pool_.take(100);
    std::memset(used->data(), 0xaa, 100);
    used.reset();
    EXPECT_EQ(finish(frame, {}).bytes, expected) << size;
  }
}

TEST_F(TransformTest, ChecksumsArePutInFromScratch) {
  for (const bool v6 : {false, true}) {
    TcpFlow flow;
    flow.outer_v6 = v6;
    const Bytes payload = net::test::pattern(101);
    const Bytes right = pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true);
    Bytes frame = right;
    frame[flow.header_bytes() - 4] ^= 0x5a;
    if (!v6) frame[14 + 10] ^= 0xff;
    queue::TxJob job;
    EXPECT_EQ(finish(frame, job).bytes, frame);
    job.l3_checksum = job.l4_checksum = true;
    EXPECT_EQ(finish(frame, job).bytes, right);
  }
}

TEST_F(TransformTest, ChecksumOffloadOfNonsenseLeavesItAlone) {
  queue::TxJob job;
  job.l3_checksum = job.l4_checksum = true;
  Bytes not_ip = net::test::pattern(80, 1);
  EXPECT_EQ(finish(not_ip, job).bytes, not_ip);
  Bytes long_options = net::test::ethernet(net::kEtherTypeIpv4) + Bytes(46, 0x4f);  // IHL 15 in 46 bytes
  EXPECT_EQ(finish(long_options, job).bytes, long_options);
  Bytes no_length = net::test::ethernet(net::kEtherTypeIpv4) + Bytes(46, 0x40);  // IHL 0
  EXPECT_EQ(finish(no_length, job).bytes, no_length);
}

TEST_F(TransformTest, PspFrameGetsRoomForTheIcvAndLengthsThatCountIt) {
  for (unsigned kind = 0; kind < 16; ++kind) {
    TcpFlow flow;
    flow.psp = true;
    flow.outer_v6 = flow.inner_v6 = (kind & 1) != 0;
    flow.tunnel = (kind & 2) != 0;
    flow.vc = (kind & 4) != 0;
    flow.vlan_tags = kind >> 3;
    const Bytes payload = net::test::pattern(301);
    queue::TxJob job = psp_job();
    job.l3_checksum = job.l4_checksum = true;
    const crypto::Sa sa = sa_of(flow);
    const Bytes expected = pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true);
    // Spoils the outer lengths and the inner checksum, but a tunnel's inner IP header is the driver's own.
    Bytes frame = expected;
    frame.resize(frame.size() - 16);
    const size_t ip = 14 + 4 * flow.vlan_tags;
    frame[ip + (flow.outer_v6 ? 4 : 2)] = 0;
    frame[flow.psp_offset() - 4] = 0xff;
    frame[flow.header_bytes() - 4] ^= 0xff;
    Result result = finish(frame, job, &sa);
    ASSERT_EQ(result.error, TransformError::kNone) << kind;
    std::fill(result.bytes.end() - 16, result.bytes.end(), uint8_t{0});  // the room for the ICV
    EXPECT_EQ(result.bytes, expected) << kind;

    // The same with the room in the driver's buffer already.
    Bytes with_room = frame;
    with_room.resize(with_room.size() + 16);
    job.append_icv = false;
    EXPECT_EQ(finish(with_room, job, &sa).bytes, expected) << kind;
  }
}

// The pseudo header has the UDP length, which may be less than the IP packet has (RFC 768, RFC 9868).
TEST_F(TransformTest, InnerUdpChecksumIsOverTheDatagramAlone) {
  queue::TxJob job = psp_job();
  crypto::Sa sa;
  sa.spi = 0x12345678;
  sa.version = psp::Version::kAesGcm128;
  const Bytes datagram = net::test::udp(net::test::pattern(20), 4000, 4001);
  const Bytes surplus = net::test::pattern(12, 99);
  job.l4_checksum = true;
  Bytes plain = net::test::ipv4_frame(net::kProtocolUdp, datagram + surplus);
  ASSERT_TRUE(net::update_l4_checksum(plain, net::parse_frame(plain)));
  const Bytes inner(plain.begin() + 34, plain.end());
  const Result result = finish(psp_frame(psp_header(17) + datagram + surplus), job, &sa);
  ASSERT_EQ(result.error, TransformError::kNone);
  EXPECT_EQ(Bytes(result.bytes.end() - 16 - 40, result.bytes.end() - 16), inner);
  for (const uint8_t length : {uint8_t{7}, uint8_t{41}}) {
    Bytes broken = datagram + surplus;
    broken[5] = length;
    const Result left = finish(psp_frame(psp_header(17) + broken), job, &sa);
    EXPECT_EQ(Bytes(left.bytes.end() - 16 - 40, left.bytes.end() - 16), broken) << "left alone, as plain";
  }
}

TEST_F(TransformTest, InnerUdpChecksumNeverBecomesZero) {
  queue::TxJob job = psp_job();
  job.l3_checksum = job.l4_checksum = true;
  crypto::Sa sa;
  sa.spi = 0x12345678;
  // Payload word chosen so that the sum is all ones.
  unsigned met = 0;
  for (unsigned word = 0; word < 0x10000; ++word) {
    const Bytes inner = net::test::udp(net::test::be16(static_cast<uint16_t>(word)), 1, 2);
    const Result result = finish(psp_frame(psp_header(17) + inner), job, &sa);
    const size_t at = 14 + 20 + 8 + 16 + 6;
    const unsigned sum = result.bytes[at] * 256u + result.bytes[at + 1];
    ASSERT_NE(sum, 0u) << word;
    met += sum == 0xffff;
  }
  EXPECT_GE(met, 1u);
}

TEST_F(TransformTest, SpiAndVersionComeFromTheSaIfAsked) {
  queue::TxJob job = psp_job();
  job.spi_from_sa = true;
  crypto::Sa sa;
  sa.spi = 0x80abcdef;
  sa.version = psp::Version::kAesGcm256;
  const Bytes frame = psp_frame(psp_header(17, 2, 0xc3, 7) + Bytes(8, 0x77) + net::test::udp(Bytes(60, 1)));
  const Result result = finish(frame, job, &sa);
  ASSERT_EQ(result.error, TransformError::kNone);
  const Bytes expected = Bytes{17, 2, 7, 0xc7, 0x80, 0xab, 0xcd, 0xef} + Bytes(8, 0) + Bytes(8, 0x77);
  EXPECT_EQ(Bytes(result.bytes.begin() + 42, result.bytes.begin() + 66), expected)
      << "S, D, V and cookie stay";
}

TEST_F(TransformTest, NoPsp) {
  const Bytes good = psp_frame(psp_header(6) + net::test::tcp(Bytes(10, 1)));
  const queue::TxJob job = psp_job();
  ASSERT_EQ(find(good, job), TransformError::kNone);
  EXPECT_EQ(find(net::test::pattern(60), job), TransformError::kNoPsp);
  EXPECT_EQ(find(net::test::ipv4_frame(6, net::test::tcp(Bytes(60, 1))), job), TransformError::kNoPsp);
  EXPECT_EQ(find(net::test::ipv4_frame(17, net::test::udp(psp_header(6) + Bytes(40, 1), 1000, 1001)), job),
            TransformError::kNoPsp);
  Bytes fragment = good;
  fragment[14 + 6] = 0x20;
  EXPECT_EQ(find(fragment, job), TransformError::kNoPsp);
  // Hop-by-hop and destination options, and a routing header at its end; not what holds UDP fast.
  const auto behind = [&](uint8_t type, Bytes header) {
    return find(net::test::ipv6_frame(type, header + net::test::udp(psp_header(6) + Bytes(40, 1))), job);
  };
  for (const uint8_t type : {uint8_t{0}, uint8_t{60}}) {
    EXPECT_EQ(behind(type, {17, 0, 1, 4, 0, 0, 0, 0}), TransformError::kNone) << int{type};
  }
  EXPECT_EQ(behind(43, {17, 0, 253, 0, 0, 0, 0, 0}), TransformError::kNone);
  EXPECT_EQ(behind(43, {17, 0, 253, 1, 0, 0, 0, 0}), TransformError::kNoPsp) << "segments left";
  EXPECT_EQ(behind(44, {17, 0, 0, 0, 0, 0, 0, 1}), TransformError::kNoPsp) << "a fragment header";
  EXPECT_EQ(behind(51, {17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}), TransformError::kNoPsp) << "authentication";
  EXPECT_EQ(behind(60, {0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0}), TransformError::kNone) << "two";
  for (size_t size = 0; size < 58; ++size) {
    EXPECT_EQ(find(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(size)), job),
              TransformError::kNoPsp)
        << size;
  }
}

TEST_F(TransformTest, PspHeader) {
  const queue::TxJob job = psp_job();
  crypto::Sa sa;
  sa.spi = 0x12345678;
  const Bytes content(40, 3);
  EXPECT_EQ(finish(psp_frame(psp_header(99) + content), job, &sa).error, TransformError::kNone);
  EXPECT_EQ(find(psp_frame(psp_header(99, 0) + content), job), TransformError::kPspHeader) << "length 0";
  EXPECT_EQ(find(psp_frame(psp_header(99, 1, 3) + content), job), TransformError::kPspHeader)
      << "no room for a cookie";
  EXPECT_EQ(find(psp_frame(psp_header(99, 6) + content), job), TransformError::kNone);
  EXPECT_EQ(find(psp_frame(psp_header(99, 7) + content), job), TransformError::kPspHeader)
      << "beyond the frame";

  EXPECT_EQ(finish(psp_frame(psp_header(99, 1, 0) + content), job, &sa).error, TransformError::kPspHeader);
  EXPECT_EQ(finish(psp_frame(psp_header(99, 1, 5) + content), job, &sa).error, TransformError::kPspHeader)
      << "version";
  EXPECT_EQ(finish(psp_frame(psp_header(99, 1, 1, 10) + content), job, &sa).error, TransformError::kNone);
  EXPECT_EQ(finish(psp_frame(psp_header(99, 1, 1, 11) + content), job, &sa).error, TransformError::kPspHeader)
      << "crypt offset beyond the payload";
  sa.spi++;
  EXPECT_EQ(finish(psp_frame(psp_header(99) + content), job, &sa).error, TransformError::kPspHeader) << "SPI";

  queue::TxJob no_room = psp_job();
  no_room.append_icv = false;
  sa.spi--;
  EXPECT_EQ(finish(psp_frame(psp_header(99) + Bytes(16, 0)), no_room, &sa).error, TransformError::kNone);
  EXPECT_EQ(finish(psp_frame(psp_header(99) + Bytes(15, 0)), no_room, &sa).error, TransformError::kPspHeader);
}

TEST_F(TransformTest, Segmentation) {
  queue::TxJob job;
  job.tso = true;
  job.mss = 100;
  job.header_bytes = 54;
  const Bytes tcp = net::test::ipv4_frame(6, net::test::tcp({}));
  EXPECT_EQ(find(tcp, job), TransformError::kNone);
  job.header_bytes = 55;
  EXPECT_EQ(find(tcp + Bytes{1}, job), TransformError::kHeaderLength);
  job.header_bytes = 66;
  EXPECT_EQ(find(net::test::ipv4_frame(6, net::test::tcp({}, Bytes(12, 1))), job), TransformError::kNone);
  EXPECT_EQ(find(net::test::ipv4_frame(6, net::test::tcp({}, Bytes(16, 1))), job),
            TransformError::kHeaderLength);
  EXPECT_EQ(find(net::test::ethernet(net::kEtherTypeArp) + Bytes(52, 1), job), TransformError::kNoIp);
  EXPECT_EQ(find(net::test::ipv4_frame(17, net::test::udp(Bytes(24, 1))), job),
            TransformError::kHeaderLength);
  EXPECT_EQ(find(net::test::ipv4_frame(17, Bytes(7, 1)), job), TransformError::kNoL4) << "UDP ends inside";
  EXPECT_EQ(find(net::test::ipv4_frame(132, Bytes(32, 1)), job), TransformError::kNoL4) << "SCTP";
  Bytes fragment = net::test::ipv4_frame(6, net::test::tcp({}, Bytes(12, 1)));
  fragment[14 + 6] = 0x20;
  EXPECT_EQ(find(fragment, job), TransformError::kNoL4);
  EXPECT_EQ(find(net::test::ipv4_frame(6, Bytes(19, 1)), job), TransformError::kNoL4) << "ends inside";

  queue::TxJob psp = psp_job();
  psp.tso = true;
  psp.mss = 100;
  psp.header_bytes = 78;
  EXPECT_EQ(find(psp_frame(psp_header(6) + net::test::tcp({})), psp), TransformError::kNone);
  psp.header_bytes = 79;
  EXPECT_EQ(find(psp_frame(psp_header(6) + net::test::tcp({}) + Bytes{1}), psp),
            TransformError::kHeaderLength);
  EXPECT_EQ(find(psp_frame(psp_header(17) + net::test::udp(Bytes(12, 1))), psp),
            TransformError::kHeaderLength);
  EXPECT_EQ(find(psp_frame(psp_header(132) + Bytes(32, 1)), psp), TransformError::kNoL4);
  EXPECT_EQ(find(psp_frame(psp_header(4) + Bytes(30, 0xff)), psp), TransformError::kNoL4)
      << "no IP in the tunnel";
}

// UDP's headers end 8 bytes behind where they begin.
TEST_F(TransformTest, SegmentationOfUdp) {
  queue::TxJob job;
  job.tso = true;
  job.mss = 100;
  job.header_bytes = 42;
  const Bytes udp = net::test::udp({});
  EXPECT_EQ(find(net::test::ipv4_frame(17, udp), job), TransformError::kNone);
  job.header_bytes = 62;
  EXPECT_EQ(find(net::test::ipv6_frame(17, udp), job), TransformError::kNone);
  job.header_bytes = 41;
  EXPECT_EQ(find(Bytes(net::test::ipv4_frame(17, udp)), job), TransformError::kHeaderLength);

  queue::TxJob psp = psp_job();
  psp.tso = true;
  psp.mss = 100;
  psp.header_bytes = 66;
  EXPECT_EQ(find(psp_frame(psp_header(17) + udp), psp), TransformError::kNone);
}

TEST_F(TransformTest, EveryErrorOfADriverHasARuleOfItsOwn) {
  std::vector<base::DriverRule> rules;
  for (int error = 1; error <= static_cast<int>(TransformError::kControlFrame); ++error) {
    rules.push_back(rule_of(static_cast<TransformError>(error)));
    EXPECT_NE(rules.back(), base::DriverRule::kCount) << error;
    EXPECT_EQ(std::ranges::count(rules, rules.back()), 1) << error;
  }
  EXPECT_EQ(rule_of(TransformError::kNone), base::DriverRule::kCount);
  EXPECT_EQ(rule_of(TransformError::kNotProtected), base::DriverRule::kCount) << "the flow table's";
  EXPECT_EQ(rule_of(TransformError::kProtectedTooLong), base::DriverRule::kCount) << "the device's headers";
}

}  // namespace
}  // namespace pspnic::tx
