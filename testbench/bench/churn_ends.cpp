// SPDX-License-Identifier: Apache-2.0
// How the connections of the workload churn end.
#include "testbench/bench/churn_control.h"

namespace pspnic::bench {

namespace {

using State = ChurnConnection::State;

}  // namespace

// Exponential lifetimes: every open connection has the same hazard of ending at any time, so the next one
// ends when the hazards of all have added up to an exponential amount. Call this before their number changes,
// and schedule_end() behind.
void ChurnControl::settle_hazard() {
  const base::Time now = events().now();
  if (lifetime_ps_ > 0) {
    const double passed = static_cast<double>(now - hazard_since_) / lifetime_ps_;
    hazard_left_ -= passed * static_cast<double>(connections_.open_count());
  }
  hazard_since_ = now;
}

void ChurnControl::schedule_end() {
  ++hazard_epoch_;
  const base::Time now = events().now();
  const bool exponential_ones = params_.lifetimes == ChurnParams::Lifetime::kExponential;
  if (!exponential_ones || lifetime_ps_ <= 0 || connections_.open_count() == 0 || now >= end_) return;
  const double wait =
      std::max(0.0, hazard_left_) * lifetime_ps_ / static_cast<double>(connections_.open_count());
  const double left = static_cast<double>(end_ - now);
  if (wait > left) return;  // another change of their number will look again
  events().schedule(now + static_cast<base::Time>(wait), base::Callback::to<&ChurnControl::on_hazard>(*this),
                    hazard_epoch_);
}

void ChurnControl::on_hazard(uint64_t epoch) {
  if (epoch != hazard_epoch_ || events().now() >= end_) return;
  settle_hazard();
  hazard_left_ = static_cast<double>(exponential(1e12)) / 1e12;
  begin_end(connections_.open_at(random_() % connections_.open_count()));
}

void ChurnControl::on_age(uint64_t id) {
  begin_end(static_cast<uint32_t>(id));
}

void ChurnControl::begin_end(uint32_t id) {
  settle_hazard();
  connections_.close(id);
  schedule_end();
  end_if_quiet(id);
}

// Renewals are let come to their end: their requests are under way.
void ChurnControl::end_if_quiet(uint32_t id) {
  ChurnConnection& connection = connections_[id];
  if (connection.state != State::kClosing || connection.renewals > 0 || connection.in_flight() > 0) return;
  connection.state = State::kDeleting;
  ends_->push(events().now() + params_.exchange.ps, id);
}

void ChurnControl::on_end(uint64_t id) {
  delete_sas(static_cast<uint32_t>(id));
}

void ChurnControl::delete_sas(uint32_t id) {
  ChurnConnection& connection = connections_[id];
  connection.state = State::kDeleting;
  for (const Side side : {kA, kB}) {
    ChurnEnd& end = connection.ends[side];
    if (end.rx_spi != 0) requests(side).free(end.rx_spi, end.generation);
    if (end.ready) ++connection.deletions;
  }
  if (connection.deletions == 0) return connections_.remove(id);
  for (const Side side : {kA, kB}) {
    if (connection.ends[side].ready) requests(side).remove(connection.ends[side].tx, cookie(id, false));
  }
}

void ChurnControl::on_tx_sa_deleted(const host::PspAnswer& answer) {
  if (is_renewal(answer.cookie)) return;
  const uint32_t id = connection_of(answer.cookie);
  if (--connections_[id].deletions > 0) return;
  if (connections_[id].ends[kA].ready && connections_[id].ends[kB].ready) ++outcome_.ended;
  connections_.remove(id);
}

}  // namespace pspnic::bench
