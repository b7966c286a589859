// SPDX-License-Identifier: Apache-2.0
#include "model/embed/device.h"

#include "model/base/config_error.h"

namespace pspnic::embed {

namespace {

// While it stands the device runs; then it stands still, and whoever listens is told.
class Running {
 public:
  Running(bool& flag, record::Listener* listener) : flag_(flag), listener_(listener) { flag_ = true; }
  ~Running() {
    flag_ = false;
    if (listener_ != nullptr) listener_->on_still();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  bool& flag_;
  record::Listener* listener_;
};

}  // namespace

Device::Device(const CardOptions& options, Host& host, const InterruptRange& interrupts)
    : options_(options), host_(host), interrupts_(interrupts) {
  build();
}

Device::~Device() {
  tear_down();
}

void Device::build() {
  auto kernel = std::make_unique<Kernel>();
  {
    const Kernel::Use use(*kernel);
    auto events = std::make_unique<base::EventQueue>("events");
    events->leave_kernel();
    const base::OwnedBy owner(*events, Card::kOwner);
    auto card = std::make_unique<Card>(options_, *events, [this](const SentFrame& frame) {
      bridge_->border().on_frame_out(frame.first_bit, frame.last_bit, frame.bytes);
      host_.frame_sent(frame);
    });
    auto bridge = std::make_unique<HostBridge>(
        "host", HostBridge::Ports{*events, card->nic().endpoint(), host_}, interrupts_, Card::kOwner);
    kernel->elaborate();
    bridge->border().set_listener(listener_);
    events_ = std::move(events);
    card_ = std::move(card);
    bridge_ = std::move(bridge);
  }
  kernel_ = std::move(kernel);
}

void Device::tear_down() {
  {
    const Kernel::Use use(*kernel_);
    bridge_.reset();
    card_.reset();
    events_.reset();
  }
  kernel_.reset();
}

void Device::require_still(const char* call) const {
  if (running_) throw BusyError(call);
}

HostBridge::Answer Device::read(uint64_t address) {
  const Kernel::Use use(*kernel_);
  return bridge_->read(address);
}

bool Device::write(uint64_t address, uint32_t value) {
  const Kernel::Use use(*kernel_);
  return bridge_->write(address, value);
}

void Device::receive(std::span<const uint8_t> bytes, bool fcs_ok) {
  const Kernel::Use use(*kernel_);
  bridge_->border().on_frame_in(fcs_ok, bytes);
  card_->receive(bytes, fcs_ok);
}

void Device::run_until(base::Time end) {
  require_still("run_until");
  if (end < now()) {
    throw base::ConfigError("run_until", std::to_string(end) + " ps, the device is at " +
                                             std::to_string(now()) + " ps and cannot go back");
  }
  const Kernel::Use use(*kernel_);
  const Running running(running_, listener_);
  events_->run_until(end);
}

void Device::run_before(base::Time end) {
  require_still("run_before");
  const Kernel::Use use(*kernel_);
  const Running running(running_, listener_);
  events_->run_before(end);
}

bool Device::run_one(base::Time end) {
  require_still("run_one");
  if (events_->next() > end) {
    run_until(end);
    return false;
  }
  const Kernel::Use use(*kernel_);
  const Running running(running_, listener_);
  events_->fire_next();
  return true;
}

void Device::power_cycle() {
  require_still("power_cycle");
  tear_down();
  build();
}

void Device::set_listener(record::Listener* listener) {
  listener_ = listener;
  bridge_->border().set_listener(listener);
}

}  // namespace pspnic::embed
