// SPDX-License-Identifier: Apache-2.0
// PSP messages as a driver writes and reads them, whoever sends them and however he waits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "model/net/wipe.h"
#include "testbench/host/driver.h"
#include "testbench/host/mailbox.h"
#include "testbench/host/sa_registry.h"

namespace pspnic::host {

// A message of a header and zeroed elements, wiped when it dies.
template <idpf::WireHeader H>
struct ListMessage {
  std::vector<uint8_t> bytes;

  ListMessage(const H& header, size_t count) : bytes(idpf::message_size<H>(count)) {
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  ListMessage(const ListMessage&) = delete;
  ListMessage& operator=(const ListMessage&) = delete;
  ~ListMessage() { net::wipe(bytes); }

  void set(size_t index, const typename H::Element& element) {
    std::memcpy(bytes.data() + idpf::element_offset<H>(index), &element, sizeof element);
  }
};

// Of a message that has it. The caller's is the only copy, for it may hold a key.
template <idpf::WireHeader H>
typename H::Element list_element(const MailboxReply& reply, size_t index) {
  typename H::Element value;
  std::memcpy(&value, reply.payload.data() + idpf::element_offset<H>(index), sizeof value);
  return value;
}

// The record of PSP_ADD_TX_SA and of a config queue; the device chooses the slot.
idpf::PspTxSa tx_sa_record(const TxSaRequest& request, uint16_t tag);

// What is wrong with an SA that the device has given to who has these; empty: nothing.
std::string rx_sa_fault(const idpf::PspRxSa& sa, psp::Version version, const RxSaRegistry& registry);

RxSa rx_sa_of(const idpf::PspRxSa& sa, psp::Version version);

}  // namespace pspnic::host
