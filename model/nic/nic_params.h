// SPDX-License-Identifier: Apache-2.0
// All parameters of one card.
#pragma once

#include "firmware/hardware.h"
#include "model/control/config_queue.h"
#include "model/control/control_processor.h"
#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"
#include "model/crypto/sa_cache.h"
#include "model/flow/flow_table.h"
#include "model/mac/flow_control.h"
#include "model/mac/mac.h"
#include "model/pcie/link.h"
#include "model/psp/engine.h"
#include "model/queue/rx_queues.h"
#include "model/queue/tx_queues.h"
#include "model/rx/pipeline.h"
#include "model/sanitizer/sanitizer_params.h"
#include "model/tx/tx_params.h"

namespace pspnic::nic {

struct CryptoParams {
  enum class Engine { kOpenssl, kIpsecMb, kRtl };
  Engine engine = Engine::kOpenssl;
  crypto::GcmParams gcm;
  crypto::KdfParams kdf;
  crypto::SaCacheParams sa_cache;
  base::Duration iv_epoch{0};

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("engine", engine,
             {{"openssl", Engine::kOpenssl}, {"ipsec_mb", Engine::kIpsecMb}, {"rtl", Engine::kRtl}},
             "What computes the bytes; neither bytes nor times depend on it", "OpenSSL is the reference",
             base::ParamScope::kMachine);
    v.group("gcm", gcm);
    v.group("kdf", kdf);
    v.group("sa_cache", sa_cache);
    v.value("iv_epoch", iv_epoch, base::Duration{0}, base::Duration{~uint64_t{0}},
            "Where the device clock that makes IVs starts; it counts modulo 2^64",
            "A run begins at 0; another value shows a card that ran before");
  }
};

// The engine of that name. Throws ConfigError when this program has none: some need a library, others are
// added by the program.
const psp::Engine& engine_of(const CryptoParams& params);

struct DeviceParams {
  uint16_t queues = 16;
  uint16_t vports = 1;
  uint16_t vectors = 65;
  unsigned sa_slots = 65536;
  unsigned spi_count = 0x3fffffff;
  base::Duration reset_time{10 * base::kUs};
  base::Duration reset_limit{90 * base::kMs};
  // What functions share a key domain.
  enum class KeyDomains { kDevice, kFunction, kGroup };
  KeyDomains key_domain = KeyDomains::kDevice;
  uint16_t key_group_size = 4;
  uint16_t vfs = 0;
  uint16_t vf_queues = 2;
  uint16_t vf_vports = 1;
  uint16_t vf_vectors = 17;
  unsigned vf_sa_slots = 4096;
  unsigned vf_spi_count = 1u << 20;
  bool vf_rotation_authority = false;
  bool vf_trust = false;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("queues", queues, uint16_t{1}, uint16_t{256},
            "Transmit queues; as many receive queues, two buffer queues each",
            "Intel idpf asks for 16 by default");
    v.value("vports", vports, uint16_t{1}, uint16_t{16}, "Vports that the physical function may create",
            "Assumed");
    v.value("vectors", vectors, uint16_t{2}, uint16_t{2048},
            "Interrupt vectors, the mailbox's included; at least one more than queues",
            "DPDK 22.11 counts one off at each start of a port and none back: 64 starts");
    v.value(
        "sa_slots", sa_slots, 1u, 16777216u,
        "Transmit SAs of the card; the descriptor's field has 24 bits. Virtual functions have their part of "
        "them",
        "Assumed: 64 K on-chip slots");
    v.value("spi_count", spi_count, 1u, 0x3fffffffu,
            "SPIs the card may hand out under one device key. Virtual functions have their part of them",
            "Half of PSP's 31 bits: the two cards of a bench have ranges of their own, so that one key log "
            "serves both directions");
    v.value(
        "reset_time", reset_time, base::Duration{1 * base::kNs}, base::Duration{1 * base::kSec},
        "From the reset of a function to RSTAT complete; of a virtual one longer if packets are under way",
        "Assumed; drivers poll in steps of 5 ms and more");
    v.value("reset_limit", reset_limit, base::Duration{1 * base::kUs}, base::Duration{1 * base::kSec},
            "After so long the reset of a virtual function drops what waits for the wire, held by the peer",
            "PCI Express gives a function-level reset 100 ms; reads under way then still have to end");
    v.choice(
        "key_domain", key_domain,
        {{"device", KeyDomains::kDevice}, {"function", KeyDomains::kFunction}, {"group", KeyDomains::kGroup}},
        "Which functions share device keys: all, none, or each group of so many by their numbers",
        "PSP specification: one pair of device keys a NIC; several domains are left to the product");
    v.value("key_group_size", key_group_size, uint16_t{1}, uint16_t{64}, "Functions of a group", "Assumed");
    const char* assumed = "Assumed: a small part of the card";
    v.value("vfs", vfs, uint16_t{0}, uint16_t{16},
            "Virtual functions (8086:145C) that the physical one may enable by SR-IOV",
            "Off unless asked for");
    v.value("vf_queues", vf_queues, uint16_t{1}, uint16_t{16},
            "Queues of each, beside those of the physical function", assumed);
    v.value("vf_vports", vf_vports, uint16_t{1}, uint16_t{4}, "Vports that each may create", assumed);
    v.value("vf_vectors", vf_vectors, uint16_t{2}, uint16_t{65},
            "Interrupt vectors of each, the mailbox's included; at least one more than queues",
            "IDPF: 64 queue vectors have registers in the first ranges");
    v.value("vf_sa_slots", vf_sa_slots, 1u, 1048576u, "Transmit SAs of each, of the card's", assumed);
    v.value("vf_spi_count", vf_spi_count, 1u, 16777216u, "SPIs of each, of the card's", assumed);
    v.value("vf_rotation_authority", vf_rotation_authority,
            "Virtual functions may rotate device keys that they share; their own they always may",
            "Off: two rotations end every association of the others");
    v.value(
        "vf_trust", vf_trust,
        "Virtual functions may be promiscuous and take any unicast address; else only those they were given",
        "Off, as in Linux (ip link set vf trust): one could read what is for another");
  }
};

