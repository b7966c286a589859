// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_psp_host.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace pspnic::bench {
namespace {

constexpr uint64_t kRotation = 0;
constexpr uint64_t kDeletion = 1;

std::string failure(const char* what, const host::PspResult& result) {
  return fmt::format("{}: {} ({})", what, host::text(result.error), result.text);
}

}  // namespace

TcpPspHost::TcpPspHost(const TcpParams& params, Side side, KeyLog& keys)
    : side_(side),
      rotation_period_ps_(params.rotation_period.ps),
      delete_poll_ps_(params.key_delete_poll.ps),
      version_(static_cast<psp::Version>(params.psp_version)),
      keys_(keys),
      netlink_(core_, {.rekey = true}),
      worker_(side == kA ? "psp_worker_a" : "psp_worker_b") {}

void TcpPspHost::start(Platform& platform, tcp::Endpoint& endpoint) {
  platform_ = &platform;
  endpoint_ = &endpoint;
  worker_.set_events(platform.events());
  driver_.emplace(platform.driver(side_));
  if (const host::PspErrno error = driver_->register_with(core_); error != host::PspErrno::kOk) {
    throw host::DriverError(failure("PSP device", {error, "registration"}));
  }
  device_ = driver_->device();
  generation_ = device_->generation();
  const uint32_t versions = 1u << static_cast<unsigned>(version_);
  const host::PspResult result = netlink_.dev_set(true, device_->id(), versions);
  if (!result.ok()) throw host::DriverError(failure("dev-set", result));
  endpoint.set_psp_device(device_->id());
}

void TcpPspHost::begin(Applications& applications) {
  applications_ = &applications;
  if (rotation_period_ps_ > 0) schedule(rotation_period_ps_, kRotation);
  schedule(delete_poll_ps_, kDeletion);
}

void TcpPspHost::schedule(uint64_t after_ps, uint64_t what) {
  base::EventQueue& events = platform_->events();
  events.schedule_look(events.now() + after_ps, base::Callback::to<&TcpPspHost::on_due>(*this), what);
}

void TcpPspHost::on_due(uint64_t what) {
  if (finished_) return;
  if (what == kDeletion) {
    if (device_->keys_to_delete() > 0) post([this] { device_->delete_drained(); });
    return schedule(delete_poll_ps_, kDeletion);
  }
  schedule(rotation_period_ps_, kRotation);
  if (rotation_under_way_ || !applications_->may_rotate()) {
    ++postponed_;
    return;
  }
  rotation_under_way_ = true;
  post([this] { rotate(); });
}

void TcpPspHost::rotate() {
  const host::PspResult result = netlink_.key_rotate(true, device_->id());
  generation_ = device_->generation();
  if (result.ok()) {
    applications_->on_rotated();
  } else {
    ++refused_;
  }
  rotation_under_way_ = false;
}

void TcpPspHost::finish() {
  if (std::exchange(finished_, true)) return;
  post([this] {
    device_->delete_drained();
    endpoint_->set_psp_device(0);
    driver_->unregister_from(core_);
  });
}

host::PspResult TcpPspHost::rx_assoc(tcp::Connection& socket, tcp::PspRxReply& reply) {
  const host::PspResult result = netlink_.rx_assoc(&socket, {}, version_, reply);
  if (result.ok()) {
    keys_.add(reply.spi, version_, reply.key);
  } else {
    ++refused_;
  }
  return result;
}

host::PspResult TcpPspHost::tx_assoc(tcp::Connection& socket, const host::TxSaRequest& key) {
  const bool first = socket.psp_state() == tcp::PspState::kRx;
  const host::PspResult result = netlink_.tx_assoc(&socket, {}, key);
  if (result.ok() && first) {
    const tcp::Setup& setup = socket.setup();
    keys_.upgrade(setup.path.flow, tcp::to_wire(setup.initial_sequence, socket.sender().fence()));
  }
  if (!result.ok()) ++refused_;
  return result;
}

TcpPspOutcome TcpPspHost::outcome(const tcp::Endpoint& endpoint) const {
  TcpPspOutcome outcome;
  outcome.sockets = endpoint.psp_counters();
  outcome.core = device_->counters();
  outcome.rotations_postponed = postponed_;
  outcome.commands_refused = refused_;
  return outcome;
}

}  // namespace pspnic::bench
