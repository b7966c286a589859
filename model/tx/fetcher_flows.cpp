// SPDX-License-Identifier: Apache-2.0
// Which SA a job is sealed with, and what the flow table says of plain ones.
#include <algorithm>

#include "model/net/bytes.h"
#include "model/net/segment.h"
#include "model/psp/spi.h"
#include "model/tx/fetcher.h"

namespace pspnic::tx {

using base::DropReason;

// The packet holds its SA from now on, so that it is sealed with what its driver meant even if the SA is
// deleted before its turn comes. A descriptor may not name the SAs of the flow table's owner.
void Fetcher::on_named_sa(queue::TxJob& job) {
  job.sa = ports_.sas.acquire(job.sa_index, job.sa_tag);
  if (job.sa != nullptr && job.sa->flows_only) {
    ports_.sas.release(job.sa_index, ports_.events.now());
    job.sa = nullptr;
  }
  if (ports_.loader != nullptr && job.sa != nullptr) job.sa_ticket = ports_.loader->want(job.sa_index);
}

void Fetcher::on_sa_loaded() {
  sas_loaded_ = ports_.loader->loaded();
  if (without_sa_.empty()) return;
  sa_waits_.end(ports_.events.now());
  come_back(without_sa_);
  pump(0);
}

// Without its key a packet is dropped.
void Fetcher::check_loaded(Active& active) {
  queue::TxJob& job = *active.job;
  if (ports_.loader->failed(job.sa_ticket) && !active.dropped) {
    count_bad_sa(job.queue);
    doom(active, DropReason::kTxNoSa);
  }
  job.sa_ticket = 0;
  if (active.sa_wait != 0) active.sa_wait = ports_.events.now() - active.sa_wait;
}

void Fetcher::on_forgotten(queue::TxJob& job) {
  if (job.sa != nullptr) ports_.sas.release(job.sa_index, ports_.events.now());
  job.sa = nullptr;
}

bool Fetcher::take_sa(Active& active, const flow::SaName& name) {
  active.sa = ports_.sas.acquire(name.index, name.tag);
  active.sa_name = name;
  return active.holds_sa = active.sa != nullptr;
}

// SPI and version are those of the packet, which its driver wrote; a key of another length is none.
void Fetcher::take_own_sa(Active& active, std::span<const uint8_t> headers) {
  queue::TxJob& job = *active.job;
  const uint8_t* header = headers.data() + active.map.psp_offset;
  const uint8_t version = psp::version_field(header);
  const uint32_t spi = net::load_be32(header + psp::kSpiOffset);
  const bool known = psp::is_known_version(version) && (ports_.pipeline.versions() >> version & 1) != 0;
  if (!known || psp::is_reserved_spi(spi) || job.key.size != psp::key_bytes(psp::Version{version})) {
    active.dropped = true;
    active.reason = DropReason::kTxBadPspPacket;
  } else {
    active.own_sa.spi = spi;
    active.own_sa.version = psp::Version{version};
    active.own_sa.key = job.key;
    active.sa = &active.own_sa;
  }
  job.key.wipe();
}

void Fetcher::wipe_own_sa(Active& active) {
  if (active.own_sa.key.size == 0) return;
  ports_.sas.forget(active.own_sa.key);
  active.own_sa.key.wipe();
}

void Fetcher::take_encapsulation(Active& active) {
  queue::TxJob& job = *active.job;
  if (ports_.flows == nullptr) return;
  const flow::Encapsulation* found = ports_.flows->encapsulation({job.sa_index, job.sa_tag});
  if (found == nullptr) return;
  active.encapsulation = *found;
  active.protects = true;
  if (may_be_too_long(job, found->overhead_bytes())) active.headers = Headers::kWanted;
}

// The port's MTU is that of the encapsulated packet. How long a segment of this frame gets is known when it
// is known whether its flow is protected, and how many VLAN tags it has.
bool Fetcher::may_be_too_long(const queue::TxJob& job, size_t overhead) const {
  return job.tso && job.header_bytes + job.mss + overhead >
                        ports_.mac.max_frame_bytes(static_cast<uint32_t>(net::kEthernetHeaderBytes));
}

// The headers of a TSO frame, read alone. True, as of complete(): the frame's room is free again.
bool Fetcher::take_headers(Fetch& fetch) {
  Active& active = *fetch.active;
  const queue::TxJob& job = *active.job;
  window_bytes_ -= fetch.packet->size();
  header_reads_--;
  active.headers = Headers::kKnown;
  check_read(active, fetch);
  if (!active.dropped) {
    const std::span<const uint8_t> headers = fetch.packet->bytes();
    std::copy(headers.begin(), headers.end(), active.header.begin());
    const TransformError error = find_headers(headers, job, active.map);
    if (error != TransformError::kNone) {
      refuse(active, error, headers);
    } else {
      if (may_match(job)) protect_flow(active, headers);
      cut_to_fit(active);
    }
  }
  if (active.dropped) {
    // It is read from its beginning, as others that are dropped are.
    doom(active, active.reason);
    active.piece = active.piece_offset = 0;
  } else {
    active.segments = net::segment_count(job.total_bytes - job.header_bytes, job.mss);
  }
  release(ports_.events.now(), *fetch.packet);
  queues_[job.queue].standing_back = false;
  scheduler_.add(job.queue);
  return true;
}

// Segments of TCP that would be too long are cut shorter. Datagrams are not: where they end is the
// application's affair.
void Fetcher::cut_to_fit(Active& active) {
  queue::TxJob& job = *active.job;
  if (!active.protects || active.dropped) return;
  const size_t most = ports_.mac.max_frame_bytes(active.map.outer.l3_offset);
  const size_t around = job.header_bytes + active.encapsulation.overhead_bytes();
  if (around + job.mss <= most) return;
  if (active.map.outer.l4 != net::L4::kTcp || around >= most) return doom(active, DropReason::kTxTooLong);
  job.mss = static_cast<uint16_t>(most - around);
}

// What rates and weights count: the frame that leaves, as far as is known before its headers have been read.
uint32_t Fetcher::charged_bytes(const Active& active, uint32_t length) const {
  const queue::TxJob& job = *active.job;
  if (active.dropped) return length;
  if (active.protects) return length + static_cast<uint32_t>(active.encapsulation.overhead_bytes());
  if (job.psp) return length + (job.append_icv ? static_cast<uint32_t>(psp::kIcvBytes) : 0);
  return length + (may_match(job) ? queues_[job.queue].flow_overhead : 0);
}

// The flow of a packet that may match decides what it is sealed with; or that it is dropped.
void Fetcher::protect_flow(Active& active, std::span<const uint8_t> headers) {
  const queue::TxJob& job = *active.job;
  const flow::FlowTable::Found found =
      ports_.flows->find_sent(headers, active.map.outer, scheduler_.vport(job.queue));
  QueueState& queue = queues_[job.queue];
  queue.flow_overhead = 0;
  if (found.kind == flow::FlowTable::Found::Kind::kNone) return;
  const flow::Encapsulation* how = nullptr;
  if (found.rule != nullptr) {
    active.flow = found.id;
    how = ports_.flows->encapsulation(found.rule->sa);
  }
  if (how == nullptr || !take_sa(active, found.rule->sa)) {
    active.dropped = true;
    active.reason = DropReason::kTxFlowUnprotected;
    return;
  }
  active.encapsulation = *how;
  active.protects = true;
  queue.flow_overhead = static_cast<uint16_t>(how->overhead_bytes());
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
