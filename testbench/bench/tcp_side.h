// SPDX-License-Identifier: Apache-2.0
// One host of the TCP workload: its endpoint on the driver, and the application of each connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/base/ring.h"
#include "testbench/bench/tcp_upgrade.h"
#include "testbench/bench/tcp_workload.h"
#include "testbench/tcp/endpoint.h"

namespace pspnic::bench {

// What the streams are made of: each byte depends on connection, direction and place. Served from a table, so
// that making and comparing it are copies and comparisons of memory.
class TcpPattern {
 public:
  // With kLengths nothing is written, and everything is equal.
  explicit TcpPattern(net::Payload payload);
  void copy(unsigned stream, uint64_t offset, std::span<uint8_t> into) const;
  bool equal(unsigned stream, uint64_t offset, std::span<const uint8_t> bytes) const;

 private:
  // A prime, so that a segment put in the wrong place differs; above 64000 bytes, so that a frame is one
  // piece.
  static constexpr size_t kPeriod = 65521;
  static size_t place(unsigned stream, uint64_t offset) { return (offset + stream * 40503ull) % kPeriod; }
  net::Payload payload_;
  std::vector<uint8_t> table_;  // twice
};

class TcpSide;

// The application of one end of a connection.
class TcpFlow : public tcp::Application {
 public:
  TcpFlow(TcpSide& side, unsigned number) : side_(side), number_(number) {}

  size_t on_data(std::span<const uint8_t> bytes) override;
  void on_established(tcp::Connection& connection) override;
  void on_peer_closed(tcp::Connection& connection) override {
    upgrade_ ? upgrade_->on_peer_closed() : connection.close();
  }
  void on_acknowledged(tcp::Connection& connection) override;
  void on_end(tcp::Connection& connection, tcp::End end) override;
  void fetch(uint64_t offset, std::span<uint8_t> into) override;

  // What this end says of how it ended; empty if that was as it should be.
  std::string fault(bool reset_wanted) const;

  uint64_t to_send = 0;
  bool aborts = false;  // half way
  uint64_t received = 0;
  uint64_t acknowledged = 0;
  bool established = false;
  std::optional<tcp::End> end;

  // Null: the connection is what it is from the first segment on.
  const TcpUpgrade* upgrade() const { return upgrade_.get(); }

 private:
  friend class TcpSide;
  void take(std::span<const uint8_t> bytes);
  void give(uint64_t offset, std::span<uint8_t> into);
  // The last quarter of a connection that aborts never gets under way, however large the windows are.
  uint64_t unsent() const { return aborts ? to_send / 4 : 0; }

  struct Stamp {
    uint64_t end = 0;  // offset
    base::Time sent = 0;
  };

  TcpSide& side_;
  unsigned number_;
  const tcp::Connection* connection_ = nullptr;
  uint64_t fetched_ = 0;      // offset behind what has been sent
  base::Ring<Stamp> stamps_;  // of what the peer has not received
  std::optional<uint64_t> wrong_at_;
  std::unique_ptr<TcpUpgrade> upgrade_;
};

class TcpSide : public host::Stack, private tcp::Host, private TcpPspHost::Applications {
 public:
  // `psp`: of connections that are upgraded; else null.
  TcpSide(const TcpParams& params, Side side, const TcpPattern& pattern, Progress& progress,
          TcpPspHost* psp = nullptr);

  void set_peer(TcpSide& peer) { peer_ = &peer; }
  // Script. `links`: one SA a connection from this side; empty without PSP.
  void prepare(Platform& platform, std::vector<SaLink> links);
  void begin();  // the measured window
  void open_all();
  void listen();

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override;
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned queue) override { endpoint_->on_transmit_room(queue); }

  Side side() const { return side_; }
  std::span<const TcpFlow> flows() const { return flows_; }
  const DirectionOutcome& outcome() const { return outcome_; }
  bool aborts(unsigned number) const;
  bool all_ended() const { return ended_ == flows_.size(); }
  // After the run; the peer's flows say what arrived.
  void conclude();

 private:
  friend class TcpFlow;

  uint64_t now_ps() const override { return platform_->events().now(); }
  void set_timer(uint64_t when_ps, uint64_t cookie) override;
  bool transmit(unsigned queue, const host::TxFrame& frame) override;
  void flush(unsigned queue) override { platform_->driver(side_).flush(queue); }
  unsigned room(unsigned queue, bool tso) const override {
    return platform_->driver(side_).transmit_room(queue, tso);
  }
  void on_timer(uint64_t cookie) { endpoint_->on_timer(cookie); }

  tcp::Setup setup(unsigned number) const;
  tcp::Path path(unsigned number) const;
  unsigned stream(unsigned number, Side from) const { return 2 * number + from; }
  void on_flow_end();
  bool may_rotate() const override;
  void on_rotated() override;

  const TcpParams params_;
  const Side side_;
  const TcpPattern& pattern_;
  Progress& progress_;
  TcpPspHost* psp_;
  Platform* platform_ = nullptr;
  TcpSide* peer_ = nullptr;
  std::unique_ptr<tcp::Endpoint> endpoint_;
  std::vector<TcpFlow> flows_;
  std::vector<SaLink> links_;
  size_t ended_ = 0;
  DirectionOutcome outcome_;
};

}  // namespace pspnic::bench
