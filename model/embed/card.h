// SPDX-License-Identifier: Apache-2.0
// A card and what it needs besides a host, in whatever SystemC context counts while it is made: parameters by
// name, statistics, packets, and its end of the cable.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/base/event_fifo.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/embed/host.h"
#include "model/nic/nic.h"
#include "model/nic/nic_params.h"

namespace pspnic::embed {

struct CardOptions {
  std::string name = "nic";           // of SystemC and of statistics: a letter, then letters, digits, '_'
  std::string json;                   // parameters as in a configuration file ({"nic": ...}); empty: defaults
  std::vector<std::string> files;     // configuration files, after that
  std::vector<std::string> settings;  // KEY=VALUE, after these
  net::MacAddress mac{{0x02, 0x50, 0x53, 0x50, 0x00, 0x0a}};
  uint64_t seed = 1;       // of all randomness, device keys included
  uint64_t stream = 0;     // differs from card to card of one seed
  uint32_t spi_first = 1;  // first SPI it hands out: 1..2^31-1
};

// What `json` and `settings` come to.
class CardParameters {
 public:
  // Throws ConfigError that names the key or the place in the text.
  explicit CardParameters(const CardOptions& options);

  const nic::NicParams& nic() const { return nic_; }
  const base::ParamTree& tree() const { return tree_; }

 private:
  nic::NicParams nic_;
  base::ParamTree tree_;
};

class Card : private mac::Wire {
 public:
  // Its events' owner; the host's are nobody's.
  static constexpr base::EventQueue::Owner kOwner = 1;
  using FrameSink = std::function<void(const SentFrame&)>;

  Card(const CardOptions& options, base::EventQueue& events, FrameSink sink);

  nic::Nic& nic() { return nic_; }
  const nic::Nic& nic() const { return nic_; }
  const base::ParamTree& parameters() const { return parameters_.tree(); }

  // 1..base::Packet::kMaxFrameBytes, without check sequence. Throws ConfigError for any other length.
  static void check_frame(size_t bytes);
  // The last bit of a frame arrives, now. check_frame().
  void receive(std::span<const uint8_t> bytes, bool fcs_ok);

  // Of all counters since the card was made; one by its full name, "nic.tx.frames", or with the label of an
  // array, "nic.drops.rx_no_vport"; a gauge has its level, a histogram its count. Throws ConfigError that
  // names the nearest name.
  uint64_t counter(const std::string& name) const;
  std::string counters_json() const;
  // One line each; what report.json has of them, the strict mode's verdict included; all, repeats as well.
  std::string violations() const;
  std::string violations_json() const;
  uint64_t violation_count() const { return nic_.violations().count(); }

 private:
  void transmit(base::PacketPtr packet) override;
  void on_departure(uint64_t);
  void begin_statistics();

  CardParameters parameters_;
  base::EventQueue& events_;
  base::Time made_;
  FrameSink sink_;
  base::StatGroup root_{""};
  base::PacketPool pool_;
  base::Ring<base::PacketPtr> leaving_;
  base::EventFifo departures_;
  nic::Nic nic_;
};

}  // namespace pspnic::embed
