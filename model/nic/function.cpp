// SPDX-License-Identifier: Apache-2.0
#include "model/nic/function.h"

#include <algorithm>

namespace pspnic::nic {

namespace {

constexpr base::Time kCheckInterval = 1 * base::kUs;  // how often a reset looks for what is still under way

}  // namespace

void Function::build(const Setup& setup) {
  reset_time_ = setup.reset_time;
  reset_limit_ = setup.reset_limit;
  hardware_.emplace(setup.limits, Hardware::Own{share_, registers_, setup.keys}, setup.blocks);
  control_plane_.emplace(*hardware_, setup.keys.domain(), setup.options);
  registers_.connect({.mailbox = nullptr,
                      .interrupts = &setup.blocks.interrupts,
                      .tx_queues = &setup.blocks.tx_queues,
                      .rx_queues = &setup.blocks.rx_queues,
                      .config_queues = nullptr,
                      .reset = &setup.reset,
                      .share = share_});
}

void Function::attach(const MailboxPorts& with) {
  source_ = &with.source;
  msix_ = &with.msix;
  msix_->set_first(share_.first_vector);
  mailbox_.emplace(with.parent, with.params, with.ports);
  source_->set_mailbox(&*mailbox_);
  hardware_->connect(&*control_plane_, &*mailbox_, with.management);
  registers_.connect_mailbox(&*mailbox_, with.config_queues);
}

void Function::set_sanitizer(sanitizer::Sanitizer* watch, const pcie::ConfigSpace& config) {
  sanitizer_ = watch;
  registers_.set_sanitizer(watch, &config);
  mailbox_->set_watch(watch);
  msix_->set_watch(watch);
}

void Function::begin_reset() {
  registers_.set_reset_status(idpf::kRstatInProgress);
  mailbox_->reset(false);
  source_->reset();
  hardware_->begin_quiet();
  if (sanitizer_ != nullptr) sanitizer_->on_function_reset(share_.function);
  msix_->reset();  // what is pending
  registers_.reset();
  reset_ends_ = events_.now() + reset_time_;
  gives_up_ = events_.now() + reset_limit_;
  events_.schedule(events_.now() + std::min(kCheckInterval, reset_time_),
                   base::Callback::to<&Function::on_check>(*this), ++epoch_);
}

void Function::on_check(uint64_t epoch) {
  if (epoch != epoch_) return;  // asked for again meanwhile
  const base::Time now = events_.now();
  if (now >= gives_up_) hardware_->give_up();
  if (!hardware_->quiet() || now < reset_ends_) {
    base::Time next = std::max(now + kCheckInterval, reset_ends_);
    if (now < gives_up_) next = std::min(next, gives_up_);
    events_.schedule(next, base::Callback::to<&Function::on_check>(*this), epoch);
    return;
  }
  hardware_->end_quiet();
  control_plane_->reset();
  registers_.set_reset_status(idpf::kRstatCompleted);
}

void Function::begin_card_reset() {
  ++epoch_;
  registers_.set_reset_status(idpf::kRstatInProgress);
  mailbox_->reset();
  source_->reset();
  hardware_->reset();
  hardware_->hold_messages();
  registers_.reset();
}

void Function::end_card_reset() {
  hardware_->end_quiet();
  control_plane_->reset();
  registers_.set_reset_status(idpf::kRstatCompleted);
}

}  // namespace pspnic::nic
