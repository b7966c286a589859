// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/config_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "model/idpf/mailbox.h"
#include "model/idpf/psp_ext.h"
#include "model/net/wipe.h"
#include "testbench/host/psp.h"
#include "testbench/host/psp_messages.h"

namespace pspnic::host {

using idpf::ConfigQueueDescriptor;
using idpf::ConfigQueueOpcode;
using idpf::ConfigQueueStatus;

namespace {

enum Index : unsigned { kCommands, kAnswers };

constexpr unsigned kIdlePolls = 1000;                 // until the tails are written once more,
constexpr unsigned kMostIdlePolls = 10 * kIdlePolls;  // and until nothing more is expected
constexpr size_t kRecordBytes = sizeof(idpf::PspTxSa);
constexpr idpf::QueueType kTypes[2] = {idpf::QueueType::kConfigTx, idpf::QueueType::kConfigRx};

}  // namespace

std::span<uint8_t, idpf::kCfgqDescriptorBytes> ConfigQueue::descriptor(const DmaBuffer& ring,
                                                                       uint16_t index) const {
  return std::span<uint8_t, idpf::kCfgqDescriptorBytes>(
      ring.bytes.data() + size_t{index} * idpf::kCfgqDescriptorBytes, idpf::kCfgqDescriptorBytes);
}

std::span<uint8_t> ConfigQueue::buffer(const DmaBuffer& buffers, uint16_t index) const {
  return buffers.bytes.subspan(size_t{index} * idpf::kCfgqBufferBytes, idpf::kCfgqBufferBytes);
}

void ConfigQueue::start(uint64_t poll_ps, uint64_t cookie) {
  poll_ps_ = poll_ps;
  cookie_ = cookie;
  idpf::AddQueues request;
  request.vport_id = idpf::kVportNone;
  request.num_tx_q = request.num_rx_q = 1;
  request.mbx_q_index = control_.caps().cfgq_mbx_q_index;
  std::vector<uint8_t> bytes(sizeof request);
  std::memcpy(bytes.data(), &request, sizeof request);
  const MailboxReply reply = mailbox_.call(idpf::Opcode::kAddQueues, std::span<const uint8_t>(bytes));
  const auto head = Mailbox::head<idpf::AddQueues>(idpf::Opcode::kAddQueues, reply);
  if (head.num_chunks != 2 || !idpf::holds_elements<idpf::AddQueues>(reply.payload, 2)) {
    throw DriverError("ADD_QUEUES: a config queue pair has two chunks");
  }
  for (const unsigned i : {kCommands, kAnswers}) {
    const auto chunk = *idpf::read_element<idpf::AddQueues>(reply.payload, i);
    if (chunk.type != kTypes[i] || chunk.num_queues != 1) {
      throw DriverError("ADD_QUEUES: a config queue pair has a queue of type 4 and one of type 5");
    }
    ids_[i] = chunk.start_queue_id;
    tails_[i] = static_cast<uint32_t>(chunk.qtail_reg_start);
  }
  allocate_memory();
  configure();
  switch_queues(idpf::Opcode::kEnableQueues);
  port_.write32(Space::kBar0, tails_[kAnswers], kRing - 1);
  running_ = true;
  silent_ = false;
}

void ConfigQueue::allocate_memory() {
  for (const unsigned i : {kCommands, kAnswers}) {
    rings_[i] = port_.allocate(kRing * idpf::kCfgqDescriptorBytes, kRingAlignment);
    buffers_[i] = port_.allocate(kRing * idpf::kCfgqBufferBytes, kRingAlignment);
  }
  in_ring_.assign(kRing, {});
  next_ = oldest_ = next_answer_ = 0;
  under_way_ = 0;
  for (uint16_t i = 0; i < kRing; ++i) post_answer_buffer(i);
}

// The two messages and their entries differ in type only.
template <idpf::WireHeader H>
void ConfigQueue::configure_queue(idpf::Opcode opcode, unsigned which, typename H::Element queue) {
  queue.dma_ring_addr = rings_[which].iova;
  queue.type = kTypes[which];
  queue.queue_id = ids_[which];
  queue.ring_len = kRing;
  H header;
  header.vport_id = idpf::kVportNone;
  header.num_qinfo = 1;
  ListMessage<H> message(header, 1);
  message.set(0, queue);
  mailbox_.call(opcode, std::span<const uint8_t>(message.bytes));
}

void ConfigQueue::configure() {
  configure_queue<idpf::ConfigTxQueues>(idpf::Opcode::kConfigTxQueues, kCommands, {});
  configure_queue<idpf::ConfigRxQueues>(idpf::Opcode::kConfigRxQueues, kAnswers,
                                        {.data_buffer_size = idpf::kCfgqBufferBytes});
}

void ConfigQueue::switch_queues(idpf::Opcode opcode) {
  idpf::DelEnaDisQueues header;
  header.vport_id = idpf::kVportNone;
  header.num_chunks = 2;
  ListMessage<idpf::DelEnaDisQueues> message(header, 2);
  for (const unsigned i : {kCommands, kAnswers}) {
    idpf::QueueChunk chunk;
    chunk.type = kTypes[i];
    chunk.start_queue_id = ids_[i];
    chunk.num_queues = 1;
    message.set(i, chunk);
  }
  mailbox_.call(opcode, std::span<const uint8_t>(message.bytes));
}

void ConfigQueue::stop() {
  if (!running_) return;
  switch_queues(idpf::Opcode::kDisableQueues);
  switch_queues(idpf::Opcode::kDelQueues);
  abandon();
}

void ConfigQueue::cut_off() {
  running_ = false;
  waiting_.clear();
  in_ring_.clear();
  open_requests_ = 0;
  under_way_ = idle_polls_ = 0;
  for (DmaBuffer* memory : {&rings_[0], &rings_[1], &buffers_[0], &buffers_[1]}) {
    net::wipe(memory->bytes);
    *memory = {};
  }
}

void ConfigQueue::abandon() {
  const std::array<DmaBuffer, 4> memories = {rings_[0], rings_[1], buffers_[0], buffers_[1]};
  cut_off();
  for (const DmaBuffer& memory : memories) {
    if (!memory.bytes.empty()) port_.free(memory);
  }
}

void ConfigQueue::add(std::span<const TxSaRequest> requests, Added done) {
  auto request = std::make_shared<Request>();
  request->handles.resize(requests.size());
  request->added = std::move(done);
  ++open_requests_;
  request->left = (requests.size() + idpf::kCfgqMaxRecords - 1) / idpf::kCfgqMaxRecords;
  for (size_t first = 0; first < requests.size(); first += idpf::kCfgqMaxRecords) {
    const auto part =
        requests.subspan(first, std::min<size_t>(idpf::kCfgqMaxRecords, requests.size() - first));
    Command command;
    command.descriptor.opcode = ConfigQueueOpcode::kSaAdd;
    command.descriptor.num_records = static_cast<uint8_t>(part.size());
    command.descriptor.datalen = static_cast<uint16_t>(part.size() * kRecordBytes);
    command.descriptor.flags = idpf::kMbxFlagsRequest;
    command.descriptor.response = idpf::ConfigQueueResponse::kAlways;  // the device chooses the slots
    command.requests.assign(part.begin(), part.end());
    command.request = request;
    command.first = first;
    command.first_tag = control_.take_tags(part.size());
    waiting_.push_back(std::move(command));
  }
  pump();
}

void ConfigQueue::remove(std::span<const SaHandle> handles, Done done) {
  const auto there = [](const SaHandle& handle) { return handle.index != kNoSa; };
  auto request = std::make_shared<Request>();
  request->left = static_cast<size_t>(std::count_if(handles.begin(), handles.end(), there));
  if (request->left == 0) return fence(std::move(done));
  request->done = std::move(done);
  ++open_requests_;
  for (const SaHandle& handle : handles) {
    if (!there(handle)) continue;
    Command command;
    command.descriptor.opcode = ConfigQueueOpcode::kSaDel;
    command.descriptor.addr_high = handle.index;
    command.descriptor.sa_tag = handle.tag;
    command.request = request;
    waiting_.push_back(std::move(command));
  }
  pump();
}

void ConfigQueue::fence(Done done) {
  Command command;
  command.descriptor.opcode = ConfigQueueOpcode::kSaFence;
  command.request = std::make_shared<Request>();
  command.request->done = std::move(done);
  command.request->left = 1;
  ++open_requests_;
  waiting_.push_back(std::move(command));
  pump();
}

// As many commands as the ring takes, and one doorbell for them.
void ConfigQueue::pump() {
  if (!running_ || polling_) return;
  bool any = false;
  // Commands end in any order: a ring that looks free may still wait for its oldest.
  while (!waiting_.empty() && (next_ + 1) % kRing != oldest_) {
    Command& command = in_ring_[next_];
    command = std::move(waiting_.front());
    waiting_.pop_front();
    write_command(next_, command);
    next_ = static_cast<uint16_t>((next_ + 1) % kRing);
    any = true;
  }
  if (any) port_.write32(Space::kBar0, tails_[kCommands], next_);
  arm_timer();
}

void ConfigQueue::write_command(uint16_t index, Command& command) {
  command.busy = true;
  command.descriptor.cookie = index;
  ++under_way_;
  if (!command.requests.empty()) {
    const std::span<uint8_t> records = buffer(buffers_[kCommands], index);
    for (size_t i = 0; i < command.requests.size(); ++i) {
      const net::Wiped<idpf::PspTxSa> record{
          tx_sa_record(command.requests[i], static_cast<uint16_t>(command.first_tag + i))};
      std::memcpy(&records[i * kRecordBytes], &record.value, kRecordBytes);
    }
    command.requests.clear();  // the keys are in the buffer now
    command.descriptor.set_address(buffers_[kCommands].iova + uint64_t{index} * idpf::kCfgqBufferBytes);
  }
  command.descriptor.encode(descriptor(rings_[kCommands], index));
}

void ConfigQueue::post_answer_buffer(uint16_t index) {
  ConfigQueueDescriptor posted;
  posted.flags = idpf::kMbxFlagsRequest;
  posted.datalen = idpf::kCfgqBufferBytes;
  posted.set_address(buffers_[kAnswers].iova + uint64_t{index} * idpf::kCfgqBufferBytes);
  posted.encode(descriptor(rings_[kAnswers], index));
}

void ConfigQueue::arm_timer() {
  if (timer_ || under_way_ == 0) return;
  timer_ = true;
  port_.set_timer(poll_ps_, cookie_);
}

void ConfigQueue::on_timer() {
  timer_ = false;
  if (running_) poll();
}

// Answers first: they come before their commands' completions.
void ConfigQueue::poll() {
  polling_ = true;
  take_answers();
  for (uint16_t index = oldest_; index != next_; index = static_cast<uint16_t>((index + 1) % kRing)) {
    if (!running_) break;  // a callback has seen to that
    if (!in_ring_[index].busy) continue;
    const auto seen = ConfigQueueDescriptor::decode(descriptor(rings_[kCommands], index));
    if ((seen.flags & idpf::kMbxFlagDd) != 0) finish(index);
  }
  while (running_ && oldest_ != next_ && !in_ring_[oldest_].busy) {
    oldest_ = static_cast<uint16_t>((oldest_ + 1) % kRing);
  }
  polling_ = false;
  // The device may not have heard of the tails.
  if (running_ && under_way_ > 0 && ++idle_polls_ % kIdlePolls == 0) {
    if (idle_polls_ >= kMostIdlePolls) return give_up();
    port_.write32(Space::kBar0, tails_[kCommands], next_);
    port_.write32(Space::kBar0, tails_[kAnswers], (next_answer_ + kRing - 1u) % kRing);
  }
  pump();
}

void ConfigQueue::give_up() {
  anomalies_.add(fmt::format("config queue: {} commands are not answered", under_way_));
  cut_off();
  silent_ = true;
}

void ConfigQueue::take_answers() {
  bool any = false;
  for (;;) {
    const auto answer = ConfigQueueDescriptor::decode(descriptor(rings_[kAnswers], next_answer_));
    if ((answer.flags & idpf::kMbxFlagDd) == 0) break;
    take_answer(answer, buffer(buffers_[kAnswers], next_answer_));
    post_answer_buffer(next_answer_);
    next_answer_ = static_cast<uint16_t>((next_answer_ + 1) % kRing);
    any = true;
  }
  if (any) {
    // The ring is full but for one, which is the one before the next to come.
    port_.write32(Space::kBar0, tails_[kAnswers], (next_answer_ + kRing - 1u) % kRing);
  }
}

void ConfigQueue::take_answer(const ConfigQueueDescriptor& answer, std::span<const uint8_t> records) {
  if (answer.cookie >= kRing || !in_ring_[answer.cookie].busy) {
    return anomalies_.add(fmt::format("config queue: an answer to no command ({:#x})", answer.cookie));
  }
  const Command& command = in_ring_[answer.cookie];
  const size_t count = command.descriptor.num_records;
  if (answer.opcode != ConfigQueueOpcode::kSaAdd || answer.datalen != count * kRecordBytes) return;
  for (size_t i = 0; i < count; ++i) {
    idpf::PspTxSa record;
    std::memcpy(&record, &records[i * kRecordBytes], sizeof record);
    if (record.status != 0) {
      last_status_ = ConfigQueueStatus{record.status};
      continue;
    }
    const auto tag = static_cast<uint16_t>(command.first_tag + i);
    if (record.sa_idx >= control_.caps().max_tx_sa || record.sa_tag != tag) {
      anomalies_.add(fmt::format("config queue: slot {} or its tag is wrong", record.sa_idx));
      continue;
    }
    command.request->handles[command.first + i] = {record.sa_idx, tag, KeyMode::kConfigQueue};
    ++added_;
  }
}

void ConfigQueue::finish(uint16_t index) {
  Command& command = in_ring_[index];
  const auto seen = ConfigQueueDescriptor::decode(descriptor(rings_[kCommands], index));
  if (command.descriptor.datalen != 0) net::wipe(buffer(buffers_[kCommands], index));
  if (seen.status != ConfigQueueStatus::kOk) {
    last_status_ = seen.status;
    if (command.descriptor.opcode != ConfigQueueOpcode::kSaAdd) {
      anomalies_.add(fmt::format("config queue: command {:#x} ended with {:#x}",
                                 static_cast<unsigned>(command.descriptor.opcode),
                                 static_cast<unsigned>(seen.status)));
    }
  }
  command.busy = false;
  --under_way_;
  idle_polls_ = 0;
  const std::shared_ptr<Request> request = std::move(command.request);
  if (--request->left > 0) return;
  --open_requests_;
  if (request->added) request->added(request->handles);
  if (request->done) request->done();
}

}  // namespace pspnic::host
