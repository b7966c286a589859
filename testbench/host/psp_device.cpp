// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/psp_device.h"

#include <algorithm>
#include <utility>

namespace pspnic::host {
namespace {

constexpr uint8_t kGenerationMask = 0x7f;
constexpr uint32_t kSpiIdMask = 0x7fff'ffff;

bool has_version(uint32_t mask, psp::Version version) {
  return (mask >> static_cast<unsigned>(version) & 1) != 0;
}

}  // namespace

const char* text(PspErrno error) {
  switch (error) {
    case PspErrno::kOk:
      return "success";
    case PspErrno::kPerm:
      return "EPERM";
    case PspErrno::kIo:
      return "EIO";
    case PspErrno::kBusy:
      return "EBUSY";
    case PspErrno::kNoDev:
      return "ENODEV";
    case PspErrno::kInval:
      return "EINVAL";
    case PspErrno::kNoSpc:
      return "ENOSPC";
    case PspErrno::kOpNotSupp:
      return "EOPNOTSUPP";
    case PspErrno::kNotConn:
      return "ENOTCONN";
  }
  return "?";
}

bool PspDeviceCounters::complete() const {
  return rx_packets != kUntouched && rx_bytes != kUntouched && rx_auth_fail != kUntouched &&
         rx_error != kUntouched && rx_bad != kUntouched && tx_packets != kUntouched &&
         tx_bytes != kUntouched && tx_error != kUntouched;
}

PspDevice::PspDevice(uint16_t id, const PspDeviceCaps& caps, PspDeviceOps ops, const PspCoreOptions& options,
                     PspListener notify)
    : id_(id), caps_(caps), ops_(std::move(ops)), options_(options), notify_(std::move(notify)) {}

size_t PspDevice::associations() const {
  return entries_[kActive].size() + entries_[kPrevious].size() + entries_[kStale].size();
}

PspResult PspDevice::set_config(uint32_t versions) {
  if (!registered_) return {PspErrno::kNoDev, "the device is not registered"};
  if ((versions & ~caps_.versions) != 0)
    return {PspErrno::kInval, "versions: the device has not all of them"};
  if (versions != enabled_) {
    if (const PspErrno error = ops_.set_config(versions); error != PspErrno::kOk)
      return {error, "set_config"};
    enabled_ = versions;
  }
  notify_(PspNotice::kDeviceChanged, id_);
  return {};
}

PspResult PspDevice::rotate() {
  if (!registered_) return {PspErrno::kNoDev, "the device is not registered"};
  auto wanted = static_cast<uint8_t>((generation_ + 1) & kGenerationMask);
  if (options_.linux_generation_quirk) generation_ = wanted;
  const uint64_t rotations = counters_.key_rotations;
  if (const PspErrno error = ops_.key_rotate(wanted); error != PspErrno::kOk) return {error, "key_rotate"};
  if ((wanted & ~kGenerationMask) != 0) return {PspErrno::kIo, "key_rotate: a generation above 127"};
  // The event may have been quicker than the answer; a driver that does not count always says 0.
  const bool told = counters_.key_rotations != rotations && wanted == device_generation_;
  if (!told) apply_rotation(wanted);
  return {};
}

void PspDevice::on_rotated(uint8_t generation) {
  if (!registered_ || generation == device_generation_) return;
  apply_rotation(generation);
}

// Stale after two rotations: the top bit matches no packet. What a rekey left behind is older by one.
void PspDevice::apply_rotation(uint8_t generation) {
  for (Entry& entry : entries_[kPrevious]) {
    entry.association.rx.generation |= kPspStaleBit;
    entry.association.has_previous = false;
    entry.age = kStale;
    ++counters_.stale_events;
  }
  for (Entry& entry : entries_[kActive]) {
    entry.association.has_previous = false;
    entry.age = kPrevious;
  }
  entries_[kStale].splice(entries_[kStale].end(), entries_[kPrevious]);
  entries_[kPrevious].splice(entries_[kPrevious].end(), entries_[kActive]);
  generation_ = device_generation_ = generation;
  ++counters_.key_rotations;
  notify_(PspNotice::kKeyRotated, id_);
}

PspAssociationRef PspDevice::allocate(psp::Version version, psp::SessionKey& key, PspResult& result) {
  result = {};
  if (!registered_) {
    result = {PspErrno::kNoDev, "the device is not registered"};
  } else if (!has_version(caps_.versions, version)) {
    result = {PspErrno::kOpNotSupp, "version: the device does not have it"};
  }
  if (!result.ok()) return nullptr;
  const uint8_t noted = generation_;
  const uint64_t rotations = counters_.key_rotations;
  RxSa sa;
  sa.generation = kPspGenerationUnknown;
  if (const PspErrno error = ops_.rx_spi_alloc(version, sa); error != PspErrno::kOk) {
    result = {error, "rx_spi_alloc"};
    return nullptr;
  }
  const bool noted_holds = options_.linux_generation_quirk || sa.generation == kPspGenerationUnknown;
  const uint8_t generation = noted_holds ? noted : sa.generation;
  // The device rotated before it answered, and the event is still to come.
  if (!noted_holds && generation != noted && generation != generation_) on_rotated(generation);
  const uint64_t behind = counters_.key_rotations - rotations;
  const Age age = generation == generation_ ? kActive : behind <= 1 ? kPrevious : kStale;
  Entry& entry = entries_[age].emplace_back();
  entry.self = std::prev(entries_[age].end());
  entry.age = age;
  entry.association.rx = {sa.spi, generation, version, id_};
  if (age == kStale) entry.association.rx.generation |= kPspStaleBit;
  key = sa.key;
  return {&entry.association,
          [device = shared_from_this(), &entry](PspAssociation*) { device->release(entry); }};
}

void PspDevice::release(Entry& entry) {
  retire_tx_key(entry.association);
  entries_[entry.age].erase(entry.self);
}

PspResult check_tx_key(const TxSaRequest& request) {
  if ((request.spi & kSpiIdMask) == 0) return {PspErrno::kInval, "tx-key: the low 31 bits of the SPI are 0"};
  if (request.key.size != psp::key_bytes(request.version)) {
    return {PspErrno::kInval, "tx-key: the length of the key does not fit the version"};
  }
  return {};
}

PspResult PspDevice::add_tx_key(PspAssociation& association, const TxSaRequest& request) {
  if (!registered_) return {PspErrno::kNoDev, "the device is not registered"};
  if (const PspResult fault = check_tx_key(request); !fault.ok()) return fault;
  SaHandle handle;
  if (ops_.tx_key_add) {
    if (const PspErrno error = ops_.tx_key_add(request, handle); error != PspErrno::kOk) {
      return {error, "tx_key_add"};
    }
    ++counters_.tx_keys;
  }
  retire_tx_key(association);
  association.has_tx = true;
  association.tx_spi = request.spi;
  association.tx_handle = handle;
  return {};
}

void PspDevice::retire_tx_key(PspAssociation& association) {
  if (!std::exchange(association.has_tx, false)) return;
  if (!registered_ || !has_key_ops()) return;
  retired_.push_back(
      {association.tx_handle, ops_.watch_transmit ? ops_.watch_transmit() : std::function<bool()>()});
}

void PspDevice::delete_drained() {
  const auto drained = [](const Retired& one) { return !one.drained || one.drained(); };
  const auto first = std::stable_partition(retired_.begin(), retired_.end(),
                                           [&](const Retired& one) { return !drained(one); });
  // tx_key_del lets time pass, in which more may come to the list.
  std::vector<Retired> done(std::make_move_iterator(first), std::make_move_iterator(retired_.end()));
  retired_.erase(first, retired_.end());
  for (const Retired& one : done) {
    ops_.tx_key_del(one.handle);
    --counters_.tx_keys;
  }
}

PspResult PspDevice::get_stats(PspDeviceCounters& out) {
  if (!registered_) return {PspErrno::kNoDev, "the device is not registered"};
  out = {};
  if (const PspErrno error = ops_.get_stats(out); error != PspErrno::kOk) return {error, "get_stats"};
  if (!out.complete()) return {PspErrno::kOpNotSupp, "get_stats: the driver has left a counter out"};
  return {};
}

// As Linux: associations stay with their sockets and match nothing that can still arrive; their keys go.
void PspDevice::shut_down() {
  std::vector<SaHandle> handles;
  for (auto& list : entries_) {
    for (const Entry& entry : list) {
      if (entry.association.has_tx && has_key_ops()) handles.push_back(entry.association.tx_handle);
    }
  }
  registered_ = false;
  for (const Retired& one : retired_) handles.push_back(one.handle);
  retired_.clear();
  for (const SaHandle& handle : handles) {
    ops_.tx_key_del(handle);
    --counters_.tx_keys;
  }
  ops_ = {};
}

std::shared_ptr<PspDevice> PspCore::add(const PspDeviceCaps& caps, PspDeviceOps ops, uint8_t generation,
                                        PspErrno& error) {
  const bool all = ops.set_config && ops.key_rotate && ops.rx_spi_alloc && ops.get_stats;
  const bool both = static_cast<bool>(ops.tx_key_add) == static_cast<bool>(ops.tx_key_del);
  error =
      caps.versions != 0 && all && both && generation <= kGenerationMask ? PspErrno::kOk : PspErrno::kInval;
  if (error != PspErrno::kOk) return nullptr;
  do {
    last_id_ = last_id_ == UINT16_MAX ? uint16_t{1} : static_cast<uint16_t>(last_id_ + 1);
  } while (find(last_id_) != nullptr);
  auto device =
      std::make_shared<PspDevice>(last_id_, caps, std::move(ops), options_,
                                  [this](PspNotice notice, uint16_t id) { this->notify(notice, id); });
  device->generation_ = device->device_generation_ = generation;
  devices_.push_back(device);
  notify(PspNotice::kDeviceAdded, device->id());
  return device;
}

void PspCore::remove(const std::shared_ptr<PspDevice>& device) {
  const auto found = std::find(devices_.begin(), devices_.end(), device);
  if (found == devices_.end()) return;
  notify(PspNotice::kDeviceDeleted, device->id());
  devices_.erase(found);
  device->shut_down();
}

std::shared_ptr<PspDevice> PspCore::find(uint16_t id) const {
  const auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [id](const std::shared_ptr<PspDevice>& one) { return one->id() == id; });
  return found == devices_.end() ? nullptr : *found;
}

void PspCore::notify(PspNotice notice, uint16_t device) {
  for (const auto& [group, listener] : listeners_) {
    if (group == group_of(notice)) listener(notice, device);
  }
}

}  // namespace pspnic::host
