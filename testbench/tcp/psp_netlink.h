// SPDX-License-Identifier: Apache-2.0
// What a process asks of the host's PSP: the commands of Linux's "psp" netlink family, with the errors of
// its specification. A reply is filled in when the result is good.
//
// rx_assoc, tx_assoc, dev_set, key_rotate and get_stats are scripts: the device may take its time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "testbench/host/psp_device.h"
#include "testbench/tcp/connection.h"

namespace pspnic::tcp {

struct PspDeviceReply {
  uint16_t id = 0;
  uint32_t versions = 0;
  uint32_t versions_enabled = 0;
};

struct PspStatsReply {
  host::PspCoreCounters core;
  bool has_tx_keys = false;  // core.tx_keys is shown only by devices with key operations
  host::PspDeviceCounters device;
};

// SPI and key are for the peer.
struct PspRxReply {
  uint16_t device = 0;
  uint32_t spi = 0;
  psp::SessionKey key;
};

struct PspNetlinkOptions {
  // A second rx-assoc or tx-assoc in PSP Full is a rekey, as proposed for Linux; off: EBUSY.
  bool rekey = false;
};

class PspNetlink {
 public:
  explicit PspNetlink(host::PspCore& core, const PspNetlinkOptions& options = {})
      : core_(core), options_(options) {}

  std::vector<PspDeviceReply> dev_dump() const;
  host::PspResult dev_get(uint16_t device, PspDeviceReply& reply) const;
  // `admin`: the caller may set up the network.
  host::PspResult dev_set(bool admin, uint16_t device, std::optional<uint32_t> versions);
  host::PspResult key_rotate(bool admin, uint16_t device);
  host::PspResult get_stats(uint16_t device, PspStatsReply& reply);

  // Of a socket; null: of one that is not TCP. Without a device that of its route.
  host::PspResult rx_assoc(Connection* socket, std::optional<uint16_t> device, psp::Version version,
                           PspRxReply& reply);
  host::PspResult tx_assoc(Connection* socket, std::optional<uint16_t> device,
                           const host::TxSaRequest& request);

 private:
  std::shared_ptr<host::PspDevice> find(uint16_t device, host::PspResult& result) const;
  std::shared_ptr<host::PspDevice> find(const Connection* socket, std::optional<uint16_t> device,
                                        host::PspResult& result) const;
  host::PspResult may_attach(const Connection& socket, const host::PspAssociation& fresh) const;
  host::PspResult may_upgrade(Connection& socket, const host::PspDevice& device,
                              const host::TxSaRequest& request) const;

  host::PspCore& core_;
  const PspNetlinkOptions options_;
};

}  // namespace pspnic::tcp
