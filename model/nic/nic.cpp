// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic.h"

#include <algorithm>
#include <string>
#include <vector>

namespace pspnic::nic {

namespace {

using base::DropReason;

std::vector<std::string> drop_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < static_cast<size_t>(DropReason::kCount); ++i) {
    names.emplace_back(base::drop_reason_name(static_cast<DropReason>(i)));
  }
  return names;
}

firmware::Limits limits_of(const NicParams& params, const Nic::Identity& identity) {
  firmware::Limits limits;
  limits.tx_queues = params.device.queues;
  limits.rx_queues = params.device.queues;
  limits.buffer_queues = static_cast<uint16_t>(2 * params.device.queues);
  limits.vports = params.device.vports;
  limits.vectors = std::max(params.device.vectors, static_cast<uint16_t>(params.device.queues + 1));
  limits.config_queue_pairs = params.config_queue.pairs;
  limits.single_queue_model = true;
  limits.max_mtu = params.mac.mtu;
  limits.tx_sa_slots = params.device.sa_slots;
  limits.link_speed_mbps = static_cast<uint32_t>(params.mac.speed.bps / base::kMbps);
  limits.spi_first = identity.spi_first;
  limits.spi_count = params.device.spi_count;
  limits.max_sg_buffers = static_cast<uint8_t>(queue::TxJob::kMaxPieces);
  limits.mac = identity.mac;
  limits.psp_versions = crypto::GcmLanes(params.crypto.gcm).versions();
  return limits;
}

pcie::ConfigSpace::Identity pci_identity(const firmware::Limits& limits) {
  pcie::ConfigSpace::Identity identity;
  identity.vendor = idpf::kPciVendorId;
  identity.device = idpf::kPciDeviceIdPf;
  identity.class_code = idpf::kPciClassIdpf;
  identity.bar0_bytes = static_cast<uint32_t>(idpf::pf::kBar0Bytes);
  identity.vectors = limits.vectors;
  return identity;
}

std::unique_ptr<tx::SaLoader> make_loader(base::StatGroup& group, const crypto::SaCacheParams& params,
                                          const tx::SaLoader::Ports& ports) {
  if (params.memory == crypto::SaCacheParams::Memory::kOnChip) return nullptr;
  return std::make_unique<tx::SaLoader>(group, params, ports);
}

}  // namespace

