// SPDX-License-Identifier: Apache-2.0
// The host's PSP core, after Linux's net/psp: the devices that are registered, and of each its
// configuration, the generation of its key, the associations made on it and what they were counted as.
//
// Scripts are marked; they are to be called one at a time of a device, as under Linux's psd->lock.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "testbench/host/psp_association.h"
#include "testbench/host/psp_ops.h"

namespace pspnic::host {

struct PspDeviceCaps {
  uint32_t versions = 0;  // bit v
};

struct PspCoreOptions {
  // As Linux: the core counts its generation on before it asks the device to rotate, and leaves it so when
  // that fails; associations keep what was noted, whatever the device says. They then receive nothing.
  bool linux_generation_quirk = false;
};

// Kept by the core itself.
struct PspCoreCounters {
  uint64_t key_rotations = 0;
  uint64_t stale_events = 0;  // associations that a second rotation has ended
  uint64_t tx_keys = 0;       // installed now, those that wait for their deletion included
};

enum class PspNotice : uint8_t { kDeviceAdded, kDeviceDeleted, kDeviceChanged, kKeyRotated };
// Linux's multicast groups: kUse has the rotations, kManagement the others.
enum class PspGroup : uint8_t { kManagement, kUse };
constexpr PspGroup group_of(PspNotice notice) {
  return notice == PspNotice::kKeyRotated ? PspGroup::kUse : PspGroup::kManagement;
}
// Called when what it tells of has happened.
using PspListener = std::function<void(PspNotice notice, uint16_t device)>;

// What is wrong with a key to send under, if anything: kInval.
PspResult check_tx_key(const TxSaRequest& request);

class PspDevice : public std::enable_shared_from_this<PspDevice> {
 public:
  PspDevice(uint16_t id, const PspDeviceCaps& caps, PspDeviceOps ops, const PspCoreOptions& options,
            PspListener notify);

  uint16_t id() const { return id_; }
  bool registered() const { return registered_; }
  uint32_t versions() const { return caps_.versions; }
  uint32_t versions_enabled() const { return enabled_; }
  bool has_key_ops() const { return static_cast<bool>(ops_.tx_key_add); }
  uint8_t generation() const { return generation_; }
  const PspCoreCounters& counters() const { return counters_; }
  size_t associations() const;

  // Scripts.
  PspResult set_config(uint32_t versions);
  PspResult rotate();
  // An association with SPI and key, which are for the peer. Null with an error in `result`.
  PspAssociationRef allocate(psp::Version version, psp::SessionKey& key, PspResult& result);
  // Fills in the transmit side; on failure nothing has changed.
  PspResult add_tx_key(PspAssociation& association, const TxSaRequest& request);
  PspResult get_stats(PspDeviceCounters& out);
  // Deletes the keys that no queue needs any more. Linux looks once a second.
  void delete_drained();

  // Any time. The transmit key of `association` is not used from now on; it is deleted when what was posted
  // before is done with.
  void retire_tx_key(PspAssociation& association);
  // The device has a new key, by whomever: an event of the driver, or the answer to rotate(). Telling of the
  // same generation again does nothing.
  void on_rotated(uint8_t generation);
  size_t keys_to_delete() const { return retired_.size(); }

 private:
  friend class PspCore;
  // In which the last two generations and the rest are.
  enum Age : uint8_t { kActive, kPrevious, kStale };
  struct Entry {
    PspAssociation association;
    Age age = kActive;
    std::list<Entry>::iterator self;
  };
  struct Retired {
    SaHandle handle;
    std::function<bool()> drained;  // empty: at once
  };

  void shut_down();  // script
  void apply_rotation(uint8_t generation);
  void release(Entry& entry);

  const uint16_t id_;
  const PspDeviceCaps caps_;
  PspDeviceOps ops_;
  const PspCoreOptions options_;
  PspListener notify_;
  bool registered_ = true;
  uint32_t enabled_ = 0;
  uint8_t generation_ = 0;         // that associations note
  uint8_t device_generation_ = 0;  // of the last rotation that was heard of
  PspCoreCounters counters_;
  std::list<Entry> entries_[3];  // by age
  std::vector<Retired> retired_;
};

class PspCore {
 public:
  explicit PspCore(const PspCoreOptions& options = {}) : options_(options) {}

  // Null and kInval for a device without versions, without an operation that it must have, or with one of
  // the key operations alone. `generation`: of the device's key now. Ids count on, and start again at 1.
  std::shared_ptr<PspDevice> add(const PspDeviceCaps& caps, PspDeviceOps ops, uint8_t generation,
                                 PspErrno& error);
  // Script: tells of it, then deletes the device's transmit keys; nothing of its driver is called after it.
  void remove(const std::shared_ptr<PspDevice>& device);

  std::shared_ptr<PspDevice> find(uint16_t id) const;
  const std::vector<std::shared_ptr<PspDevice>>& devices() const { return devices_; }
  void subscribe(PspGroup group, PspListener listener) {
    listeners_.emplace_back(group, std::move(listener));
  }

 private:
  void notify(PspNotice notice, uint16_t device);

  const PspCoreOptions options_;
  std::vector<std::shared_ptr<PspDevice>> devices_;
  std::vector<std::pair<PspGroup, PspListener>> listeners_;
  uint16_t last_id_ = 0;
};

}  // namespace pspnic::host
