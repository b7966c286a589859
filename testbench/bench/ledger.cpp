// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/ledger.h"

#include <algorithm>

namespace pspnic::bench {

namespace {

using base::DropReason;

// What can have a packet end for this reason.
FaultKinds causes(DropReason reason) {
  // A flipped descriptor may be any descriptor: what a hostile driver's packets become is explained.
  switch (reason) {
    case DropReason::kTxBadDescriptor:
    case DropReason::kTxTooLong:
    case DropReason::kTxBadPspPacket:
      return kDescriptorFlipped;
    case DropReason::kRxFrameLength:  // damaged, a PSP packet keeps its headers, for which a queue has no
                                      // room
      return kFrameDamagedUnseen | kDescriptorFlipped;
    case DropReason::kTxDmaFault:
      return kReadFailed | kDescriptorFlipped;
    case DropReason::kTxNoSa:
      return kFunctionReset | kDescriptorFlipped;
    case DropReason::kTxQueueReset:
      return kFunctionReset;
    case DropReason::kRxOverflow:
    case DropReason::kRxPspOverflow:
      return kStall | kDoorbell | kFrameDuplicated | kFrameReordered | kFunctionReset | kOverload;
    case DropReason::kRxBadFcs:
      return kFrameDamaged;
    case DropReason::kRxNoVport:
    case DropReason::kRxPspAuthFail:
    case DropReason::kRxPspError:
    case DropReason::kRxPspBad:
    case DropReason::kRxFlowClear:     // damage may hide that a packet is PSP
    case DropReason::kRxFlowMismatch:  // or change an address that transport mode does not protect
      return kFrameDamagedUnseen | kFunctionReset | kDescriptorFlipped;
    case DropReason::kRxNoBuffer:
      return kDoorbell | kReadFailed | kWriteFailed | kDescriptorFlipped | kFrameDuplicated |
             kFrameReordered | kFunctionReset | kStall | kOverload;
    case DropReason::kRxQueueDisabled:
      return kFunctionReset | kWriteFailed;
    case DropReason::kRxDmaFault:
      return kWriteFailed | kDescriptorFlipped;
    default:
      return 0;
  }
}

constexpr FaultKinds kNotFetched = kFunctionReset | kReadFailed | kWriteFailed | kDescriptorFlipped;
constexpr FaultKinds kNotDelivered = kFunctionReset | kWriteFailed | kDescriptorFlipped | kFrameDamagedUnseen;

FaultKinds kind_if(uint64_t count, FaultKind kind) {
  return count > 0 ? FaultKinds{kind} : FaultKinds{0};
}

// Counters of a group by name.
class Collector : public base::StatVisitor {
 public:
  explicit Collector(std::vector<FaultCount>& counts) : counts_(counts) {}
  void visit(const base::Counter& counter) override {
    if (counter.value() > 0) counts_.push_back({counter.full_name(), counter.value()});
  }
  void visit(const base::CounterArray&) override {}
  void visit(const base::Gauge&) override {}
  void visit(const base::Histogram&) override {}
  void visit(const base::Formula&) override {}

