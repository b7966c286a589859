// SPDX-License-Identifier: Apache-2.0
// Puts the descriptors of a split transmit queue together to packets, and says which rule one breaks. A
// packet is at most one context descriptor (TSO, or PSP with or without TSO) and data descriptors, the last
// with EOP.
#pragma once

#include <cstdint>
#include <utility>

#include "model/idpf/tx_descriptors.h"
#include "model/queue/tx_job.h"

namespace pspnic::queue {

struct DescriptorResult {
  const char* rule = nullptr;  // broken rule; null: none
  const char* field = "";
  uint64_t seen = 0;
  bool packet_complete = false;  // finish() gives it
};

class TxDescriptorReader {
 public:
  explicit TxDescriptorReader(bool psp_allowed = false) : psp_allowed_(psp_allowed) {}

  bool in_packet() const { return job_ != nullptr; }
  void begin(TxJobPtr job, uint16_t queue);
  // `next_index`: ring index behind this descriptor. After a broken rule the reader is of no use.
  DescriptorResult take(idpf::TxDescriptorIn descriptor, uint16_t next_index);
  TxJobPtr finish() { return std::move(job_); }

 private:
  DescriptorResult take_tso(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_psp(idpf::TxDescriptorIn descriptor);
  DescriptorResult take_data(idpf::TxDescriptorIn descriptor, uint16_t next_index);
  DescriptorResult check_tso(uint16_t mss, uint8_t header_length);

  bool psp_allowed_;
  bool context_ = false;
  TxJobPtr job_;
};

}  // namespace pspnic::queue