Nic::Nic(const sc_core::sc_module_name& name, base::StatGroup& parent, const NicParams& params,
         const Identity& identity, const Ports& ports)
    : sc_module(name),
      params_(params),
      ports_(ports),
      group_(parent, static_cast<const char*>(name)),
      drops_(group_, "drops", "packet", "Packets that ended here, by reason", drop_names()),
      violations_(static_cast<const char*>(name)),
      aead_(engine_of(params.crypto).make_aead()),
      device_keys_(identity.seed, identity.stream, engine_of(params.crypto), identity.vector_keys),
      sas_(params.device.sa_slots, *aead_),
      flows_(group_, params.flow),
      iv_clock_(params.crypto.iv_epoch.ps),
      mac_(params.mac),
      lanes_(params.crypto.gcm),
      kdf_(params.crypto.kdf),
      registers_(ports.events, violations_),
      endpoint_("endpoint", group_, params.pcie, pci_identity(limits_of(params, identity)),
                {ports.events, registers_, *this}),
      interrupts_(group_, limits_of(params, identity).vectors, ports.events, endpoint_.msix()),
      tx_queues_(group_, params.tx_queue, params.device.queues, {ports.events, endpoint_.dma(), violations_}),
      tx_completions_(group_, params.device.queues,
                      {ports.events, endpoint_.dma(), interrupts_, violations_}),
      tx_reports_(group_, {params.quirks.complete_every_descriptor}, params.device.queues,
                  {endpoint_.dma(), interrupts_, tx_completions_}),
      tx_(group_, params.tx, params.device.queues,
          {ports.events, *aead_, iv_clock_, *this, mac_, lanes_, drops_, &flows_}),
      sa_loader_(make_loader(group_, params.crypto.sa_cache, {ports.events, endpoint_.dma()})),
      fetcher_(group_, params.tx, params.device.queues, params.device.vports,
               {ports.events, endpoint_.dma(), ports.pool, tx_queues_, tx_reports_, sas_, tx_, mac_, drops_,
                &flows_, sa_loader_.get()}),
      flow_control_(group_, params.flow_control, identity.mac, params.rx.buffer.bytes,
                    {ports.events, ports.pool, tx_.port(), mac_}),
      rx_queues_(group_, params.rx_queue, params.device.queues,
                 static_cast<uint16_t>(2 * params.device.queues),
                 {ports.events, endpoint_.dma(), interrupts_, violations_}),
      rx_(group_, params.rx, params.device.vports,
          {ports.events, ports.pool, *aead_, device_keys_, kdf_, lanes_, mac_, flow_control_, rx_queues_,
           drops_, &flows_}),
      config_queues_(group_, params.config_queue, lanes_.versions(),
                     {ports.events, endpoint_.dma(), ports.pool, violations_, sas_, iv_clock_}),
      hardware_(limits_of(params, identity),
                {ports.events, registers_, interrupts_, tx_queues_, tx_completions_, tx_reports_, fetcher_,
                 tx_, rx_queues_, rx_, device_keys_, *aead_, sas_, config_queues_, flows_, drops_, iv_clock_,
                 sa_loader_.get()}),
      control_plane_(hardware_, {.rotation_authority = true, .key_in_descriptor = true},
                     {.max_key_age_ps = params.control.key_max_age.ps,
                      .min_rotate_interval_ps = params.control.min_rotate_interval.ps}),
      lane_stalls_(ports.events, control_plane_, firmware::DeviceEvent::Kind::kLaneFault,
                   params.control.fault_stall.ps),
      kdf_stalls_(ports.events, control_plane_, firmware::DeviceEvent::Kind::kKdfFault,
                  params.control.fault_stall.ps),
      control_processor_(group_, params.control, {ports.events, control_plane_}),
      management_(control_processor_),
      mailbox_(group_, params.mailbox,
               {ports.events, endpoint_.dma(), ports.pool, interrupts_, violations_, control_processor_}),
      loopback_arrivals_(ports.events, base::Callback::to<&Nic::on_looped_back>(*this)) {
  tx_queues_.set_sink(&fetcher_);
  hardware_.connect(&control_plane_, &mailbox_, &management_);
  registers_.connect({&mailbox_, &interrupts_, &tx_queues_, &rx_queues_, &config_queues_, this,
                      params.device.queues, params.device.queues,
                      static_cast<uint16_t>(2 * params.device.queues)});
  control_plane_.reset();
}

void Nic::on_write_fault(pcie::Requester requester, uint64_t address, uint32_t length, bool again,
                         pcie::DmaStatus status) {
  const auto queue = static_cast<uint16_t>(requester.queue);
  const std::string seen = std::to_string(length) + " bytes at " + std::to_string(address);
  const std::string rule = pcie::broken_rule(status, "must lie in host memory");
  const auto report = [&](const std::string& place, const char* field) {
    violations_.report({ports_.events.now(), place, field, rule, seen});
  };
  switch (requester.kind) {
    case pcie::Requester::Kind::kTxQueue:
      tx_queues_.violate(queue, 0, "ring_address", rule, seen);
      break;
    case pcie::Requester::Kind::kTxCompletion:
      tx_completions_.enable(queue, false);
      report("tx completion queue " + std::to_string(queue), "ring_address");
      break;
    case pcie::Requester::Kind::kRxQueue:
      rx_queues_.enable(queue, false);
      report("rx queue " + std::to_string(queue), "ring_address");
      break;
    case pcie::Requester::Kind::kBufferQueue:
      if (!again) drops_.add(DropReason::kRxDmaFault);
      rx_queues_.violate_buffers(queue, "pkt_addr", rule, seen);
      break;
    case pcie::Requester::Kind::kHeaderBuffer:
      if (!again) drops_.add(DropReason::kRxDmaFault);
      rx_queues_.violate_buffers(queue, "hdr_addr", rule, seen);
      break;
    case pcie::Requester::Kind::kMailbox:
      report("mailbox ring ARQ", "addr");
      break;
    case pcie::Requester::Kind::kConfigQueue:
      config_queues_.on_write_fault(queue, pcie::broken_rule(status, "must lie in host memory"), address);
      break;
    case pcie::Requester::Kind::kOwnMemory:
      report("SA memory in the host", "address");
      break;
    case pcie::Requester::Kind::kInterrupt:
      report("MSI-X vector " + std::to_string(queue), "address");
      break;
  }
}

