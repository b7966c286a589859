// SPDX-License-Identifier: Apache-2.0
// Watches a run from outside the cards: every frame where it leaves one and where it arrives, what the
// drivers were asked to send, what the stacks are given. A run in which a rule is broken has failed.
//
//   plaintext      no frame of a flow that was given to a driver with an SA, or that the cards are asked to
//                  protect, leaves a card without PSP, none with a Crypt Offset beyond what was asked for
//                  under its SPI, and no 16 bytes of its payload in clear
//   iv_reuse       no IV is used twice under a key: by either card, before or after a reset
//   not_authentic  what a stack gets as authentic has arrived at the port so, as often as it is delivered;
//                  PacketOpener decides, after the cable's faults. Of merged packets the payload, piece by
//                  piece
//   frame_size     no IP packet longer than the MTU leaves a card
//
// A flow of which packets are also sent without an SA is its sender's affair and not watched, unless it is
// one that is upgraded (upgrade_watch.h); GMAC payload is in clear by intent.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/params.h"
#include "model/net/flow.h"
#include "testbench/bench/authentic_arrivals.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/flow_file.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/packet_opener.h"
#include "testbench/bench/plaintext_probes.h"
#include "testbench/bench/upgrade_watch.h"

namespace pspnic::bench {

struct CheckParams {
  enum class Authentic { kAuto, kOn, kOff };
  bool plaintext = true;
  unsigned payload_every = 64;
  bool ivs = true;
  Authentic authentic = Authentic::kAuto;
  bool frame_size = true;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* cheap = "Cheap: a look at headers and a table";
    v.value("plaintext", plaintext, "No frame of a protected flow leaves a card in clear", cheap);
    v.value("payload_every", payload_every, 0u, 1'000'000u,
            "Every so many frames all bytes are searched for protected payload; 0: never",
            "The search takes a nanosecond a byte");
    v.value("ivs", ivs, "No IV is used twice under a key", cheap);
    v.choice(
        "authentic", authentic,
        {{"auto", Authentic::kAuto}, {"on", Authentic::kOn}, {"off", Authentic::kOff}},
        "Each PSP packet that arrives is opened by a second implementation, and deliveries are compared; "
        "auto: in runs with faults",
        "Costs as much as the card's own opening");
    v.value("frame_size", frame_size, "No frame is longer than the MTU allows", cheap);
  }
};

enum class CheckRule : uint8_t { kPlaintext, kIvReuse, kNotAuthentic, kFrameSize, kCount };
const char* check_rule_name(CheckRule rule);

class WireChecker : public WireObserver, public KeyListener {
 public:
  struct Setup {
    bool authentic = false;  // with Authentic::kAuto
    uint32_t mtu = 1500;     // bytes of an IP packet
  };
  static constexpr size_t kKept = 20;  // findings in words

  WireChecker(const CheckParams& params, const Setup& setup, const base::EventQueue& events);
  ~WireChecker() override;

  // Flows that the cards protect without their drivers' knowledge; what on_key() is told until
  // end_of_flow_keys() are theirs.
  void protect(std::span<const FlowSpec> flows);
  void end_of_flow_keys() { takes_flow_keys_ = false; }

  // What a driver was asked to send.
  void on_transmit(Side sender, const host::TxFrame& frame);
  void on_departure(unsigned sender, const base::Packet& frame) override;
  void on_arrival(unsigned sender, const base::Packet& frame) override;
  void on_delivery(unsigned receiver, std::span<const uint8_t> frame, const host::RxInfo& info);
  void on_key(uint32_t spi, psp::Version version, const psp::SessionKey& key) override;
  void on_clear_flow(const net::FlowKey& flow) override { upgrades_.add(flow); }
  void on_upgrade(const net::FlowKey& flow, uint32_t fence) override { upgrades_.upgrade(flow, fence); }

  const std::vector<std::string>& findings() const { return findings_; }
  uint64_t count(CheckRule rule) const { return counts_[static_cast<size_t>(rule)]; }
  uint64_t frames() const { return departed_[0] + departed_[1]; }
  uint64_t opened() const { return opened_; }  // authentic packets, opened here
  bool opens() const { return authentic_; }

 private:
  // IVs below the highest that may still come, each once: frames of one key in two traffic classes, one of
  // which is paused, overtake each other by as many as the transmit buffer holds.
  static constexpr size_t kRemembered = 1024;
  static constexpr size_t kKeys = 4;  // of an SPI, the newest first
  static constexpr size_t kSnippets = 1024;

  struct Association {
    std::vector<psp::SessionKey> keys;
    bool of_flow = false;                 // the card's, not the driver's
    std::optional<uint8_t> crypt_offset;  // the most that was asked for
    uint64_t highest = 0;
    size_t oldest = 0;  // of `recent`, when that is full
    std::vector<uint64_t> recent;

    void ask(uint8_t offset) { crypt_offset = std::max(crypt_offset.value_or(0), offset); }
  };
  // Addresses and ports of a frame, as they stand in it, and how it was sent; the SPI is 0 without an SA.
  struct Snippet {
    std::array<uint8_t, 36> bytes{};
    uint8_t size = 0;
    bool sealed = false;
    uint32_t spi = 0;
  };

  bool known(const host::TxFrame& frame, bool sealed);
  void learn(const host::TxFrame& frame, bool sealed);
  bool of_protected_flow(Side sender, std::span<const uint8_t> frame) const;
  bool too_long(std::span<const uint8_t> frame) const;
  void check_crypt_offset(unsigned sender, const PspFrame& psp);
  void check_plaintext(unsigned sender, std::span<const uint8_t> frame, const std::optional<PspFrame>& psp);
  void check_iv(unsigned sender, const PspFrame& psp);
  void find(CheckRule rule, const std::string& place, const std::string& text);

  CheckParams params_;
  bool authentic_;
  uint32_t mtu_;
  const base::EventQueue& events_;
  std::vector<FlowSpec> flows_;
  bool takes_flow_keys_ = false;
  std::unordered_map<uint32_t, Association> associations_;  // by SPI
  std::unordered_set<net::FlowKey, net::FlowKeyHash> protected_;
  std::unordered_set<net::FlowKey, net::FlowKeyHash> clear_;
  UpgradeWatch upgrades_;
  std::vector<Snippet> snippets_;
  PlaintextProbes probes_;
  PacketOpener opener_;
  AuthenticArrivals authentic_arrivals_;
  std::array<uint64_t, 2> departed_{};
  std::array<uint64_t, 2> delivered_{};
  uint64_t transmitted_ = 0;
  uint64_t opened_ = 0;
  std::array<uint64_t, static_cast<size_t>(CheckRule::kCount)> counts_{};
  std::vector<std::string> findings_;
};

}  // namespace pspnic::bench
