// SPDX-License-Identifier: Apache-2.0
// A SystemC platform of one's own with two cards in it: a host brings up card A and sends a PSP packet
// through a cable to card B, which has no driver and drops it. On the way OpenSSL opens it. docs/embedding.md
// walks through it.
#include <pspnic_tlm.h>

#include <cstring>
#include <iostream>
#include <stdexcept>

#include "driver.h"
#include "packet.h"

namespace {

using sc_core::sc_time;

// Memory, and a processor that runs the driver.
class Host : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Host> memory_socket;
  tlm_utils::simple_initiator_socket<Host> processor;
  unsigned interrupts = 0;
  bool done = false;

  explicit Host(const sc_core::sc_module_name& name)
      : sc_module(name), memory_socket("memory"), processor("processor"), memory_(DRIVER_MEMORY_BYTES) {
    SC_HAS_PROCESS(Host);
    SC_THREAD(run);
    memory_socket.register_b_transport(this, &Host::on_memory);
  }

 private:
  static constexpr uint64_t kBase = 0x1'0000'0000;

  void run() {
    const machine here{this, read, write, pass, fail, memory_.data(), kBase};
    if (part_of_word(PSPNIC_CONFIG(0, 2)) != 0x1452) fail(this, "the card's device id is another");
    driver_start(&driver_, &here);
    driver_install_key(&driver_, packet_spi, packet_key);
    unsigned char packet[PACKET_BYTES];
    packet_build(packet);
    driver_send(&driver_, packet, sizeof packet);
    done = true;
  }

  uint32_t access(tlm::tlm_command command, uint64_t address, uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(sizeof value);
    sc_time delay;
    processor->b_transport(payload, delay);
    wait(delay);
    if (!payload.is_response_ok()) fail(this, "no register there");
    return value;
  }
  // 16 bits, which only configuration space has.
  uint16_t part_of_word(uint64_t address) {
    uint16_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(sizeof value);
    sc_time delay;
    processor->b_transport(payload, delay);
    wait(delay);
    return value;
  }
  static uint32_t read(void* self, uint64_t address) {
    return static_cast<Host*>(self)->access(tlm::TLM_READ_COMMAND, address, 0);
  }
  static void write(void* self, uint64_t address, uint32_t value) {
    static_cast<Host*>(self)->access(tlm::TLM_WRITE_COMMAND, address, value);
  }
  static void pass(void*, uint64_t picoseconds) { sc_core::wait(sc_time::from_value(picoseconds)); }
  [[noreturn]] static void fail(void*, const char* what) { throw std::runtime_error(what); }

  void on_memory(tlm::tlm_generic_payload& access, sc_time&) {
    const uint64_t offset = access.get_address() - kBase;
    const size_t length = access.get_data_length();
    const auto* who = access.get_extension<pspnic::DmaInfo>();  // the memory is the physical function's
    const bool mapped =
        who != nullptr && who->function == 0 && offset <= memory_.size() && length <= memory_.size() - offset;
    if (mapped && access.is_read()) std::memcpy(access.get_data_ptr(), &memory_[offset], length);
    if (mapped && access.is_write()) std::memcpy(&memory_[offset], access.get_data_ptr(), length);
    access.set_response_status(mapped ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  std::vector<unsigned char> memory_;
  driver driver_{};
};

// 50 ns from one end to the other.
class Cable : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Cable> from;
  tlm_utils::simple_initiator_socket<Cable> to;
  std::string opened = "no packet";

  explicit Cable(const sc_core::sc_module_name& name) : sc_module(name), from("from"), to("to") {
    from.register_b_transport(this, &Cable::on_frame);
  }

 private:
  void on_frame(tlm::tlm_generic_payload& frame, sc_time& delay) {
    const char* text = nullptr;
    const char* wrong = packet_open(frame.get_data_ptr(), frame.get_data_length(), &text);
    opened = wrong != nullptr ? wrong : text;
    const auto* info = frame.get_extension<pspnic::FrameInfo>();
    std::cout << frame.get_data_length() << " bytes, on the wire from " << info->first_bit << " to "
              << info->last_bit << "\n";
    delay += sc_time(50, sc_core::SC_NS);
    to->b_transport(frame, delay);
  }
};

// Of card B: there is none.
class NoMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<NoMemory> memory_socket;
  tlm_utils::simple_initiator_socket<NoMemory> processor;
  explicit NoMemory(const sc_core::sc_module_name& name)
      : sc_module(name), memory_socket("memory"), processor("processor") {
    memory_socket.register_b_transport(this, &NoMemory::on_memory);
  }

 private:
  void on_memory(tlm::tlm_generic_payload& access, sc_time&) {
    access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
};

}  // namespace

int sc_main(int, char**) {
  pspnic::CardConfig config;
  config.set = {"nic.device.queues=4", "nic.mac.speed=100Gbps"};
  pspnic::Card card_a("card_a", config);
  config.stream = 1;
  config.mac[5] = 0x0b;
  pspnic::Card card_b("card_b", config);
  Host host_a("host_a");
  NoMemory host_b("host_b");
  Cable cable("cable");
  host_a.processor.bind(card_a.mmio);
  card_a.dma.bind(host_a.memory_socket);
  host_b.processor.bind(card_b.mmio);
  card_b.dma.bind(host_b.memory_socket);
  card_a.wire_out.bind(cable.from);
  cable.to.bind(card_b.wire_in);
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));

  const uint64_t dropped = card_b.counter("card_b.drops.rx_no_vport");
  std::cout << "OpenSSL opens them: " << cable.opened << "\ncard B has dropped " << dropped
            << " frame for want of a driver; violations: "
            << (card_a.violations().empty() ? "none" : card_a.violations()) << "\n";
  const bool well =
      host_a.done && dropped == 1 && card_a.counter("card_a.tx.frames") == 1 && card_a.violations().empty();
  return well ? 0 : 1;
}
