// SPDX-License-Identifier: Apache-2.0
// Which SA a job is sealed with, and what the flow table says of plain ones.
#include "model/tx/fetcher.h"

namespace pspnic::tx {

using base::DropReason;

// A descriptor may not name the SAs of the flow table's owner.
bool Fetcher::take_sa(Active& active, const flow::SaName& name, bool for_flow) {
  const crypto::Sa* sa = ports_.sas.acquire(name.index, name.tag);
  if (sa == nullptr) return false;
  if (sa->flows_only && !for_flow) {
    ports_.sas.release(name.index, ports_.events.now());
    return false;
  }
  active.sa = sa;
  active.sa_name = name;
  return active.holds_sa = true;
}

void Fetcher::take_encapsulation(Active& active) {
  queue::TxJob& job = *active.job;
  if (ports_.flows == nullptr) return;
  const flow::Encapsulation* found = ports_.flows->encapsulation({job.sa_index, job.sa_tag});
  if (found == nullptr) return;
  active.encapsulation = *found;
  active.protects = true;
  shorten_segments(job, found->overhead_bytes());
}

// The port's MTU is that of the encapsulated packet. Segments are read before it is known whether their flow
// is protected, so they are cut as if it were; only those that would not fit.
void Fetcher::shorten_segments(queue::TxJob& job, size_t overhead) const {
  const size_t most = ports_.mac.max_frame_bytes();
  if (!job.tso || job.header_bytes + job.mss + overhead <= most || job.header_bytes + overhead >= most)
    return;
  job.mss = static_cast<uint16_t>(most - job.header_bytes - overhead);
}

// The flow of a packet that may match decides what it is sealed with; or that it is dropped.
void Fetcher::protect_flow(Active& active, std::span<const uint8_t> headers) {
  const queue::TxJob& job = *active.job;
  const flow::FlowTable::Found found =
      ports_.flows->find_sent(headers, active.map.outer, scheduler_.vport(job.queue));
  queues_[job.queue].flow_protected = found.kind == flow::FlowTable::Found::Kind::kRule;
  if (found.kind == flow::FlowTable::Found::Kind::kNone) return;
  const flow::Encapsulation* how = nullptr;
  if (found.rule != nullptr) {
    active.flow = found.id;
    how = ports_.flows->encapsulation(found.rule->sa);
  }
  if (how == nullptr || !take_sa(active, found.rule->sa, true)) {
    active.dropped = true;
    active.reason = DropReason::kTxFlowUnprotected;
    return;
  }
  active.encapsulation = *how;
  active.protects = true;
}

void Fetcher::count_flow(const Active& active, uint32_t bytes, bool dropped) {
  flow::Counters* counters = active.flow ? ports_.flows->counters(*active.flow) : nullptr;
  if (counters == nullptr) return;
  if (dropped) {
    counters->tx_dropped++;
  } else {
    counters->tx_packets++;
    counters->tx_bytes += bytes;
  }
}

}  // namespace pspnic::tx
