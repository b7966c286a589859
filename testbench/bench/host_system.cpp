// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_system.h"

#include <sstream>

#include "model/base/config_error.h"
#include "model/base/param_list.h"
#include "model/idpf/registers.h"
#include "model/net/bytes.h"
#include "model/pcie/endpoint.h"
#include "testbench/bench/payload.h"

namespace pspnic::bench {

namespace {

uint64_t base_of(host::Space space);

uint64_t address_of(uint16_t function, host::Space space, uint64_t offset) {
  return function * pcie::kFunctionStride + base_of(space) + offset;
}

uint64_t base_of(host::Space space) {
  switch (space) {
    case host::Space::kConfig:
      return pcie::kConfigBase;
    case host::Space::kBar4:
      return pcie::kBar4Base;
    case host::Space::kBar0:
      break;
  }
  return pcie::kBar0Base;
}

bool is_doorbell(uint16_t function, host::Space space, uint64_t offset) {
  if (space != host::Space::kBar0) return false;
  const auto map = function == 0 ? idpf::RegisterMap::kPhysical : idpf::RegisterMap::kVirtual;
  const auto hit = idpf::find_register(static_cast<uint32_t>(offset), map);
  return hit && (hit->id == idpf::Register::kTxTail || hit->id == idpf::Register::kRxBufTail ||
                 hit->id == idpf::Register::kRxTail);
}

}  // namespace

std::vector<unsigned> queue_pairs_of_vports(const HostParams& params) {
  constexpr uint64_t kMostPairsOfVport = 16;
  const std::vector<uint64_t> list =
      base::parse_numbers("host.vport_queue_pairs", params.vport_queue_pairs, 0, kMostPairsOfVport);
  std::vector<unsigned> pairs;
  for (unsigned vport = 0; vport < params.vports; ++vport) {
    const auto own = static_cast<unsigned>(base::repeated(list, vport));
    pairs.push_back(own > 0 ? own : params.queue_pairs);
  }
  return pairs;
}

std::vector<host::KeyMode> key_modes_of_queues(const HostParams& params) {
  const std::string& list = params.psp.queue_key_modes;
  if (list == "default") return {params.psp.key_mode};
  std::vector<host::KeyMode> modes;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "mailbox") {
      modes.push_back(host::KeyMode::kMailbox);
    } else if (word == "config_queue") {
      modes.push_back(host::KeyMode::kConfigQueue);
    } else if (word == "descriptor") {
      modes.push_back(host::KeyMode::kDescriptor);
    } else {
      throw base::ConfigError(
          "host.psp.queue_key_modes",
          "'" + word + "' is none of mailbox, config_queue, descriptor, nor is the list 'default'");
    }
  }
  if (modes.empty()) throw base::ConfigError("host.psp.queue_key_modes", "the list is empty");
  return modes;
}

HostSystem::HostSystem(const sc_core::sc_module_name& name, const HostParams& params,
                       base::EventQueue& events)
    : sc_module(name),
      mmio_socket("mmio"),
      memory_socket("memory"),
      params_(params),
      events_(events),
      memory_(params.memory.bytes),
      late_writes_(events, base::Callback::to<&HostSystem::on_late_write>(*this)) {
  memory_socket.register_b_transport(this, &HostSystem::transport);
  memory_socket.register_get_direct_mem_ptr(this, &HostSystem::grant_direct);
}

void HostSystem::access(tlm::tlm_command command, uint64_t address, uint8_t* word, sc_core::sc_time& delay) {
  prepare_word(payload_, command, address, word);
  mmio_socket->b_transport(payload_, delay);
}

uint32_t HostSystem::read32(uint16_t function, host::Space space, uint64_t offset) {
  // A read never passes the writes in front of it.
  late_writes_.clear();
  while (!late_.empty()) post(late_.pop());
  uint8_t word[4];
  sc_core::sc_time delay = events_.offset();
  access(tlm::TLM_READ_COMMAND, address_of(function, space, offset), word, delay);
  if (!payload_.is_response_ok()) return 0xffff'ffff;
  wait(delay);
  return net::load_le32(word);
}

