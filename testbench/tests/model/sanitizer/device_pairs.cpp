// SPDX-License-Identifier: Apache-2.0
// Registers, interrupts, and the SAs of a whole card.
#include "testbench/tests/model/sanitizer/card_kit.h"
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/sanitizer/vector_kit.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;
using pcie::ConfigSpace;
namespace pf = idpf::pf;

constexpr uint32_t kIntena = 1u << 0;
constexpr uint32_t kSwintTrig = 1u << 2;
constexpr uint32_t kNoItr = 3u << 3;
constexpr uint32_t kWbOnItr = 1u << 30;
constexpr uint32_t kIntenaMsk = 1u << 31;

template <uint32_t offset, uint32_t value = 0>
Violations written() {
  return on_card([](CardKit& kit) { kit.write(offset, value); });
}
Violations tail_as_bus_master(bool on) {
  return on_card([on](CardKit& kit) {
    kit.set_bus_master(on);
    kit.write(pf::tx_tail(0), 0);
  });
}
Violations reset_and(base::Time wait) {
  return on_card([wait](CardKit& kit) {
    kit.write(pf::kPfgenCtrl, idpf::kPfSwr);
    kit.host().delay(wait);
    kit.write(pf::kOicrEna, 1);
  });
}
Violations message_to(bool mapped) {
  return on_card([mapped](CardKit& kit) {
    bench::HostSystem& host = kit.host();
    const uint64_t address = mapped ? host.message_address() : FlatMemory::kUnmapped;
    host.write32(host::Space::kBar4, 0, static_cast<uint32_t>(address));
    host.write32(host::Space::kBar4, 4, static_cast<uint32_t>(address >> 32));
    host.write32(host::Space::kBar4, 12, 0);
    host.write32(host::Space::kConfig, ConfigSpace::kMsixCapability, kMsixOn);
    kit.write(pf::glint_dyn_ctl(0), kIntena | kSwintTrig | kNoItr);
  });
}

template <class Body>
Violations vector(Body body) {
  VectorKit kit;
  body(kit);
  kit.run();
  return kit.violations.first();
}
// Work comes to it; armed and unmasked again just before the limit, or never.
Violations left(bool masked, bool in_time) {
  return vector([=](VectorKit& kit) {
    kit.mask(masked);
    kit.work_twice();
    if (!in_time) return;
    kit.at(kit.events.now() + kLimit - 1, [&kit] {
      kit.mask(false);
      kit.arm(0);
    });
    kit.run();
  });
}
Violations dyn_ctl(uint32_t value) {
  return vector([value](VectorKit& kit) { kit.interrupts.write_dyn_ctl(0, value); });
}
Violations entry_changed(bool masked) {
  return vector([masked](VectorKit& kit) {
    kit.mask(masked);
    kit.msix.write(8, 7);
  });
}

struct Nobody : host::Stack {
  void on_receive(std::span<const uint8_t>, const host::RxInfo&) override {}
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}
};

Violations key_installed(unsigned times) {
  return on_card([times](CardKit& kit) {
    Nobody stack;
    host::DriverConfig config;
    config.queue_pairs = 1;
    host::Driver driver(kit.host(), config);
    driver.start(stack);
    const host::RxSa sa = driver.allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
    const host::TxSaRequest request{sa.spi, psp::Version::kAesGcm128, sa.key};
    for (unsigned i = 0; i < times; ++i) {
      const host::SaHandle handle = driver.add_tx_sas(std::span(&request, 1)).at(0);
      driver.delete_tx_sas(std::span(&handle, 1));
    }
    driver.stop();
  });
}

std::vector<Pair> register_pairs() {
  return {
      {Rule::kRegUnknown, "BAR0, register 0x0bad0000", written<0x0bad0000>, written<pf::kOicrEna>},
      {Rule::kRegSecondaryMailbox, "BAR0, register SEC_ARQBAL(0)", written<pf::kSecondaryMailboxBase>,
       written<pf::kAtqt>},
      {Rule::kRegVector, "BAR0, register GLINT_DYN_CTL(65)", written<pf::glint_dyn_ctl(65)>,
       written<pf::glint_dyn_ctl(64)>},
      {Rule::kRegTxQueue, "BAR0, register TX_TAIL(4)", written<pf::tx_tail(4)>, written<pf::tx_tail(3)>},
      {Rule::kRegRxQueue, "BAR0, register RX_TAIL(4)", written<pf::rx_tail(4)>, written<pf::rx_tail(3)>},
      {Rule::kRegBufferQueue, "BAR0, register RX_BUF_TAIL(8)", written<pf::rx_buf_tail(8)>,
       written<pf::rx_buf_tail(7)>},
      {Rule::kRegReadOnly, "BAR0, register PFGEN_RSTAT", written<pf::kPfgenRstat>, written<pf::kPfgenCtrl>},
      {Rule::kRegInReset, "BAR0, register PF_INT_DIR_OICR_ENA", [] { return reset_and(0); },
       [] { return reset_and(100 * base::kUs); }},
  };
}

}  // namespace

std::vector<Pair> device_pairs() {
  std::vector<Pair> pairs = register_pairs();
  for (const Pair& pair : std::vector<Pair>{
           {Rule::kPciBusMaster, "BAR0, register TX_TAIL(0)", [] { return tail_as_bus_master(false); },
            [] { return tail_as_bus_master(true); }},
           {Rule::kIrqNotRearmed, "vector 0", [] { return left(false, false); },
            [] { return left(false, true); }},
           {Rule::kIrqBothModes, "vector 0", [] { return dyn_ctl(kIntena | kWbOnItr); },
            [] { return dyn_ctl(kIntenaMsk | kWbOnItr); }},
           {Rule::kIrqReserved, "vector 0", [] { return dyn_ctl(kNoItr | 1u << 17); },
            [] { return dyn_ctl(kNoItr | 1u << 16); }},
           {Rule::kMsixEntryLive, "vector 0, MSI-X entry", [] { return entry_changed(false); },
            [] { return entry_changed(true); }},
           {Rule::kMsixMasked, "vector 0", [] { return left(true, false); }, [] { return left(true, true); }},
           {Rule::kMsixUnmapped, "vector 0", [] { return message_to(false); },
            [] { return message_to(true); }},
           {Rule::kPspKeyReuse, "physical function, SA slot 1", [] { return key_installed(2); },
            [] { return key_installed(1); }},
       }) {
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace pspnic::misbehave
