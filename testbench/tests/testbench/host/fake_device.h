// SPDX-License-Identifier: Apache-2.0
// A function behind HostPort without time or hardware: it answers the mailbox with canned replies and leaves
// rings to the test, which plays the device by the members below. Everything the driver writes is recorded.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/idpf/mailbox.h"
#include "model/idpf/psp_ext.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/tx_descriptors.h"
#include "model/idpf/virtchnl2.h"
#include "testbench/host/driver.h"

namespace pspnic::host::test {

struct RegisterWrite {
  Space space;
  uint64_t offset;
  uint32_t value;
  bool operator==(const RegisterWrite&) const = default;
};

struct Request {
  idpf::Opcode opcode;
  std::vector<uint8_t> payload;

  template <class T>
  T as(size_t offset = 0) const {
    return *idpf::read_at<T>(payload, offset);
  }
  template <class H>
  typename H::Element element(size_t index) const {
    return *idpf::read_element<H>(payload, index);
  }
};

struct Answer {
  idpf::Status status = idpf::Status::kSuccess;
  std::vector<uint8_t> payload;
};

template <class T>
std::vector<uint8_t> bytes_of(const T& value) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&value);
  return {begin, begin + sizeof(T)};
}

class FakeDevice : public HostPort {
 public:
  static constexpr unsigned kVectors = 5;  // MSI-X entries; 0 is the mailbox's
  static constexpr uint32_t kTsoSlots = 4;
  static constexpr uint64_t kMessageAddress = 0x1'fee0'0000;

  FakeDevice();

  // HostPort
  uint32_t read32(Space space, uint64_t offset) override;
  void write32(Space space, uint64_t offset, uint32_t value) override;
  DmaBuffer allocate(size_t bytes, size_t alignment) override;
  void free(const DmaBuffer& buffer) override;
  uint64_t now_ps() const override { return now_ps_; }
  void delay(uint64_t duration_ps) override;
  void set_timer(uint64_t delay_ps, uint64_t cookie) override {
    timers_.insert({now_ps_ + delay_ps, cookie});
  }
  void set_events(HostEvents* events) override { events_ = events; }
  uint64_t message_address() const override { return kMessageAddress; }

  // What a test changes before start().
  std::vector<uint32_t> config;  // configuration space
  idpf::GetCapabilities caps;    // what the device has
  uint64_t oem_caps = idpf::kPspCapMbx | idpf::kPspCapRxMeta;
  bool silent_reset = false;  // RSTAT stays 0
  bool link_event = true;
  bool markers = true;
  std::set<idpf::Opcode> silent;                                          // never answered
  std::map<idpf::Opcode, idpf::Status> refused;                           // answered with this status
  std::map<idpf::Opcode, std::function<Answer(const Request&)>> answers;  // in place of the default
  std::function<void(idpf::MailboxDescriptor&)> spoil_reply;              // last chance to change a reply
  uint32_t spis = 1000;                                                   // left to hand out

  // What the driver did.
  std::vector<RegisterWrite> writes;
  std::vector<Request> requests;
  size_t allocations() const { return memory_.size(); }
  std::optional<uint32_t> last_write(uint64_t offset, Space space = Space::kBar0) const;
  size_t count_writes(uint64_t offset) const;
  const Request& request(idpf::Opcode opcode, size_t index = 0) const;
  size_t count_requests(idpf::Opcode opcode) const;
  size_t count_in_memory(const std::vector<uint8_t>& bytes) const;  // how often they stand in DMA memory

