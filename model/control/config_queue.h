// SPDX-License-Identifier: Apache-2.0
// Config queues: a driver programs transmit SAs by rings of its own, with no firmware in the path
// (model/idpf/psp_config_queue.h has the formats). A pair is a ring of commands, each of which may point to a
// buffer of up to four records, and a ring of buffers for the answers that a command asks for.
//
// Waits for: tails, DMA, buffers for answers; SA_DEL for the packets in flight that still need the key;
// SA_FENCE for all commands before it. Takes: the DMA engine's time, with several commands' buffers asked for
// at once, and for each record `record_cycles` of the one engine that all pairs share. Commands take effect
// in the order of their ring. Their descriptors are completed as each of them is done, so an SA_DEL that
// waits holds up nothing but fences. Drops: nothing; a command that breaks a rule is completed with ERR and
// says why, a ring that breaks one stops, with a violation.
//
// Keys are overwritten in the device when their command is done; in host memory that is the driver's to do.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/refusal.h"
#include "model/base/clock.h"
#include "model/base/event_fifo.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/crypto/sa_table.h"
#include "model/idpf/psp_config_queue.h"
#include "model/idpf/psp_ext.h"
#include "model/pcie/dma.h"
#include "model/psp/iv_clock.h"
#include "model/queue/descriptor_ring.h"

namespace pspnic::control {

struct ConfigQueueParams {
  uint16_t pairs = 1;
  base::Frequency clock{1 * base::kGHz};
  unsigned record_cycles = 16;
  unsigned outstanding = 16;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("pairs", pairs, uint16_t{1}, uint16_t{64}, "Config queues of the card, a pair of rings each",
            "Assumed: one for a function");
    v.value("clock", clock, base::Frequency{1 * base::kMHz}, base::Frequency{5 * base::kGHz},
            "Clock of the engine that writes SAs", "Assumed: that of the packet pipeline");
    v.value("record_cycles", record_cycles, 1u, 100'000u, "Cycles for one record, or command without",
            "Assumed: 64 bytes in eight cycles, the slot looked up before and written after");
    v.value("outstanding", outstanding, 1u, 64u, "Buffers of commands asked for at a time, of one queue",
            "Assumed: covers a PCIe round trip at the engine's rate with four records a buffer");
  }
};

// Who owns the SA table's surroundings: what goes with a slot, and the end of an erase.
class SaSlots {
 public:
  virtual ~SaSlots() = default;
  // False: packets of the last owner still need the slot. `first_iv` is for who looks on: IVs are the
  // clock's.
  virtual bool write_sa(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) = 0;
  // The driver wants IVs of the SA from here on, and the clock has come there.
  virtual void iv_given(uint32_t slot, uint64_t iv) = 0;
  // True: the key is wiped. False: ConfigQueues::on_erased(token) follows.
  virtual bool erase_sa(uint32_t slot, uint64_t token) = 0;
};

// Who looks on, and changes nothing; null: nobody.
class ConfigQueueWatch {
 public:
  virtual ~ConfigQueueWatch() = default;
  // A ring has been configured, or, with a length of 0, given up.
  virtual void on_config_ring(base::Site site, uint64_t address, uint32_t length) = 0;
  // The command of this descriptor, or this record of its, from 0.
  virtual void on_config_refused(base::Site site, uint16_t index, std::optional<size_t> record,
                                 idpf::ConfigQueueStatus status, const firmware::Reason& why) = 0;
};

class ConfigQueues {
 public:
  enum class Direction : uint8_t { kCommands, kAnswers };

