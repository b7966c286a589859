// SPDX-License-Identifier: Apache-2.0
// The packet types the device announces by GET_PTYPE_INFO and reports in Rx completions. Ids are free to
// choose; these are the usual ones of the hardware family. Every entry has the payload protocol: Linux needs
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/idpf/psp_numbers.h"
#include "model/idpf/virtchnl2_ptype.h"

namespace pspnic::idpf {

enum class PtypeL3 : uint8_t { kNone, kIpv4, kIpv6 };  // kNone: neither, e.g. ARP
enum class PtypeL4 : uint8_t {
  kNone,
  kUdp,
  kTcp,
  kSctp,
  kIcmp,
  kPsp
};  // kNone: any other; kPsp: PSP over UDP
enum class PtypeFragment : uint8_t { kWhole, kFragment };

// A packet type. Ids are below 256 and the same for split (10-bit) and single (8-bit) queues.
struct Ptype {
  uint16_t id;
  PtypeL3 l3;
  PtypeL4 l4;
  PtypeFragment fragment;
  uint8_t num_protocols;
  std::array<uint16_t, 5> protocols;  // the first num_protocols, outermost first

  constexpr std::span<const uint16_t> protocol_ids() const { return {protocols.data(), num_protocols}; }
};

// The PSP types come last, so that the table can be announced without them.
inline constexpr size_t kNumPlainPtypes = 13;
inline constexpr std::array<Ptype, kNumPlainPtypes + 2> kPtypes{{
    {1, PtypeL3::kNone, PtypeL4::kNone, PtypeFragment::kWhole, 2, {kProtocolMac, kProtocolPay}},
    {22,
     PtypeL3::kIpv4,
     PtypeL4::kNone,
     PtypeFragment::kFragment,
     3,
     {kProtocolMac, kProtocolIpv4Frag, kProtocolPay}},
    {23,
     PtypeL3::kIpv4,
     PtypeL4::kNone,
     PtypeFragment::kWhole,
     3,
     {kProtocolMac, kProtocolIpv4, kProtocolPay}},
    {24,
     PtypeL3::kIpv4,
     PtypeL4::kUdp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv4, kProtocolUdp, kProtocolPay}},
    {26,
     PtypeL3::kIpv4,
     PtypeL4::kTcp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv4, kProtocolTcp, kProtocolPay}},
    {27,
     PtypeL3::kIpv4,
     PtypeL4::kSctp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv4, kProtocolSctp, kProtocolPay}},
    {28,
     PtypeL3::kIpv4,
     PtypeL4::kIcmp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv4, kProtocolIcmp, kProtocolPay}},
    {88,
     PtypeL3::kIpv6,
     PtypeL4::kNone,
     PtypeFragment::kFragment,
     3,
     {kProtocolMac, kProtocolIpv6Frag, kProtocolPay}},
    {89,
     PtypeL3::kIpv6,
     PtypeL4::kNone,
     PtypeFragment::kWhole,
     3,
     {kProtocolMac, kProtocolIpv6, kProtocolPay}},
    {90,
     PtypeL3::kIpv6,
     PtypeL4::kUdp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv6, kProtocolUdp, kProtocolPay}},
    {92,
     PtypeL3::kIpv6,
     PtypeL4::kTcp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv6, kProtocolTcp, kProtocolPay}},
    {93,
     PtypeL3::kIpv6,
     PtypeL4::kSctp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv6, kProtocolSctp, kProtocolPay}},
    {94,
     PtypeL3::kIpv6,
     PtypeL4::kIcmp,
     PtypeFragment::kWhole,
     4,
     {kProtocolMac, kProtocolIpv6, kProtocolIcmpv6, kProtocolPay}},
    {kPtypeIpv4Psp,
     PtypeL3::kIpv4,
     PtypeL4::kPsp,
     PtypeFragment::kWhole,
     5,
     {kProtocolMac, kProtocolIpv4, kProtocolUdp, kProtocolPsp, kProtocolPay}},
    {kPtypeIpv6Psp,
     PtypeL3::kIpv6,
     PtypeL4::kPsp,
     PtypeFragment::kWhole,
     5,
     {kProtocolMac, kProtocolIpv6, kProtocolUdp, kProtocolPsp, kProtocolPay}},
}};

inline constexpr uint16_t kPtypeL2 = 1;

// The table without the PSP types, and all of it.
constexpr std::span<const Ptype> plain_ptypes() {
  return std::span(kPtypes).first<kNumPlainPtypes>();
}
constexpr std::span<const Ptype> all_ptypes() {
  return kPtypes;
}

namespace detail {

constexpr uint16_t search_ptype(PtypeL3 l3, PtypeL4 l4, PtypeFragment fragment) {
  if (l3 == PtypeL3::kNone) return kPtypeL2;
  // A fragment's L4 header is there at best in part, so it has no type of its own.
  if (fragment == PtypeFragment::kFragment) l4 = PtypeL4::kNone;
  for (const Ptype& ptype : kPtypes) {
    if (ptype.l3 == l3 && ptype.l4 == l4 && ptype.fragment == fragment) return ptype.id;
  }
  return kPtypeL2;
}

inline constexpr size_t kPtypeIndexSize = 3 * 6 * 2;

inline constexpr std::array<uint16_t, kPtypeIndexSize> kPtypeIndex = [] {
  std::array<uint16_t, kPtypeIndexSize> index{};
  for (size_t i = 0; i < kPtypeIndexSize; ++i) {
    index[i] = search_ptype(static_cast<PtypeL3>(i / 12), static_cast<PtypeL4>(i / 2 % 6),
                            static_cast<PtypeFragment>(i % 2));
  }
  return index;
}();

}  // namespace detail

// The id to report for a packet; kPtypeL2 if it is not IP.
constexpr uint16_t find_ptype(PtypeL3 l3, PtypeL4 l4, PtypeFragment fragment = PtypeFragment::kWhole) {
  return detail::kPtypeIndex[static_cast<size_t>(l3) * 12 + static_cast<size_t>(l4) * 2 +
                             static_cast<size_t>(fragment)];
}

// The table's entry with this id; null if it has none.
constexpr const Ptype* ptype_info(uint16_t id) {
  for (const Ptype& ptype : kPtypes) {
    if (ptype.id == id) return &ptype;
  }
  return nullptr;
}

}  // namespace pspnic::idpf
