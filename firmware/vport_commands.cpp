// SPDX-License-Identifier: Apache-2.0
// CREATE, DESTROY, ENABLE, DISABLE_VPORT, and what other commands ask of a vport.
#include <algorithm>

#include "firmware/commands.h"
#include "model/idpf/registers.h"
#include "model/idpf/tx_descriptors.h"

namespace pspnic::firmware {
namespace {

using idpf::QueueModel;
using idpf::Status;

constexpr uint64_t bit_of(idpf::Dtype type) {
  return uint64_t{1} << static_cast<unsigned>(type);
}

constexpr uint64_t kTxDescIdsSplit = bit_of(idpf::Dtype::kFlowData) | bit_of(idpf::Dtype::kTsoContext);
constexpr uint64_t kTxDescIdsSingle = bit_of(idpf::Dtype::kBaseData) | bit_of(idpf::Dtype::kBaseContext) |
                                      bit_of(idpf::Dtype::kFlexData) | bit_of(idpf::Dtype::kTsoContext);

using Counts = std::array<uint32_t, 4>;  // by QueueKind

uint32_t& count_of(Counts& counts, QueueKind kind) {
  return counts[static_cast<size_t>(kind)];
}

bool offered_model(const Limits& limits, QueueModel model) {
  return model == QueueModel::kSplit || (model == QueueModel::kSingle && limits.single_queue_model);
}

// As many queues as wanted, or as are left: drivers take the numbers of the reply.
Counts grant_counts(const QueueTable& queues, const idpf::CreateVport& wanted) {
  const bool tx_split = wanted.txq_model == QueueModel::kSplit;
  const bool rx_split = wanted.rxq_model == QueueModel::kSplit;
  Counts counts{};
  count_of(counts, QueueKind::kTx) = wanted.num_tx_q;
  count_of(counts, QueueKind::kRx) = wanted.num_rx_q;
  count_of(counts, QueueKind::kTxCompletion) = tx_split ? wanted.num_tx_complq : 0;
  count_of(counts, QueueKind::kRxBuffer) = rx_split ? wanted.num_rx_bufq : 0;
  for (const QueueKind kind : kQueueKinds) {
    count_of(counts, kind) = std::min(count_of(counts, kind), queues.largest_free_run(kind));
  }
  return counts;
}

// The smallest set that can carry packets: one queue each way, and in the split model its companions.
bool usable(Counts counts, QueueModel tx_model, QueueModel rx_model) {
  return count_of(counts, QueueKind::kTx) != 0 && count_of(counts, QueueKind::kRx) != 0 &&
         (tx_model == QueueModel::kSingle || count_of(counts, QueueKind::kTxCompletion) != 0) &&
         (rx_model == QueueModel::kSingle || count_of(counts, QueueKind::kRxBuffer) >= 2);
}

Status check_offered(Command& command, const char* field, QueueModel model) {
  if (offered_model(command.hardware.limits(), model)) return Status::kSuccess;
  const bool both = command.hardware.limits().single_queue_model;
  return command.refuse(Status::kEinval, field, static_cast<uint64_t>(model),
                        both ? "0, single, or 1, split" : "1, split");
}

Status check_wanted(Command& command, const idpf::CreateVport& wanted) {
  if (wanted.vport_type != idpf::VportType::kDefault) {
    return command.refuse(Status::kEinval, "vport_type", static_cast<uint64_t>(wanted.vport_type), "0");
  }
  Status status = check_offered(command, "txq_model", wanted.txq_model);
  if (status == Status::kSuccess) status = check_offered(command, "rxq_model", wanted.rxq_model);
  if (status != Status::kSuccess) return status;
  const auto too_few = [&command](const char* field, uint64_t seen, uint64_t least) {
    return command.refuse(Status::kEinval, field, seen, std::to_string(least) + " or more");
  };
  if (wanted.num_tx_q == 0) return too_few("num_tx_q", 0, 1);
  if (wanted.num_rx_q == 0) return too_few("num_rx_q", 0, 1);
  const Counts asked = {wanted.num_tx_q, wanted.num_rx_q, wanted.num_tx_complq, wanted.num_rx_bufq};
  if (usable(asked, wanted.txq_model, wanted.rxq_model)) return Status::kSuccess;
  const bool completions = wanted.txq_model == QueueModel::kSplit && wanted.num_tx_complq == 0;
  return completions ? too_few("num_tx_complq", 0, 1) : too_few("num_rx_bufq", wanted.num_rx_bufq, 2);
}

uint64_t tx_desc_ids(const ControlState& state, QueueModel model) {
  if (model == QueueModel::kSingle) return kTxDescIdsSingle;
  uint64_t ids = kTxDescIdsSplit;
  if (state.has_oem(idpf::kPspCapMbx | idpf::kPspCapKeyInDesc)) ids |= bit_of(idpf::Dtype::kPspContext);
  if (state.has_oem(idpf::kPspCapKeyInDesc)) ids |= bit_of(idpf::Dtype::kPspKey);
  return ids;
}

Vport make_vport(const Command& command, const idpf::CreateVport& wanted, uint32_t vport_id, Counts counts) {
  const Limits& limits = command.hardware.limits();
  Vport vport;
  vport.tx_model = wanted.txq_model;
  vport.rx_model = wanted.rxq_model;
  vport.context.id = vport_id;
  vport.context.max_mtu = limits.max_mtu;
  vport.context.addresses = {vport_address(limits, vport_id)};
  vport.context.rss_types = command.state.caps->rss_caps;
  for (uint32_t entry = 0; entry < kRssLutEntries; ++entry) {
    vport.rss_lut[entry] = entry % count_of(counts, QueueKind::kRx);
  }
  return vport;
}

idpf::CreateVport make_answer(const ControlState& state, const idpf::CreateVport& wanted, const Vport& vport,
                              Counts counts) {
  idpf::CreateVport answer;
  answer.vport_type = wanted.vport_type;
  answer.txq_model = vport.tx_model;
  answer.rxq_model = vport.rx_model;
  answer.num_tx_q = static_cast<uint16_t>(count_of(counts, QueueKind::kTx));
  answer.num_tx_complq = static_cast<uint16_t>(count_of(counts, QueueKind::kTxCompletion));
  answer.num_rx_q = static_cast<uint16_t>(count_of(counts, QueueKind::kRx));
  answer.num_rx_bufq = static_cast<uint16_t>(count_of(counts, QueueKind::kRxBuffer));
  answer.vport_index = wanted.vport_index;
  answer.max_mtu = vport.context.max_mtu;
  answer.vport_id = vport.context.id;
  answer.default_mac_addr = vport.context.addresses.front().bytes;
  answer.rx_desc_ids = kRxDescIds;
  answer.tx_desc_ids = tx_desc_ids(state, vport.tx_model);
  answer.rss_algorithm = idpf::kRssAlgorithmToeplitz;
  answer.rss_key_size = kRssKeyBytes;
  answer.rss_lut_size = kRssLutEntries;
  return answer;
}

}  // namespace

Status find_vport(Command& command, uint32_t vport_id, Vport*& vport) {
  std::vector<std::optional<Vport>>& vports = command.state.vports;
  if (vport_id >= vports.size() || !vports[vport_id]) {
    return command.refuse(Status::kEnxio, "vport_id", vport_id, "of a vport that has been created");
  }
  if (vports[vport_id]->destroying) {
    return command.refuse(Status::kEbusy, "vport_id", vport_id, "of a vport that is not being destroyed");
  }
  vport = &*vports[vport_id];
  return Status::kSuccess;
}

Status vport_is_enabled(Command& command, uint32_t vport_id) {
  return command.refuse(Status::kEsm, "vport_id", vport_id, "of a vport that is disabled");
}

// They count on from the factory address, not in its last byte, in which neighbouring cards differ.
net::MacAddress vport_address(const Limits& limits, uint32_t vport_id) {
  net::MacAddress address = limits.mac;
  constexpr size_t kByte = net::kMacAddressBytes - 2;
  address.bytes[kByte] = static_cast<uint8_t>(address.bytes[kByte] + vport_id);
  return address;
}

idpf::QueueRegChunk queue_chunk(const Limits& limits, QueueKind kind, uint32_t first, uint32_t count) {
  const bool vf = limits.is_virtual;
  idpf::QueueRegChunk chunk{.type = queue_type(kind), .start_queue_id = first, .num_queues = count};
  switch (kind) {
    case QueueKind::kTx:
      chunk.qtail_reg_start = vf ? idpf::vf::tx_tail(first) : idpf::pf::tx_tail(first);
      break;
    case QueueKind::kRx:
      chunk.qtail_reg_start = vf ? idpf::vf::rx_tail(first) : idpf::pf::rx_tail(first);
      break;
    case QueueKind::kRxBuffer:
      chunk.qtail_reg_start = vf ? idpf::vf::rx_buf_tail(first) : idpf::pf::rx_buf_tail(first);
      break;
    case QueueKind::kConfigTx:
      chunk.qtail_reg_start = idpf::pf::tx_tail(idpf::kFirstConfigTail + first);
      break;
    case QueueKind::kConfigRx:
      chunk.qtail_reg_start = idpf::pf::rx_tail(idpf::kFirstConfigTail + first);
      break;
    case QueueKind::kTxCompletion:  // has no tail: the device finds room by the driver's acknowledgements
                                    // alone
      return chunk;
  }
  chunk.qtail_reg_spacing = vf ? idpf::vf::kTailStride : idpf::pf::kTailStride;
  return chunk;
}

void write_vport(ControlState& state, Hardware& hardware, Vport& vport) {
  const std::vector<uint32_t> rx_queues = state.queues.ids(QueueKind::kRx, vport.context.id);
  vport.context.rss_queues.clear();
  vport.context.rx_queues = rx_queues;
  vport.context.default_rx_queue = rx_queues.empty() ? 0 : rx_queues.front();
  // After ADD_QUEUES there may be fewer queues than the table was made for; the driver sends a new one before
  // traffic.
  for (const uint32_t index : vport.rss_lut) {
    if (!rx_queues.empty()) vport.context.rss_queues.push_back(rx_queues[index % rx_queues.size()]);
  }
  hardware.write_vport(vport.context);
}

void release_queues(ControlState& state, Hardware& hardware, std::span<const QueueRef> queues) {
  for (const QueueRef ref : queues) {
    if (state.queues.at(ref).vector != Hardware::kNoVector) hardware.map_vector(ref, Hardware::kNoVector, 0);
    state.queues.release(ref);
  }
}

void remove_vport(ControlState& state, Hardware& hardware, uint32_t vport_id) {
  release_queues(state, hardware, state.queues.all(vport_id));
  hardware.write_vport(VportContext{.id = vport_id, .addresses = {}, .rss_queues = {}});
  state.vports[vport_id].reset();
}

Status create_vport(Command& command) {
  ControlState& state = command.state;
  const auto wanted = command.read<idpf::CreateVport>();
  if (const Status status = check_wanted(command, wanted); status != Status::kSuccess) return status;
  const auto place = std::find(state.vports.begin(), state.vports.end(), std::nullopt);
  Counts counts = grant_counts(state.queues, wanted);
  if (place == state.vports.end() || !usable(counts, wanted.txq_model, wanted.rxq_model))
    return Status::kEnospc;

  const auto vport_id = static_cast<uint32_t>(place - state.vports.begin());
  Vport& vport = place->emplace(make_vport(command, wanted, vport_id, counts));
  idpf::CreateVport answer = make_answer(state, wanted, vport, counts);
  command.reply.assign(sizeof(answer), 0);
  for (const QueueKind kind : kQueueKinds) {
    const uint32_t count = count_of(counts, kind);
    const std::optional<uint32_t> first = state.queues.allocate(kind, count, vport_id);
    if (!first) continue;  // a kind the single-queue model does without
    command.answer_element<idpf::CreateVport>(answer.num_chunks++,
                                              queue_chunk(command.hardware.limits(), kind, *first, count));
  }
  command.answer(answer);
  write_vport(state, command.hardware, vport);
  vport.counters_at_creation = command.hardware.vport_counters(vport_id);
  return Status::kSuccess;
}

Status destroy_vport(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = command.read<idpf::VportMessage>().vport_id;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  std::vector<QueueRef> queues = command.state.queues.all(vport_id);
  const auto disabling = [&](QueueRef ref) {
    return command.state.queues.at(ref).state == QueueState::kDisabling;
  };
  if (std::any_of(queues.begin(), queues.end(), disabling)) {
    return command.refuse(Status::kEbusy, "vport_id", vport_id, "DISABLE_QUEUES answered first");
  }
  // Queues that the driver did not stop are stopped for it; and even of those that it did, frames that it was
  // told are sent may wait for the wire.
  vport->destroying = true;
  vport->context.enabled = false;
  write_vport(command.state, command.hardware, *vport);
  for (const QueueRef ref : queues) command.state.queues.at(ref).state = QueueState::kDisabling;
  command.work = HardwareWork{.queues = std::move(queues), .sas = {}, .destroy_vport = vport_id};
  return Status::kSuccess;
}

Status enable_vport(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = command.read<idpf::VportMessage>().vport_id;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  if (vport->context.enabled) return vport_is_enabled(command, vport_id);
  vport->context.enabled = true;
  write_vport(command.state, command.hardware, *vport);
  // The only way a driver learns of the link. Linux forgets it with every ifdown, so it is told each time.
  command.event(idpf::Event{.event = idpf::EventCode::kLinkChange,
                            .link_speed = command.hardware.limits().link_speed_mbps,
                            .vport_id = vport_id,
                            .link_status = 1});
  return Status::kSuccess;
}

Status disable_vport(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = command.read<idpf::VportMessage>().vport_id;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  if (!vport->context.enabled) {
    return command.refuse(Status::kEsm, "vport_id", vport_id, "of a vport that is enabled");
  }
  vport->context.enabled = false;
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