void Nic::transmit(base::PacketPtr packet) {
  if (!hardware_.loopback()) {
    ports_.wire.transmit(std::move(packet));
    return;
  }
  const base::Time arrival = packet->wire_end;
  looped_back_.push(std::move(packet));
  loopback_arrivals_.push(arrival);
}

// A reset does not reach what is on the wire: what was looped back before it arrives, and no vport takes it.
void Nic::on_looped_back(uint64_t) {
  receive(looped_back_.pop());
}

// The driver reads RSTAT at once after asking for the reset, so it says "in progress" from this instant.
void Nic::begin_reset() {
  registers_.set_reset_status(idpf::kRstatInProgress);
  endpoint_.reset();
  sas_.reset();
  if (sa_loader_) sa_loader_->reset();
  flows_.keep_encapsulations([this](uint32_t index) { return !sas_.empty(index); });
  fetcher_.reset();
  tx_queues_.reset();
  tx_completions_.reset();
  tx_reports_.reset();
  rx_.reset();
  rx_queues_.reset();
  interrupts_.reset();
  mailbox_.reset();
  config_queues_.reset();
  control_processor_.reset();
  hardware_.reset();
  registers_.reset();
  ports_.events.schedule(ports_.events.now() + params_.device.reset_time.ps,
                         base::Callback::to<&Nic::on_reset_done>(*this), ++reset_epoch_);
}

void Nic::on_reset_done(uint64_t epoch) {
  if (epoch != reset_epoch_) return;  // asked for again meanwhile
  control_plane_.reset();
  registers_.set_reset_status(idpf::kRstatCompleted);
}

void Nic::begin(base::Time now) {
  tx_.begin(now);
  rx_.begin(now);
}

void Nic::finish(base::Time now) {
  tx_.finish(now);
  rx_.finish(now);
}

std::string Nic::imbalance() const {
  std::string lines;
  const auto check = [&](const char* block, uint64_t in, uint64_t out) {
    if (in != out) {
      lines += violations_.device() + "." + block + ": " + std::to_string(in) + " in, " +
               std::to_string(out) + " out, dropped or held\n";
    }
  };
  check("tx", fetcher_.frames(),
        tx_.stats().frames.all_time() + fetcher_.dropped() + fetcher_.held() + tx_.held());
  // The receive reasons of the enumeration; kRxDmaFault counts packets that had been placed already.
  uint64_t rx_dropped = 0;
  for (auto i = static_cast<size_t>(DropReason::kRxOverflow);
       i < static_cast<size_t>(DropReason::kRxDmaFault); ++i) {
    rx_dropped += drops_.all_time(i);
  }
  check("rx", rx_.stats().frames.all_time() + rx_.copies(),
        rx_.stats().delivered.all_time() + rx_dropped + rx_.held());
  return lines;
}

std::string Nic::explain_stall() const {
  std::string text = violations_.device() + ": " + std::to_string(fetcher_.held()) +
                     " frames wait for DMA, " + std::to_string(rx_.held()) +
                     " received frames wait for a queue, " + std::to_string(violations_.count()) +
                     " violations\n";
  for (const std::string& wait : {fetcher_.explain(), tx_.port().explain()}) {
    if (!wait.empty()) text += violations_.device() + ": " + wait + "\n";
  }
  return text;
}

}  // namespace pspnic::nic
