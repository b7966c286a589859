// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <algorithm>
#include <utility>

namespace pspnic::control {

ControlProcessor::ControlProcessor(base::StatGroup& parent, const ControlParams& params, const Ports& ports)
    : clock_(params.clock), ports_(ports), group_(parent, "control") {}

void ControlProcessor::on_request(firmware::MailboxMessage request) {
  take(std::move(request), firmware::Origin::kFunction);
}

void ControlProcessor::take(firmware::MailboxMessage request, firmware::Origin origin) {
  enqueue({std::move(request), ports_.events.now(), origin});
}

void ControlProcessor::enqueue(Job job) {
  const base::Time service = clock_.cycles(ports_.control_plane.cycles(job.request));
  free_at_ = std::max(free_at_, ports_.events.now()) + service;
  busy_ += service;
  jobs_.push(std::move(job));
  ports_.events.schedule(free_at_, base::Callback::to<&ControlProcessor::on_served>(*this), epoch_);
}

void ControlProcessor::on_served(uint64_t epoch) {
  if (epoch != epoch_) return;
  const Job job = jobs_.pop();
  commands_++;
  latency_.record(ports_.events.now() - job.arrived);
  ports_.control_plane.handle(job.request, job.origin);
}

void ControlProcessor::reset() {
  ++epoch_;
  free_at_ = 0;
  for (size_t left = jobs_.size(); left > 0; --left) {
    Job job = jobs_.pop();
    if (job.origin == firmware::Origin::kManagement) enqueue(std::move(job));
  }
}

}  // namespace pspnic::control
