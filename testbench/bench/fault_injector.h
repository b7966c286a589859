// SPDX-License-Identifier: Apache-2.0
// Makes the faults of one card and its host, and counts them. It answers the questions that card and host ask
// of their sources of faults; armed it may say yes.
#pragma once

#include <cstdint>
#include <string>

#include "model/base/stats.h"
#include "model/crypto/stalls.h"
#include "model/pcie/dma_faults.h"
#include "testbench/bench/fault_params.h"
#include "testbench/bench/fault_stream.h"
#include "testbench/bench/host_system.h"

namespace pspnic::bench {

class FaultInjector : public pcie::DmaFaultSource, public DoorbellFaultSource {
 public:
  // Streams and statistics are called `name`.
  FaultInjector(base::StatGroup& parent, const std::string& name, const FaultParams& params, uint64_t seed);

  void arm(bool armed) { armed_ = armed; }

  pcie::DmaStatus on_read(pcie::ReadFor purpose, std::span<uint8_t> data) override;
  bool on_write() override;
  DoorbellFate on_doorbell() override;
  crypto::StallSource& lanes() { return lanes_; }
  crypto::StallSource& units() { return units_; }
  void count_reset() { counts_.resets++; }

  struct Counts {
    Counts(base::StatGroup& parent, const std::string& name) : group(parent, name) {}
    base::StatGroup group;
    base::Counter doorbells_lost{group, "doorbells_lost", "write", "Tail writes that never arrived"};
    base::Counter doorbells_delayed{group, "doorbells_delayed", "write", "Tail writes that arrived late"};
    base::Counter descriptor_reads_aborted{group, "descriptor_reads_aborted", "read",
                                           "Descriptor fetches that ended in a completer abort"};
    base::Counter descriptor_reads_poisoned{group, "descriptor_reads_poisoned", "read",
                                            "Descriptor fetches with a poisoned completion"};
    base::Counter data_reads_aborted{group, "data_reads_aborted", "read",
                                     "Reads of packet data that ended in a completer abort"};
    base::Counter data_reads_poisoned{group, "data_reads_poisoned", "read",
                                      "Reads of packet data with a poisoned completion"};
    base::Counter mailbox_reads_aborted{group, "mailbox_reads_aborted", "read",
                                        "Mailbox reads that ended in a completer abort"};
    base::Counter mailbox_reads_poisoned{group, "mailbox_reads_poisoned", "read",
                                         "Mailbox reads with a poisoned completion"};
    base::Counter writes_lost{group, "writes_lost", "write", "DMA writes that failed"};
    base::Counter descriptors_flipped{group, "descriptors_flipped", "descriptor",
                                      "Descriptors fetched with a wrong bit"};
    base::Counter lane_stalls{group, "lane_stalls", "stall", "Stops of an AES-GCM lane"};
    base::Counter unit_stalls{group, "unit_stalls", "stall", "Stops of a key derivation unit"};
    base::Counter resets{group, "resets", "reset",
                         "Function resets, scheduled or for a stuck queue; each attempt counts"};
  };
  const Counts& counts() const { return counts_; }

 private:
  class Stalls : public crypto::StallSource {
   public:
    Stalls(const FaultInjector& owner, double share, base::Time time, uint64_t seed, const std::string& name,
           base::Counter& count)
        : owner_(owner), share_(share), time_(time), draws_(seed, name), count_(count) {}
    base::Time next_stall() override {
      if (!owner_.armed_ || !draws_.next(share_)) return 0;
      count_++;
      return time_;
    }

   private:
    const FaultInjector& owner_;
    double share_;
    base::Time time_;
    FaultCounter draws_;
    base::Counter& count_;
  };
  // Reads of one purpose.
  struct Reads {
    const ReadFaultParams& params;
    FaultCounter abort;
    FaultCounter poison;
    base::Counter& aborted;
    base::Counter& poisoned;
    pcie::DmaStatus next();
  };

  FaultParams params_;
  bool armed_ = false;
  Counts counts_;
  FaultCounter doorbell_lost_, doorbell_delayed_, write_lost_, flip_;
  Reads descriptor_reads_, data_reads_, mailbox_reads_;
  Stalls lanes_, units_;
};

}  // namespace pspnic::bench
