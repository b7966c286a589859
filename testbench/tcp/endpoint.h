// SPDX-License-Identifier: Apache-2.0
// The TCP of one host: its connections and listeners, whose a received frame is, and whose turn it is to
// send.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "testbench/host/driver.h"
#include "testbench/tcp/connection.h"

namespace pspnic::tcp {

// What an endpoint has of its host: time, and a driver or something that stands for one.
class Host {
 public:
  virtual ~Host() = default;
  virtual uint64_t now_ps() const = 0;
  // One Endpoint::on_timer(cookie) at `when`, not before the call returns; cannot be taken back.
  virtual void set_timer(uint64_t when_ps, uint64_t cookie) = 0;
  // As those of host::Driver.
  virtual bool transmit(unsigned queue, const host::TxFrame& frame) = 0;
  virtual void flush(unsigned queue) = 0;
  virtual unsigned room(unsigned queue, bool tso) const = 0;
};

// What a listener makes of a SYN: the connection's setup but for the path, and who uses it. No application:
// refused by RST.
struct Accepted {
  Setup setup;
  Application* application = nullptr;
};
using Listener = std::function<Accepted(const net::FlowKey& from)>;

class Endpoint : private ConnectionPort {
 public:
  Endpoint(Host& host, unsigned queues);
  ~Endpoint() override;

  // Memory for so many connections is set aside; more cost an allocation each.
  void reserve(size_t connections);
  Connection& connect(const Setup& setup, Application& application);
  void listen(uint16_t port, Listener listener);

  // A frame for this host, decapsulated.
  void receive(std::span<const uint8_t> frame, const host::RxInfo& info);
  void on_transmit_room(unsigned queue);
  void on_timer(uint64_t cookie);

  // A connection that is yet to be opened, for who wants to give it SAs before.
  Connection& make_socket();
  void connect(Connection& socket, const Setup& setup, Application& application);
  // The PSP device of the host's only way out, PspCore's id; 0: none.
  void set_psp_device(uint16_t id) { psp_device_ = id; }

  const Counters& counters() const { return counters_; }
  const PspCounters& psp_counters() const { return psp_counters_; }
  std::span<const std::unique_ptr<Connection>> connections() const { return connections_; }

 private:
  struct Slot {
    uint64_t timer = kNever;  // the earliest that is set
    bool queued = false;      // wants_[queue] has it
  };

  uint64_t now_ps() const override { return host_.now_ps(); }
  std::span<uint8_t> frame_memory() override { return frame_; }
  bool has_room(unsigned queue, bool tso) const override { return host_.room(queue, tso) > 0; }
  bool transmit(const Connection& connection, const host::TxFrame& frame) override;
  void want_output(Connection& connection) override;
  void want_timer(Connection& connection, uint64_t when) override;
  Counters& count() override { return counters_; }
  uint16_t psp_device() const override { return psp_device_; }
  PspCounters& count_psp() override { return psp_counters_; }
  void receive_again(std::span<const uint8_t> frame, const host::RxInfo& info) override;

  // A frame that was received: how an answer to it would be addressed, and what it says.
  struct Arrival {
    Path answer;
    Segment segment;
    bool psp = false;
  };

  Connection& make(const net::FlowKey& flow);
  Connection* find(const Arrival& arrival);
  bool accept(const Arrival& arrival);
  bool reopens(Connection& connection, const Arrival& arrival);
  void refuse(const Arrival& arrival);
  bool checksum_right(std::span<const uint8_t> frame, const net::Parsed& parsed, const host::RxInfo& info);
  bool protection_right(const Connection& connection, const host::RxInfo& info) const;
  void serve(unsigned queue);
  void serve_soon(unsigned queue);

  // Connections that want to send, first come first served.
  struct Turns {
    std::vector<uint32_t> ring;  // numbers of connections; a power of two of them
    size_t head = 0;
    size_t count = 0;
    bool unflushed = false;
    void push(uint32_t number) { ring[(head + count++) & (ring.size() - 1)] = number; }
    uint32_t pop() {
      const uint32_t number = ring[head];
      head = (head + 1) & (ring.size() - 1);
      --count;
      return number;
    }
    void resize(size_t size);
  };

  Host& host_;
  std::vector<uint8_t> frame_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Slot> slots_;                                               // by number of the connection
  std::unordered_map<net::FlowKey, uint32_t, net::FlowKeyHash> by_flow_;  // as frames of this end name it
  std::unordered_map<uint16_t, Listener> listeners_;
  std::vector<Turns> turns_;  // by queue
  Counters counters_;
  PspCounters psp_counters_;
  uint16_t psp_device_ = 0;
  int serving_ = -1;  // this queue, now
  bool service_set_ = false;
};

}  // namespace pspnic::tcp
