// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/mix.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "model/net/bytes.h"
#include "testbench/bench/udp_headers.h"
#include "testbench/traffic/poisson.h"

namespace pspnic::bench {

namespace {

constexpr uint16_t kMixFirstPort[] = {20000, 30000};  // in clear, PSP
constexpr uint16_t kMixService = 7;
constexpr uint32_t kMixAddresses[kSides] = {0xc0000201, 0xc0000202};
constexpr size_t kStampBytes = 8;
constexpr uint16_t kVlan = 100;
constexpr unsigned kPriorityShift = 13;  // of the tag's control information

uint64_t packets_of(const MixParams& params, base::Bandwidth rate) {
  const double bits = static_cast<double>(rate.bps) * static_cast<double>(params.duration.ps) / 1e12;
  return static_cast<uint64_t>(bits / (8.0 * params.frame_bytes));
}

// No stretch of what shall be sealed is one of what may be seen.
uint8_t pattern(bool psp, unsigned vport, unsigned flow, size_t offset) {
  return static_cast<uint8_t>(offset * (psp ? 13 : 11) + (offset >> 8) * 3 + flow * 29 + vport * 17);
}

base::Bandwidth share(base::Bandwidth rate, unsigned vports) {
  return {rate.bps / vports};
}

}  // namespace

// One kind of traffic of one vport: makes frames at its rate, checks them at the other end.
class MixSource {
 public:
  MixSource(const MixParams& params, unsigned vports, unsigned vport, bool psp, uint64_t seed)
      : params_(params),
        vport_(vport),
        psp_(psp),
        rate_(share(psp ? params.psp_rate : params.clear_rate, vports)),
        name_(psp ? "psp" : "clear"),
        header_bytes_(UdpLayout(params.vlan).payload),
        random_((seed * vports + vport) * 2 + (psp ? 1 : 0)) {
    if (vports > 1) name_ += " vport " + std::to_string(vport);
    outcome_.offered = packets_of(params, rate_);
    outcome_.not_sent.emplace_back("the queue was full", 0);
    sent_at_.resize(outcome_.offered);
  }

  void prepare(Platform& platform, KeyLog& keys);
  void start(base::Time now);
  // False: it belongs to the other source.
  bool receive(std::span<const uint8_t> frame, const host::RxInfo& info);
  const DirectionOutcome& outcome() const { return outcome_; }
  const std::string& name() const { return name_; }

 private:
  void on_time(uint64_t);
  void send();
  void build(std::vector<uint8_t>& frame, unsigned flow) const;

  MixParams params_;
  unsigned vport_;
  bool psp_;
  unsigned queue_ = 0;
  base::Bandwidth rate_;
  std::string name_;
  size_t header_bytes_;
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
  queue_ = platform.driver(kA).first_queue(vport_) + (psp_ ? 1 : 0);
  frames_.resize(params_.flows);
  for (unsigned flow = 0; flow < params_.flows; ++flow) build(frames_[flow], flow);
  if (!psp_ || outcome_.offered == 0) return;
  links_ = exchange_keys(platform, kA, static_cast<psp::Version>(params_.psp_version), params_.flows, keys);
}

void MixSource::build(std::vector<uint8_t>& frame, unsigned flow) const {
  frame.assign(params_.frame_bytes, 0);
  UdpLink link{platform_->driver(kA).mac(vport_), platform_->driver(kB).mac(vport_)};
  if (params_.vlan) {
    const unsigned priority = psp_ ? params_.psp_priority : params_.clear_priority;
    link.vlan = static_cast<uint16_t>(priority << kPriorityShift | kVlan);
  }
  const auto source_port = static_cast<uint16_t>(kMixFirstPort[psp_ ? 1 : 0] + flow);
  write_udp_headers(link, {kMixAddresses[kA], kMixAddresses[kB], source_port, kMixService}, frame);
  for (size_t i = header_bytes_; i < frame.size(); ++i) frame[i] = pattern(psp_, vport_, flow, i);
}

void MixSource::start(base::Time now) {
  due_ = static_cast<double>(now);
  if (outcome_.offered > 0) on_time(0);
}

void MixSource::on_time(uint64_t) {
  send();
  ++next_;
  if (next_ == outcome_.offered) return;
  const double mean = traffic::frame_interval_ps(params_.frame_bytes, rate_);
  due_ += params_.random_gaps ? traffic::exponential_wait(random_, mean) : mean;
  platform_->events().schedule(static_cast<base::Time>(due_), base::Callback::to<&MixSource::on_time>(*this));
}

void MixSource::send() {
  const auto flow = static_cast<unsigned>(next_ % params_.flows);
  std::vector<uint8_t>& bytes = frames_[flow];
  net::store_be64(&bytes[header_bytes_], next_);
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
  if (frame.size() < header_bytes_ + kStampBytes) return false;
  if (platform_->driver(kB).vport_of(info.queue) != vport_) return false;
  const size_t udp = header_bytes_ - net::kUdpHeaderBytes;
  const unsigned flow = net::load_be16(&frame[udp]) - unsigned{kMixFirstPort[psp_ ? 1 : 0]};
  if (flow >= params_.flows) return false;
  outcome_.received++;
  outcome_.last_received = info.now_ps;
  if (info.psp) outcome_.received_psp++;
  const uint64_t packet = net::load_be64(&frame[header_bytes_]);
  const std::vector<uint8_t>& expected = frames_[flow];
  const bool same = info.psp == psp_ && info.l4_checksum_ok && packet < sent_at_.size() &&
                    sent_at_[packet] != 0 && packet % params_.flows == flow &&
                    frame.size() == expected.size() &&
                    (platform_->payload() == net::Payload::kLengths ||
                     std::equal(frame.begin() + header_bytes_ + kStampBytes, frame.end(),
                                expected.begin() + header_bytes_ + kStampBytes));
  if (!same) {
    outcome_.corrupted++;
    return true;
  }
  outcome_.verified++;
  outcome_.payload_bytes += frame.size() - header_bytes_;
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
    workload_.progress_.step(info.now_ps, ++received_);
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}

 private:
  MixWorkload& workload_;
  uint64_t received_ = 0;
};

MixWorkload::MixWorkload(const MixParams& params, unsigned vports, uint64_t seed, KeyLog& keys)
    : keys_(keys), progress_(packets_of(params, params.clear_rate) + packets_of(params, params.psp_rate)) {
  for (unsigned vport = 0; vport < vports; ++vport) {
    for (const bool psp : {false, true}) {
      sources_.push_back(std::make_unique<MixSource>(params, vports, vport, psp, seed));
    }
  }
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
  sum_ = {};
  for (const auto& source : sources_) sum_.add(source->outcome());
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
