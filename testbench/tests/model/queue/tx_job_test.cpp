// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_job.h"

#include <gtest/gtest.h>

#include <set>

namespace pspnic::queue {
namespace {

TEST(TxJobPool, AJobComesBackEmptyAndIsUsedAgain) {
  TxJobPool pool;
  TxJobPtr job = pool.take();
  TxJob* const first = job.get();
  job->queue = job->completion_tag = job->mss = job->header_bytes = job->sa_tag = job->head =
      job->piece_count = 7;
  job->sa_index = job->total_bytes = 7;
  job->tso = job->psp = job->l3_checksum = job->l4_checksum = job->append_icv = job->spi_from_sa =
      job->report_head = true;
  job.reset();

  job = pool.take();
  EXPECT_EQ(job.get(), first);
  EXPECT_EQ(job->queue + job->completion_tag + job->mss + job->header_bytes + job->sa_tag + job->head, 0);
  EXPECT_EQ(job->piece_count + job->sa_index + job->total_bytes, 0u);
  EXPECT_FALSE(job->tso || job->psp || job->l4_checksum || job->append_icv || job->spi_from_sa ||
               job->report_head);
}

TEST(TxJobPool, JobsInUseAreDifferent) {
  TxJobPool pool;
  std::set<TxJob*> seen;
  std::vector<TxJobPtr> jobs;
  for (int i = 0; i < 100; ++i) {
    jobs.push_back(pool.take());
    EXPECT_TRUE(seen.insert(jobs.back().get()).second);
  }
  jobs.clear();
  for (int i = 0; i < 100; ++i) {
    jobs.push_back(pool.take());
    EXPECT_FALSE(seen.insert(jobs.back().get()).second) << "taken from the pool, not made anew";
  }
}

}  // namespace
}  // namespace pspnic::queue
