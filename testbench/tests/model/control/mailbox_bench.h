// SPDX-License-Identifier: Apache-2.0
// A driver's side of the mailbox, as Linux and DPDK do it: 64 descriptors each way, 4 KiB buffers.
#pragma once

#include <gtest/gtest.h>

#include "model/control/mailbox.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::test {

// Counts reads.
struct ReadCounter : pcie::DmaFaultSource {
  uint64_t count = 0;
  pcie::DmaStatus on_read(pcie::ReadFor, std::span<uint8_t>) override {
    ++count;
    return pcie::DmaStatus::kOk;
  }
  bool on_write() override { return false; }
};

class MailboxBench : public Harness, public control::MailboxListener {
 public:
  static constexpr uint16_t kRing = 64;

  explicit MailboxBench(const control::MailboxParams& with = {}) : params(with) {
    dma.set_fault_source(&reads);
    for (unsigned i = 0; i < kRing; ++i) {
      request_buffers_[i] = memory.allocate(4096);
      reply_buffers_[i] = memory.allocate(4096);
    }
  }

  ReadCounter reads;
  std::vector<firmware::MailboxMessage> requests;
  std::function<void(const firmware::MailboxMessage&)> when_requested;
  void on_request(firmware::MailboxMessage request) override {
    if (when_requested) when_requested(request);
    requests.push_back(std::move(request));
  }

  void write(idpf::Register id, uint32_t value) { mailbox.write(id, value); }

  void set_up_transmit(uint32_t length = kRing) {
    write(idpf::Register::kAtqh, 0);
    write(idpf::Register::kAtqbal, static_cast<uint32_t>(atq));
    write(idpf::Register::kAtqbah, static_cast<uint32_t>(atq >> 32));
    write(idpf::Register::kAtqlen, length | idpf::kMbxLenEnable);
  }
  // Tail first, as drivers do.
  void set_up_receive(uint32_t tail = kRing - 1, uint32_t length = kRing) {
    for (uint16_t i = 0; i < kRing; ++i) post_buffer(i);
    write(idpf::Register::kArqt, tail);
    write(idpf::Register::kArqh, 0);
    write(idpf::Register::kArqbal, static_cast<uint32_t>(arq));
    write(idpf::Register::kArqbah, static_cast<uint32_t>(arq >> 32));
    write(idpf::Register::kArqlen, length | idpf::kMbxLenEnable);
  }
  void post_buffer(uint16_t index) {
    idpf::MailboxDescriptor buffer;
    buffer.flags = idpf::kMbxFlagsRequest;
    buffer.datalen = idpf::kMailboxBufferBytes;
    buffer.address = reply_buffers_[index];
    put(arq, index, buffer);
  }

  void put(uint64_t ring, uint16_t index, const idpf::MailboxDescriptor& descriptor) {
    descriptor.encode(std::span<uint8_t, 32>(memory.at(ring + index * 32u, 32)));
  }
  idpf::MailboxDescriptor get(uint64_t ring, uint16_t index) {
    return idpf::MailboxDescriptor::decode(std::span<const uint8_t, 32>(memory.at(ring + index * 32u, 32)));
  }
  bool done(uint64_t ring, uint16_t index) { return (get(ring, index).flags & idpf::kMbxFlagDd) != 0; }

  // A request in slot `index`; the tail is for the caller to write.
  idpf::MailboxDescriptor put_request(uint16_t index, const Bytes& payload, uint16_t cookie = 0) {
    idpf::MailboxDescriptor request;
    request.opcode = idpf::MailboxOpcode::kSendToCp;
    request.v_opcode = idpf::Opcode::kVersion;
    request.param0 = 0xcafe0000u + cookie;
    request.sw_cookie = cookie;
    request.flags = payload.empty() ? uint16_t{0} : idpf::kMbxFlagsRequest;
    request.datalen = static_cast<uint16_t>(payload.size());
    request.address = request_buffers_[index];
    const std::span<uint8_t> buffer = memory.at(request_buffers_[index], 4096);
    std::copy_n(payload.begin(), std::min<size_t>(payload.size(), 4096), buffer.begin());
    put(atq, index, request);
    return request;
  }
  void send(const Bytes& payload, uint16_t cookie = 0) {
    firmware::MailboxMessage message;
    message.descriptor.flags = idpf::kMbxFlagsReply;
    message.descriptor.opcode = idpf::MailboxOpcode::kSendToPeerDriver;
    message.descriptor.sw_cookie = cookie;
    message.payload = payload;
    mailbox.send(std::move(message));
  }
  Bytes reply_payload(uint16_t index, size_t bytes) {
    return to_bytes(memory.at(reply_buffers_[index], bytes));
  }
  uint64_t request_buffer(uint16_t index) const { return request_buffers_[index]; }

  uint64_t atq = memory.allocate(kRing * 32);
  uint64_t arq = memory.allocate(kRing * 32);
  control::MailboxParams params;
  control::Mailbox mailbox{root, params, {events, dma, pool, interrupts, violations, *this}};

 private:
  uint64_t request_buffers_[kRing] = {};
  uint64_t reply_buffers_[kRing] = {};
};

}  // namespace pspnic::test
