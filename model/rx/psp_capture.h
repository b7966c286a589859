// SPDX-License-Identifier: Apache-2.0
// What the host gets to see of PSP packets as they were on the wire: those that failed, and those whose
// sender set the S bit (PSP Architecture Specification, sections on the header and on receive processing).
// Both only if the driver asked for it, and no more a second than the limit.
//
// Opening a packet works in place and leaves nothing of one that fails, so the bytes are kept beforehand.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/base/params.h"
#include "model/base/rate_limit.h"
#include "model/base/stats.h"
#include "model/psp/header.h"

namespace pspnic::rx {

struct PspCaptureParams {
  unsigned rate = 10'000;
  unsigned burst = 16;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("rate", rate, 1u, 1'000'000'000u, "Packets a second that are captured or sampled at most",
            "Assumed: little beside the millions a second of a port");
    v.value("burst", burst, 1u, 65536u, "Of these, how many may come at once", "Assumed");
  }
};

class PspCapture {
 public:
  struct Config {
    bool failures = false;
    bool samples = false;
    base::RateLimit limit{};  // of each function, so that none uses up another's
  };

  explicit PspCapture(base::StatGroup& parent) : group_(parent, "capture") {}
  static base::RateLimit limit(const PspCaptureParams& params) { return {params.rate, params.burst}; }

  // Whether the packet's bytes must be kept before it is opened. `config`: what its function wants.
  static bool keeps(const Config& config, const psp::Header& header) {
    return config.failures || samples(config, header);
  }
  static bool samples(const Config& config, const psp::Header& header) {
    return config.samples && header.sample;
  }
  void keep(std::span<const uint8_t> text) { text_.assign(text.begin(), text.end()); }
  // Puts back what was kept.
  void restore(std::span<uint8_t> text) const { std::copy(text_.begin(), text_.end(), text.begin()); }

  // A packet that failed, or a sample, may go to the host; counts it either way.
  bool admit_failure(Config& config, base::Time now) {
    return config.failures && admit(config.limit, now, failures_);
  }
  bool admit_sample(Config& config, base::Time now) { return admit(config.limit, now, samples_); }
  uint64_t samples_taken() const { return samples_.all_time(); }

 private:
  bool admit(base::RateLimit& limit, base::Time now, base::Counter& counter) {
    if (limit.allowed(now) > now) {
      limited_++;
      return false;
    }
    limit.charge(now, 1);
    counter++;
    return true;
  }

  std::vector<uint8_t> text_;
  base::StatGroup group_;
  base::Counter failures_{group_, "failures", "packet",
                          "PSP packets that failed, given to the host as they came"};
  base::Counter samples_{group_, "samples", "packet", "Copies of PSP packets with the S bit"};
  base::Counter limited_{group_, "limited", "packet", "Not captured or sampled: above the rate"};
};

}  // namespace pspnic::rx
