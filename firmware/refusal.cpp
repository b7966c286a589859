// SPDX-License-Identifier: Apache-2.0
#include "firmware/refusal.h"

#include <utility>

#include "firmware/command.h"

namespace pspnic::firmware {

using idpf::Status;

std::string range_text(uint64_t from, uint64_t to) {
  return std::to_string(from) + " to " + std::to_string(to);
}

Status Command::refuse(Status status, Reason why) {
  refusals.push_back({status, entry, std::move(why)});
  return status;
}

void Command::note_status(size_t index, Status status) {
  const bool explained = !refusals.empty() && refusals.back().entry == index;
  if (status != Status::kSuccess && !explained) refusals.push_back({status, index, {}});
}

Status check_count(Command& command, const char* field, size_t count, size_t least, size_t held) {
  if (count >= least && count <= held) return Status::kSuccess;
  return command.refuse(Status::kEinval, field, count,
                        held < least ? "a message that holds " + std::to_string(least) + " or more"
                                     : range_text(least, held) + ", which the message holds");
}

}  // namespace pspnic::firmware
