// SPDX-License-Identifier: Apache-2.0
// What became of the packets that receive queues were given.
#pragma once

#include <vector>

#include "model/queue/rx_queues.h"

namespace pspnic::queue {

struct Placement : RxPlacement {
  std::vector<Receipt> placed;
  std::vector<base::DropReason> refused;
  void on_placed(const Receipt& receipt, base::Time) override { placed.push_back(receipt); }
  void on_refused(const Receipt&, base::DropReason reason) override { refused.push_back(reason); }
};

}  // namespace pspnic::queue
