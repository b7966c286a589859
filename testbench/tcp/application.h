// SPDX-License-Identifier: Apache-2.0
// What uses a connection. Called at one instant, from within the endpoint; may call back the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pspnic::tcp {

class Connection;

// Takes what arrives.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next bytes of the stream, in order, each once. Returns how many it takes; the others wait in the
  // receive buffer for Connection::read(), and the window becomes smaller by them.
  virtual size_t on_data(std::span<const uint8_t> bytes) = 0;
};

// How a connection ended.
enum class End : uint8_t {
  kClosed,    // by FIN, both ways acknowledged
  kAborted,   // abort() of this end
  kReset,     // RST of the peer, or nobody there
  kTimedOut,  // the peer did not answer so many retransmissions or probes
};

class Application : public Reader {
 public:
  // The handshake is over.
  virtual void on_established(Connection& connection) = 0;
  // The peer has nothing more to send; all of it has been given to on_data() or waits.
  virtual void on_peer_closed(Connection& connection) = 0;
  // Data was acknowledged.
  virtual void on_acknowledged(Connection& connection) = 0;
  // Once, as the last. Behind kClosed the connection may stay in TIME-WAIT.
  virtual void on_end(Connection& connection, End end) = 0;
  // Bytes of what was offered, from `offset` on; asked for again when they are sent again.
  virtual void fetch(uint64_t offset, std::span<uint8_t> into) = 0;
};

}  // namespace pspnic::tcp
