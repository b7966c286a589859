// SPDX-License-Identifier: Apache-2.0
// Workload: the packets of a capture, sent by the host on their side of it, compared byte for byte at the
// other.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/replay_input.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

struct ReplayParams {
  enum class Pacing { kAsap, kCapture };
  Pacing pacing = Pacing::kAsap;
  bool psp = true;
  unsigned psp_version = 0;
  PspModeParams mode;
  unsigned sas = 1024;

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("pacing", pacing, {{"asap", Pacing::kAsap}, {"capture", Pacing::kCapture}},
             "When a packet is sent: as soon as the card takes it, or at its time in the capture",
             "Loads the card most");
    v.value("psp", psp, "Protect what PSP can protect", "What the model is for");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    mode.describe(v);
    v.value("sas", sas, 1u, 65536u, "SAs a direction at most; flows beyond share them",
            "One a flow for usual captures");
  }
};

class ReplayWorkload : public Workload {
 public:
  ReplayWorkload(const ReplayParams& params, ReplayInput input, KeyLog& keys);
  ~ReplayWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  void recover(Platform& platform, Side side) override;
  const DirectionOutcome& outcome(Side from) const override;
  std::string input_error() const override { return input_.error; }

 private:
  class Host;
  // Packets of the same bytes: those under way, oldest first, and the last one that arrived.
  struct Copies {
    std::deque<uint32_t> flying;
    std::optional<uint32_t> arrived;
  };
  // Packets of one direction, by queue, and those under way.
  struct Direction {
    std::vector<std::vector<uint32_t>> queues;    // indexes of packets
    std::vector<size_t> next;                     // by queue
    std::vector<base::Time> timer;                // by queue: when it is looked at again
    std::unordered_map<uint64_t, Copies> copies;  // by hash of bytes
    std::vector<SaLink> links;
    std::vector<base::Time> sent_at;  // by index of packet
    DirectionOutcome outcome;
    std::unique_ptr<PspModeSource> mode;
  };

  void agree_on_keys(Platform& platform, Side sender);
  void fill(Side from, unsigned queue);
  void on_timer(uint64_t argument);
  bool send(Side from, unsigned queue, uint32_t index);
  void receive(Side from, std::span<const uint8_t> frame, const host::RxInfo& info);

  ReplayParams params_;
  ReplayInput input_;
  KeyLog& keys_;
  Progress progress_;
  Platform* platform_ = nullptr;
  base::Time started_ = 0;
  std::array<Direction, kSides> directions_;
  std::array<std::unique_ptr<Host>, kSides> hosts_;
};

}  // namespace pspnic::bench
