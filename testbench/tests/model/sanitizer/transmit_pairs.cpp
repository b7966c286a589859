// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;

constexpr const char* kFirst = "tx queue 0, descriptor 0";
constexpr const char* kSecond = "tx queue 0, descriptor 1";

Descriptor of_dtype(uint8_t dtype) {
  Descriptor bytes{};
  bytes[8] = dtype;
  return bytes;
}
Descriptor base_context(uint16_t command, uint16_t mss) {
  Descriptor bytes{};
  idpf::BaseContextDescriptor{.command = command, .mss = mss}.encode(bytes);
  return bytes;
}
// Header lengths of an Ethernet, IPv4, TCP frame unless told.
Descriptor base_data(const TxKit::Stored& frame, uint16_t command, uint16_t ip_bytes = 20) {
  Descriptor bytes{};
  idpf::BaseDataDescriptor{.buffer_address = frame.address,
                           .command = command,
                           .mac_length = 14,
                           .ip_length = ip_bytes,
                           .l4_length = 20,
                           .buffer_size = frame.size}
      .encode(bytes);
  return bytes;
}
Descriptor flex_data(const TxKit::Stored& frame, uint16_t command) {
  Descriptor bytes{};
  idpf::FlexDataDescriptor{.buffer_address = frame.address, .command = command, .buffer_size = frame.size}
      .encode(bytes);
  return bytes;
}
TcpFlow udp() {
  TcpFlow flow;
  flow.udp = true;
  return flow;
}
Violations sent(size_t frames) {
  return transmit([frames](TxKit& kit) { kit.put_frames(static_cast<unsigned>(frames)); });
}
Violations one_frame() {
  return sent(1);
}
Violations tso_of(const TcpFlow& flow, size_t payload, uint16_t mss, int header_bytes = -1) {
  return transmit([&](TxKit& kit) { kit.put_tso(flow, payload, mss, header_bytes); });
}
Violations of_bytes(const Bytes& bytes, const test::TxSettings& settings = {}) {
  return transmit([&](TxKit& kit) { kit.put_data(kit.keep(bytes)); }, settings);
}
Violations plain(size_t bytes, uint16_t ether_type, const test::TxSettings& settings = {}) {
  Bytes frame(bytes, 2);
  net::store_be16(&frame[12], ether_type);
  return of_bytes(frame, settings);
}
test::TxSettings small_mtu() {
  test::TxSettings settings;
  settings.mac.mtu = 1500;
  return settings;
}
Violations pieces(unsigned count) {
  return transmit([count](TxKit& kit) {
    const TxKit::Stored frame = kit.store({}, 200);
    const auto step = static_cast<uint16_t>(frame.size / count);
    for (unsigned i = 0; i + 1 < count; ++i) kit.put(0, data(frame.address + i * step, step, false));
    kit.put(0, data(frame.address + (count - 1) * step, step, true));
  });
}
template <class Body>
Violations single(Body body) {
  return transmit([&](TxKit& kit) {
    kit.single();
    body(kit, kit.store());
  });
}
Violations base_tso(uint16_t ip_bytes) {
  return single([ip_bytes](TxKit& kit, const TxKit::Stored& frame) {
    kit.put(0, base_context(idpf::kBaseContextTso, 1000));
    kit.put(0, base_data(frame, idpf::kBaseEop | idpf::kBaseRs, ip_bytes));
  });
}
// A TSO frame that is no IP, or a fragment.
Violations spoilt_tso(size_t byte, uint8_t value) {
  return transmit([=](TxKit& kit) {
    Bytes frame = test::tso_template({}, Bytes(500, 1));
    frame[byte] = value;
    kit.put(0, queue::test::tso(100, 54));
    kit.put_data(kit.keep(frame));
  });
}
Violations tags(bool wait) {
  return transmit([wait](TxKit& kit) {
    const TxKit::Stored frame = kit.store();
    kit.put_data(frame, 5);
    if (wait) kit.play();
    kit.put_data(frame, 5);
  });
}
// Hands over 100 frames, and at once so many more.
Violations overtake(unsigned more) {
  return transmit([more](TxKit& kit) {
    kit.put_frames(100);
    kit.ring(0);
    kit.put_frames(more);
  });
}
Violations before_enable(uint32_t tail) {
  TxKit kit;
  kit.stop();
  kit.queues.configure(0, {kit.ring_address(0), TxKit::kRing, true});
  kit.queues.write_tail(0, tail);
  kit.run();
  return kit.violations.first();
}
Violations stopped_behind(bool whole) {
  TxKit kit;
  kit.put(0, queue::test::tso(100, 54));
  if (whole) kit.put_frame(0, test::tso_template({}, Bytes(500, 1)), 0);
  kit.play();
  kit.stop();
  return kit.violations.first();
}
Violations completing(bool enabled) {
  return transmit([enabled](TxKit& kit) {
    kit.completions.enable(0, enabled);
    kit.put_frames(1);
  });
}
Violations reserved(uint16_t size_bits) {
  return transmit([size_bits](TxKit& kit) {
    const TxKit::Stored frame = kit.store();
    Descriptor bytes = data(frame.address, frame.size);
    net::store_le16(&bytes[14], static_cast<uint16_t>(frame.size | size_bits));
    kit.put(0, bytes);
  });
}

