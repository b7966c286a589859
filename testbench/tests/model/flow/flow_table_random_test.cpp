// SPDX-License-Identifier: Apache-2.0
// The table against a list that is searched from one end to the other, field by field.
#include <algorithm>
#include <random>

#include "testbench/tests/model/flow/packets.h"

namespace pspnic::flow {
namespace {

using namespace test;

struct Packet {
  uint8_t family = 4;
  std::array<uint8_t, 16> source{}, destination{};
  uint8_t protocol = net::kProtocolTcp;
  uint16_t source_port = 0, destination_port = 0, vlan = 0;
};

// Few values, so that rules and packets meet.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}
  unsigned draw(unsigned count) { return static_cast<unsigned>(random_() % count); }

  std::array<uint8_t, 16> address(uint8_t family) {
    std::array<uint8_t, 16> bytes{};
    for (size_t i = 0; i < (family == 4 ? 4u : 16u); i += 3)
      bytes[i] = static_cast<uint8_t>(draw(2) << 7 | draw(2));
    return bytes;
  }
  Packet packet() {
    Packet made;
    made.family = draw(2) == 0 ? 4 : 6;
    made.source = address(made.family);
    made.destination = address(made.family);
    made.protocol = draw(2) == 0 ? net::kProtocolTcp : net::kProtocolUdp;
    made.source_port = static_cast<uint16_t>(draw(3));
    made.destination_port = static_cast<uint16_t>(draw(3));
    made.vlan = static_cast<uint16_t>(draw(3));
    return made;
  }
  Match match() {
    Match made;
    const unsigned family = draw(3);
    if (family > 0) {
      made.family = family == 1 ? 4 : 6;
      const unsigned most = family == 1 ? 33 : 129;
      made.source = address(made.family);
      made.destination = address(made.family);
      made.source_bits = static_cast<uint8_t>(draw(2) * draw(most));
      made.destination_bits = static_cast<uint8_t>(draw(2) * draw(most));
    }
    if (draw(2) == 0) {
      made.protocol = draw(2) == 0 ? net::kProtocolTcp : net::kProtocolUdp;
      if (draw(2) == 0) made.source_port = static_cast<uint16_t>(draw(3));
      if (draw(2) == 0) made.destination_port = static_cast<uint16_t>(draw(3));
    }
    if (draw(3) == 0) made.vlan = static_cast<uint16_t>(draw(3));
    return made;
  }

 private:
  std::mt19937 random_;
};

Bytes frame_of(const Packet& packet) {
  const bool with_tcp = packet.protocol == net::kProtocolTcp;
  Bytes l4 = with_tcp ? tcp(pattern(8)) : udp(pattern(8));
  const auto put16 = [](Bytes& bytes, size_t at, uint16_t value) {
    bytes[at] = static_cast<uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<uint8_t>(value);
  };
  put16(l4, 0, packet.source_port);
  put16(l4, 2, packet.destination_port);
  const bool v4 = packet.family == 4;
  Bytes ip = v4 ? ipv4(packet.protocol, l4) : ipv6(packet.protocol, l4);
  const size_t bytes = v4 ? 4 : 16;
  std::copy_n(packet.source.begin(), bytes, ip.begin() + (v4 ? 12 : 8));
  std::copy_n(packet.destination.begin(), bytes, ip.begin() + (v4 ? 16 : 24));
  const uint16_t type = v4 ? net::kEtherTypeIpv4 : net::kEtherTypeIpv6;
  return (packet.vlan == 0 ? ethernet(type) : ethernet(type, {{0x8100, packet.vlan}})) + ip;
}

bool same_prefix(const std::array<uint8_t, 16>& a, const std::array<uint8_t, 16>& b, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    if ((a[i / 8] >> (7 - i % 8) & 1) != (b[i / 8] >> (7 - i % 8) & 1)) return false;
  }
  return true;
}

bool matches(const Match& match, const Packet& packet) {
  if (match.family != 0 && match.family != packet.family) return false;
  if (!same_prefix(match.source, packet.source, match.source_bits)) return false;
  if (!same_prefix(match.destination, packet.destination, match.destination_bits)) return false;
  if (match.protocol && *match.protocol != packet.protocol) return false;
  if (match.source_port && *match.source_port != packet.source_port) return false;
  if (match.destination_port && *match.destination_port != packet.destination_port) return false;
  return !match.vlan || *match.vlan == packet.vlan;
}

unsigned bits_of(const Match& match) {
  return (match.family != 0 ? 8u : 0u) + match.source_bits + match.destination_bits +
         (match.protocol ? 8u : 0u) + (match.source_port ? 16u : 0u) + (match.destination_port ? 16u : 0u) +
         (match.vlan ? 12u : 0u);
}

struct Listed {
  Match match;
  uint32_t id;
};

// In order of age.
uint32_t search(const std::vector<Listed>& list, const Packet& packet) {
  const Listed* best = nullptr;
  for (const Listed& listed : list) {
    if (!matches(listed.match, packet)) continue;
    if (best == nullptr || bits_of(listed.match) > bits_of(best->match)) best = &listed;
  }
  return best == nullptr ? 0 : best->id;
}

Packet reversed(Packet packet) {
  std::swap(packet.source, packet.destination);
  std::swap(packet.source_port, packet.destination_port);
  return packet;
}

TEST(FlowTableRandomTest, FindsWhatASearchThroughAllRulesFinds) {
  uint64_t hits = 0;
  uint64_t misses = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    World world(seed);
    base::StatGroup root("");
    FlowTable table(root, {.entries = 200, .masks = 256});
    std::vector<Listed> list;
    for (unsigned step = 0; step < 1500; ++step) {
      if (world.draw(8) == 0 && !list.empty()) {
        const size_t victim = world.draw(static_cast<unsigned>(list.size()));
        ASSERT_TRUE(table.remove(list[victim].id));
        list.erase(list.begin() + static_cast<ptrdiff_t>(victim));
      } else if (world.draw(4) == 0 && list.size() < 60) {
        const Match match = world.match();
        ASSERT_TRUE(valid(match));
        const Added added = table.add(rule(match), false);
        if (added.status == AddStatus::kAdded) list.push_back({match, added.id});
      }
      const Packet packet = world.packet();
      const Bytes frame = frame_of(packet);
      const net::Parsed parsed = net::parse_frame(frame);
      const FlowTable::Found out = table.find_sent(frame, parsed, 0);
      const FlowTable::Found in = table.find_received(frame, parsed, 0);
      const uint32_t expected = search(list, packet);
      ASSERT_EQ(out.rule == nullptr, expected == 0) << seed << " " << step;
      ASSERT_EQ(out.id, expected) << seed << " " << step;
      const uint32_t back = search(list, reversed(packet));
      ASSERT_EQ(in.rule == nullptr, back == 0) << seed << " " << step;
      ASSERT_EQ(in.id, back) << seed << " " << step;
      (expected == 0 ? misses : hits)++;
    }
    EXPECT_EQ(table.size(), list.size());
  }
  EXPECT_GT(hits, 3000u) << "or it shows nothing";
  EXPECT_GT(misses, 1000u);
}

}  // namespace
}  // namespace pspnic::flow
