// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/recordings.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "model/base/config_error.h"

namespace pspnic::bench {

namespace {

void check_recordable(const RunOptions& options, const Parameters& parameters) {
  const auto refuse = [](const char* place, const char* why) {
    throw base::ConfigError(place, std::string(why) +
                                       ", which a recorded card alone does not know of: not with "
                                       "--record");
  };
  if (parameters.platform.faults.any()) refuse("faults", "they act inside the card");
  if (parameters.platform.nic.control.key_max_age.ps != 0) {
    refuse("nic.control.key_max_age", "on the bench a key gets no older while nothing else is to be done");
  }
  if (!options.protect.empty()) refuse("--protect", "the flows are set up by management");
  if (parameters.platform.simulation.payload == net::Payload::kLengths) {
    throw base::ConfigError("payload", "lengths, must be bytes for --record");
  }
}

bool same_file(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return false;
  std::error_code unknown;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(a, unknown);
  if (!unknown && whole == std::filesystem::weakly_canonical(b, unknown)) return true;
  return std::filesystem::equivalent(a, b, unknown);
}

record::Header header_of(const RunOptions& options, const Parameters& parameters, Side side) {
  nic::NicParams nic;
  base::ParamTree tree;
  tree.add("nic", nic);
  nic = parameters.platform.nic;  // after the tree has seen what they are without being set
  const nic::Nic::Identity identity = identity_of(side, options.seed);
  const std::string work = options.pcap.empty() ? "--workload " + options.workload : "--pcap " + options.pcap;
  record::Header header = record::header_of(
      fmt::format("card {} of pspnic run {}", side == kA ? "A" : "B", work), tree, identity.mac.bytes);
  header.seed = identity.seed;
  header.stream = identity.stream;
  header.spi_first = identity.spi_first;
  header.interrupt_base = HostSystem::kMessageAddress;
  header.interrupt_bytes = kMessageRangeBytes;
  return header;
}

}  // namespace

Recordings::Recordings(const RunOptions& options, const Parameters& parameters) {
  if (same_file(options.record[kA], options.record[kB])) {
    throw base::ConfigError("--record-b", options.record[kB] + ": --record has it; each card needs its own");
  }
  for (const Side side : {kA, kB}) {
    const std::string& file = options.record[side];
    if (file.empty()) continue;
    check_recordable(options, parameters);
    writers_[side] = std::make_unique<record::Writer>(file, header_of(options, parameters, side));
  }
}

BorderListeners Recordings::listeners() const {
  return {writers_[kA].get(), writers_[kB].get()};
}

void Recordings::watch(CardPair& cards, WireObserver& observer) {
  if (writers_[kA] || writers_[kB]) frames_ = std::make_unique<FrameBorder>(cards, listeners(), observer);
}

void Recordings::finish(base::Time end) {
  for (const auto& writer : writers_) {
    if (writer) writer->finish(end);
  }
}

}  // namespace pspnic::bench
