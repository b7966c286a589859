// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/swarm.h"

#include <algorithm>
#include <initializer_list>
#include <random>

#include "model/base/config_error.h"

namespace pspnic::bench {

namespace {

class Drawing {
 public:
  explicit Drawing(uint64_t seed) : random_(seed) { options_.seed = seed; }

  RunOptions draw_any();
  RunOptions draw_gro();

 private:
  using Values = std::initializer_list<const char*>;

  uint64_t below(uint64_t count) { return random_() % count; }  // the bias is of no importance here
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string one_of(Values values) { return values.begin()[below(values.size())]; }
  void set(const std::string& key, const std::string& value) {
    options_.settings.push_back(key + "=" + value);
  }
  void maybe(unsigned percent, const char* key, Values values) {
    if (chance(percent)) set(key, one_of(values));
  }
  bool uses(const char* prefix) const { return options_.workload.starts_with(prefix); }
  void draw_traffic();
  void draw_tcp();
  void draw_stream();
  void draw_modes();
  void draw_protection();
  void draw_card();
  void draw_gro_limits();
  void draw_host();
  void draw_cable();
  void draw_faults();
  void draw_vports();

  std::mt19937_64 random_;
  RunOptions options_;
};

void Drawing::draw_traffic() {
  options_.workload = one_of({"stream", "stream", "bidir", "tso", "small", "jumbo", "clear", "tcp", "tcp",
                              "tcp_tso", "tcp_bidir", "mix"});
  if (uses("tcp")) {
    draw_tcp();
    maybe(40, "tcp.psp", {"off", "upgrade"});
  } else if (uses("mix")) {
    set("mix.duration", one_of({"10us", "40us", "100us"}));
    set("mix.psp_rate", one_of({"10Gbps", "100Gbps"}));
    maybe(40, "mix.frame_bytes", {"64", "300", "1400"});
    maybe(30, "mix.psp_version", {"1", "2", "3"});
  } else {
    draw_stream();
  }
}

void Drawing::draw_tcp() {
  set("tcp.connections", one_of({"1", "2", "5", "12"}));
  set("tcp.bytes", one_of({"1B", "8KiB", "64KiB", "200KiB"}));
  maybe(30, "tcp.psp_version", {"0", "1", "2", "3"});
  maybe(30, "tcp.ipv6", {"true"});
  maybe(20, "tcp.mss", {"100", "536", "1000"});
  maybe(20, "tcp.timestamps", {"false"});
  maybe(20, "tcp.window", {"16KiB", "64KiB"});
  maybe(20, "tcp.delayed_ack", {"0ps", "100us"});
}

void Drawing::draw_stream() {
  options_.packets = 100 + below(2000);
  maybe(40, "stream.flows", {"1", "3", "40", "200"});
  maybe(30, "stream.payload_bytes", {"8", "100", "536", "1380", "4000"});
  maybe(30, "stream.psp_version", {"0", "1", "2", "3"});
  maybe(30, "stream.ipv6", {"true"});
  maybe(20, "stream.udp", {"true"});
  maybe(20, "stream.tcp_timestamps", {"false"});
  maybe(20, "stream.vlan_tags", {"1", "2"});
  maybe(20, "stream.ip_option_words", {"1", "10"});
  maybe(20, "stream.ipv6_extensions", {"1", "3"});
  maybe(10, "stream.both_ways", {"true"});
  if (!uses("clear") && chance(50)) draw_modes();
}

void Drawing::draw_modes() {
  if (chance(15)) {
    set("stream.device_built", "true");
    maybe(40, "stream.tunnel", {"true"});
    maybe(30, "stream.vc", {"true"});
    return;
  }
  if (chance(40)) {
    set("stream.tunnel", "true");
    maybe(50, "stream.outer_ipv6", {"true"});
  }
  maybe(30, "stream.crypt_offset", {"1", "6", "20", "63"});
  maybe(20, "stream.expose_ports", {"true"});
  maybe(30, "stream.vc", {"true"});
  maybe(20, "stream.extension_words", {"1", "3"});
  maybe(30, "stream.source_port", {"table", "fixed"});
  if (!chance(15)) return;
  set("stream.sample", "true");
  maybe(50, "host.psp_sample", {"true"});
}

// Flows of which the drivers know nothing; an outer header names the cards, so that no two flows differ in
// it.
void Drawing::draw_protection() {
  const std::string version = one_of({"0", "1", "2", "3"});
  const std::string offset = one_of({"0", "0", "1", "2"});
  options_.protect = R"([{"version": )" + version + R"(, "crypt_offset": )" + offset;
  if (chance(30)) options_.protect += R"(, "vc": 77)";
  if (chance(40)) {
    const bool v6 = chance(50);
    const std::string a = v6 ? "2001:db8::1" : "192.0.2.1";
    const std::string b = v6 ? "2001:db8::2" : "192.0.2.2";
    options_.protect += R"(, "mode": "tunnel", "outer": {"a": ")" + a + R"(", "b": ")" + b + R"("})";
  }
  options_.protect += "}]";
}

void Drawing::draw_card() {
  if (chance(40)) {
    set("nic.crypto.gcm.lanes", one_of({"1", "2", "3", "4"}));
    maybe(50, "nic.crypto.gcm.clock", {"200MHz", "500MHz", "2GHz"});
    maybe(30, "nic.crypto.gcm.queue_packets", {"4", "40"});
  }
  maybe(20, "nic.crypto.gcm.lane", {"pipelined_256_digit32", "iterative_256_digit16"});
  maybe(20, "nic.crypto.kdf.unit", {"iterative"});
  maybe(20, "nic.tx.buffer", {"16KiB", "32KiB"});
  maybe(20, "nic.tx.crypto_buffer", {"10KiB", "20KiB"});
  maybe(20, "nic.tx.fetch_window", {"10KiB", "64KiB"});
  maybe(20, "nic.pcie.generation", {"3", "5"});
  maybe(20, "nic.pcie.tags", {"16", "64"});
  maybe(20, "nic.mac.speed", {"25Gbps", "100Gbps", "400Gbps"});
  maybe(20, "nic.tx.udp_checksum", {"valid"});
  maybe(20, "nic.rx.verify_udp_checksum", {"true"});
  maybe(20, "nic.tx.schedule.weights", {"1,2", "5,1,1"});
  maybe(10, "nic.tx.schedule.rates", {"5Gbps,0bps", "20Gbps"});
  draw_gro_limits();
  if (!chance(25)) return;
  set("nic.flow_control.mode", one_of({"pause", "priority"}));
  set("nic.flow_control.high", one_of({"32KiB", "100KiB"}));
  set("nic.flow_control.low", one_of({"8KiB", "16KiB"}));
}

void Drawing::draw_gro_limits() {
  maybe(30, "nic.rx.gro.contexts", {"4", "32"});
  maybe(30, "nic.rx.gro.miss", {"pass"});
  maybe(30, "nic.rx.gro.timeout", {"1us", "30us", "200us"});
  maybe(20, "nic.rx.gro.limit_bytes", {"1280", "9000"});
  maybe(20, "nic.rx.gro.limit_segments", {"2", "7"});
  maybe(20, "nic.rx.gro.hold", {"16KiB"});
}

void Drawing::draw_host() {
  if (uses("mix")) {
    set("host.queue_pairs", one_of({"2", "4"}));
  } else {
    maybe(40, "host.queue_pairs", {"2", "3", "8"});
  }
  maybe(30, "host.ring", {"128", "256"});
  maybe(30, "host.itr", {"0ps", "2us", "50us"});
  maybe(20, "host.interrupt_latency", {"0ps", "10us"});
  maybe(30, "host.gro", {"true"});
  maybe(20, "host.header_split", {"true"});
  maybe(20, "host.strip_headers", {"true"});
}

void Drawing::draw_cable() {
  maybe(20, "cable.delay", {"0ps", "5us"});
  maybe(30, "cable.loss", {"0.001", "0.02"});
  if (chance(20)) {
    set("cable.burst.start", "0.002");
    // A burst lasts for frames, not for a time: few retransmissions would meet nothing else.
    if (uses("tcp")) set("cable.burst.loss", "0.5");
  }
  maybe(20, "cable.bit_errors.payload", {"0.01"});
  maybe(20, "cable.bit_errors.icv", {"0.01"});
  maybe(20, "cable.bit_errors.psp_header", {"0.01"});
  maybe(20, "cable.bit_errors.outer_ip", {"0.01"});
  maybe(40, "cable.fcs", {"recomputed"});
  if (uses("mix")) return;  // it takes a packet for one that comes once, in order
  maybe(30, "cable.duplicate", {"0.01"});
  maybe(30, "cable.reorder.probability", {"0.01", "0.05"});
}

void Drawing::draw_faults() {
  maybe(20, "faults.doorbell.delayed", {"0.02"});
  maybe(20, "faults.stall.lanes", {"0.002"});
  maybe(20, "faults.stall.units", {"0.002"});
  // What needs a reset of the function is for workloads that go on after it.
  if (uses("mix") || uses("tcp")) return;
  set("host.watchdog", "50us");
  maybe(20, "faults.doorbell.lost", {"0.02"});
  maybe(20, "faults.data_read.aborted", {"0.0005"});
  maybe(20, "faults.data_read.poisoned", {"0.0005"});
  maybe(20, "faults.descriptor_read.poisoned", {"0.001"});
  maybe(20, "faults.write_lost", {"0.0001"});
  maybe(20, "faults.reset.after", {"30us", "200us"});
}

// Behind all others: what a seed draws besides stays as it was.
void Drawing::draw_vports() {
  if (uses("tcp")) return;
  if (uses("mix")) maybe(40, "mix.vlan", {"true"});
  maybe(20, "nic.tx.schedule.classes", {"0,1", "1,0,3"});
  if (!chance(30)) return;
  const std::string count = one_of({"2", "3"});
  set("nic.device.vports", count);
  set("host.vports", count);
  set("nic.device.queues", "32");
  if (uses("mix")) {
    maybe(30, "host.vport_queue_pairs", {"2,3"});
  } else {
    maybe(30, "host.vport_queue_pairs", {"1,3", "4,0"});
  }
  maybe(30, "nic.tx.schedule.vport_weights", {"1,3", "5,1,1"});
  maybe(20, "nic.tx.schedule.vport_rates", {"5Gbps,0bps", "20Gbps"});
}

RunOptions Drawing::draw_gro() {
  options_.workload = one_of({"tcp", "tcp_tso", "tcp_bidir"});
  draw_tcp();
  maybe(40, "tcp.psp", {"off", "upgrade"});
  set("host.gro", "true");
  maybe(30, "host.header_split", {"true"});
  maybe(40, "host.strip_headers", {"true"});
  maybe(30, "host.queue_pairs", {"2", "3"});
  draw_gro_limits();
  set("cable.loss", one_of({"0.002", "0.02", "0.05"}));
  set("cable.duplicate", one_of({"0.002", "0.02", "0.05"}));
  set("cable.reorder.probability", one_of({"0.01", "0.05", "0.2"}));
  maybe(50, "cable.reorder.distance", {"1", "2", "9"});
  set("check.authentic", "on");
  set("faults.overload", "true");
  return options_;
}

RunOptions Drawing::draw_any() {
  draw_traffic();
  if (!uses("mix") && chance(10)) draw_protection();
  draw_card();
  draw_host();
  if (chance(60)) draw_cable();
  if (chance(40)) draw_faults();
  draw_vports();
  set("check.authentic", "on");
  set("faults.overload", "true");  // small rings and buffers are drawn, too
  return options_;
}

}  // namespace

SwarmKind parse_swarm_kind(std::string_view text) {
  if (text == "any") return SwarmKind::kAny;
  if (text == "gro") return SwarmKind::kGro;
  throw base::ConfigError("--kind", "\"" + std::string(text) + "\" is neither any nor gro");
}

RunOptions draw_run(uint64_t seed, SwarmKind kind) {
  Drawing drawing(seed);
  return kind == SwarmKind::kGro ? drawing.draw_gro() : drawing.draw_any();
}

std::string command_line(const RunOptions& options) {
  std::string line = "pspnic run --workload " + options.workload;
  if (options.packets) line += " --packets " + std::to_string(*options.packets);
  line += " --seed " + std::to_string(options.seed);
  for (const std::string& setting : options.settings) line += " --set " + setting;
  if (!options.protect.empty()) line += " --protect '" + options.protect + "'";
  return line;
}

}  // namespace pspnic::bench
