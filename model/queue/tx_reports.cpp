// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_reports.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "model/idpf/tx_single.h"

namespace pspnic::queue {

namespace {

constexpr uint32_t kCommandOffset = 8;  // of the byte with the DTYPE in a descriptor

}  // namespace

TxReports::TxReports(base::StatGroup& parent, const TxReportParams& params, uint16_t queues,
                     const Ports& ports)
    : params_(params), ports_(ports), queues_(queues), group_(parent, "tx_reports") {}

void TxReports::configure(uint16_t number, const TxReportContext& context) {
  Queue& queue = queues_[number];
  const Queue before = queue;
  queue.context = context;
  queue.configured = true;
  if (before.configured) pass_on_vector(before.context);
  pass_on_vector(context);
  if (watch_ == nullptr || context.model != idpf::QueueModel::kSplit) return;
  watch_->on_ring_answered({base::Site::Kind::kTxQueue, number},
                           {base::Site::Kind::kTxCompletions, context.completion_queue});
}

void TxReports::map_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  Queue& queue = queues_[number];
  queue.vector = vector;
  queue.itr_index = itr_index;
  if (queue.configured) pass_on_vector(queue.context);
  if (watch_ != nullptr) watch_->on_vector_mapped({base::Site::Kind::kTxQueue, number}, vector);
}

void TxReports::pass_on_vector(const TxReportContext& context) {
  if (context.model != idpf::QueueModel::kSplit) return;
  const auto mapped = std::find_if(queues_.begin(), queues_.end(), [&](const Queue& queue) {
    return queue.configured && queue.context.model == idpf::QueueModel::kSplit &&
           queue.context.completion_queue == context.completion_queue &&
           queue.vector != Interrupts::kNoVector;
  });
  const Queue& source = mapped != queues_.end() ? *mapped : Queue{};
  ports_.completions.map_transmit_vector(context.completion_queue, source.vector, source.itr_index);
}

void TxReports::report(const TxJob& job) {
  const Queue& queue = queues_[job.queue];
  if (!queue.configured) return;
  if (watch_ != nullptr) [[unlikely]]
    watch_->on_tx_reported(job);
  if (queue.context.model == idpf::QueueModel::kSplit) {
    complete(queue, job);
  } else {
    write_back(queue, job);
  }
}

void TxReports::complete(const Queue& queue, const TxJob& job) {
  const TxReportContext& to = queue.context;
  const std::span pieces(job.pieces.data(), job.piece_count);
  if (params_.complete_every_descriptor && !pieces.empty()) {
    for (const DataPiece& piece : pieces.first(pieces.size() - 1)) {
      ports_.completions.post(to.completion_queue, idpf::TxCompletionType::kRs, to.relative_queue,
                              piece.report_id);
    }
  }
  ports_.completions.post(to.completion_queue, idpf::TxCompletionType::kRs, to.relative_queue,
                          job.completion_tag);
  if (!job.report_head) return;
  // DPDK takes only heads that are a multiple of 32.
  const auto head = static_cast<uint16_t>(job.head / idpf::kReHeadMultiple * idpf::kReHeadMultiple);
  ports_.completions.post(to.completion_queue, idpf::TxCompletionType::kRe, to.relative_queue, head);
}

void TxReports::write_back(const Queue& queue, const TxJob& job) {
  bool any = false;
  for (const DataPiece& piece : std::span(job.pieces.data(), job.piece_count)) {
    if (!piece.report) continue;
    const std::array<uint8_t, 1> done{idpf::desc_done_byte(piece.command)};
    ports_.dma.write(
        {pcie::Requester::Kind::kTxQueue, job.queue},
        queue.context.ring_address + uint64_t{piece.report_id} * idpf::kTxDescriptorBytes + kCommandOffset,
        done);
    written_back_++;
    any = true;
  }
  if (any) ports_.interrupts.cause(queue.vector, queue.itr_index);
}

void TxReports::report_drained(uint16_t number) {
  Queue& queue = queues_[number];
  if (!std::exchange(queue.configured, false)) return;
  if (queue.context.model != idpf::QueueModel::kSplit) return;
  ports_.completions.post(queue.context.completion_queue, idpf::TxCompletionType::kSwMarker,
                          queue.context.relative_queue, 0);
  pass_on_vector(queue.context);
}

void TxReports::reset() {
  for (Queue& queue : queues_) queue = Queue{};
}

void TxReports::reset(uint16_t number) {
  const Queue before = std::exchange(queues_[number], Queue{});
  if (before.configured) pass_on_vector(before.context);
}

}  // namespace pspnic::queue
