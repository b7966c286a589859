// SPDX-License-Identifier: Apache-2.0
// A scripted peer whose host has a PSP device that is made of numbers: it counts SPIs, remembers keys, and
// fails when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "testbench/tcp/psp_netlink.h"
#include "testbench/tests/testbench/tcp/scripted_peer.h"

namespace pspnic::tcp {

class NumberedPsp {
 public:
  host::PspDeviceOps ops() {
    host::PspDeviceOps ops;
    ops.set_config = [this](uint32_t versions) {
      ++configs;
      enabled = versions;
      return error;
    };
    ops.key_rotate = [this](uint8_t& next) {
      if (error != host::PspErrno::kOk) return error;
      generation = next;
      phase ^= 0x8000'0000;
      return error;
    };
    ops.rx_spi_alloc = [this](psp::Version version, host::RxSa& out) {
      if (error != host::PspErrno::kOk) return error;
      if (during_alloc) during_alloc();
      out.spi = phase | ++last_spi;
      out.version = version;
      out.generation = tells_generation ? generation : host::kPspGenerationUnknown;
      out.key = key_of(out.spi, version);
      return error;
    };
    ops.tx_key_add = [this](const host::TxSaRequest& request, host::SaHandle& out) {
      if (error != host::PspErrno::kOk) return error;
      if (during_add) during_add();
      out = {++last_slot, static_cast<uint16_t>(last_slot * 3)};
      keys[out.index] = request.spi;
      return error;
    };
    ops.tx_key_del = [this](const host::SaHandle& handle) { EXPECT_EQ(keys.erase(handle.index), 1u); };
    ops.get_stats = [this](host::PspDeviceCounters& out) {
      out = {1, 2, 3, 4, 5, 6, 7, leaves_out ? host::PspDeviceCounters::kUntouched : 8};
      return error;
    };
    ops.watch_transmit = [this] { return [this, mark = posted] { return completed >= mark; }; };
    return ops;
  }
  static psp::SessionKey key_of(uint32_t spi, psp::Version version) {
    return psp::SessionKey(std::vector<uint8_t>(psp::key_bytes(version), static_cast<uint8_t>(spi)));
  }

  host::PspErrno error = host::PspErrno::kOk;
  std::function<void()> during_alloc;
  std::function<void()> during_add;
  bool tells_generation = true;
  bool leaves_out = false;
  uint8_t generation = 0;
  uint32_t phase = 0;
  uint32_t last_spi = 0;
  uint32_t last_slot = 0;
  uint32_t enabled = 0;
  unsigned configs = 0;
  uint64_t posted = 0;
  uint64_t completed = 0;
  std::map<uint32_t, uint32_t> keys;  // slot -> SPI
};

class PspPeer : public ScriptedPeer {
 public:
  static constexpr uint32_t kPeerSpi = 0x0077'0001;  // what the peer receives under
  static constexpr uint32_t kVersions = 0x3;

  explicit PspPeer(const PspNetlinkOptions& options = {}, const host::PspCoreOptions& core_options = {},
                   bool v6 = false)
      : ScriptedPeer(v6), core(core_options), netlink(core, options) {
    add_device();
  }
  // It becomes the one that the way out belongs to.
  void add_device() {
    host::PspErrno error = host::PspErrno::kOk;
    device = core.add({kVersions}, psp.ops(), psp.generation, error);
    ASSERT_EQ(error, host::PspErrno::kOk);
    endpoint.set_psp_device(device->id());
  }
  host::PspResult rx_assoc(psp::Version version = psp::Version::kAesGcm128) {
    return netlink.rx_assoc(connection, {}, version, rx);
  }
  static host::TxSaRequest key(uint32_t spi = kPeerSpi, psp::Version version = psp::Version::kAesGcm128) {
    return {spi, version, NumberedPsp::key_of(spi, version)};
  }
  host::PspResult tx_assoc(uint32_t spi = kPeerSpi) { return netlink.tx_assoc(connection, {}, key(spi)); }
  // Both, and the peer has not been heard.
  void upgrade() {
    ASSERT_TRUE(rx_assoc().ok());
    ASSERT_TRUE(tx_assoc().ok());
    advance(0);
  }
  // What is given next comes under the association.
  void seal() { under = connection->psp()->association()->rx; }
  void clear() { under.reset(); }
  PspState psp_state() const { return connection->psp_state(); }
  const PspCounters& counters() const { return endpoint.psp_counters(); }

  NumberedPsp psp;
  host::PspCore core;
  PspNetlink netlink;
  std::shared_ptr<host::PspDevice> device;
  PspRxReply rx;
};

}  // namespace pspnic::tcp
