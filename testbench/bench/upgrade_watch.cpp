// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/upgrade_watch.h"

#include "model/net/parse.h"
#include "model/net/tcp.h"

namespace pspnic::bench {
namespace {

// Sequence numbers count modulo 2^32.
bool behind(uint32_t place, uint32_t fence) {
  return static_cast<int32_t>(place - fence) > 0;
}

}  // namespace

void UpgradeWatch::upgrade(const net::FlowKey& flow, uint32_t fence) {
  flows_[flow].fence = fence;
}

UpgradeWatch::Seen UpgradeWatch::look(std::span<const uint8_t> frame) {
  Seen seen;
  const net::Parsed parsed = net::parse_frame(frame, net::IpLength::kIgnore);
  if (parsed.l4 != net::L4::kTcp) return seen;
  const auto key = net::FlowKey::from_frame(frame, parsed);
  const auto found = key ? flows_.find(*key) : flows_.end();
  if (found == flows_.end()) return seen;
  seen.flow = &found->second;
  seen.key = *key;
  const net::Parsed exact = net::parse_frame(frame);  // short frames are padded
  const size_t stream_end = exact.ok() ? exact.l4_end : frame.size();
  seen.payload = static_cast<uint32_t>(stream_end - parsed.payload_offset);
  const uint8_t* header = frame.data() + parsed.l4_offset;
  seen.fin = (net::tcp_flags(header) & net::kTcpFin) != 0;
  seen.end = net::tcp_sequence(header) + seen.payload + (seen.fin ? 1 : 0);
  return seen;
}

std::optional<std::string> UpgradeWatch::on_transmit(const host::TxFrame& frame) {
  if (frame.sa) return std::nullopt;
  const Seen seen = look(frame.bytes);
  if (seen.flow == nullptr) return std::nullopt;
  if (seen.payload == 0) ++seen.flow->silent;
  if (!seen.flow->fence) return std::nullopt;
  const bool of_stream = seen.payload > 0 || seen.fin;
  if (of_stream && !behind(seen.end, *seen.flow->fence)) return std::nullopt;
  return "a driver is asked to send what belongs under the SA in clear: " + seen.key.print();
}

std::optional<std::string> UpgradeWatch::on_departure(std::span<const uint8_t> frame) {
  const Seen seen = look(frame);
  if (seen.flow == nullptr) return std::nullopt;
  if (seen.payload == 0) {
    if (seen.flow->silent > 0) {
      --seen.flow->silent;
      return std::nullopt;
    }
    return "a segment without data that was not sent in clear: " + seen.key.print();
  }
  if (!seen.flow->fence || !behind(seen.end, *seen.flow->fence)) return std::nullopt;
  return "data queued behind the upgrade is in clear: " + seen.key.print();
}

}  // namespace pspnic::bench
