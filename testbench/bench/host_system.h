// SPDX-License-Identifier: Apache-2.0
// One host of the bench: its memory behind a TLM target socket, its processor's accesses behind a TLM
// initiator socket, and the interrupts that arrive as writes to the message addresses. It is the port of the
// card's physical function; virtual ones have a FunctionPort each.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "model/base/event_fifo.h"
#include "model/base/event_queue.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "testbench/bench/host_memory.h"
#include "testbench/host/driver.h"
#include "testbench/host/host_port.h"

namespace pspnic::bench {

struct HostParams {
  base::ByteSize memory{4 * base::kGiB};
  base::Duration interrupt_latency{1 * base::kUs};
  unsigned vfs = 0;
  unsigned vports = 1;
  unsigned queue_pairs = 1;
  std::string vport_queue_pairs = "0";
  unsigned ring = 1024;
  base::Duration itr{4 * base::kUs};
  bool psp_capture = false;
  bool psp_sample = false;
  bool gro = false;
  bool header_split = false;
  bool strip_headers = false;
  struct Psp {
    host::KeyMode key_mode = host::KeyMode::kMailbox;
    std::string queue_key_modes = "default";
    base::Duration config_queue_poll{1 * base::kUs};
    bool device_rotates = false;

    template <class Visitor>
    void describe(Visitor& v) {
      using Mode = host::KeyMode;
      v.choice("key_mode", key_mode,
               {{"mailbox", Mode::kMailbox},
                {"config_queue", Mode::kConfigQueue},
                {"descriptor", Mode::kDescriptor}},
               "How the device comes to transmit keys: by a message to its firmware, by a command in a ring "
               "of its own, or with each packet in descriptors",
               "Mailbox: the slowest and the only one that every device with the extension has");
      v.text("queue_key_modes", queue_key_modes,
             "The same queue pair by queue pair, where they differ: a list, which starts again from its "
             "beginning; default: key_mode",
             "All queues alike");
      v.value("config_queue_poll", config_queue_poll, base::Duration{10 * base::kNs},
              base::Duration{1 * base::kMs},
              "How often the driver looks for completions of commands in the ring while some are under way",
              "Assumed: a busy core; such queues have no interrupt");
      v.value("device_rotates", device_rotates,
              "The driver lets the device rotate keys by itself, when SPIs are used up or the key is as old "
              "as nic.control.key_max_age",
              "Off: the host rotates");
    }
  };
  Psp psp = {};
  base::Duration watchdog{1 * base::kMs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("memory", memory, base::ByteSize{64 * base::kMiB}, base::ByteSize{64 * base::kGiB},
            "Memory that the device can reach; pages cost nothing until they are used", "Assumed");
    v.value("interrupt_latency", interrupt_latency, base::Duration{0}, base::Duration{1 * base::kMs},
            "From the interrupt message to the driver's poll", "Assumed: an idle core that need not wake up");
    v.value(
        "vfs", vfs, 0u, 16u,
        "Virtual functions the driver switches on, each with a driver of its own, as the physical one's; at "
        "most nic.device.vfs",
        "None, as long as nobody asks for them");
    v.value("vports", vports, 1u, 16u,
            "Vports the driver creates, each with a MAC address, queue pairs and RSS of its own; at most "
            "nic.device.vports",
            "One, as drivers do unless asked for more");
    v.value("queue_pairs", queue_pairs, 1u, 16u,
            "Transmit and receive queues the driver asks for, of a vport", "Assumed");
    v.text("vport_queue_pairs", vport_queue_pairs,
           "The same vport by vport, where they differ: a list, which starts again from its beginning; 0: "
           "queue_pairs",
           "All vports alike");
    v.value("ring", ring, 128u, 4064u, "Descriptors of a transmit, receive and buffer ring; a multiple of 32",
            "Between Linux's 512 and its limit");
    v.value("itr", itr, base::Duration{0}, base::Duration{8190 * base::kUs},
            "Least time between interrupts of a vector, in steps of 2 us",
            "Assumed; Linux idpf adapts between 2 and 126 us");
    const char* captured = "Off: only who looks for a fault wants them";
    v.value("psp_capture", psp_capture,
            "Failed PSP packets come up as they were, at the rate of nic.rx.capture, into captured_*.pcap",
            captured);
    v.value("psp_sample", psp_sample,
            "The S and D bits are followed; copies of packets with S come up as they were, likewise",
            captured);
    v.value("gro", gro, "The driver has the device merge TCP segments (IDPF: RSC)",
            "Off, so that a packet is what it was on the wire; Linux asks for it");
    v.value("header_split", header_split, "The driver has the device put headers into buffers of their own",
            "Off, as gro; Linux asks for it");
    v.value("strip_headers", strip_headers,
            "The driver has the device take the headers of PSP packets off, not only decrypt them",
            "Off: Linux's stack expects them on");
    v.group("psp", psp);
    v.value("watchdog", watchdog, base::Duration{1 * base::kUs}, base::Duration{1000 * base::kSec},
            "Between two looks of the driver's watchdog; it runs only with faults.*, without which no queue "
            "gets stuck",
            "Assumed: Linux waits for 5 s and longer, more than most runs simulate");
  }
};

// By vport. Throws ConfigError for a list that is none.
std::vector<unsigned> queue_pairs_of_vports(const HostParams& params);

// By queue pair, and from the beginning again. Likewise.
std::vector<host::KeyMode> key_modes_of_queues(const HostParams& params);

// What becomes of a doorbell.
struct DoorbellFate {
  bool lost = false;
  base::Time delay = 0;
};
class DoorbellFaultSource {
 public:
  virtual ~DoorbellFaultSource() = default;
  // Asked about each write of a queue's tail.
  virtual DoorbellFate on_doorbell() = 0;
};

class FunctionPort;

class HostSystem : public sc_core::sc_module, public host::HostPort {
 public:
  static constexpr uint64_t kMessageAddress = 0xfee0'0000;
  static constexpr uint64_t kMessageStride = 0x10;  // from one function's address to the next

