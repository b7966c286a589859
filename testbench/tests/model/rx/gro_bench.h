// SPDX-License-Identifier: Apache-2.0
// The receive path with coalescing on.
#pragma once

#include <utility>
#include <vector>

#include "model/idpf/virtchnl2_caps.h"
#include "testbench/tests/model/rx/gro_packets.h"
#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::test {

class GroBench : public RxBench {
 public:
  explicit GroBench(const rx::GroParams& gro, uint32_t rsc_caps = idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp,
                    uint16_t split = 0)
      : RxBench(rx_params(gro)) {
    rsc = rsc_caps;
    header_bytes = split;
    queues.enable(0, false);
    queues.enable(1, false);
    start();
  }

  void receive(const GroPacket& packet) {
    Bytes frame = build(packet);
    if (packet.psp) {
      const psp::SessionKey key = keys.derive(packet.spi, static_cast<psp::Version>(packet.version));
      EXPECT_TRUE(psp::seal(*aead, key, std::span(frame).subspan(packet.psp_offset())));
    }
    RxBench::receive(frame);
  }
  void receive_bytes(const Bytes& frame) { RxBench::receive(frame); }

  // Three of 100 bytes each, of this flow; the packet that they make, and what the driver got.
  std::pair<GroPacket, std::vector<Received>> send_three(GroPacket packet) {
    GroPacket whole = packet;
    whole.payload.clear();
    for (int i = 0; i < 3; ++i, packet = packet.next(100)) {
      receive(packet);
      whole.payload.insert(whole.payload.end(), packet.payload.begin(), packet.payload.end());
    }
    run();
    return {whole, frames(0)};
  }

  const rx::GroStats& gro() const { return pipeline.gro_stats(); }
  uint64_t flushes(rx::GroFlush why) const { return gro().flushes[why]; }

 private:
  static rx::RxParams rx_params(const rx::GroParams& gro) {
    rx::RxParams params;
    params.gro = gro;
    return params;
  }
};

}  // namespace pspnic::test
