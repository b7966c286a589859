// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/key_exchange.h"

#include <fmt/format.h>

namespace pspnic::bench {

namespace {

// Each by the way of the queue that its flow goes through, if flows take turns on queues.
std::vector<host::SaHandle> program(host::Driver& driver, const std::vector<host::TxSaRequest>& requests) {
  using host::KeyMode;
  std::vector<host::SaHandle> handles(requests.size());
  for (const KeyMode way : {KeyMode::kMailbox, KeyMode::kConfigQueue, KeyMode::kDescriptor}) {
    std::vector<host::TxSaRequest> part;
    std::vector<size_t> numbers;
    for (size_t i = 0; i < requests.size(); ++i) {
      if (driver.key_mode(static_cast<unsigned>(i % driver.queue_pairs())) != way) continue;
      part.push_back(requests[i]);
      numbers.push_back(i);
    }
    if (part.empty()) continue;
    const std::vector<host::SaHandle> added = driver.add_tx_sas(part, way);
    for (size_t i = 0; i < added.size(); ++i) handles[numbers[i]] = added[i];
  }
  return handles;
}

}  // namespace

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
  const std::vector<host::SaHandle> handles = program(platform.driver(sender), requests);
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
