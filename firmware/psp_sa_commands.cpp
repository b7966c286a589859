// SPDX-License-Identifier: Apache-2.0
// PSP_ALLOC_RX_SA, PSP_FREE_RX_SA, PSP_ADD_TX_SA, PSP_DEL_TX_SA. A list that could be read is answered with
// success and a status in each entry, for Linux throws away the payload of anything else.
#include <set>

#include "firmware/commands.h"
#include "model/net/wipe.h"
#include "model/psp/header.h"
#include "model/psp/spi.h"

namespace pspnic::firmware {
namespace {

using base::DriverRule;
using idpf::EventCode;
using idpf::Status;

bool version_supported(const Command& command, uint8_t version) {
  return psp::is_known_version(version) && (command.hardware.limits().psp_versions >> version & 1) != 0;
}

void tell(Command& command, EventCode code, uint32_t value) {
  const KeyDomain& domain = command.state.keys.domain();
  command.event(idpf::PspEvent{.event = code,
                               .value = value,
                               .vport_id = idpf::kVportNone,
                               .phase = static_cast<uint8_t>(domain.phase()),
                               .generation = domain.generation()});
}

void tell_about_spis(Command& command, bool refused) {
  PspState& psp = command.state.psp;
  const uint32_t left = command.state.keys.remaining();
  if (!psp.configured) return;
  const uint16_t watermark = psp.config.spi_low_watermark;  // 0: never told
  if (!psp.spi_low_told && watermark != 0 && left <= watermark) {
    psp.spi_low_told = true;
    tell(command, EventCode::kPspSpiLow, left);
  }
  if (!psp.spi_exhausted_told && refused) {
    psp.spi_exhausted_told = true;
    tell(command, EventCode::kPspSpiExhausted, 0);
  }
}

Status bad_version(Command& command, uint8_t version) {
  return command.refuse(Status::kPspBadVersion, "version", version,
                        "a version of " + hex(command.hardware.limits().psp_versions) + ", a bit each");
}

Status out_of_range(Command& command, uint32_t index) {
  const uint32_t slots = command.state.tx_sas.slots();
  return command.refuse(Status::kErange, "sa_idx", index, "below " + std::to_string(slots),
                        DriverRule::kPspSaSlot);
}

Status still_erasing(Command& command, uint32_t index) {
  return command.refuse(Status::kPspSaBusy, "sa_idx", index, "a slot whose delete has been answered",
                        DriverRule::kPspSaErasing);
}

Status check_tx_sa(Command& command, const idpf::PspTxSa& sa) {
  const TxSaTable& table = command.state.tx_sas;
  if (!version_supported(command, sa.version)) return bad_version(command, sa.version);
  if (const size_t bytes = psp::key_bytes(psp::Version{sa.version}); sa.key_len != bytes) {
    return command.refuse(Status::kPspBadKeyLen, "key_len", sa.key_len, std::to_string(bytes));
  }
  if (psp::is_reserved_spi(sa.spi)) {
    return command.refuse(Status::kEinval,
                          {"spi", hex(sa.spi), "one that is not reserved", DriverRule::kPspSaSpi});
  }
  // IVs are the device's clock: those below must not be used, and what it has not reached it cannot promise.
  const uint64_t clock = ~command.hardware.iv_left_ps();
  if (sa.iv_init > clock) {
    return command.refuse(Status::kErange, "iv_init", sa.iv_init, "at most " + std::to_string(clock),
                          DriverRule::kPspIvAhead);
  }
  if (sa.sa_idx == idpf::kPspSaIdxAny) return table.free_slots() != 0 ? Status::kSuccess : Status::kEnospc;
  if (sa.sa_idx >= table.slots()) return out_of_range(command, sa.sa_idx);
  const bool overwrite = (sa.flags & idpf::kPspTxSaOverwrite) != 0;
  switch (table.state(sa.sa_idx)) {
    case TxSaTable::State::kErasing:
      return still_erasing(command, sa.sa_idx);
    case TxSaTable::State::kUsed:
      if (overwrite && table.owner(sa.sa_idx) == command.origin) break;
      // What the management port has taken no driver can see.
      return command.refuse(Status::kEexist, {.field = "sa_idx",
                                              .seen = std::to_string(sa.sa_idx),
                                              .expected = "a free slot, or one's own with flag OVERWRITE",
                                              .excused = table.owner(sa.sa_idx) != command.origin});
    case TxSaTable::State::kFree:
      break;
  }
  return Status::kSuccess;
}

Status no_such_sa(Command& command, uint32_t index) {
  return command.refuse(Status::kEsrch, "sa_idx", index, "a slot with an SA of its own",
                        DriverRule::kPspSaAbsent);
}

Status check_tag(Command& command, uint32_t index, uint16_t tag) {
  const uint16_t has = command.state.tx_sas.tag(index);
  if (has == tag) return Status::kSuccess;
  return command.refuse(Status::kPspTagMismatch, "sa_tag", tag, std::to_string(has));
}

Status check_used(Command& command, uint32_t index) {
  const TxSaTable& table = command.state.tx_sas;
  if (index >= table.slots()) return out_of_range(command, index);
  switch (table.state(index)) {
    case TxSaTable::State::kFree:
      return no_such_sa(command, index);
    case TxSaTable::State::kErasing:
      return still_erasing(command, index);
    case TxSaTable::State::kUsed:
      break;
  }
  return table.owner(index) == command.origin ? Status::kSuccess : no_such_sa(command, index);
}

// A retired generation is nobody's fault: the device and others may rotate without the driver's asking.
Status release_spi(Command& command, const idpf::PspRxSa& sa) {
  const Status status = command.state.keys.release(sa.spi, sa.generation, command.origin);
  if (status != Status::kEsrch) return status;
  return command.refuse(
      status, {"spi", hex(sa.spi), "one that was allocated and is not freed", DriverRule::kPspSpiUnknown});
}

Status check_delete_range(Command& command, const idpf::PspTxSaDel& header, uint32_t first, uint32_t last) {
  if (header.num_sa != 2) return command.refuse(Status::kEinval, "num_sa", header.num_sa, "2 with DEL_RANGE");
  if (first > last) {
    return command.refuse(Status::kEinval, "sa_idx", first, "not above the last, " + std::to_string(last));
  }
  return last < command.state.tx_sas.slots() ? Status::kSuccess : out_of_range(command, last);
}

}  // namespace

Status check_tx_sa_named(Command& command, uint32_t index, uint16_t tag) {
  const Status status = check_used(command, index);
  return status == Status::kSuccess ? check_tag(command, index, tag) : status;
}

Status psp_alloc_rx_sa(Command& command) {
  auto header = command.read<idpf::PspRxSaList>();
  if (const Status status =
          check_list<idpf::PspRxSaList>(command, header.vport_id, "num_sa", header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  if (!version_supported(command, header.version)) return bad_version(command, header.version);
  const auto version = psp::Version{header.version};
  KeyDomain::Member& keys = command.state.keys;
  if (!keys.domain().ready()) return Status::kPspHwError;
  bool replaced = false;  // not twice in one message: what it gave out first would be void
  uint16_t filled = 0;
  for (size_t i = 0; i < header.num_sa; ++i) {
    const net::Wiped<idpf::PspRxSa> asked{command.element<idpf::PspRxSaList>(i)};
    net::Wiped<idpf::PspRxSa> answer{{.user_cookie = asked->user_cookie}};
    std::optional<KeyDomain::Member::Issued> issued = keys.allocate(command.origin);
    if (!issued && !replaced && keys.replace_exhausted_key()) {
      replaced = true;
      issued = keys.allocate(command.origin);
    }
    if (issued) {
      const psp::SessionKey key = keys.derive(issued->spi, version);
      answer->spi = issued->spi;
      answer->generation = issued->generation;
      answer->key_len = key.size;
      answer->key = key.bytes;
      ++filled;
    } else {
      answer->status = idpf::entry_status(Status::kPspSpiExhausted);
    }
    command.answer_element<idpf::PspRxSaList>(i, answer.value);
  }
  const bool refused = filled < header.num_sa;
  header.num_sa = filled;
  command.answer(header);
  tell_about_spis(command, refused);
  return Status::kSuccess;
}

// The entries are those of the allocation: SPI and generation tell which SA is meant.
Status psp_free_rx_sa(Command& command) {
  const auto header = command.read<idpf::PspRxSaList>();
  if (const Status status =
          check_list<idpf::PspRxSaList>(command, header.vport_id, "num_sa", header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  for (size_t i = 0; i < header.num_sa; ++i) {
    net::Wiped<idpf::PspRxSa> entry{command.element<idpf::PspRxSaList>(i)};
    net::wipe(entry->key);
    command.entry = i;
    command.answer_entry<idpf::PspRxSaList>(i, entry.value, release_spi(command, entry.value));
  }
  return Status::kSuccess;
}

Status psp_add_tx_sa(Command& command) {
  const auto header = command.read<idpf::PspTxSaList>();
  if (const Status status =
          check_list<idpf::PspTxSaList>(command, header.vport_id, "num_sa", header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  const TxSaTable& table = command.state.tx_sas;
  const uint32_t free_before = table.free_slots();
  for (size_t i = 0; i < header.num_sa; ++i) {
    net::Wiped<idpf::PspTxSa> entry{command.element<idpf::PspTxSaList>(i)};
    command.entry = i;
    Status status = check_tx_sa(command, entry.value);
    if (status == Status::kSuccess) {
      if (entry->sa_idx == idpf::kPspSaIdxAny) entry->sa_idx = table.find_free().value_or(0);
      TxSa sa;
      sa.spi = entry->spi;
      sa.version = psp::Version{entry->version};
      sa.tag = entry->sa_tag;
      sa.key = psp::SessionKey(std::span<const uint8_t>(entry->key).first(entry->key_len));
      sa.first_iv = entry->iv_init;
      sa.flows_only = command.origin == Origin::kManagement;
      if (!command.hardware.write_tx_sa(entry->sa_idx, sa)) status = Status::kPspSaBusy;
    }
    net::wipe(entry->key);
    command.answer_entry<idpf::PspTxSaList>(i, entry.value, status);
  }
  const PspState& psp = command.state.psp;
  const uint16_t watermark = psp.config.sa_low_watermark;
  if (psp.configured && watermark != 0 && free_before > watermark && table.free_slots() <= watermark) {
    tell(command, EventCode::kPspSaSlotsLow, table.free_slots());
  }
  return Status::kSuccess;
}

Status psp_del_tx_sa(Command& command) {
  const auto header = command.read<idpf::PspTxSaDel>();
  const bool all = (header.flags & idpf::kPspDelAll) != 0;
  const bool range = !all && (header.flags & idpf::kPspDelRange) != 0;
  if (const Status status =
          check_list<idpf::PspTxSaDel>(command, header.vport_id, "num_sa", header.num_sa, all ? 0 : 1);
      status != Status::kSuccess) {
    return status;
  }
  const uint32_t slots = command.state.tx_sas.slots();
  TxSaErase sas{.indexes = {}, .owner = command.origin};
  if (all) {
    sas.count = slots;
  } else if (range) {
    const uint32_t first = command.element<idpf::PspTxSaDel>(0).sa_idx;
    const uint32_t last = command.element<idpf::PspTxSaDel>(1).sa_idx;
    const Status status = check_delete_range(command, header, first, last);
    if (status != Status::kSuccess) return status;
    sas.first = first;
    sas.count = last - first + 1;
  }
  std::set<uint32_t> named;  // an index may come twice
  for (size_t i = 0; i < header.num_sa; ++i) {
    auto entry = command.element<idpf::PspTxSaDel>(i);
    Status status = Status::kSuccess;
    if (!all && !range) {
      command.entry = i;
      const bool ignore_tag = (header.flags & idpf::kPspDelIgnoreTag) != 0;
      status = ignore_tag ? check_used(command, entry.sa_idx)
                          : check_tx_sa_named(command, entry.sa_idx, entry.sa_tag);
      if (status == Status::kSuccess && !named.insert(entry.sa_idx).second) {
        status = still_erasing(command, entry.sa_idx);
      }
      if (status == Status::kSuccess) sas.indexes.push_back(entry.sa_idx);
    }
    command.answer_entry<idpf::PspTxSaDel>(i, entry, status);
  }
  if (!sas.any()) return Status::kSuccess;
  command.work = HardwareWork{.queues = {}, .sas = std::move(sas), .destroy_vport = {}};
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
