// SPDX-License-Identifier: Apache-2.0
// The card's edge to the outside: two TLM-2.0 sockets and nothing else. `mmio` takes the host's accesses to
// configuration space, BAR0 and BAR4 of each function; `dma` carries reads and writes of host memory,
// interrupt messages included.
//
// Function 0 is the physical one. Virtual functions answer while its SR-IOV capability has them enabled.
//
// Waits for: nothing. Takes: a posted write arrives posted_latency after it was sent, in order; a read is
// answered with everything written before it in effect and adds the round trip to the annotated delay. Drops:
// accesses that are not aligned 32-bit words, with TLM_BURST_ERROR_RESPONSE, or have byte enables, with
// TLM_BYTE_ENABLE_ERROR_RESPONSE; what nothing decodes, with TLM_ADDRESS_ERROR_RESPONSE.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/ring.h"
#include "model/pcie/config_space.h"
#include "model/pcie/dma.h"
#include "model/pcie/msix.h"

namespace pspnic::pcie {

// Where the address spaces of a function lie on the `mmio` socket: function n begins at n * kFunctionStride.
inline constexpr uint64_t kFunctionStride = 0x1'0000'0000;
inline constexpr uint64_t kConfigBase = 0x0000'0000;
inline constexpr uint64_t kConfigBytes = 0x1000;
inline constexpr uint64_t kBar4Base = 0x1000'0000;
inline constexpr uint64_t kBar0Base = 0x4000'0000;

// Registers behind a function's BAR0.
class RegisterFile {
 public:
  virtual ~RegisterFile() = default;
  virtual uint32_t read_register(uint32_t offset) = 0;
  virtual void write_register(uint32_t offset, uint32_t value) = 0;
  // The host has asked for a function-level reset, in configuration space.
  virtual void reset_function() {}
};

// Told that the number of virtual functions in configuration space has changed.
class SriovListener {
 public:
  virtual ~SriovListener() = default;
  virtual void on_vfs_enabled(uint16_t count) = 0;
};

class Endpoint : public sc_core::sc_module, private HostMemory {
 public:
  struct Ports {
    base::EventQueue& events;
    RegisterFile& registers;
    DmaFaultHandler& faults;
    net::Payload payload = net::Payload::kBytes;
  };

  Endpoint(const sc_core::sc_module_name& name, base::StatGroup& parent, const LinkParams& params,
           const ConfigSpace::Identity& identity, const Ports& ports);

  tlm_utils::simple_target_socket<Endpoint> mmio;
  tlm_utils::simple_initiator_socket<Endpoint> dma_socket;

  // A virtual function, numbered in the order of the calls from 1. It answers once it is enabled.
  void add_function(const ConfigSpace::Identity& identity, RegisterFile& registers);
  void set_sriov(SriovListener* listener) { sriov_ = listener; }
  void set_function_map(const FunctionMap* map) { map_ = map; }
  // Whose access the `dma` socket carries, in its call: requester id of the transaction. Not for those that
  // go round it by DMI.
  uint16_t requesting_function() const {
    return map_ == nullptr ? uint16_t{0} : map_->function_of(dma_.requester());
  }
  // A virtual function as it is when it comes up: nothing of configuration space and MSI-X table stays.
  void reset_function(uint16_t function);
  // The firmware lets the first `count` virtual functions answer when the host has enabled them.
  void grant_vfs(uint16_t count) { granted_vfs_ = count; }
  uint16_t granted_vfs() const { return granted_vfs_; }
  uint16_t vfs() const { return std::min(granted_vfs_, functions_[0]->config.vfs_enabled()); }
  // Of a virtual function's statistics.
  base::StatGroup& group(uint16_t function) { return *vf_groups_[function - 1u]; }

  DmaEngine& dma() { return dma_; }
  MsixTable& msix(uint16_t function = 0) { return functions_[function]->msix; }
  ConfigSpace& config(uint16_t function = 0) { return functions_[function]->config; }

  // Reset of the physical function, and with it of the card, by its own register: configuration space and
  // MSI-X table stay.
  void reset();

 private:
  struct Function {
    Function(base::StatGroup& parent, const ConfigSpace::Identity& identity, RegisterFile& file,
             DmaEngine& dma, uint16_t number = 0)
        : config(identity),
          msix(parent, identity.vectors, config, dma, number),
          registers(file),
          bar0_bytes(identity.bar0_bytes) {}
    ConfigSpace config;
    MsixTable msix;
    RegisterFile& registers;
    uint64_t bar0_bytes;
  };
  struct PostedWrite {
    uint64_t sequence = 0;
    uint64_t address = 0;
    uint32_t value = 0;
  };

  void transport(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  void deliver_until(uint64_t sequence);
  void deliver(const PostedWrite& write);
  void write_config(Function& function, uint16_t offset, uint32_t value);
  Function* function_at(uint64_t address) const;
  uint32_t load(uint64_t address);
  bool decodes(uint64_t address) const;
  bool may_decode(uint64_t address) const;  // if its function is on
  bool function_enabled(size_t number) const;

  bool read(uint64_t address, std::span<uint8_t> destination) override;
  bool write(uint64_t address, std::span<const uint8_t> source) override;
  bool read_packet(uint64_t address, std::span<uint8_t> destination, net::Payload payload) override;
  bool write_packet(uint64_t address, std::span<const uint8_t> source, net::Payload payload) override;
  [[gnu::cold]] bool access_host(tlm::tlm_command command, uint64_t address, uint8_t* data, size_t length);
  // Where the host lets the device have its memory directly (TLM-2.0 DMI); null outside.
  uint8_t* direct(uint64_t address, size_t length);
  void invalidate_direct(sc_dt::uint64 first, sc_dt::uint64 last);

  LinkParams params_;
  Ports ports_;
  base::StatGroup& parent_;
  DmaEngine dma_;
  std::vector<std::unique_ptr<Function>> functions_;
  std::vector<std::unique_ptr<base::StatGroup>> vf_groups_;
  SriovListener* sriov_ = nullptr;
  const FunctionMap* map_ = nullptr;
  uint16_t granted_vfs_ = 0;
  base::StatGroup group_;
  base::Counter register_writes_{group_, "register_writes", "access", "Posted writes of the host"};
  base::Counter register_reads_{group_, "register_reads", "access", "Reads of the host"};
  base::Counter bad_accesses_{group_, "bad_accesses", "access",
                              "Accesses refused: size, alignment or address"};
  base::Ring<PostedWrite> posted_;
  uint64_t posted_count_ = 0;
  tlm::tlm_generic_payload payload_;
  tlm::tlm_dmi direct_;
  bool direct_valid_ = false;
};

}  // namespace pspnic::pcie
