// SPDX-License-Identifier: Apache-2.0
// Workload: TCP connections between the two hosts, from handshake to FIN or RST. What a cable or a card loses
// is sent again; every byte that an application receives is compared with the one that was sent.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/workload.h"
#include "testbench/tcp/config.h"

namespace pspnic::bench {

struct TcpParams {
  // Off; the SAs are there before the first segment; or connections begin in clear.
  enum class Psp : uint8_t { kOff, kFromStart, kUpgrade };

  unsigned connections = 16;
  base::ByteSize bytes{4 * base::kMiB};
  bool both_ways = false;
  Psp psp = Psp::kFromStart;
  unsigned psp_version = 0;
  bool ipv6 = false;
  unsigned mss = 0;
  base::ByteSize tso{0};
  bool timestamps = true;
  base::ByteSize window{256 * base::kKiB};
  unsigned ack_every = 2;
  base::Duration delayed_ack{500 * base::kUs};
  base::Duration rto_min{5 * base::kMs};
  unsigned retries = 15;
  base::Duration keep_alive{1 * base::kSec};
  base::Duration time_wait{60 * base::kSec};
  double reset_share = 0;
  base::Duration rotation_period{0};
  base::Duration key_delete_poll{1 * base::kSec};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("connections", connections, 1u, 1024u, "TCP connections, one SA each and direction", "Assumed");
    v.value("bytes", bytes, base::ByteSize{1}, base::ByteSize{64 * base::kGiB},
            "What a connection carries in each direction that has data", "Assumed");
    v.value("both_ways", both_ways, "Host B sends as well, on the same connections", "Assumed");
    // true and false are what it was before connections could be upgraded.
    v.choice(
        "psp", psp,
        {{"from_start", Psp::kFromStart},
         {"upgrade", Psp::kUpgrade},
         {"off", Psp::kOff},
         {"true", Psp::kFromStart},
         {"false", Psp::kOff}},
        "Protect with PSP: from the first segment on, with keys exchanged before; or connections begin in "
        "clear, exchange keys over their stream and are upgraded",
        "What the model is for; Linux's sockets are upgraded");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    v.value("ipv6", ipv6, "IPv6 instead of IPv4", "Assumed");
    v.value("mss", mss, 0u, 9100u, "Payload of a full segment; 0: what fills a 1500-byte MTU",
            "1408 over IPv4, 1388 over IPv6 with time stamps and PSP");
    v.value("tso", tso, base::ByteSize{0}, base::ByteSize{64000},
            "Payload of a TSO frame at most; below two segments the host segments",
            "Linux sends up to 64 KiB");
    v.value("timestamps", timestamps,
            "Time stamps (RFC 7323): round trips and protection against old segments", "Linux default");
    v.value("window", window, base::ByteSize{2 * base::kKiB}, base::ByteSize{1 * base::kGiB},
            "Receive buffer of a connection",
            "Assumed: half a bandwidth-delay product of 200 Gb/s and 20 us");
    v.value("ack_every", ack_every, 1u, 64u, "Full segments until an acknowledgment is sent at once",
            "RFC 1122 section 4.2.3.2");
    v.value("delayed_ack", delayed_ack, base::Duration{0}, base::Duration{500 * base::kMs},
            "Longest delay of an acknowledgment; 0: none is delayed",
            "Assumed; RFC 1122 demands less than 0.5 s");
    v.value("rto_min", rto_min, base::Duration{10 * base::kUs}, base::Duration{60 * base::kSec},
            "Least retransmission time-out",
            "Assumed for a data centre; RFC 6298 recommends 1 s, Linux has 200 ms");
    v.value("retries", retries, 1u, 100u,
            "Retransmissions of a segment, or probes, without an answer before a connection is given up",
            "Linux net.ipv4.tcp_retries2");
    v.value("keep_alive", keep_alive, base::Duration{1 * base::kMs}, base::Duration{7200 * base::kSec},
            "Silence after which a host asks whether its peer is still there",
            "Assumed; RFC 1122 has two hours");
    v.value(
        "time_wait", time_wait, base::Duration{0}, base::Duration{240 * base::kSec},
        "How long TIME-WAIT lasts; not part of the measured window. A FIN that the peer sends again after "
        "it is answered by a RST",
        "Linux; RFC 9293 has four minutes");
    v.value(
        "rotation_period", rotation_period, base::Duration{0}, base::Duration{86'400 * base::kSec},
        "With psp = upgrade: time between two rotations of each host's device key, upon which connections "
        "are rekeyed; waits for connections that still receive under the key before; 0: none",
        "None, so that a connection has one key; the PSP specification names a day");
    v.value("key_delete_poll", key_delete_poll, base::Duration{1 * base::kUs},
            base::Duration{60 * base::kSec},
            "With psp = upgrade: time between two looks for transmit keys that no queue needs any more",
            "Linux, as proposed");
    v.value("reset_share", reset_share, 0.0, 1.0, "Share of the connections that host A ends by RST half way",
            "Assumed");
  }
};

// Payload of a full segment; of a connection that is upgraded, before that.
uint32_t tcp_segment_bytes(const TcpParams& params);
// The same once it is sealed, if it is.
uint32_t tcp_sealed_segment_bytes(const TcpParams& params);
// A full segment as the sending stack has it: Ethernet header to payload, before PSP.
uint32_t tcp_frame_bytes(const TcpParams& params);

class TcpPspHost;
class TcpSide;

class TcpWorkload : public Workload {
 public:
  TcpWorkload(const TcpParams& params, KeyLog& keys, net::Payload payload = net::Payload::kBytes);
  ~TcpWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  const DirectionOutcome& outcome(Side from) const override;
  const ConnectionOutcome* connections() const override { return &connections_; }
  // After the run: what became of every connection.
  void conclude() override;

 private:
  TcpParams params_;
  KeyLog& keys_;
  Progress progress_;
  std::array<std::unique_ptr<TcpPspHost>, kSides> psp_;  // of connections that are upgraded
  std::array<std::unique_ptr<TcpSide>, kSides> sides_;
  ConnectionOutcome connections_;
};

}  // namespace pspnic::bench
