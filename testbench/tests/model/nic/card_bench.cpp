// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/nic/card_bench.h"

// Asked by the leak sanitizer. It would read the guard page of the script's coroutine stack, which SystemC
// keeps until the process ends, and crash.
extern "C" int __lsan_is_turned_off() {
  return 1;
}

namespace pspnic::test {

nic::NicParams small_card() {
  nic::NicParams params;
  params.device.queues = 4;
  params.device.sa_slots = 64;
  return params;
}

bench::HostParams small_host() {
  bench::HostParams params;
  params.memory.bytes = 256 * base::kMiB;
  return params;
}

CardBench::CardBench(const nic::NicParams& card, const bench::HostParams& host)
    : nic_("nic", root_, card, {.mac = net::MacAddress{{2, 0, 0, 0, 0, 2}}}, {events_, pool_, cable_}),
      host_("host", host, events_) {
  cable_.nic = &nic_;
  host_.mmio_socket.bind(nic_.endpoint().mmio);
  nic_.endpoint().dma_socket.bind(host_.memory_socket);
}

std::string CardBench::run_script(std::function<void()> body) {
  Script script("script", std::move(body));
  sc_core::sc_start();
  if (!script.finished) return "it hangs";
  return script.failure.empty() ? nic_.imbalance() : script.failure;
}

host::SaHandle connect(host::Driver& driver, host::RxSa& sa, psp::Version version) {
  sa = driver.allocate_rx_sas(version, 1).at(0);
  const host::TxSaRequest request{sa.spi, version, sa.key};
  return driver.add_tx_sas(std::span(&request, 1)).at(0);
}

}  // namespace pspnic::test
