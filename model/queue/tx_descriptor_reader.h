// SPDX-License-Identifier: Apache-2.0
// Puts the descriptors of a transmit queue together to packets, and says which rule one breaks. A packet is
// at most one context descriptor and data descriptors, the last with EOP.
//
//           context                              data
//   split   TSO (DTYPE 5), PSP (16, which two    flow scheduling (12)
//           or three of key, 17, may follow)
//   single  base (DTYPE 1), TSO (5)              base (0), flex (3), also mixed
#pragma once

#include <cstdint>
#include <utility>

#include "model/base/driver_rules.h"
#include "model/idpf/tx_descriptors.h"
#include "model/idpf/tx_single.h"
#include "model/queue/tx_job.h"

namespace pspnic::queue {

struct DescriptorResult {
  const base::RuleInfo* rule = nullptr;  // broken rule; null: none
  const char* field = "";
  uint64_t seen = 0;
  bool packet_complete = false;  // finish() gives it
};

// What has been granted to a queue.
struct TxDescriptorRules {
  bool psp = false;                // DTYPE 16
  bool key_in_descriptor = false;  // and DTYPE 17
  idpf::QueueModel model = idpf::QueueModel::kSplit;
  // The SA slots of the queue's function, as part of the device's table.
  uint32_t sa_first = 0;
  uint32_t sa_count = ~uint32_t{0};
};

class TxDescriptorReader {
 public:
  explicit TxDescriptorReader(const TxDescriptorRules& rules = {}) : rules_(rules) {}

  bool in_packet() const { return job_ != nullptr; }
  // The next descriptor should have a part of a key in it.
  bool key_due() const { return key_due_; }
  void begin(TxJobPtr job, uint16_t queue);
  // `index`: of this descriptor in the ring; `next_index`: of the one behind it. After a broken rule the
  // reader is of no use.
  DescriptorResult take(idpf::TxDescriptorIn descriptor, uint16_t index, uint16_t next_index);
  TxJobPtr finish() { return std::move(job_); }

 private:
  DescriptorResult take_split(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_single(idpf::TxDescriptorIn descriptor, uint16_t index);
  DescriptorResult take_tso(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_psp(idpf::TxDescriptorIn descriptor);
  DescriptorResult check_key_source(const idpf::PspContextDescriptor& context) const;
  DescriptorResult take_key(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_base_context(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_flow_data(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_base_data(idpf::TxDescriptorIn descriptor, uint16_t index);
  DescriptorResult take_flex_data(idpf::TxDescriptorIn descriptor, uint16_t index);
  DescriptorResult begin_context(uint8_t dtype);
  DescriptorResult check_tso(uint16_t mss, uint32_t header_length);
  DescriptorResult add_piece(const DataPiece& piece, bool eop);
  DescriptorResult check_packet() const;

  TxDescriptorRules rules_;
  bool context_ = false;
  bool key_due_ = false;  // descriptors of a key must follow
  uint8_t key_descriptors_ = 0;
  bool header_length_due_ = false;  // a base TSO context leaves it to the first base data descriptor
  TxJobPtr job_;
};

}  // namespace pspnic::queue
