// SPDX-License-Identifier: Apache-2.0
// Parameters of how large the messages of a direction are. A message is what is offered at one time: a
// packet, or, where it is larger than one may be, several.
#pragma once

#include <string>

#include "model/base/params.h"

namespace pspnic::traffic {

// Which sizes there are, but for the one that `fixed` stands for.
struct SizeSourceParams {
  enum class Kind { kFixed, kImix, kGenome, kCsv, kCapture };
  enum class Of { kPayload, kFrame };
  Kind kind = Kind::kFixed;
  Of of = Of::kPayload;
  std::string genome = "aaaaaaaddddg";
  std::string file = "none";

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice(
        "kind", kind,
        {{"fixed", Kind::kFixed},
         {"imix", Kind::kImix},
         {"genome", Kind::kGenome},
         {"csv", Kind::kCsv},
         {"capture", Kind::kCapture}},
        "fixed: all alike; imix: frames of 64, 594 and 1518 bytes as 7:4:1; genome: the sizes of `genome` "
        "in their order; csv, capture: as often as `file` says",
        "Assumed");
    v.choice(
        "of", of, {{"payload", Of::kPayload}, {"frame", Of::kFrame}},
        "What a size of csv and capture counts, and of bytes. payload: TCP or UDP payload; frame: one frame "
        "with FCS, before PSP. imix and genome are of frames",
        "Applications know payloads, networks frames");
    v.text("genome", genome,
           "IMIX Genome: a 64, b 128, c 256, d 512, e 1024, f 1280, g 1518, h 2112, i 9000, j 16000 bytes, z "
           "the "
           "largest frame; sent from front to end, again and again",
           "Sizes: RFC 6985; this one: about 7:4:1");
    v.text("file", file,
           "csv: lines of bytes,weight, # begins a comment; capture: pcap or pcapng, of whose TCP and UDP "
           "packets the sizes are taken; none: no file",
           "No distribution fits all");
  }
};

struct SizeParams : SizeSourceParams {
  base::ByteSize bytes{1408};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("bytes", bytes, base::ByteSize{1}, base::ByteSize{16 * base::kMiB},
            "Size of fixed messages; payload above traffic.mss is cut into packets",
            "1500-byte MTU less IPv4, TCP with time stamps and 40 bytes of PSP");
    SizeSourceParams::describe(v);
  }
};

}  // namespace pspnic::traffic
