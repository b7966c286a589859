// SPDX-License-Identifier: Apache-2.0
#include "model/control/config_queue.h"

#include <algorithm>
#include <utility>

#include "model/control/config_queue_state.h"

namespace pspnic::control {

using base::DriverRule;
using base::Time;
using idpf::ConfigQueueDescriptor;
using idpf::ConfigQueueOpcode;
using idpf::ConfigQueueStatus;
using pcie::DmaStatus;

namespace {

constexpr unsigned kFetchDescriptors = 8;  // one read of 256 bytes

base::Site::Kind site_kind(ConfigQueues::Direction direction) {
  using Kind = base::Site::Kind;
  return direction == ConfigQueues::Direction::kCommands ? Kind::kConfigCommands : Kind::kConfigAnswers;
}

}  // namespace

ConfigQueues::ConfigQueues(base::StatGroup& parent, const ConfigQueueParams& params, uint32_t versions,
                           const Ports& ports)
    : params_(params),
      versions_(versions),
      ports_(ports),
      parent_(parent),
      clock_(params.clock),
      served_(ports.events, base::Callback::to<&ConfigQueues::on_served>(*this)) {
  for (unsigned i = 0; i < params.pairs; ++i) pairs_.push_back(std::make_unique<Pair>());
}

ConfigQueues::~ConfigQueues() = default;

queue::DescriptorRing::Reader ConfigQueues::reader(Direction direction) {
  return {.dma = ports_.dma,
          .kind = pcie::Requester::Kind::kConfigQueue,
          .done = direction == Direction::kCommands
                      ? pcie::ReadCallback::to<&ConfigQueues::on_command_descriptors>(*this)
                      : pcie::ReadCallback::to<&ConfigQueues::on_answer_descriptors>(*this),
          .descriptor_bytes = idpf::kCfgqDescriptorBytes,
          .fetch_descriptors = kFetchDescriptors,
          .cache_descriptors = kDescriptors,
          .fetches = stats_->fetches,
          .descriptors = stats_->descriptors};
}

void ConfigQueues::configure(Direction direction, uint16_t number, uint64_t ring_address,
                             uint16_t ring_length, uint16_t function) {
  if (stats_ == nullptr) stats_ = std::make_unique<Stats>(parent_);
  Pair& pair = *pairs_[number];
  Ring& ring = pair.of(direction);
  pair.function = function;
  ring.stopped = false;
  ring.ring.configure(ring_address, ring_length, reader(direction));
  if (direction == Direction::kCommands) pair.busy.assign(ring_length, false);
  tell_ring(direction, number, ring_length);
}

void ConfigQueues::tell_ring(Direction direction, uint16_t number, uint32_t length) const {
  if (watch_ == nullptr) return;
  watch_->on_config_ring({site_kind(direction), number}, pairs_[number]->of(direction).ring.address(),
                         length);
}

void ConfigQueues::enable(Direction direction, uint16_t number) {
  pairs_[number]->of(direction).enabled = true;
  fetch(number, direction);
}

bool ConfigQueues::enabled(Direction direction, uint16_t number) const {
  return pairs_[number]->of(direction).enabled;
}

uint32_t ConfigQueues::read_tail(Direction direction, uint16_t number) const {
  return pairs_[number]->of(direction).ring.tail();
}

void ConfigQueues::write_tail(Direction direction, uint16_t number, uint32_t value) {
  pairs_[number]->of(direction).ring.set_tail(value);
  fetch(number, direction);
}

void ConfigQueues::fetch(uint16_t number, Direction direction) {
  Ring& ring = pairs_[number]->of(direction);
  if (!ring.enabled || ring.stopped) return;
  if (!ring.ring.tail_valid()) {
    return stop(number, direction, ring.ring.fetch_index(), DriverRule::kRingTail, "tail", ring.ring.tail());
  }
  const queue::DescriptorRing::Reader how = reader(direction);
  while (ring.ring.fetch(how, number, true)) {
  }
}

void ConfigQueues::on_descriptors(uint16_t number, Direction direction, DmaStatus status) {
  queue::DescriptorRing& ring = pairs_[number]->of(direction).ring;
  ring.arrived();
  if (status == DmaStatus::kOk) return;
  stop(number, direction, ring.take_index(), pcie::broken_rule(status, DriverRule::kRingUnmapped),
       "ring_address", ring.address());
}

void ConfigQueues::on_command_descriptors(uint64_t argument, DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  on_descriptors(number, Direction::kCommands, status);
  take_commands(number);
  check_drained(number);
}

void ConfigQueues::on_answer_descriptors(uint64_t argument, DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  on_descriptors(number, Direction::kAnswers, status);
  answer(*pairs_[number]);
}

void ConfigQueues::take_commands(uint16_t number) {
  while (take_command(number)) {
  }
  serve_ready(number);
  fetch(number, Direction::kCommands);
}

ConfigQueues::Command& ConfigQueues::new_command(Pair& pair) {
  if (pair.free.empty()) {
    pair.all.push_back(std::make_unique<Command>());
    pair.free.push_back(pair.all.back().get());
  }
  Command& command = *pair.free.back();
  pair.free.pop_back();
  command.serial = ++last_serial_;
  command.taken = ports_.events.now();
  command.count = command.erasing = 0;
  return command;
}

bool ConfigQueues::take_command(uint16_t number) {
  Pair& pair = *pairs_[number];
  Ring& ring = pair.commands;
  const bool room = pair.open.size() < kDescriptors && pair.reading < params_.outstanding;
  if (!ring.enabled || ring.stopped || !ring.ring.has_descriptor() || !room) return false;
  const queue::DescriptorRing::Taken taken = ring.ring.take(reader(Direction::kCommands));
  ring.ring.release(1);
  const auto descriptor = ConfigQueueDescriptor::decode(taken.bytes.first<idpf::kCfgqDescriptorBytes>());
  if (pair.busy[taken.index] || (descriptor.flags & idpf::kMbxFlagDd) != 0) {
    stop(number, Direction::kCommands, taken.index, DriverRule::kCfgqOverwrite, "tail", descriptor.flags);
    return false;
  }
  Command& command = new_command(pair);
  command.pair = number;
  command.index = taken.index;
  command.descriptor = descriptor;
  pair.busy[taken.index] = true;
  pair.open.push_back(&command);
  const char* field = "";
  const DriverRule rule = broken_rule(descriptor, field);
  command.state = Command::State::kReady;
  command.descriptor.status = ConfigQueueStatus::kOk;
  if (rule != DriverRule::kCount) {
    report(number, Direction::kCommands, taken.index, rule, field, descriptor.datalen);
    command.descriptor.status = ConfigQueueStatus::kCompletionError;
  } else if (!command.direct()) {
    command.state = Command::State::kReading;
    command.count = descriptor.num_records;
    ++pair.reading;
    ports_.dma.read(descriptor.address(),
                    {reinterpret_cast<uint8_t*>(command.records.value.data()), descriptor.datalen},
                    pcie::ReadCallback::to<&ConfigQueues::on_buffer>(*this), command.token(),
                    pcie::ReadFor::kMailbox, {pcie::Requester::Kind::kConfigQueue, number});
  }
  return true;
}

// An opcode that there is not is no broken rule but an answer of its own.
DriverRule ConfigQueues::broken_rule(const ConfigQueueDescriptor& descriptor, const char*& field) const {
  const ConfigQueueOpcode opcode = descriptor.opcode;
  if (opcode < ConfigQueueOpcode::kSaAdd || opcode > ConfigQueueOpcode::kSaFence) {
    return descriptor.datalen == 0 ? DriverRule::kCount : check_length(descriptor, field);
  }
  const bool fence = opcode == ConfigQueueOpcode::kSaFence;
  const bool may_be_direct =
      fence || opcode == ConfigQueueOpcode::kSaDel || opcode == ConfigQueueOpcode::kSaUpdateIv;
  if (descriptor.datalen == 0) {
    field = "datalen";
    return may_be_direct ? DriverRule::kCount : DriverRule::kCfgqRecords;
  }
  field = "datalen";
  if (fence) return DriverRule::kCfgqFence;
  return check_length(descriptor, field);
}

DriverRule ConfigQueues::check_length(const ConfigQueueDescriptor& descriptor, const char*& field) {
  const unsigned records = descriptor.num_records;
  field = "num_records";
  if (records < 1 || records > idpf::kCfgqMaxRecords) return DriverRule::kCfgqCount;
  field = "datalen";
  if (descriptor.datalen != records * sizeof(idpf::PspTxSa)) return DriverRule::kCfgqLength;
  field = "flags";
  if ((descriptor.flags & idpf::kMbxFlagBuf) == 0) return DriverRule::kCfgqFlags;
  return DriverRule::kCount;
}

void ConfigQueues::on_buffer(uint64_t token, DmaStatus status) {
  Command& command = *find_command(token);  // there as long as its buffer is on its way
  Pair& pair = *pairs_[command.pair];
  --pair.reading;
  if (status != DmaStatus::kOk) {
    report(command.pair, Direction::kCommands, command.index,
           pcie::broken_rule(status, DriverRule::kMessageUnmapped), "addr", command.descriptor.address());
    command.descriptor.status = ConfigQueueStatus::kCompletionError;
    command.count = 0;
  }
  command.state = Command::State::kReady;
  take_commands(command.pair);
}

// Commands go to the engine in the order of their ring.
void ConfigQueues::serve_ready(uint16_t number) {
  for (Command* command : pairs_[number]->open) {
    if (command->state == Command::State::kReading) return;
    if (command->state != Command::State::kReady) continue;
    command->state = Command::State::kServing;
    const uint64_t records = std::max(command->count, 1u);
    engine_free_ =
        std::max(engine_free_, ports_.events.now()) + clock_.cycles(records * params_.record_cycles);
    served_.push(engine_free_, command->token());
  }
}

void ConfigQueues::on_served(uint64_t token) {
  Command& command = *find_command(token);
  execute(command);
}

ConfigQueues::Command* ConfigQueues::find_command(uint64_t token) {
  const auto serial = static_cast<uint32_t>(token);
  for (Command* command : pairs_[token >> 32]->open) {
    if (command->serial == serial) return command;
  }
  return nullptr;
}

void ConfigQueues::on_erased(uint64_t token) {
  Command* command = find_command(token);
  if (command == nullptr || --command->erasing > 0 || command->state != Command::State::kErasing) return;
  finish(*command);
}

void ConfigQueues::disable_commands(uint16_t number, base::Callback drained) {
  Pair& pair = *pairs_[number];
  pair.commands.enabled = false;
  pair.drained = drained;
  while (!pair.answering.empty()) {
    Command& command = *pair.answering.front();
    pair.answering.pop_front();
    complete(command);
  }
  check_drained(number);
}

void ConfigQueues::check_drained(uint16_t number) {
  Pair& pair = *pairs_[number];
  if (!pair.drained || !pair.open.empty() || pair.commands.ring.reading() > 0) return;
  const base::Callback drained = std::exchange(pair.drained, {});
  pair.commands.ring.clear();
  pair.commands.ring.set_tail(0);
  pair.commands.stopped = false;
  tell_ring(Direction::kCommands, number, 0);
  drained(number);
}

void ConfigQueues::disable_answers(uint16_t number) {
  Ring& ring = pairs_[number]->answers;
  ring.enabled = false;
  ring.ring.set_tail(0);
  tell_ring(Direction::kAnswers, number, 0);
}

bool ConfigQueues::reading_answers(uint16_t number) const {
  return pairs_[number]->answers.ring.reading() > 0;
}

void ConfigQueues::on_write_fault(uint16_t number, DriverRule rule, uint64_t address) {
  for (const Direction direction : {Direction::kCommands, Direction::kAnswers}) {
    stop(number, direction, 0, rule, "ring_address", address);
  }
}

void ConfigQueues::stop(uint16_t number, Direction direction, uint32_t index, DriverRule rule,
                        const char* field, uint64_t seen) {
  Ring& ring = pairs_[number]->of(direction);
  if (ring.stopped) return;
  ring.stopped = true;
  report(number, direction, index, rule, field, seen);
}

void ConfigQueues::report(uint16_t number, Direction direction, uint32_t index, DriverRule rule,
                          const char* field, uint64_t seen) {
  ports_.violations.report({.when = ports_.events.now(),
                            .rule = rule,
                            .site = {site_kind(direction), number},
                            .part = base::descriptor_text(index),
                            .field = field,
                            .seen = std::to_string(seen),
                            .expected = {},
                            .events = {}});
}

void ConfigQueues::reset() {
  for (auto& pair : pairs_) *pair = Pair{};
  served_.clear();
  engine_free_ = 0;
}

}  // namespace pspnic::control
