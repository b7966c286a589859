// SPDX-License-Identifier: Apache-2.0
// SET_SRIOV_VFS, GET_PORT_STATS, GET_LAN_MEMORY_REGIONS, PTP_GET_CAPS, PTP_GET_DEV_CLK_TIME: what concerns
// the card rather than a vport.
#include <array>

#include "firmware/commands.h"
#include "model/idpf/registers.h"

namespace pspnic::firmware {
namespace {

using idpf::MemoryRegion;
using idpf::Status;

// All of BAR0 but the stretches of mailbox and reset status, which a driver has mapped before it may ask.
constexpr std::array<MemoryRegion, 3> around(uint64_t mailbox, uint64_t mailbox_bytes, uint64_t rstat,
                                             uint64_t rstat_bytes, uint64_t bar_bytes) {
  return {MemoryRegion{0, mailbox}, MemoryRegion{mailbox + mailbox_bytes, rstat - mailbox - mailbox_bytes},
          MemoryRegion{rstat + rstat_bytes, bar_bytes - rstat - rstat_bytes}};
}

constexpr auto kPhysical = around(idpf::pf::kMailboxBase, idpf::pf::kMailboxRegionBytes,
                                  idpf::pf::kRstatRegion, idpf::pf::kRstatRegionBytes, idpf::pf::kBar0Bytes);
constexpr auto kVirtual = around(idpf::vf::kMailboxRegion, idpf::vf::kMailboxRegionBytes,
                                 idpf::vf::kRstatRegion, idpf::vf::kRstatRegionBytes, idpf::vf::kBar0Bytes);

constexpr uint64_t kPsPerNs = 1000;

}  // namespace

Status set_sriov_vfs(Command& command) {
  const uint16_t count = command.read<idpf::SriovVfs>().num_vfs;
  const uint16_t most = command.hardware.limits().max_vfs;
  if (count > most) return command.refuse(Status::kErange, "num_vfs", count, range_text(0, most));
  if (command.hardware.enable_vfs(count)) return Status::kSuccess;
  return command.refuse(Status::kEbusy, "num_vfs", count, "0 first, when VFs are enabled");
}

// A virtual function would learn from them what the others do.
Status get_port_stats(Command& command) {
  if (command.hardware.limits().is_virtual) {
    return command.refuse(Status::kEperm, {"v_opcode", {}, "the physical function, which alone may ask"});
  }
  const uint32_t vport_id = command.read<idpf::VportMessage>().vport_id;
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, vport_id, vport); status != Status::kSuccess) return status;
  const PortCounters port = command.hardware.port_counters();
  idpf::PortStats answer;
  answer.vport_id = vport_id;
  answer.rx_bytes = port.rx_bytes;
  answer.rx_unicast = port.rx_unicast;
  answer.rx_multicast = port.rx_multicast;
  answer.rx_broadcast = port.rx_broadcast;
  answer.rx_oversized = port.rx_oversized;
  answer.rx_dropped = port.rx_dropped;
  answer.rx_crc_errors = port.rx_crc_errors;
  answer.rx_total = port.rx_frames;
  answer.tx_bytes = port.tx_bytes;
  answer.tx_unicast = port.tx_unicast;
  answer.tx_multicast = port.tx_multicast;
  answer.tx_broadcast = port.tx_broadcast;
  answer.tx_total = port.tx_frames;
  answer.vport = vport_stats(command, *vport);
  command.answer(answer);
  return Status::kSuccess;
}

Status get_lan_memory_regions(Command& command) {
  const bool is_virtual = command.hardware.limits().is_virtual;
  idpf::LanMemoryRegions header;
  command.reply.clear();
  for (const MemoryRegion& region : is_virtual ? kVirtual : kPhysical) {
    if (region.size == 0) continue;
    command.answer_element<idpf::LanMemoryRegions>(header.num_memory_regions++, region);
  }
  command.answer(header);
  return Status::kSuccess;
}

// The clock can be read and not set: nothing that a driver says moves the time that IVs come from.
Status ptp_get_caps(Command& command) {
  const uint32_t wanted = command.read<idpf::PtpGetCaps>().caps;
  idpf::PtpGetCaps answer;
  answer.caps = wanted & (idpf::kPtpGetTime | idpf::kPtpGetTimeMailbox);
  answer.peer_mbx_q_id = idpf::kPtpNoPeerMailbox;
  if ((answer.caps & idpf::kPtpGetTime) != 0) {
    answer.clk_offsets.dev_clk_ns_l = idpf::pf::kTsyncShtimeL;
    answer.clk_offsets.dev_clk_ns_h = idpf::pf::kTsyncShtimeH;
    answer.clk_offsets.cmd_sync_trigger = idpf::pf::kTsyncCmdSync;
  }
  command.answer(answer);
  command.reply.resize(sizeof answer);  // drivers want exactly this length
  return Status::kSuccess;
}

Status ptp_get_dev_clk_time(Command& command) {
  command.answer(idpf::PtpDeviceTime{command.hardware.now_ps() / kPsPerNs});
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
