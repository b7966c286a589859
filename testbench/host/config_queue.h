// SPDX-License-Identifier: Apache-2.0
// The driver's side of a config queue pair: transmit SAs programmed by ring commands instead of mailbox
// messages. Nothing but start() and stop() lets time pass: completions are looked for every `poll_ps` as long
// as commands are under way, as drivers of such queues do, which have no interrupt; callbacks come from
// there. Keys are wiped from the buffers as soon as the device is done with them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "model/idpf/psp_config_queue.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/driver.h"
#include "testbench/host/mailbox.h"

namespace pspnic::host {

class PspControl;

class ConfigQueue {
 public:
  static constexpr uint16_t kRing = 256;  // commands, and buffers for answers; Linux-like control rings

  using Added = std::function<void(std::span<const SaHandle>)>;  // index kNoSa: refused, see last_status()
  using Done = std::function<void()>;

  ConfigQueue(HostPort& port, Mailbox& mailbox, PspControl& control, Anomalies& anomalies)
      : port_(port), mailbox_(mailbox), control_(control), anomalies_(anomalies) {}

  // Scripts: the pair asked for, configured and enabled; disabled and given back. DriverError as of mailbox
  // calls. `cookie` is that of the timer that on_timer() belongs to.
  void start(uint64_t poll_ps, uint64_t cookie);
  void stop();
  // The function is reset: nothing under way will be answered, and the memory is free again.
  void abandon();
  // The same of a device that may still reach the memory, which stays allocated.
  void cut_off();
  bool running() const { return running_; }
  // It runs no longer, as the device answers none of its commands: what was asked for is forgotten, and an
  // anomaly says so. The memory stays allocated.
  bool silent() const { return silent_; }

  // One callback a request, when all of its commands are done; requests may be made from inside one. Four SAs
  // make one command.
  void add(std::span<const TxSaRequest> requests, Added done);
  // The keys are wiped when `done` is called. Handles of SAs that were refused are passed over.
  void remove(std::span<const SaHandle> handles, Done done);
  // When all that was asked for before is done.
  void fence(Done done);

  void on_timer();

  // Requests without a callback yet.
  size_t pending() const { return open_requests_; }
  uint64_t added() const { return added_; }
  // Of the SA refused last; see idpf::ConfigQueueStatus.
  idpf::ConfigQueueStatus last_status() const { return last_status_; }

 private:
  struct Request {
    std::vector<SaHandle> handles;  // of an addition: as they come
    Added added;
    Done done;
    size_t left = 0;  // commands
  };
  // Waits for its turn, or is in the ring.
  struct Command {
    idpf::ConfigQueueDescriptor descriptor;
    std::vector<TxSaRequest> requests;
    std::shared_ptr<Request> request;
    size_t first = 0;  // its first SA in the request
    uint16_t first_tag = 0;
    bool busy = false;
  };

  void allocate_memory();
  void configure();
  template <idpf::WireHeader H>
  void configure_queue(idpf::Opcode opcode, unsigned which, typename H::Element queue);
  void switch_queues(idpf::Opcode opcode);
  void pump();
  void write_command(uint16_t index, Command& command);
  void post_answer_buffer(uint16_t index);
  void poll();
  void take_answers();
  void take_answer(const idpf::ConfigQueueDescriptor& answer, std::span<const uint8_t> records);
  void finish(uint16_t index);
  void give_up();
  std::span<uint8_t, idpf::kCfgqDescriptorBytes> descriptor(const DmaBuffer& ring, uint16_t index) const;
  std::span<uint8_t> buffer(const DmaBuffer& buffers, uint16_t index) const;
  void arm_timer();

  HostPort& port_;
  Mailbox& mailbox_;
  PspControl& control_;
  Anomalies& anomalies_;
  bool running_ = false;
  bool silent_ = false;
  bool timer_ = false;
  bool polling_ = false;
  uint64_t poll_ps_ = 0;
  uint64_t cookie_ = 0;
  uint32_t ids_[2] = {};    // of the command and the answer queue
  uint32_t tails_[2] = {};  // BAR0 offsets
  DmaBuffer rings_[2];
  DmaBuffer buffers_[2];
  std::deque<Command> waiting_;
  std::vector<Command> in_ring_;  // by index
  unsigned under_way_ = 0;
  uint16_t next_ = 0;         // command to write
  uint16_t oldest_ = 0;       // that may be under way
  uint16_t next_answer_ = 0;  // to look at
  unsigned idle_polls_ = 0;   // since the last completion
  size_t open_requests_ = 0;
  uint64_t added_ = 0;
  idpf::ConfigQueueStatus last_status_ = idpf::ConfigQueueStatus::kOk;
};

}  // namespace pspnic::host
