// SPDX-License-Identifier: Apache-2.0
// Parameters of what stands in front of the payload of generated packets.
#pragma once

#include "model/base/params.h"

namespace pspnic::bench {

struct HeaderParams {
  bool ipv6 = false;
  bool udp = false;
  bool tcp_timestamps = true;
  unsigned vlan_tags = 0;
  unsigned ip_option_words = 0;
  unsigned ipv6_extensions = 0;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("ipv6", ipv6, "IPv6 instead of IPv4", "Assumed");
    v.value("udp", udp, "UDP instead of TCP; with tso the card cuts datagrams", "Assumed");
    v.value("tcp_timestamps", tcp_timestamps, "12 bytes of TCP options, as Linux sends them",
            "Linux default");
    v.value("vlan_tags", vlan_tags, 0u, 2u, "VLAN tags; two are QinQ, the outer one an S-VLAN", "Assumed");
    v.value("ip_option_words", ip_option_words, 0u, 10u, "IPv4 options, in units of 4 bytes",
            "RFC 791: at most 40 bytes");
    v.value("ipv6_extensions", ipv6_extensions, 0u, 3u,
            "IPv6 extension headers: hop-by-hop options, then destination options, then routing", "Assumed");
  }
};

}  // namespace pspnic::bench
