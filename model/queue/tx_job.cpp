// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_job.h"

namespace pspnic::queue {

void TxJob::clear() {
  queue = completion_tag = mss = header_bytes = sa_tag = head = descriptor_count = piece_count = 0;
  sa_index = total_bytes = 0;
  sa = nullptr;
  sa_ticket = 0;
  tso = psp = inline_key = device_built = l3_checksum = l4_checksum = append_icv = spi_from_sa = report_head =
      false;
}

void TxJobReturn::operator()(TxJob* job) const {
  if (job->key.size != 0) job->key.wipe();
  pool->free_.push_back(job);
}

TxJobPtr TxJobPool::take() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<TxJob>());
    free_.push_back(all_.back().get());
  }
  TxJob* job = free_.back();
  free_.pop_back();
  job->clear();
  return TxJobPtr(job, TxJobReturn{this});
}

}  // namespace pspnic::queue
