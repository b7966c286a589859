// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/endpoint.h"

#include <cstring>
#include <string>

#include "model/net/bytes.h"

namespace pspnic::pcie {

namespace {

constexpr uint32_t kWordBytes = 4;

}  // namespace

Endpoint::Endpoint(const sc_core::sc_module_name& name, base::StatGroup& parent, const LinkParams& params,
                   const ConfigSpace::Identity& identity, const Ports& ports)
    : sc_module(name),
      mmio("mmio"),
      dma_socket("dma"),
      params_(params),
      ports_(ports),
      parent_(parent),
      dma_(parent, params, {ports.events, *this, ports.faults, ports.payload}),
      group_(parent, "endpoint") {
  functions_.push_back(std::make_unique<Function>(parent, identity, ports.registers, dma_));
  mmio.register_b_transport(this, &Endpoint::transport);
  dma_socket.register_invalidate_direct_mem_ptr(this, &Endpoint::invalidate_direct);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
}

void Endpoint::add_function(const ConfigSpace::Identity& identity, RegisterFile& registers) {
  vf_groups_.push_back(
      std::make_unique<base::StatGroup>(parent_, "vf" + std::to_string(functions_.size() - 1)));
  functions_.push_back(std::make_unique<Function>(*vf_groups_.back(), identity, registers, dma_,
                                                  static_cast<uint16_t>(functions_.size())));
}

void Endpoint::reset_function(uint16_t number) {
  functions_[number]->config.reset();
  functions_[number]->msix.reset(true);
}

bool Endpoint::function_enabled(size_t number) const {
  return number == 0 || (number < functions_.size() && number <= vfs());
}

Endpoint::Function* Endpoint::function_at(uint64_t address) const {
  const uint64_t number = address / kFunctionStride;
  return function_enabled(number) ? functions_[number].get() : nullptr;
}

bool Endpoint::decodes(uint64_t address) const {
  if (!may_decode(address) || function_at(address) == nullptr) return false;
  const bool config = address % kFunctionStride < kConfigBytes;
  return config || address < kFunctionStride || functions_[0]->config.vf_memory_enabled();
}

bool Endpoint::may_decode(uint64_t address) const {
  if (address / kFunctionStride >= functions_.size()) return false;
  const Function* function = functions_[address / kFunctionStride].get();
  const uint64_t offset = address % kFunctionStride;
  return offset < kConfigBytes || (offset >= kBar4Base && offset < kBar4Base + kBar4Bytes) ||
         (offset >= kBar0Base && offset < kBar0Base + function->bar0_bytes);
}

void Endpoint::transport(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  const uint64_t address = access.get_address();
  if (access.get_data_length() != kWordBytes || address % kWordBytes != 0) {
    bad_accesses_++;
    access.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (access.get_byte_enable_ptr() != nullptr) {
    bad_accesses_++;
    access.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  // A read sees every write in front of it, and so one that switches its function on or off.
  if (access.is_read()) {
    while (!posted_.empty()) deliver(posted_.pop());
  }
  if (!decodes(address) && !(access.is_write() && may_decode(address))) {
    bad_accesses_++;
    access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  access.set_response_status(tlm::TLM_OK_RESPONSE);
  const Time now = (sc_core::sc_time_stamp() + delay).value();
  if (access.is_write()) {
    register_writes_++;
    posted_.push({++posted_count_, address, net::load_le32(access.get_data_ptr())});
    const Time arrival = dma_.arrive_at_device(now, kWordBytes);
    ports_.events.schedule_look(arrival, base::Callback::to<&Endpoint::deliver_until>(*this), posted_count_);
  } else if (access.is_read()) {
    register_reads_++;
    net::store_le32(access.get_data_ptr(), load(address));
    // The answer does not pass what the device has written (PCI Express, transaction ordering).
    const Time behind = dma_.last_visible() > now ? dma_.last_visible() - now : 0;
    delay += sc_core::sc_time::from_value(std::max(params_.round_trip.ps, behind));
  }
}

// A read in between may have delivered some of them.
void Endpoint::deliver_until(uint64_t sequence) {
  while (!posted_.empty() && posted_.front().sequence <= sequence) deliver(posted_.pop());
}

// Posted writes end silently if their virtual function is off when they arrive.
void Endpoint::deliver(const PostedWrite& write) {
  if (!decodes(write.address)) {
    bad_accesses_++;
    return;
  }
  Function* function = function_at(write.address);
  const uint64_t offset = write.address % kFunctionStride;
  if (offset >= kBar0Base) {
    function->registers.write_register(static_cast<uint32_t>(offset - kBar0Base), write.value);
  } else if (offset >= kBar4Base) {
    function->msix.write(static_cast<uint32_t>(offset - kBar4Base), write.value);
  } else {
    write_config(*function, static_cast<uint16_t>(offset), write.value);
  }
}

void Endpoint::write_config(Function& function, uint16_t offset, uint32_t value) {
  if (ConfigSpace::asks_for_reset(offset, value)) {
    function.config.reset();
    function.msix.reset(true);
    function.registers.reset_function();
    return;
  }
  const uint16_t before = functions_[0]->config.vfs_enabled();
  function.config.write(offset, value);
  function.msix.config_changed();
  const uint16_t after = functions_[0]->config.vfs_enabled();
  if (after != before && sriov_ != nullptr) sriov_->on_vfs_enabled(after);
}

uint32_t Endpoint::load(uint64_t address) {
  Function& function = *function_at(address);
  const uint64_t offset = address % kFunctionStride;
  if (offset >= kBar0Base) return function.registers.read_register(static_cast<uint32_t>(offset - kBar0Base));
  if (offset >= kBar4Base) return function.msix.read(static_cast<uint32_t>(offset - kBar4Base));
  return function.config.read(static_cast<uint16_t>(offset));
}

bool Endpoint::access_host(tlm::tlm_command command, uint64_t address, uint8_t* data, size_t length) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(data);
  payload_.set_data_length(static_cast<unsigned>(length));
  payload_.set_streaming_width(static_cast<unsigned>(length));
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = ports_.events.offset();
  dma_socket->b_transport(payload_, delay);
  if (!payload_.is_response_ok()) return false;
  if (payload_.is_dmi_allowed()) {
    direct_valid_ = dma_socket->get_direct_mem_ptr(payload_, direct_) && direct_.is_read_write_allowed();
    payload_.set_dmi_allowed(false);
  }
  return true;
}

uint8_t* Endpoint::direct(uint64_t address, size_t length) {
  if (!direct_valid_ || address < direct_.get_start_address() || address > direct_.get_end_address() ||
      length > direct_.get_end_address() - address + 1) {
    return nullptr;
  }
  return direct_.get_dmi_ptr() + (address - direct_.get_start_address());
}

void Endpoint::invalidate_direct(sc_dt::uint64, sc_dt::uint64) {
  direct_valid_ = false;
}

bool Endpoint::read(uint64_t address, std::span<uint8_t> destination) {
  return read_packet(address, destination, net::Payload::kBytes);
}

bool Endpoint::read_packet(uint64_t address, std::span<uint8_t> destination, net::Payload payload) {
  if (const uint8_t* memory = direct(address, destination.size()); memory != nullptr) {
    net::copy_carried(payload, destination.data(), {memory, destination.size()});
    return true;
  }
  return access_host(tlm::TLM_READ_COMMAND, address, destination.data(), destination.size());
}

bool Endpoint::write(uint64_t address, std::span<const uint8_t> source) {
  return write_packet(address, source, net::Payload::kBytes);
}

bool Endpoint::write_packet(uint64_t address, std::span<const uint8_t> source, net::Payload payload) {
  if (uint8_t* memory = direct(address, source.size()); memory != nullptr) {
    net::copy_carried(payload, memory, source);
    return true;
  }
  // The generic payload has one pointer for both directions; a write does not change what it points to.
  return access_host(tlm::TLM_WRITE_COMMAND, address, const_cast<uint8_t*>(source.data()), source.size());
}

void Endpoint::reset() {
  dma_.reset();
  for (const auto& function : functions_) function->msix.reset();
}

}  // namespace pspnic::pcie
