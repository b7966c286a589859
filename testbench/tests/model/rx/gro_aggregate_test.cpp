// SPDX-License-Identifier: Apache-2.0
// The rules of merging: each with a pair that merges and the same pair with one thing different.
#include "model/rx/gro_aggregate.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "testbench/tests/model/rx/gro_packets.h"

namespace pspnic::rx {
namespace {

using pspnic::test::gro_forms;
using pspnic::test::gro_psp_packet;
using pspnic::test::GroForm;
using pspnic::test::GroPacket;
using Bytes = std::vector<uint8_t>;

GroSegment segment_of(const GroPacket& packet) {
  return gro_segment(build(packet), metadata_of(packet), 0);
}

// What becomes of the second packet: "merged", or why not.
std::string pair(const GroPacket& first, const GroPacket& second, const idpf::RxCompletion& metadata,
                 const GroLimits& limits = {}) {
  const GroSegment head = segment_of(first);
  if (head.kind != GroSegment::Kind::kMergeable) return "first";
  GroAggregate aggregate;
  aggregate.open(head, metadata_of(first));
  const GroSegment next = gro_segment(build(second), metadata, 0);
  if (next.kind == GroSegment::Kind::kOther) return "other";
  if (next.kind == GroSegment::Kind::kFragment) return "fragment";
  if (!(next.flow == head.flow)) return "flow";
  if (next.kind == GroSegment::Kind::kApart) return "apart " + std::to_string(static_cast<int>(next.why));
  const auto refused = aggregate.refuses(next, metadata, limits);
  return refused ? std::to_string(static_cast<int>(*refused)) : "merged";
}
std::string pair(const GroPacket& first, const GroPacket& second, const GroLimits& limits = {}) {
  return pair(first, second, metadata_of(second), limits);
}

std::string text(GroFlush why) {
  return std::to_string(static_cast<int>(why));
}
std::string apart(GroFlush why) {
  return "apart " + text(why);
}

struct Change {
  const char* name;
  std::function<void(GroPacket&)> change;
  std::string expected;
  std::function<bool(const GroPacket&)> applies = [](const GroPacket&) { return true; };
};

bool is_v4(const GroPacket& p) {
  return !p.v6;
}
bool is_psp(const GroPacket& p) {
  return p.psp;
}
bool is_tunnel(const GroPacket& p) {
  return p.tunnel;
}

std::vector<Change> header_changes() {
  const std::string mismatch = text(GroFlush::kMismatch);
  return {
      {"MAC address", [](GroPacket& p) { p.source_mac = 3; }, mismatch},
      {"VLAN tag", [](GroPacket& p) { p.vlan = 6; }, mismatch},
      {"TOS", [](GroPacket& p) { p.tos = 4; }, mismatch},
      {"ECN", [](GroPacket& p) { p.tos = 3; }, mismatch},
      {"TTL", [](GroPacket& p) { p.ttl = 63; }, mismatch},
      {"flow label", [](GroPacket& p) { p.flow_label = 4; }, mismatch, [](const auto& p) { return p.v6; }},
      {"identification", [](GroPacket& p) { p.id += 2; }, mismatch, is_v4},
      {"DF", [](GroPacket& p) { p.df = false; }, mismatch, is_v4},
      {"outer TOS", [](GroPacket& p) { p.outer_tos = 4; }, mismatch, is_tunnel},
      {"outer ECN", [](GroPacket& p) { p.outer_tos = 3; }, mismatch, is_tunnel},
      {"outer TTL", [](GroPacket& p) { p.outer_ttl = 4; }, mismatch, is_tunnel},
      {"outer address", [](GroPacket& p) { p.outer_source = 8; }, mismatch, is_tunnel},
      {"outer identification", [](GroPacket& p) { p.outer_id += 2; }, mismatch,
       [](const auto& p) { return p.tunnel && !p.outer_v6; }},
      {"UDP port", [](GroPacket& p) { p.udp_source = 0xc002; }, mismatch, is_psp},
      {"UDP checksum", [](GroPacket& p) { p.udp_checksum = 1; }, apart(GroFlush::kMismatch), is_psp},
      {"SPI", [](GroPacket& p) { p.spi = 0x1235; }, mismatch, is_psp},
      {"PSP version", [](GroPacket& p) { p.version = 1; }, mismatch, is_psp},
      {"Crypt Offset", [](GroPacket& p) { p.crypt_offset = 2; }, mismatch, is_psp},
      {"cookie", [](GroPacket& p) { p.cookie_value = 5; }, mismatch, [](const auto& p) { return p.cookie; }},
      {"one has a cookie", [](GroPacket& p) { p.cookie = !p.cookie; }, mismatch, is_psp},
      {"plain behind PSP", [](GroPacket& p) { p.psp = p.tunnel = p.cookie = false; }, mismatch, is_psp},
      {"PSP behind plain", [](GroPacket& p) { p.psp = true; }, mismatch,
       [](const auto& p) { return !p.psp; }},
      {"IP options", [](GroPacket& p) { p.ip_option = true; }, apart(GroFlush::kMismatch),
       [](const auto& p) { return !p.psp || p.tunnel; }},
      {"fragment", [](GroPacket& p) { p.more_fragments = true; }, "fragment",
       [](const auto& p) { return !p.v6 && !p.psp; }},
  };
}

std::vector<Change> tcp_changes() {
  const std::string mismatch = text(GroFlush::kMismatch);
  const std::string flags = apart(GroFlush::kFlags);
  return {
      {"source address", [](GroPacket& p) { p.source = 7; }, "flow"},
      {"source port", [](GroPacket& p) { p.source_port++; }, "flow"},
      {"destination port", [](GroPacket& p) { p.destination_port++; }, "flow"},
      {"a gap", [](GroPacket& p) { p.sequence++; }, text(GroFlush::kSequence)},
      {"an overlap", [](GroPacket& p) { p.sequence--; }, text(GroFlush::kSequence)},
      {"older ACK", [](GroPacket& p) { p.ack--; }, text(GroFlush::kSequence)},
      {"SYN", [](GroPacket& p) { p.flags |= 2; }, flags},
      {"FIN", [](GroPacket& p) { p.flags |= 1; }, flags},
      {"RST", [](GroPacket& p) { p.flags |= 4; }, flags},
      {"URG", [](GroPacket& p) { p.flags |= 0x20; }, flags},
      {"CWR", [](GroPacket& p) { p.flags |= 0x80; }, flags},
      {"no ACK", [](GroPacket& p) { p.flags = 0; }, flags},
      {"ECE", [](GroPacket& p) { p.flags |= 0x40; }, text(GroFlush::kFlags)},
      {"reserved flags", [](GroPacket& p) { p.reserved = 1; }, mismatch},
      {"window", [](GroPacket& p) { p.window++; }, mismatch},
      {"urgent pointer", [](GroPacket& p) { p.urgent = 1; }, mismatch},
      {"no time stamps", [](GroPacket& p) { p.timestamps = false; }, mismatch},
      {"older TSval", [](GroPacket& p) { p.ts_value--; }, mismatch},
      {"older TSecr", [](GroPacket& p) { p.ts_echo--; }, mismatch},
      {"another option",
       [](GroPacket& p) {
         p.other_options = {1, 1, 1, 1};
       },
       mismatch},
      {"malformed option",
       [](GroPacket& p) {
         p.other_options = {5, 9, 0, 0};
       },
       apart(GroFlush::kMismatch)},
      {"larger payload", [](GroPacket& p) { p.payload.push_back(1); }, mismatch},
      {"no payload", [](GroPacket& p) { p.payload.clear(); }, apart(GroFlush::kNoData)},
      {"wrong TCP checksum", [](GroPacket& p) { p.bad_tcp_checksum = true; }, apart(GroFlush::kChecksum)},
      {"wrong IP checksum", [](GroPacket& p) { p.bad_ip_checksum = true; }, apart(GroFlush::kChecksum),
       [](const GroPacket& p) { return !p.v6 && !p.outer_v6; }},
  };
}

void check_changes(const std::vector<Change>& changes) {
  for (const GroForm& form : gro_forms()) {
    const GroPacket second = form.packet.next(100);
    EXPECT_EQ(pair(form.packet, second), "merged") << form.name;
    for (const Change& change : changes) {
      if (!change.applies(form.packet)) continue;
      GroPacket changed = second;
      change.change(changed);
      EXPECT_EQ(pair(form.packet, changed), change.expected) << form.name << ": " << change.name;
    }
  }
}

TEST(GroAggregate, PacketsThatDifferInAHeaderDoNotMerge) {
  check_changes(header_changes());
}

TEST(GroAggregate, PacketsOfWhichTcpForbidsItDoNotMerge) {
  check_changes(tcp_changes());
}

TEST(GroAggregate, WhatMayDifferDoesNotKeepPacketsApart) {
  const std::vector<Change> changes{
      {"later ACK", [](GroPacket& p) { p.ack += 1000; }, "merged"},
      {"PSH", [](GroPacket& p) { p.flags |= 8; }, "merged"},
      {"newer TSval", [](GroPacket& p) { p.ts_value++; }, "merged"},
      {"newer TSecr", [](GroPacket& p) { p.ts_echo++; }, "merged"},
      {"shorter payload", [](GroPacket& p) { p.payload.resize(1); }, "merged"},
      {"next identification", [](GroPacket& p) { p.id++; }, "merged"},
      {"next outer identification", [](GroPacket& p) { p.outer_id++; }, "merged"},
      {"PSP IV", [](GroPacket& p) { p.iv = 1; }, "merged"},
  };
  check_changes(changes);
}

TEST(GroAggregate, CompletionsThatDifferDoNotMerge) {
  const GroPacket first = gro_psp_packet(false);
  const GroPacket second = first.next(100);
  const auto with = [&](const std::function<void(idpf::RxCompletion&)>& change) {
    idpf::RxCompletion metadata = metadata_of(second);
    change(metadata);
    return pair(first, second, metadata);
  };
  const std::string mismatch = text(GroFlush::kMismatch);
  EXPECT_EQ(with([](auto&) {}), "merged");
  EXPECT_EQ(with([](auto& m) { m.psp_generation = 11; }), mismatch) << "another key of the same slot";
  EXPECT_EQ(with([](auto& m) { m.psp_spi++; }), mismatch);
  EXPECT_EQ(with([](auto& m) { m.hash = 5; }), mismatch);
  EXPECT_EQ(with([](auto& m) { m.status0 |= idpf::kRxPspStripped; }), mismatch);
  EXPECT_EQ(with([](auto& m) { m.status1 = 0; }), apart(GroFlush::kChecksum)) << "not looked at";
}

TEST(GroAggregate, SequenceAndTimeStampsTurnOver) {
  GroPacket first;
  first.sequence = 0xffffffff - 49;
  first.ts_value = first.ack = 0xffffffff;
  GroPacket second = first.next(100);
  EXPECT_EQ(second.sequence, 50u);
  second.ts_value = second.ack = 1;
  EXPECT_EQ(pair(first, second), "merged");
}

TEST(GroAggregate, IdentificationsCountUpOrWithDfStay) {
  const auto three = [](uint16_t second, uint16_t third, bool df) {
    GroPacket packet;
    packet.df = df;
    packet.id = 0xffff;
    GroAggregate aggregate;
    aggregate.open(segment_of(packet), {});
    for (const uint16_t id : {second, third}) {
      packet = packet.next(100);
      packet.id = id;
      const GroSegment segment = segment_of(packet);
      if (aggregate.refuses(segment, metadata_of(packet), {})) break;
      aggregate.add(segment);
    }
    return aggregate.segments();
  };
  EXPECT_EQ(three(0, 1, true), 3u);
  EXPECT_EQ(three(0, 1, false), 3u);
  EXPECT_EQ(three(0xffff, 0xffff, true), 3u);
  EXPECT_EQ(three(0xffff, 0xffff, false), 1u);
  EXPECT_EQ(three(0, 0xffff, true), 2u) << "no change of the manner";
  EXPECT_EQ(three(0xffff, 1, true), 2u);
  EXPECT_EQ(three(1, 2, true), 1u);
}

TEST(GroAggregate, LimitsHoldToTheByteAndTheSegment) {
  const GroPacket first;
  const GroPacket second = first.next(100);
  const uint32_t bytes = 20 + 32 + 200;
  EXPECT_EQ(pair(first, second, {.ip_bytes = bytes}), "merged");
  EXPECT_EQ(pair(first, second, {.ip_bytes = bytes - 1}), text(GroFlush::kLimit));
  EXPECT_EQ(pair(gro_psp_packet(true), gro_psp_packet(true).next(100), {.ip_bytes = bytes + 20 + 24}),
            "merged");
  EXPECT_EQ(pair(gro_psp_packet(true), gro_psp_packet(true).next(100), {.ip_bytes = bytes + 20 + 23}),
            text(GroFlush::kLimit));
  GroAggregate aggregate;
  aggregate.open(segment_of(first), {});
  aggregate.add(segment_of(second));
  EXPECT_EQ(aggregate.ends({.segments = 2}), GroFlush::kLimit);
  EXPECT_FALSE(aggregate.ends({.segments = 3}));
  EXPECT_EQ(aggregate.ends({.ip_bytes = bytes + 99}), GroFlush::kLimit) << "no room for another one";
  EXPECT_FALSE(aggregate.ends({.ip_bytes = bytes + 100}));
}

// The merged packet is the one that a sender without segmentation would have sent.
TEST(GroAggregate, HeadersAreThoseOfOneLargePacket) {
  for (const GroForm& form : gro_forms()) {
    for (const uint32_t size : {100u, 33u, 1u}) {
      GroPacket packet = form.packet;
      packet.payload.assign(size, 3);
      GroPacket whole = packet;
      whole.icv = false;
      GroAggregate aggregate;
      aggregate.open(segment_of(packet), metadata_of(packet));
      for (int i = 1; i < 6; ++i) {
        packet = packet.next(i == 5 && size > 1 ? size - 1 : size);
        packet.ack += 7;
        packet.ts_value += 2;
        packet.ts_echo += 1;
        if (i == 5) packet.flags |= 8;
        ASSERT_FALSE(aggregate.refuses(segment_of(packet), metadata_of(packet), {})) << form.name << i;
        aggregate.add(segment_of(packet));
        whole.payload.insert(whole.payload.end(), packet.payload.begin(), packet.payload.end());
      }
      EXPECT_EQ(aggregate.ends({}), GroFlush::kPush);
      whole.ack = packet.ack;
      whole.ts_value = packet.ts_value;
      whole.ts_echo = packet.ts_echo;
      whole.flags |= 8;
      GroPacket head = form.packet;
      head.payload.assign(size, 3);
      Bytes merged = build(head);
      merged.resize(head.header_bytes());
      aggregate.finish(merged);
      Bytes expected = build(whole);
      expected.resize(whole.header_bytes());
      EXPECT_EQ(merged, expected) << form.name << ", " << size;
      EXPECT_EQ(aggregate.header_bytes(), whole.header_bytes());
      EXPECT_EQ(aggregate.segment_bytes(), size);
    }
  }
}

}  // namespace
}  // namespace pspnic::rx
