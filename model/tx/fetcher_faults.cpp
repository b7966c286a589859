// SPDX-License-Identifier: Apache-2.0
// Packets that cannot be sent: what becomes of them, and which descriptor a report points at.
#include <string>
#include <utility>

#include "model/tx/fetcher.h"
#include "model/tx/refusal.h"

namespace pspnic::tx {

using base::DropReason;

void Fetcher::check_read(Active& active, const Fetch& fetch) {
  if (fetch.status == pcie::DmaStatus::kOk || active.dropped) return;
  const queue::TxJob& job = *active.job;
  const auto piece = static_cast<unsigned>(fetch.failed >> kOffsetBits);
  const uint64_t offset = fetch.failed & ((1u << kOffsetBits) - 1);
  fail(active, DropReason::kTxDmaFault,
       {.rule = pcie::broken_rule(fetch.status, base::DriverRule::kBufferUnmapped),
        .index = ports_.queues.piece_index(job, piece),
        .field = "buffer_addr",
        .seen = base::hex(job.pieces[piece].address + offset) + ", of a packet of " +
                std::to_string(job.total_bytes) + " bytes, completion tag " +
                std::to_string(job.completion_tag),
        .expected = {}});
}

queue::TxFault Fetcher::fault_of(const Active& active, TransformError error,
                                 std::span<const uint8_t> frame) const {
  const queue::TxJob& job = *active.job;
  Refusal refusal = explain_refusal(
      error, {job, active.map, frame, active.sa, ports_.mac.max_frame_bytes(active.map.outer.l3_offset)});
  uint16_t index = ports_.queues.last_index(job);
  if (refusal.part == Refusal::Part::kContext) index = ports_.queues.first_index(job);
  if (refusal.part == Refusal::Part::kHeaders) index = ports_.queues.piece_index(job, 0);
  return {.rule = rule_of(error),
          .index = index,
          .field = std::move(refusal.field),
          .seen = std::move(refusal.seen),
          .expected = std::move(refusal.expected)};
}

void Fetcher::refuse(Active& active, TransformError error, std::span<const uint8_t> headers) {
  const queue::TxJob& job = *active.job;
  const queue::TxFault fault = fault_of(active, error, headers);
  if (!job.psp || (error != TransformError::kNoPsp && error != TransformError::kPspHeader)) {
    return fail(active, DropReason::kTxBadDescriptor, fault);
  }
  active.dropped = true;
  active.reason = DropReason::kTxBadPspPacket;
  ports_.queues.note_dropped(job, fault);
}

void Fetcher::fail(Active& active, DropReason reason, const queue::TxFault& fault) {
  active.dropped = true;
  active.reason = reason;
  ports_.queues.violate(*active.job, fault);
}

// The pipeline has dropped a frame of it.
void Fetcher::note_refused(const Active& active, TransformError error, const base::Packet& packet) {
  dropped_++;
  if (!ports_.queues.watched() || rule_of(error) == base::DriverRule::kCount) return;
  ports_.queues.note_dropped(*active.job, fault_of(active, error, packet.bytes()));
}

void Fetcher::doom_too_long(Active& active) {
  doom(active, DropReason::kTxTooLong);
  if (!ports_.queues.watched()) return;
  const queue::TxJob& job = *active.job;
  ports_.queues.note_dropped(
      job,
      {.rule = base::DriverRule::kTxFrameMtu,
       .index = ports_.queues.last_index(job),
       .field = job.tso ? "mss" : "buffer_size",
       .seen = "a frame of " +
               std::to_string(job.tso ? uint32_t{job.header_bytes} + job.mss : job.total_bytes) + " bytes",
       .expected = "at most " + std::to_string(ports_.mac.max_frame_bytes())});
}

// Its place is the context, which names the SA; the watch knows why there is none.
void Fetcher::doom_without_sa(Active& active) {
  const queue::TxJob& job = *active.job;
  count_bad_sa(job.queue);
  doom(active, DropReason::kTxNoSa);
  ports_.queues.note_dropped(job, {.rule = base::DriverRule::kPspSaUnknown,
                                   .index = ports_.queues.first_index(job),
                                   .field = {},
                                   .seen = {},
                                   .expected = {}});
}

}  // namespace pspnic::tx
