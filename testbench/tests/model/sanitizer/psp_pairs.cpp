// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;
using Context = idpf::PspContextDescriptor;

constexpr const char* kFirst = "tx queue 0, descriptor 0";
constexpr const char* kSecond = "tx queue 0, descriptor 1";
constexpr uint32_t kSlot = 1;

TcpFlow psp_flow() {
  TcpFlow flow;
  flow.psp = true;
  flow.icv_room = false;
  return flow;
}

Context whole() {
  return queue::test::psp(kSlot, TxKit::kTag);
}
Context segmented() {
  Context context = whole();
  context.command = idpf::kContextTso;
  context.mss = 100;
  context.header_length = static_cast<uint8_t>(psp_flow().header_bytes());
  return context;
}

// A PSP frame behind this context, with an SA of the table.
Violations behind(const Context& context, const TcpFlow& frame = psp_flow()) {
  return transmit([&](TxKit& kit) {
    kit.add_sa(kSlot, psp_flow());
    kit.put(0, encode(context));
    kit.put_data(kit.keep(test::tso_template(frame, Bytes(300, 1))));
  });
}
template <class Change>
Violations changed(Change change, Context context = whole()) {
  change(context);
  return behind(context);
}
Violations good() {
  return behind(whole());
}

test::TxSettings keys_granted() {
  test::TxSettings settings;
  settings.key_in_descriptor = true;
  return settings;
}

// A frame with a key of its own; `change` may spoil context and descriptors of the key.
template <class Change>
Violations inlined(Change change, const test::TxSettings& settings = keys_granted()) {
  return transmit(
      [&](TxKit& kit) {
        Context context = queue::test::psp_inline();
        const psp::SessionKey key = test::session_key(psp::Version::kAesGcm128, 1);
        std::vector<Descriptor> parts = queue::test::keys(key.view());
        change(context, parts);
        kit.put(0, encode(context));
        for (const Descriptor& part : parts) kit.put(0, part);
        kit.put_data(kit.keep(test::tso_template(psp_flow(), Bytes(300, 1))));
      },
      settings);
}
Violations own_key() {
  return inlined([](Context&, auto&) {});
}
Violations flagged(bool psp) {
  return transmit([psp](TxKit& kit) {
    kit.stop();
    kit.queues.configure(0, {kit.ring_address(0), TxKit::kRing, psp});
    kit.reports.configure(0, {idpf::QueueModel::kSplit, 0, 0, 10});
    kit.queues.enable(0);
    kit.add_sa(kSlot, psp_flow());
    kit.put(0, encode(whole()));
    kit.put_data(kit.keep(test::tso_template(psp_flow(), Bytes(300, 1))));
  });
}
Violations after_delete(bool deleted) {
  return transmit([deleted](TxKit& kit) {
    kit.add_sa(kSlot, psp_flow());
    if (deleted) kit.erase_sa(kSlot);
    kit.put(0, encode(whole()));
    kit.put_data(kit.keep(test::tso_template(psp_flow(), Bytes(300, 1))));
  });
}

// A packet is sealed, and the SA is then to go on so far above its IV.
Violations iv_given(uint64_t above) {
  TxKit kit;
  kit.add_sa(kSlot, psp_flow());
  kit.put(0, encode(whole()));
  kit.put_data(kit.keep(test::tso_template(psp_flow(), Bytes(300, 1))));
  kit.play();
  kit.watch.on_iv_given(kSlot, kit.iv_clock.last() + above);
  return kit.violations.first();
}

std::vector<Pair> context_pairs() {
  return {
      {Rule::kTxPspFlag, kFirst, [] { return flagged(false); }, [] { return flagged(true); }},
      {Rule::kTxPspKeySource, kFirst,
       [] { return changed([](Context& c) { c.key_source = idpf::PspKeySource::kNone; }); }, good},
      {Rule::kTxPspIv, kFirst, [] { return changed([](Context& c) { c.iv_from_header = true; }); }, good},
      {Rule::kTxPspTsoIcv, kFirst,
       [] { return changed([](Context& c) { c.append_icv = false; }, segmented()); },
       [] { return behind(segmented()); }},
      {Rule::kPspIvReuse, "physical function, SA slot 1", [] { return iv_given(0); },
       [] { return iv_given(1); }},
      {Rule::kPspSaUnknown, kFirst, [] { return changed([](Context& c) { c.sa_idx = 2; }); }, good},
      {Rule::kPspSaDeleted, kFirst, [] { return after_delete(true); }, [] { return after_delete(false); }},
      {Rule::kPspSaTag, kFirst, [] { return changed([](Context& c) { c.sa_tag = 0x78; }); }, good},
      {Rule::kPspHeaderMissing, kSecond, [] { return behind(whole(), TcpFlow{}); }, good},
      {Rule::kPspHeaderSa, kSecond,
       [] {
         TcpFlow other = psp_flow();
         other.spi++;
         return behind(whole(), other);
       },
       good},
  };
}

std::vector<Pair> inline_key_pairs() {
  return {
      {Rule::kTxPspInlineGranted, kFirst, [] { return inlined([](Context&, auto&) {}, {}); }, own_key},
      {Rule::kTxPspInlineTemplate, kFirst,
       [] { return inlined([](Context& c, auto&) { c.device_built = true; }); }, own_key},
      {Rule::kTxPspInlineSpi, kFirst, [] { return inlined([](Context& c, auto&) { c.insert_spi = true; }); },
       own_key},
      {Rule::kTxKeyMissing, kSecond, [] { return inlined([](Context&, auto& parts) { parts.clear(); }); },
       own_key},
      {Rule::kTxKeyAlone, kSecond, [] { return inlined([](Context& c, auto&) { c = whole(); }); }, own_key},
      {Rule::kTxKeyIndex, kSecond,
       [] { return inlined([](Context&, auto& parts) { std::swap(parts[0], parts[1]); }); }, own_key},
      {Rule::kTxKeyLast, kSecond, [] { return inlined([](Context&, auto& parts) { parts[0][10] = 0x80; }); },
       own_key},
  };
}

}  // namespace

std::vector<Pair> psp_pairs() {
  std::vector<Pair> pairs = context_pairs();
  for (const Pair& pair : inline_key_pairs()) pairs.push_back(pair);
  return pairs;
}

}  // namespace pspnic::misbehave
