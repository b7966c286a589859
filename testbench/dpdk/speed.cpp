// SPDX-License-Identifier: Apache-2.0
// dpdk_speed [PACKETS [ROUNDS]]: what a packet costs in CPU time on its way from driver to driver, with
// DPDK's idpf driver and with the driver of testbench/host, in turns in one process. Both send frames of the
// same size one way, without PSP, over cards of the same kind, and compare every byte.
#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "testbench/bench/measure.h"
#include "testbench/bench/stream.h"
#include "testbench/dpdk/bench.h"
#include "testbench/dpdk/exchange.h"
#include "testbench/dpdk/port.h"

namespace pspnic::dpdk {
namespace {

using bench::cpu_ns;
using bench::median;
using bench::SwitchedStack;

constexpr unsigned kFrameBytes[] = {64, 256, 1500, 9000};
constexpr unsigned kHeaderBytes = 14 + 20 + 20;  // of a stream: Ethernet, IPv4, TCP
constexpr uint16_t kMtu = 9216;
constexpr unsigned kFlows = 16;
constexpr unsigned kOwnWindow = 200;  // packets in flight: more would overrun the ring of the other side

// A link that carries small packets at 200 Gb/s: a packet that is dropped has made no journey.
bench::PlatformParams card() {
  bench::PlatformParams params;
  params.nic.pcie.generation = 5;
  params.nic.pcie.max_payload_bytes = 512;
  params.host.ring = 512;
  params.host.itr = base::Duration{2 * base::kUs};
  params.host.interrupt_latency = base::Duration{200 * base::kNs};
  return params;
}

struct Row {
  unsigned bytes;
  std::vector<double> dpdk_ns;
  std::vector<double> own_ns;
};

class Speed {
 public:
  Speed(uint64_t packets, unsigned rounds) : packets_(packets), rounds_(rounds) {}

  std::vector<Row> measure() {
    std::vector<Row> rows;
    for (const unsigned bytes : kFrameBytes) rows.push_back({bytes, {}, {}});
    dpdk_.run([&] {
      for (const Side side : {kA, kB}) platform_.driver(side).start(stacks_[side]);
      const Pool pool = make_pool("packets", 8191, kMtu + 128);
      Port from(kSlots[kA]);
      Port to(kSlots[kB]);
      for (Port* port : {&from, &to}) {
        port->configure({.mtu = kMtu}, pool.get());
        port->start();
      }
      for (unsigned round = 0; round < rounds_; ++round) {
        for (Row& row : rows) {
          row.dpdk_ns.push_back(with_dpdk(from, to, pool.get(), row.bytes));
          row.own_ns.push_back(with_own(row.bytes));
        }
      }
      for (Port* port : {&from, &to}) {
        port->stop();
        port->close();
      }
    });
    return rows;
  }

 private:
  double with_dpdk(Port& from, Port& to, rte_mempool* pool, unsigned bytes) {
    const Datagrams there(from.mac(), to.mac(), bytes, bytes, kFlows);
    const Datagrams back(to.mac(), from.mac(), bytes, bytes, kFlows);
    Exchange::Options options{.to_send = packets_};
    options.wait = [this](base::Time time) { dpdk_.wait_for(time); };
    Exchange sender(from, pool, there, back, options);
    std::swap(options.to_send, options.to_receive);
    Exchange receiver(to, pool, back, there, options);
    const double before = cpu_ns();
    dpdk_.run_together({[&] { sender.run(); }, [&] { receiver.run(); }});
    const double spent = cpu_ns() - before;
    require(receiver.outcome().received - receiver.outcome().wrong - receiver.outcome().misplaced, bytes);
    return spent / static_cast<double>(packets_);
  }

  double with_own(unsigned bytes) {
    bench::StreamParams params;
    params.payload_bytes = bytes - kHeaderBytes;
    params.flows = kFlows;
    params.psp = false;
    params.tcp_timestamps = false;
    params.window = base::ByteSize{kOwnWindow * uint64_t{bytes}};
    bench::KeyLog keys;
    bench::StreamWorkload workload(params, packets_, keys);
    for (const Side side : {kA, kB}) stacks_[side].set(&workload.stack(side));
    workload.prepare(platform_);
    const double before = cpu_ns();
    workload.start(platform_);
    uint64_t last = 0;
    do {
      last = workload.outcome(kA).verified;
      sc_core::wait(100, sc_core::SC_US);
    } while (workload.outcome(kA).verified != last);
    const double spent = cpu_ns() - before;
    for (const Side side : {kA, kB}) stacks_[side].set(nullptr);
    require(workload.outcome(kA).verified, bytes);
    return spent / static_cast<double>(packets_);
  }

  void require(uint64_t arrived, unsigned bytes) const {
    if (arrived == packets_) return;
    throw std::runtime_error(fmt::format("{} of {} packets of {} bytes arrived", arrived, packets_, bytes));
  }

  uint64_t packets_;
  unsigned rounds_;
  SwitchedStack stacks_[kSides];
  bench::Platform platform_{"own", card(), bench::DriverSetup{kMtu, false, 0}, 1};
  DpdkBench dpdk_{"dpdk",
                  {.params = card(), .dpdk = {true, true}, .arguments = {}, .memory_mb = 512, .seed = 1}};
};

void print(const std::vector<Row>& rows) {
  fmt::print("CPU time of one packet, driver to driver, median\n\n");
  fmt::print("{:>7}  {:>12}  {:>21}  {:>12}  {:>21}  {:>6}\n", "bytes", "DPDK ns", "packets/CPU second",
             "own ns", "packets/CPU second", "ratio");
  for (const Row& row : rows) {
    const double dpdk = median(row.dpdk_ns);
    const double own = median(row.own_ns);
    fmt::print("{:>7}  {:>12.0f}  {:>21.0f}  {:>12.0f}  {:>21.0f}  {:>6.2f}\n", row.bytes, dpdk, 1e9 / dpdk,
               own, 1e9 / own, dpdk / own);
  }
  fmt::print(
      "\nDPDK: Debian's idpf driver, split queues, polling every microsecond, register accesses trapped.\n"
      "own: the driver of testbench/host, with interrupts.\n");
}

}  // namespace
}  // namespace pspnic::dpdk

int sc_main(int argc, char** argv) {
  if (argc > 3 || (argc > 1 && !std::isdigit(static_cast<unsigned char>(argv[1][0])))) {
    fmt::print(stderr,
               "usage: dpdk_speed [PACKETS [ROUNDS]]   of each measurement; 40000 and 5 by default\n");
    return argc == 2 && std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  const uint64_t packets = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 40'000;
  const auto rounds = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 5u;
  if (packets == 0 || rounds == 0) {
    fmt::print(stderr, "usage: dpdk_speed [PACKETS [ROUNDS]]\n");
    return 2;
  }
  try {
    pspnic::dpdk::Speed speed(packets, rounds);
    pspnic::dpdk::print(speed.measure());
  } catch (const std::exception& error) {
    fmt::print(stderr, "dpdk_speed: {}\n", error.what());
    return 1;
  }
  return 0;
}