  HostSystem(const sc_core::sc_module_name& name, const HostParams& params, base::EventQueue& events);

  tlm_utils::simple_initiator_socket<HostSystem> mmio_socket;
  tlm_utils::simple_target_socket<HostSystem> memory_socket;

  // Null: every doorbell arrives.
  void set_doorbell_faults(DoorbellFaultSource* source) { doorbells_ = source; }

  uint32_t read32(host::Space space, uint64_t offset) override { return read32(0, space, offset); }
  void write32(host::Space space, uint64_t offset, uint32_t value) override {
    write32(0, space, offset, value);
  }
  uint32_t read32(uint16_t function, host::Space space, uint64_t offset);
  void write32(uint16_t function, host::Space space, uint64_t offset, uint32_t value);
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    return memory_.allocate(bytes, alignment);
  }
  void free(const host::DmaBuffer& buffer) override { memory_.free(buffer); }
  uint64_t now_ps() const override { return events_.now(); }
  void delay(uint64_t duration_ps) override;
  void set_timer(uint64_t delay_ps, uint64_t cookie) override;
  void set_events(host::HostEvents* events) override { set_events(0, events); }
  void set_events(uint16_t function, host::HostEvents* events);
  uint64_t message_address() const override { return kMessageAddress; }

 private:
  friend class FunctionPort;
  struct Write {
    uint16_t function;
    host::Space space;
    uint64_t offset;
    uint32_t value;
  };
  void transport(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  // Devices may have the memory directly: nothing happens on an access.
  bool grant_direct(tlm::tlm_generic_payload& access, tlm::tlm_dmi& grant);
  void access(tlm::tlm_command command, uint64_t address, uint8_t* word, sc_core::sc_time& delay);
  bool is_message(uint64_t address) const;
  void post(const Write& write);
  bool hold_back(const Write& write);
  void on_late_write(uint64_t);
  void on_interrupt(uint64_t data);
  void on_timer(uint64_t cookie);

  HostParams params_;
  base::EventQueue& events_;
  HostMemory memory_;
  std::vector<host::HostEvents*> handlers_{nullptr};  // by function
  DoorbellFaultSource* doorbells_ = nullptr;
  base::Ring<Write> late_;
  base::EventFifo late_writes_;
  tlm::tlm_generic_payload payload_;
};

// What the driver of a virtual function has of the same host.
class FunctionPort : public host::HostPort {
 public:
  // `function`: 1 is the first virtual one.
  FunctionPort(HostSystem& host, uint16_t function) : host_(host), function_(function) {}
  ~FunctionPort() override { host_.set_events(function_, nullptr); }
  FunctionPort(const FunctionPort&) = delete;
  FunctionPort& operator=(const FunctionPort&) = delete;

  uint32_t read32(host::Space space, uint64_t offset) override {
    return host_.read32(function_, space, offset);
  }
  void write32(host::Space space, uint64_t offset, uint32_t value) override {
    host_.write32(function_, space, offset, value);
  }
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    return host_.allocate(bytes, alignment);
  }
  void free(const host::DmaBuffer& buffer) override { host_.free(buffer); }
  uint64_t now_ps() const override { return host_.now_ps(); }
  void delay(uint64_t duration_ps) override { host_.delay(duration_ps); }
  void set_timer(uint64_t delay_ps, uint64_t cookie) override;
  void set_events(host::HostEvents* events) override { host_.set_events(function_, events); }
  uint64_t message_address() const override {
    return HostSystem::kMessageAddress + function_ * HostSystem::kMessageStride;
  }

 private:
  void on_timer(uint64_t cookie);

  HostSystem& host_;
  uint16_t function_;
};

}  // namespace pspnic::bench
