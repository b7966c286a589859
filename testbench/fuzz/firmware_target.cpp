// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/firmware_target.h"

#include <algorithm>

#include "model/idpf/psp_ext.h"
#include "testbench/fuzz/input.h"
#include "testbench/tests/firmware/fake_hardware.h"

namespace pspnic::fuzz {
namespace {

using firmware::MailboxMessage;
using firmware::Origin;
using idpf::Opcode;
using idpf::Status;
using Bytes = std::vector<uint8_t>;

enum Operation : uint8_t {
  kMessage = 0,  // and all that have no name
  kReset = 12,
  kHold = 13,
  kFinish = 14,
  kTime = 15,
};

class Run {
 public:
  explicit Run(std::span<const uint8_t> bytes)
      : input_(bytes), plane_(device_, {}, {.max_key_age_ps = 1'000'000}) {
    device_.plane = &plane_;
    device_.config.vports = 2;
    device_.config.tx_sa_slots = 64;
    device_.config.spi_count = 200;
    device_.config.vectors = 8;
    device_.config.max_vfs = 4;
    plane_.reset();
  }

  std::string run() {
    while (!input_.empty() && broken_.empty()) step(input_.byte());
    device_.hold_work = false;
    device_.finish_work();
    if (!device_.held.empty()) broken_ = "work has no end";
    return broken_;
  }

 private:
  void step(uint8_t operation) {
    device_.sent.clear();
    device_.sent_to_management.clear();
    switch (operation % 16) {
      case kReset:
        device_.device_reset();
        plane_.reset();
        break;
      case kHold:
        device_.hold_work = !device_.hold_work;
        break;
      case kFinish:
        device_.finish_work();
        break;
      case kTime:
        device_.random_fault = input_.byte() % 8 == 0;
        device_.run_to(device_.time_ps + input_.half() * 1000u);
        device_.random_fault = false;
        break;
      default:
        message(operation);
        return;
    }
    for (const MailboxMessage& sent : device_.sent) check_message(sent);
  }

  void message(uint8_t operation) {
    MailboxMessage request;
    request.descriptor.v_opcode = read_opcode(input_);
    request.descriptor.v_flags = operation % 16 == 1 ? input_.half() : uint16_t{0};
    request.descriptor.sw_cookie = ++cookie_;
    const Origin origin = operation % 16 == 2 ? Origin::kManagement : Origin::kFunction;
    request.payload = input_.take(input_.half() % (idpf::kMaxPayload + 100));
    const uint64_t digest = plane_.state_digest();
    const uint64_t writes = device_.writes;
    const size_t held = device_.held.size();
    plane_.handle(request, origin);
    check_answer(request, origin, held, digest, writes);
  }

  void check_answer(const MailboxMessage& request, Origin origin, size_t held, uint64_t digest,
                    uint64_t writes) {
    const auto& answers = origin == Origin::kManagement ? device_.sent_to_management : device_.sent;
    size_t replies = 0;
    bool refused = false;
    for (const MailboxMessage& answer : answers) {
      check_message(answer);
      if (answer.descriptor.v_opcode == Opcode::kEvent && request.descriptor.v_opcode != Opcode::kEvent)
        continue;
      ++replies;
      refused = answer.descriptor.v_retval != Status::kSuccess;
      require(answer.descriptor.sw_cookie == request.descriptor.sw_cookie, "another request's answer");
    }
    require(replies <= 1, "two answers");
    const bool may_be_silent = device_.held.size() > held || request.descriptor.v_flags != 0 ||
                               request.descriptor.v_opcode == Opcode::kResetVf;
    require(replies == 1 || may_be_silent, "no answer");
    if (!refused) return;
    require(plane_.state_digest() == digest, "a refusal has changed the state");
    require(device_.writes == writes, "a refusal has changed the device");
    require(answers.size() == 1, "an event about a refusal");
  }

  void check_message(const MailboxMessage& message) {
    const idpf::MailboxDescriptor& header = message.descriptor;
    require(header.flags == idpf::kMbxFlagsReply && header.opcode == idpf::MailboxOpcode::kSendToPeerDriver &&
                header.ret_val == 0,
            "a malformed descriptor");
    require(!message.payload.empty() && message.payload.size() <= idpf::kMaxPayload &&
                header.datalen == message.payload.size(),
            "a payload of wrong length");
    if (header.v_opcode == Opcode::kPspAllocRxSa) return;
    require(!device_.holds_derived_key(message.payload), "a session key where none belongs");
    if (header.v_opcode == Opcode::kPspAddTxSa) check_no_keys(message.payload);
  }

  void check_no_keys(const Bytes& payload) {
    for (size_t i = 0; i < idpf::kPspMaxAddPerMsg; ++i) {
      const auto entry = idpf::read_element<idpf::PspTxSaList>(payload, i);
      if (!entry) return;
      require(std::ranges::all_of(entry->key, [](uint8_t byte) { return byte == 0; }), "a key has come back");
    }
  }

  void require(bool holds, const char* rule) {
    if (!holds && broken_.empty()) broken_ = rule;
  }

  Input input_;
  firmware::FakeHardware device_;
  firmware::ControlPlane plane_;
  uint16_t cookie_ = 0;
  std::string broken_;
};

}  // namespace

std::string fuzz_firmware(std::span<const uint8_t> bytes) {
  return Run(bytes).run();
}

}  // namespace pspnic::fuzz
