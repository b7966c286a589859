// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/psp_mode.h"

#include "model/base/config_error.h"
#include "model/net/bytes.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/psp/header.h"

namespace pspnic::bench {
namespace {

constexpr size_t kExtensionUnitBytes = 8;
constexpr uint16_t kFixedSourcePort = 50000;
constexpr uint32_t kOuterNetworkV4 = 0xc6336400;  // 198.51.100.0/24, for documentation (RFC 5737)
constexpr uint32_t kOuterNetworkV6 = 0x20010db8;  // 2001:db8::/32 (RFC 3849)

void write_address(std::array<uint8_t, 16>& address, bool v6, uint8_t host) {
  if (v6) {
    net::store_be32(address.data(), kOuterNetworkV6);
    address[4] = 0xff;
    address[15] = host;
  } else {
    net::store_be32(address.data(), kOuterNetworkV4 + host);
  }
}

}  // namespace

uint32_t psp_overhead_bytes(const PspModeParams& params) {
  size_t bytes = psp::kTransportOverheadBytes + params.extension_words * kExtensionUnitBytes;
  if (params.vc) bytes += psp::kVcBytes;
  if (params.tunnel) bytes += params.outer_ipv6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
  return static_cast<uint32_t>(bytes);
}

void check_device_built(const PspModeParams& params, const std::string& prefix) {
  const char* rule = "the card builds the headers, and its templates do not know this";
  if (params.expose_ports) throw base::ConfigError(prefix + "expose_ports", rule);
  if (params.extension_words > 0) throw base::ConfigError(prefix + "extension_words", rule);
  if (params.source_port == PspModeParams::SourcePort::kTable) {
    throw base::ConfigError(prefix + "source_port", rule);
  }
}

PspModeSource::PspModeSource(const PspModeParams& params, Side from) {
  for (size_t i = 0; i < extension_.size(); ++i) extension_[i] = static_cast<uint8_t>(0xe0 + i);
  for (size_t i = 0; i < ports_.size(); ++i) ports_[i] = static_cast<uint16_t>(kFixedSourcePort + 8 * i);
  mode_.tunnel = params.tunnel;
  mode_.outer_v6 = params.outer_ipv6;
  const auto host = static_cast<uint8_t>(from == kA ? 1 : 2);
  write_address(mode_.source, params.outer_ipv6, host);
  write_address(mode_.destination, params.outer_ipv6, static_cast<uint8_t>(3 - host));
  mode_.crypt_offset =
      params.expose_ports ? host::PspMode::kExposePorts : static_cast<uint8_t>(params.crypt_offset);
  mode_.sample = params.sample;
  mode_.drop_after_sample = params.drop_after_sample;
  if (params.vc) mode_.vc = params.vc_value;
  mode_.extension = std::span(extension_).first(params.extension_words * kExtensionUnitBytes);
  switch (params.source_port) {
    case PspModeParams::SourcePort::kHash:
      break;
    case PspModeParams::SourcePort::kTable:
      mode_.source_ports = ports_;
      break;
    case PspModeParams::SourcePort::kFixed:
      mode_.source_ports = std::span(ports_).first(1);
      break;
  }
}

}  // namespace pspnic::bench
