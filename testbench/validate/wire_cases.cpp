// SPDX-License-Identifier: Apache-2.0
// PSP at the rate of the wire. A packet of transport mode over IPv4 and TCP has 130 bytes beside its payload:
// preamble and delimiter 8, Ethernet 14, IPv4 20, UDP 8, PSP 16, TCP with time stamps 32, ICV 16, check
// sequence 4, gap 12.
#include <fmt/format.h>

#include "testbench/validate/card_run.h"
#include "testbench/validate/target.h"

namespace pspnic::validate {

namespace {

constexpr double kOverheadBytes = 130;
constexpr double kWireTolerance = 0.005;

// So that nothing but the port limits: PCIe 5.0, lanes, rings and buffers to spare, segments cut by the card.
const std::vector<std::string> kAmple{"nic.pcie.generation=5",
                                      "nic.pcie.max_payload_bytes=512",
                                      "nic.pcie.tags=1024",
                                      "nic.crypto.gcm.lanes=16",
                                      "nic.crypto.gcm.queue_packets=256",
                                      "nic.crypto.kdf.queue_packets=256",
                                      "nic.tx.buffer=4MiB",
                                      "nic.tx.crypto_buffer=4MiB",
                                      "nic.tx.fetch_window=1MiB",
                                      "nic.tx.queue_packets=256",
                                      "nic.rx.buffer=16MiB",
                                      "nic.rx.psp_buffer=16MiB",
                                      "nic.rx.queue_packets=256",
                                      "host.queue_pairs=16",
                                      "host.ring=4064",
                                      "stream.flows=64"};

std::vector<Row> line_rate(unsigned speed_gbps, unsigned payload_bytes) {
  std::vector<std::string> settings = kAmple;
  settings.push_back(fmt::format("nic.mac.speed={}Gbps", speed_gbps));
  settings.push_back(fmt::format("stream.payload_bytes={}", payload_bytes));
  const CardRates rates = run_cards("tso", 40'000, settings);
  const double packets = speed_gbps * 1e3 / (8 * (payload_bytes + kOverheadBytes));
  const std::string what = fmt::format("{} Gb/s, payload of {} bytes", speed_gbps, payload_bytes);
  const std::string more = rates.all_well ? "" : "the run was not well";
  return {{what, "million/s", packets, rates.wire_packets_per_second / 1e6, kWireTolerance, more},
          {what, "Gb/s", packets * payload_bytes * 8 / 1e3, rates.payload_gbps, kWireTolerance, more}};
}

// A card like BlueField-3: 400 Gb/s in clear; its crypto carries half of that. Public measurement: 390 Gb/s
// raw, 193 Gb/s IPsec (blog.amododesign.com/the-quest-for-400g-ipsec). Only the shape can be expected: the
// engine's width is chosen so that long packets get 205 Gb/s.
std::vector<Row> half_of_line_rate(bool psp) {
  std::vector<std::string> settings = kAmple;
  settings.insert(settings.end(), {"nic.mac.speed=400Gbps", "stream.tso=0B", "nic.crypto.gcm.lane=custom",
                                   "nic.crypto.gcm.lanes=4", "nic.crypto.gcm.clock=400MHz",
                                   psp ? "stream.psp=true" : "stream.psp=false",
                                   psp ? "stream.payload_bytes=1408" : "stream.payload_bytes=8900"});
  const CardRates rates = run_cards("tso", 40'000, settings);
  Row row{psp ? "PSP, packets of 1500 bytes" : "in clear, packets of 9000 bytes",
          "Gb/s",
          psp ? 193.0 : 390.0,
          rates.payload_gbps,
          0.1,
          rates.all_well ? "" : "the run was not well"};
  if (psp && rates.lanes_busy < 0.95) row.more = "the lanes are not the limit";
  return {row};
}

}  // namespace

void add_wire_cases(std::vector<Case>& cases) {
  for (const unsigned speed : {200u, 400u}) {
    for (const unsigned payload : {64u, 256u, 1408u, 8900u}) {
      cases.push_back({"V10", "PSP at the rate of the wire", "IEEE 802.3, PSP specification",
                       [speed, payload] { return line_rate(speed, payload); }});
    }
  }
  for (const bool psp : {false, true}) {
    cases.push_back({"V17", "A card whose crypto carries half its port", "BlueField-3, measured by a user",
                     [psp] { return half_of_line_rate(psp); }});
  }
}

}  // namespace pspnic::validate