void HostSystem::write32(uint16_t function, host::Space space, uint64_t offset, uint32_t value) {
  const Write write{function, space, offset, value};
  if (doorbells_ == nullptr || !hold_back(write)) post(write);
}

// True: the write is lost, or waits. Posted writes stay in order, so one behind a late one is late, too.
bool HostSystem::hold_back(const Write& write) {
  const DoorbellFate fate =
      is_doorbell(write.function, write.space, write.offset) ? doorbells_->on_doorbell() : DoorbellFate{};
  if (fate.lost) return true;
  if (fate.delay == 0 && late_.empty()) return false;
  late_.push(write);
  late_writes_.push(events_.now() + fate.delay);
  return true;
}

void HostSystem::on_late_write(uint64_t) {
  post(late_.pop());
}

void HostSystem::post(const Write& write) {
  uint8_t word[4];
  net::store_le32(word, write.value);
  sc_core::sc_time delay = events_.offset();
  access(tlm::TLM_WRITE_COMMAND, address_of(write.function, write.space, write.offset), word, delay);
}

void HostSystem::delay(uint64_t duration_ps) {
  wait(sc_core::sc_time::from_value(duration_ps));
}

void HostSystem::set_timer(uint64_t delay_ps, uint64_t cookie) {
  events_.schedule_look(events_.now() + delay_ps, base::Callback::to<&HostSystem::on_timer>(*this), cookie);
}

void HostSystem::transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
  const uint64_t address = access.get_address();
  const size_t length = access.get_data_length();
  if (uint8_t* bytes = memory_.at(address, length); bytes != nullptr) {
    serve_from(access, bytes);
  } else if (is_message(address) && length == 4 && access.is_write()) {
    const uint64_t function = (address - kMessageAddress) / kMessageStride;
    const uint32_t data = net::load_le32(access.get_data_ptr());
    events_.schedule(events_.now() + params_.interrupt_latency.ps,
                     base::Callback::to<&HostSystem::on_interrupt>(*this), function << 32 | data);
    access.set_response_status(tlm::TLM_OK_RESPONSE);
  } else {
    access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

bool HostSystem::grant_direct(tlm::tlm_generic_payload&, tlm::tlm_dmi& grant) {
  grant.allow_read_write();
  grant.set_start_address(HostMemory::kBase);
  grant.set_end_address(HostMemory::kBase + memory_.size() - 1);
  grant.set_dmi_ptr(memory_.at(HostMemory::kBase, memory_.size()));
  return true;
}

bool HostSystem::is_message(uint64_t address) const {
  return address >= kMessageAddress && address < kMessageAddress + handlers_.size() * kMessageStride &&
         address % kMessageStride == 0;
}

void HostSystem::set_events(uint16_t function, host::HostEvents* events) {
  if (handlers_.size() <= function) handlers_.resize(function + 1u);
  handlers_[function] = events;
}

// What the host's software does may be anything.
void HostSystem::on_interrupt(uint64_t function_and_data) {
  events_.look_at_kernel();
  host::HostEvents* handler = handlers_[function_and_data >> 32];
  if (handler != nullptr) handler->on_interrupt(static_cast<uint32_t>(function_and_data));
}

void HostSystem::on_timer(uint64_t cookie) {
  events_.look_at_kernel();
  if (handlers_[0] != nullptr) handlers_[0]->on_timer(cookie);
}

void FunctionPort::set_timer(uint64_t delay_ps, uint64_t cookie) {
  host_.events_.schedule_look(host_.events_.now() + delay_ps,
                              base::Callback::to<&FunctionPort::on_timer>(*this), cookie);
}

void FunctionPort::on_timer(uint64_t cookie) {
  host_.events_.look_at_kernel();
  host::HostEvents* handler = host_.handlers_[function_];
  if (handler != nullptr) handler->on_timer(cookie);
}

}  // namespace pspnic::bench
