// SPDX-License-Identifier: Apache-2.0
// Parameters of the workload churn: connections that come and go while data flows.
#pragma once

#include "model/base/params.h"
#include "testbench/traffic/size_params.h"

namespace pspnic::bench {

struct ChurnParams {
  enum class Lifetime { kExponential, kFixed };

  unsigned connections = 10'000;
  unsigned arrival_rate = 100'000;
  base::Duration lifetime{0};
  Lifetime lifetimes = Lifetime::kExponential;
  base::Duration exchange{50 * base::kUs};
  unsigned psp_version = 0;
  unsigned bulk = 16;
  unsigned outstanding = 8;
  base::Duration rotation_period{0};
  base::Bandwidth psp_rate{100 * base::kGbps};
  base::Bandwidth clear_rate{0};
  unsigned frame_bytes = 1400;
  traffic::SizeSourceParams sizes;
  base::Duration duration{20 * base::kMs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("connections", connections, 0u, 16'000'000u,
            "Connections alive when the run begins, set up before",
            "Assumed; PSP's announcement asks for ten million");
    v.value("arrival_rate", arrival_rate, 0u, 100'000'000u, "New connections a second, a Poisson process",
            "PSP's announcement asks for 100,000");
    v.value("lifetime", lifetime, base::Duration{0}, base::Duration{3600 * base::kSec},
            "Mean time from a connection's being set up to its end; 0: connections / arrival_rate, so that "
            "as many end as begin",
            "Assumed");
    v.choice("lifetimes", lifetimes, {{"exponential", Lifetime::kExponential}, {"fixed", Lifetime::kFixed}},
             "How lifetimes are distributed", "Assumed: connections have no memory");
    v.value(
        "exchange", exchange, base::Duration{0}, base::Duration{1 * base::kSec},
        "From a host's having an SPI and its key to the peer's having them, and of the end of a connection "
        "as well",
        "Assumed: half a round trip in a data centre and the hosts' software");
    v.value("psp_version", psp_version, 0u, 3u, "PSP version: 0, 1 AES-GCM-128, -256; 2, 3 GMAC-128, -256",
            "PSP Architecture Specification: version 0 is required of all");
    v.value("bulk", bulk, 1u, 510u,
            "SAs a message at most, as many as wait for one; the format takes 85 to allocate, 63 to add and "
            "510 to delete",
            "Assumed; Linux asks for one SA a message");
    v.value("outstanding", outstanding, 1u, 32u, "Messages of a host under way at once",
            "Assumed; Linux has one, its PSP core serialises a device's commands");
    v.value(
        "rotation_period", rotation_period, base::Duration{0}, base::Duration{3600 * base::kSec},
        "Each host rotates its card's keys so often, later where keys of the last but one are in use; its "
        "connections get new SAs during the first half of the period. 0: never",
        "Assumed; PSP Architecture Specification: daily");
    v.value("psp_rate", psp_rate, base::Bandwidth{0}, base::Bandwidth{1600 * base::kGbps},
            "Bits of plain frames a second that each host offers on its connections, before PSP's headers",
            "Half of a 200 Gb/s port");
    v.value("clear_rate", clear_rate, base::Bandwidth{0}, base::Bandwidth{1600 * base::kGbps},
            "Bits of frames a second that each host sends in clear beside them", "Assumed");
    v.value("frame_bytes", frame_bytes, 80u, 9000u,
            "Bytes of a plain frame, Ethernet header included, FCS not; where sizes.kind is fixed",
            "Assumed: nearly a 1500-byte MTU");
    v.group("sizes", sizes);
    v.value("duration", duration, base::Duration{1 * base::kUs}, base::Duration{100 * base::kSec},
            "How long connections come and packets are offered", "Assumed: 2000 new connections");
  }
};

}  // namespace pspnic::bench
