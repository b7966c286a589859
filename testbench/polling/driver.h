// SPDX-License-Identifier: Apache-2.0
// A small driver that polls, in the manner of DPDK 22.11: it resets by register and reads the status at once,
// writes tails before what they belong to, has one mailbox command under way, sends messages in DPDK's order
// and lengths, and leaves the mailbox enabled when it closes. Transmit queues are single; receive queues are
// of either model. Each method lets simulated time pass. With PSP, which DPDK does not know, transmit queues
// are split and psp.h's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "model/idpf/mailbox.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/virtchnl2.h"
#include "testbench/host/host_port.h"

namespace pspnic::polling {

struct Config {
  idpf::QueueModel rx_model = idpf::QueueModel::kSingle;
  uint16_t queues = 1;
  uint16_t ring = 128;           // of each kind; what goes to the device is a multiple of 32
  uint32_t buffer_bytes = 2048;  // of a receive buffer
  uint32_t max_packet = 1526;
  uint16_t report_every = 32;  // descriptors between two with RS
  uint16_t hold = 32;          // receive descriptors used before the tail moves
  bool psp = false;            // negotiated; the receive queues say what was PSP
  bool coalesce = false;       // the split receive queues ask for RSC
};

struct Frame {
  std::vector<uint8_t> bytes;
  size_t pieces = 1;
  bool checksum = false;
  uint16_t mss = 0;           // TSO
  uint16_t header_bytes = 0;  // with TSO
  bool base = false;          // descriptors of DTYPE 0 and 1 in place of 3 and 5
  uint16_t mac_bytes = 0;     // with base: lengths of the headers
  uint16_t ip_bytes = 0;
};

struct Received {
  std::vector<uint8_t> bytes;
  uint16_t status = 0;  // single queue's layout
  uint16_t ptype = 0;
  uint32_t hash = 0;
  // Of split queues alone.
  idpf::PspRxStatus psp = idpf::PspRxStatus::kNotPsp;
  std::optional<uint16_t> segment_bytes;  // payload of a segment: the device has merged some
};

class Driver {
 public:
  using Bytes = std::vector<uint8_t>;

  Driver(host::HostPort& port, const Config& config) : port_(port), config_(config) {}

  // All of them throw std::runtime_error when the device does not do its part.
  // Resets the function and starts its mailbox; nothing has been said then.
  void reset();
  // The same, and what DPDK says first: capabilities, a vport, RSS.
  void probe();
  void start();
  void stop();
  void close();

  // A message to the control plane and the payload of its answer.
  Bytes call(idpf::Opcode opcode, const Bytes& payload);
  struct Answer {
    idpf::Status status;
    Bytes payload;
  };
  // The same for one that may be refused.
  Answer exchange(idpf::Opcode opcode, const Bytes& payload);
  idpf::Status status_of(idpf::Opcode opcode, const Bytes& payload);

  // False: no descriptors free. What has been handed over goes out with flush().
  bool transmit(uint16_t queue, const Frame& frame);
  void flush(uint16_t queue);
  // Descriptors that the device has not reported yet, the ones it was not asked to report included.
  unsigned in_use(uint16_t queue) const { return tx_[queue].used; }
  void reclaim(uint16_t queue);

  std::vector<Received> receive(uint16_t queue);

  uint32_t vport() const { return vport_id_; }
  const idpf::CreateVport& created() const { return created_; }
  host::DmaBuffer& tx_ring(uint16_t queue) { return tx_[queue].ring; }
  host::DmaBuffer& rx_ring(uint16_t queue) { return rx_[queue].ring; }
  uint64_t tx_tail_register(uint16_t queue) const { return tail(idpf::QueueType::kTx, queue); }
  uint64_t rx_tail_register(uint16_t queue) const { return tail(idpf::QueueType::kRx, queue); }
  void queues_call(idpf::Opcode opcode, idpf::QueueType type, uint32_t queue);

 private:
  static constexpr uint16_t kPieceBytes = 16383 / 64 * 64;

  struct TxQueue {
    host::DmaBuffer ring, data;  // a place of kPieceBytes for each descriptor
    uint16_t next = 0;
    unsigned used = 0;
    unsigned since_report = 0;
    struct Report {
      uint16_t index;
      unsigned descriptors;  // that it frees
    };
    std::deque<Report> reports;
  };
  struct RxQueue {
    host::DmaBuffer ring;                     // split: completions
    host::DmaBuffer buffer_ring[2], data[2];  // single: data[0] alone
    uint16_t next = 0;
    bool generation = true;
    uint16_t held = 0;
    uint16_t next_buffer[2] = {};
    uint16_t buffer_tail[2] = {};
    std::vector<uint8_t> partial;
  };
  void start_mailbox();
  void post_mailbox_buffer();
  void create_vport();
  void configure_rss();
  void start_tx(uint16_t queue);
  void start_rx(uint16_t queue);
  void map(idpf::Opcode opcode);
  void put(TxQueue& queue, std::span<const uint8_t, 16> descriptor);
  bool take_single(RxQueue& queue, std::vector<Received>& out);
  bool take_split(uint16_t number, std::vector<Received>& out);
  uint64_t tail(idpf::QueueType type, uint32_t queue) const;
  void write(uint64_t offset, uint64_t value);

  host::HostPort& port_;
  Config config_;
  host::DmaBuffer atq_, arq_, request_, replies_;
  uint16_t atq_next_ = 0;
  uint16_t arq_next_ = 0;
  uint16_t arq_post_ = 0;
  idpf::CreateVport created_;
  std::vector<idpf::QueueRegChunk> chunks_;
  idpf::VectorChunk vectors_;
  uint32_t vport_id_ = 0;
  std::vector<TxQueue> tx_;
  std::vector<RxQueue> rx_;
};

}  // namespace pspnic::polling
