// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <algorithm>
#include <utility>

namespace pspnic::control {

ControlProcessor::ControlProcessor(base::StatGroup& parent, const ControlParams& params, const Ports& ports)
    : clock_(params.clock), ports_(ports), group_(parent, "control") {}

void ControlProcessor::on_request(firmware::MailboxMessage request) {
  const base::Time now = ports_.events.now();
  const base::Time service = clock_.cycles(ports_.control_plane.cycles(request));
  free_at_ = std::max(free_at_, now) + service;
  busy_ += service;
  jobs_.push({std::move(request), now});
  ports_.events.schedule(free_at_, base::Callback::to<&ControlProcessor::on_served>(*this), epoch_);
}

void ControlProcessor::on_served(uint64_t epoch) {
  if (epoch != epoch_) return;
  const Job job = jobs_.pop();
  commands_++;
  latency_.record(ports_.events.now() - job.arrived);
  ports_.control_plane.handle(job.request);
}

void ControlProcessor::reset() {
  ++epoch_;
  while (!jobs_.empty()) jobs_.pop();
  free_at_ = 0;
}

}  // namespace pspnic::control
