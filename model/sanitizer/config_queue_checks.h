// SPDX-License-Identifier: Apache-2.0
// Config queues: what their commands are refused for. What is used up, or still needed by packets, breaks no
// rule.
#pragma once

#include <cstdint>
#include <optional>

#include "firmware/refusal.h"
#include "model/idpf/psp_config_queue.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class ConfigQueueChecks {
 public:
  explicit ConfigQueueChecks(Reporter& reporter) : reporter_(reporter) {}

  void refused(base::Site site, uint16_t index, std::optional<size_t> record, idpf::ConfigQueueStatus status,
               const firmware::Reason& why);

 private:
  Reporter& reporter_;
};

}  // namespace pspnic::sanitizer
