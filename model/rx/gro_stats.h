// SPDX-License-Identifier: Apache-2.0
// What the coalescer counts.
#pragma once

#include <string>
#include <vector>

#include "model/base/stats.h"
#include "model/rx/gro_segment.h"

namespace pspnic::rx {

// In the order of GroFlush.
inline std::vector<std::string> gro_flush_names() {
  return {"timeout",  "limit",    "push",     "flags",    "no_data",  "sequence",
          "mismatch", "checksum", "fragment", "eviction", "pressure", "drain"};
}

struct GroStats {
  explicit GroStats(base::StatGroup& parent) : group(parent, "gro") {}

  base::StatGroup group;
  base::Counter packets{group, "packets", "packet", "Packets of queues with RSC"};
  base::Counter merged{group, "merged", "packet", "Of these, put behind another one"};
  base::Counter aggregates{group, "aggregates", "packet", "Merged packets of two and more segments"};
  base::Counter passed{group, "passed", "packet",
                       "Not merged because all contexts of the flow's set were in use"};
  base::CounterArray flushes{group, "flushes", "packet", "Contexts whose packet was handed on, by reason",
                             gro_flush_names()};
  base::Gauge contexts{group, "contexts", "context", "Contexts in use"};
  base::Gauge held{group, "held", "byte", "Bytes of the packet buffer that contexts hold"};
  base::Histogram segments{group, "segments", "packet", "Segments of a packet handed to a queue"};
  base::Histogram added_latency{group, "added_latency", "ps",
                                "Of a packet: from its arrival at the coalescer until it is handed on"};
  base::Counter busy_time{group, "busy_time", "ps", "Time in which the stage was taken"};
  base::Formula utilisation{group, "utilisation", "1", "Share of time in which the stage was taken",
                            [this](const base::DumpContext& context) {
                              return static_cast<double>(busy_time.value()) /
                                     static_cast<double>(context.elapsed_ps);
                            }};
  base::Formula ratio{group, "ratio", "1", "Coalescing ratio: packets that came for one handed on",
                      [this](const base::DumpContext&) { return segments.mean(); }};
};

}  // namespace pspnic::rx
