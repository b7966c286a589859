// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_drivers.h"

namespace pspnic::bench {

namespace {

// A driver asks its device for all ways of keys in its list, so it gets no more than its queues'.
host::DriverConfig virtual_config(const host::DriverConfig& physical, unsigned first_queue, unsigned pairs) {
  host::DriverConfig config = physical;
  config.vfs = 0;
  config.psp_device_rotates = false;  // the physical function has said so
  config.key_modes.clear();
  const std::vector<host::KeyMode>& modes = physical.key_modes;
  for (unsigned queue = first_queue; !modes.empty() && queue < first_queue + pairs; ++queue) {
    config.key_modes.push_back(modes[queue % modes.size()]);
  }
  return config;
}

}  // namespace

// Passes on what a virtual function's driver says, with the host's numbers of queues.
class HostDrivers::Adapter : public host::Stack, public host::TransmitObserver {
 public:
  explicit Adapter(unsigned first_queue) : first_queue_(first_queue) {}
  void set_stack(host::Stack* stack) { stack_ = stack; }
  void set_observer(host::TransmitObserver* observer) { observer_ = observer; }

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    stack_->on_receive(frame, shifted(info));
  }
  void on_captured(std::span<const uint8_t> frame, idpf::PspRxStatus status,
                   const host::RxInfo& info) override {
    stack_->on_captured(frame, status, shifted(info));
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_->on_sent(first_queue_ + queue, cookie); }
  void on_transmit_room(unsigned queue) override { stack_->on_transmit_room(first_queue_ + queue); }
  void on_transmit(unsigned queue, const host::TxFrame& frame) override {
    if (observer_ != nullptr) observer_->on_transmit(first_queue_ + queue, frame);
  }

 private:
  host::RxInfo shifted(host::RxInfo info) const {
    info.queue += first_queue_;
    return info;
  }

  unsigned first_queue_;
  host::Stack* stack_ = nullptr;
  host::TransmitObserver* observer_ = nullptr;
};

HostDrivers::HostDrivers(HostSystem& host, const host::DriverConfig& config, unsigned vfs) {
  host::DriverConfig physical = config;
  physical.vfs = static_cast<uint16_t>(vfs);
  drivers_.push_back(std::make_unique<host::Driver>(host, physical));
  vports_each_ = drivers_[0]->vports();
  pairs_each_ = drivers_[0]->queue_pairs();
  for (unsigned function = 1; function <= vfs; ++function) {
    const unsigned first_queue = function * pairs_each_;
    ports_.push_back(std::make_unique<FunctionPort>(host, static_cast<uint16_t>(function)));
    adapters_.push_back(std::make_unique<Adapter>(first_queue));
    drivers_.push_back(
        std::make_unique<host::Driver>(*ports_.back(), virtual_config(physical, first_queue, pairs_each_)));
    drivers_.back()->set_transmit_observer(adapters_.back().get());
  }
}

HostDrivers::~HostDrivers() = default;

std::string HostDrivers::name(unsigned function) {
  return function == 0 ? "pf" : "vf " + std::to_string(function - 1);
}

std::string HostDrivers::full_name(const std::string& whole, unsigned function) {
  return function == 0 ? whole : whole + " " + name(function);
}

std::string HostDrivers::vport_name(unsigned vport) const {
  const std::string own = "vport " + std::to_string(vport % vports_each_);
  return functions() == 1 ? own : name(function_of_vport(vport)) + " " + own;
}

unsigned HostDrivers::first_queue(unsigned vport) const {
  const unsigned function = function_of_vport(vport);
  if (function == functions() && vport == vports()) return queue_pairs();
  return function * pairs_each_ + driver(function).first_queue(vport % vports_each_);
}

unsigned HostDrivers::vport_of(unsigned queue) const {
  const unsigned function = function_of_queue(queue);
  return function * vports_each_ + driver(function).vport_of(queue % pairs_each_);
}

const net::MacAddress& HostDrivers::mac(unsigned vport) const {
  return driver(function_of_vport(vport)).mac(vport % vports_each_);
}

host::KeyMode HostDrivers::key_mode(unsigned queue) const {
  return driver(function_of_queue(queue)).key_mode(queue % pairs_each_);
}

host::Stack& HostDrivers::stack_of(unsigned function, host::Stack& stack) {
  if (function == 0) return stack;
  adapters_[function - 1]->set_stack(&stack);
  return *adapters_[function - 1];
}

void HostDrivers::start(host::Stack& stack) {
  for (unsigned function = 0; function < functions(); ++function) {
    drivers_[function]->start(stack_of(function, stack));
  }
}

void HostDrivers::recover(host::Stack& stack) {
  for (unsigned function = 0; function < functions(); ++function) {
    drivers_[function]->recover(stack_of(function, stack));
  }
}

void HostDrivers::stop() {
  for (unsigned function = functions(); function-- > 0;) drivers_[function]->stop();
}

void HostDrivers::set_transmit_observer(host::TransmitObserver* observer) {
  drivers_[0]->set_transmit_observer(observer);
  for (const auto& adapter : adapters_) adapter->set_observer(observer);
}

void HostDrivers::set_watchdog_listener(host::WatchdogListener* listener) {
  for (const auto& driver : drivers_) driver->set_watchdog_listener(listener);
}

uint64_t HostDrivers::total(uint64_t host::DriverStats::*member) const {
  uint64_t sum = 0;
  for (const auto& driver : drivers_) sum += driver->stats().*member;
  return sum;
}

}  // namespace pspnic::bench
