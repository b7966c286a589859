// SPDX-License-Identifier: Apache-2.0
// PSP_SET_TX_ENCAP, PSP_ADD_FLOW, PSP_DEL_FLOW, PSP_GET_FLOW_STATS.
#include "firmware/commands.h"
#include "model/idpf/psp_flow.h"
#include "model/psp/spi.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

flow::Encapsulation encapsulation_of(const idpf::PspTxEncap& entry) {
  flow::Encapsulation how;
  how.mode = static_cast<flow::Encapsulation::Mode>(entry.mode);
  how.crypt_offset = entry.crypt_offset;
  how.sample = (entry.flags & idpf::kPspEncapSample) != 0;
  how.drop_after_sample = (entry.flags & idpf::kPspEncapDropAfterSample) != 0;
  if ((entry.flags & idpf::kPspEncapVc) != 0) how.vc = entry.vc;
  how.first_port = entry.first_port;
  how.last_port = entry.last_port;
  how.source = entry.source;
  how.destination = entry.destination;
  how.ttl = entry.ttl;
  how.traffic_class = entry.traffic_class;
  how.flow_label = entry.flow_label;
  return how;
}

Status set_encapsulation(Command& command, const idpf::PspTxEncap& entry) {
  const Status status = check_tx_sa_named(command, entry.sa_idx, entry.sa_tag);
  if (status != Status::kSuccess) return status;
  const flow::SaName sa{entry.sa_idx, entry.sa_tag};
  if (entry.mode == idpf::PspEncapMode::kNone) {
    command.hardware.set_tx_encapsulation(sa, nullptr);
    return Status::kSuccess;
  }
  const flow::Encapsulation how = encapsulation_of(entry);
  if ((entry.flags & ~idpf::kPspEncapFlags) != 0) {
    return command.refuse(Status::kEinval,
                          {"flags", hex(entry.flags), "bits of " + hex(idpf::kPspEncapFlags) + " alone"});
  }
  if (!flow::valid(how)) {
    return command.refuse(Status::kEinval, "mode", static_cast<uint64_t>(entry.mode),
                          "a template whose mode, offset, ports, addresses and labels fit each other");
  }
  command.hardware.set_tx_encapsulation(sa, &how);
  return Status::kSuccess;
}

flow::Rule rule_of(const idpf::PspFlow& entry) {
  const auto has = [&entry](uint16_t field) { return (entry.fields & field) != 0; };
  flow::Rule rule;
  rule.match.family = entry.family;
  rule.match.source_bits = entry.source_bits;
  rule.match.destination_bits = entry.destination_bits;
  rule.match.source = entry.source;
  rule.match.destination = entry.destination;
  if (has(idpf::kPspFlowProtocol)) rule.match.protocol = entry.protocol;
  if (has(idpf::kPspFlowSourcePort)) rule.match.source_port = entry.source_port;
  if (has(idpf::kPspFlowDestinationPort)) rule.match.destination_port = entry.destination_port;
  if (has(idpf::kPspFlowVlan)) rule.match.vlan = entry.vlan;
  if (has(idpf::kPspFlowVport)) rule.match.vport = entry.vport;
  if (entry.sa_idx != idpf::kPspSaIdxAny) rule.sa = {entry.sa_idx, entry.sa_tag};
  rule.rx_spis = entry.rx_spi;
  return rule;
}

Status status_of(flow::AddStatus status) {
  switch (status) {
    case flow::AddStatus::kAdded:
    case flow::AddStatus::kReplaced:
      return Status::kSuccess;
    case flow::AddStatus::kExists:
      return Status::kEexist;
    case flow::AddStatus::kFull:
    case flow::AddStatus::kTooManyMasks:
      break;
  }
  return Status::kEnospc;
}

Status add_flow(Command& command, idpf::PspFlow& entry) {
  const flow::Rule rule = rule_of(entry);
  if ((entry.fields & ~idpf::kPspFlowFields) != 0 || !flow::valid(rule.match)) return Status::kEinval;
  if (entry.sa_idx != idpf::kPspSaIdxAny) {
    const Status status = check_tx_sa_named(command, entry.sa_idx, entry.sa_tag);
    if (status != Status::kSuccess) return status;
  }
  for (const uint32_t spi : rule.rx_spis) {
    if (spi != 0 && !command.state.keys.issued_to(spi, Origin::kManagement)) return Status::kEsrch;
  }
  const flow::Added added = command.hardware.add_flow(rule, (entry.flags & idpf::kPspFlowReplace) != 0);
  entry.flow_id = added.id;
  return status_of(added.status);
}

}  // namespace

Status psp_set_tx_encap(Command& command) {
  const auto header = command.read<idpf::PspTxEncapList>();
  const Status list =
      check_list<idpf::PspTxEncapList>(command, header.vport_id, "num_encap", header.num_encap, 1);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < header.num_encap; ++i) {
    command.entry = i;
    auto entry = command.element<idpf::PspTxEncapList>(i);
    command.answer_entry<idpf::PspTxEncapList>(i, entry, set_encapsulation(command, entry));
  }
  return Status::kSuccess;
}

Status psp_add_flow(Command& command) {
  const auto header = command.read<idpf::PspFlowList>();
  const Status list =
      check_list<idpf::PspFlowList>(command, header.vport_id, "num_flows", header.num_flows, 1);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < header.num_flows; ++i) {
    auto entry = command.element<idpf::PspFlowList>(i);
    entry.status = idpf::entry_status(add_flow(command, entry));
    command.answer_element<idpf::PspFlowList>(i, entry);
  }
  return Status::kSuccess;
}

Status psp_del_flow(Command& command) {
  const auto header = command.read<idpf::PspFlowDel>();
  const bool all = (header.flags & idpf::kPspFlowDelAll) != 0;
  const Status list =
      check_list<idpf::PspFlowDel>(command, header.vport_id, "num_flows", header.num_flows, all ? 0 : 1);
  if (list != Status::kSuccess) return list;
  if (all) command.hardware.remove_flows();
  for (size_t i = 0; i < header.num_flows; ++i) {
    auto entry = command.element<idpf::PspFlowDel>(i);
    const bool gone = all || command.hardware.remove_flow(entry.flow_id);
    entry.status = idpf::entry_status(gone ? Status::kSuccess : Status::kEsrch);
    command.answer_element<idpf::PspFlowDel>(i, entry);
  }
  return Status::kSuccess;
}

Status psp_get_flow_stats(Command& command) {
  const auto header = command.read<idpf::PspFlowStats>();
  const Status list =
      check_list<idpf::PspFlowStats>(command, header.vport_id, "num_flows", header.num_flows, 1);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < header.num_flows; ++i) {
    const uint32_t id = command.element<idpf::PspFlowStats>(i).flow_id;
    idpf::PspFlowCounts answer{.flow_id = id, .status = idpf::entry_status(Status::kEsrch)};
    if (const std::optional<flow::Counters> now = command.hardware.flow_counters(id)) {
      answer = {.flow_id = id,
                .tx_packets = now->tx_packets,
                .tx_bytes = now->tx_bytes,
                .tx_dropped = now->tx_dropped,
                .rx_packets = now->rx_packets,
                .rx_bytes = now->rx_bytes,
                .rx_clear = now->rx_clear,
                .rx_mismatch = now->rx_mismatch};
    }
    command.answer_element<idpf::PspFlowStats>(i, answer);
  }
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