  static constexpr unsigned kDescriptors = 64;  // of a ring on the card; as many commands under way

  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    base::PacketPool& pool;
    base::ViolationLog& violations;
    crypto::SaTable& sas;
    const psp::IvClock& iv_clock;
  };

  // `versions`: bit v: PSP version v.
  ConfigQueues(base::StatGroup& parent, const ConfigQueueParams& params, uint32_t versions,
               const Ports& ports);
  ~ConfigQueues();
  void connect(SaSlots* slots) { slots_ = slots; }
  void set_watch(ConfigQueueWatch* watch) { watch_ = watch; }

  uint16_t pairs() const { return static_cast<uint16_t>(pairs_.size()); }

  // `function`: whose slots the commands name, counted from the first of its range.
  void configure(Direction direction, uint16_t pair, uint64_t ring_address, uint16_t ring_length,
                 uint16_t function);
  void enable(Direction direction, uint16_t pair);
  bool enabled(Direction direction, uint16_t pair) const;
  void write_tail(Direction direction, uint16_t pair, uint32_t value);
  uint32_t read_tail(Direction direction, uint16_t pair) const;

  // Takes no more commands, and finishes those taken, but for answers without a buffer. `drained` is called,
  // perhaps at once, with the pair's number; the tail is then 0.
  void disable_commands(uint16_t pair, base::Callback drained);
  void disable_answers(uint16_t pair);
  bool reading_answers(uint16_t pair) const;

  // A write to the pair's rings or buffers has failed.
  void on_write_fault(uint16_t pair, base::DriverRule rule, uint64_t address);
  // The erase of this token is over.
  void on_erased(uint64_t token);
  void reset();

 private:
  struct Ring;
  struct Command;
  struct Pair;

  queue::DescriptorRing::Reader reader(Direction direction);
  void fetch(uint16_t pair, Direction direction);
  void on_descriptors(uint16_t pair, Direction direction, pcie::DmaStatus status);
  void on_command_descriptors(uint64_t pair, pcie::DmaStatus status);
  void on_answer_descriptors(uint64_t pair, pcie::DmaStatus status);
  void take_commands(uint16_t pair);
  bool take_command(uint16_t pair);
  Command& new_command(Pair& pair);
  void on_buffer(uint64_t argument, pcie::DmaStatus status);
  // kCount: none.
  base::DriverRule broken_rule(const idpf::ConfigQueueDescriptor& descriptor, const char*& field) const;
  static base::DriverRule check_length(const idpf::ConfigQueueDescriptor& descriptor, const char*& field);
  void serve_ready(uint16_t pair);
  void on_served(uint64_t argument);
  void execute(Command& command);
  idpf::ConfigQueueStatus carry_out(Command& command, idpf::PspTxSa& record);
  bool clock_has_passed(uint64_t iv) const;
  idpf::ConfigQueueStatus refuse(const Command& command, const idpf::PspTxSa& record,
                                 idpf::ConfigQueueStatus status, firmware::Reason why = {}) const;
  idpf::ConfigQueueStatus iv_ahead(const Command& command, const idpf::PspTxSa& record) const;
  idpf::ConfigQueueStatus out_of_range(const Command& command, const idpf::PspTxSa& record) const;
  idpf::ConfigQueueStatus still_erasing(const Command& command, const idpf::PspTxSa& record) const;
  idpf::ConfigQueueStatus check_add(const Command& command, const idpf::PspTxSa& record) const;
  idpf::ConfigQueueStatus check_slot(const Command& command, const idpf::PspTxSa& record) const;
  void tell_ring(Direction direction, uint16_t pair, uint32_t length) const;
  idpf::ConfigQueueStatus add(const Command& command, idpf::PspTxSa& record);
  idpf::ConfigQueueStatus find(const Command& command, const idpf::PspTxSa& record, uint32_t& slot) const;
  idpf::ConfigQueueStatus erase(Command& command, const idpf::PspTxSa& record);
  void finish(Command& command);
  void answer(Pair& pair);
  bool write_answer(Pair& pair, Command& command);
  void complete(Command& command);
  void close_up(uint16_t pair);
  void check_drained(uint16_t pair);
  Command* find_command(uint64_t token);
  void stop(uint16_t pair, Direction direction, uint32_t index, base::DriverRule rule, const char* field,
            uint64_t seen);
  void report(uint16_t pair, Direction direction, uint32_t index, base::DriverRule rule, const char* field,
              uint64_t seen);

  struct Stats {
    explicit Stats(base::StatGroup& parent) : group(parent, "config_queue") {}
    base::StatGroup group;
    base::Counter commands{group, "commands", "command", "Commands completed"};
    base::Counter errors{group, "errors", "command", "Of them, those completed with an error"};
    base::Counter added{group, "added", "SA", "SAs written"};
    base::Counter deleted{group, "deleted", "SA", "SAs whose erase was asked for"};
    base::Counter answers{group, "answers", "message", "Answers written"};
    base::Histogram latency{group, "latency", "ps", "From a command's descriptor to its completion"};
    base::Counter fetches{group, "fetches", "read", "Batches of descriptors fetched"};
    base::Counter descriptors{group, "descriptors", "descriptor", "Descriptors fetched"};
  };

  ConfigQueueParams params_;
  uint32_t versions_;
  Ports ports_;
  SaSlots* slots_ = nullptr;
  ConfigQueueWatch* watch_ = nullptr;
  base::StatGroup& parent_;
  std::unique_ptr<Stats>
      stats_;  // made with the first queue: a report without config queues has no such group
  std::vector<std::unique_ptr<Pair>> pairs_;
  base::Clock clock_;
  base::Time engine_free_ = 0;
  base::EventFifo served_;
  uint32_t last_serial_ = 0;
};

}  // namespace pspnic::control
