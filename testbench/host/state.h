// SPDX-License-Identifier: Apache-2.0
// The inside of Driver: what it owns, and the steps of bring-up and tear-down.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "model/idpf/virtchnl2.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/config_queue.h"
#include "testbench/host/driver.h"
#include "testbench/host/function_registers.h"
#include "testbench/host/inline_keys.h"
#include "testbench/host/mailbox.h"
#include "testbench/host/pci.h"
#include "testbench/host/psp.h"
#include "testbench/host/psp_requests.h"
#include "testbench/host/rx_queue.h"
#include "testbench/host/tx_queue.h"

namespace pspnic::host {

struct Driver::State final : MailboxEvents {
  State(HostPort& port, const DriverConfig& config, HostEvents& events);

  // bring_up.cpp: the steps of start(), in this order.
  void start(Stack& stack);
  void bring_up();
  void reset_function();
  void begin_reset();
  void wait_for_reset();
  uint32_t reset_status() { return port.read32(Space::kBar0, registers->reset_status) & idpf::kRstatMask; }
  void forget_frames();
  void switch_vfs(uint16_t count);
  void negotiate_version();
  void negotiate_capabilities();
  void check_capabilities(const idpf::GetCapabilities& asked) const;
  void negotiate_psp();
  void allocate_vectors();
  void take_vector_chunk(const idpf::VectorChunk& chunk);
  void arm_mailbox();
  // An offset that the firmware handed out; DriverError unless Linux could map it.
  uint32_t checked_register(uint64_t offset, const char* what) const;
  // vport.cpp
  struct Vport;
  void create_vports();
  void create_vport(Vport& vport);
  void check_vport(const Vport& vport) const;
  void take_queue_chunk(Vport& vport, const idpf::QueueRegChunk& chunk) const;
  void read_ptypes();
  bool take_ptypes(const MailboxReply& reply, uint16_t start);
  void configure_rss(const Vport& vport);
  void send_mac(const Vport& vport, idpf::Opcode opcode);
  void send_promiscuous(bool unicast, bool multicast);
  void send_vport(const Vport& vport, idpf::Opcode opcode);
  void wait_for_link();
  // queues.cpp
  void make_queues();
  TxQueueConfig tx_config(const Vport& vport, unsigned pair) const;
  RxQueueConfig rx_config(const Vport& vport, unsigned pair) const;
  void program_interrupts();
  void send_tx_config(const Vport& vport);
  void send_rx_config(const Vport& vport);
  void map_vectors(const Vport& vport, idpf::Opcode opcode);
  void switch_queues(const Vport& vport, idpf::Opcode opcode);
  template <idpf::WireHeader H>
  void send_list(const Vport& vport, idpf::Opcode opcode, std::span<const typename H::Element> elements,
                 uint16_t H::*count);

  // tear_down.cpp
  void stop();
  void wait_for_markers();
  void release();
  void abandon();
  void recover(Stack& stack);
  void reset_by_message();

  // watchdog.cpp
  void wake_watchdog();
  void look();

  void on_mailbox_event(std::span<const uint8_t> payload) override;
  void on_vector(uint32_t vector);
  void poll_vector(uint32_t vector);
  void arm(uint32_t vector);
  void require_running(const char* what) const;

  struct Queue {
    uint32_t id = 0;    // of the function
    uint64_t tail = 0;  // BAR0 offset
  };
  struct Vport {
    idpf::CreateVport reply;
    net::MacAddress mac;
    unsigned first_pair = 0;  // of the driver
    unsigned pairs = 0;
    bool link_up = false;
    std::array<std::vector<Queue>, 4> queues;  // by QueueType kTx, kRx, kTxCompletion, kRxBuffer

    const Queue& queue(idpf::QueueType type, size_t index) const {
      return queues[static_cast<size_t>(type)][index];
    }
  };
  struct Vector {
    uint16_t id = 0;       // MSI-X entry
    uint32_t dyn_ctl = 0;  // BAR0 offsets
    uint32_t itr[2] = {};  // Rx, Tx
  };
  // kDown -> kStarting -> kUp -> kStopping -> kDown
  enum class Phase : uint8_t { kDown, kStarting, kUp, kStopping };

  HostPort& port;
  const DriverConfig config;
  HostEvents& events;
  Stack* stack = nullptr;
  Phase phase = Phase::kDown;
  DriverStats stats;
  Anomalies anomalies;
  PciFunction pci;
  const FunctionRegisters* registers = &kPhysicalRegisters;
  Mailbox mailbox;
  PspControl psp;
  ConfigQueue config_queue;
  InlineKeys inline_keys;
  PspRequests requests;

  idpf::GetCapabilities caps;
  bool psp_negotiated = false;
  bool tso = false;
  bool uso = false;  // segmentation of UDP
  std::vector<Vport> vports;
  uint32_t link_speed_mbps = 0;
  AnnouncedPtypes ptypes;

  std::vector<idpf::VectorChunk> vector_chunks;
  std::vector<Vector> vectors;               // of the queues
  std::vector<uint16_t> vector_index;        // MSI-X entry -> index into vectors; kNoVector
  std::vector<std::unique_ptr<TxQueue>> tx;  // by queue pair
  std::vector<std::unique_ptr<RxQueue>> rx;

  TransmitObserver* observer = nullptr;
  WatchdogListener* listener = nullptr;
  bool watchdog_set = false;
  uint64_t rx_frames_seen = 0;  // at the last look
  uint64_t starts = 0;

  static constexpr uint64_t kWatchdogCookie = ~uint64_t{0};  // no vector, as little as the next
  static constexpr uint64_t kConfigQueueCookie = kWatchdogCookie - 1;
  static constexpr uint64_t kRequestsCookie = kConfigQueueCookie - 1;
  static constexpr uint16_t kNoVector = 0xffff;

  bool link_up() const;
  unsigned queue_pairs() const;  // of all vports
  KeyMode key_mode(unsigned pair) const {
    return config.key_modes.empty() ? KeyMode::kMailbox : config.key_modes[pair % config.key_modes.size()];
  }
  bool uses(KeyMode mode) const {
    return std::find(config.key_modes.begin(), config.key_modes.end(), mode) != config.key_modes.end();
  }
  std::vector<SaHandle> add_by_config_queue(std::span<const TxSaRequest> requests);
  void delete_tx_sas(std::span<const SaHandle> handles);
  const Vector& vector_of(unsigned pair) const { return vectors[pair % vectors.size()]; }
};

// Splits the elements into messages of at most 4096 bytes, as Linux does.
template <idpf::WireHeader H>
void Driver::State::send_list(const Vport& vport, idpf::Opcode opcode,
                              std::span<const typename H::Element> elements, uint16_t H::*count) {
  constexpr size_t kPerMessage = (idpf::kMaxPayload - sizeof(H)) / sizeof(typename H::Element);
  while (!elements.empty()) {
    const auto part = elements.first(std::min(elements.size(), kPerMessage));
    H header;
    header.vport_id = vport.reply.vport_id;
    header.*count = static_cast<uint16_t>(part.size());
    std::vector<uint8_t> message(idpf::message_size<H>(part.size()));
    std::memcpy(message.data(), &header, sizeof header);
    std::memcpy(message.data() + sizeof header, part.data(), part.size_bytes());
    mailbox.call(opcode, std::span<const uint8_t>(message));
    elements = elements.subspan(part.size());
  }
}

}  // namespace pspnic::host
