// SPDX-License-Identifier: Apache-2.0
// The sizes of messages, drawn in constant time. All sizes are in bytes of TCP or UDP payload, whatever the
// parameters count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testbench/traffic/alias_table.h"
#include "testbench/traffic/size_params.h"

namespace pspnic::traffic {

// What packets can be like, in bytes.
struct SizeLimits {
  uint32_t header_bytes = 0;                  // Ethernet to TCP or UDP, without FCS and PSP
  uint32_t least_payload = 1;                 // what is smaller is raised to this
  uint32_t mss = 1472;                        // largest payload of a packet
  const char* mss_parameter = "traffic.mss";  // that says so; null: none does
};

struct SizeEntry {
  uint32_t bytes = 0;  // payload of a message
  double weight = 1;
  bool raised = false;  // it was to be smaller
};

// What a file or a table says, before it is fitted to packets.
struct SizeList {
  SizeParams::Of of = SizeParams::Of::kPayload;
  std::vector<SizeEntry> entries;
  bool in_order = false;  // one after the other instead of by weight
  std::string place;      // of the entries, for errors: a parameter or a file
};

class SizeDistribution {
 public:
  // Throws base::ConfigError at the list's place for a frame that no packet can be; for a list of one entry
  // also where it would have to be raised.
  SizeDistribution(const SizeList& list, const SizeLimits& limits);

  // The size of a message: `bits` is any random word, `number` counts the messages of a sequence.
  const SizeEntry& draw(uint64_t bits, uint64_t number) const {
    return entries_[in_order_ ? number % entries_.size() : table_.draw(bits)];
  }
  const std::vector<SizeEntry>& entries() const { return entries_; }

  // Of the packets that a message is cut into.
  uint64_t packets_of(uint32_t bytes) const { return (bytes + mss_ - 1) / mss_; }
  double mean_bytes() const;    // of a message
  double mean_packets() const;  // likewise
  uint32_t largest_packet() const;
  uint32_t largest() const;  // message

 private:
  template <class Function>
  double mean(Function of) const;

  std::vector<SizeEntry> entries_;
  bool in_order_;
  uint32_t mss_;
  AliasTable table_;
};

// The list that the parameters ask for. `prefix` is theirs, for errors: "traffic.a.sizes". Throws
// base::ConfigError naming parameter, or file and line or packet.
SizeList read_sizes(const SizeParams& params, const std::string& prefix, const SizeLimits& limits);
// The same with `fixed` for the kind of that name.
SizeList read_sizes(const SizeSourceParams& params, const std::string& prefix, const SizeLimits& limits,
                    const SizeList& fixed);

}  // namespace pspnic::traffic
