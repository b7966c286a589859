// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_workload.h"

#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "testbench/bench/tcp_psp_host.h"
#include "testbench/bench/tcp_side.h"

namespace pspnic::bench {

namespace {

// IP and TCP headers of a segment with data.
uint32_t header_bytes(const TcpParams& params) {
  return static_cast<uint32_t>((params.ipv6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes) +
                               net::kTcpHeaderBytes) +
         (params.timestamps ? tcp::kTimestampOptionBytes : 0);
}

// One of each kind in a program, as they are large.
const TcpPattern& pattern(net::Payload payload) {
  if (payload == net::Payload::kLengths) {
    static const TcpPattern nothing(payload);
    return nothing;
  }
  static const TcpPattern pattern(payload);
  return pattern;
}

}  // namespace

uint32_t tcp_segment_bytes(const TcpParams& params) {
  if (params.mss > 0) return params.mss;
  const auto overhead =
      static_cast<uint32_t>(params.psp == TcpParams::Psp::kFromStart ? psp::kTransportOverheadBytes : 0);
  return net::kStandardMtu - overhead - header_bytes(params);
}

uint32_t tcp_sealed_segment_bytes(const TcpParams& params) {
  const uint32_t mss = tcp_segment_bytes(params);
  constexpr auto kOverhead = static_cast<uint32_t>(psp::kTransportOverheadBytes);
  if (params.psp != TcpParams::Psp::kUpgrade) return mss;
  return mss > kOverhead ? mss - kOverhead : 1;
}

uint32_t tcp_frame_bytes(const TcpParams& params) {
  return static_cast<uint32_t>(net::kEthernetHeaderBytes) + header_bytes(params) + tcp_segment_bytes(params);
}

TcpWorkload::TcpWorkload(const TcpParams& params, KeyLog& keys, net::Payload payload)
    : params_(params),
      keys_(keys),
      progress_(params.connections * params.bytes.bytes * (params.both_ways ? 2 : 1), "bytes") {
  for (const Side side : {kA, kB}) {
    if (params.psp == TcpParams::Psp::kUpgrade) psp_[side] = std::make_unique<TcpPspHost>(params, side, keys);
    sides_[side] = std::make_unique<TcpSide>(params, side, pattern(payload), progress_, psp_[side].get());
  }
  for (const Side side : {kA, kB}) sides_[side]->set_peer(*sides_[other(side)]);
}

TcpWorkload::~TcpWorkload() = default;

host::Stack& TcpWorkload::stack(Side side) {
  return *sides_[side];
}

void TcpWorkload::prepare(Platform& platform) {
  for (const Side side : {kA, kB}) {
    std::vector<SaLink> links;
    if (params_.psp == TcpParams::Psp::kFromStart) {
      links = exchange_keys(platform, side, static_cast<psp::Version>(params_.psp_version),
                            params_.connections, keys_);
    }
    sides_[side]->prepare(platform, std::move(links));
  }
  sides_[kB]->listen();
}

void TcpWorkload::start(Platform&) {
  for (const auto& side : sides_) side->begin();
  sides_[kA]->open_all();
}

const DirectionOutcome& TcpWorkload::outcome(Side from) const {
  return sides_[from]->outcome();
}

void TcpWorkload::conclude() {
  for (const auto& side : sides_) side->conclude();
  connections_ = {};
  connections_.opened = params_.connections;
  for (unsigned number = 0; number < params_.connections; ++number) {
    const bool reset = sides_[kA]->aborts(number);
    bool well = true;
    for (const auto& side : sides_) {
      const std::string fault = side->flows()[number].fault(reset);
      if (fault.empty()) continue;
      connections_.faults.push_back(fault);
      well = false;
    }
    if (well) ++(reset ? connections_.reset : connections_.closed);
  }
}

}  // namespace pspnic::bench
