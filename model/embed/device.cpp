// SPDX-License-Identifier: Apache-2.0
#include "model/embed/device.h"

#include <utility>

#include "model/base/config_error.h"
#include "model/embed/kernel.h"

namespace pspnic::embed {

// The Host as the card calls it.
class Device::Outside : public Host {
 public:
  Outside(const Kernel& kernel, Host& host) : kernel_(kernel), host_(host) {}

  bool read_memory(uint64_t address, std::span<uint8_t> destination) override {
    const Kernel::Away away(kernel_);
    return host_.read_memory(address, destination);
  }
  bool write_memory(uint64_t address, std::span<const uint8_t> source) override {
    const Kernel::Away away(kernel_);
    return host_.write_memory(address, source);
  }
  bool takes_interrupt(uint64_t address, uint32_t data) override {
    const Kernel::Away away(kernel_);
    return host_.takes_interrupt(address, data);
  }
  void interrupt(uint64_t address, uint32_t data) override {
    const Kernel::Away away(kernel_);
    host_.interrupt(address, data);
  }
  void frame_sent(const SentFrame& frame) override {
    const Kernel::Away away(kernel_);
    host_.frame_sent(frame);
  }
  void rule_broken(const base::Violation& violation) override {
    const Kernel::Away away(kernel_);
    host_.rule_broken(violation);
  }

 private:
  const Kernel& kernel_;
  Host& host_;
};

// What there is from one power-on to the next.
struct Device::Parts : base::ViolationListener {
  Parts(Device& device, base::Time start) : inside(device.inside_), outside(kernel, device.host_) {
    const Kernel::Use use(kernel);  // what is made goes before it if there is an exception
    auto queue = std::make_unique<base::EventQueue>("events");
    queue->leave_kernel();
    queue->run_until(start);
    const base::OwnedBy owner(*queue, Card::kOwner);
    auto made =
        std::make_unique<Card>(device.options_, *queue, [this](const SentFrame& frame) { send(frame); });
    auto ends = std::make_unique<HostBridge>(
        "host", HostBridge::Ports{*queue, made->nic().endpoint(), outside}, device.interrupts_, Card::kOwner);
    kernel.elaborate();
    bridge = std::move(ends);
    card = std::move(made);
    events = std::move(queue);
    card->nic().set_violation_listener(this);
  }
  ~Parts() override {
    const Kernel::Use use(kernel);
    bridge.reset();
    card.reset();
    events.reset();
  }
  void send(const SentFrame& frame) {
    bridge->border().on_frame_out(frame.first_bit, frame.last_bit, frame.bytes);
    outside.frame_sent(frame);
  }

  void on_violation(const base::Violation& violation) override {
    const Inside before = std::exchange(inside, Inside::kViolation);
    outside.rule_broken(violation);
    inside = before;
  }

  Inside& inside;
  Kernel kernel;
  Outside outside;
  std::unique_ptr<base::EventQueue> events;
  std::unique_ptr<Card> card;
  std::unique_ptr<HostBridge> bridge;
};

// A call of the device, while it stands.
class Device::Entered {
 public:
  explicit Entered(Device& device)
      : inside_(device.inside_),
        before_(std::exchange(inside_, Inside::kCall)),
        use_(device.parts_->kernel) {}
  ~Entered() { inside_ = before_; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  Inside& inside_;
  Inside before_;
  Kernel::Use use_;
};

Device::Device(const CardOptions& options, Host& host, const InterruptRange& interrupts)
    : options_(options), host_(host), interrupts_(interrupts), parts_(make(0)) {}

Device::~Device() = default;

std::unique_ptr<Device::Parts> Device::make(base::Time start) {
  auto parts = std::make_unique<Parts>(*this, start);
  parts->bridge->border().set_listener(listener_);
  return parts;
}

void Device::require_still(const char* call) const {
  if (running()) throw BusyError(call, "called from a callback, which may use registers and give frames");
}

void Device::require_whole(const char* call) const {
  if (inside_ == Inside::kViolation) {
    throw BusyError(call, "called where a rule was broken, with the device in the middle of something");
  }
}

HostBridge::Answer Device::read(uint64_t address) {
  require_whole("read");
  const Entered call(*this);
  return parts_->bridge->read(address);
}

bool Device::write(uint64_t address, uint32_t value) {
  require_whole("write");
  const Entered call(*this);
  return parts_->bridge->write(address, value);
}

void Device::receive(std::span<const uint8_t> bytes, bool fcs_ok) {
  require_whole("receive");
  Card::check_frame(bytes.size());
  const Entered call(*this);
  parts_->bridge->border().on_frame_in(fcs_ok, bytes);
  parts_->card->receive(bytes, fcs_ok);
}

base::Time Device::now() const {
  return parts_->events->now();
}

base::Time Device::next_event() const {
  return parts_->events->next();
}

uint64_t Device::progress() const {
  return parts_->events->fired_by(Card::kOwner);
}

uint16_t Device::requesting_function() const {
  return parts_->card->nic().endpoint().requesting_function();
}

const Card& Device::card() const {
  return *parts_->card;
}

void Device::run_until(base::Time end) {
  require_still("run_until");
  if (end < now()) {
    throw base::ConfigError("run_until", std::to_string(end) + " ps, the device is at " +
                                             std::to_string(now()) + " ps and cannot go back");
  }
  const Entered call(*this);
  parts_->events->run_until(end);
  if (listener_ != nullptr) listener_->on_still();
}

void Device::run_before(base::Time end) {
  require_still("run_before");
  const Entered call(*this);
  parts_->events->run_before(end);
  if (listener_ != nullptr) listener_->on_still();
}

bool Device::run_one(base::Time end) {
  require_still("run_one");
  if (next_event() > end) {
    run_until(end);
    return false;
  }
  const Entered call(*this);
  parts_->events->fire_next();
  if (listener_ != nullptr) listener_->on_still();
  return true;
}

void Device::power_cycle() {
  require_still("power_cycle");
  parts_ = make(0);
}

void Device::reset() {
  require_still("reset");
  parts_ = make(now());
}

void Device::set_listener(record::Listener* listener) {
  listener_ = listener;
  parts_->bridge->border().set_listener(listener);
}

}  // namespace pspnic::embed
