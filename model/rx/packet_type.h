// SPDX-License-Identifier: Apache-2.0
// The packet type that a completion reports, from a parsed frame.
#pragma once

#include "model/idpf/ptypes.h"
#include "model/net/parse.h"

namespace pspnic::rx {

constexpr idpf::PtypeL3 ptype_l3(const net::Parsed& parsed) noexcept {
  if (!parsed.is_ip()) return idpf::PtypeL3::kNone;
  return parsed.is_v6() ? idpf::PtypeL3::kIpv6 : idpf::PtypeL3::kIpv4;
}

constexpr idpf::PtypeL4 ptype_l4(const net::Parsed& parsed) noexcept {
  switch (parsed.l4) {
    case net::L4::kTcp:
      return idpf::PtypeL4::kTcp;
    case net::L4::kUdp:
      return idpf::PtypeL4::kUdp;
    case net::L4::kSctp:
      return idpf::PtypeL4::kSctp;
    case net::L4::kIcmp:
    case net::L4::kIcmp6:
      return idpf::PtypeL4::kIcmp;
    default:
      return idpf::PtypeL4::kNone;
  }
}

// `l4` is ptype_l4(), or PSP.
constexpr uint16_t packet_type(const net::Parsed& parsed, idpf::PtypeL4 l4) noexcept {
  return idpf::find_ptype(ptype_l3(parsed), l4,
                          parsed.fragment ? idpf::PtypeFragment::kFragment : idpf::PtypeFragment::kWhole);
}

}  // namespace pspnic::rx
