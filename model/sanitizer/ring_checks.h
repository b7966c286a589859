// SPDX-License-Identifier: Apache-2.0
// Rings: where they lie, what their tails hand over, and the buffers of receive rings.
//
// The device ends with descriptors in the order of their ring, so those it still has stand between the first
// one not ended and the tail, and a tail that passes the former has written over some.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/queue/queue_watch.h"
#include "model/sanitizer/alarm.h"
#include "model/sanitizer/buffer_map.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class RingChecks {
 public:
  using Ring = queue::QueueWatch::Ring;

  // Whose a ring is; rings and buffers of different functions do not overlap.
  using FunctionOf = std::function<uint16_t(base::Site)>;

  // Without `function_of` all are of one.
  RingChecks(Reporter& reporter, base::Time buffer_timeout, FunctionOf function_of = {});

  void configured(const Ring& ring);
  // A ring without tails or buffers to look at: those of mailboxes and config queues.
  void placed(const Ring& ring);
  void enabled(base::Site site);
  void ended(base::Site site);
  void tail(base::Site site, uint32_t value, bool enabled);
  // All descriptors in front of `index` are the driver's again.
  void done(base::Site site, uint32_t index);

  void buffer_posted(base::Site site, uint16_t index, std::span<const uint8_t> descriptor);
  void buffer_used(base::Site site, uint16_t index);
  void no_buffer(base::Site site);
  // Nothing happens any more: what is open will not end.
  void end() { look(true); }
  void reset();

  // 0: the site has no ring.
  uint32_t length(base::Site site) const;
  idpf::QueueModel model(base::Site site) const;

 private:
  struct Posted {
    uint64_t address = 0;
    uint16_t id = 0;
    bool held = false;
  };
  struct State {
    Ring ring;
    uint16_t function = 0;
    bool enabled = false;
    uint32_t first = 0;  // not ended
    uint32_t tail = 0;
    base::Time empty_since = 0;
    Lapse starving;               // empty, and a packet has come
    std::vector<Posted> buffers;  // by index; of a ring that hands over some
    std::vector<bool> ids;        // in use

    uint64_t end() const { return ring.address + uint64_t{ring.length} * ring.descriptor_bytes; }
    uint32_t held() const { return (tail + ring.length - first) % ring.length; }
    bool has_ids() const { return ring.model == idpf::QueueModel::kSplit; }
  };

  State* find(base::Site site);
  const State* find(base::Site site) const { return const_cast<RingChecks*>(this)->find(site); }
  uint16_t function_of(base::Site site) const { return function_of_ ? function_of_(site) : uint16_t{0}; }
  void check_overlap(const Ring& ring);
  void report_over_ring(base::Site site, uint16_t index, const std::string& buffer, base::Site ring);
  void hand_over(State& state, uint32_t value);
  void check_buffer(State& state, uint16_t index, const Posted& posted);
  void on_alarm(uint64_t) { look(false); }
  void look(bool end);
  // When to look again.
  base::Time check_starving(State& state, bool end);

  Reporter& reporter_;
  base::Time buffer_timeout_;
  FunctionOf function_of_;
  Alarm alarm_;
  std::unordered_map<uint64_t, State> rings_;
  BufferMap buffers_;
};

}  // namespace pspnic::sanitizer
