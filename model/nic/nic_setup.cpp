// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic_setup.h"

#include <algorithm>

#include "model/base/units.h"
#include "model/crypto/gcm_lanes.h"
#include "model/idpf/registers.h"
#include "model/queue/tx_job.h"

namespace pspnic::nic {

namespace {

constexpr size_t kMacFunctionByte = 4;  // of the card's address: counts vports, as within a function

uint16_t word16(unsigned value) {
  return static_cast<uint16_t>(value);
}

}  // namespace

std::vector<Share> shares_of(const NicParams& params) {
  const DeviceParams& device = params.device;
  std::vector<Share> shares{{.queues = device.queues,
                             .vports = device.vports,
                             .vectors = std::max(device.vectors, word16(device.queues + 1u))}};
  for (uint16_t vf = 0; vf < device.vfs; ++vf) {
    const Share& before = shares.back();
    shares.push_back({.function = word16(vf + 1u),
                      .first_queue = word16(before.first_queue + before.queues),
                      .queues = device.vf_queues,
                      .first_vport = word16(before.first_vport + before.vports),
                      .vports = device.vf_vports,
                      .first_vector = word16(before.first_vector + before.vectors),
                      .vectors = std::max(device.vf_vectors, word16(device.vf_queues + 1u))});
  }
  return shares;
}

uint16_t queues_of(const std::vector<Share>& shares) {
  return word16(shares.back().first_queue + shares.back().queues);
}

uint16_t vports_of(const std::vector<Share>& shares) {
  return word16(shares.back().first_vport + shares.back().vports);
}

std::vector<crypto::SaRange> sa_ranges_of(const DeviceParams& params) {
  std::vector<crypto::SaRange> ranges{{0, params.sa_slots - params.vfs * params.vf_sa_slots}};
  for (uint16_t vf = 0; vf < params.vfs; ++vf) ranges.push_back({ranges.back().end(), params.vf_sa_slots});
  return ranges;
}

firmware::Limits limits_of(const NicParams& params, const Share& share, const net::MacAddress& mac,
                           uint32_t spi_first) {
  const DeviceParams& device = params.device;
  firmware::Limits limits;
  limits.tx_queues = share.queues;
  limits.rx_queues = share.queues;
  limits.buffer_queues = word16(2u * share.queues);
  limits.vports = share.vports;
  limits.vectors = share.vectors;
  limits.config_queue_pairs = share.is_virtual() ? uint16_t{0} : params.config_queue.pairs;
  limits.single_queue_model = true;
  limits.max_mtu = params.mac.mtu;
  limits.tx_sa_slots = sa_ranges_of(device)[share.function].count;
  limits.link_speed_mbps = static_cast<uint32_t>(params.mac.speed.bps / base::kMbps);
  const uint32_t of_physical = device.spi_count - device.vfs * device.vf_spi_count;
  limits.spi_first = spi_first;
  limits.spi_count = of_physical;
  if (share.is_virtual()) {
    limits.spi_first = spi_first + of_physical + (share.function - 1u) * device.vf_spi_count;
    limits.spi_count = device.vf_spi_count;
  }
  limits.max_sg_buffers = static_cast<uint8_t>(queue::TxJob::kMaxPieces);
  limits.mac = mac;
  limits.mac.bytes[kMacFunctionByte] = static_cast<uint8_t>(mac.bytes[kMacFunctionByte] + share.first_vport);
  limits.psp_versions = crypto::GcmLanes(params.crypto.gcm).versions();
  limits.is_virtual = share.is_virtual();
  limits.trusted = !share.is_virtual() || device.vf_trust;
  limits.max_vfs = share.is_virtual() ? uint16_t{0} : device.vfs;
  return limits;
}

pcie::ConfigSpace::Identity pci_identity(const NicParams& params, const Share& share) {
  pcie::ConfigSpace::Identity identity;
  identity.vendor = idpf::kPciVendorId;
  identity.device = share.is_virtual() ? idpf::kPciDeviceIdVf : idpf::kPciDeviceIdPf;
  identity.class_code = idpf::kPciClassIdpf;
  identity.bar0_bytes =
      static_cast<uint32_t>(share.is_virtual() ? idpf::vf::kBar0Bytes : idpf::pf::kBar0Bytes);
  identity.vectors = share.vectors;
  if (!share.is_virtual() && params.device.vfs != 0) {
    identity.virtual_functions = {.total = params.device.vfs,
                                  .device = idpf::kPciDeviceIdVf,
                                  .bar0_bytes = static_cast<uint32_t>(idpf::vf::kBar0Bytes)};
  }
  return identity;
}

uint16_t key_domain_of(const DeviceParams& params, uint16_t function) {
  switch (params.key_domain) {
    case DeviceParams::KeyDomains::kFunction:
      return function;
    case DeviceParams::KeyDomains::kGroup:
      return word16(function / params.key_group_size);
    case DeviceParams::KeyDomains::kDevice:
      break;
  }
  return 0;
}

uint16_t members_of(const DeviceParams& params, uint16_t key_domain) {
  uint16_t members = 0;
  for (unsigned function = 0; function <= params.vfs; ++function) {
    if (key_domain_of(params, word16(function)) == key_domain) ++members;
  }
  return members;
}

uint16_t key_domains(const DeviceParams& params) {
  return word16(key_domain_of(params, params.vfs) + 1u);
}

}  // namespace pspnic::nic
