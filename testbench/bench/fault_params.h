// SPDX-License-Identifier: Apache-2.0
// Faults between host and card, and inside the card. They act from the first packet of the workload until the
// run's end, each drawing from a stream of its own (fault_stream.h). Shares of 0 mean never.
#pragma once

#include "model/base/params.h"

namespace pspnic::bench {

struct DoorbellFaultParams {
  double lost = 0;
  double delayed = 0;
  base::Duration delay{20 * base::kUs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("lost", lost, 0.0, 1.0, "Share of tail writes of the queues that never arrive", "None");
    v.value("delayed", delayed, 0.0, 1.0, "Share of tail writes that arrive late, and with them what follows",
            "None");
    v.value("delay", delay, base::Duration{0}, base::Duration{1 * base::kSec}, "How late", "Assumed");
  }
};

struct ReadFaultParams {
  double aborted = 0;
  double poisoned = 0;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("aborted", aborted, 0.0, 1.0, "Share of reads that end in a completer abort", "None");
    v.value("poisoned", poisoned, 0.0, 1.0, "Share of reads whose completion is poisoned (EP bit)", "None");
  }
};

struct StallParams {
  double lanes = 0;
  double units = 0;
  base::Duration time{5 * base::kUs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("lanes", lanes, 0.0, 1.0, "Share of packets at which their AES-GCM lane stops for a time",
            "None");
    v.value("units", units, 0.0, 1.0, "Share of packets at which their key derivation unit stops", "None");
    v.value("time", time, base::Duration{0}, base::Duration{1 * base::kSec}, "How long", "Assumed");
  }
};

struct ResetParams {
  base::Duration after{0};
  unsigned times = 1;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("after", after, base::Duration{0}, base::Duration{1000 * base::kSec},
            "When the driver resets the function: so long after the first packet, or after the last reset is "
            "over; 0: never",
            "Never");
    v.value("times", times, 1u, 1000u, "How often", "Assumed");
  }
};

struct FaultParams {
  enum class Card { kBoth, kA, kB };
  Card card = Card::kBoth;
  DoorbellFaultParams doorbell;
  ReadFaultParams descriptor_read;
  ReadFaultParams data_read;
  ReadFaultParams mailbox_read;
  double write_lost = 0;
  double descriptor_flipped = 0;
  bool overload = false;
  StallParams stall;
  ResetParams reset;

  // Whether anything is to be injected.
  bool any() const {
    for (const ReadFaultParams* read : {&descriptor_read, &data_read, &mailbox_read}) {
      if (read->aborted > 0 || read->poisoned > 0) return true;
    }
    return doorbell.lost > 0 || doorbell.delayed > 0 || write_lost > 0 || descriptor_flipped > 0 ||
           stall.lanes > 0 || stall.units > 0 || reset.after.ps > 0;
  }

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("card", card, {{"both", Card::kBoth}, {"a", Card::kA}, {"b", Card::kB}},
             "Card, and its host, at which the faults happen", "Assumed");
    v.group("doorbell", doorbell);
    v.group("descriptor_read", descriptor_read);
    v.group("data_read", data_read);
    v.group("mailbox_read", mailbox_read);
    v.value("write_lost", write_lost, 0.0, 1.0,
            "Share of the card's DMA writes that fail: packets, completions, interrupts, replies", "None");
    v.value("descriptor_flipped", descriptor_flipped, 0.0, 1.0,
            "Share of descriptor fetches that bring one wrong bit, as from a broken or hostile driver",
            "None");
    v.value("overload", overload,
            "Packets may be lost for want of buffers: such losses do not make the run fail", "Assumed");
    v.group("stall", stall);
    v.group("reset", reset);
  }
};

}  // namespace pspnic::bench
