// SPDX-License-Identifier: Apache-2.0
#include "firmware/control_state.h"

#include <algorithm>

namespace pspnic::firmware {
namespace {

template <idpf::WireStruct T>
void add_struct(Digest& digest, const T& value) {
  digest.add_bytes({reinterpret_cast<const uint8_t*>(&value), sizeof(T)});
}

void add_vport(Digest& digest, const Vport& vport) {
  const VportContext& context = vport.context;
  digest.add(context.id)
      .add(context.enabled)
      .add(context.promiscuous_unicast)
      .add(context.promiscuous_multicast);
  digest.add(context.loopback).add(context.max_mtu).add(context.rss_types).add(context.default_rx_queue);
  digest.add(context.addresses.size());
  for (const net::MacAddress& address : context.addresses) digest.add_bytes(address.bytes);
  digest.add_bytes(context.rss_key);
  for (const uint32_t queue : context.rss_queues) digest.add(queue);
  for (const uint32_t queue : vport.rss_lut) digest.add(queue);
  digest.add(vport.tx_model).add(vport.rx_model).add(vport.destroying);
}

}  // namespace

bool ControlState::any_vport() const {
  return std::any_of(vports.begin(), vports.end(), [](const auto& vport) { return vport.has_value(); });
}

uint64_t ControlState::digest() const {
  Digest digest;
  digest.add(version_agreed).add(caps.has_value()).add(oem_caps);
  if (caps) add_struct(digest, *caps);
  for (const std::optional<Vport>& vport : vports) {
    digest.add(vport.has_value());
    if (vport) add_vport(digest, *vport);
  }
  queues.digest(digest);
  vectors.digest(digest);
  keys.digest(digest);
  tx_sas.digest(digest);
  add_struct(digest, psp.config);
  digest.add(psp.configured).add(psp.spi_low_told).add(psp.spi_exhausted_told);
  for (const PspCounters& clear : psp.counters_at_clear) digest.add(clear.rx_packets).add(clear.tx_packets);
  for (const auto& [token, waiting] : pending) digest.add(token);
  for (const Answer& answer : fenced) digest.add(answer.token);
  return digest.value();
}

}  // namespace pspnic::firmware
