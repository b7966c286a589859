// SPDX-License-Identifier: Apache-2.0
// Who looks on while a driver uses queues and vectors, and changes nothing: the sanitizer. The blocks tell it
// what the driver did before they act on it, and what they told the driver. Null when off.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "model/base/driver_rules.h"
#include "model/base/violation.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/queue/tx_job.h"

namespace pspnic::queue {

// What is wrong with a packet whose descriptors were taken, for reports.
struct TxFault {
  base::DriverRule rule = base::DriverRule::kCount;
  uint16_t index = 0;  // in the ring, of the descriptor to look at
  std::string field;
  std::string seen;
  std::string expected;
};

class QueueWatch {
 public:
  struct Ring {
    base::Site site;
    uint64_t address = 0;
    uint32_t length = 0;  // descriptors
    uint32_t descriptor_bytes = 0;
    uint32_t buffer_bytes = 0;  // of the buffers that it hands over; 0: none
    idpf::QueueModel model = idpf::QueueModel::kSplit;
  };

  virtual ~QueueWatch() = default;

  virtual void on_ring_configured(const Ring& ring) = 0;
  virtual void on_ring_enabled(base::Site site) = 0;
  // What was in it is the driver's again.
  virtual void on_ring_ended(base::Site site) = 0;
  virtual void on_tail(base::Site site, uint32_t value, bool enabled) = 0;

  virtual void on_tx_descriptor(uint16_t queue, uint16_t index, std::span<const uint8_t> descriptor) = 0;
  // All descriptors of a packet are there.
  virtual void on_tx_packet(const TxJob& job) = 0;
  // The driver is told, or would have been had it asked for it, that the packet's buffers are free.
  virtual void on_tx_reported(const TxJob& job) = 0;
  // `begun`: descriptors of a packet whose end has not come.
  virtual void on_tx_disabled(uint16_t queue, unsigned begun) = 0;
  // A packet was dropped because of a rule; the queue goes on.
  virtual void on_tx_dropped(const TxJob& job, const TxFault& fault) = 0;
  // A packet has been sealed under this key.
  virtual void on_sealed(std::span<const uint8_t> key, uint64_t iv) = 0;

  virtual void on_buffer_posted(base::Site ring, uint16_t index, std::span<const uint8_t> descriptor) = 0;
  virtual void on_buffer_used(base::Site ring, uint16_t index) = 0;
  // A packet found none.
  virtual void on_no_buffer(base::Site ring) = 0;

  // There is something for the driver; `enabled`: INTENA is set.
  virtual void on_cause(uint16_t vector, bool enabled) = 0;
  virtual void on_fired(uint16_t vector) = 0;
  virtual void on_vector_written(uint16_t vector, uint32_t value) = 0;
  // 0xffff: to none any more.
  virtual void on_vector_mapped(base::Site ring, uint16_t vector) = 0;
  // What the driver hands over in `ring` is answered in another one.
  virtual void on_ring_answered(base::Site ring, base::Site by) = 0;
  // `count` vectors from `first` on are as at power-on.
  virtual void on_vectors_reset(uint16_t first, uint16_t count) = 0;
};

}  // namespace pspnic::queue
