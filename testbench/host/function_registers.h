// SPDX-License-Identifier: Apache-2.0
// Where the registers lie that a driver finds without being told: they differ between physical and virtual
// functions. All others come in messages.
#pragma once

#include <cstdint>

#include "model/idpf/registers.h"

namespace pspnic::host {

struct MailboxRegisters {
  uint32_t atqbal, atqbah, atqlen, atqh, atqt;
  uint32_t arqbal, arqbah, arqlen, arqh, arqt;
};

struct FunctionRegisters {
  bool is_virtual = false;
  MailboxRegisters mailbox;
  uint32_t reset_status = 0;
  uint32_t cause_enable = 0;        // of the mailbox's interrupt,
  uint32_t cause_enable_value = 0;  // and what drivers write there
  uint32_t itr_index_spacing = 0;   // where a chunk of vectors says 0
  uint64_t bar0_bytes = 0;
  // What newer drivers have mapped apart: no other register lies there.
  uint32_t mailbox_region = 0, mailbox_region_bytes = 0;
  uint32_t reset_region = 0, reset_region_bytes = 0;
};

inline constexpr FunctionRegisters kPhysicalRegisters{
    .mailbox = {idpf::pf::kAtqbal, idpf::pf::kAtqbah, idpf::pf::kAtqlen, idpf::pf::kAtqh, idpf::pf::kAtqt,
                idpf::pf::kArqbal, idpf::pf::kArqbah, idpf::pf::kArqlen, idpf::pf::kArqh, idpf::pf::kArqt},
    .reset_status = idpf::pf::kPfgenRstat,
    .cause_enable = idpf::pf::kOicrEna,
    .cause_enable_value = 0xffff'ffff,
    .itr_index_spacing = idpf::pf::kItrIndexSpacing,
    .bar0_bytes = idpf::pf::kBar0Bytes,
    .mailbox_region = idpf::pf::kMailboxBase,
    .mailbox_region_bytes = idpf::pf::kMailboxRegionBytes,
    .reset_region = idpf::pf::kRstatRegion,
    .reset_region_bytes = idpf::pf::kRstatRegionBytes};

inline constexpr FunctionRegisters kVirtualRegisters{
    .is_virtual = true,
    .mailbox = {idpf::vf::kAtqbal, idpf::vf::kAtqbah, idpf::vf::kAtqlen, idpf::vf::kAtqh, idpf::vf::kAtqt,
                idpf::vf::kArqbal, idpf::vf::kArqbah, idpf::vf::kArqlen, idpf::vf::kArqh, idpf::vf::kArqt},
    .reset_status = idpf::vf::kVfgenRstat,
    .cause_enable = idpf::vf::kIntIcr0Ena1,
    .cause_enable_value = idpf::kIcr0EnaAdminq,
    .itr_index_spacing = idpf::vf::kItrIndexSpacing,
    .bar0_bytes = idpf::vf::kBar0Bytes,
    .mailbox_region = idpf::vf::kMailboxRegion,
    .mailbox_region_bytes = idpf::vf::kMailboxRegionBytes,
    .reset_region = idpf::vf::kRstatRegion,
    .reset_region_bytes = idpf::vf::kRstatRegionBytes};

}  // namespace pspnic::host
