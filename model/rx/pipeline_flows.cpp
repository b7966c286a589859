// SPDX-License-Identifier: Apache-2.0
// Flows that the device protects: what their peer has sealed reaches the driver as the plain packet that it
// was; in clear nothing of them does.
#include <algorithm>
#include <utility>

#include "model/psp/encapsulate.h"
#include "model/rx/pipeline.h"

namespace pspnic::rx {

using base::DropReason;
using Found = flow::FlowTable::Found;

base::Service Pipeline::with_lookup(base::Service service) const {
  const flow::FlowTable::Cost cost = ports_.flows->cost();
  return {service.occupancy + clock_.cycles(cost.occupancy), service.latency + clock_.cycles(cost.latency)};
}

// Whether the packet's SPI belongs to a flow; it has then been opened whatever its queue says of PSP, and is
// plain, or opened.drop tells its end. What is malformed or of a version that the lanes do not have ends too:
// the driver gave out no such SPI.
bool Pipeline::open_flow(base::Packet& packet, net::Parsed& parsed, Opened& opened, uint16_t vport) {
  psp::Check check = psp::check_packet(packet.bytes(), parsed,
                                       {.supported_versions = static_cast<uint8_t>(ports_.lanes.versions()),
                                        .verify_udp_checksum = verify_udp_checksum_});
  if (!ports_.flows->accepts(psp::claimed_spi(packet.bytes(), check))) return false;
  // The outer header of a tunnel ends here, so this is the host that has to look at it (RFC 1122).
  if (check.verdict == psp::Verdict::kDeliver && !parsed.ip_checksum_ok &&
      psp::is_tunnel(check.header.next_header)) {
    check.verdict = psp::Verdict::kError;
    check.reason = psp::Reason::kIpChecksum;
  }
  opened.verdict = check.verdict;
  if (check.verdict != psp::Verdict::kDeliver) {
    refuse_unopened(packet, check, opened, false);
    return true;
  }
  decrypt(packet, check, opened, nullptr);
  if (!opened.drop && !unwrap(packet, parsed, opened.spi, vport)) opened.drop = DropReason::kRxFlowMismatch;
  return true;
}

// Takes the headers off; false: what is inside is not its peer's to send.
bool Pipeline::unwrap(base::Packet& packet, net::Parsed& parsed, uint32_t spi, uint16_t vport) {
  psp::FrameBuffer frame{packet.room(), packet.begin(), size_t{packet.begin()} + packet.size()};
  if (psp::decapsulate(frame, parsed, psp::IcvState::kInFrame) != psp::EncapStatus::kOk) return false;
  packet.place(frame.begin, frame.end);
  parsed = net::parse_frame(packet.bytes());
  const Found found = ports_.flows->find_received(packet.bytes(), parsed, vport);
  flow::Counters* counters = found.rule == nullptr ? nullptr : ports_.flows->counters(found.id);
  if (counters == nullptr) return false;
  const auto& spis = found.rule->rx_spis;
  if (std::find(spis.begin(), spis.end(), spi) == spis.end()) {
    counters->rx_mismatch++;
    return false;
  }
  counters->rx_packets++;
  counters->rx_bytes += packet.size();
  return true;
}

void Pipeline::refuse_clear(const base::Packet& packet, const net::Parsed& parsed, Opened& opened,
                            uint16_t vport) {
  if (opened.drop || opened.status != idpf::PspRxStatus::kNotPsp) return;
  const Found found = ports_.flows->find_received(packet.bytes(), parsed, vport);
  if (found.kind == Found::Kind::kNone) return;
  opened.drop = DropReason::kRxFlowClear;
  if (found.rule != nullptr) ports_.flows->counters(found.id)->rx_clear++;
}

}  // namespace pspnic::rx