// ConfigError unless virtual functions leave SA slots and SPIs to the physical one.
void check(const DeviceParams& params);

// Departures from the specification that a certain driver needs. Off unless asked for.
struct QuirkParams {
  bool complete_every_descriptor = false;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("complete_every_descriptor", complete_every_descriptor,
            "Split transmit queues report each data descriptor's tag, not only that of the packet's last",
            "DPDK 22.11 gives each buffer of a packet a tag and frees one buffer a completion; with one "
            "completion a packet, as IDPF has it, it loses the others");
  }
};

struct NicParams {
  DeviceParams device;
  pcie::LinkParams pcie;
  queue::TxQueueParams tx_queue;
  queue::RxQueueParams rx_queue;
  tx::TxParams tx;
  CryptoParams crypto;
  flow::FlowParams flow;
  mac::MacParams mac;
  mac::FlowControlParams flow_control;
  rx::RxParams rx;
  control::ControlParams control;
  control::MailboxParams mailbox;
  control::ConfigQueueParams config_queue;
  QuirkParams quirks;
  sanitizer::SanitizerParams sanitizer;
  net::Payload payload = net::Payload::kBytes;  // as the bench has it for all cards; not described here

  template <class Visitor>
  void describe(Visitor& v) {
    v.group("device", device);
    v.group("pcie", pcie);
    v.group("tx_queue", tx_queue);
    v.group("tx", tx);
    v.group("crypto", crypto);
    v.group("flow", flow);
    v.group("mac", mac);
    v.group("flow_control", flow_control);
    v.group("rx", rx);
    v.group("rx_queue", rx_queue);
    v.group("control", control);
    v.group("mailbox", mailbox);
    v.group("config_queue", config_queue);
    v.group("quirks", quirks);
    v.group("sanitizer", sanitizer);
  }
};

// What computes the bytes of a card, if any are computed.
inline const psp::Engine& engine_of(const NicParams& params) {
  return params.payload == net::Payload::kLengths ? psp::stand_in_engine() : engine_of(params.crypto);
}

}  // namespace pspnic::nic
