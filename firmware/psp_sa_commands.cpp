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

Status check_tx_sa(const Command& command, const idpf::PspTxSa& sa) {
  const TxSaTable& table = command.state.tx_sas;
  if (!version_supported(command, sa.version)) return Status::kPspBadVersion;
  if (sa.key_len != psp::key_bytes(psp::Version{sa.version})) return Status::kPspBadKeyLen;
  if (psp::is_reserved_spi(sa.spi)) return Status::kEinval;
  // IVs are the device's clock: those below must not be used, and what it has not reached it cannot promise.
  const uint64_t clock = ~command.hardware.iv_left_ps();
  if (sa.iv_init > clock) return Status::kErange;
  if (sa.sa_idx == idpf::kPspSaIdxAny) return table.free_slots() != 0 ? Status::kSuccess : Status::kEnospc;
  if (sa.sa_idx >= table.slots()) return Status::kErange;
  switch (table.state(sa.sa_idx)) {
    case TxSaTable::State::kErasing:
      return Status::kPspSaBusy;
    case TxSaTable::State::kUsed:
      if (table.owner(sa.sa_idx) != command.origin) return Status::kEexist;
      return (sa.flags & idpf::kPspTxSaOverwrite) != 0 ? Status::kSuccess : Status::kEexist;
    case TxSaTable::State::kFree:
      break;
  }
  return Status::kSuccess;
}

Status check_erase(const Command& command, const idpf::PspTxSaId& id, bool ignore_tag) {
  const TxSaTable& table = command.state.tx_sas;
  if (id.sa_idx >= table.slots()) return Status::kErange;
  switch (table.state(id.sa_idx)) {
    case TxSaTable::State::kFree:
      return Status::kEsrch;
    case TxSaTable::State::kErasing:
      return Status::kPspSaBusy;
    case TxSaTable::State::kUsed:
      if (table.owner(id.sa_idx) != command.origin) return Status::kEsrch;
      break;
  }
  return ignore_tag || table.tag(id.sa_idx) == id.sa_tag ? Status::kSuccess : Status::kPspTagMismatch;
}

}  // namespace

Status psp_alloc_rx_sa(Command& command) {
  auto header = command.read<idpf::PspRxSaList>();
  if (const Status status = check_list<idpf::PspRxSaList>(command, header.vport_id, header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  if (!version_supported(command, header.version)) return Status::kPspBadVersion;
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
  if (const Status status = check_list<idpf::PspRxSaList>(command, header.vport_id, header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  for (size_t i = 0; i < header.num_sa; ++i) {
    net::Wiped<idpf::PspRxSa> entry{command.element<idpf::PspRxSaList>(i)};
    net::wipe(entry->key);
    entry->status =
        idpf::entry_status(command.state.keys.release(entry->spi, entry->generation, command.origin));
    command.answer_element<idpf::PspRxSaList>(i, entry.value);
  }
  return Status::kSuccess;
}

Status psp_add_tx_sa(Command& command) {
  const auto header = command.read<idpf::PspTxSaList>();
  if (const Status status = check_list<idpf::PspTxSaList>(command, header.vport_id, header.num_sa, 1);
      status != Status::kSuccess)
    return status;
  const TxSaTable& table = command.state.tx_sas;
  const uint32_t free_before = table.free_slots();
  for (size_t i = 0; i < header.num_sa; ++i) {
    net::Wiped<idpf::PspTxSa> entry{command.element<idpf::PspTxSaList>(i)};
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
    entry->status = idpf::entry_status(status);
    command.answer_element<idpf::PspTxSaList>(i, entry.value);
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
          check_list<idpf::PspTxSaDel>(command, header.vport_id, header.num_sa, all ? 0 : 1);
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
    if (header.num_sa != 2 || first > last) return Status::kEinval;
    if (last >= slots) return Status::kErange;
    sas.first = first;
    sas.count = last - first + 1;
  }
  std::set<uint32_t> named;  // an index may come twice
  for (size_t i = 0; i < header.num_sa; ++i) {
    auto entry = command.element<idpf::PspTxSaDel>(i);
    Status status = Status::kSuccess;
    if (!all && !range) {
      status = check_erase(command, entry, (header.flags & idpf::kPspDelIgnoreTag) != 0);
      if (status == Status::kSuccess && !named.insert(entry.sa_idx).second) status = Status::kPspSaBusy;
      if (status == Status::kSuccess) sas.indexes.push_back(entry.sa_idx);
    }
    entry.status = idpf::entry_status(status);
    command.answer_element<idpf::PspTxSaDel>(i, entry);
  }
  if (!sas.any()) return Status::kSuccess;
  command.work = HardwareWork{.queues = {}, .sas = std::move(sas), .destroy_vport = {}};
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
