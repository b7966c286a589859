// SPDX-License-Identifier: Apache-2.0
// What lies where in the memory of a recorded host, as its driver told the card: rings of the mailbox by
// registers, messages by the mailbox's descriptors, rings of queues by messages. For people who look at a
// difference; what is not found has no name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/idpf/virtchnl2_queue.h"
#include "model/record/entry.h"
#include "testbench/diff/frame_fields.h"

namespace pspnic::playback {

class Places {
 public:
  explicit Places(std::span<const record::Entry> entries);

  // "register read: PFGEN_RSTAT", "write of 8 bytes at 0x100004000, tx completion queue 0, entry 3",
  // "write of 80 bytes at 0x100043000, mailbox answer GET_CAPS".
  std::string describe(const record::Entry& entry) const;
  // What its data are; none: nobody knows.
  std::vector<diff::Field> fields(const record::Entry& entry) const;

 private:
  struct Ring {
    uint64_t base = 0;
    uint64_t bytes = 0;
    uint64_t entry_bytes = 1;
    std::string name;
    std::string_view kind;  // of its descriptors: docs/descriptors.md
  };
  struct MailboxRing {
    uint64_t base = 0;
    uint64_t bytes = 0;  // 0: not enabled
  };

  void note_register(const record::Entry& entry);
  void note_mailbox(const record::Entry& entry);
  void note_answers(std::span<const record::Entry> entries);
  struct Awaited {  // a message whose descriptor has been read
    uint64_t address = 0;
    uint64_t length = 0;
    uint32_t opcode = 0;
    uint64_t function = 0;
  };
  struct Stretch {
    uint64_t base = 0;
    uint32_t length = 0;  // descriptors
  };
  void note_message(const Awaited& message, std::span<const uint8_t> payload);
  void note_ring(uint64_t function, idpf::QueueType type, idpf::QueueModel model, uint32_t number,
                 Stretch place);
  void add(Ring ring);
  const Ring* ring_at(uint64_t address) const;

  std::vector<Ring> rings_;  // the last added counts
  struct Mailbox {
    uint64_t function = 0;
    MailboxRing requests;
    MailboxRing answers;
  };
  std::vector<Mailbox> mailboxes_;
  std::vector<Awaited> awaited_;
  struct Message {
    uint64_t address = 0;
    uint64_t length = 0;
    base::Time time = 0;  // of its descriptor: read before a request is, written after an answer
    uint32_t opcode = 0;
    std::string name;
  };
  const Message* message_at(const record::Entry& entry) const;

  std::vector<Message> requests_;
  std::vector<Message> answers_;
};

}  // namespace pspnic::playback
