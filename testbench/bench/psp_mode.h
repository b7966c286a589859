// SPDX-License-Identifier: Apache-2.0
// Parameters of how a workload's packets are protected: the modes and header fields of PSP.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "model/base/params.h"
#include "testbench/bench/card_pair.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

struct PspModeParams {
  enum class SourcePort { kHash, kTable, kFixed };
  bool tunnel = false;
  bool outer_ipv6 = false;
  unsigned crypt_offset = 0;
  bool expose_ports = false;
  bool vc = false;
  uint64_t vc_value = 0x1234;  // short: reports may hold nothing that looks like a key
  unsigned extension_words = 0;
  bool sample = false;
  bool drop_after_sample = false;
  SourcePort source_port = SourcePort::kHash;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* spec = "PSP Architecture Specification";
    v.value("tunnel", tunnel, "Tunnel mode: the whole IP packet is carried, behind an outer IP header",
            "Linux has transport mode alone");
    v.value("outer_ipv6", outer_ipv6, "Outer header of tunnel mode: IPv6 instead of IPv4", "Assumed");
    v.value("crypt_offset", crypt_offset, 0u, 63u,
            "Bytes behind the IV left in clear, in units of 4; less where a packet ends before",
            "Linux sends 0");
    v.value("expose_ports", expose_ports,
            "Crypt Offset that leaves the ports of TCP and UDP in clear, in place of crypt_offset",
            "Transport 1, tunnel 6 (IPv4) and 11 (IPv6), 2 more with a cookie: google/psp's configurations");
    v.value("vc", vc, "Virtualization cookie in the header", spec);
    v.value("vc_value", vc_value, uint64_t{0}, ~uint64_t{0}, "Its 64 bits", "Assumed");
    v.value("extension_words", extension_words, 0u, 16u,
            "Further bytes of the PSP header behind the cookie, in units of 8", spec);
    v.value("sample", sample, "S bit: sample at the receiver", spec);
    v.value("drop_after_sample", drop_after_sample, "D bit: drop after sampling", spec);
    v.choice(
        "source_port", source_port,
        {{"hash", SourcePort::kHash}, {"table", SourcePort::kTable}, {"fixed", SourcePort::kFixed}},
        "UDP source port: the flow's hash scaled to a range, a table that the hash indexes, or 50000 always",
        "The specification wants all three; Linux scales the hash");
  }
};

// What PSP adds to an IP packet, from outer IP header to ICV.
uint32_t psp_overhead_bytes(const PspModeParams& params);

// Throws base::ConfigError naming the parameter, of those that begin with `prefix`, that a card which builds
// the headers by itself cannot be told.
void check_device_built(const PspModeParams& params, const std::string& prefix);

// The driver's view of it, for what `from` sends. Must not be moved: it points into itself.
class PspModeSource {
 public:
  PspModeSource(const PspModeParams& params, Side from);
  PspModeSource(const PspModeSource&) = delete;
  PspModeSource& operator=(const PspModeSource&) = delete;

  const host::PspMode* mode() const { return &mode_; }

 private:
  static constexpr size_t kTableEntries = 16;  // the specification asks for no less
  static constexpr size_t kMaxExtensionBytes = 128;

  std::array<uint8_t, kMaxExtensionBytes> extension_{};
  std::array<uint16_t, kTableEntries> ports_{};
  host::PspMode mode_;
};

}  // namespace pspnic::bench
