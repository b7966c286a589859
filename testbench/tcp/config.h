// SPDX-License-Identifier: Apache-2.0
// What a connection is to be like. Times in picoseconds, sizes in bytes.
#pragma once

#include <cstdint>
#include <optional>

#include "testbench/host/driver.h"
#include "testbench/tcp/segment.h"

namespace pspnic::tcp {

inline constexpr uint64_t kMicrosecond = 1'000'000;
inline constexpr uint64_t kMillisecond = 1000 * kMicrosecond;
inline constexpr uint64_t kSecond = 1000 * kMillisecond;

struct Config {
  uint32_t mss = 1408;                  // payload of a full segment with the options it will carry; 1..16383
  uint32_t window = 256 * 1024;         // receive buffer
  bool timestamps = true;               // offered; used if the peer offers them as well
  uint32_t tso_bytes = 0;               // payload of a frame at most; below two segments: no TSO
  unsigned initial_segments = 10;       // first congestion window, RFC 6928
  uint64_t rto_initial = 1 * kSecond;   // RFC 6298 section 2
  uint64_t rto_min = 5 * kMillisecond;  // RFC 6298 recommends 1 s; for networks of a few hops far less
  uint64_t rto_max = 60 * kSecond;      // RFC 6298 section 2
  unsigned retries = 15;                // of one segment, then the connection is given up: R2 of RFC 1122
  uint64_t delayed_ack = 500 * kMicrosecond;  // RFC 1122: below 0.5 s; 0: each segment at once
  unsigned ack_every = 2;                     // full segments, RFC 1122 section 4.2.3.2
  uint64_t time_wait = 60 * kSecond;  // Linux; RFC 9293: 4 minutes, for a network that keeps packets for two
  uint64_t keep_alive = 1 * kSecond;  // silence before a probe, RFC 1122 section 4.2.3.6; 0: none
};

// The SA of each direction. A connection that has them from the start takes nothing in clear and sends
// nothing in clear.
struct Protection {
  host::SaHandle sa;
  uint32_t send_spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint32_t receive_spi = 0;
};

// One end of one connection.
struct Setup {
  Path path;
  Config config;
  std::optional<Protection> protection;
  unsigned queue = 0;  // of the driver
  uint32_t initial_sequence = 0;
  uint32_t timestamp_offset = 0;  // added to the clock of the time stamps
};

}  // namespace pspnic::tcp
