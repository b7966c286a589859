// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn_traffic.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/config_error.h"
#include "testbench/bench/churn_control.h"
#include "testbench/traffic/poisson.h"

namespace pspnic::bench {

namespace {

constexpr uint64_t kChurnSizeStream = 7;

}  // namespace

traffic::SizeDistribution churn_sizes(const ChurnParams& params) {
  constexpr auto kFcs = static_cast<uint32_t>(net::kFcsBytes);
  const traffic::SizeList fixed{.of = traffic::SizeSourceParams::Of::kFrame,
                                .entries = {{params.frame_bytes + kFcs}},
                                .in_order = false,
                                .place = "churn.frame_bytes"};
  const traffic::SizeLimits& limits = ChurnFrames::limits();
  const traffic::SizeList list = traffic::read_sizes(params.sizes, "churn.sizes", limits, fixed);
  traffic::SizeDistribution sizes(list, limits);
  if (sizes.largest() > limits.mss) {
    throw base::ConfigError(
        list.place,
        fmt::format("{} bytes of payload are above {}, and churn cuts nothing", sizes.largest(), limits.mss));
  }
  return sizes;
}

ChurnTraffic::ChurnTraffic(const ChurnParams& params, Side side, uint64_t seed)
    : params_(params),
      side_(side),
      random_(seed),
      sizes_(churn_sizes(params)),
      size_words_(seed, kChurnSizeStream),
      mean_frame_bytes_(sizes_.mean_bytes() + static_cast<double>(ChurnFrames::frame_bytes(0))),
      psp_{params.psp_rate},
      clear_{params.clear_rate} {
  outcome_.not_sent.emplace_back("the queue was full", 0);
}

void ChurnTraffic::prepare(Platform& platform, ChurnControl& control) {
  platform_ = &platform;
  control_ = &control;
  const net::MacAddress& own = platform.driver(side_).mac();
  const net::MacAddress& peer = platform.driver(other(side_)).mac();
  const ChurnFrames::Shape shape{static_cast<unsigned>(ChurnFrames::frame_bytes(sizes_.largest())),
                                 platform.payload()};
  sent_ = std::make_unique<ChurnFrames>(shape, side_, own, peer);
  received_ = std::make_unique<ChurnFrames>(shape, other(side_), peer, own);
}

void ChurnTraffic::start(base::Time end) {
  end_ = end;
  start_source(psp_, base::Callback::to<&ChurnTraffic::on_psp_due>(*this));
  start_source(clear_, base::Callback::to<&ChurnTraffic::on_clear_due>(*this));
}

void ChurnTraffic::start_source(Source& source, base::Callback callback) {
  source.due = static_cast<double>(platform_->events().now());
  if (source.rate.bps > 0) next(source, callback);
}

void ChurnTraffic::next(Source& source, base::Callback callback) {
  source.due +=
      traffic::exponential_wait(random_, traffic::frame_interval_ps(mean_frame_bytes_, source.rate));
  const auto when = static_cast<base::Time>(source.due);
  if (when < end_) platform_->events().schedule(when, callback);
}

void ChurnTraffic::on_psp_due(uint64_t) {
  const ChurnConnections& connections = control_->connections();
  if (connections.open_count() > 0) send_on(connections.open_at(random_() % connections.open_count()));
  next(psp_, base::Callback::to<&ChurnTraffic::on_psp_due>(*this));
}

void ChurnTraffic::on_clear_due(uint64_t) {
  ++outcome_.offered;
  // All on one queue, or they might overtake each other.
  if (transmit(0, {ChurnStamp::kClear, clear_sent_, platform_->events().now()}, nullptr)) ++clear_sent_;
  next(clear_, base::Callback::to<&ChurnTraffic::on_clear_due>(*this));
}

void ChurnTraffic::send_on(uint32_t id) {
  if (platform_->events().now() >= end_) return;
  ChurnEnd& end = control_->connections()[id].ends[side_];
  const unsigned queue = id % platform_->driver(side_).queue_pairs();
  ++outcome_.offered;
  if (transmit(queue, {id, end.sent, platform_->events().now()}, &end)) ++end.sent;
}

bool ChurnTraffic::transmit(unsigned queue, const ChurnStamp& stamp, const ChurnEnd* end) {
  host::TxFrame frame;
  const uint32_t payload = sizes_.draw(size_words_.next(), outcome_.offered - 1).bytes;
  frame.bytes = sent_->make(stamp, ChurnFrames::frame_bytes(payload));
  frame.checksum_offload = true;
  frame.flow_hash = ChurnFrames::flow_hash(stamp);
  if (end != nullptr) {
    frame.sa = end->tx;
    frame.spi = end->tx_spi;
    frame.version = static_cast<psp::Version>(params_.psp_version);
  }
  host::Driver& driver = platform_->driver(side_);
  if (driver.transmit_room(queue) == 0 || !driver.transmit(queue, frame)) {
    outcome_.not_sent.front().second++;
    return false;
  }
  driver.flush(queue);
  if (outcome_.sent == 0) outcome_.first_sent = stamp.sent;
  outcome_.sent++;
  if (end != nullptr) outcome_.sent_psp++;
  return true;
}

void ChurnTraffic::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  DirectionOutcome& outcome = peer_->outcome_;
  outcome.received++;
  outcome.last_received = info.now_ps;
  if (info.psp) outcome.received_psp++;
  const std::optional<ChurnStamp> stamp = received_->read(frame);
  if (!stamp || !info.l4_checksum_ok || !check(*stamp, info)) {
    outcome.corrupted++;
    return;
  }
  outcome.verified++;
  outcome.payload_bytes += ChurnFrames::payload_bytes(frame.size());
  outcome.frame_bytes += frame.size();
  outcome.latency.record(info.now_ps - stamp->sent);
  if (stamp->connection != ChurnStamp::kClear) control_->on_received(stamp->connection, side_);
}

// In order, once, and under the keys of its connection.
bool ChurnTraffic::check(const ChurnStamp& stamp, const host::RxInfo& info) {
  if (stamp.connection == ChurnStamp::kClear) {
    if (info.psp || stamp.sequence < clear_received_) return false;
    clear_received_ = stamp.sequence + 1;
    return true;
  }
  ChurnConnections& connections = control_->connections();
  if (stamp.connection >= connections.size() || !info.psp) return false;
  ChurnEnd& end = connections[stamp.connection].ends[side_];
  const bool by_new = info.spi == end.rx_spi && info.generation == end.generation;
  const bool by_old =
      end.old_rx_spi != 0 && info.spi == end.old_rx_spi && info.generation == end.old_generation;
  if (!by_new && !by_old) return false;
  if (stamp.sequence < end.received) return false;
  end.received = stamp.sequence + 1;  // what is missing in between is missing, not wrong
  return true;
}

}  // namespace pspnic::bench
