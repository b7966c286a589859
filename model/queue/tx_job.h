// SPDX-License-Identifier: Apache-2.0
// What a driver asked for with the descriptors of one packet, or of one TSO frame: a small value taken from a
// pool.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/base/time.h"
#include "model/psp/key.h"

namespace pspnic::crypto {
struct Sa;
}

namespace pspnic::queue {

// The data of one descriptor, and what to tell the driver when it has been read.
struct DataPiece {
  uint64_t address = 0;
  uint32_t length = 0;     // 1..16383
  uint16_t report_id = 0;  // split queue: its completion tag; single queue: its index in the ring
  bool report = false;     // single queue: RS, write it back
  uint8_t command = 0;     // single queue: byte 8 of the descriptor, of which that keeps the upper half
};

struct TxJob {
  static constexpr unsigned kMaxPieces = 48;  // 64 KiB in pieces of 4 KiB, headers and unaligned ends
  static constexpr unsigned kMaxHeaderBytes = 256;
  static constexpr uint32_t kNoSa = ~uint32_t{0};

  uint16_t queue = 0;
  uint16_t completion_tag = 0;  // of the EOP descriptor; split queue
  uint16_t mss = 0;             // payload bytes of a segment; with tso
  uint16_t header_bytes = 0;    // everything up to and including the inner L4 header; with tso
  uint16_t sa_tag = 0;
  uint32_t sa_index = 0;           // of the device's table; kNoSa: outside the function's part
  const crypto::Sa* sa = nullptr;  // held in the table from when the descriptors were there
  psp::SessionKey key;             // with inline_key
  uint64_t sa_ticket = 0;          // what tells when the SA has come from memory; 0: it is at hand
  bool tso = false;
  bool psp = false;           // the frame has PSP headers and is to be sealed
  bool inline_key = false;    // psp: sealed with the key of its own descriptors
  bool device_built = false;  // it is plain; the device builds the headers of its SA's template, and seals
  bool l3_checksum = false;   // recompute the IPv4 header's checksum
  bool l4_checksum = false;   // recompute the TCP or UDP checksum
  bool append_icv = false;    // 16 bytes for the ICV are not in the data
  bool spi_from_sa = false;   // SPI and version of the header are the device's to write
  bool report_head = false;   // post a completion with the ring's head as well
  uint16_t head = 0;          // index behind the EOP descriptor
  uint16_t descriptor_count = 0;  // context included; they hold the queue's cache until the job is taken
  uint16_t piece_count = 0;
  uint32_t total_bytes = 0;
  // Of the EOP descriptor: its doorbell was at the card, it was asked for, it was there.
  base::Time doorbell = 0;
  base::Time asked = 0;
  base::Time there = 0;
  std::array<DataPiece, kMaxPieces> pieces;

  // It is sealed with an SA of the table.
  bool names_sa() const { return device_built || (psp && !inline_key); }
  void clear();
};

class TxJobPool;
struct TxJobReturn {
  TxJobPool* pool = nullptr;
  void operator()(TxJob* job) const;
};
using TxJobPtr = std::unique_ptr<TxJob, TxJobReturn>;

class TxJobPool {
 public:
  TxJobPtr take();

 private:
  friend struct TxJobReturn;
  std::vector<std::unique_ptr<TxJob>> all_;
  std::vector<TxJob*> free_;
};

}  // namespace pspnic::queue
