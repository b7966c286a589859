// SPDX-License-Identifier: Apache-2.0
// What the two ends of a connection that is upgraded to PSP say to each other over its stream: records of a
// header and a body. Keys travel like this in Linux's selftests; applications that mean it have TLS around
// that part of the stream.
//
//   header: "PSPR", kind, version, 2 bytes 0, length of the body (64 bits, big endian)
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>

#include "model/net/wipe.h"
#include "model/psp/key.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

enum class TcpRecord : uint8_t {
  kKey = 1,  // body: SPI (4 bytes, big endian) and key: what the sender of the record receives under
  kStart =
      2,  // no body; the first thing sent under the peer's key, so that nobody can take away what follows
  kData = 3,
};

inline constexpr size_t kTcpRecordHeaderBytes = 16;

// Of one direction of a connection; remembers what may have to be sent again. Keys are wiped when the peer
// has them.
class TcpRecordWriter {
 public:
  // Each returns by how many bytes the stream has grown.
  uint64_t put_key(uint32_t spi, psp::Version version, const psp::SessionKey& key);
  uint64_t put_start();
  uint64_t put_data(uint64_t bytes);

  using Data = std::function<void(uint64_t offset, std::span<uint8_t> into)>;
  // `data` gives the bytes of data records, which it counts through.
  void fetch(uint64_t offset, std::span<uint8_t> into, const Data& data) const;
  // The peer has all before `offset`.
  void acknowledge(uint64_t offset);

  uint64_t size() const { return size_; }  // of the stream
  uint64_t data_put() const { return data_; }
  // Bytes of data records before a place of the stream that has not been acknowledged, or just was.
  uint64_t data_before(uint64_t offset) const;

 private:
  static constexpr size_t kMostHead = kTcpRecordHeaderBytes + 4 + psp::kMaxSessionKeyBytes;
  struct Piece {
    uint64_t begin = 0;  // in the stream
    uint64_t data = 0;   // bytes of data before it
    uint64_t body = 0;   // of a data record
    size_t head_bytes = 0;
    net::Wiped<std::array<uint8_t, kMostHead>> head;  // header, and the body of the other kinds
  };
  Piece& begin(TcpRecord kind, psp::Version version, uint64_t length);
  uint64_t end(const Piece& piece);

  std::deque<Piece> pieces_;
  uint64_t size_ = 0;
  uint64_t data_ = 0;
};

// Who gets the records of a stream.
class TcpRecordSink {
 public:
  virtual ~TcpRecordSink() = default;
  virtual void on_key(const host::TxSaRequest& key) = 0;
  virtual void on_start() = 0;
  virtual void on_data(std::span<const uint8_t> bytes) = 0;
};

class TcpRecordReader {
 public:
  // False, from then on: the stream breaks the format.
  bool take(std::span<const uint8_t> bytes, TcpRecordSink& sink);

 private:
  bool read_header();
  void finish(TcpRecordSink& sink);

  bool broken_ = false;
  bool in_body_ = false;
  TcpRecord kind_ = TcpRecord::kKey;
  psp::Version version_ = psp::Version::kAesGcm128;
  uint64_t left_ = 0;  // of a data record's body
  size_t wanted_ = kTcpRecordHeaderBytes;
  size_t held_ = 0;
  net::Wiped<std::array<uint8_t, 4 + psp::kMaxSessionKeyBytes>> held_bytes_;
};

}  // namespace pspnic::bench
