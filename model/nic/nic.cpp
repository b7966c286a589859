// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "model/nic/nic_setup.h"

namespace pspnic::nic {

using base::DriverRule;
using base::Site;

namespace {

using base::DropReason;

std::vector<std::string> drop_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < static_cast<size_t>(DropReason::kCount); ++i) {
    names.emplace_back(base::drop_reason_name(static_cast<DropReason>(i)));
  }
  return names;
}

std::vector<std::unique_ptr<Function>> bare_functions(const std::vector<Share>& shares,
                                                      base::EventQueue& events,
                                                      base::ViolationLog& violations) {
  std::vector<std::unique_ptr<Function>> functions;
  for (const Share& share : shares)
    functions.push_back(std::make_unique<Function>(events, violations, share));
  return functions;
}

std::vector<std::unique_ptr<KeyVault>> make_vaults(const NicParams& params, const Nic::Identity& identity,
                                                   const KeyVault::Ports& ports) {
  check(params.device);
  const firmware::KeyOptions options{.max_key_age_ps = params.control.key_max_age.ps,
                                     .min_rotate_interval_ps = params.control.min_rotate_interval.ps};
  std::vector<std::unique_ptr<KeyVault>> vaults;
  for (uint64_t domain = 0; domain < key_domains(params.device); ++domain) {
    vaults.push_back(
        std::make_unique<KeyVault>(ports,
                                   KeyVault::Source{identity.seed, identity.stream | domain << 32,
                                                    domain == 0 ? identity.vector_keys : nullptr},
                                   options));
  }
  return vaults;
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
      shares_(shares_of(params)),
      aead_(engine_of(params).make_aead()),
      vaults_(make_vaults(params, identity, {ports.events, *aead_, engine_of(params)})),
      sas_(params.device.sa_slots, *aead_),
      flows_(group_, params.flow),
      iv_clock_(params.crypto.iv_epoch.ps),
      mac_(params.mac),
      lanes_(params.crypto.gcm),
      kdf_(params.crypto.kdf),
      functions_(bare_functions(shares_, ports.events, violations_)),
      endpoint_("endpoint", group_, params.pcie, pci_identity(params, shares_.front()),
                {ports.events, physical().registers(), *this, params.payload}),
      interrupts_(group_, shares_.front().vectors, ports.events, endpoint_.msix()),
      tx_queues_(group_, params.tx_queue, queues_of(shares_), {ports.events, endpoint_.dma(), violations_}),
      tx_completions_(group_, queues_of(shares_), {ports.events, endpoint_.dma(), interrupts_, violations_}),
      tx_reports_(group_, {params.quirks.complete_every_descriptor}, queues_of(shares_),
                  {endpoint_.dma(), interrupts_, tx_completions_}),
      tx_(group_, params.tx, queues_of(shares_),
          {ports.events, *aead_, iv_clock_, *this, mac_, lanes_, drops_, &flows_, params.payload}),
      sa_loader_(make_loader(group_, params.crypto.sa_cache, {ports.events, endpoint_.dma()})),
      fetcher_(group_, params.tx, queues_of(shares_), vports_of(shares_),
               {ports.events, endpoint_.dma(), ports.pool, tx_queues_, tx_reports_, sas_, tx_, mac_, drops_,
                &flows_, sa_loader_.get(), params.device.vports}),
      flow_control_(group_, params.flow_control, identity.mac, params.rx.buffer.bytes,
                    {ports.events, ports.pool, tx_.port(), mac_}),
      rx_queues_(group_, params.rx_queue, queues_of(shares_), static_cast<uint16_t>(2 * queues_of(shares_)),
                 {ports.events, endpoint_.dma(), interrupts_, violations_}),
      rx_(group_, params.rx, vports_of(shares_),
          {ports.events, ports.pool, *aead_, vaults_.front()->keys(), kdf_, lanes_, mac_, flow_control_,
           rx_queues_, drops_, &flows_, params.payload}),
      config_queues_(group_, params.config_queue, lanes_.versions(),
                     {ports.events, endpoint_.dma(), ports.pool, violations_, sas_, iv_clock_}),
      sa_keeper_({ports.events, sas_, flows_, config_queues_, sa_loader_.get()}),
      lane_stalls_(ports.events, *this, firmware::DeviceEvent::Kind::kLaneFault,
                   params.control.fault_stall.ps),
      kdf_stalls_(ports.events, *this, firmware::DeviceEvent::Kind::kKdfFault, params.control.fault_stall.ps),
      loopback_arrivals_(ports.events, base::Callback::to<&Nic::on_looped_back>(*this)) {
  tx_queues_.set_sink(&fetcher_);
  make_functions(identity);
  if (params.sanitizer.on()) make_sanitizer(identity);
}

void Nic::make_sanitizer(const Identity& identity) {
  sanitizer_ = std::make_unique<sanitizer::Sanitizer>(
      params_.sanitizer, ports_.events, violations_, std::array{identity.seed, identity.stream},
      sanitizer::Sanitizer::Shares{[this](base::Site ring) { return function_of(ring); },
                                   [this](uint32_t slot) { return slot_of_driver(slot); }});
  sanitizer::Sanitizer* watch = sanitizer_.get();
  tx_queues_.set_watch(watch);
  tx_completions_.set_watch(watch);
  tx_reports_.set_watch(watch);
  tx_.set_watch(watch);
  rx_queues_.set_watch(watch);
  interrupts_.set_watch(watch);
  sa_keeper_.set_sanitizer(watch);
  config_queues_.set_watch(watch);
  for (const auto& function : functions_) {
    function->set_sanitizer(watch, endpoint_.config(function->share().function));
  }
}

Hardware::Blocks Nic::blocks() {
  return {ports_.events, interrupts_, tx_queues_, tx_completions_, tx_reports_,    fetcher_, tx_,
          rx_queues_,    rx_,         sas_,       sa_keeper_,      config_queues_, flows_,   drops_,
          iv_clock_,     *this};
}

void Nic::make_functions(const Identity& identity) {
  if (shares_.size() > 1) sas_.partition(sa_ranges_of(params_.device));
  for (const auto& function : functions_) {
    const Share& share = function->share();
    const firmware::Limits limits = limits_of(params_, share, identity.mac, identity.spi_first);
    const uint16_t domain = key_domain_of(params_.device, share.function);
    KeyVault& vault = *vaults_[domain];
    if (share.is_virtual()) {
      endpoint_.add_function(pci_identity(params_, share), function->registers());
      interrupts_.add(share.vectors, endpoint_.msix(share.function));
      rx_.add_function(share.first_vport, share.vports, vault.keys(), {limits.spi_first, limits.spi_count});
    }
    const bool own_keys = members_of(params_.device, domain) == 1;
    function->build(
        {limits,
         {.function = share.function,
          .rotation_authority = !share.is_virtual() || own_keys || params_.device.vf_rotation_authority,
          .key_in_descriptor = true},
         vault,
         share.is_virtual() ? *function : static_cast<ResetTarget&>(*this),
         params_.device.reset_time.ps,
         params_.device.reset_limit.ps,
         blocks()});
    attach(*function);
    function->control_plane().reset();
  }
  endpoint_.set_sriov(this);
  endpoint_.set_function_map(this);
}

// The control processor begins with the physical function.
void Nic::attach(Function& function) {
  const Share& share = function.share();
  const bool is_virtual = share.is_virtual();
  if (!is_virtual) {
    control_processor_ = std::make_unique<control::ControlProcessor>(
        group_, params_.control, control::ControlProcessor::Ports{ports_.events, function.control_plane()});
    management_ = std::make_unique<control::Management>(*control_processor_);
  }
  control::ControlProcessor::Source& source = is_virtual
                                                  ? control_processor_->add_function(function.control_plane())
                                                  : control_processor_->function();
  function.attach({is_virtual ? endpoint_.group(share.function) : group_,
                   params_.mailbox,
                   {ports_.events, endpoint_.dma(), ports_.pool, interrupts_, violations_, source,
                    share.first_vector, share.function},
                   source,
                   endpoint_.msix(share.function),
                   is_virtual ? nullptr : management_.get(),
                   is_virtual ? nullptr : &config_queues_});
}

void Nic::on_write_fault(pcie::Requester requester, uint64_t address, uint32_t length, bool again,
                         pcie::DmaStatus status) {
  const auto queue = static_cast<uint16_t>(requester.queue);
  const std::string seen = std::to_string(length) + " bytes at " + base::hex(address);
  const auto broken = [&](DriverRule unmapped) { return pcie::broken_rule(status, unmapped); };
  const auto report_at = [&](Site site, DriverRule unmapped, const char* field) {
    violations_.report({.when = ports_.events.now(),
                        .rule = broken(unmapped),
                        .site = site,
                        .part = {},
                        .field = field,
                        .seen = seen,
                        .expected = {},
                        .events = {}});
  };
  const auto report = [&](Site::Kind kind, DriverRule unmapped, const char* field) {
    report_at({kind, queue}, unmapped, field);
  };
  switch (requester.kind) {
    case pcie::Requester::Kind::kTxQueue:
      tx_queues_.violate(queue, 0, broken(DriverRule::kRingUnmapped), "ring_address", seen);
      break;
    case pcie::Requester::Kind::kTxCompletion:
      tx_completions_.enable(queue, false);
      report(Site::Kind::kTxCompletions, DriverRule::kRingUnmapped, "ring_address");
      break;
    case pcie::Requester::Kind::kRxQueue:
      rx_queues_.enable(queue, false);
      report(Site::Kind::kRxQueue, DriverRule::kRingUnmapped, "ring_address");
      break;
    case pcie::Requester::Kind::kBufferQueue:
      if (!again) rx_.count_fault(rx_queues_.vport_of(queue));
      rx_queues_.violate_buffers(queue, broken(DriverRule::kBufferUnmapped), "pkt_addr", seen);
      break;
    case pcie::Requester::Kind::kHeaderBuffer:
      if (!again) rx_.count_fault(rx_queues_.vport_of(queue));
      rx_queues_.violate_buffers(queue, broken(DriverRule::kBufferUnmapped), "hdr_addr", seen);
      break;
    case pcie::Requester::Kind::kMailbox:
      report_at(Site::of_function(Site::Kind::kMailboxAnswers, queue), DriverRule::kMessageUnmapped, "addr");
      break;
    case pcie::Requester::Kind::kConfigQueue:
      config_queues_.on_write_fault(queue, broken(DriverRule::kRingUnmapped), address);
      break;
    case pcie::Requester::Kind::kOwnMemory:
      report(Site::Kind::kOwnMemory, DriverRule::kBufferUnmapped, "address");
      break;
    case pcie::Requester::Kind::kInterrupt:
      report(Site::Kind::kVector, DriverRule::kMsixUnmapped, "address");
      break;
  }
}

void Nic::transmit(base::PacketPtr packet) {
  if (!packet->loopback) {
    ports_.wire.transmit(std::move(packet));
    return;
  }
  const base::Time arrival = packet->wire_end;
  looped_back_.push(std::move(packet));
  loopback_arrivals_.push(arrival);
}

// A reset does not reach what is on the wire: what was looped back before it arrives, and no vport takes it.
void Nic::on_looped_back(uint64_t) {
  rx_.receive_own(looped_back_.pop());
}

bool Nic::looping_back(uint16_t first_vport, uint16_t vports) const {
  for (size_t i = 0; i < looped_back_.size(); ++i) {
    if (looped_back_[i]->vport >= first_vport && looped_back_[i]->vport - first_vport < vports) return true;
  }
  return false;
}

// The driver reads RSTAT at once after asking for the reset, so it says "in progress" from this instant.
void Nic::begin_reset() {
  if (sanitizer_) sanitizer_->on_reset();
  endpoint_.reset();
  sas_.reset();
  sa_keeper_.reset();
  if (sa_loader_) sa_loader_->reset();
  flows_.keep_encapsulations([this](uint32_t index) { return !sas_.empty(index); });
  fetcher_.reset();
  tx_queues_.reset();
  tx_completions_.reset();
  tx_reports_.reset();
  rx_.reset();
  rx_queues_.reset();
  interrupts_.reset();
  config_queues_.reset();
  for (const auto& function : functions_) function->begin_card_reset();
  vfs_ = 0;
  endpoint_.grant_vfs(0);
  ports_.events.schedule(ports_.events.now() + params_.device.reset_time.ps,
                         base::Callback::to<&Nic::on_reset_done>(*this), ++reset_epoch_);
}

void Nic::on_reset_done(uint64_t epoch) {
  if (epoch != reset_epoch_) return;  // asked for again meanwhile
  // Members of a domain leave its keys as they are, unless they are alone in it.
  for (size_t domain = 0; domain < vaults_.size(); ++domain) {
    const bool shared = members_of(params_.device, static_cast<uint16_t>(domain)) > 1;
    if (shared) (void)vaults_[domain]->domain().renew();
  }
  for (const auto& function : functions_) function->end_card_reset();
}

bool Nic::grant_vfs(uint16_t count) {
  if (vfs_ != 0 && count != endpoint_.granted_vfs()) return false;
  endpoint_.grant_vfs(count);
  update_vfs();
  return true;
}

void Nic::on_vfs_enabled(uint16_t) {
  update_vfs();
}

// Those that come and those that go begin anew.
void Nic::update_vfs() {
  const uint16_t now = endpoint_.vfs();
  const uint16_t first = std::min(now, vfs_);
  const uint16_t last = std::max(now, vfs_);
  vfs_ = now;
  for (unsigned vf = first; vf < last; ++vf) {
    endpoint_.reset_function(static_cast<uint16_t>(vf + 1));
    functions_[vf + 1]->begin_reset();
  }
}

void Nic::device_event(const firmware::DeviceEvent& event) {
  for (const auto& function : functions_) function->control_plane().device_event(event);
}

void Nic::begin(base::Time now) {
  tx_.begin(now);
  rx_.begin(now);
  rx_queues_.begin_window();
}

void Nic::finish(base::Time now) {
  tx_.finish(now);
  rx_.finish(now);
}

void Nic::end_of_run() {
  if (sanitizer_) sanitizer_->on_end();
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
