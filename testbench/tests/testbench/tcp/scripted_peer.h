// SPDX-License-Identifier: Apache-2.0
// An endpoint with one connection whose peer is the test: it says what arrives and when, and sees every
// segment.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "testbench/tcp/endpoint.h"

namespace pspnic::tcp {

// Takes what it is told to take, offers what the test offers: bytes that count up.
class PlainApplication : public Application {
 public:
  size_t on_data(std::span<const uint8_t> bytes) override {
    const size_t taken = std::min(bytes.size(), appetite);
    data.insert(data.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(taken));
    appetite -= taken;
    return taken;
  }
  void on_established(Connection&) override { ++established; }
  void on_peer_closed(Connection&) override { ++peer_closed; }
  void on_acknowledged(Connection&) override {}
  void on_end(Connection&, End end) override { ends.push_back(end); }
  void fetch(uint64_t offset, std::span<uint8_t> into) override {
    for (size_t i = 0; i < into.size(); ++i) into[i] = static_cast<uint8_t>(offset + i);
  }

  size_t appetite = SIZE_MAX / 2;
  std::vector<uint8_t> data;
  unsigned established = 0;
  unsigned peer_closed = 0;
  std::vector<End> ends;
};

class ScriptedPeer : public Host {
 public:
  static constexpr uint32_t kOurInitial = 0xfffffff0;  // the endpoint's: wraps with the first bytes
  static constexpr uint32_t kInitial = 0xffffff80;     // the peer's
  static constexpr uint16_t kWindow = 0xffff;

  struct Sent {
    Segment segment;
    std::vector<uint8_t> payload;
    uint64_t when = 0;
    uint16_t tso_mss = 0;
    std::optional<host::SaHandle> sa;
    uint32_t spi = 0;
    size_t frame_bytes = 0;
    bool has(uint8_t flag) const { return segment.has(flag); }
  };

  explicit ScriptedPeer(bool v6 = false) : endpoint(*this, 1) {
    setup.path.flow.is_v6 = v6;
    setup.path.source.bytes[5] = 1;
    setup.path.destination.bytes[5] = 2;
    setup.path.flow.protocol = net::kProtocolTcp;
    setup.path.flow.source = {10, 0, 0, 1};
    setup.path.flow.destination = {10, 0, 0, 2};
    setup.path.flow.source_port = 20000;
    setup.path.flow.destination_port = 5001;
    setup.initial_sequence = kOurInitial;
    setup.config.mss = 1000;
    setup.config.timestamps = false;
    setup.config.keep_alive = 0;
    setup.config.rto_min = 10 * kMillisecond;
    Path path{setup.path.destination, setup.path.source, setup.path.flow.reversed()};
    headers_ = HeaderTemplate(path);
  }

  uint64_t now_ps() const override { return now; }
  void set_timer(uint64_t when, uint64_t cookie) override { timers_.emplace(std::max(when, now), cookie); }
  bool transmit(unsigned, const host::TxFrame& frame) override {
    const net::Parsed parsed = net::parse_frame(frame.bytes);
    EXPECT_TRUE(parsed.ok());
    Sent one;
    EXPECT_TRUE(read_segment(frame.bytes, parsed, one.segment));
    one.payload.assign(one.segment.payload.begin(), one.segment.payload.end());
    one.segment.payload = {};
    one.when = now;
    one.tso_mss = frame.tso_mss;
    one.sa = frame.sa;
    one.spi = frame.spi;
    one.frame_bytes = frame.bytes.size();
    sent.push_back(one);
    return true;
  }
  void flush(unsigned) override {}
  unsigned room(unsigned, bool) const override { return free_room; }

  // Lets time pass, timers that are due at its end included.
  void advance_to(uint64_t when) {
    while (!timers_.empty() && timers_.begin()->first <= when) {
      const auto [due, cookie] = *timers_.begin();
      timers_.erase(timers_.begin());
      now = due;
      endpoint.on_timer(cookie);
    }
    now = when;
  }
  void advance(uint64_t by) { advance_to(now + by); }

  Segment plain(uint8_t flags) const {
    Segment segment;
    segment.flags = flags;
    segment.sequence = kInitial + next;
    segment.ack = kOurInitial + acknowledged;
    segment.window = window;
    if (stamp) {
      segment.has_timestamp = true;
      segment.timestamp = *stamp;
      segment.echo = sent.empty() ? 0 : sent.back().segment.timestamp;
    }
    return segment;
  }
  // To the endpoint, at this instant; what it sends in answer is in `sent` when the call returns.
  void give(const Segment& segment, size_t payload_bytes = 0) {
    std::vector<uint8_t> frame(kMaxHeaderBytes + payload_bytes);
    const size_t headers = headers_.write(frame.data(), segment, payload_bytes, 1);
    frame.resize(headers + payload_bytes);
    for (size_t i = 0; i < payload_bytes; ++i) {
      frame[headers + i] = static_cast<uint8_t>(segment.sequence - kInitial - 1 + i);
    }
    host::RxInfo info;
    info.l4_checksum_ok = true;
    info.now_ps = now;
    if (under) {
      info.psp = true;
      info.spi = under->spi;
      info.generation = under->generation;
      info.version = under->version;
      info.psp_device = under->device;
    }
    endpoint.receive(frame, info);
    advance_to(now);
  }
  void give(uint8_t flags, size_t payload_bytes = 0) { give(plain(flags), payload_bytes); }
  // Data in order.
  void give_data(size_t payload_bytes, uint8_t more_flags = 0) {
    give(static_cast<uint8_t>(net::kTcpAck | more_flags), payload_bytes);
    next += static_cast<uint32_t>(payload_bytes) + ((more_flags & net::kTcpFin) != 0 ? 1 : 0);
  }
  void acknowledge(uint32_t position) {
    acknowledged = position;
    give(net::kTcpAck);
  }

  Connection& open() {
    connection = &endpoint.connect(setup, application);
    advance_to(now);
    return *connection;
  }
  Connection& establish() {
    open();
    Segment answer = plain(net::kTcpSyn | net::kTcpAck);
    answer.sequence = kInitial;
    answer.ack = kOurInitial + 1;
    answer.mss = static_cast<uint16_t>(setup.config.mss + (stamp ? kTimestampOptionBytes : 0));
    acknowledged = next = 1;
    give(answer);
    sent.clear();
    return *connection;
  }
  Connection& accept() {
    endpoint.listen(20000, [this](const net::FlowKey&) { return Accepted{setup, &application}; });
    Segment syn = plain(net::kTcpSyn);
    syn.sequence = kInitial;
    syn.mss = static_cast<uint16_t>(setup.config.mss);
    next = 1;
    give(syn);
    connection = endpoint.connections()[0].get();
    return *connection;
  }
  State state() const { return connection->state(); }

  uint64_t now = kSecond;
  Setup setup;
  PlainApplication application;
  std::vector<Sent> sent;
  unsigned free_room = 1000;
  Endpoint endpoint;
  Connection* connection = nullptr;
  uint32_t next = 0;          // of the peer's stream, the SYN being 0
  uint32_t acknowledged = 0;  // of the endpoint's
  uint16_t window = kWindow;
  std::optional<uint32_t> stamp;
  std::optional<host::PspRxMark> under;  // what is given came under this SA

 private:
  std::multimap<uint64_t, uint64_t> timers_;
  HeaderTemplate headers_;
};

}  // namespace pspnic::tcp
