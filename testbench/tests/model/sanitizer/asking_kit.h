// SPDX-License-Identifier: Apache-2.0
// A whole card, and requests to its firmware once everything has been granted: descriptors 0 to 2 of the
// mailbox are those of the negotiation.
#pragma once

#include "testbench/polling/messages.h"
#include "testbench/tests/model/nic/hostile_bench.h"
#include "testbench/tests/model/sanitizer/card_kit.h"

namespace pspnic::misbehave {

using idpf::Opcode;

constexpr uint32_t kWholeFunction = idpf::kVportNone;

class AskingKit {
 public:
  AskingKit(CardKit& card, bool negotiated)
      : card_(card), mailbox_(card.host(), host::kPhysicalRegisters.mailbox) {
    mailbox_.set_up();
    if (negotiated) mailbox_.negotiate();
  }

  Bytes ask(Opcode opcode, const Bytes& payload) { return mailbox_.call(opcode, payload).payload; }
  template <idpf::WireHeader H>
  Bytes ask(Opcode opcode, const H& header, const std::vector<typename H::Element>& list) {
    return ask(opcode, polling::message(header, list));
  }

  // An SA with a key that no other has.
  idpf::PspTxSa sa(uint32_t index) {
    idpf::PspTxSa sa{.sa_idx = index, .spi = 0x1001, .key_len = 16, .sa_tag = TxKit::kTag};
    sa.key.fill(++keys_);
    return sa;
  }
  void add(const idpf::PspTxSa& sa) {
    ask(Opcode::kPspAddTxSa, idpf::PspTxSaList{.vport_id = kWholeFunction, .num_sa = 1}, {sa});
  }
  void del(const std::vector<idpf::PspTxSaId>& list) {
    ask(Opcode::kPspDelTxSa, idpf::PspTxSaDel{kWholeFunction, 0, static_cast<uint16_t>(list.size())}, list);
  }
  // CONFIG_TX_QUEUES for the one completion queue of a vport.
  void configure(uint64_t ring_offset, uint16_t ring_length) {
    const idpf::CreateVport wanted{.txq_model = idpf::QueueModel::kSplit,
                                   .rxq_model = idpf::QueueModel::kSplit,
                                   .num_tx_q = 1,
                                   .num_tx_complq = 1,
                                   .num_rx_q = 1,
                                   .num_rx_bufq = 2};
    ask(Opcode::kCreateVport, polling::bytes_of(wanted));
    const idpf::TxqInfo queue{.dma_ring_addr = card_.host().allocate(65536, 4096).iova + ring_offset,
                              .type = idpf::QueueType::kTxCompletion,
                              .model = idpf::QueueModel::kSplit,
                              .sched_mode = idpf::SchedMode::kFlow,
                              .ring_len = ring_length};
    ask(Opcode::kConfigTxQueues, idpf::ConfigTxQueues{.num_qinfo = 1}, {queue});
  }
  CardKit& card() { return card_; }
  nic::RawMailbox& mailbox() { return mailbox_; }

 private:
  CardKit& card_;
  nic::RawMailbox mailbox_;
  uint8_t keys_ = 0;
};

// What was reported when `play` had asked.
template <class Play>
Violations asking(Play play, bool negotiated = true, const nic::NicParams& params = strict_card()) {
  CardKit card(params);
  return card.play([&](CardKit& kit) {
    AskingKit asker(kit, negotiated);
    play(asker);
  });
}

}  // namespace pspnic::misbehave
