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
  ListMessage(ListMessage&&) = default;  // what it leaves is empty
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

// A message of `count` entries; of(i) is what entry i is made of.
template <idpf::WireHeader H, class Of>
ListMessage<H> list_message(H header, size_t count, Of of) {
  header.num_sa = static_cast<uint16_t>(count);
  ListMessage<H> message(header, count);
  for (size_t i = 0; i < count; ++i) {
    const net::Wiped<typename H::Element> element{of(i)};
    message.set(i, element.value);
  }
  return message;
}

inline ListMessage<idpf::PspRxSaList> alloc_message(uint32_t vport_id, psp::Version version, size_t count) {
  idpf::PspRxSaList list{.vport_id = vport_id, .version = static_cast<uint8_t>(version)};
  return list_message(list, count, [](size_t) { return idpf::PspRxSa{}; });
}

// of(i): an RxSaRecord.
template <class Of>
ListMessage<idpf::PspRxSaList> free_message(uint32_t vport_id, size_t count, Of of) {
  return list_message(idpf::PspRxSaList{.vport_id = vport_id}, count, [&](size_t i) {
    const RxSaRecord sa = of(i);
    return idpf::PspRxSa{.spi = sa.spi, .generation = sa.generation};
  });
}

// of(i): a TxSaRequest, which is not copied. Its tag is `first_tag` + i.
template <class Of>
ListMessage<idpf::PspTxSaList> add_message(uint32_t vport_id, uint16_t first_tag, size_t count, Of of) {
  return list_message(idpf::PspTxSaList{.vport_id = vport_id}, count, [&](size_t i) {
    const TxSaRequest& request = of(i);
    return tx_sa_record(request, static_cast<uint16_t>(first_tag + i));
  });
}

// of(i): a SaHandle.
template <class Of>
ListMessage<idpf::PspTxSaDel> delete_message(uint32_t vport_id, size_t count, Of of) {
  return list_message(idpf::PspTxSaDel{.vport_id = vport_id}, count, [&](size_t i) {
    const SaHandle handle = of(i);
    return idpf::PspTxSaId{handle.index, handle.tag, 0};
  });
}

// What is wrong with a reply, with its entry, or with what it gives; empty: nothing.

std::string too_short(size_t bytes, size_t count);

// It must have at least `count` entries.
template <idpf::WireHeader H>
std::string size_fault(const MailboxReply& reply, size_t count) {
  if (idpf::holds_elements<H>(reply.payload, count)) return {};
  return too_short(reply.payload.size(), count);
}

// The entry has this status.
std::string entry_fault(size_t index, uint32_t status);

// An SA given to who has these.
std::string rx_sa_fault(const idpf::PspRxSa& sa, psp::Version version, const RxSaRegistry& registry);

// An SA added to a table of `slots` (0: unknown), which shall have this tag.
std::string tx_sa_fault(const idpf::PspTxSa& sa, uint16_t tag, uint32_t slots);

// What a reply to PSP_ALLOC_RX_SA gives: its first `count` entries; `status` says why the next is not given.
struct RxSaGrant {
  size_t count = 0;
  uint32_t status = 0;  // 0: nothing is said
  std::string fault;    // of the whole reply
};
RxSaGrant rx_sas_granted(const MailboxReply& reply, size_t asked);

// Of an entry of PSP_FREE_RX_SA: a rotation has ended the key, and the SA with it.
inline bool ended_with_its_key(uint32_t status) {
  return status == idpf::entry_status(idpf::Status::kPspStaleGeneration);
}

RxSa rx_sa_of(const idpf::PspRxSa& sa, psp::Version version);

}  // namespace pspnic::host
