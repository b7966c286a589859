// SPDX-License-Identifier: Apache-2.0
// Parameters of the workload traffic: what each host offers, of which sizes, when, and on which flows.
#pragma once

#include "model/base/params.h"
#include "testbench/bench/header_params.h"
#include "testbench/bench/psp_mode.h"
#include "testbench/traffic/arrival_process.h"
#include "testbench/traffic/size_params.h"

namespace pspnic::bench {

// What one host offers; with requests, A's are the requests and B's the answers.
struct TrafficSideParams {
  traffic::SizeParams sizes;
  traffic::ArrivalParams arrivals;

  template <class Visitor>
  void describe(Visitor& v) {
    v.group("sizes", sizes);
    v.group("arrivals", arrivals);
  }
};

struct RpcParams {
  using Times = traffic::ArrivalParams::Times;
  unsigned outstanding = 0;
  base::Duration think{0};
  Times think_times = Times::kExponential;
  base::Duration timeout{10 * base::kMs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("outstanding", outstanding, 0u, 256u,
            "Requests of a flow under way at once: host A sends one of a.sizes, host B answers with one of "
            "b.sizes, the next follows the answer. 0: no requests, hosts offer by their arrivals",
            "Assumed");
    v.value("think", think, base::Duration{0}, base::Duration{1 * base::kSec},
            "From a request's last byte at host B to the answer's first transmit(), the mean", "Assumed");
    v.choice("think_times", think_times, {{"exponential", Times::kExponential}, {"fixed", Times::kFixed}},
             "How times to think are distributed", "Assumed: servers have no memory");
    v.value("timeout", timeout, base::Duration{1 * base::kUs}, base::Duration{100 * base::kSec},
            "A request without a whole answer for so long counts as lost, and the next is sent; found with a "
            "resolution of half of it",
            "Assumed; nothing is sent again");
  }
};

struct TrafficParams : HeaderParams {
  unsigned flows = 16;
  double zipf = 0;
  bool psp = true;
  unsigned psp_version = 0;
  PspModeParams mode;
  unsigned mss = 1472;
  bool tso = false;
  base::ByteSize window{1 * base::kMiB};
  uint64_t backlog = 1'000'000;
  base::Duration duration{0};
  TrafficSideParams a;
  TrafficSideParams b;
  RpcParams rpc;

  TrafficParams() {
    udp = true;
    a.arrivals.kind = traffic::ArrivalParams::Kind::kBackToBack;
  }

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("flows", flows, 1u, 65'536u,
            "Connections, in turn on the queues; each has an SA for each direction that is used", "Assumed");
    v.value(
        "zipf", zipf, 0.0, 10.0,
        "Popularity of flows: the n-th gets messages in proportion to n^-zipf; 0: all alike. Back to back, "
        "among the flows of each queue",
        "Assumed; about 1 is often found");
    v.value("psp", psp, "Protect with PSP", "What the model is for");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    mode.describe(v);
    HeaderParams::describe(v);
    v.value("mss", mss, 24u, 9100u, "Largest TCP or UDP payload of a packet; larger messages are cut",
            "1500-byte MTU less IPv4 and UDP, before PSP");
    v.value("tso", tso, "The card cuts messages above mss, up to 64000 bytes at once; else the host does",
            "Linux sends up to 64 KiB");
    v.value(
        "window", window, base::ByteSize{1}, base::ByteSize{1 * base::kGiB},
        "Bytes a queue may have handed over and not yet seen completed; at least one frame is let through",
        "Four bandwidth-delay products of 400 Gb/s and 5 us, so that it never limits");
    v.value("backlog", backlog, uint64_t{1}, uint64_t{100'000'000},
            "Messages that wait in the host for a queue of the card, at most; further ones are dropped there "
            "and counted as not sent",
            "Assumed: practically unbounded");
    v.value("duration", duration, base::Duration{0}, base::Duration{100 * base::kSec},
            "How long messages are offered; 0, or with --packets: until that many of each host were",
            "Assumed");
    v.group("a", a);
    v.group("b", b);
    v.group("rpc", rpc);
  }
};

}  // namespace pspnic::bench
