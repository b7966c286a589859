// SPDX-License-Identifier: Apache-2.0
// The flow table: which packets the device protects without their driver's knowledge, with which SA, and from
// whom it takes them in return. PSP Architecture Specification: the on-chip flow table as source of transmit
// keys.
//
// A packet sent is looked up by its fields, one received, after decryption and decapsulation, by the same
// with source and destination exchanged. The rule that looks at most bits wins, the older among equals. Rules
// that look at the same bits share a hash table (tuple space search: Srinivasan, Suri, Varghese 1999); the
// number of such masks is bounded, and each costs a probe. What is not IP has no flow. A packet that lacks
// what a rule asks for is "unclear" when it might be that rule's and surely is none's: a fragment lacks ports
// or protocol, what only somebody else would read as IP nearly everything. It must not pass in clear.
//
// Beside the rules: how headers are built, by SA.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/base/params.h"
#include "model/base/stats.h"
#include "model/flow/cell.h"
#include "model/flow/rule.h"
#include "model/net/parse.h"

namespace pspnic::flow {

struct FlowParams {
  unsigned entries = 4096;
  unsigned masks = 16;
  unsigned probe_cycles = 1;
  unsigned latency_cycles = 10;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("entries", entries, 1u, 65536u, "Rules of the flow table", "Assumed: on-chip memory");
    v.value("masks", masks, 1u, 256u, "Different sets of fields and prefix lengths that rules may look at",
            "Assumed; bounds the probes of a lookup");
    v.value("probe_cycles", probe_cycles, 1u, 1000u,
            "Cycles the parser is taken for each mask in use by a packet that is looked up; none while the "
            "table is empty",
            "Assumed: one read of a hash table a cycle");
    v.value("latency_cycles", latency_cycles, 0u, 10000u, "Cycles of such a lookup on top of its probes",
            "Assumed: hash and compare");
  }
};

class FlowTable {
 public:
  FlowTable(base::StatGroup& parent, const FlowParams& params);

  bool empty() const { return used_ == 0; }
  uint32_t size() const { return used_; }
  // Of one lookup, in cycles of the pipeline that asks.
  struct Cost {
    unsigned occupancy = 0;
    unsigned latency = 0;
  };
  Cost cost() const;

  // The rule must be valid. One of equal match is replaced if the caller says so: age, id and counters stay.
  Added add(const Rule& rule, bool replace);
  bool remove(uint32_t id);  // false: there is none
  void clear();
  const Rule* rule(uint32_t id) const;  // null: there is none
  const Counters* counters(uint32_t id) const;
  Counters* counters(uint32_t id);

  struct Found {
    enum class Kind : uint8_t { kNone, kRule, kUnclear };
    Kind kind = Kind::kNone;
    uint32_t id = 0;             // with kRule
    const Rule* rule = nullptr;  // until the table changes
  };
  Found find_sent(std::span<const uint8_t> frame, const net::Parsed& parsed, uint16_t vport);
  Found find_received(std::span<const uint8_t> frame, const net::Parsed& parsed, uint16_t vport);
  // Some rule accepts this SPI.
  bool accepts(uint32_t spi) const { return spis_.contains(spi); }

  // Headers for an SA, which must be valid().
  void set_encapsulation(const SaName& sa, const Encapsulation& encapsulation);
  void remove_encapsulation(uint32_t index);
  // Of those SAs that `kept` does not hold any more.
  template <class Kept>
  void keep_encapsulations(const Kept& kept) {
    std::erase_if(templates_, [&](const auto& held) { return !kept(held.first); });
    find_longest_overhead();
  }
  const Encapsulation* encapsulation(const SaName& sa) const;  // null: none has been set
  // No encapsulation set makes a frame longer by more.
  size_t longest_overhead() const { return longest_overhead_; }

 private:
  struct Slot {
    Rule rule;
    Counters counters;
    uint64_t age = 0;
    uint16_t generation = 0;
    bool used = false;
  };
  // Rules that look at the same bits.
  struct Tuple {
    Cell mask;
    unsigned bits = 0;
    std::unordered_map<Cell, uint16_t, CellHash> rules;  // to slots
    // Of the rules that look at what such packets lack: what remains of them, and how many.
    std::array<std::unordered_map<Cell, uint32_t, CellHash>, kLackKinds> vague;
  };
  struct Template {
    uint16_t tag = 0;
    Encapsulation encapsulation;
  };

  static uint32_t id_of(uint16_t slot, uint16_t generation) { return uint32_t{generation} << 16 | slot; }
  const Slot* slot_of(uint32_t id) const;
  Tuple* tuple_of(const Cell& mask);
  uint16_t take_slot();
  void count_spis(const Rule& rule, bool add);
  void find_longest_overhead();
  Found find(const Headers& headers) const;

  FlowParams params_;
  std::vector<Slot> slots_;
  std::vector<uint16_t> free_;
  std::vector<Tuple> tuples_;                    // most bits first
  std::unordered_map<uint32_t, uint32_t> spis_;  // to the number of rules
  std::unordered_map<uint32_t, Template> templates_;
  size_t longest_overhead_ = 0;
  uint32_t used_ = 0;
  uint64_t next_age_ = 0;
  base::StatGroup group_;
  base::Counter sent_{group_, "sent_lookups", "packet", "Packets to be sent that were looked up"};
  base::Counter received_{group_, "received_lookups", "packet", "Packets received that were looked up"};
  base::Counter unclear_{group_, "unclear", "packet",
                         "Of both: lacked fields that a rule asks for, and could be its packets"};
};

}  // namespace pspnic::flow