std::vector<Pair> single_queue_pairs() {
  return {
      {Rule::kTxDtypeSingle, kFirst,
       [] { return single([](TxKit& kit, const auto&) { kit.put(0, of_dtype(7)); }); },
       [] {
         return single([](TxKit& kit, const auto& frame) { kit.put(0, flex_data(frame, idpf::kFlexEop)); });
       }},
      {Rule::kTxTsoHeaderLong, kSecond, [] { return base_tso(508); }, [] { return base_tso(20); }},
      {Rule::kTxTsoBaseData, kSecond,
       [] {
         return single([](TxKit& kit, const auto& frame) {
           kit.put(0, base_context(idpf::kBaseContextTso, 1000));
           kit.put(0, flex_data(frame, idpf::kFlexEop));
         });
       },
       [] {
         return single([](TxKit& kit, const auto& frame) {
           kit.put(0, base_context(0, 0));
           kit.put(0, flex_data(frame, idpf::kFlexEop));
         });
       }},
      {Rule::kTxVlan, kFirst,
       [] {
         return single([](TxKit& kit, const auto& frame) {
           kit.put(0, base_data(frame, idpf::kBaseEop | idpf::kBaseIl2tag1));
         });
       },
       [] {
         return single([](TxKit& kit, const auto& frame) { kit.put(0, base_data(frame, idpf::kBaseEop)); });
       }},
  };
}

std::vector<Pair> split_queue_pairs() {
  return {
      {Rule::kTxDtypeSplit, kFirst, [] { return transmit([](TxKit& kit) { kit.put(0, of_dtype(7)); }); },
       one_frame},
      {Rule::kTxContextPlace, kSecond,
       [] {
         return transmit([](TxKit& kit) {
           kit.put(0, queue::test::tso(100, 54));
           kit.put_tso({}, 500, 100);
         });
       },
       [] { return tso_of({}, 500, 100); }},
      {Rule::kTxTsoMss, kFirst, [] { return tso_of({}, 500, 0); }, [] { return tso_of({}, 5, 1); }},
      {Rule::kTxTsoHeaderShort, kFirst, [] { return tso_of(udp(), 500, 100, 41); },
       [] { return tso_of(udp(), 500, 100, 42); }},
      {Rule::kTxTsoPayload, kSecond, [] { return tso_of({}, 0, 100); }, [] { return tso_of({}, 1, 100); }},
      {Rule::kTxTsoIp, kSecond, [] { return spoilt_tso(12, 0x12); }, [] { return spoilt_tso(12, 0x08); }},
      {Rule::kTxTsoL4, kSecond, [] { return spoilt_tso(23, 132); }, [] { return spoilt_tso(23, 6); }},
      {Rule::kTxTsoHeaderEnd, kFirst, [] { return tso_of({}, 500, 100, 58); },
       [] { return tso_of({}, 500, 100, 54); }},
      {Rule::kTxBufferEmpty, kFirst,
       [] { return transmit([](TxKit& kit) { kit.put(0, data(kit.store().address, 0)); }); }, one_frame},
      {Rule::kTxBufferCount, "tx queue 0, descriptor 48", [] { return pieces(49); },
       [] { return pieces(48); }},
      {Rule::kTxFrameShort, kFirst, [] { return plain(16, 0x1234); }, [] { return plain(17, 0x1234); }},
      {Rule::kTxFrameLong, "tx queue 0, descriptor 5", [] { return tso_of({}, 70000, 1000); },
       [] { return tso_of({}, 65000, 1000); }},
      {Rule::kTxReserved, kFirst, [] { return reserved(0x8000); }, [] { return reserved(0); }},
      {Rule::kTxSlotReuse, kFirst, [] { return overtake(28); }, [] { return overtake(27); }},
      {Rule::kTxTagReuse, kSecond, [] { return tags(false); }, [] { return tags(true); }},
      {Rule::kTxTailDisabled, "tx queue 0", [] { return before_enable(1); }, [] { return before_enable(0); }},
      {Rule::kTxPacketIncomplete, "tx queue 0", [] { return stopped_behind(false); },
       [] { return stopped_behind(true); }},
      {Rule::kTxFrameMtu, kFirst, [] { return plain(3000, 0x1234, small_mtu()); },
       [] { return plain(1514, 0x1234, small_mtu()); }},
      {Rule::kTxControlFrame, kFirst, [] { return plain(64, 0x8808); }, [] { return plain(64, 0x8809); }},
      {Rule::kTxCompletionDisabled, "tx completion queue 0", [] { return completing(false); },
       [] { return completing(true); }},
  };
}

}  // namespace

std::vector<Pair> transmit_pairs() {
  std::vector<Pair> pairs = split_queue_pairs();
  for (const Pair& pair : single_queue_pairs()) pairs.push_back(pair);
  return pairs;
}

}  // namespace pspnic::misbehave
