// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_records.h"

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"

namespace pspnic::bench {
namespace {

constexpr uint32_t kMagic = 0x50535052;
constexpr size_t kKindAt = 4;
constexpr size_t kVersionAt = 5;
constexpr size_t kLengthAt = 8;
constexpr size_t kSpiBytes = 4;

}  // namespace

TcpRecordWriter::Piece& TcpRecordWriter::begin(TcpRecord kind, psp::Version version, uint64_t length) {
  Piece& piece = pieces_.emplace_back();
  piece.begin = size_;
  piece.data = data_;
  piece.head_bytes = kTcpRecordHeaderBytes;
  uint8_t* head = piece.head.value.data();
  net::store_be32(head, kMagic);
  head[kKindAt] = static_cast<uint8_t>(kind);
  head[kVersionAt] = static_cast<uint8_t>(version);
  net::store_be64(head + kLengthAt, length);
  return piece;
}

uint64_t TcpRecordWriter::end(const Piece& piece) {
  const uint64_t grown = piece.head_bytes + piece.body;
  size_ += grown;
  data_ += piece.body;
  return grown;
}

uint64_t TcpRecordWriter::put_key(uint32_t spi, psp::Version version, const psp::SessionKey& key) {
  Piece& piece = begin(TcpRecord::kKey, version, kSpiBytes + key.size);
  uint8_t* body = piece.head.value.data() + kTcpRecordHeaderBytes;
  net::store_be32(body, spi);
  std::memcpy(body + kSpiBytes, key.bytes.data(), key.size);
  piece.head_bytes += kSpiBytes + key.size;
  return end(piece);
}

uint64_t TcpRecordWriter::put_start() {
  return end(begin(TcpRecord::kStart, psp::Version::kAesGcm128, 0));
}

uint64_t TcpRecordWriter::put_data(uint64_t bytes) {
  Piece& piece = begin(TcpRecord::kData, psp::Version::kAesGcm128, bytes);
  piece.body = bytes;
  return end(piece);
}

void TcpRecordWriter::fetch(uint64_t offset, std::span<uint8_t> into, const Data& data) const {
  for (const Piece& piece : pieces_) {
    if (into.empty()) return;
    const uint64_t behind = piece.begin + piece.head_bytes + piece.body;
    if (offset >= behind || offset < piece.begin) continue;
    const uint64_t in_piece = offset - piece.begin;
    if (in_piece < piece.head_bytes) {
      const size_t n = std::min<size_t>(into.size(), piece.head_bytes - in_piece);
      std::memcpy(into.data(), piece.head.value.data() + in_piece, n);
      into = into.subspan(n);
      offset += n;
    }
    const size_t n = std::min<uint64_t>(into.size(), behind - offset);
    if (n > 0) data(piece.data + (offset - piece.begin - piece.head_bytes), into.first(n));
    into = into.subspan(n);
    offset += n;
  }
  // A keep-alive asks for the byte before all that is remembered; nobody looks at it.
  std::fill(into.begin(), into.end(), uint8_t{0});
}

void TcpRecordWriter::acknowledge(uint64_t offset) {
  while (!pieces_.empty()) {
    const Piece& oldest = pieces_.front();
    if (oldest.begin + oldest.head_bytes + oldest.body > offset) return;
    pieces_.pop_front();
  }
}

uint64_t TcpRecordWriter::data_before(uint64_t offset) const {
  for (const Piece& piece : pieces_) {
    const uint64_t body = piece.begin + piece.head_bytes;
    if (offset <= body) return piece.data;
    if (offset < body + piece.body) return piece.data + (offset - body);
  }
  return data_;
}

bool TcpRecordReader::read_header() {
  const uint8_t* head = held_bytes_.value.data();
  const uint64_t length = net::load_be64(head + kLengthAt);
  kind_ = TcpRecord{head[kKindAt]};
  version_ = psp::Version{head[kVersionAt]};
  if (net::load_be32(head) != kMagic || head[kVersionAt] > 3) return false;
  switch (kind_) {
    case TcpRecord::kKey:
      wanted_ = kSpiBytes + psp::key_bytes(version_);
      return length == wanted_;
    case TcpRecord::kStart:
      wanted_ = 0;
      return length == 0;
    case TcpRecord::kData:
      wanted_ = 0;
      left_ = length;
      return true;
  }
  return false;
}

// Header and, but for data, body are there.
void TcpRecordReader::finish(TcpRecordSink& sink) {
  if (kind_ == TcpRecord::kStart) sink.on_start();
  if (kind_ == TcpRecord::kKey) {
    const std::span<const uint8_t> body(held_bytes_.value);
    sink.on_key({net::load_be32(body.data()), version_,
                 psp::SessionKey(body.subspan(kSpiBytes, psp::key_bytes(version_)))});
    net::wipe(held_bytes_.value);
  }
  in_body_ = false;
  wanted_ = kTcpRecordHeaderBytes;
}

bool TcpRecordReader::take(std::span<const uint8_t> bytes, TcpRecordSink& sink) {
  while (!bytes.empty() && !broken_) {
    if (left_ > 0) {
      const size_t n = std::min<uint64_t>(left_, bytes.size());
      left_ -= n;
      sink.on_data(bytes.first(n));
      bytes = bytes.subspan(n);
      continue;
    }
    const size_t n = std::min(wanted_ - held_, bytes.size());
    std::memcpy(held_bytes_.value.data() + held_, bytes.data(), n);
    held_ += n;
    bytes = bytes.subspan(n);
    if (held_ < wanted_) break;
    held_ = 0;
    if (!in_body_) {
      if (!read_header()) {
        broken_ = true;
        break;
      }
      in_body_ = true;
    } else {
      finish(sink);
    }
    if (in_body_ && wanted_ == 0) finish(sink);
  }
  return !broken_;
}

}  // namespace pspnic::bench
