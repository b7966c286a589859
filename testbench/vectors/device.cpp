// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/udp.h"
#include "model/psp/encapsulate.h"
#include "model/psp/kdf.h"
#include "model/psp/spi.h"
#include "testbench/vectors/device_mailbox.h"
#include "testbench/vectors/device_receive.h"
#include "testbench/vectors/device_send.h"
#include "testbench/vectors/lone_card.h"
#include "testbench/vectors/packets.h"

namespace pspnic::vectors {
namespace {

// Cards, or cases, of one child process.
constexpr size_t kTrialsAtOnce = 256;
constexpr size_t kFramesAtOnce = 512;

Bytes derive_key(const Bytes& device_key, uint32_t spi, uint8_t version) {
  if (device_key.size() != psp::kDeviceKeyBytes)
    throw std::runtime_error("the file names no device key for this SPI");
  const psp::Kdf kdf(psp::DeviceKey(
      std::span<const uint8_t, psp::kDeviceKeyBytes>(device_key.data(), psp::kDeviceKeyBytes)));
  const psp::SessionKey key = kdf.derive(spi, static_cast<psp::Version>(version));
  return {key.view().begin(), key.view().end()};
}

WireTrial trial_of(const Seal& seal, const Encapsulated& made) {
  WireTrial trial;
  trial.frame.psp = true;
  trial.frame.bytes = seal.driver.empty() ? made.driver : seal.driver;
  trial.spi = made.header.spi;
  trial.version = made.header.version;
  trial.key = derive_key(seal.keys[psp::spi_phase(trial.spi)], trial.spi, trial.version);
  trial.psp_offset = seal.psp_offset;
  trial.iv = made.header.iv;
  trial.wire = seal.wire;
  return trial;
}

WireTrial trial_of(const Segment& segment) {
  WireTrial trial;
  trial.frame.bytes = segment.driver;
  trial.frame.mss = segment.mss;
  trial.frame.header_bytes = segment.header_bytes;
  trial.frame.checksum = true;
  trial.frames = segment.count;
  trial.index = segment.index;
  trial.wire = segment.wire;
  trial.frame.psp = !segment.device_key.empty();
  if (trial.frame.psp) {
    trial.spi = segment.spi;
    trial.version = segment.version;
    trial.key = derive_key(segment.device_key, segment.spi, segment.version);
    trial.psp_offset = segment.psp_offset;
    trial.iv = segment.iv;
  }
  return trial;
}

// Some frames in pieces, so that pieces end inside headers.
void scatter(WireTrial& trial, size_t number) {
  if (number % 2 == 0 || trial.frame.mss != 0) return;
  for (size_t at = 1 + number % 97; at < trial.frame.bytes.size(); at += 41) trial.frame.cuts.push_back(at);
}

Bytes small_datagram() {
  constexpr size_t kPayload = 18;
  Bytes frame(net::kEthernetHeaderBytes + net::kIpv4HeaderBytes + net::kUdpHeaderBytes + kPayload);
  kLoneCardMac.store(frame.data());
  frame[6] = 2;
  frame[12] = 8;  // EtherType 0x0800
  uint8_t* ip = frame.data() + net::kEthernetHeaderBytes;
  net::Ipv4Fields fields;
  fields.total_length = static_cast<uint16_t>(frame.size() - net::kEthernetHeaderBytes);
  fields.protocol = net::kProtocolUdp;
  fields.source = 0x0a000001;
  fields.destination = 0x0a000002;
  net::write_ipv4_header(ip, fields);
  net::write_udp_header(ip + net::kIpv4HeaderBytes, 1, 2, net::kUdpHeaderBytes + kPayload, 0);
  return frame;
}

// A packet sealed under the vector's session key by the reference engine: a card that derives another key
// does not open it.
Receive packet_under(const Derivation& key) {
  Receive receive;
  receive.keys[psp::spi_phase(key.spi)] = key.device_key;
  receive.cleartext = small_datagram();
  Seal seal;
  seal.cleartext = *receive.cleartext;
  const auto aead = psp::reference_engine().make_aead();
  psp::EncapParams params;
  params.version = static_cast<psp::Version>(key.version);
  params.spi = key.spi;
  Bytes storage(psp::kMaxHeaderBytes);
  storage.insert(storage.end(), seal.cleartext.begin(), seal.cleartext.end());
  psp::FrameBuffer buffer{storage, psp::kMaxHeaderBytes, storage.size()};
  if (psp::transport_encapsulate(buffer, params) != psp::EncapStatus::kOk) {
    throw std::runtime_error("the packet that tells whether a card has the key is not made");
  }
  const Bytes driver(buffer.frame().begin(), buffer.frame().end());
  const Sealed sealed = seal_frame(*aead, psp::SessionKey(key.session_key), driver, 1);
  if (!sealed.failure.empty()) throw std::runtime_error(sealed.failure);
  receive.frame = sealed.frame;
  return receive;
}

class Device final : public Through {
 public:
  explicit Device(const nic::CryptoParams& crypto) : crypto_(crypto) {}

  Failures run(std::span<const Case* const> cases, const Step& step) override {
    failures_.assign(cases.size(), "");
    prefixes_.assign(cases.size(), "");
    for (size_t i = 0; i < cases.size(); ++i) {
      try {
        std::visit([&](const auto& work) { add(i, work); }, cases[i]->work);
      } catch (const std::runtime_error& error) {
        failures_[i] = error.what();
      }
    }
    done_ = 0;
    send(step);
    receive(step);
    talk(step);
    return std::move(failures_);
  }

