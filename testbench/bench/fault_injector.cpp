// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/fault_injector.h"

namespace pspnic::bench {

using pcie::DmaStatus;

FaultInjector::FaultInjector(base::StatGroup& parent, const std::string& name, const FaultParams& params,
                             uint64_t seed)
    : params_(params),
      counts_(parent, name),
      doorbell_lost_(seed, name + ".doorbell.lost"),
      doorbell_delayed_(seed, name + ".doorbell.delayed"),
      write_lost_(seed, name + ".write_lost"),
      flip_(seed, name + ".descriptor_flipped"),
      descriptor_reads_{params_.descriptor_read,
                        {seed, name + ".descriptor_read.aborted"},
                        {seed, name + ".descriptor_read.poisoned"},
                        counts_.descriptor_reads_aborted,
                        counts_.descriptor_reads_poisoned},
      data_reads_{params_.data_read,
                  {seed, name + ".data_read.aborted"},
                  {seed, name + ".data_read.poisoned"},
                  counts_.data_reads_aborted,
                  counts_.data_reads_poisoned},
      mailbox_reads_{params_.mailbox_read,
                     {seed, name + ".mailbox_read.aborted"},
                     {seed, name + ".mailbox_read.poisoned"},
                     counts_.mailbox_reads_aborted,
                     counts_.mailbox_reads_poisoned},
      lanes_(*this, params.stall.lanes, params.stall.time.ps, seed, name + ".stall.lanes",
             counts_.lane_stalls),
      units_(*this, params.stall.units, params.stall.time.ps, seed, name + ".stall.units",
             counts_.unit_stalls) {}

// Both kinds decide about every read, so that neither shifts the other.
DmaStatus FaultInjector::Reads::next() {
  const bool aborts = abort.next(params.aborted);
  const bool poisons = poison.next(params.poisoned);
  if (aborts) {
    aborted++;
    return DmaStatus::kAborted;
  }
  if (poisons) {
    poisoned++;
    return DmaStatus::kPoisoned;
  }
  return DmaStatus::kOk;
}

DmaStatus FaultInjector::on_read(pcie::ReadFor purpose, std::span<uint8_t> data) {
  if (!armed_) return DmaStatus::kOk;
  switch (purpose) {
    case pcie::ReadFor::kPacketData:
      return data_reads_.next();
    case pcie::ReadFor::kMailbox:
      return mailbox_reads_.next();
    case pcie::ReadFor::kDescriptors:
      break;
    default:
      return DmaStatus::kOk;
  }
  const bool flips = flip_.next(params_.descriptor_flipped);
  const DmaStatus status = descriptor_reads_.next();
  if (flips && status == DmaStatus::kOk && !data.empty()) {
    const uint64_t bit = flip_.below(data.size() * 8);
    data[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    counts_.descriptors_flipped++;
  }
  return status;
}

bool FaultInjector::on_write() {
  if (!armed_ || !write_lost_.next(params_.write_lost)) return false;
  counts_.writes_lost++;
  return true;
}

DoorbellFate FaultInjector::on_doorbell() {
  if (!armed_) return {};
  const bool lost = doorbell_lost_.next(params_.doorbell.lost);
  const bool delayed = doorbell_delayed_.next(params_.doorbell.delayed);
  if (lost) {
    counts_.doorbells_lost++;
    return {.lost = true};
  }
  if (!delayed) return {};
  counts_.doorbells_delayed++;
  return {.delay = params_.doorbell.delay.ps};
}

}  // namespace pspnic::bench
