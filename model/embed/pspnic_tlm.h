// SPDX-License-Identifier: Apache-2.0
// The modelled network card as a module of your own SystemC simulation (2.3.4, the one that libpspnic is
// linked with; C++17 or later). docs/embedding.md has the whole picture,
// testbench/examples/embed/platform.cpp a platform with two cards.
//
//   mmio      target     The host's accesses of 32 aligned bits to configuration space, BAR0 and BAR4 of each
//                        function, of 8 and 16 to configuration space as well; addresses as PSPNIC_CONFIG,
//                        PSPNIC_BAR0, PSPNIC_BAR4 of pspnic.h have them. A read's answer takes the time that
//                        it adds to the annotated delay.
//   dma       initiator  Reads and writes of host memory, at any address and of any length, and interrupt
//                        messages (MSI-X), which are writes of 4 bytes to the addresses that the driver
//                        gave. Each has a DmaInfo. Direct memory access (DMI) is asked for where a target
//                        allows it, and then tells nobody who accesses. Any failure counts as unmapped.
//   wire_in   target     A write is a frame whose last bit arrives after the annotated delay. Its bytes are
//                        those without preamble and check sequence; address 0. Frames arrive in the order of
//                        the calls. A FrameInfo may say that the check sequence does not match. May stay
//                        unbound.
//   wire_out  initiator  The same of frames that the card sends: a write at the time of the last bit, with a
//                        FrameInfo. May stay unbound: the frames are lost.
//
// Loosely timed, b_transport() alone. All sockets are served in your kernel, at its time; its resolution must
// be 1 ps, the default. Nothing of the card calls wait(), so b_transport() may be called from methods as
// well; the card calls from methods, so targets of dma and wire_out must not wait() either. How long an
// access to host memory takes is the card's to say (parameters nic.pcie.*): what a target adds to the delay
// is not counted. Errors of parameters are thrown as std::runtime_error by the constructor, place and rule in
// their text.
#ifndef PSPNIC_TLM_H
#define PSPNIC_TLM_H

#include <pspnic.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace pspnic {

// Of a frame on wire_in or wire_out.
struct FrameInfo : tlm::tlm_extension<FrameInfo> {
  bool fcs_ok = true;          // its check sequence matches
  sc_core::sc_time first_bit;  // wire_out: when it began to leave the port
  sc_core::sc_time last_bit;   // wire_out: now

  tlm::tlm_extension_base* clone() const override { return new FrameInfo(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const FrameInfo&>(other);
  }
};

// Of an access on dma: the function that does it, 0 the physical one, n virtual function n.
struct DmaInfo : tlm::tlm_extension<DmaInfo> {
  unsigned function = 0;

  tlm::tlm_extension_base* clone() const override { return new DmaInfo(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const DmaInfo&>(other);
  }
};

// As pspnic_config; the name of counters is that of the module.
struct CardConfig {
  std::string json;              // {"nic": {...}}; empty: all defaults
  std::vector<std::string> set;  // KEY=VALUE, on top of them
  std::uint64_t seed = 1;
  std::uint64_t stream = 0;
  std::uint8_t mac[6] = {0x02, 0x50, 0x53, 0x50, 0x00, 0x0a};
  std::uint32_t spi_first = 1;
};

class PSPNIC_API Card : public sc_core::sc_module {
 public:
  explicit Card(const sc_core::sc_module_name& name, const CardConfig& config = {});
  ~Card() override;

  tlm_utils::simple_target_socket<Card> mmio;
  tlm_utils::simple_initiator_socket<Card> dma;
  tlm_utils::simple_target_socket_optional<Card> wire_in;
  tlm_utils::simple_initiator_socket_optional<Card> wire_out;

  // As pspnic_counter(): throws std::runtime_error that names the nearest name.
  std::uint64_t counter(const std::string& name) const;
  // As the calls of pspnic.h with these names. Strict mode is as report here: ask for the count.
  std::string counters_json() const;
  std::string parameters_json() const;
  std::string violations() const;
  std::string violations_json() const;
  std::uint64_t violation_count() const;

 private:
  struct Parts;
  void on_mmio(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  void on_wire_in(tlm::tlm_generic_payload& frame, sc_core::sc_time& delay);
  void on_invalidate(sc_dt::uint64 first, sc_dt::uint64 last);

  std::unique_ptr<Parts> parts_;
};

}  // namespace pspnic

#endif
