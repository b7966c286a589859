// SPDX-License-Identifier: Apache-2.0
// What a driver did that a rule forbids: place, rule, what was seen, what was expected, and what happened
// there last. The device goes on; after an error that is checked always the queue concerned stops. The log
// keeps the first ones in full, counts repeats of a rule at a place, and counts all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/driver_rules.h"
#include "model/base/hex.h"
#include "model/base/time.h"

namespace pspnic::base {

// The queue, ring, table or function that a violation is about. Of what a card has many, `number` says which,
// counted over the card; of what each function has one, `function` says whose (0: the physical one's).
struct Site {
  enum class Kind : uint8_t {
    kTxQueue,
    kTxCompletions,
    kRxQueue,
    kBufferQueue,
    kConfigCommands,
    kConfigAnswers,
    kVector,
    kOwnMemory,  // one
    // From here on each function has one.
    kMailboxRequests,
    kMailboxAnswers,
    kRegisters,
    kFunction
  };
  Kind kind = Kind::kFunction;
  uint32_t number = 0;
  uint16_t function = 0;

  static Site of_function(Kind kind, uint16_t function) { return {kind, 0, function}; }
  // Differs from that of every other site. Numbers of queues and vectors have 16 bits.
  uint64_t key() const {
    return uint64_t{static_cast<uint8_t>(kind)} << 48 | uint64_t{function} << 32 | number;
  }
  bool operator==(const Site&) const = default;
};

std::string to_string(Site site);  // "tx queue 3", "VF 0 mailbox ring ATQ"

struct Violation {
  Time when = 0;
  DriverRule rule = DriverRule::kCount;
  Site site;
  std::string part;                 // "descriptor 17"; empty when the whole is meant
  std::string field;                // "buffer_size"; likewise
  std::string seen;                 // the value found
  std::string expected;             // empty: the rule says it
  uint64_t times = 1;               // at this site
  std::vector<std::string> events;  // of the site, oldest first; empty unless the sanitizer is on

  std::string place() const;  // site and part
};

inline std::string descriptor_text(uint32_t index) {
  return "descriptor " + std::to_string(index);
}

// As compilers write it, in one line: "tx queue 3, descriptor 17: error: a TSO context needs an MSS above 0
// [tx-tso-mss]; at 1234 ns, field mss; seen: 0; expected: ...".
std::string to_string(const Violation& violation);
// Likewise over several lines, with source and events. `device` stands in front.
std::string explain(const Violation& violation, const std::string& device);

// Knows what happened where.
class SiteHistory {
 public:
  virtual ~SiteHistory() = default;
  virtual std::vector<std::string> last_events(Site site) const = 0;
};

// Hears of each when it is found, with `times` so far, of what is kept. The device is in the middle of
// something: nothing may be asked of it but what it has counted.
class ViolationListener {
 public:
  virtual ~ViolationListener() = default;
  virtual void on_violation(const Violation& violation) = 0;
};

class ViolationLog {
 public:
  explicit ViolationLog(std::string device) : device_(std::move(device)) {}

  void report(Violation violation);
  void set_history(const SiteHistory* history) { history_ = history; }
  void set_listener(ViolationListener* listener) { listener_ = listener; }  // null: nobody

  uint64_t count() const { return count_; }
  // Neither among the first nor repeats of one.
  uint64_t left_out() const { return left_out_; }
  // The first of each rule at each site.
  const std::vector<Violation>& first() const { return first_; }
  const std::string& device() const { return device_; }

 private:
  static constexpr size_t kKept = 100;

  void keep(Violation& violation);

  std::string device_;
  const SiteHistory* history_ = nullptr;
  ViolationListener* listener_ = nullptr;
  uint64_t count_ = 0;
  uint64_t left_out_ = 0;
  std::vector<Violation> first_;
};

}  // namespace pspnic::base
