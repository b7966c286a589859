// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <cmath>
#include <utility>

namespace pspnic::control {

using idpf::Opcode;

CommandClass command_class(Opcode opcode) {
  switch (opcode) {
    case Opcode::kPspAllocRxSa:
      return CommandClass::kKeyGeneration;
    case Opcode::kPspAddTxSa:
      return CommandClass::kKeyInsertion;
    case Opcode::kPspDelTxSa:
    case Opcode::kPspFreeRxSa:
      return CommandClass::kKeyDeletion;
    case Opcode::kPspRotateKey:
      return CommandClass::kRotation;
    default:
      return CommandClass::kOther;
  }
}

CommandTimes::CommandTimes(base::StatGroup& parent, const std::string& name) : group(parent, name) {}

void ControlProcessor::Source::on_request(firmware::MailboxMessage request) {
  jobs_.push({std::move(request), processor_.events_.now(), 0});
  processor_.dispatch();
}

void ControlProcessor::Source::reset() {
  ++epoch_;
  const bool served = serving_;
  if (served) end_service();
  while (!jobs_.empty()) jobs_.pop();
  if (served) processor_.dispatch();
}

// Of the first request, at its end or by a reset in its midst.
void ControlProcessor::Source::end_service() {
  serving_ = false;
  ++processor_.free_cores_;
  processor_.busy_ += processor_.events_.now() - jobs_.front().started;
}

ControlProcessor::ControlProcessor(base::StatGroup& parent, const ControlParams& params, const Ports& ports)
    : clock_(params.clock),
      cycles_scale_(params.cycles_scale),
      events_(ports.events),
      function_(sources_.emplace_back(*this, ports.control_plane, firmware::Origin::kFunction)),
      management_(sources_.emplace_back(*this, ports.control_plane, firmware::Origin::kManagement)),
      free_cores_(params.cores),
      group_(parent, "control"),
      utilisation_(group_, "utilisation", "1", "Share of the cores' time spent on requests",
                   [this, cores = params.cores](const base::DumpContext& context) {
                     return context.elapsed_ps == 0 ? 0.0
                                                    : static_cast<double>(busy_.value()) /
                                                          (static_cast<double>(context.elapsed_ps) * cores);
                   }),
      times_{CommandTimes(group_, "key_generation"), CommandTimes(group_, "key_insertion"),
             CommandTimes(group_, "key_deletion"), CommandTimes(group_, "rotation"),
             CommandTimes(group_, "other")} {}

ControlProcessor::Source& ControlProcessor::add_function(firmware::ControlPlane& plane) {
  return sources_.emplace_back(*this, plane, firmware::Origin::kFunction);
}

base::Time ControlProcessor::service_time(uint64_t cycles) const {
  if (cycles_scale_ == 1.0) return clock_.cycles(cycles);
  return clock_.cycles(static_cast<uint64_t>(std::llround(static_cast<double>(cycles) * cycles_scale_)));
}

void ControlProcessor::dispatch() {
  const auto count = static_cast<uint32_t>(sources_.size());
  for (uint32_t tried = 0; free_cores_ > 0 && tried < count; ++tried) {
    const uint32_t index = next_;
    next_ = (next_ + 1) % count;
    if (!sources_[index].ready()) continue;
    start(index);
    tried = 0;
  }
}

void ControlProcessor::start(uint32_t index) {
  Source& source = sources_[index];
  Source::Job& job = source.jobs_.front();
  const base::Time service = service_time(source.plane_.cycles(job.request));
  job.started = events_.now();
  source.serving_ = true;
  --free_cores_;
  events_.schedule(events_.now() + service, base::Callback::to<&ControlProcessor::on_served>(*this),
                   uint64_t{source.epoch_} << 32 | index);
}

void ControlProcessor::on_served(uint64_t index_and_epoch) {
  Source& source = sources_[static_cast<uint32_t>(index_and_epoch)];
  if (source.epoch_ != index_and_epoch >> 32) return;  // its function was reset
  const bool was_full = !source.has_room();
  source.end_service();
  const Source::Job job = source.jobs_.pop();
  const base::Time now = events_.now();
  commands_++;
  latency_.record(now - job.arrived);
  CommandTimes& times = times_[static_cast<size_t>(command_class(job.request.descriptor.v_opcode))];
  times.waiting.record(job.started - job.arrived);
  times.service.record(now - job.started);
  times.total.record(now - job.arrived);
  source.plane_.handle(job.request, source.origin_);
  dispatch();
  if (was_full && source.mailbox_ != nullptr) source.mailbox_->resume();
}

}  // namespace pspnic::control
