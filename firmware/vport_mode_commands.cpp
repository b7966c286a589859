// SPDX-License-Identifier: Apache-2.0
// ADD_, DEL_MAC_ADDR, CONFIG_PROMISCUOUS_MODE, LOOPBACK, GET_STATS.
#include <algorithm>

#include "firmware/commands.h"
#include "firmware/counters.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

constexpr size_t kMaxAddresses = 64;  // filters a vport; a choice

struct MacCommand {
  Vport* vport = nullptr;
  std::vector<idpf::MacAddr> entries;
};

Status read_mac_command(Command& command, MacCommand& mac) {
  const auto header = command.read<idpf::MacAddrList>();
  if (const Status status = find_vport(command, header.vport_id, mac.vport); status != Status::kSuccess)
    return status;
  const Status list = check_count<idpf::MacAddrList>(command, "num_mac_addr", header.num_mac_addr);
  if (list != Status::kSuccess) return list;
  for (size_t i = 0; i < header.num_mac_addr; ++i) {
    command.entry = i;
    const auto entry = command.element<idpf::MacAddrList>(i);
    const bool known_type =
        entry.type == idpf::MacAddrType::kPrimary || entry.type == idpf::MacAddrType::kExtra;
    if (!known_type) {
      return command.refuse(Status::kEinval, "type", static_cast<uint64_t>(entry.type),
                            "1, primary, or 2, extra");
    }
    if (net::MacAddress{entry.addr}.is_zero()) return command.refuse(Status::kEinval, "addr", 0, "not 0");
    mac.entries.push_back(entry);
  }
  command.entry.reset();
  return Status::kSuccess;
}

// Who is not trusted hears only what was meant for it.
bool may_have(const Limits& limits, const Vport& vport, const net::MacAddress& address) {
  return limits.trusted || address.is_multicast() || address == vport_address(limits, vport.context.id);
}

}  // namespace

// Adding an address a second time is no error: Linux adds its own at every ifup.
Status add_mac_addr(Command& command) {
  MacCommand mac;
  if (const Status status = read_mac_command(command, mac); status != Status::kSuccess) return status;
  std::vector<net::MacAddress> addresses = mac.vport->context.addresses;
  for (const idpf::MacAddr& entry : mac.entries) {
    const net::MacAddress address{entry.addr};
    const bool primary = entry.type == idpf::MacAddrType::kPrimary;
    if (!may_have(command.hardware.limits(), *mac.vport, address)) {
      return command.refuse(Status::kEperm,
                            {"addr", address.print(), "the vport's own, of a VF that is not trusted"});
    }
    const auto found = std::find(addresses.begin(), addresses.end(), address);
    if (found != addresses.end() && !primary) continue;
    if (found != addresses.end()) addresses.erase(found);
    addresses.insert(primary ? addresses.begin() : addresses.end(), address);
  }
  if (addresses.size() > kMaxAddresses) return Status::kEnospc;
  mac.vport->context.addresses = std::move(addresses);
  write_vport(command.state, command.hardware, *mac.vport);
  return Status::kSuccess;
}

Status del_mac_addr(Command& command) {
  MacCommand mac;
  if (const Status status = read_mac_command(command, mac); status != Status::kSuccess) return status;
  std::vector<net::MacAddress> addresses = mac.vport->context.addresses;
  for (const idpf::MacAddr& entry : mac.entries) {
    const auto found = std::find(addresses.begin(), addresses.end(), net::MacAddress{entry.addr});
    if (found == addresses.end()) {
      const std::string seen = net::MacAddress{entry.addr}.print();
      return command.refuse(Status::kEnxio, {"addr", seen, "an address that the vport has"});
    }
    addresses.erase(found);
  }
  mac.vport->context.addresses = std::move(addresses);
  write_vport(command.state, command.hardware, *mac.vport);
  return Status::kSuccess;
}

Status config_promiscuous_mode(Command& command) {
  const auto wanted = command.read<idpf::PromiscInfo>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, wanted.vport_id, vport); status != Status::kSuccess)
    return status;
  if ((wanted.flags & ~(idpf::kPromiscUnicast | idpf::kPromiscMulticast)) != 0) {
    return command.refuse(Status::kEinval, "flags", wanted.flags, "bits 0 and 1 alone");
  }
  if (wanted.flags != 0 && !command.hardware.limits().trusted) {
    return command.refuse(Status::kEperm, "flags", wanted.flags,
                          "0: capability PROMISC (other_caps bit 8) is not granted to this function");
  }
  vport->context.promiscuous_unicast = (wanted.flags & idpf::kPromiscUnicast) != 0;
  vport->context.promiscuous_multicast = (wanted.flags & idpf::kPromiscMulticast) != 0;
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

Status loopback(Command& command) {
  const auto wanted = command.read<idpf::Loopback>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, wanted.vport_id, vport); status != Status::kSuccess)
    return status;
  if (wanted.enable > 1) return command.refuse(Status::kEinval, "enable", wanted.enable, "0 or 1");
  vport->context.loopback = wanted.enable == 1;
  write_vport(command.state, command.hardware, *vport);
  return Status::kSuccess;
}

idpf::VportStats vport_stats(const Command& command, const Vport& vport) {
  const uint32_t vport_id = vport.context.id;
  const VportCounters now = since(command.hardware.vport_counters(vport_id), vport.counters_at_creation);
  return idpf::VportStats{.vport_id = vport_id,
                          .rx_bytes = now.rx_bytes,
                          .rx_unicast = now.rx_unicast,
                          .rx_multicast = now.rx_multicast,
                          .rx_broadcast = now.rx_broadcast,
                          .rx_discards = now.rx_discards,
                          .rx_errors = now.rx_errors,
                          .rx_unknown_protocol = now.rx_unknown_protocol,
                          .tx_bytes = now.tx_bytes,
                          .tx_unicast = now.tx_unicast,
                          .tx_multicast = now.tx_multicast,
                          .tx_broadcast = now.tx_broadcast,
                          .tx_discards = now.tx_discards,
                          .tx_errors = now.tx_errors,
                          .rx_invalid_frame_length = now.rx_invalid_frame_length,
                          .rx_overflow_drop = now.rx_overflow_drop};
}

Status get_stats(Command& command) {
  Vport* vport = nullptr;
  const uint32_t vport_id = command.read<idpf::VportMessage>().vport_id;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  command.answer(vport_stats(command, *vport));
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