 private:
  // Which case, and what to do.
  template <class Work>
  struct Numbered {
    size_t at;
    const Work* work;
  };

  template <class Work>
  void add(size_t, const Work&) {
    throw std::runtime_error("no card can run this");
  }
  void add(size_t at, const Seal& seal) {
    const Encapsulated made = encapsulate_like(seal);
    if (!made.failure.empty()) throw std::runtime_error(made.failure);
    add(at, trial_of(seal, made));
  }
  void add(size_t at, const Segment& segment) { add(at, trial_of(segment)); }
  void add(size_t at, WireTrial trial) {
    scatter(trial, trials_.size());
    trials_.push_back(std::move(trial));
    trial_at_.push_back(at);
  }
  void add(size_t at, const Derivation& key) {
    made_.push_back(packet_under(key));
    prefixes_[at] =
        fmt::format("a packet under the vector's key for SPI {:08x}, version {}: ", key.spi, key.version);
    add(at, made_.back());
  }
  void add(size_t at, const Receive& receive) {
    DeviceKeyPair keys = receive.keys;
    for (const size_t phase : {0u, 1u}) {
      if (keys[phase].empty()) keys[phase] = keys[1 - phase];
    }
    frames_[keys].push_back({at, &receive});
  }
  void add(size_t at, const Merge& merge) { merges_[{merge.keys, merge.strip}].push_back({at, &merge}); }
  void add(size_t at, const Transcript& transcript) {
    transcripts_.push_back(&transcript);
    transcript_at_.push_back(at);
  }

  void send(const Step& step) {
    for (size_t begin = 0; begin < trials_.size(); begin += kTrialsAtOnce) {
      const size_t end = std::min(trials_.size(), begin + kTrialsAtOnce);
      const std::vector<WireTrial> batch(trials_.begin() + static_cast<ptrdiff_t>(begin),
                                         trials_.begin() + static_cast<ptrdiff_t>(end));
      const Failures some = each_answered(
          batch, [&](const std::vector<WireTrial>& trials) { return send_trials(trials, crypto_); });
      for (size_t i = begin; i < end; ++i) failures_[trial_at_[i]] = some[i - begin];
      step(done_ += end - begin);
    }
  }

  void receive(const Step& step) {
    const nic::NicParams params = lone_card_params(crypto_);
    for (const auto& [keys, frames] : frames_) {
      in_batches(frames, step, [&](const auto& some) { return receive_frames(some, keys, params); });
    }
    for (const auto& [card, frames] : merges_) {
      in_batches(frames, step, [&, &keys = card.first, strip = card.second](const auto& some) {
        return merge_frames(some, keys, strip, params);
      });
    }
  }

  template <class Work, class Run>
  void in_batches(const std::vector<Numbered<Work>>& all, const Step& step, const Run& run) {
    for (size_t begin = 0; begin < all.size(); begin += kFramesAtOnce) {
      const size_t end = std::min(all.size(), begin + kFramesAtOnce);
      std::vector<const Work*> some;
      for (size_t i = begin; i < end; ++i) some.push_back(all[i].work);
      const Failures wrong = each_answered<const Work*>(some, run);
      for (size_t i = begin; i < end; ++i) {
        failures_[all[i].at] = wrong[i - begin].empty() ? "" : prefixes_[all[i].at] + wrong[i - begin];
      }
      step(done_ += end - begin);
    }
  }

  // A card that hangs or ends its process takes all cases of the process with it: the batch is halved until
  // that card's case is alone.
  template <class Item, class Run>
  static Failures each_answered(const std::vector<Item>& batch, const Run& run) {
    try {
      return run(batch);
    } catch (const std::runtime_error& error) {
      if (batch.size() == 1) return {error.what()};
    }
    const auto middle = batch.begin() + static_cast<ptrdiff_t>(batch.size() / 2);
    Failures failures = each_answered(std::vector<Item>(batch.begin(), middle), run);
    const Failures second = each_answered(std::vector<Item>(middle, batch.end()), run);
    failures.insert(failures.end(), second.begin(), second.end());
    return failures;
  }

  void talk(const Step& step) {
    if (transcripts_.empty()) return;
    const nic::NicParams params = lone_card_params(crypto_);
    const Failures wrong =
        each_answered(transcripts_, [&](const auto& some) { return talk_to_cards(some, params); });
    for (size_t i = 0; i < wrong.size(); ++i) failures_[transcript_at_[i]] = wrong[i];
    step(done_ += wrong.size());
  }

  nic::CryptoParams crypto_;
  Failures failures_;
  std::vector<std::string> prefixes_;  // of what may go wrong with each case
  size_t done_ = 0;
  std::vector<WireTrial> trials_;
  std::vector<size_t> trial_at_;
  std::deque<Receive> made_;
  std::vector<const Transcript*> transcripts_;
  std::vector<size_t> transcript_at_;
  // By the card's device keys, and whether it takes headers off.
  std::map<DeviceKeyPair, std::vector<Numbered<Receive>>> frames_;
  std::map<std::pair<DeviceKeyPair, bool>, std::vector<Numbered<Merge>>> merges_;
};

}  // namespace

std::unique_ptr<Through> make_device(const nic::CryptoParams& crypto) {
  return std::make_unique<Device>(crypto);
}

}  // namespace pspnic::vectors