 private:
  std::vector<FaultCount>& counts_;
};

void add_drops(Ledger& ledger, const nic::Nic& nic, size_t first, size_t last, FaultKinds seen) {
  for (size_t i = first; i < last; ++i) {
    const uint64_t packets = nic.drops()[i];
    if (packets == 0) continue;
    const bool explained = (causes(static_cast<DropReason>(i)) & seen) != 0;
    ledger.losses.push_back({nic.violations().device() + "." + nic.drops().label(i), packets, explained});
  }
}

}  // namespace

uint64_t Ledger::explained() const {
  uint64_t sum = 0;
  for (const Loss& loss : losses) sum += loss.explained ? loss.packets : 0;
  return sum;
}

uint64_t Ledger::unexplained() const {
  uint64_t sum = 0;
  for (const Loss& loss : losses) sum += loss.explained ? 0 : loss.packets;
  return sum;
}

std::vector<FaultCount> count_faults(Platform& platform) {
  std::vector<FaultCount> counts;
  Collector collector(counts);
  for (const Side side : {kA, kB}) {
    platform.cable(side).faults().group.visit(collector);
    if (platform.faults(side) != nullptr) platform.faults(side)->counts().group.visit(collector);
  }
  return counts;
}

namespace {

struct Wanted {
  std::string name;
  double share;
  uint64_t acted;
};

void add_cable_faults(std::vector<Wanted>& list, Platform& platform, const CableParams& params) {
  const Cable::Faults& a = platform.cable(kA).faults();
  const Cable::Faults& b = platform.cable(kB).faults();
  list.push_back({"cable.loss", params.loss, a.lost.value() + b.lost.value()});
  list.push_back({"cable.burst.start", params.burst.start, a.burst_lost.value() + b.burst_lost.value()});
  list.push_back({"cable.duplicate", params.duplicate, a.duplicated.value() + b.duplicated.value()});
  list.push_back(
      {"cable.reorder.probability", params.reorder.probability, a.reordered.value() + b.reordered.value()});
  for (size_t i = 0; i < kRegions; ++i) {
    const auto region = static_cast<Region>(i);
    const uint64_t hits =
        platform.cable(kA).bit_error_hits(region) + platform.cable(kB).bit_error_hits(region);
    list.push_back(
        {std::string("cable.bit_errors.") + region_name(region), params.bit_errors.probability[i], hits});
  }
}

void add_card_faults(std::vector<Wanted>& list, Platform& platform, const FaultParams& params) {
  const auto count = [&](base::Counter FaultInjector::Counts::*member) {
    uint64_t sum = 0;
    for (const Side side : {kA, kB}) {
      if (platform.faults(side) != nullptr) sum += (platform.faults(side)->counts().*member).value();
    }
    return sum;
  };
  using Counts = FaultInjector::Counts;
  const auto add = [&](const char* name, double share, base::Counter Counts::*member) {
    list.push_back({std::string("faults.") + name, share, count(member)});
  };
  add("doorbell.lost", params.doorbell.lost, &Counts::doorbells_lost);
  add("doorbell.delayed", params.doorbell.delayed, &Counts::doorbells_delayed);
  add("descriptor_read.aborted", params.descriptor_read.aborted, &Counts::descriptor_reads_aborted);
  add("descriptor_read.poisoned", params.descriptor_read.poisoned, &Counts::descriptor_reads_poisoned);
  add("data_read.aborted", params.data_read.aborted, &Counts::data_reads_aborted);
  add("data_read.poisoned", params.data_read.poisoned, &Counts::data_reads_poisoned);
  add("mailbox_read.aborted", params.mailbox_read.aborted, &Counts::mailbox_reads_aborted);
  add("mailbox_read.poisoned", params.mailbox_read.poisoned, &Counts::mailbox_reads_poisoned);
  add("write_lost", params.write_lost, &Counts::writes_lost);
  add("descriptor_flipped", params.descriptor_flipped, &Counts::descriptors_flipped);
  add("stall.lanes", params.stall.lanes, &Counts::lane_stalls);
  add("stall.units", params.stall.units, &Counts::unit_stalls);
  add("reset.after", params.reset.after.ps > 0 ? 1 : 0, &Counts::resets);
}

}  // namespace

std::vector<std::string> idle_faults(Platform& platform, const PlatformParams& params) {
  std::vector<Wanted> list;
  add_cable_faults(list, platform, params.cable);
  add_card_faults(list, platform, params.faults);
  std::vector<std::string> idle;
  for (const Wanted& fault : list) {
    if (fault.share > 0 && fault.acted == 0) idle.push_back(fault.name);
  }
  return idle;
}

FaultKinds card_faults_seen(Platform& platform, Side side) {
  if (platform.faults(side) == nullptr) return 0;
  const FaultInjector::Counts& card = platform.faults(side)->counts();
  return kind_if(card.doorbells_lost.value() + card.doorbells_delayed.value(), kDoorbell) |
         kind_if(card.descriptor_reads_aborted.value() + card.descriptor_reads_poisoned.value() +
                     card.data_reads_aborted.value() + card.data_reads_poisoned.value() +
                     card.mailbox_reads_aborted.value() + card.mailbox_reads_poisoned.value(),
                 kReadFailed) |
         kind_if(card.writes_lost.value(), kWriteFailed) |
         kind_if(card.descriptors_flipped.value(), kDescriptorFlipped) |
         kind_if(card.lane_stalls.value() + card.unit_stalls.value(), kStall) |
         kind_if(card.resets.value(), kFunctionReset);
}

FaultKinds faults_seen(Platform& platform, const PlatformParams& params) {
  FaultKinds seen = kind_if(params.faults.overload ? 1 : 0, kOverload);
  for (const Side side : {kA, kB}) {
    const Cable::Faults& cable = platform.cable(side).faults();
    seen |= kind_if(cable.lost.value() + cable.burst_lost.value(), kFrameLoss) |
            kind_if(cable.duplicated.value(), kFrameDuplicated) |
            kind_if(cable.reordered.value(), kFrameReordered) |
            kind_if(cable.damaged.value(), kFrameDamaged) |
            kind_if(cable.damaged_unseen.value(), kFrameDamagedUnseen);
    seen |= card_faults_seen(platform, side);
  }
  return seen;
}

bool faults_wanted(const PlatformParams& params) {
  return params.faults.any() || params.faults.overload || params.cable.any_fault();
}

Ledger keep_ledger(Platform& platform, const DirectionOutcome& outcome, Side from, FaultKinds seen) {
  Ledger ledger;
  ledger.kept = true;
  const nic::Nic& sender = platform.nic(from);
  const nic::Nic& receiver = platform.nic(platform.peer(from));
  const Cable::Faults& cable = platform.cable(from).faults();
  constexpr auto kFirstRx = static_cast<size_t>(DropReason::kRxOverflow);
  constexpr auto kAfterCard = static_cast<size_t>(DropReason::kRxDmaFault);
  ledger.lost = cable.lost.value() + cable.burst_lost.value();
  ledger.duplicated = cable.duplicated.value();
  uint64_t tx_ended = sender.transmit_path().stats().frames.value();
  for (size_t i = 0; i < kFirstRx; ++i) tx_ended += sender.drops()[i];
  ledger.not_fetched = static_cast<int64_t>(outcome.sent) - static_cast<int64_t>(tx_ended);
  // What was placed and then found not to lie in memory is among rx_dma_fault already; a sample is a copy.
  using Stats = host::DriverStats;
  const HostDrivers& drivers = platform.drivers(platform.peer(from));
  const uint64_t failed = drivers.total(&Stats::rx_psp_failed);
  const uint64_t bypassed = drivers.total(&Stats::rx_psp_bypassed);
  ledger.captured = failed + bypassed;
  ledger.not_delivered = static_cast<int64_t>(receiver.receive_path().stats().delivered.value()) -
                         static_cast<int64_t>(outcome.received) -
                         static_cast<int64_t>(receiver.drops()[DropReason::kRxDmaFault]) -
                         static_cast<int64_t>(drivers.total(&Stats::rx_psp_samples) + ledger.captured);
  if (ledger.not_fetched > 0) {
    ledger.losses.push_back({"driver of " + sender.violations().device() + ".not_fetched",
                             static_cast<uint64_t>(ledger.not_fetched), (kNotFetched & seen) != 0});
  }
  add_drops(ledger, sender, 0, kFirstRx, seen);
  if (ledger.lost > 0) ledger.losses.push_back({"cable.lost", ledger.lost, true});
  add_drops(ledger, receiver, kFirstRx, kAfterCard + 1, seen);
  const auto add_captured = [&](const char* name, uint64_t packets, DropReason reason) {
    if (packets == 0) return;
    ledger.losses.push_back(
        {"driver of " + receiver.violations().device() + name, packets, (causes(reason) & seen) != 0});
  };
  add_captured(".rx_psp_failed", failed, DropReason::kRxPspAuthFail);
  add_captured(".rx_psp_bypassed", bypassed, DropReason::kRxPspOverflow);
  if (ledger.not_delivered > 0) {
    ledger.losses.push_back({"driver of " + receiver.violations().device() + ".not_delivered",
                             static_cast<uint64_t>(ledger.not_delivered), (kNotDelivered & seen) != 0});
  }
  return ledger;
}

Oddities unexplained_oddities(Platform& platform, const DirectionOutcome& outcome, Side from,
                              FaultKinds seen) {
  Oddities odd{outcome.corrupted, outcome.duplicated, outcome.reordered};
  if ((seen & kDescriptorFlipped) != 0) return {};
  const Cable::Faults& cable = platform.cable(from).faults();
  const uint64_t damaged = std::min(odd.corrupted, cable.damaged_unseen.value());
  odd.corrupted -= damaged;
  // A damaged frame may be one of those that come twice.
  uint64_t copies = cable.duplicated.value();
  const uint64_t damaged_copies = std::min({odd.corrupted, damaged, copies});
  odd.corrupted -= damaged_copies;
  copies -= damaged_copies;
  odd.duplicated -= std::min(odd.duplicated, copies);
  // Damaged addresses and ports choose another queue.
  const FaultKinds reorder = kFrameReordered | kFrameDuplicated | kFrameDamagedUnseen | kFunctionReset;
  if ((seen & reorder) != 0) odd.reordered = 0;
  return odd;
}

// A flipped descriptor says anything, but writes no register. What fails in between stops a queue with the
// rule of the access, leaves what was begun there without an end, and somebody waiting.
bool explains(FaultKinds seen, base::DriverRule rule) {
  using base::DriverRule;
  const bool flipped = (seen & kDescriptorFlipped) != 0;
  switch (rule) {
    case DriverRule::kPciBusMaster:
    case DriverRule::kRegUnknown:
    case DriverRule::kRegSecondaryMailbox:
    case DriverRule::kRegVector:
    case DriverRule::kRegTxQueue:
    case DriverRule::kRegRxQueue:
    case DriverRule::kRegBufferQueue:
    case DriverRule::kRegReadOnly:
    case DriverRule::kRegInReset:
    case DriverRule::kIrqBothModes:
    case DriverRule::kIrqReserved:
    case DriverRule::kMsixEntryLive:
      return false;
    case DriverRule::kDmaPoisoned:
      return flipped || (seen & kReadFailed) != 0;
    case DriverRule::kTxCompletionDisabled:  // by the card, when a completion was lost
    case DriverRule::kRingUnmapped:
    case DriverRule::kBufferUnmapped:
    case DriverRule::kMessageUnmapped:
    case DriverRule::kMsixUnmapped:
      return flipped || (seen & kWriteFailed) != 0;
    case DriverRule::kDmaAborted:
    case DriverRule::kTxPacketIncomplete:
    case DriverRule::kRxBuffersKept:
    case DriverRule::kIrqNotRearmed:
    case DriverRule::kMsixMasked:
    case DriverRule::kMbxBuffersMissing:
    case DriverRule::kMbxCookieReuse:
      return flipped || (seen & (kReadFailed | kWriteFailed)) != 0;
    default:
      return flipped;
  }
}

bool explains_anomalies(FaultKinds seen) {
  return (seen & (kReadFailed | kWriteFailed | kDescriptorFlipped | kFunctionReset)) != 0;
}

}  // namespace pspnic::bench
