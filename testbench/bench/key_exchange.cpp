// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/key_exchange.h"

#include <fmt/format.h>

namespace pspnic::bench {

std::vector<SaLink> exchange_keys(Platform& platform, Side sender, psp::Version version, unsigned count,
                                  KeyLog& log) {
  const std::vector<host::RxSa> issued =
      platform.driver(platform.peer(sender)).allocate_rx_sas(version, count);
  if (issued.size() < count) {
    throw host::DriverError(fmt::format("key exchange: the receiver gave {} of {} SPIs; nic.device.spi_count",
                                        issued.size(), count));
  }
  std::vector<host::TxSaRequest> requests;
  for (const host::RxSa& sa : issued) {
    requests.push_back({sa.spi, sa.version, sa.key});
    log.add(sa.spi, sa.version, sa.key);
  }
  const std::vector<host::SaHandle> handles = platform.driver(sender).add_tx_sas(requests);
  std::vector<SaLink> links;
  for (size_t i = 0; i < handles.size(); ++i) {
    if (handles[i].index == host::kNoSa) {
      throw host::DriverError(fmt::format(
          "key exchange: the sender's table took {} of {} SAs; nic.device.sa_slots", i, handles.size()));
    }
    links.push_back({handles[i], issued[i].spi, issued[i].version});
  }
  return links;
}

}  // namespace pspnic::bench
