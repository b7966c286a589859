// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/key_exchange.h"

#include <fmt/format.h>

namespace pspnic::bench {

namespace {

// The queue that the flow of an SA goes through.
unsigned queue_of(size_t number, const HostDrivers& drivers) {
  return static_cast<unsigned>(number % drivers.queue_pairs());
}

// In the order of the flows.
std::vector<host::RxSa> issue(const HostDrivers& drivers, psp::Version version, unsigned count) {
  std::vector<unsigned> wanted(drivers.functions());
  for (unsigned i = 0; i < count; ++i) ++wanted[drivers.function_of_queue(queue_of(i, drivers))];
  std::vector<std::vector<host::RxSa>> issued;
  for (unsigned function = 0; function < drivers.functions(); ++function) {
    issued.push_back(drivers.driver(function).allocate_rx_sas(version, wanted[function]));
    if (issued.back().size() == wanted[function]) continue;
    throw host::DriverError(fmt::format("key exchange: the receiver gave {} of {} SPIs; nic.device.{}",
                                        issued.back().size(), wanted[function],
                                        function == 0 ? "spi_count" : "vf_spi_count"));
  }
  std::vector<size_t> used(drivers.functions());
  std::vector<host::RxSa> all;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned function = drivers.function_of_queue(queue_of(i, drivers));
    all.push_back(issued[function][used[function]++]);
  }
  return all;
}

std::vector<size_t> numbers_of(const HostDrivers& drivers, unsigned function, host::KeyMode way,
                               size_t count) {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < count; ++i) {
    const unsigned queue = queue_of(i, drivers);
    if (drivers.function_of_queue(queue) == function && drivers.key_mode(queue) == way) numbers.push_back(i);
  }
  return numbers;
}

// Each by the way of its queue.
std::vector<host::SaHandle> program(const HostDrivers& drivers,
                                    const std::vector<host::TxSaRequest>& requests) {
  using host::KeyMode;
  std::vector<host::SaHandle> handles(requests.size());
  for (unsigned function = 0; function < drivers.functions(); ++function) {
    for (const KeyMode way : {KeyMode::kMailbox, KeyMode::kConfigQueue, KeyMode::kDescriptor}) {
      const std::vector<size_t> numbers = numbers_of(drivers, function, way, requests.size());
      if (numbers.empty()) continue;
      std::vector<host::TxSaRequest> part;
      for (const size_t number : numbers) part.push_back(requests[number]);
      const std::vector<host::SaHandle> added = drivers.driver(function).add_tx_sas(part, way);
      for (size_t i = 0; i < added.size(); ++i) handles[numbers[i]] = added[i];
    }
  }
  return handles;
}

}  // namespace

std::vector<SaLink> exchange_keys(Platform& platform, Side sender, psp::Version version, unsigned count,
                                  KeyLog& log) {
  const std::vector<host::RxSa> issued = issue(platform.drivers(platform.peer(sender)), version, count);
  std::vector<host::TxSaRequest> requests;
  for (const host::RxSa& sa : issued) {
    requests.push_back({sa.spi, sa.version, sa.key});
    log.add(sa.spi, sa.version, sa.key);
  }
  const std::vector<host::SaHandle> handles = program(platform.drivers(sender), requests);
  std::vector<SaLink> links;
  for (size_t i = 0; i < handles.size(); ++i) {
    if (handles[i].index == host::kNoSa) {
      const HostDrivers& drivers = platform.drivers(sender);
      const bool physical = drivers.function_of_queue(queue_of(i, drivers)) == 0;
      throw host::DriverError(fmt::format("key exchange: the sender's table took {} of {} SAs; nic.device.{}",
                                          i, handles.size(), physical ? "sa_slots" : "vf_sa_slots"));
    }
    links.push_back({handles[i], issued[i].spi, issued[i].version, issued[i].generation});
  }
  return links;
}

}  // namespace pspnic::bench
