// SPDX-License-Identifier: Apache-2.0
// start(): from the PCI function to an interrupt-driven mailbox. The order is that of Linux's idpf.
#include <fmt/format.h>

#include "model/idpf/registers.h"
#include "testbench/host/state.h"

namespace pspnic::host {
namespace {

constexpr uint64_t kResetPollPs = 5'000'000'000;  // Linux: 5 ms, 2000 times
constexpr unsigned kResetPolls = 2000;

// What Linux asks for, less what this driver has no use for (SR-IOV, queue scheduling); RSC and header split
// only if the configuration wants them.
constexpr uint32_t kWantedCsum = 0x0055'ff7f;
constexpr uint32_t kWantedSeg =
    idpf::kSegIpv4Tcp | idpf::kSegIpv6Tcp | idpf::kSegIpv4Udp | idpf::kSegIpv6Udp | idpf::kSegSingleTunnel;
constexpr uint32_t kWantedRsc = idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp;
constexpr uint32_t kWantedHsplit = idpf::kHsplitAtL4Ipv4 | idpf::kHsplitAtL4Ipv6;
constexpr uint64_t kWantedRss = 0xff;
constexpr uint64_t kWantedOther = idpf::kCapMacFilter | idpf::kCapPromisc;
constexpr uint64_t kWantedOem = idpf::kPspCapMbx | idpf::kPspCapRxMeta;

}  // namespace

void Driver::State::start(Stack& to_serve) {
  if (phase != Phase::kDown) throw DriverError("start: the driver is started already");
  stack = &to_serve;
  phase = Phase::kStarting;
  ++starts;
  port.set_events(&events);
  try {
    bring_up();
  } catch (...) {
    abandon();
    throw;
  }
  phase = Phase::kUp;
}

void Driver::State::bring_up() {
  pci.probe();
  registers = pci.is_virtual() ? &kVirtualRegisters : &kPhysicalRegisters;
  // Linux leaves a virtual function as its reset has left it.
  if (registers->is_virtual) {
    wait_for_reset();
  } else {
    reset_function();
  }
  mailbox.start(registers->mailbox);
  negotiate_version();
  negotiate_capabilities();
  negotiate_psp();
  allocate_vectors();
  pci.enable_msix();
  arm_mailbox();
  create_vports();
  read_ptypes();
  if (psp_negotiated) psp.start(vports.size() == 1 ? vports[0].reply.vport_id : idpf::kVportNone, config);
  if (psp_negotiated && uses(KeyMode::kConfigQueue)) {
    config_queue.start(config.config_queue_poll_ps, kConfigQueueCookie);
  }
  make_queues();
  for (auto& queue : rx) queue->post_initial_buffers();
  program_interrupts();
  for (const Vport& vport : vports) {
    send_tx_config(vport);
    send_rx_config(vport);
    map_vectors(vport, idpf::Opcode::kMapQueueVector);
    switch_queues(vport, idpf::Opcode::kEnableQueues);
    send_vport(vport, idpf::Opcode::kEnableVport);
    send_mac(vport, idpf::Opcode::kAddMacAddr);
  }
  if (config.promiscuous) send_promiscuous(true, true);
  for (const Vport& vport : vports) configure_rss(vport);
  wait_for_link();
  if (config.vfs > 0) switch_vfs(config.vfs);
}

// Linux's order: the firmware first.
void Driver::State::switch_vfs(uint16_t count) {
  if (count == 0) pci.enable_vfs(0);
  mailbox.call(idpf::Opcode::kSetSriovVfs, idpf::SriovVfs{count});
  if (count != 0) pci.enable_vfs(count);
}

void Driver::State::begin_reset() {
  if (registers->is_virtual) return pci.reset();
  const uint32_t control = port.read32(Space::kBar0, idpf::pf::kPfgenCtrl);
  if (control == kNoAnswer) throw DriverError("PFGEN_CTRL: BAR0 does not answer");
  port.write32(Space::kBar0, idpf::pf::kPfgenCtrl, control | idpf::kPfSwr);
}

void Driver::State::reset_function() {
  begin_reset();
  wait_for_reset();
}

void Driver::State::wait_for_reset() {
  for (unsigned i = 0; i < kResetPolls; ++i) {
    const uint32_t state = port.read32(Space::kBar0, registers->reset_status);
    if (state != kNoAnswer && (state & idpf::kRstatMask) != idpf::kRstatInProgress) return;
    port.delay(kResetPollPs);
  }
  throw DriverError(registers->is_virtual ? "VFGEN_RSTAT: the reset does not end"
                                          : "PFGEN_RSTAT: the reset does not end");
}

void Driver::State::negotiate_version() {
  const idpf::VersionInfo version =
      mailbox.call(idpf::Opcode::kVersion, idpf::VersionInfo{idpf::kVersionMajor, idpf::kVersionMinor});
  if (version.major != idpf::kVersionMajor) {
    throw DriverError(
        fmt::format("VERSION: {}.{} is not virtchnl {}", version.major, version.minor, idpf::kVersionMajor));
  }
}

void Driver::State::negotiate_capabilities() {
  idpf::GetCapabilities asked;
  asked.csum_caps = kWantedCsum;
  asked.seg_caps = config.tso ? kWantedSeg : 0;
  asked.rsc_caps = config.gro ? kWantedRsc : 0;
  asked.hsplit_caps = config.header_split ? kWantedHsplit : 0;
  asked.rss_caps = kWantedRss;
  asked.other_caps = kWantedOther | (config.psp ? idpf::kCapOem : 0) | (config.vfs > 0 ? idpf::kCapSriov : 0);
  caps = mailbox.call(idpf::Opcode::kGetCaps, asked);
  check_capabilities(asked);
  checked_register(caps.mailbox_dyn_ctl, "GET_CAPS: mailbox_dyn_ctl");
  tso = (caps.seg_caps & idpf::kSegIpv4Tcp) != 0 && (caps.seg_caps & idpf::kSegIpv6Tcp) != 0;
  uso = tso && (caps.seg_caps & idpf::kSegIpv4Udp) != 0 && (caps.seg_caps & idpf::kSegIpv6Udp) != 0;
}

void Driver::State::check_capabilities(const idpf::GetCapabilities& asked) const {
  const auto fail = [](const char* field, uint64_t value, const char* rule) {
    throw DriverError(fmt::format("GET_CAPS: {} is {:#x}: {}", field, value, rule));
  };
  const auto granted = [&](const char* field, uint64_t got, uint64_t wanted) {
    if ((got & ~wanted) != 0) fail(field, got, "a bit that was not asked for is granted");
  };
  granted("csum_caps", caps.csum_caps, asked.csum_caps);
  granted("seg_caps", caps.seg_caps, asked.seg_caps);
  granted("hsplit_caps", caps.hsplit_caps, asked.hsplit_caps);
  granted("rsc_caps", caps.rsc_caps, asked.rsc_caps);
  granted("rss_caps", caps.rss_caps, asked.rss_caps);
  granted("other_caps", caps.other_caps, asked.other_caps);
  if (caps.rsc_caps != asked.rsc_caps) fail("rsc_caps", caps.rsc_caps, "gro is set and needs TCP4 and TCP6");
  if (caps.hsplit_caps != asked.hsplit_caps) {
    fail("hsplit_caps", caps.hsplit_caps, "header_split is set and needs L4v4 and L4v6");
  }
  if (config.vfs > 0 && caps.max_sriov_vfs < config.vfs) {
    fail("max_sriov_vfs", caps.max_sriov_vfs, "too few for the virtual functions");
  }
  if (caps.default_num_vports == 0) fail("default_num_vports", 0, "at least 1 is needed");
  if (caps.max_vports < caps.default_num_vports) {
    fail("max_vports", caps.max_vports, "less than default_num_vports");
  }
  if (caps.max_vports < 1 + config.more_vports.size()) {
    fail("max_vports", caps.max_vports, "too few for the vports");
  }
  if (caps.num_allocated_vectors < 2) {
    fail("num_allocated_vectors", caps.num_allocated_vectors, "at least 2 are needed");
  }
  const unsigned pairs = queue_pairs();
  const char* const kTooFew = "too few for the queue pairs";
  if (caps.max_tx_q < pairs) fail("max_tx_q", caps.max_tx_q, kTooFew);
  if (caps.max_rx_q < pairs) fail("max_rx_q", caps.max_rx_q, kTooFew);
  if (caps.max_rx_bufq < 2 * pairs) fail("max_rx_bufq", caps.max_rx_bufq, kTooFew);
  if (caps.max_tx_complq < pairs) fail("max_tx_complq", caps.max_tx_complq, kTooFew);
}

void Driver::State::negotiate_psp() {
  psp_negotiated = false;
  if ((caps.other_caps & idpf::kCapOem) == 0 || caps.device_type != idpf::kDeviceTypeOpsp) return;
  uint64_t wanted = kWantedOem;
  if (uses(KeyMode::kConfigQueue)) wanted |= idpf::kPspCapCfgq;
  if (uses(KeyMode::kDescriptor)) wanted |= idpf::kPspCapKeyInDesc;
  const idpf::OemCaps oem = mailbox.call(idpf::Opcode::kGetOemCaps, idpf::OemCaps{wanted});
  if ((oem.caps & ~wanted) != 0) {
    throw DriverError(fmt::format("GET_OEM_CAPS: {:#x}: a bit that was not asked for is granted", oem.caps));
  }
  psp_negotiated = (oem.caps & kWantedOem) == kWantedOem;
  if (psp_negotiated && oem.caps != wanted) {
    throw DriverError(fmt::format("GET_OEM_CAPS: {:#x}: key_modes need {:#x}", oem.caps, wanted));
  }
}

void Driver::State::allocate_vectors() {
  idpf::AllocVectors request;
  request.num_vectors = static_cast<uint16_t>(caps.num_allocated_vectors - 1);
  std::array<uint8_t, sizeof request> bytes;
  std::memcpy(bytes.data(), &request, sizeof request);
  const MailboxReply reply = mailbox.call(idpf::Opcode::kAllocVectors, std::span<const uint8_t>(bytes));
  const auto head = Mailbox::head<idpf::AllocVectors>(idpf::Opcode::kAllocVectors, reply);
  if (!idpf::holds_elements<idpf::AllocVectors>(reply.payload, head.num_vchunks)) {
    throw DriverError(fmt::format("ALLOC_VECTORS: the reply has no room for {} chunks", head.num_vchunks));
  }
  vectors.clear();
  vector_chunks.clear();
  vector_index.assign(pci.vectors(), kNoVector);
  for (size_t i = 0; i < head.num_vchunks; ++i) {
    take_vector_chunk(*idpf::read_element<idpf::AllocVectors>(reply.payload, i));
  }
  if (vectors.empty()) throw DriverError("ALLOC_VECTORS: no vector is left for the queues");
}

void Driver::State::take_vector_chunk(const idpf::VectorChunk& chunk) {
  vector_chunks.push_back(chunk);
  const uint32_t spacing =
      chunk.itrn_index_spacing == 0 ? registers->itr_index_spacing : chunk.itrn_index_spacing;
  for (uint32_t k = 0; k < chunk.num_vectors; ++k) {
    const uint32_t id = chunk.start_vector_id + k;
    if (id == caps.mailbox_vector_id || id >= pci.vectors()) {
      throw DriverError(
          fmt::format("ALLOC_VECTORS: vector {} is the mailbox's or has no MSI-X table entry", id));
    }
    const uint64_t itr = chunk.itrn_reg_start + uint64_t{k} * chunk.itrn_reg_spacing;
    Vector vector;
    vector.id = static_cast<uint16_t>(id);
    vector.dyn_ctl =
        checked_register(chunk.dynctl_reg_start + uint64_t{k} * chunk.dynctl_reg_spacing, "DYN_CTL");
    vector.itr[0] = checked_register(itr + uint64_t{idpf::kItrRx} * spacing, "Rx ITR");
    vector.itr[1] = checked_register(itr + uint64_t{idpf::kItrTx} * spacing, "Tx ITR");
    vector_index[id] = static_cast<uint16_t>(vectors.size());
    vectors.push_back(vector);
  }
}

// Newer Linux drivers map everything but the mailbox and the reset registers, and stop the kernel at a miss.
uint32_t Driver::State::checked_register(uint64_t offset, const char* what) const {
  const auto inside = [&](uint64_t start, uint64_t bytes) {
    return offset >= start && offset - start < bytes;
  };
  if (offset % sizeof(uint32_t) != 0 || offset >= registers->bar0_bytes ||
      inside(registers->mailbox_region, registers->mailbox_region_bytes) ||
      inside(registers->reset_region, registers->reset_region_bytes)) {
    throw DriverError(fmt::format("{}: BAR0 offset {:#x} cannot be one", what, offset));
  }
  return static_cast<uint32_t>(offset);
}

// Linux's values: no ITR for the mailbox.
void Driver::State::arm_mailbox() {
  const idpf::DynCtl arm_value{.intena = true, .itr_indx = idpf::kItrNoUpdate};
  port.write32(Space::kBar0, caps.mailbox_dyn_ctl, arm_value.encode());
  port.write32(Space::kBar0, registers->cause_enable, registers->cause_enable_value);
}

}  // namespace pspnic::host
