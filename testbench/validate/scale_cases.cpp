// SPDX-License-Identifier: Apache-2.0
// What must not grow, and what queueing theory says.
#include <fmt/format.h>
#include <malloc.h>

#include <array>
#include <cmath>
#include <random>

#include "model/base/stretch.h"
#include "model/crypto/device_keys.h"
#include "model/tx/sa_loader.h"
#include "testbench/validate/plain_memory.h"
#include "testbench/validate/target.h"

namespace pspnic::validate {

namespace {

// The receiver of PSP derives the key of each packet. What it holds is measured, not reckoned.
std::vector<Row> stateless_receiver() {
  crypto::DeviceKeys keys(1, 1, psp::reference_engine());
  keys.make(0);
  uint32_t spi = 0;
  uint64_t sum = 0;
  const auto derive = [&](uint64_t count) {
    while (spi < count) sum += keys.derive(++spi, psp::Version::kAesGcm256).bytes[0];
    return mallinfo2().uordblks;
  };
  const double one = static_cast<double>(derive(1));
  const double million = static_cast<double>(derive(1'000'000));
  const double ten_million = static_cast<double>(derive(10'000'000));
  const std::string more = sum == 0 ? "no key was derived" : "";
  return {{"more memory after the keys of a million SPIs", "bytes", 0, million - one, 0, more},
          {"more memory after the keys of ten million SPIs", "bytes", 0, ten_million - one, 0, more}};
}

// Finds the bytes that a DMA engine has written.
class WrittenBytes : public base::StatVisitor {
 public:
  void visit(const base::Counter& counter) override {
    if (counter.full_name() == "nic.pcie.write_bytes") bytes = counter.value();
  }
  void visit(const base::CounterArray&) override {}
  void visit(const base::Gauge&) override {}
  void visit(const base::Histogram&) override {}
  void visit(const base::Formula&) override {}
  uint64_t bytes = 0;
};

// The transmitter's table in host memory, if an SA is kept as the specification counts: what a card writes
// there when connections are set up.
std::vector<Row> table_of_sas() {
  constexpr uint32_t kSas = 1'000'000;
  constexpr uint32_t kAtOnce = 10'000;
  base::EventQueue events("events");
  base::StatGroup root("nic");
  PlainMemory memory;
  pcie::DmaEngine dma(root, {}, {events, memory, memory});
  crypto::SaCacheParams params;
  params.memory = crypto::SaCacheParams::Memory::kHost;
  params.entry_bytes = 256;
  tx::SaLoader loader(root, params, {events, dma});
  for (uint32_t sa = 0; sa < kSas; ++sa) {
    loader.on_written(sa);
    if (sa % kAtOnce == 0) sc_core::sc_start();
  }
  WrittenBytes written;
  root.visit(written);
  return {{"written to host memory for a million SAs, one direction", "MB", 256,
           static_cast<double>(written.bytes) / 1e6, 0}};
}

// Mean wait of random arrivals at one server of constant service S: S load / (2 (1 - load)).
std::vector<Row> queueing(double load) {
  constexpr base::Time kService = 1'000'000;
  constexpr uint64_t kItems = 5'000'000;
  base::Stretch stretch("m_d_1", {{.name = "server", .servers = 1, .capacity = 1 << 20, .max_weight = 1}});
  const std::array<base::Service, 1> service{{{kService, kService}}};
  std::mt19937_64 random(1);
  double clock = 0;
  double waits = 0;
  for (uint64_t n = 0; n < kItems; ++n) {
    const double uniform = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
    clock += -std::log(uniform) * static_cast<double>(kService) / load;
    waits += static_cast<double>(stretch.pass(static_cast<base::Time>(clock), service).waiting(0));
  }
  return {{fmt::format("mean wait at load {}", load), "services", load / (2 * (1 - load)),
           waits / static_cast<double>(kItems) / static_cast<double>(kService), 0.02}};
}

}  // namespace

void add_scale_cases(std::vector<Case>& cases) {
  cases.push_back(
      {"V16", "A receiver that stores nothing per connection", "PSP specification", stateless_receiver});
  cases.push_back({"V16", "A table of SAs", "PSP specification", table_of_sas});
  for (const double load : {0.5, 0.8, 0.9}) {
    cases.push_back({"V18", "Random arrivals, constant service (M/D/1)", "Pollaczek and Khinchine",
                     [load] { return queueing(load); }});
  }
}

}  // namespace pspnic::validate
