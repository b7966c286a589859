// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <stdexcept>

#include "model/embed/pspnic_tlm.h"
#include "model/idpf/registers.h"

namespace pspnic {
namespace {

using sc_core::sc_time;

// Memory that answers until it is told to throw, a wire, and a processor of plain calls.
class Platform : public sc_core::sc_module {
 public:
  explicit Platform(const sc_core::sc_module_name& name) : sc_module(name), memory_("memory"), mmio_("mmio") {
    memory_.register_b_transport(this, &Platform::on_memory);
    card.dma.bind(memory_);
    mmio_.bind(card.mmio);
  }

  tlm::tlm_response_status streamed(unsigned width, bool bytes = true) {
    uint32_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(PSPNIC_CONFIG(0, 0));
    payload.set_data_ptr(bytes ? reinterpret_cast<unsigned char*>(&value) : nullptr);
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(width);
    sc_time delay;
    mmio_->b_transport(payload, delay);
    return payload.get_response_status();
  }
  uint32_t access(tlm::tlm_command command, uint64_t address, uint32_t value = 0) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(sizeof value);
    sc_time delay;
    mmio_->b_transport(payload, delay);
    EXPECT_TRUE(payload.is_response_ok()) << address;
    return value;
  }
  void write(uint32_t offset, uint32_t value) {
    access(tlm::TLM_WRITE_COMMAND, PSPNIC_BAR0(0, offset), value);
  }
  // The card fetches a descriptor of the mailbox.
  void ring() {
    write(idpf::pf::kAtqbal, 0x10000);
    write(idpf::pf::kAtqbah, 0);
    write(idpf::pf::kAtqlen, idpf::kMbxLenEnable | 64);
    write(idpf::pf::kAtqt, 1);
  }

  Card card{"card"};
  bool throws = false;
  unsigned accesses = 0;

 private:
  void on_memory(tlm::tlm_generic_payload& access, sc_time&) {
    ++accesses;
    EXPECT_NE(access.get_extension<DmaInfo>(), nullptr);
    if (throws) throw std::runtime_error("no memory there");
    if (access.is_read()) std::fill_n(access.get_data_ptr(), access.get_data_length(), uint8_t{0});
    access.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  tlm_utils::simple_target_socket<Platform> memory_;
  tlm_utils::simple_initiator_socket<Platform> mmio_;
};

TEST(TlmCard, ReachesMemoryAndConfigurationSpace) {
  Platform platform("platform");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(platform.access(tlm::TLM_READ_COMMAND, PSPNIC_CONFIG(0, 0)),
            uint32_t{idpf::kPciDeviceIdPf} << 16 | idpf::kPciVendorId);
  platform.ring();
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  EXPECT_GT(platform.accesses, 0u);
  EXPECT_EQ(platform.card.violation_count(), 0u) << platform.card.violations();
}

TEST(TlmCard, TakesNoStreams) {
  Platform platform("platform");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(platform.streamed(3), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(platform.streamed(4, false), tlm::TLM_BURST_ERROR_RESPONSE);
  for (const unsigned width : {0u, 4u, 5u}) EXPECT_EQ(platform.streamed(width), tlm::TLM_OK_RESPONSE);
}

// What it says comes out, and nothing that is not the payload's is freed.
TEST(TlmCard, MemoryThatThrowsEndsTheSimulationWithItsOwnWords) {
  Platform platform("platform");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  platform.throws = true;
  platform.ring();
  static std::string said;
  sc_core::sc_report_handler::set_handler(
      [](const sc_core::sc_report& report, const sc_core::sc_actions&) { said = report.get_msg(); });
  try {
    sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  } catch (const std::exception&) {
  }
  EXPECT_NE(said.find("no memory there"), std::string::npos) << said;
}

}  // namespace
}  // namespace pspnic
