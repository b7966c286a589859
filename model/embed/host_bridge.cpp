// SPDX-License-Identifier: Apache-2.0
#include "model/embed/host_bridge.h"

#include "model/net/bytes.h"

namespace pspnic::embed {

namespace {

constexpr size_t kWordBytes = 4;

}  // namespace

HostBridge::HostBridge(const sc_core::sc_module_name& name, const Ports& ports,
                       const InterruptRange& interrupts, base::EventQueue::Owner owner)
    : sc_module(name),
      mmio_("mmio"),
      memory_("memory"),
      ports_(ports),
      owner_(owner),
      border_(ports.events, owner, {interrupts.base, interrupts.bytes}) {
  memory_.register_b_transport(this, &HostBridge::transport);
  mmio_.bind(ports.card.mmio);
  ports.card.dma_socket.bind(memory_);
}

bool HostBridge::access(tlm::tlm_command command, uint64_t address, uint8_t* word, sc_core::sc_time& delay) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(word);
  payload_.set_data_length(kWordBytes);
  payload_.set_streaming_width(kWordBytes);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  mmio_->b_transport(payload_, delay);
  return payload_.is_response_ok();
}

HostBridge::Answer HostBridge::read(uint64_t address) {
  const base::OwnedBy border(ports_.events, owner_);
  uint8_t word[kWordBytes] = {0xff, 0xff, 0xff, 0xff};
  const sc_core::sc_time offset = ports_.events.offset();
  sc_core::sc_time delay = offset;
  Answer answer;
  answer.ok = access(tlm::TLM_READ_COMMAND, address, word, delay);
  answer.value = net::load_le32(word);
  answer.latency = (delay - offset).value();
  border_.on_register_read(answer.ok, address, answer.latency, word);
  return answer;
}

bool HostBridge::write(uint64_t address, uint32_t value) {
  const base::OwnedBy border(ports_.events, owner_);
  uint8_t word[kWordBytes];
  net::store_le32(word, value);
  sc_core::sc_time delay = ports_.events.offset();
  const bool ok = access(tlm::TLM_WRITE_COMMAND, address, word, delay);
  border_.on_register_write(ok, address, word);
  return ok;
}

void HostBridge::transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
  const base::OwnedBy border(ports_.events, base::EventQueue::kNobody);
  const uint64_t address = access.get_address();
  const std::span<uint8_t> data(access.get_data_ptr(), access.get_data_length());
  bool ok = true;
  if (access.is_read()) {
    ok = ports_.host.read_memory(address, data);
    border_.on_memory_read(ok, address, data);
  } else {
    if (border_.kind_of_write(address, data.size()) == record::Kind::kInterrupt) {
      const uint32_t word = net::load_le32(data.data());
      ok = ports_.host.takes_interrupt(address, word);
      if (ok) ports_.host.interrupt(address, word);
    } else {
      ok = ports_.host.write_memory(address, data);
    }
    border_.on_memory_write(ok, address, data);
  }
  access.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace pspnic::embed
