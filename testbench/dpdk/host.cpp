// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/host.h"

#include <limits>
#include <mutex>
#include <stdexcept>

#include "model/net/bytes.h"
#include "model/pcie/endpoint.h"
#include "testbench/bench/payload.h"
#include "testbench/dpdk/eal_memory.h"

namespace pspnic::dpdk {

namespace {

// Type 0 header (PCI Express Base Specification, configuration space).
constexpr uint16_t kIdentity = 0x00;
constexpr uint16_t kCommand = 0x04;
constexpr uint16_t kClass = 0x08;
constexpr uint16_t kBar0 = 0x10;
constexpr uint16_t kSubsystem = 0x2c;
constexpr uint32_t kMemoryAndBusMaster = 0x6;
constexpr uint32_t kBarFlags = 0xf;
constexpr uint32_t kNothing = 0xffff'ffff;

}  // namespace

DpdkHost::DpdkHost(const sc_core::sc_module_name& name, DriverClock& clock)
    : sc_module(name), mmio_socket("mmio"), memory_socket("memory"), clock_(clock) {
  memory_socket.register_b_transport(this, &DpdkHost::transport);
  memory_socket.register_get_direct_mem_ptr(this, &DpdkHost::grant_direct);
}

bool DpdkHost::access(tlm::tlm_command command, uint64_t address, uint8_t* word) {
  const std::lock_guard<DriverClock> held(clock_);
  bench::prepare_word(payload_, command, address, word);
  sc_core::sc_time delay = clock_.ahead();
  mmio_socket->b_transport(payload_, delay);
  clock_.set_ahead(delay);
  return payload_.is_response_ok();
}

uint32_t DpdkHost::read32(uint64_t offset) {
  uint8_t word[4];
  return access(tlm::TLM_READ_COMMAND, pcie::kBar0Base + offset, word) ? net::load_le32(word) : kNothing;
}

void DpdkHost::write32(uint64_t offset, uint32_t value) {
  uint8_t word[4];
  net::store_le32(word, value);
  access(tlm::TLM_WRITE_COMMAND, pcie::kBar0Base + offset, word);
}

uint32_t DpdkHost::read_config(uint16_t offset) {
  uint8_t word[4];
  return access(tlm::TLM_READ_COMMAND, pcie::kConfigBase + offset, word) ? net::load_le32(word) : kNothing;
}

void DpdkHost::write_config(uint16_t offset, uint32_t value) {
  uint8_t word[4];
  net::store_le32(word, value);
  access(tlm::TLM_WRITE_COMMAND, pcie::kConfigBase + offset, word);
}

void DpdkHost::enumerate() {
  const uint32_t identity = read_config(kIdentity);
  if (identity == kNothing) throw std::runtime_error("PCI: no function answers");
  const uint32_t subsystem = read_config(kSubsystem);
  write_config(kBar0, kNothing);
  const uint32_t size_mask = read_config(kBar0) & ~kBarFlags;
  function_ = {.vendor = static_cast<uint16_t>(identity),
               .device = static_cast<uint16_t>(identity >> 16),
               .class_code = read_config(kClass) >> 8,
               .subsystem_vendor = static_cast<uint16_t>(subsystem),
               .subsystem_device = static_cast<uint16_t>(subsystem >> 16),
               .bar0_bytes = uint64_t{~size_mask} + 1};
  write_config(kBar0, 0);
  write_config(kCommand, kMemoryAndBusMaster);
  Registers32& registers = *this;
  bar0_ = std::make_unique<MmioWindow>(function_.bar0_bytes, registers);
}

void DpdkHost::withdraw_memory() {
  memory_socket->invalidate_direct_mem_ptr(0, std::numeric_limits<uint64_t>::max());
}

// With the lock: time passes only under it.
void DpdkHost::transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
  const uint64_t address = access.get_address();
  const size_t length = access.get_data_length();
  if (uint8_t* bytes = eal_memory().at(address, length); bytes != nullptr) {
    bench::serve_from(access, bytes);
  } else {
    ++refused_;
    access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

bool DpdkHost::grant_direct(tlm::tlm_generic_payload& access, tlm::tlm_dmi& grant) {
  const EalMemory::Segment* segment = eal_memory().find(access.get_address());
  if (segment == nullptr) return false;
  grant.allow_read_write();
  grant.set_start_address(segment->iova);
  grant.set_end_address(segment->iova + segment->length - 1);
  grant.set_dmi_ptr(segment->bytes);
  return true;
}

}  // namespace pspnic::dpdk
