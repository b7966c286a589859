// SPDX-License-Identifier: Apache-2.0
// Functions of DPDK that this library, preloaded, takes the place of. Each does what DPDK's does, under the
// lock of the cards; rte_eal_init() puts the cards there first, and rte_eth_dev_start() leads the bursts of
// the port through the lock as well, by the public table rte_eth_fp_ops.
#include <dlfcn.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_random.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <systemc>
#include <utility>

#include "testbench/dpdk/last_received.h"
#include "testbench/dpdk/testpmd/shared_cards.h"

namespace pspnic::dpdk {

namespace {

class Locked {
 public:
  Locked() : held_(SharedCards::instance().lock()) {}

 private:
  std::lock_guard<std::recursive_mutex> held_;
};

// The function that we stand before.
template <class Function>
Function* next(const char* name) {
  void* symbol = dlsym(RTLD_NEXT, name);
  if (symbol == nullptr) {
    fprintf(stderr, "pspnic: DPDK has no %s\n", name);
    abort();
  }
  return reinterpret_cast<Function*>(symbol);
}

// The driver's burst functions, by port; ours get only the queue, so there is one of ours for each port.
constexpr unsigned kPorts = 8;
std::array<eth_rx_burst_t, kPorts> driver_receive;
std::array<eth_tx_burst_t, kPorts> driver_send;

std::array<LastReceived, kPorts> last_received;

template <unsigned port>
uint16_t receive(void* queue, rte_mbuf** packets, uint16_t count) {
  const Locked locked;
  SharedCards::instance().poll();
  const uint16_t received = driver_receive[port](queue, packets, std::min(count, LastReceived::kMaxBurst));
  last_received[port].keep(queue, {packets, received});
  return received;
}

template <unsigned port>
uint16_t send(void* queue, rte_mbuf** packets, uint16_t count) {
  const Locked locked;
  SharedCards::instance().poll();
  return driver_send[port](queue, packets, count);
}

template <unsigned... ports>
constexpr std::array<eth_rx_burst_t, kPorts> all_receive(std::integer_sequence<unsigned, ports...>) {
  return {&receive<ports>...};
}

template <unsigned... ports>
constexpr std::array<eth_tx_burst_t, kPorts> all_send(std::integer_sequence<unsigned, ports...>) {
  return {&send<ports>...};
}

// The driver's queue; null if a port cannot have so many.
void* receive_queue(uint16_t port, uint16_t queue) {
  return queue < RTE_MAX_QUEUES_PER_PORT ? ::rte_eth_fp_ops[port].rxq.data[queue] : nullptr;
}

void lead_bursts_through_lock(uint16_t port) {
  using Ports = std::make_integer_sequence<unsigned, kPorts>;
  static constexpr auto kReceive = all_receive(Ports{});
  static constexpr auto kSend = all_send(Ports{});
  auto& functions = ::rte_eth_fp_ops[port];
  if (functions.rx_pkt_burst == kReceive[port]) return;
  driver_receive[port] = functions.rx_pkt_burst;
  driver_send[port] = functions.tx_pkt_burst;
  functions.rx_pkt_burst = kReceive[port];
  functions.tx_pkt_burst = kSend[port];
}

}  // namespace

}  // namespace pspnic::dpdk

using pspnic::dpdk::Locked;
using pspnic::dpdk::next;
using pspnic::dpdk::SharedCards;

// libsystemc asks for it; the program's own main() is the one that runs.
int sc_main(int, char**) {
  return 1;
}

extern "C" {

int rte_eal_init(int argc, char** argv) {
  const Locked locked;
  rte_srand(1);  // of which the driver makes its RSS key
  return next<decltype(rte_eal_init)>("rte_eal_init")(argc, argv);
}

int rte_eal_cleanup() {
  const Locked locked;
  const int status = next<decltype(rte_eal_cleanup)>("rte_eal_cleanup")();
  SharedCards::instance().finish();
  return status;
}

int rte_eth_dev_configure(uint16_t port, uint16_t receive_queues, uint16_t transmit_queues,
                          const rte_eth_conf* configuration) {
  const Locked locked;
  return next<decltype(rte_eth_dev_configure)>("rte_eth_dev_configure")(port, receive_queues, transmit_queues,
                                                                        configuration);
}

int rte_eth_dev_start(uint16_t port) {
  if (port >= pspnic::dpdk::kPorts) {
    fprintf(stderr, "pspnic: port %u: only ports below %u can be started\n", port, pspnic::dpdk::kPorts);
    return -ENOTSUP;
  }
  const Locked locked;
  const int status = next<decltype(rte_eth_dev_start)>("rte_eth_dev_start")(port);
  if (status == 0) pspnic::dpdk::lead_bursts_through_lock(port);
  return status;
}

int rte_eth_dev_stop(uint16_t port) {
  const Locked locked;
  const auto stop = next<decltype(rte_eth_dev_stop)>("rte_eth_dev_stop");
  if (port >= pspnic::dpdk::kPorts) return stop(port);
  pspnic::dpdk::LastReceived& last = pspnic::dpdk::last_received[port];
  last.before_stop();
  const int status = stop(port);
  last.after_stop(status == 0);
  return status;
}

int rte_eth_dev_close(uint16_t port) {
  const Locked locked;
  return next<decltype(rte_eth_dev_close)>("rte_eth_dev_close")(port);
}

int rte_eth_dev_rx_queue_start(uint16_t port, uint16_t queue) {
  const Locked locked;
  return next<decltype(rte_eth_dev_rx_queue_start)>("rte_eth_dev_rx_queue_start")(port, queue);
}

int rte_eth_dev_rx_queue_stop(uint16_t port, uint16_t queue) {
  const Locked locked;
  const auto stop = next<decltype(rte_eth_dev_rx_queue_stop)>("rte_eth_dev_rx_queue_stop");
  if (port >= pspnic::dpdk::kPorts) return stop(port, queue);
  pspnic::dpdk::LastReceived& last = pspnic::dpdk::last_received[port];
  void* const stopped = pspnic::dpdk::receive_queue(port, queue);
  last.before_stop(stopped);
  const int status = stop(port, queue);
  last.after_stop(stopped, status == 0);
  return status;
}

int rte_eth_dev_tx_queue_start(uint16_t port, uint16_t queue) {
  const Locked locked;
  return next<decltype(rte_eth_dev_tx_queue_start)>("rte_eth_dev_tx_queue_start")(port, queue);
}

int rte_eth_dev_tx_queue_stop(uint16_t port, uint16_t queue) {
  const Locked locked;
  return next<decltype(rte_eth_dev_tx_queue_stop)>("rte_eth_dev_tx_queue_stop")(port, queue);
}

int rte_dev_probe(const char* arguments) {
  const Locked locked;
  return next<decltype(rte_dev_probe)>("rte_dev_probe")(arguments);
}

int rte_dev_remove(rte_device* device) {
  const Locked locked;
  return next<decltype(rte_dev_remove)>("rte_dev_remove")(device);
}

int rte_eal_hotplug_add(const char* bus, const char* device, const char* arguments) {
  const Locked locked;
  return next<decltype(rte_eal_hotplug_add)>("rte_eal_hotplug_add")(bus, device, arguments);
}

int rte_eal_hotplug_remove(const char* bus, const char* device) {
  const Locked locked;
  return next<decltype(rte_eal_hotplug_remove)>("rte_eal_hotplug_remove")(bus, device);
}

}  // extern "C"
