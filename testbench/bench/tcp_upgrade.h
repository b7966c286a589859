// SPDX-License-Identifier: Apache-2.0
// The application of one end of a connection that begins in clear and is upgraded: each end allocates an SPI,
// tells the other SPI and key over the stream, installs the other's key, and sends a start marker as the
// first thing under it. Then data, and a new key whenever the host's device key has been rotated.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "testbench/bench/tcp_psp_host.h"
#include "testbench/bench/tcp_records.h"
#include "testbench/tcp/connection.h"

namespace pspnic::bench {

class TcpUpgrade : private TcpRecordSink {
 public:
  struct Wanted {
    uint64_t bytes = 0;      // of data
    uint64_t unsent = 0;     // of these, bytes that never get under way
    bool closes = false;     // behind its data; else when the peer has closed
    uint64_t ahead = 0;      // bytes of records to be put before the peer has acknowledged them
    bool in_pieces = false;  // so that new keys find a place between them
  };
  using TakeData = std::function<void(std::span<const uint8_t> bytes)>;
  using GiveData = TcpRecordWriter::Data;

  TcpUpgrade(TcpPspHost& host, const Wanted& wanted, TakeData take, GiveData give)
      : host_(host), wanted_(wanted), take_(std::move(take)), give_(std::move(give)) {}

  // As those of tcp::Application.
  void on_established(tcp::Connection& connection);
  void on_bytes(std::span<const uint8_t> bytes);
  void on_acknowledged(tcp::Connection& connection);
  void on_peer_closed();
  void on_end() { ended_ = true; }
  void fetch(uint64_t offset, std::span<uint8_t> into) { writer_.fetch(offset, into, give_); }

  // Job: a new SPI of the current key, and its key to the peer.
  void rekey();
  // All it receives is under the current device key, and the peer is known to use it; or it has ended.
  bool moved() const;

  uint64_t acknowledged() const { return acknowledged_; }  // bytes of data
  // What went wrong, if anything did; empty.
  const std::string& fault() const { return fault_; }

 private:
  void on_key(const host::TxSaRequest& key) override;
  void on_start() override;
  void on_data(std::span<const uint8_t> bytes) override { take_data(bytes); }
  void take_data(std::span<const uint8_t> bytes);
  void get_key();
  void install(const host::TxSaRequest& key);
  void put_data();
  void offer(uint64_t bytes);
  void close();
  void fail(std::string text);

  TcpPspHost& host_;
  const Wanted wanted_;
  TakeData take_;
  GiveData give_;
  tcp::Connection* connection_ = nullptr;
  TcpRecordWriter writer_;
  TcpRecordReader reader_;
  uint64_t acknowledged_ = 0;
  bool upgraded_ = false;  // the peer's key is installed
  bool started_ = false;   // the peer's start marker has come
  bool closed_ = false;
  bool peer_closed_ = false;
  bool ended_ = false;
  std::string fault_;
};

}  // namespace pspnic::bench
