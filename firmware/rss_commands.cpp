// SPDX-License-Identifier: Apache-2.0
// GET_ and SET_ of RSS_KEY, RSS_LUT, RSS_HASH.
#include <algorithm>

#include "firmware/commands.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

uint32_t rss_key_vport(const Command& command) {
  return idpf::read_at<uint32_t>(command.request).value_or(idpf::kVportNone);
}

// DPDK 22.11 sends the numbering of an older device family in ptype_groups: bits 29 and up, where rss_caps
// has none.
struct LegacyGroup {
  unsigned bit;
  uint64_t rss_type;
};
constexpr unsigned kFirstLegacyBit = 29;
constexpr std::array kLegacyGroups = {
    LegacyGroup{31, idpf::kRssIpv4Udp},  LegacyGroup{33, idpf::kRssIpv4Tcp},
    LegacyGroup{34, idpf::kRssIpv4Sctp}, LegacyGroup{35, idpf::kRssIpv4Other},
    LegacyGroup{41, idpf::kRssIpv6Udp},  LegacyGroup{43, idpf::kRssIpv6Tcp},
    LegacyGroup{44, idpf::kRssIpv6Sctp}, LegacyGroup{45, idpf::kRssIpv6Other},
};

uint64_t rss_types(uint64_t ptype_groups) {
  if (ptype_groups >> kFirstLegacyBit == 0) return ptype_groups;
  uint64_t types = 0;
  for (const LegacyGroup& group : kLegacyGroups) {
    if ((ptype_groups >> group.bit & 1) != 0) types |= group.rss_type;
  }
  return types;
}

}  // namespace

Status get_rss_key(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = rss_key_vport(command);
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  command.reply.assign(idpf::rss_key_message_size(kRssKeyBytes), 0);
  const idpf::RssKeyView answer{.vport_id = vport_id, .key = vport->context.rss_key};
  return idpf::write_rss_key(command.reply, answer) ? Status::kSuccess : Status::kEio;
}

Status set_rss_key(Command& command) {
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, rss_key_vport(command), vport); status != Status::kSuccess)
    return status;
  const std::optional<idpf::RssKeyView> wanted = idpf::read_rss_key(command.request);
  if (!wanted) return command.refuse(Status::kEinval, {"key_len", {}, "the bytes that the message has"});
  if (wanted->key.size() != kRssKeyBytes) {
    return command.refuse(Status::kEinval, "key_len", wanted->key.size(), std::to_string(kRssKeyBytes));
  }
  std::copy(wanted->key.begin(), wanted->key.end(), vport->context.rss_key.begin());
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

// The whole table, whatever part was asked for.
Status get_rss_lut(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = command.read<idpf::RssLut>().vport_id;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  command.reply.clear();
  command.answer(idpf::RssLut{.vport_id = vport_id, .lut_entries = kRssLutEntries});
  for (size_t entry = 0; entry < kRssLutEntries; ++entry) {
    command.answer_element<idpf::RssLut>(entry, vport->rss_lut[entry]);
  }
  return Status::kSuccess;
}

Status set_rss_lut(Command& command) {
  const auto wanted = command.read<idpf::RssLut>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, wanted.vport_id, vport); status != Status::kSuccess)
    return status;
  const Status list = check_count<idpf::RssLut>(command, "lut_entries", wanted.lut_entries);
  if (list != Status::kSuccess) return list;
  if (const size_t end = wanted.lut_entries_start + size_t{wanted.lut_entries}; end > kRssLutEntries) {
    return command.refuse(Status::kEinval, "lut_entries_start", wanted.lut_entries_start,
                          "with lut_entries at most " + std::to_string(kRssLutEntries));
  }
  const size_t queues = command.state.queues.ids(QueueKind::kRx, wanted.vport_id).size();
  auto lut = vport->rss_lut;
  for (size_t i = 0; i < wanted.lut_entries; ++i) {
    const uint32_t queue = command.element<idpf::RssLut>(i);
    if (queue >= queues) {
      command.entry = i;
      return command.refuse(Status::kEinval, "lut", queue,
                            "below " + std::to_string(queues) + ", the vport's receive queues");
    }
    lut[wanted.lut_entries_start + i] = queue;
  }
  vport->rss_lut = lut;
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

Status get_rss_hash(Command& command) {
  auto answer = command.read<idpf::RssHash>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, answer.vport_id, vport); status != Status::kSuccess)
    return status;
  answer.ptype_groups = vport->context.rss_types;
  command.answer(answer);
  return Status::kSuccess;
}

// Kinds that were not granted are dropped without a word: DPDK asks for more, and fails to start if refused.
Status set_rss_hash(Command& command) {
  const auto wanted = command.read<idpf::RssHash>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, wanted.vport_id, vport); status != Status::kSuccess)
    return status;
  vport->context.rss_types = rss_types(wanted.ptype_groups) & command.state.caps->rss_caps;
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
