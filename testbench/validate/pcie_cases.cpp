// SPDX-License-Identifier: Apache-2.0
// PCIe against the account of R. Neugebauer et al., "Understanding PCIe performance for end host networking"
// (SIGCOMM 2018), "pcie-bench": with W bits a second left for TLPs,
//   writes  W s / (s + 24 ceil(s / MPS))
//   reads   s min( W / (s + 20 ceil(s / MPS)), W / (24 ceil(s / MRRS)) )
// The expected numbers are those of its model, computed apart from this one.
#include <fmt/format.h>

#include <algorithm>

#include "model/pcie/link.h"
#include "testbench/validate/dma_load.h"
#include "testbench/validate/target.h"

namespace pspnic::validate {

namespace {

constexpr const char* kPcieBench = "pcie-bench, SIGCOMM 2018";
constexpr double kRateTolerance = 0.01;
constexpr double kMixTolerance = 0.02;

struct Rate {
  uint32_t bytes;
  double gbps;
};

pcie::LinkParams link(unsigned generation, unsigned lanes, unsigned max_payload_bytes) {
  pcie::LinkParams params;
  params.generation = generation;
  params.lanes = lanes;
  params.max_payload_bytes = max_payload_bytes;
  params.tags = 1024;
  return params;
}

Row bandwidth(unsigned generation, unsigned lanes, unsigned max_payload_bytes, double expected) {
  const pcie::LinkParams params = link(generation, lanes, max_payload_bytes);
  return {fmt::format("{}.0 x{}, payload {}", generation, lanes, max_payload_bytes), "Gb/s", expected,
          pcie::tlp_bandwidth_bps(params) / 1e9, 0.001};
}

// Enough reads in flight for the link to be the limit.
constexpr unsigned kManyReads = 1000;

std::vector<Row> rates(const pcie::LinkParams& params, const char* what, const std::vector<Rate>& list,
                       DmaLoad::Mix (*mix)(uint32_t bytes), double tolerance) {
  base::EventQueue events("events");
  std::vector<Row> rows;
  for (const Rate& rate : list) {
    rows.push_back({fmt::format("{} {} bytes", what, rate.bytes), "Gb/s", rate.gbps,
                    DmaLoad(events, params, mix(rate.bytes)).run(), tolerance});
  }
  return rows;
}

DmaLoad::Mix writes(uint32_t bytes) {
  return {.write_bytes = bytes};
}
DmaLoad::Mix reads(uint32_t bytes) {
  return {.read_bytes = bytes, .in_flight = kManyReads};
}
DmaLoad::Mix both(uint32_t bytes) {
  return {.read_bytes = bytes, .write_bytes = bytes, .in_flight = 256};
}

std::vector<Row> generation_5() {
  const pcie::LinkParams params = link(5, 16, 512);
  base::EventQueue events("events");
  std::vector<Row> rows;
  const auto add = [&](const char* what, const Rate& rate, const DmaLoad::Mix& mix) {
    rows.push_back({fmt::format("{} {} bytes", what, rate.bytes), "Gb/s", rate.gbps,
                    DmaLoad(events, params, mix).run(), kRateTolerance});
  };
  for (const Rate& rate : {Rate{64, 333.45}, Rate{512, 437.96}, Rate{1500, 437.49}}) {
    add("write", rate, writes(rate.bytes));
  }
  for (const Rate& rate : {Rate{64, 349.33}, Rate{512, 441.26}, Rate{1500, 440.86}}) {
    add("read", rate, reads(rate.bytes));
  }
  return rows;
}

// Tags x bytes of a request / round trip, until the link is full with completions.
std::vector<Row> little() {
  constexpr uint32_t kBytes = 512;
  base::EventQueue events("events");
  pcie::LinkParams params = link(5, 16, 512);
  params.round_trip = base::Duration{base::kUs};
  const double full = 458.49 * kBytes / (kBytes + 20);
  std::vector<Row> rows;
  for (const unsigned tags : {1u, 8u, 32u, 64u, 100u, 128u, 256u}) {
    params.tags = tags;
    const DmaLoad::Mix mix{.read_bytes = kBytes, .in_flight = 2 * tags};
    rows.push_back({fmt::format("{} tags, reads of {} bytes, 1 us", tags, kBytes), "Gb/s",
                    std::min(full, tags * kBytes * 8 / 1000.0), DmaLoad(events, params, mix).run(),
                    kRateTolerance});
  }
  return rows;
}

// The expected number is that of gem5's e1000, which keeps one payload read in flight.
std::vector<Row> one_read() {
  base::EventQueue events("events");
  pcie::LinkParams params = link(4, 16, 512);
  params.max_read_request_bytes = 2048;
  params.round_trip = base::Duration{base::kUs};
  std::vector<Row> rows;
  for (const uint32_t bytes : {64u, 256u, 1500u}) {
    const DmaLoad::Mix mix{.read_bytes = bytes, .in_flight = 1};
    rows.push_back({fmt::format("one read in flight, {} bytes, 1 us", bytes), "million/s", 0.998,
                    DmaLoad(events, params, mix).run() * 1000 / (8.0 * bytes), kRateTolerance});
  }
  return rows;
}

// A byte beyond a full payload must cost a header: the saw-tooth.
std::vector<Row> generation_4_writes() {
  std::vector<Row> rows = rates(link(4, 16, 256), "write",
                                {{64, 165.38}, {128, 191.49}, {256, 207.91}, {257, 191.61}, {1500, 207.48}},
                                writes, kRateTolerance);
  if (rows[3].modelled >= rows[2].modelled) rows[3].more = "not below that of 256 bytes";
  return rows;
}

}  // namespace

void add_pcie_cases(std::vector<Case>& cases) {
  cases.push_back({"V1", "Bandwidth for TLPs, PCIe 3.0", kPcieBench,
                   [] { return std::vector<Row>{bandwidth(3, 8, 256, 57.88)}; }});
  cases.push_back({"V2", "Bandwidth for TLPs, PCIe 4.0", kPcieBench, [] {
                     return std::vector<Row>{bandwidth(4, 16, 256, 227.40), bandwidth(4, 16, 512, 229.25)};
                   }});
  cases.push_back({"V3", "Bandwidth for TLPs, PCIe 5.0", kPcieBench, [] {
                     return std::vector<Row>{bandwidth(5, 16, 256, 454.80), bandwidth(5, 16, 512, 458.49)};
                   }});
  cases.push_back({"V4", "DMA writes, PCIe 4.0 x16", kPcieBench, generation_4_writes});
  cases.push_back({"V5", "DMA reads, PCIe 4.0 x16", kPcieBench, [] {
                     return rates(link(4, 16, 256), "read", {{64, 173.26}, {256, 210.92}, {1500, 210.56}},
                                  reads, kRateTolerance);
                   }});
  cases.push_back({"V6", "DMA writes and reads, PCIe 5.0 x16", kPcieBench, generation_5});
  cases.push_back({"V7", "Writes and reads together, PCIe 4.0 x16", kPcieBench, [] {
                     return rates(link(4, 16, 256), "both", {{64, 129.94}, {256, 191.49}, {1500, 198.78}},
                                  both, kMixTolerance);
                   }});
  cases.push_back({"V9", "Reads by the number of tags", "Little's law", little});
  cases.push_back({"V15", "One read at a time", "gem5 e1000, measured", one_read});
}

}  // namespace pspnic::validate
