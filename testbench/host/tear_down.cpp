// SPDX-License-Identifier: Apache-2.0
// stop(): ifdown, then remove.
#include <fmt/format.h>

#include "model/idpf/registers.h"
#include "testbench/host/state.h"

namespace pspnic::host {
namespace {

constexpr unsigned kResetPolls = 2000;
constexpr uint64_t kMarkerTimeoutPs = 500'000'000'000;  // Linux: 500 ms, a warning only

}  // namespace

void Driver::State::stop() {
  if (phase == Phase::kDown) return;
  require_running("stop");
  phase = Phase::kStopping;
  if (config.vfs > 0) switch_vfs(0);
  for (const Vport& vport : vports) {
    send_vport(vport, idpf::Opcode::kDisableVport);
    switch_queues(vport, idpf::Opcode::kDisableQueues);
  }
  wait_for_markers();
  config_queue.stop();
  for (const Vport& vport : vports) {
    map_vectors(vport, idpf::Opcode::kUnmapQueueVector);
    send_mac(vport, idpf::Opcode::kDelMacAddr);
  }
  for (const Vector& vector : vectors) port.write32(Space::kBar0, vector.dyn_ctl, 0);
  for (const Vport& vport : vports) send_vport(vport, idpf::Opcode::kDestroyVport);
  idpf::VectorChunks head;
  head.num_vchunks = static_cast<uint16_t>(vector_chunks.size());
  std::vector<uint8_t> message(idpf::message_size<idpf::VectorChunks>(vector_chunks.size()));
  std::memcpy(message.data(), &head, sizeof head);
  std::memcpy(message.data() + sizeof head, vector_chunks.data(),
              vector_chunks.size() * sizeof(idpf::VectorChunk));
  mailbox.call(idpf::Opcode::kDeallocVectors, std::span<const uint8_t>(message));
  reset_function();
  pci.disable();
  port.set_events(nullptr);
  release();
  phase = Phase::kDown;
}

void Driver::State::wait_for_markers() {
  const uint64_t begin = port.now_ps();
  for (;;) {
    size_t missing = 0;
    for (auto& queue : tx) {
      queue->poll(*stack);
      if (!queue->drained()) ++missing;
    }
    if (missing == 0) return;
    if (port.now_ps() - begin >= kMarkerTimeoutPs) {
      return anomalies.add(fmt::format("DISABLE_QUEUES: {} marker completions have not come", missing));
    }
    port.delay(config.mailbox_poll_ps);
  }
}

// The device has been reset: nothing of it can reach the memory any more.
void Driver::State::release() {
  for (auto& queue : tx) queue->release();
  for (auto& queue : rx) queue->release();
  tx.clear();
  rx.clear();
  requests.stop();
  config_queue.abandon();
  inline_keys.clear();
  psp.stop();
  mailbox.stop();
  psp_negotiated = false;
  for (Vport& vport : vports) vport.link_up = false;
  stack = nullptr;
}

// A bring-up that failed half-way. The device may be in any state, so it is cut off from memory, and what it
// may know of that memory stays allocated.
void Driver::State::abandon() {
  if (registers->is_virtual) {
    try {
      pci.reset();
    } catch (const DriverError&) {  // it has not even been found
    }
  } else {
    port.write32(Space::kBar0, idpf::pf::kPfgenCtrl, idpf::kPfSwr);
  }
  pci.disable();
  port.set_events(nullptr);
  tx.clear();
  rx.clear();
  requests.stop();
  config_queue.cut_off();
  inline_keys.clear();
  psp.stop();
  mailbox.abandon();
  psp_negotiated = false;
  for (Vport& vport : vports) vport.link_up = false;
  stack = nullptr;
  phase = Phase::kDown;
}

void Driver::State::recover(Stack& to_serve) {
  if (phase == Phase::kUp) {
    ++stats.recoveries;
    forget_frames();
    reset_function();
    release();
    phase = Phase::kDown;
  }
  start(to_serve);
}

void Driver::State::forget_frames() {
  for (const auto& queue : tx) stats.tx_lost_in_reset += queue->in_flight();
  phase = Phase::kStopping;
}

void Driver::State::reset_by_message() {
  require_running("reset_by_message");
  if (!registers->is_virtual) throw DriverError("RESET_VF: the function is not virtual");
  forget_frames();
  mailbox.send(idpf::Opcode::kResetVf, {});  // by rule it has no answer
  // The firmware takes a while to see it.
  for (unsigned i = 0; i < kResetPolls && reset_status() == idpf::kRstatActive; ++i) {
    port.delay(config.mailbox_poll_ps);
  }
  wait_for_reset();
  pci.disable();
  port.set_events(nullptr);
  release();
  phase = Phase::kDown;
}

}  // namespace pspnic::host
