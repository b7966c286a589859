// SPDX-License-Identifier: Apache-2.0
// ENABLE_, DISABLE_, ADD_, DEL_QUEUES.
#include <algorithm>

#include "firmware/commands.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

struct QueueCommand {
  Vport* vport = nullptr;  // null: config queues
  uint32_t vport_id = 0;
  std::vector<QueueRef> queues;  // each once; what others refer to comes first
};

bool referred_to(QueueKind kind) {
  return kind == QueueKind::kTxCompletion || kind == QueueKind::kRxBuffer;
}

std::string queue_text(QueueRef ref) {
  return "queue " + std::to_string(ref.id) + " of type " +
         std::to_string(static_cast<uint32_t>(queue_type(ref.kind)));
}

const char* state_text(QueueState state) {
  switch (state) {
    case QueueState::kIdle:
      return " is not configured";
    case QueueState::kConfigured:
      return " is configured";
    case QueueState::kEnabled:
      return " is enabled";
    case QueueState::kDisabling:
      break;
  }
  return " is being disabled";
}

Status wrong_state(Command& command, Status status, QueueRef ref, std::string expected) {
  const QueueState state = command.state.queues.at(ref).state;
  return command.refuse(status, {"start_queue_id", queue_text(ref) + state_text(state), std::move(expected)});
}

// The queues of all chunks, each of them the vport's own and named once.
Status read_queue_command(Command& command, QueueCommand& out) {
  const auto header = command.read<idpf::DelEnaDisQueues>();
  out.vport_id = header.vport_id;
  const bool config = header.vport_id == idpf::kVportNone;
  if (config) {
    if (const Status status = check_config_queues(command); status != Status::kSuccess) return status;
  }
  if (!config) {
    if (const Status status = find_vport(command, header.vport_id, out.vport); status != Status::kSuccess)
      return status;
  }
  const size_t chunks = header.num_chunks;
  const Status list = check_count<idpf::DelEnaDisQueues>(command, "num_chunks", chunks);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < chunks; ++i) {
    command.entry = i;
    const auto chunk = command.element<idpf::DelEnaDisQueues>(i);
    const std::optional<QueueKind> kind = config ? config_queue_kind(chunk.type) : queue_kind(chunk.type);
    if (!kind) {
      return command.refuse(Status::kEinval, "type", static_cast<uint64_t>(chunk.type),
                            config ? "4 or 5, config queues" : "0, 1, 2 or 3");
    }
    if (chunk.num_queues == 0) return command.refuse(Status::kEinval, "num_queues", 0, "1 or more");
    for (uint64_t id = chunk.start_queue_id; id < uint64_t{chunk.start_queue_id} + chunk.num_queues; ++id) {
      const QueueRef ref{*kind, static_cast<uint32_t>(id)};
      if (id > UINT32_MAX || !command.state.queues.owned(ref, header.vport_id)) {
        return command.refuse(Status::kEnxio, "start_queue_id", id, "queues of the vport");
      }
      out.queues.push_back(ref);
    }
  }
  command.entry.reset();
  std::sort(out.queues.begin(), out.queues.end(), [](QueueRef a, QueueRef b) {
    if (referred_to(a.kind) != referred_to(b.kind)) return referred_to(a.kind);
    return a.kind != b.kind ? a.kind < b.kind : a.id < b.id;
  });
  const auto twice = std::adjacent_find(out.queues.begin(), out.queues.end());
  if (twice == out.queues.end()) return Status::kSuccess;
  return command.refuse(Status::kEinval, {"chunks", queue_text(*twice) + " twice", "each queue once"});
}

// An enabled queue, outside the list, writes to or fetches from this one.
bool needed_by_others(Command& command, const QueueCommand& request, QueueRef ref) {
  if (!referred_to(ref.kind)) return false;
  const std::vector<QueueRef> all = command.state.queues.all(request.vport_id);
  return std::any_of(all.begin(), all.end(), [&](QueueRef other) {
    const Queue& queue = command.state.queues.at(other);
    // One that drains still completes.
    const bool runs = queue.state == QueueState::kEnabled || queue.state == QueueState::kDisabling;
    if (!runs || QueueTable::referred_kind(other.kind) != ref.kind) return false;
    const bool refers =
        std::find(queue.references.begin(), queue.references.end(), ref.id) != queue.references.end();
    return refers && std::find(request.queues.begin(), request.queues.end(), other) == request.queues.end();
  });
}

Status still_needed(Command& command, QueueRef ref) {
  return command.refuse(Status::kEbusy, {"start_queue_id", queue_text(ref) + ", which enabled queues need",
                                         "with them, or after them"});
}

