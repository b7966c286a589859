// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/wire_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/ethernet.h"
#include "testbench/bench/flow_match.h"

namespace pspnic::bench {

namespace {

constexpr const char* kCards[] = {"nic_a", "nic_b"};
constexpr uint64_t kRefresh = 256;  // transmits between two that new probes are taken of

// Addresses and ports where they usually stand; empty elsewhere.
std::span<const uint8_t> addresses_and_ports(std::span<const uint8_t> frame) {
  if (frame.size() >= 58 && net::load_be16(&frame[12]) == 0x86dd) return frame.subspan(22, 36);
  const bool v4 = frame.size() >= 38 && net::load_be16(&frame[12]) == 0x0800 && frame[14] == 0x45 &&
                  (net::load_be16(&frame[20]) & 0x3fff) == 0;
  return v4 ? frame.subspan(26, 12) : std::span<const uint8_t>{};
}

// The most that may stay in clear of what the driver was asked to send, in Crypt Offset's units.
uint8_t asked_crypt_offset(const host::PspMode* mode, const net::Parsed& parsed) {
  if (mode == nullptr) return 0;
  if (mode->crypt_offset != host::PspMode::kExposePorts) return mode->crypt_offset;
  const size_t header = (mode->vc ? 8 : 0) + mode->extension.size();
  const size_t ip = mode->tunnel ? parsed.l3_header_bytes : 0;
  return static_cast<uint8_t>(std::min<size_t>((header + ip) / 4 + 1, 63));
}

}  // namespace

const char* check_rule_name(CheckRule rule) {
  constexpr const char* kNames[] = {"plaintext", "iv_reuse", "not_authentic", "frame_size"};
  return kNames[static_cast<size_t>(rule)];
}

WireChecker::WireChecker(const CheckParams& params, const Setup& setup, const base::EventQueue& events)
    : params_(params),
      authentic_(params.authentic == CheckParams::Authentic::kOn ||
                 (params.authentic == CheckParams::Authentic::kAuto && setup.authentic)),
      mtu_(setup.mtu),
      events_(events),
      snippets_(kSnippets) {}

WireChecker::~WireChecker() = default;

void WireChecker::find(CheckRule rule, const std::string& place, const std::string& text) {
  counts_[static_cast<size_t>(rule)]++;
  if (findings_.size() >= kKept) return;
  const base::Time now = events_.now();
  findings_.push_back(fmt::format("{}.{:06} us {}: {}: {}", now / base::kUs, now % base::kUs, place,
                                  check_rule_name(rule), text));
}

void WireChecker::protect(std::span<const FlowSpec> flows) {
  flows_.assign(flows.begin(), flows.end());
  takes_flow_keys_ = true;
}

void WireChecker::on_key(uint32_t spi, psp::Version, const psp::SessionKey& key) {
  Association& association = associations_[spi];
  association.of_flow |= takes_flow_keys_;
  if (takes_flow_keys_) {
    for (const FlowSpec& flow : flows_) association.ask(flow.encapsulation.crypt_offset);
  }
  std::vector<psp::SessionKey>& keys = association.keys;
  const bool same = !keys.empty() && std::ranges::equal(keys.front().view(), key.view());
  if (same) return;  // its IVs go on
  association.oldest = 0;
  association.recent.clear();
  keys.insert(keys.begin(), key);
  if (keys.size() > kKeys) keys.pop_back();
}

// Whether a frame with these addresses and ports has been sent like this lately: then nothing is new.
bool WireChecker::known(const host::TxFrame& frame, bool sealed) {
  const std::span<const uint8_t> bytes = addresses_and_ports(frame.bytes);
  const uint32_t spi = frame.sa ? frame.spi : 0;
  if (bytes.empty()) return false;
  const uint64_t last = net::load_be64(bytes.data() + bytes.size() - 8);
  Snippet& snippet = snippets_[(last * 0x9e3779b97f4a7c15) >> 54];
  if (snippet.size == bytes.size() && snippet.sealed == sealed && snippet.spi == spi &&
      std::memcmp(snippet.bytes.data(), bytes.data(), bytes.size()) == 0) {
    return true;
  }
  snippet.size = static_cast<uint8_t>(bytes.size());
  snippet.sealed = sealed;
  snippet.spi = spi;
  std::copy(bytes.begin(), bytes.end(), snippet.bytes.begin());
  return false;
}

bool WireChecker::of_protected_flow(Side sender, std::span<const uint8_t> frame) const {
  if (flows_.empty()) return false;
  const net::Parsed parsed = net::parse_frame(frame, net::IpLength::kIgnore);
  const auto key = net::FlowKey::from_frame(frame, parsed);
  return key && std::ranges::any_of(
                    flows_, [&](const FlowSpec& flow) { return belongs_to(flow, sender, *key, parsed); });
}

void WireChecker::on_transmit(Side sender, const host::TxFrame& frame) {
  if (!params_.plaintext && params_.payload_every == 0) return;
  if (!upgrades_.empty() && params_.plaintext) {
    if (const auto wrong = upgrades_.on_transmit(frame)) {
      find(CheckRule::kPlaintext, sender == kA ? "host_a" : "host_b", *wrong);
    }
  }
  const bool refresh = ++transmitted_ % kRefresh == 0;
  const bool sealed = frame.sa.has_value() || of_protected_flow(sender, frame.bytes);
  if (!known(frame, sealed) || (refresh && sealed)) learn(frame, sealed);
}

void WireChecker::learn(const host::TxFrame& frame, bool sealed) {
  const net::Parsed parsed = net::parse_frame(frame.bytes, net::IpLength::kIgnore);
  if (frame.sa) associations_[frame.spi].ask(asked_crypt_offset(frame.mode, parsed));
  const auto flow = net::FlowKey::from_frame(frame.bytes, parsed);
  if (!flow) return;
  const bool upgraded = !upgrades_.empty() && upgrades_.watches(*flow);
  if (!sealed && upgraded) return;
  if (!sealed) {
    clear_.insert(*flow);
    protected_.erase(*flow);
    return;
  }
  if (!upgraded && !clear_.contains(*flow)) protected_.insert(*flow);
  const bool gmac =
      frame.sa ? psp::is_gmac(frame.version) : std::ranges::any_of(flows_, [](const FlowSpec& spec) {
        return psp::is_gmac(spec.version) || spec.encapsulation.crypt_offset > 0;
      });
  if (!gmac) probes_.add(frame.bytes.subspan(parsed.payload_offset));
}

bool WireChecker::too_long(std::span<const uint8_t> frame) const {
  if (frame.size() <= mtu_ + net::kEthernetHeaderBytes) return false;
  return frame.size() > mtu_ + net::parse_frame(frame, net::IpLength::kIgnore).l3_offset;
}

void WireChecker::on_departure(unsigned sender, const base::Packet& packet) {
  const std::span<const uint8_t> frame = packet.bytes();
  const uint64_t number = ++departed_[sender];
  if (params_.frame_size && too_long(frame)) {
    find(CheckRule::kFrameSize, fmt::format("{} frame {}", kCards[sender], number),
         fmt::format("{} bytes, the MTU is {}", frame.size(), mtu_));
  }
  const std::optional<PspFrame> psp = find_psp(frame);
  if (params_.ivs && psp) check_iv(sender, *psp);
  if (params_.plaintext && psp) check_crypt_offset(sender, *psp);
  check_plaintext(sender, frame, psp);
}

void WireChecker::check_crypt_offset(unsigned sender, const PspFrame& psp) {
  const auto association = associations_.find(psp.spi);
  if (association == associations_.end() || !association->second.crypt_offset) return;
  const unsigned asked = *association->second.crypt_offset;
  if (psp.crypt_offset <= asked) return;
  find(CheckRule::kPlaintext, fmt::format("{} frame {}", kCards[sender], departed_[sender]),
       fmt::format("SPI {:#010x}: Crypt Offset {}, {} was asked for", psp.spi, psp.crypt_offset, asked));
}

void WireChecker::check_plaintext(unsigned sender, std::span<const uint8_t> frame,
                                  const std::optional<PspFrame>& psp) {
  const uint64_t number = departed_[sender];
  const auto place = [&] { return fmt::format("{} frame {}", kCards[sender], number); };
  if (params_.plaintext && !psp && (!protected_.empty() || !flows_.empty())) {
    const auto flow = net::FlowKey::from_frame(frame, net::parse_frame(frame));
    if (flow && (protected_.contains(*flow) || of_protected_flow(static_cast<Side>(sender), frame))) {
      find(CheckRule::kPlaintext, place(), "a protected flow is in clear: " + flow->print());
    }
  }
  if (params_.plaintext && !psp && !upgrades_.empty()) {
    if (const auto wrong = upgrades_.on_departure(frame)) find(CheckRule::kPlaintext, place(), *wrong);
  }
  if (params_.payload_every == 0 || number % params_.payload_every != 0) return;
  if (!psp && !clear_.empty()) return;  // may be what was sent in clear
  // What Crypt Offset exposes is in clear by intent.
  const uint32_t from =
      psp ? std::min(psp->psp_offset + 16 + 4u * psp->crypt_offset, static_cast<uint32_t>(frame.size())) : 0;
  if (const auto at = probes_.find(frame.subspan(from))) {
    find(CheckRule::kPlaintext, place(), fmt::format("protected payload in clear at byte {}", from + *at));
  }
}

// IVs count modulo 2^64: `a` is the older one if it is less than half of that behind.
void WireChecker::check_iv(unsigned sender, const PspFrame& psp) {
  const auto older = [](uint64_t a, uint64_t b) { return static_cast<int64_t>(b - a) > 0; };
  Association& association = associations_[psp.spi];
  std::vector<uint64_t>& recent = association.recent;
  const bool newest = recent.empty() || older(association.highest, psp.iv);
  // A late one is new only if it can be told that it is.
  const bool fresh =
      newest || (std::ranges::find(recent, psp.iv) == recent.end() &&
                 (recent.size() < kRemembered || older(*std::ranges::min_element(recent, older), psp.iv)));
  if (!fresh) {
    find(CheckRule::kIvReuse, fmt::format("{} frame {}", kCards[sender], departed_[sender]),
         fmt::format("SPI {:#010x}, IV {:#018x}", psp.spi, psp.iv));
  }
  if (newest) association.highest = psp.iv;
  if (recent.size() < kRemembered) {
    recent.push_back(psp.iv);
  } else {
    recent[association.oldest++ % kRemembered] = psp.iv;
  }
}

void WireChecker::on_arrival(unsigned, const base::Packet& packet) {
  if (!authentic_ || !packet.fcs_ok) return;
  const std::span<const uint8_t> frame = packet.bytes();
  const std::optional<PspFrame> psp = find_psp(frame);
  if (!psp) return;
  const auto association = associations_.find(psp->spi);
  if (association == associations_.end()) return;
  for (const psp::SessionKey& key : association->second.keys) {
    const auto text = opener_.open(frame, *psp, key.view());
    if (!text) continue;
    ++opened_;
    // What a card decapsulates by itself comes up without an SPI.
    authentic_arrivals_.add(association->second.of_flow ? 0 : psp->spi, psp->next_header, *text);
    return;
  }
}

void WireChecker::on_delivery(unsigned receiver, std::span<const uint8_t> frame, const host::RxInfo& info) {
  const uint64_t number = ++delivered_[receiver];
  if (!authentic_) return;
  const bool of_flow = !info.psp && of_protected_flow(other(static_cast<Side>(receiver)), frame);
  if (!info.psp && !of_flow) return;
  if (authentic_arrivals_.take(of_flow ? 0 : info.spi, frame, info.segment_bytes)) return;
  find(CheckRule::kNotAuthentic, fmt::format("{} delivery {}", kCards[receiver], number),
       fmt::format("SPI {:#010x}, {} bytes: no such packet has arrived and opened", info.spi, frame.size()));
}

}  // namespace pspnic::bench
