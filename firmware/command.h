// SPDX-License-Identifier: Apache-2.0
// One request being carried out, as its handler sees it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "firmware/control_plane.h"
#include "firmware/control_state.h"
#include "model/idpf/wire.h"

namespace pspnic::firmware {

struct Command {
  ControlState& state;
  Hardware& hardware;
  const ControlOptions& options;
  Origin origin;
  std::span<const uint8_t> request;          // at least as long as the dispatch table demands
  std::vector<uint8_t> reply;                // payload; starts as an echo of the request without its keys
  std::vector<std::vector<uint8_t>> events;  // payloads of v_opcode 522, sent right behind the reply
  std::optional<HardwareWork> work;          // what the reply waits for

  // The struct at the start of the request, whose length has been checked.
  template <idpf::WireStruct T>
  T read() const {
    return idpf::read_at<T>(request).value_or(T{});
  }

  // Element `index` of a request that holds_elements().
  template <idpf::WireHeader H>
  typename H::Element element(size_t index) const {
    typename H::Element value{};  // no copy but the caller's: it may hold a key
    if (idpf::holds_elements<H>(request, index + 1)) {
      std::memcpy(&value, request.data() + idpf::element_offset<H>(index), sizeof value);
    }
    return value;
  }

  // Puts the struct at the start of the reply, which is made longer if need be.
  template <idpf::WireStruct T>
  void answer(const T& value) {
    put(0, value);
  }

  template <idpf::WireHeader H>
  void answer_element(size_t index, const typename H::Element& value) {
    put(idpf::element_offset<H>(index), value);
  }

  // T is idpf::Event or idpf::PspEvent.
  template <idpf::WireStruct T>
  void event(const T& value) {
    std::vector<uint8_t>& payload = events.emplace_back(sizeof(T));
    std::memcpy(payload.data(), &value, sizeof(T));
  }

 private:
  template <idpf::WireStruct T>
  void put(size_t offset, const T& value) {
    if (reply.size() < offset + sizeof(T)) reply.resize(offset + sizeof(T));
    std::memcpy(reply.data() + offset, &value, sizeof(T));
  }
};

// What PSP_GET_CAPS and PSP_GET_STATS need of their request; drivers send the whole struct.
struct PspRequest {
  uint32_t vport_id = 0;
  uint32_t word = 0;  // versions wanted, or flags
};

// A handler checks everything first and changes anything only then: if it answers other than kSuccess,
// nothing has changed.
using Handler = idpf::Status (*)(Command&);

// The vport of this id into `vport`; kEnxio if there is none, kEbusy while it is being destroyed.
idpf::Status find_vport(Command& command, uint32_t vport_id, Vport*& vport);

// The same for a PSP message, which may also name the whole function.
idpf::Status find_psp_target(Command& command, uint32_t vport_id);

// The same for a list message of `count` entries, of which there must be `least` at least.
template <idpf::WireHeader Header>
idpf::Status check_list(Command& command, uint32_t vport_id, size_t count, size_t least) {
  const idpf::Status status = find_psp_target(command, vport_id);
  if (status != idpf::Status::kSuccess) return status;
  const bool fits = idpf::holds_elements<Header>(command.request, count);
  return fits && count >= least ? idpf::Status::kSuccess : idpf::Status::kEinval;
}

// What ADD_QUEUES and PSP_GET_CAPS call the config queues.
inline constexpr uint8_t kConfigQueueMailboxIndex = 1;

// Gives queues back, and ends their interrupts.
void release_queues(ControlState& state, Hardware& hardware, std::span<const QueueRef> queues);

// Tells the hardware what the vport is now, its RSS table made from the queues it has.
void write_vport(ControlState& state, Hardware& hardware, Vport& vport);

// The address that the device gives a vport.
net::MacAddress vport_address(const Limits& limits, uint32_t vport_id);

// Ends a vport whose queues are all idle.
void remove_vport(ControlState& state, Hardware& hardware, uint32_t vport_id);

// What GET_STATS says of the vport.
idpf::VportStats vport_stats(const Command& command, const Vport& vport);

// Chunk that hands out `count` queues from `first` on, with the architected tail registers of its
// kind of function. Config queues are the physical function's.
idpf::QueueRegChunk queue_chunk(const Limits& limits, QueueKind kind, uint32_t first, uint32_t count);

}  // namespace pspnic::firmware