Status check_enable(Command& command, const QueueCommand& request) {
  for (const QueueRef ref : request.queues) {
    const Queue& queue = command.state.queues.at(ref);
    if (queue.state != QueueState::kConfigured) {
      const Status status = queue.state == QueueState::kDisabling ? Status::kEbusy : Status::kEsm;
      return wrong_state(command, status, ref, "CONFIG first");
    }
    // DPDK enables a queue before those it refers to; that they are configured is all that can be asked.
    for (const uint32_t id : queue.references) {
      const QueueRef other{QueueTable::referred_kind(ref.kind), id};
      const Queue* referred = command.state.queues.owned(other, request.vport_id);
      if (referred == nullptr) {
        return command.refuse(
            Status::kEsm,
            {"start_queue_id", queue_text(ref) + " needs " + queue_text(other), "a queue of the vport"});
      }
      if (referred->state == QueueState::kIdle || referred->state == QueueState::kDisabling) {
        const Status status = referred->state == QueueState::kIdle ? Status::kEsm : Status::kEbusy;
        return wrong_state(command, status, other, "CONFIG before " + queue_text(ref) + " is enabled");
      }
    }
  }
  return Status::kSuccess;
}

}  // namespace

Status enable_queues(Command& command) {
  QueueCommand request;
  if (const Status status = read_queue_command(command, request); status != Status::kSuccess) return status;
  if (const Status status = check_enable(command, request); status != Status::kSuccess) return status;
  for (const QueueRef ref : request.queues) {
    command.hardware.enable_queue(ref);
    command.state.queues.at(ref).state = QueueState::kEnabled;
  }
  return Status::kSuccess;
}

Status disable_queues(Command& command) {
  QueueCommand request;
  if (const Status status = read_queue_command(command, request); status != Status::kSuccess) return status;
  for (const QueueRef ref : request.queues) {
    const QueueState state = command.state.queues.at(ref).state;
    if (state != QueueState::kEnabled) {
      const Status status = state == QueueState::kDisabling ? Status::kEbusy : Status::kEsm;
      return wrong_state(command, status, ref, "one that is enabled");
    }
    if (needed_by_others(command, request, ref)) return still_needed(command, ref);
  }
  for (const QueueRef ref : request.queues) command.state.queues.at(ref).state = QueueState::kDisabling;
  command.work = HardwareWork{.queues = std::move(request.queues), .sas = {}, .destroy_vport = {}};
  return Status::kSuccess;
}

// Linux drops and takes all its queues anew with every change of MTU, ring size or number of channels. The
// lowest free ids are given, so that the same numbers bring the same queues.
Status add_queues(Command& command) {
  auto answer = command.read<idpf::AddQueues>();
  if (answer.vport_id == idpf::kVportNone) return add_config_queues(command);
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, answer.vport_id, vport); status != Status::kSuccess)
    return status;
  if (vport->context.enabled) return vport_is_enabled(command, answer.vport_id);
  const std::array<uint32_t, 4> counts = {answer.num_tx_q, answer.num_rx_q, answer.num_tx_complq,
                                          answer.num_rx_bufq};
  if (answer.mbx_q_index != 0) {
    return command.refuse(Status::kEinval, "mbx_q_index", answer.mbx_q_index, "0");
  }
  if (counts == std::array<uint32_t, 4>{}) {
    return command.refuse(Status::kEinval, "num_tx_q", 0, "1 or more queues of some type");
  }
  if (vport->tx_model == idpf::QueueModel::kSingle && answer.num_tx_complq != 0) {
    return command.refuse(Status::kEinval, "num_tx_complq", answer.num_tx_complq, "0 in the single model");
  }
  if (vport->rx_model == idpf::QueueModel::kSingle && answer.num_rx_bufq != 0) {
    return command.refuse(Status::kEinval, "num_rx_bufq", answer.num_rx_bufq, "0 in the single model");
  }
  for (const QueueKind kind : kQueueKinds) {
    if (counts[static_cast<size_t>(kind)] > command.state.queues.largest_free_run(kind))
      return Status::kEnospc;
  }

  answer.num_chunks = 0;
  command.reply.assign(sizeof(answer), 0);
  for (const QueueKind kind : kQueueKinds) {
    const uint32_t count = counts[static_cast<size_t>(kind)];
    const std::optional<uint32_t> first = command.state.queues.allocate(kind, count, answer.vport_id);
    if (!first) continue;
    command.answer_element<idpf::AddQueues>(answer.num_chunks++,
                                            queue_chunk(command.hardware.limits(), kind, *first, count));
  }
  command.answer(answer);
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

Status del_queues(Command& command) {
  QueueCommand request;
  if (const Status status = read_queue_command(command, request); status != Status::kSuccess) return status;
  if (request.vport != nullptr && request.vport->context.enabled) {
    return vport_is_enabled(command, request.vport_id);
  }
  for (const QueueRef ref : request.queues) {
    const QueueState state = command.state.queues.at(ref).state;
    if (state == QueueState::kEnabled || state == QueueState::kDisabling) {
      return wrong_state(command, Status::kEbusy, ref, "DISABLE answered first");
    }
    if (needed_by_others(command, request, ref)) return still_needed(command, ref);
  }
  release_queues(command.state, command.hardware, request.queues);
  if (request.vport != nullptr) write_vport(command.state, command.hardware, *request.vport);
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
