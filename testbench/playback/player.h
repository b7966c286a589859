// SPDX-License-Identifier: Apache-2.0
// Runs a card against a recording, without a driver: register accesses and frames come at the recorded times,
// reads of memory are answered from it (recorded_memory.h), and what the card does is compared with what it
// did (comparison.h).
//
// At equal times the card's own events and what its host did happen in the recorded order: the recording says
// how many events of the card had fired before. So the same build with the same parameters repeats a
// recording to the picosecond.
//
// A recording that breaks off is played up to the time of the last thing in it. What else happened at that
// time is not known: what is missing or extra from then on is no difference.
#pragma once

#include <string>
#include <vector>

#include "model/base/violation.h"
#include "model/embed/device.h"
#include "model/record/reader.h"
#include "testbench/playback/comparison.h"
#include "testbench/playback/recorded_card.h"
#include "testbench/playback/recorded_memory.h"

namespace pspnic::playback {

struct PlayOptions {
  std::vector<std::string> config_files;  // parameters that differ from the recording's
  std::vector<std::string> settings;      // KEY=VALUE
  Comparison::Options comparison;
};

class Player : private embed::Host {
 public:
  // `recording` outlives it. Throws as recorded_card(), and ConfigError for parameters.
  Player(const record::Recording& recording, const PlayOptions& options);

  void run();

  const RecordedCard& card() const { return card_; }
  const Comparison& comparison() const { return comparison_; }
  const RecordedMemory& memory() const { return memory_; }
  const embed::Device& device() const { return device_; }

  // What the card reports of the recorded driver (nic.sanitizer.mode), and whether that decides: strict
  // alone.
  const base::ViolationLog& reports() const { return device_.card().nic().violations(); }
  bool strict() const { return device_.card().nic().strict(); }
  // Nothing that decides was found.
  bool well() const { return comparison_.differences() == 0 && !(strict() && reports().count() > 0); }

 private:
  bool read_memory(uint64_t address, std::span<uint8_t> destination) override;
  bool write_memory(uint64_t address, std::span<const uint8_t> source) override;
  bool takes_interrupt(uint64_t address, uint32_t data) override;
  void interrupt(uint64_t, uint32_t) override {}
  void frame_sent(const embed::SentFrame&) override {}
  void advance(const record::Entry& entry);
  void act(const record::Entry& entry);

  const record::Recording& recording_;
  RecordedCard card_;
  RecordedMemory memory_;
  Comparison comparison_;
  embed::Device device_;
};

}  // namespace pspnic::playback
