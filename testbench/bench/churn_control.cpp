// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "testbench/bench/key_exchange.h"
#include "testbench/traffic/poisson.h"

namespace pspnic::bench {

namespace {

using State = ChurnConnection::State;

constexpr uint32_t kSetUpChunk =
    16'384;  // connections of whose keys the hosts know at once, while setting up

}  // namespace

class ChurnControl::Host final : public host::PspRequestListener, public host::PspEventListener {
 public:
  Host(ChurnControl& control, Side side) : control_(control), side_(side) {}

  void on_rx_sa(const host::PspAnswer& answer, const host::RxSa* sa) override {
    record(control_.outcome_.key_generation, answer);
    control_.on_rx_sa(side_, answer, sa);
  }
  void on_tx_sa(const host::PspAnswer& answer, const host::SaHandle& sa) override {
    record(control_.outcome_.key_insertion, answer);
    control_.on_tx_sa(side_, answer, sa);
  }
  void on_tx_sa_deleted(const host::PspAnswer& answer) override {
    record(control_.outcome_.deletion, answer);
    control_.on_tx_sa_deleted(answer);
  }
  void on_rotated(const host::PspAnswer& answer, const idpf::PspRotateKey& now,
                  idpf::Status status) override {
    record(control_.outcome_.rotation, answer);
    control_.on_rotated(side_, now, status);
  }
  void on_psp_event(const idpf::PspEvent& event) override { control_.on_event(side_, event); }

 private:
  // A key that stays with the driver costs no request.
  void record(base::LogLinearCounts& latency, const host::PspAnswer& answer) {
    if (answer.way == host::KeyMode::kDescriptor) return;
    latency.record(answer.took_ps);
    const base::Time now = control_.events().now();
    if (control_.end_ > 0 && now > control_.end_) control_.outcome_.answered_after = now - control_.end_;
  }

