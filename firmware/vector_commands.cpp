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
  if (count == 0 || !idpf::holds_elements<idpf::QueueVectorMaps>(command.request, count))
    return Status::kEinval;
  for (size_t i = 0; i < count; ++i) {
    const auto entry = command.element<idpf::QueueVectorMaps>(i);
    const std::optional<QueueKind> kind = queue_kind(entry.queue_type);
    // Buffer queues have no interrupt.
    if (!kind || kind == QueueKind::kRxBuffer || entry.itr_idx > idpf::kItrNoUpdate) return Status::kEinval;
    const QueueRef ref{*kind, entry.queue_id};
    if (!command.state.queues.owned(ref, header.vport_id)) return Status::kEnxio;
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
  if (answer.num_vectors == 0) return Status::kEinval;
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
  if (count == 0 || !idpf::holds_elements<idpf::VectorChunks>(command.request, count)) return Status::kEinval;
  VectorTable vectors = command.state.vectors;
  for (size_t i = 0; i < count; ++i) {
    const auto chunk = command.element<idpf::VectorChunks>(i);
    if (chunk.num_vectors == 0) return Status::kEinval;
    for (uint32_t k = 0; k < chunk.num_vectors; ++k) {
      const uint32_t vector = chunk.start_vector_id + k;
      if (!vectors.held(vector)) return Status::kEnxio;
      if (command.state.queues.vector_in_use(static_cast<uint16_t>(vector))) return Status::kEbusy;
      vectors.release(vector);
    }
  }
  command.state.vectors = vectors;
  return Status::kSuccess;
}

Status map_queue_vector(Command& command) {
  MapCommand request;
  if (const Status status = read_map_command(command, request); status != Status::kSuccess) return status;
  for (const Mapping& mapping : request.mappings) {
    if (!command.state.vectors.held(mapping.vector)) return Status::kEnxio;
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
  for (const Mapping& mapping : request.mappings) {
    const uint16_t vector = command.state.queues.at(mapping.queue).vector;
    if (vector == Hardware::kNoVector || vector != mapping.vector) return Status::kEinval;
  }
  for (const Mapping& mapping : request.mappings) {
    command.state.queues.at(mapping.queue).vector = Hardware::kNoVector;
    command.hardware.map_vector(mapping.queue, Hardware::kNoVector, 0);
  }
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