  // Playing the device. Queue numbers are of the queue pair.
  std::span<uint8_t> memory(uint64_t iova, size_t bytes);
  void send(idpf::Opcode opcode, std::span<const uint8_t> payload, uint16_t cookie = 0,
            idpf::Status status = idpf::Status::kSuccess);
  void send_event(idpf::EventCode code, uint8_t link_status = 1, uint32_t vport_id = 0);
  void interrupt(unsigned vector);  // stays pending while INTENA is 0
  // The Tx descriptors the driver rang for since the last call, as bytes.
  std::vector<std::vector<uint8_t>> fetch_tx(unsigned queue);
  void complete_tx(unsigned queue, idpf::TxCompletionType type, uint16_t value, uint16_t queue_id = 0);
  // A frame into the next buffers of a buffer queue (0 or 1), a completion each; `last` is the final one's
  // template. The first `header_bytes` go to the header buffer of the first.
  void receive(unsigned queue, unsigned buffer_queue, std::span<const uint8_t> frame,
               idpf::RxCompletion last = {}, size_t header_bytes = 0);
  void complete_rx(unsigned queue, idpf::RxCompletion completion);
  // The next posted buffer of a buffer queue; the device takes it.
  idpf::RxBufferDescriptor take_buffer(unsigned queue, unsigned buffer_queue);
  unsigned posted_buffers(unsigned queue, unsigned buffer_queue);

 private:
  struct Ring {
    uint64_t address = 0;
    uint32_t length = 1;
    uint32_t head = 0;
    bool generation = true;
    void advance();
  };
  void reset();
  void take_requests();
  Answer answer(const Request& request);
  Answer answer_basic(const Request& request);
  Answer answer_queues(const Request& request);
  Answer answer_psp(const Request& request);
  Answer create_vport(const Request& request);
  Answer ptypes(const Request& request) const;
  void deliver_pending();
  void take_tx_config(const Request& request);
  void take_rx_config(const Request& request);

  uint64_t now_ps_ = 0;
  uint64_t next_iova_ = 0x10'0000;
  std::map<uint64_t, std::vector<uint8_t>> memory_;  // by address
  std::multimap<uint64_t, uint64_t> timers_;
  HostEvents* events_ = nullptr;
  std::map<std::pair<Space, uint64_t>, uint32_t> registers_;
  std::deque<std::function<void()>> replies_;  // sent in the next delay()
  Ring atq_, arq_;
  std::set<unsigned> pending_;                                    // vectors
  std::map<uint32_t, Ring> tx_, tx_completion_, rx_, rx_buffer_;  // by queue id
  std::map<uint32_t, uint32_t> rx_buffer_bytes_;
  uint32_t vports_given_ = 0;
  uint32_t pairs_given_ = 0;  // queue pairs, of all vports
  uint32_t next_spi_ = 1;
  uint32_t next_slot_ = 0;
  uint8_t generation_ = 3;
};

// Records what goes up.
class RecordingStack : public Stack {
 public:
  struct Received {
    std::vector<uint8_t> frame;
    RxInfo info;
  };
  unsigned captured = 0;
  void on_captured(std::span<const uint8_t>, idpf::PspRxStatus, const RxInfo&) override { ++captured; }
  void on_receive(std::span<const uint8_t> frame, const RxInfo& info) override {
    received.push_back({{frame.begin(), frame.end()}, info});
  }
  void on_sent(unsigned queue, uint64_t cookie) override { sent.emplace_back(queue, cookie); }
  void on_transmit_room(unsigned) override { ++rooms; }

  std::vector<Received> received;
  std::vector<std::pair<unsigned, uint64_t>> sent;
  unsigned rooms = 0;
};

// Rings that a test looks through.
inline DriverConfig small_config() {
  DriverConfig config;
  config.tx_ring = 128;
  config.rx_ring = 128;
  config.buffer_ring = 64;
  config.tso_slots = FakeDevice::kTsoSlots;
  return config;
}

// What start() complains of; "started" if of nothing.
inline std::string start_error(FakeDevice& device, const DriverConfig& config = small_config()) {
  RecordingStack stack;
  Driver driver(device, config);
  try {
    driver.start(stack);
  } catch (const DriverError& error) {
    EXPECT_FALSE(driver.running());
    return error.what();
  }
  return "started";
}

}  // namespace pspnic::host::test