  ChurnControl& control_;
  Side side_;
};

ChurnControl::ChurnControl(const ChurnParams& params, base::Duration key_age, uint64_t seed, KeyLog& keys,
                           Listener& listener)
    : params_(params), keys_(keys), listener_(listener), random_(seed) {
  for (const Side side : {kA, kB}) hosts_[side] = std::make_unique<Host>(*this, side);
  pass_time_ = params.duration.ps / 2;
  if (key_age.ps > 0) pass_time_ = key_age.ps / 2;
  if (params.rotation_period.ps > 0) pass_time_ = params.rotation_period.ps / 2;
  lifetime_ps_ = static_cast<double>(params.lifetime.ps);
  if (params.lifetime.ps == 0 && params.arrival_rate > 0) {
    lifetime_ps_ = 1e12 * std::max(1u, params.connections) / params.arrival_rate;
  }
}

ChurnControl::~ChurnControl() = default;

host::PspRequests& ChurnControl::requests(Side side) {
  return platform_->driver(side).psp_requests();
}

base::Time ChurnControl::exponential(double mean_ps) {
  return static_cast<base::Time>(traffic::exponential_wait(random_, mean_ps));
}

void ChurnControl::prepare(Platform& platform) {
  platform_ = &platform;
  connections_.reserve(params_.connections + params_.connections / 8 + 1024);
  Progress progress(params_.connections, "connections set up");
  while (connections_.size() < params_.connections) {
    const unsigned count = std::min(kSetUpChunk, params_.connections - connections_.size());
    std::array<std::vector<SaLink>, kSides> links;
    for (const Side sender : {kA, kB})
      links[sender] = exchange_keys(platform, sender, version(), count, keys_);
    for (unsigned i = 0; i < count; ++i) {
      const uint32_t id = connections_.add(0);
      for (const Side side : {kA, kB}) {
        ChurnEnd& end = connections_[id].ends[side];
        end.tx = links[side][i].handle;
        end.tx_spi = links[side][i].spi;
        end.rx_spi = links[other(side)][i].spi;
        end.generation = links[other(side)][i].generation;
        end.ready = true;
      }
      connections_.open(id);
      progress.step(platform.events().now(), id);
    }
  }
  for (const Side side : {kA, kB}) {
    requests(side).begin({params_.bulk, params_.outstanding}, *hosts_[side]);
    platform.driver(side).set_psp_listener(hosts_[side].get());
    rotations_[side].generation = platform.driver(side).psp_caps().generation;
  }
  outcome_.before = outcome_.most_alive = connections_.count();
}

void ChurnControl::start(base::Time end) {
  const base::Time now = events().now();
  end_ = end;
  outcome_.offered_for = end - now;
  const auto fifo = [this](base::Callback callback) {
    return std::make_unique<base::EventFifo>(events(), callback);
  };
  post_[kA] = fifo(base::Callback::to<&ChurnControl::on_letter_a>(*this));
  post_[kB] = fifo(base::Callback::to<&ChurnControl::on_letter_b>(*this));
  ends_ = fifo(base::Callback::to<&ChurnControl::on_end>(*this));
  ages_ = fifo(base::Callback::to<&ChurnControl::on_age>(*this));
  if (params_.arrival_rate > 0) {
    schedule_offered(exponential(1e12 / params_.arrival_rate),
                     base::Callback::to<&ChurnControl::on_arrival>(*this));
  }
  events().schedule(now + (end - now) / 2, base::Callback::to<&ChurnControl::on_halfway>(*this));
  events().schedule(end, base::Callback::to<&ChurnControl::on_offered>(*this));
  hazard_since_ = now;
  hazard_left_ = static_cast<double>(exponential(1e12)) / 1e12;
  schedule_end();
  if (params_.lifetimes == ChurnParams::Lifetime::kFixed && lifetime_ps_ > 0) {
    // As if they had come evenly over the last lifetime.
    for (uint32_t id = 0; id < connections_.size(); ++id) {
      const double age_left = lifetime_ps_ * (id + 1.0) / connections_.size();
      push_age(id, static_cast<base::Time>(age_left));
    }
  }
  for (const Side side : {kA, kB}) {
    if (uses_older_keys(side)) begin_pass(side);  // the device has rotated meanwhile
    if (params_.rotation_period.ps == 0) continue;
    schedule_offered(params_.rotation_period.ps, base::Callback::to<&ChurnControl::on_rotation_due>(*this),
                     side);
  }
}

// What is behind the time offered would do nothing but make the run longer.
void ChurnControl::schedule_offered(base::Time wait, base::Callback callback, uint64_t argument) {
  const base::Time when = events().now() + wait;
  if (when < end_) events().schedule(when, callback, argument);
}

void ChurnControl::push_age(uint32_t id, base::Time left) {
  const base::Time when = events().now() + left;
  if (when < end_) ages_->push(when, id);
}

void ChurnControl::on_halfway(uint64_t) {
  outcome_.waited_halfway = pending();
  made_halfway_ = made();
}

void ChurnControl::on_offered(uint64_t) {
  outcome_.waited_at_end = pending();
  outcome_.made_between = made() - made_halfway_;
}

void ChurnControl::on_arrival(uint64_t) {
  const uint32_t id = connections_.add(events().now());
  ++outcome_.wanted;
  outcome_.most_alive = std::max<uint64_t>(outcome_.most_alive, connections_.count());
  connections_[id].asked = 1;
  requests(kA).allocate(version(), cookie(id, false));
  schedule_offered(exponential(1e12 / params_.arrival_rate),
                   base::Callback::to<&ChurnControl::on_arrival>(*this));
}

void ChurnControl::on_rx_sa(Side side, const host::PspAnswer& answer, const host::RxSa* sa) {
  const uint32_t id = connection_of(answer.cookie);
  const bool renewal = is_renewal(answer.cookie);
  ChurnConnection& connection = connections_[id];
  if (sa == nullptr) {
    if (renewal) return drop_renewal(id, side, "the receiver's card has no SPI left");
    --connection.asked;
    return refuse(id);
  }
  keys_.add(sa->spi, sa->version, sa->key);
  ChurnEnd& end = connection.ends[side];
  end.old_rx_spi = renewal ? end.rx_spi : 0;
  end.old_generation = end.generation;
  end.rx_spi = sa->spi;
  end.generation = sa->generation;
  letters_[other(side)].push_back({id, renewal, *sa});
  post_[other(side)]->push(events().now() + params_.exchange.ps);
}

// The peer's SPI and key have come. What has been refused meanwhile asks for nothing more.
void ChurnControl::on_letter(Side to) {
  const Letter letter = std::move(letters_[to].front());
  letters_[to].pop_front();
  const uint32_t id = letter.connection;
  ChurnConnection& connection = connections_[id];
  if (!letter.renewal && connection.state != State::kSetUp) {
    --connection.asked;
    return go_on(id);
  }
  if (!letter.renewal) connection.ends[to].tx_spi = letter.sa.spi;
  const host::Driver& driver = platform_->driver(to);
  requests(to).add({letter.sa.spi, letter.sa.version, letter.sa.key}, cookie(id, letter.renewal),
                   driver.key_mode(id % driver.queue_pairs()));
  if (letter.renewal || to == kA) return;
  ++connection.asked;
  requests(kB).allocate(version(), cookie(id, false));
}

void ChurnControl::on_tx_sa(Side side, const host::PspAnswer& answer, const host::SaHandle& sa) {
  const uint32_t id = connection_of(answer.cookie);
  const bool refused = sa.index == host::kNoSa;
  if (is_renewal(answer.cookie)) {
    if (refused) return drop_renewal(id, other(side), "the sender's table is full (nic.device.sa_slots)");
    return switch_over(id, other(side), sa);
  }
  ChurnConnection& connection = connections_[id];
  --connection.asked;
  if (refused) return refuse(id);
  connection.ends[side].tx = sa;
  connection.ends[side].ready = true;
  go_on(id);
}

void ChurnControl::refuse(uint32_t id) {
  if (connections_[id].state == State::kSetUp) {
    ++outcome_.refused;
    connections_[id].state = State::kRefused;
  }
  go_on(id);
}

// Of a connection that is being set up: nothing more is to come.
void ChurnControl::go_on(uint32_t id) {
  const ChurnConnection& connection = connections_[id];
  if (connection.asked > 0) return;
  if (connection.state == State::kRefused) return delete_sas(id);
  if (connection.ends[kA].ready && connection.ends[kB].ready) open(id);
}

void ChurnControl::open(uint32_t id) {
  const base::Time now = events().now();
  settle_hazard();
  connections_.open(id);
  schedule_end();
  ++outcome_.opened;
  if (now < end_) ++outcome_.opened_in_time;
  outcome_.set_up.record(now - connections_[id].asked_at);
  if (params_.lifetimes == ChurnParams::Lifetime::kFixed) {
    push_age(id, static_cast<base::Time>(lifetime_ps_));
  }
  listener_.on_open(id);
  // A rotation may have overtaken it.
  for (const Side side : {kA, kB}) {
    if (needs_renewal(id, side)) renew(id, side);
  }
}

void ChurnControl::on_received(uint32_t id, Side at) {
  const ChurnConnection& connection = connections_[id];
  if (connection.renewals > 0) finish_renewal(id, at);
  if (connection.state == State::kClosing) end_if_quiet(id);
}

void ChurnControl::conclude() {
  outcome_.alive = connections_.open_count();
  size_t waiting = 0;
  for (uint32_t id = 0; id < connections_.size(); ++id) {
    const State state = connections_[id].state;
    if (state != State::kFree && state != State::kOpen) ++waiting;
  }
  if (waiting > 0) {
    outcome_.faults.push_back(
        fmt::format("{} connections wait for an answer of a card, or for packets that "
                    "were sent and did not come",
                    waiting));
  }
}

}  // namespace pspnic::bench
