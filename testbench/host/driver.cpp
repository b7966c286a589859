// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "model/idpf/registers.h"
#include "testbench/host/state.h"

namespace pspnic::host {
namespace {

constexpr unsigned kMostPairs = 256;
constexpr uint32_t kMaxItrUs = idpf::kItrMask * idpf::kItrUnitUs;

void check_range(const char* field, uint64_t value, uint64_t least, uint64_t most, uint64_t multiple = 1) {
  if (value >= least && value <= most && value % multiple == 0) return;
  const std::string of = multiple == 1 ? "" : fmt::format(", a multiple of {}", multiple);
  throw DriverError(
      fmt::format("driver configuration: {} is {}, must lie in {}..{}{}", field, value, least, most, of));
}

const DriverConfig& checked(const DriverConfig& config) {
  check_range("queue_pairs", config.queue_pairs, 1, kMostPairs);
  check_range("more_vports", config.more_vports.size(), 0, kMostPairs - 1);
  unsigned pairs = config.queue_pairs;
  for (const unsigned count : config.more_vports) {
    check_range("more_vports", count, 1, kMostPairs);
    pairs += count;
  }
  check_range("queue_pairs and more_vports", pairs, 1, kMostPairs);
  check_range("tx_ring", config.tx_ring, 128, 4064, 32);
  check_range("rx_ring", config.rx_ring, 64, 8160, 32);
  check_range("buffer_ring", config.buffer_ring, 64, 8160, 32);
  // The driver tells no completion tail: what can be outstanding must fit.
  check_range("rx_ring", config.rx_ring, config.buffer_ring, 8160, 32);
  check_range("buffer_bytes", config.buffer_bytes, 1024, 16256, 128);
  check_range("mtu", config.mtu, 68, 9216);
  check_range("itr_us", config.itr_us, 0, kMaxItrUs);
  check_range("tso_slots", config.tso_slots, config.tso ? 1 : 0, 4096);
  check_range("tx_slot_bytes", config.tx_slot_bytes, 0, 1u << 18);
  check_range("header_buffer_bytes", config.header_buffer_bytes, 64, 960, 64);
  check_range("psp_versions", config.psp_versions, 0, 0xf);
  check_range("mailbox_poll_ps", config.mailbox_poll_ps, 1, ~uint64_t{0} / 64);
  return config;
}

}  // namespace

// Any fixed key does; this one is the byte 0x6d times odd numbers.
std::array<uint8_t, 52> DriverConfig::default_rss_key() {
  std::array<uint8_t, 52> key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(0x6d * (2 * i + 1));
  return key;
}

Driver::State::State(HostPort& host_port, const DriverConfig& driver_config, HostEvents& host_events)
    : port(host_port),
      config(checked(driver_config)),
      events(host_events),
      pci(host_port),
      mailbox(host_port, {config.mailbox_poll_ps, config.mailbox_timeout_ps}, *this, stats, anomalies),
      psp(mailbox, anomalies),
      config_queue(host_port, mailbox, psp, anomalies),
      requests(host_port, {mailbox, psp, config_queue, inline_keys},
               {config.mailbox_poll_ps, kRequestsCookie}, anomalies) {}

void Driver::State::require_running(const char* what) const {
  if (phase != Phase::kUp) throw DriverError(fmt::format("{}: the driver is not started", what));
}

unsigned Driver::State::queue_pairs() const {
  return std::accumulate(config.more_vports.begin(), config.more_vports.end(), config.queue_pairs);
}

bool Driver::State::link_up() const {
  return !vports.empty() &&
         std::all_of(vports.begin(), vports.end(), [](const Vport& v) { return v.link_up; });
}

// Linux's value: INTENA, no ITR touched.
void Driver::State::arm(uint32_t vector) {
  constexpr uint32_t kArm = idpf::DynCtl{.intena = true, .itr_indx = idpf::kItrNoUpdate}.encode();
  port.write32(Space::kBar0, vectors[vector_index[vector]].dyn_ctl, kArm);
}

void Driver::State::on_vector(uint32_t vector) {
  ++stats.interrupts;
  if (phase == Phase::kDown) return;
  if (vector == caps.mailbox_vector_id) {
    mailbox.poll();
    return arm_mailbox();
  }
  if (vector >= vector_index.size() || vector_index[vector] == kNoVector) {
    return anomalies.add(fmt::format("interrupt: vector {} is not in use", vector));
  }
  if (config.poll_delay_ps == 0) return poll_vector(vector);
  port.set_timer(config.poll_delay_ps, vector);
}

// The queue pairs of the vector: transmit completions first, as Linux. Re-armed when nothing is left.
void Driver::State::poll_vector(uint32_t vector) {
  if ((phase != Phase::kUp && phase != Phase::kStarting) || vector >= vector_index.size() ||
      vector_index[vector] == kNoVector) {
    return;
  }
  for (size_t pair = vector_index[vector]; pair < tx.size(); pair += vectors.size()) {
    ++stats.polls;
    tx[pair]->poll(*stack);
    rx[pair]->poll(*stack);
  }
  wake_watchdog();
  arm(vector);
}

// The ring's way, in the manner of a script.
std::vector<SaHandle> Driver::State::add_by_config_queue(std::span<const TxSaRequest> wanted) {
  std::vector<SaHandle> handles;
  bool done = wanted.empty();
  if (!config_queue.running()) throw DriverError("add_tx_sas: there is no config queue; see key_modes");
  config_queue.add(wanted, [&](std::span<const SaHandle> added) {
    handles.assign(added.begin(), added.end());
    done = true;
  });
  while (!done && config_queue.running()) port.delay(config.config_queue_poll_ps);
  if (!done && config_queue.silent()) throw DriverError("add_tx_sas: the config queue does not answer");
  if (!done) throw DriverError("add_tx_sas: the function was reset meanwhile");
  return handles;
}

void Driver::State::delete_tx_sas(std::span<const SaHandle> handles) {
  std::vector<SaHandle> by_mailbox;
  std::vector<SaHandle> by_ring;
  for (const SaHandle& handle : handles) {
    if (handle.way == KeyMode::kDescriptor) {
      if (!inline_keys.remove(handle)) anomalies.add(fmt::format("no key {} to delete", handle.index));
    } else {
      (handle.way == KeyMode::kConfigQueue ? by_ring : by_mailbox).push_back(handle);
    }
  }
  if (!by_mailbox.empty()) psp.delete_tx_sas(by_mailbox);
  if (by_ring.empty()) return;
  bool done = false;
  config_queue.remove(by_ring, [&done] { done = true; });
  while (!done && config_queue.running()) port.delay(config.config_queue_poll_ps);
}

Driver::Driver(HostPort& port, const DriverConfig& config)
    : state_(std::make_unique<State>(port, config, *this)) {}

Driver::~Driver() {
  if (state_->phase != State::Phase::kDown) state_->port.set_events(nullptr);
}

void Driver::start(Stack& stack) {
  state_->start(stack);
}
void Driver::stop() {
  state_->stop();
}
void Driver::reset_by_message() {
  state_->reset_by_message();
}

void Driver::recover(Stack& stack) {
  state_->recover(stack);
}

std::vector<RxSa> Driver::allocate_rx_sas(psp::Version version, unsigned count) {
  return state_->psp.allocate_rx_sas(version, count);
}
std::vector<SaHandle> Driver::add_tx_sas(std::span<const TxSaRequest> requests) {
  return add_tx_sas(requests, key_mode(0));
}
std::vector<SaHandle> Driver::add_tx_sas(std::span<const TxSaRequest> requests, KeyMode way) {
  switch (way) {
    case KeyMode::kConfigQueue:
      return state_->add_by_config_queue(requests);
    case KeyMode::kDescriptor:
      return state_->inline_keys.add(requests);
    default:
      return state_->psp.add_tx_sas(requests);
  }
}
KeyMode Driver::key_mode(unsigned queue) const {
  return state_->key_mode(queue);
}
ConfigQueue& Driver::config_queue() {
  return state_->config_queue;
}
bool Driver::let_device_build_headers(std::span<const SaHandle> handles, const PspMode& mode) {
  return state_->psp.let_device_build_headers(handles, mode);
}
void Driver::delete_tx_sas(std::span<const SaHandle> handles) {
  state_->delete_tx_sas(handles);
}
void Driver::free_rx_sas(std::span<const uint32_t> spis) {
  state_->psp.free_rx_sas(spis);
}
uint8_t Driver::rotate_keys(bool twice) {
  return state_->psp.rotate_keys(twice);
}
void Driver::set_psp_receive(uint32_t versions) {
  state_->psp.set_receive(versions);
}
idpf::PspStats Driver::psp_statistics() {
  return state_->psp.statistics();
}
PspRequests& Driver::psp_requests() {
  return state_->requests;
}
const idpf::PspCaps& Driver::psp_caps() const {
  return state_->psp.caps();
}
uint32_t Driver::last_status() const {
  return state_->psp.last_status();
}

idpf::VportStats Driver::vport_statistics(unsigned vport) {
  state_->require_running("GET_STATS");
  idpf::VportStats request;
  request.vport_id = state_->vports.at(vport).reply.vport_id;
  return state_->mailbox.call(idpf::Opcode::kGetStats, request);
}
void Driver::set_promiscuous(bool unicast, bool multicast) {
  state_->require_running("CONFIG_PROMISCUOUS_MODE");
  state_->send_promiscuous(unicast, multicast);
}

bool Driver::running() const {
  return state_->phase == State::Phase::kUp;
}
bool Driver::is_virtual() const {
  return state_->registers->is_virtual;
}
bool Driver::psp_available() const {
  return state_->psp.available();
}
bool Driver::link_up() const {
  return state_->link_up();
}
uint32_t Driver::link_speed_mbps() const {
  return state_->link_speed_mbps;
}
unsigned Driver::vports() const {
  return static_cast<unsigned>(1 + state_->config.more_vports.size());
}
const net::MacAddress& Driver::mac(unsigned vport) const {
  return state_->vports.at(vport).mac;
}
unsigned Driver::queue_pairs() const {
  return state_->queue_pairs();
}
unsigned Driver::first_queue(unsigned vport) const {
  if (vport == 0) return 0;
  const auto& more = state_->config.more_vports;
  return std::accumulate(more.begin(), more.begin() + (vport - 1), state_->config.queue_pairs);
}
unsigned Driver::vport_of(unsigned queue) const {
  unsigned vport = vports() - 1;
  while (queue < first_queue(vport)) --vport;
  return vport;
}

bool Driver::transmit(unsigned queue, const TxFrame& frame) {
  State& state = *state_;
  if (state.phase != State::Phase::kUp || queue >= state.tx.size()) {
    ++state.stats.tx_refused;
    return false;
  }
  const bool taken = state.tx[queue]->transmit(frame);
  if (taken && state.observer != nullptr) state.observer->on_transmit(queue, frame);
  return taken;
}
void Driver::flush(unsigned queue) {
  State& state = *state_;
  if (state.phase != State::Phase::kUp || queue >= state.tx.size()) return;
  state.tx[queue]->flush();
  state.wake_watchdog();
}
unsigned Driver::transmit_room(unsigned queue, bool tso) const {
  State& state = *state_;
  if (state.phase != State::Phase::kUp || queue >= state.tx.size()) return 0;
  const unsigned room = state.tx[queue]->room(tso);
  if (room == 0) ++state.stats.tx_ring_full;
  return room;
}
unsigned Driver::in_flight(unsigned queue) const {
  const State& state = *state_;
  return queue < state.tx.size() ? state.tx[queue]->in_flight() : 0;
}

TxProgress Driver::tx_progress(unsigned queue) const {
  const State& state = *state_;
  TxProgress progress;
  if (queue < state.tx.size()) progress = state.tx[queue]->progress();
  progress.starts = state.starts;
  return progress;
}

const DriverStats& Driver::stats() const {
  return state_->stats;
}
const std::vector<std::string>& Driver::anomalies() const {
  return state_->anomalies.texts();
}

void Driver::on_interrupt(uint32_t message_data) {
  state_->on_vector(message_data);
}
void Driver::set_transmit_observer(TransmitObserver* observer) {
  state_->observer = observer;
}
void Driver::set_watchdog_listener(WatchdogListener* listener) {
  state_->listener = listener;
}

void Driver::set_psp_listener(PspEventListener* listener) {
  state_->psp.set_listener(listener);
}
void Driver::set_psp_device(uint16_t id) {
  state_->psp.set_device(id);
}

void Driver::on_timer(uint64_t cookie) {
  if (cookie == State::kWatchdogCookie) return state_->look();
  if (cookie == State::kConfigQueueCookie) return state_->config_queue.on_timer();
  if (cookie == State::kRequestsCookie) return state_->requests.on_timer();
  state_->poll_vector(static_cast<uint32_t>(cookie));
}

}  // namespace pspnic::host
