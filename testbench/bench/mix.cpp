// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/mix.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/udp.h"

namespace pspnic::bench {

namespace {

constexpr uint16_t kMixFirstPort[] = {20000, 30000};  // in clear, PSP
constexpr uint16_t kMixService = 7;
constexpr size_t kHeaderBytes = net::kEthernetHeaderBytes + net::kIpv4HeaderBytes + net::kUdpHeaderBytes;
constexpr size_t kStampBytes = 8;

uint64_t packets_of(const MixParams& params, base::Bandwidth rate) {
  const double bits = static_cast<double>(rate.bps) * static_cast<double>(params.duration.ps) / 1e12;
  return static_cast<uint64_t>(bits / (8.0 * params.frame_bytes));
}

uint8_t pattern(unsigned flow, size_t offset) {
  return static_cast<uint8_t>(offset * 11 + (offset >> 8) * 3 + flow * 29);
}

}  // namespace

// One kind of traffic: makes frames at its rate, checks them at the other end.
class MixSource {
 public:
  MixSource(const MixParams& params, bool psp, uint64_t seed)
      : params_(params),
        psp_(psp),
        queue_(psp ? 1 : 0),
        rate_(psp ? params.psp_rate : params.clear_rate),
        random_(seed * 2 + (psp ? 1 : 0)) {
    outcome_.offered = packets_of(params, rate_);
    outcome_.not_sent.emplace_back("the queue was full", 0);
    sent_at_.resize(outcome_.offered);
  }

  void prepare(Platform& platform, KeyLog& keys);
  void start(base::Time now);
  // False: it belongs to the other source.
  bool receive(std::span<const uint8_t> frame, const host::RxInfo& info);
  const DirectionOutcome& outcome() const { return outcome_; }
  const char* name() const { return psp_ ? "psp" : "clear"; }

 private:
  void on_time(uint64_t);
  void send();
  void build(std::vector<uint8_t>& frame, unsigned flow) const;

