// SPDX-License-Identifier: Apache-2.0
// What a received frame must pass before the stack gets it: PSP metadata, what merged frames say, checksums.
#include <fmt/format.h>

#include <algorithm>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/parse.h"
#include "model/net/udp.h"
#include "model/psp/encapsulate.h"
#include "testbench/host/rx_queue.h"

namespace pspnic::host {
namespace {

constexpr size_t kVersionByte = 3;  // of the PSP header; version in bits 5:2
constexpr unsigned kVersionShift = 2;
constexpr unsigned kVersionMask = 0xf;
constexpr uint8_t kSpiValid = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;

}  // namespace

// A frame as it was on the wire, that only looks at itself may get.
bool RxQueue::is_capture(idpf::PspRxStatus status) {
  switch (status) {
    case idpf::PspRxStatus::kAuthFail:
    case idpf::PspRxStatus::kMalformed:
    case idpf::PspRxStatus::kNoKey:
      ++stats_.rx_psp_failed;
      return true;
    case idpf::PspRxStatus::kEngineBypass:
      ++stats_.rx_psp_bypassed;
      return true;
    case idpf::PspRxStatus::kSample:
      ++stats_.rx_psp_samples;
      return true;
    case idpf::PspRxStatus::kBadVersion:  // not enabled: plain UDP, as it came
      if (config_.psp_capture) ++stats_.rx_psp_failed;
      return config_.psp_capture;
    default:
      return false;
  }
}

// True: `frame` is now what goes up, and `info` says whether it was encrypted.
bool RxQueue::psp_passes(std::span<uint8_t>& frame, const idpf::RxCompletion& completion, RxInfo& info) {
  if (completion.psp_status != idpf::PspRxStatus::kOk) return true;
  if ((completion.status0 & idpf::kRxPspStripped) != 0) return psp_stripped_passes(completion, info);
  const net::Parsed parsed = net::parse_frame(frame, net::IpLength::kIgnore);
  if (!psp_headers_pass(frame, parsed, completion, info)) return false;
  psp::FrameBuffer buffer{frame, 0, frame.size()};
  psp::EncapStatus status;
  if (completion.psp_icv_stripped) {
    status = psp::decapsulate(buffer, parsed, psp::IcvState::kStripped);
    // A device may leave the lengths as they were on the wire.
    if (status != psp::EncapStatus::kOk) {
      status = psp::decapsulate(buffer, parsed, psp::IcvState::kStrippedButCounted);
    }
  } else {
    status = psp::decapsulate(buffer, parsed, psp::IcvState::kInFrame);
  }
  if (status != psp::EncapStatus::kOk) [[unlikely]] {
    ++stats_.rx_psp_malformed;
    if (anomalies_.wanted()) {
      anomalies_.add(
          fmt::format("rx queue {}: frame reported as decrypted: {}", config_.index, psp::text(status)));
    }
    return false;
  }
  frame = buffer.frame();
  info.psp = true;
  return true;
}

// The headers are still on.
bool RxQueue::psp_headers_pass(std::span<const uint8_t> frame, const net::Parsed& parsed,
                               const idpf::RxCompletion& completion, RxInfo& info) {
  const size_t offset = parsed.l4_offset + net::kUdpHeaderBytes;
  if (parsed.l4 != net::L4::kUdp || offset + psp::kHeaderBytes > frame.size()) {
    ++stats_.rx_psp_malformed;
    return false;
  }
  const uint8_t* header = frame.data() + offset;
  info.spi = net::load_be32(header + psp::kSpiOffset);
  info.version = psp::Version{static_cast<uint8_t>(header[kVersionByte] >> kVersionShift & kVersionMask)};
  return psp_sa_passes(completion, info);
}

// The device has taken them off: all that is known stands in the completion.
bool RxQueue::psp_stripped_passes(const idpf::RxCompletion& completion, RxInfo& info) {
  if (!config_.psp_stripped || (completion.status2 & kSpiValid) != kSpiValid) {
    bad("PSP headers are off, which was not asked for, or there is no SPI", completion.status2);
    return false;
  }
  info.spi = completion.psp_spi;
  info.version = psp::Version{static_cast<uint8_t>(completion.l2tag2 & kVersionMask)};
  info.psp = true;
  return psp_sa_passes(completion, info);
}

// SPI and version, and the device's generation, are those of an SA of this driver.
bool RxQueue::psp_sa_passes(const idpf::RxCompletion& completion, RxInfo& info) {
  info.generation = completion.psp_generation;
  info.psp_device = registry_.device();
  const RxSaRecord* sa = registry_.find(info.spi);
  if (sa == nullptr) {
    ++stats_.rx_psp_unknown_spi;
    return false;
  }
  const bool spi_reported = (completion.status2 & kSpiValid) == kSpiValid;
  if (sa->version != info.version || sa->generation != info.generation ||
      (spi_reported && completion.psp_spi != info.spi)) [[unlikely]] {
    ++stats_.rx_psp_policy;
    if (anomalies_.wanted()) {
      anomalies_.add(fmt::format(
          "rx queue {}: SPI {:#010x} of version {}, generation {} reported with version {}, generation {}",
          config_.index, info.spi, static_cast<int>(sa->version), sa->generation,
          static_cast<int>(info.version), info.generation));
    }
    return false;
  }
  return true;
}

// As Linux: merged frames are TCP, and say how long the segments were. `frame` is the plain one.
bool RxQueue::merged_ok(std::span<const uint8_t> frame, const idpf::RxCompletion& completion, RxInfo& info) {
  const net::Parsed parsed = net::parse_frame(frame);
  const uint32_t payload = parsed.ip_end - std::min<uint32_t>(parsed.payload_offset, parsed.ip_end);
  info.segment_bytes = completion.raw_csum;
  const char* broken = nullptr;
  if (!config_.rsc) {
    broken = "a merged frame, which was not asked for";
  } else if (!ptypes_.mergeable[completion.ptype] || parsed.l4 != net::L4::kTcp || !parsed.ok()) {
    broken = "a merged frame that is not TCP";
  } else if (parsed.ip_end != frame.size()) {
    broken = "a merged frame whose IP length is not that of its buffers";
  } else if (info.segment_bytes == 0 || payload <= info.segment_bytes) {
    broken = "a merged frame of less than two segments";
  }
  if (broken != nullptr) {
    bad(broken, info.segment_bytes);
    return false;
  }
  info.segments = (payload + info.segment_bytes - 1) / info.segment_bytes;
  ++stats_.rx_merged_frames;
  stats_.rx_merged_segments += info.segments;
  return true;
}

// As Linux: believed only for a packet type that was announced with an L4 protocol. Of a PSP packet the bits
// speak of what was inside.
bool RxQueue::checksum_ok(std::span<const uint8_t> frame, const idpf::RxCompletion& completion, bool psp) {
  constexpr uint8_t kErrors = idpf::kRxIpe | idpf::kRxL4e | idpf::kRxEipe | idpf::kRxEudpe;
  const bool checked =
      (completion.status1 & idpf::kRxL3l4p) != 0 && (psp || ptypes_.checked[completion.ptype]);
  const bool wrong = checked && (completion.status1 & kErrors) != 0;
  if (wrong) ++stats_.rx_checksum_bad;
  const bool ok = checked && !wrong;
  return config_.verify_checksums ? verified(frame, ok) : ok;
}

// The driver's own look; it counts what the device took for right and is wrong.
bool RxQueue::verified(std::span<const uint8_t> frame, bool device_says_ok) {
  const net::Parsed parsed = net::parse_frame(frame);
  const net::L4Checksum l4 = net::check_l4_checksum(frame, parsed, config_.payload);
  const bool wrong = !parsed.ip_checksum_ok || l4 == net::L4Checksum::kBad;
  if (wrong && device_says_ok) {
    ++stats_.rx_checksum_bad;
    if (anomalies_.wanted()) {
      anomalies_.add(fmt::format("rx queue {}: checksum reported as right is wrong", config_.index));
    }
  }
  return device_says_ok && !wrong;
}

}  // namespace pspnic::host
