// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn()
#include "testbench/dpdk/bench.h"

#include <exception>

namespace pspnic::dpdk {

namespace {

constexpr size_t kStackBytes = 4 << 20;  // drivers and the EAL are used to a process's 8 MiB

}  // namespace

DpdkBench::DpdkBench(const sc_core::sc_module_name& name, const BenchOptions& options)
    : CardPair(name, options.params.nic, options.params.cable, options.seed),
      options_(options),
      script_("script", kStackBytes) {
  for (const Side side : {kA, kB}) {
    pcie::Endpoint& endpoint = nic(side).endpoint();
    if (options_.dpdk[side]) {
      dpdk_hosts_[side] = std::make_unique<DpdkHost>(kHostNames[side], clock_);
      dpdk_hosts_[side]->mmio_socket.bind(endpoint.mmio);
      endpoint.dma_socket.bind(dpdk_hosts_[side]->memory_socket);
    } else {
      own_hosts_[side] =
          std::make_unique<bench::HostSystem>(kHostNames[side], options_.params.host, events());
      own_hosts_[side]->mmio_socket.bind(endpoint.mmio);
      endpoint.dma_socket.bind(own_hosts_[side]->memory_socket);
    }
  }
}

DpdkBench::~DpdkBench() = default;

void DpdkBench::run(const std::function<void()>& script) {
  script_.run([&] {
    Eal::Options eal{
        .memory_mb = options_.memory_mb, .devices = {}, .scratch = bus_.scratch(), .seed = options_.seed};
    eal.at_end = [this] {
      for (const auto& host : dpdk_hosts_) {
        if (host) host->withdraw_memory();
      }
    };
    for (const Side side : {kA, kB}) {
      if (!options_.dpdk[side]) continue;
      dpdk_hosts_[side]->enumerate();
      bus_.insert(kSlots[side], *dpdk_hosts_[side]);
      const std::string& arguments = options_.arguments[side];
      eal.devices.push_back(arguments.empty() ? kSlots[side] : kSlots[side] + ("," + arguments));
    }
    redirect_waits(clock_);
    const Eal started(eal);
    script();
  });
}

void DpdkBench::run_together(const std::vector<std::function<void()>>& programs) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  std::exception_ptr failure;
  std::vector<sc_core::sc_process_handle> processes;
  for (const std::function<void()>& program : programs) {
    processes.push_back(sc_core::sc_spawn(
        [&program, &failure] {
          try {
            program();
          } catch (...) {
            if (!failure) failure = std::current_exception();
          }
        },
        sc_core::sc_gen_unique_name("program"), &options));
  }
  for (sc_core::sc_process_handle& process : processes) {
    if (!process.terminated()) sc_core::wait(process.terminated_event());
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pspnic::dpdk
