// SPDX-License-Identifier: Apache-2.0
// What a driver learns of the commands of its config queue: answers and completions.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "model/control/config_queue_state.h"

namespace pspnic::control {

using idpf::ConfigQueueDescriptor;
using idpf::ConfigQueueStatus;

namespace {

pcie::Requester writer(uint16_t pair) {
  return {pcie::Requester::Kind::kConfigQueue, pair};
}

}  // namespace

// The command has taken effect; what is left is to say so.
void ConfigQueues::finish(Command& command) {
  const ConfigQueueDescriptor& descriptor = command.descriptor;
  const bool failed = descriptor.status != ConfigQueueStatus::kOk;
  for (idpf::PspTxSa& record : command.records.value) net::wipe(record.key);
  const bool wanted = descriptor.response == idpf::ConfigQueueResponse::kAlways ||
                      (descriptor.response == idpf::ConfigQueueResponse::kOnError && failed);
  Pair& pair = *pairs_[command.pair];
  if (!wanted || !pair.commands.enabled) return complete(command);
  command.state = Command::State::kAnswering;
  pair.answering.push_back(&command);
  answer(pair);
}

void ConfigQueues::answer(Pair& pair) {
  Ring& ring = pair.answers;
  while (!pair.answering.empty() && ring.enabled && !ring.stopped && ring.ring.has_descriptor()) {
    Command& command = *pair.answering.front();
    if (!write_answer(pair, command)) break;
    pair.answering.pop_front();
    complete(command);
  }
  const auto number =
      std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& each) { return each.get() == &pair; });
  fetch(static_cast<uint16_t>(number - pairs_.begin()), Direction::kAnswers);
}

// The records as they are now, without keys, in the buffer offered; a direct form has none.
bool ConfigQueues::write_answer(Pair& pair, Command& command) {
  const queue::DescriptorRing::Taken taken = pair.answers.ring.take(reader(Direction::kAnswers));
  pair.answers.ring.release(1);
  const auto buffer = ConfigQueueDescriptor::decode(taken.bytes.first<idpf::kCfgqDescriptorBytes>());
  const auto bytes = static_cast<uint16_t>(command.count * sizeof(idpf::PspTxSa));
  const bool has_buffer = (buffer.flags & idpf::kMbxFlagBuf) != 0;
  if (bytes > 0 && (!has_buffer || buffer.datalen < bytes)) {
    stop(command.pair, Direction::kAnswers, taken.index, base::DriverRule::kCfgqBufferSmall,
         has_buffer ? "datalen" : "flags", has_buffer ? buffer.datalen : buffer.flags);
    return false;
  }
  if (bytes > 0) {
    base::PacketPtr packet = ports_.pool.take(bytes);
    std::memcpy(packet->data(), command.records.value.data(), bytes);
    const std::span<const uint8_t> written = packet->bytes();
    ports_.dma.write_packet(writer(command.pair), buffer.address(), written, std::move(packet));
  }
  ConfigQueueDescriptor done = command.descriptor;
  done.flags = idpf::kMbxFlagsReply;
  if (done.status != ConfigQueueStatus::kOk) done.flags |= idpf::kMbxFlagErr;
  done.datalen = bytes;
  done.set_address(buffer.address());
  std::array<uint8_t, idpf::kCfgqDescriptorBytes> encoded;
  done.encode(encoded);
  ports_.dma.write(writer(command.pair),
                   pair.answers.ring.address() + uint64_t{taken.index} * idpf::kCfgqDescriptorBytes, encoded);
  stats_->answers++;
  return true;
}

void ConfigQueues::complete(Command& command) {
  Pair& pair = *pairs_[command.pair];
  command.state = Command::State::kDone;
  ConfigQueueDescriptor& done = command.descriptor;
  done.flags |= idpf::kMbxFlagDd | idpf::kMbxFlagCmp;
  if (done.status != ConfigQueueStatus::kOk) {
    done.flags |= idpf::kMbxFlagErr;
    stats_->errors++;
  }
  std::array<uint8_t, idpf::kCfgqDescriptorBytes> encoded;
  done.encode(encoded);
  ports_.dma.write(writer(command.pair),
                   pair.commands.ring.address() + uint64_t{command.index} * idpf::kCfgqDescriptorBytes,
                   encoded);
  stats_->commands++;
  stats_->latency.record(ports_.events.now() - command.taken);
  pair.busy[command.index] = false;
  close_up(command.pair);
}

// Forgets what is completed up to the first that is not, and ends the fences that find nothing before them.
void ConfigQueues::close_up(uint16_t number) {
  Pair& pair = *pairs_[number];
  while (!pair.open.empty()) {
    Command& front = *pair.open.front();
    if (front.state == Command::State::kFence) return finish(front);  // and comes back here
    if (front.state != Command::State::kDone) break;
    net::wipe({reinterpret_cast<uint8_t*>(&front.records.value), sizeof front.records.value});
    pair.free.push_back(&front);
    pair.open.pop_front();
  }
  if (pair.commands.enabled) {
    take_commands(number);
  } else {
    check_drained(number);
  }
}

}  // namespace pspnic::control
