// SPDX-License-Identifier: Apache-2.0
#include "model/net/unparsed_ip.h"

#include <algorithm>
#include <cstddef>

namespace pspnic::net {
namespace {

constexpr uint16_t kEtherTypeOldVlan = 0x9100;  // QinQ before IEEE 802.1ad
constexpr uint16_t kEtherTypeOldVlan2 = 0x9200;
// LLC (IEEE 802.2): DSAP, SSAP, control; SNAP: OUI and protocol behind them.
constexpr size_t kLlcBytes = 3;
constexpr size_t kSnapBytes = 8;
constexpr uint8_t kSapMask = 0xfe;  // the lowest bit: group address; command or response
constexpr uint8_t kSapIp = 0x06;
constexpr uint8_t kSapSnap = 0xaa;
constexpr uint8_t kControlMask = 0xef;  // without poll/final
constexpr uint8_t kControlUnnumbered = 0x03;
// The protocol is an EtherType: RFC 1042, and IEEE 802.1H.
constexpr uint32_t kOuiEtherType = 0x000000;
constexpr uint32_t kOuiBridgeTunnel = 0x0000f8;

bool is_tag(uint16_t type) {
  return is_vlan_ether_type(type) || type == kEtherTypeOldVlan || type == kEtherTypeOldVlan2;
}

// The EtherType that an LLC header at the start stands for; 0: none.
uint16_t llc_ether_type(std::span<const uint8_t> llc) {
  if (llc.size() < kLlcBytes || (llc[2] & kControlMask) != kControlUnnumbered) return 0;
  const auto sap = static_cast<uint8_t>(llc[0] & kSapMask);
  if (sap != (llc[1] & kSapMask)) return 0;
  if (sap == kSapIp) return kEtherTypeIpv4;
  if (sap != kSapSnap || llc.size() < kSnapBytes) return 0;
  const uint32_t oui = load_be32(&llc[2]) & 0xffffff;
  return oui == kOuiEtherType || oui == kOuiBridgeTunnel ? load_be16(&llc[6]) : uint16_t{0};
}

}  // namespace

UnparsedIp unparsed_ip(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  if (parsed.is_ip() || parsed.error == ParseError::kTruncatedEthernet) return UnparsedIp::kNone;
  uint16_t type = parsed.ether_type;
  bool other_tag = false;
  for (auto rest = frame.subspan(parsed.l3_offset); type != kEtherTypeIpv4 && type != kEtherTypeIpv6;) {
    if (is_tag(type)) {
      if (rest.size() < kVlanTagBytes) return UnparsedIp::kNone;
      other_tag = other_tag || parsed.vlan_tags == 0;
      type = load_be16(&rest[2]);
      rest = rest.subspan(kVlanTagBytes);
    } else if (type < kEtherTypeMin) {
      type = llc_ether_type(rest);
      if (type < kEtherTypeMin) return UnparsedIp::kNone;
      rest = rest.subspan(std::min(rest.size(), kSnapBytes));
    } else {
      return UnparsedIp::kNone;
    }
  }
  return other_tag ? UnparsedIp::kOtherTag : UnparsedIp::kPossible;
}

}  // namespace pspnic::net
