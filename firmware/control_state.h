// SPDX-License-Identifier: Apache-2.0
// All that the control plane remembers of its function between two messages.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firmware/digest.h"
#include "firmware/hardware.h"
#include "firmware/key_domain.h"
#include "firmware/queue_table.h"
#include "firmware/tx_sa_table.h"
#include "firmware/vector_table.h"
#include "model/idpf/psp_ext.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/virtchnl2.h"

namespace pspnic::firmware {

inline constexpr uint16_t kRssKeyBytes = 52;
inline constexpr uint16_t kRssLutEntries = 64;
inline constexpr uint64_t kRxDescIds = uint64_t{1}
                                       << idpf::kRxdidFlex;  // the completions offered, both models

struct Vport {
  VportContext context;  // as last written to the hardware
  idpf::QueueModel tx_model = idpf::QueueModel::kSplit;
  idpf::QueueModel rx_model = idpf::QueueModel::kSplit;
  std::array<uint32_t, kRssLutEntries> rss_lut{};  // Rx queues, counted within the vport
  VportCounters counters_at_creation;
  bool destroying = false;  // its queues and frames drain; it is gone when they have
};

struct PspState {
  bool configured = false;  // PSP_SET_CONFIG was accepted: events may be sent
  idpf::PspConfig config;
  std::array<PspCounters, 2> counters_at_clear;  // by origin: neither clears the other's
  bool spi_low_told = false;                     // once a generation
  bool spi_exhausted_told = false;
  std::optional<uint64_t> rotated_ps;  // by the driver, last
};

// Work of the hardware that a reply waits for. At most one of the lists is used.
struct HardwareWork {
  std::vector<QueueRef> queues;           // disable
  TxSaErase sas;                          // erase
  std::optional<uint32_t> destroy_vport;  // when these, all that it has, are idle, and its frames gone
};

// What a command leads to.
struct Answer {
  uint64_t token = 0;  // in order of the requests
  Origin origin = Origin::kFunction;
  bool fenced = false;                    // waits for the earlier requests of its mailbox
  std::optional<MailboxMessage> reply{};  // none: it would say nothing new, and was not wanted then
  std::vector<MailboxMessage> events{};   // right behind the reply
};

struct PendingReply {
  HardwareWork work;
  Answer answer;
};

struct ControlState {
  ControlState(const Hardware& hardware, KeyDomain::Member& keys_of_domain)
      : vports(hardware.limits().vports),
        queues(hardware.limits()),
        vectors(hardware.limits().vectors),
        keys(keys_of_domain),
        tx_sas(hardware) {}

  bool version_agreed = false;
  std::optional<idpf::GetCapabilities> caps;  // the last reply to GET_CAPS
  uint64_t oem_caps = 0;                      // granted

  std::vector<std::optional<Vport>> vports;  // by vport id
  QueueTable queues;
  VectorTable vectors;
  KeyDomain::Member& keys;
  TxSaTable tx_sas;
  PspState psp;
  std::map<uint64_t, PendingReply> pending;  // by token
  std::deque<Answer> fenced;                 // done, and waiting for earlier ones

  bool has(uint64_t other_cap) const { return caps && (caps->other_caps & other_cap) != 0; }
  bool has_oem(uint64_t cap) const { return (oem_caps & cap) != 0; }
  bool any_vport() const;
  // SAs or configuration that rest on the negotiated PSP capabilities.
  bool psp_in_use() const {
    return psp.configured || queues.any(QueueKind::kConfigTx) || queues.any(QueueKind::kConfigRx) ||
           tx_sas.used_by(Origin::kFunction) != 0 || keys.in_use(Origin::kFunction) != 0;
  }
  // It then outlives resets of the function, and device keys are its to rotate.
  bool management_holds(const Hardware& hardware) const {
    // An erase that it waits for may have ended with the reset.
    const bool waits = std::any_of(pending.begin(), pending.end(), [](const auto& entry) {
      return entry.second.answer.origin == Origin::kManagement;
    });
    return waits || keys.in_use(Origin::kManagement) != 0 || tx_sas.used_by(Origin::kManagement) != 0 ||
           hardware.flow_count() != 0;
  }

  uint64_t digest() const;
};

}  // namespace pspnic::firmware