  MixParams params_;
  bool psp_;
  unsigned queue_;
  base::Bandwidth rate_;
  std::mt19937_64 random_;
  Platform* platform_ = nullptr;
  std::vector<std::vector<uint8_t>> frames_;  // by flow
  std::vector<SaLink> links_;
  uint64_t next_ = 0;
  double due_ = 0;
  std::vector<base::Time> sent_at_;  // by packet; 0: not sent
  DirectionOutcome outcome_;
};

void MixSource::prepare(Platform& platform, KeyLog& keys) {
  platform_ = &platform;
  frames_.resize(params_.flows);
  for (unsigned flow = 0; flow < params_.flows; ++flow) build(frames_[flow], flow);
  if (!psp_ || outcome_.offered == 0) return;
  links_ = exchange_keys(platform, kA, static_cast<psp::Version>(params_.psp_version), params_.flows, keys);
}

void MixSource::build(std::vector<uint8_t>& frame, unsigned flow) const {
  frame.assign(params_.frame_bytes, 0);
  platform_->driver(kB).mac().store(frame.data());
  platform_->driver(kA).mac().store(&frame[net::kEthernetSourceOffset]);
  net::store_be16(&frame[net::kEtherTypeOffset], net::kEtherTypeIpv4);
  uint8_t* ip = &frame[net::kEthernetHeaderBytes];
  ip[0] = 0x45;
  net::set_ipv4_total_length(ip, static_cast<uint16_t>(frame.size() - net::kEthernetHeaderBytes));
  ip[net::kIpv4TtlOffset] = 64;
  net::set_ipv4_protocol(ip, net::kProtocolUdp);
  net::store_be32(ip + net::kIpv4SourceOffset, 0xc0000201);
  net::store_be32(ip + net::kIpv4DestinationOffset, 0xc0000202);
  net::update_ipv4_checksum(ip);
  uint8_t* udp = ip + net::kIpv4HeaderBytes;
  net::store_be16(udp, static_cast<uint16_t>(kMixFirstPort[psp_ ? 1 : 0] + flow));
  net::store_be16(udp + net::kUdpDestinationPortOffset, kMixService);
  net::set_udp_length(udp, static_cast<uint16_t>(frame.size() - kHeaderBytes + net::kUdpHeaderBytes));
  for (size_t i = kHeaderBytes; i < frame.size(); ++i) frame[i] = pattern(flow, i);
}

void MixSource::start(base::Time now) {
  due_ = static_cast<double>(now);
  if (outcome_.offered > 0) on_time(0);
}

void MixSource::on_time(uint64_t) {
  send();
  ++next_;
  if (next_ == outcome_.offered) return;
  const double mean = 8e12 * params_.frame_bytes / static_cast<double>(rate_.bps);
  // A uniform number of (0, 1]; the distributions of the standard library differ between libraries.
  const double uniform = (static_cast<double>(random_() >> 11) + 1.0) / 9007199254740992.0;
  due_ += params_.random_gaps ? -std::log(uniform) * mean : mean;
  platform_->events().schedule(static_cast<base::Time>(due_), base::Callback::to<&MixSource::on_time>(*this));
}

void MixSource::send() {
  const auto flow = static_cast<unsigned>(next_ % params_.flows);
  std::vector<uint8_t>& bytes = frames_[flow];
  net::store_be64(&bytes[kHeaderBytes], next_);
  host::TxFrame frame;
  frame.bytes = bytes;
  frame.checksum_offload = true;
  frame.flow_hash = 0x9e3779b9u * (flow + 1);
  if (psp_) {
    frame.sa = links_[flow].handle;
    frame.spi = links_[flow].spi;
    frame.version = links_[flow].version;
  }
  host::Driver& driver = platform_->driver(kA);
  if (driver.transmit_room(queue_) == 0 || !driver.transmit(queue_, frame)) {
    outcome_.not_sent.front().second++;
    return;
  }
  driver.flush(queue_);
  const base::Time now = platform_->events().now();
  if (outcome_.sent == 0) outcome_.first_sent = now;
  sent_at_[next_] = now;
  outcome_.sent++;
  if (psp_) outcome_.sent_psp++;
}

bool MixSource::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  if (frame.size() < kHeaderBytes + kStampBytes) return false;
  const size_t udp = net::kEthernetHeaderBytes + net::kIpv4HeaderBytes;
  const unsigned flow = net::load_be16(&frame[udp]) - unsigned{kMixFirstPort[psp_ ? 1 : 0]};
  if (flow >= params_.flows) return false;
  outcome_.received++;
  outcome_.last_received = info.now_ps;
  if (info.psp) outcome_.received_psp++;
  const uint64_t packet = net::load_be64(&frame[kHeaderBytes]);
  const std::vector<uint8_t>& expected = frames_[flow];
  const bool same = info.psp == psp_ && info.l4_checksum_ok && packet < sent_at_.size() &&
                    sent_at_[packet] != 0 && packet % params_.flows == flow &&
                    frame.size() == expected.size() &&
                    std::equal(frame.begin() + kHeaderBytes + kStampBytes, frame.end(),
                               expected.begin() + kHeaderBytes + kStampBytes);
  if (!same) {
    outcome_.corrupted++;
    return true;
  }
  outcome_.verified++;
  outcome_.payload_bytes += frame.size() - kHeaderBytes;
  outcome_.frame_bytes += frame.size();
  outcome_.latency.record(info.now_ps - sent_at_[packet]);
  return true;
}

class MixWorkload::Host : public host::Stack {
 public:
  explicit Host(MixWorkload& workload) : workload_(workload) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    for (auto& source : workload_.sources_) {
      if (source->receive(frame, info)) break;
    }
    workload_.progress_.step(
        info.now_ps, workload_.sources_[0]->outcome().received + workload_.sources_[1]->outcome().received);
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}

 private:
  MixWorkload& workload_;
};

MixWorkload::MixWorkload(const MixParams& params, uint64_t seed, KeyLog& keys)
    : params_(params),
      keys_(keys),
      progress_(packets_of(params, params.clear_rate) + packets_of(params, params.psp_rate)) {
  for (const bool psp : {false, true}) sources_[psp ? 1 : 0] = std::make_unique<MixSource>(params, psp, seed);
  for (auto& host : hosts_) host = std::make_unique<Host>(*this);
}

MixWorkload::~MixWorkload() = default;

host::Stack& MixWorkload::stack(Side side) {
  return *hosts_[side];
}

void MixWorkload::prepare(Platform& platform) {
  for (auto& source : sources_) source->prepare(platform, keys_);
}

void MixWorkload::start(Platform& platform) {
  for (auto& source : sources_) source->start(platform.events().now());
}

const DirectionOutcome& MixWorkload::outcome(Side from) const {
  if (from == kB) return nothing_;
  sum_ = sources_[0]->outcome();
  sum_.add(sources_[1]->outcome());
  return sum_;
}

std::vector<Workload::Part> MixWorkload::parts() const {
  std::vector<Part> parts;
  for (const auto& source : sources_) {
    if (source->outcome().offered > 0) parts.push_back({kA, source->name(), &source->outcome()});
  }
  return parts;
}

}  // namespace pspnic::bench
