// SPDX-License-Identifier: Apache-2.0
// ALLOC_, DEALLOC_VECTORS, MAP_, UNMAP_QUEUE_VECTOR.
#include "firmware/commands.h"
#include "model/idpf/registers.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

struct Mapping {
  QueueRef queue;
  uint16_t vector = 0;
  uint8_t itr_index = 0;
};

struct MapCommand {
  uint32_t vport_id = 0;
  std::vector<Mapping> mappings;
};

Status read_map_command(Command& command, MapCommand& out) {
  const auto header = command.read<idpf::QueueVectorMaps>();
  Vport* vport = nullptr;
  out.vport_id = header.vport_id;
  if (const Status status = find_vport(command, header.vport_id, vport); status != Status::kSuccess)
    return status;
  const size_t count = header.num_qv_maps;
  const Status list = check_count<idpf::QueueVectorMaps>(command, "num_qv_maps", count);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < count; ++i) {
    command.entry = i;
    const auto entry = command.element<idpf::QueueVectorMaps>(i);
    const std::optional<QueueKind> kind = queue_kind(entry.queue_type);
    // Buffer queues have no interrupt.
    if (!kind || kind == QueueKind::kRxBuffer) {
      return command.refuse(Status::kEinval, "queue_type", static_cast<uint64_t>(entry.queue_type),
                            "0, 1 or 2: buffer queues have no interrupt");
    }
    if (entry.itr_idx > idpf::kItrNoUpdate) {
      return command.refuse(Status::kEinval, "itr_idx", entry.itr_idx, range_text(0, idpf::kItrNoUpdate));
    }
    const QueueRef ref{*kind, entry.queue_id};
    if (!command.state.queues.owned(ref, header.vport_id)) {
      return command.refuse(Status::kEnxio, "queue_id", entry.queue_id, "a queue of the vport");
    }
    out.mappings.push_back({ref, entry.vector_id, static_cast<uint8_t>(entry.itr_idx)});
  }
  return Status::kSuccess;
}

idpf::VectorChunk vector_chunk(bool is_virtual, uint16_t first, uint16_t count) {
  idpf::VectorChunk chunk{.start_vector_id = first, .num_vectors = count};
  if (is_virtual) {
    const uint32_t queue_vector = first - 1u;  // vector 0 is the mailbox's, and never given out
    chunk.dynctl_reg_start = idpf::vf::int_dyn_ctln(queue_vector);
    chunk.dynctl_reg_spacing = sizeof(uint32_t);
    chunk.itrn_reg_start = idpf::vf::int_itrn_64(0, queue_vector);
    chunk.itrn_reg_spacing = sizeof(uint32_t);
    chunk.itrn_index_spacing = idpf::vf::kItrIndexSpacing64;
  } else {
    chunk.dynctl_reg_start = idpf::pf::glint_dyn_ctl(first);
    chunk.dynctl_reg_spacing = idpf::pf::kVectorStride;
    chunk.itrn_reg_start = idpf::pf::glint_itr(0, first);
    chunk.itrn_reg_spacing = idpf::pf::kVectorStride;
    chunk.itrn_index_spacing = idpf::pf::kItrIndexSpacing;
  }
  return chunk;
}

}  // namespace

Status alloc_vectors(Command& command) {
  auto answer = command.read<idpf::AllocVectors>();
  if (answer.num_vectors == 0) return command.refuse(Status::kEinval, "num_vectors", 0, "1 or more");
  const std::optional<uint16_t> first = command.state.vectors.allocate(answer.num_vectors);
  if (!first) return Status::kEnospc;
  answer.num_vchunks = 1;
  command.reply.clear();
  command.answer(answer);
  const bool is_virtual = command.hardware.limits().is_virtual;
  command.answer_element<idpf::AllocVectors>(0, vector_chunk(is_virtual, *first, answer.num_vectors));
  return Status::kSuccess;
}

Status dealloc_vectors(Command& command) {
  const size_t count = command.read<idpf::VectorChunks>().num_vchunks;
  const Status list = check_count<idpf::VectorChunks>(command, "num_vchunks", count);
  if (list != Status::kSuccess) return list;
  VectorTable vectors = command.state.vectors;
  for (size_t i = 0; i < count; ++i) {
    const auto chunk = command.element<idpf::VectorChunks>(i);
    command.entry = i;
    if (chunk.num_vectors == 0) return command.refuse(Status::kEinval, "num_vectors", 0, "1 or more");
    for (uint32_t k = 0; k < chunk.num_vectors; ++k) {
      const uint32_t vector = chunk.start_vector_id + k;
      if (!vectors.held(vector)) {
        return command.refuse(Status::kEnxio, "start_vector_id", vector, "a vector that was allocated");
      }
      if (command.state.queues.vector_in_use(static_cast<uint16_t>(vector))) {
        return command.refuse(Status::kEbusy, "start_vector_id", vector, "a vector without queues");
      }
      vectors.release(vector);
    }
  }
  command.state.vectors = vectors;
  return Status::kSuccess;
}

Status map_queue_vector(Command& command) {
  MapCommand request;
  if (const Status status = read_map_command(command, request); status != Status::kSuccess) return status;
  for (size_t i = 0; i < request.mappings.size(); ++i) {
    command.entry = i;
    const uint16_t vector = request.mappings[i].vector;
    if (!command.state.vectors.held(vector)) {
      return command.refuse(Status::kEnxio, "vector_id", vector, "a vector that was allocated");
    }
  }
  for (const Mapping& mapping : request.mappings) {
    command.state.queues.at(mapping.queue).vector = mapping.vector;
    command.hardware.map_vector(mapping.queue, mapping.vector, mapping.itr_index);
  }
  return Status::kSuccess;
}

Status unmap_queue_vector(Command& command) {
  MapCommand request;
  if (const Status status = read_map_command(command, request); status != Status::kSuccess) return status;
  for (size_t i = 0; i < request.mappings.size(); ++i) {
    command.entry = i;
    const Mapping& mapping = request.mappings[i];
    const uint16_t vector = command.state.queues.at(mapping.queue).vector;
    if (vector == Hardware::kNoVector || vector != mapping.vector) {
      return command.refuse(
          Status::kEinval, "vector_id", mapping.vector,
          vector == Hardware::kNoVector ? "a queue that has a vector" : std::to_string(vector));
    }
  }
  for (const Mapping& mapping : request.mappings) {
    command.state.queues.at(mapping.queue).vector = Hardware::kNoVector;
    command.hardware.map_vector(mapping.queue, Hardware::kNoVector, 0);
  }
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
