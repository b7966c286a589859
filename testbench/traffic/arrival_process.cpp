// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/arrival_process.h"

#include "testbench/traffic/poisson.h"

namespace pspnic::traffic {

namespace {

constexpr uint64_t kGapStream = 1;

}  // namespace

ArrivalProcess::ArrivalProcess(const ArrivalParams& params, double mean_bits, uint64_t seed, uint64_t part)
    : params_(params),
      mean_gap_(params.packet_rate > 0 ? 1e12 / static_cast<double>(params.packet_rate)
                                       : 1e12 * mean_bits / static_cast<double>(params.rate.bps)),
      ps_per_bit_(params.packet_rate > 0 ? 0 : 1e12 / static_cast<double>(params.rate.bps)),
      gaps_(seed, kGapStream, part) {
  if (params_.kind == ArrivalParams::Kind::kOnOff) on_left_ = time(params_.on);
}

double ArrivalProcess::time(base::Duration mean) {
  const auto ps = static_cast<double>(mean.ps);
  return params_.times == ArrivalParams::Times::kFixed ? ps : exponential_of(gaps_.next(), ps);
}

double ArrivalProcess::gap(double bits) {
  return ps_per_bit_ > 0 ? bits * ps_per_bit_ : bits > 0 ? mean_gap_ : 0;
}

double ArrivalProcess::next(double bits) {
  if (params_.kind == ArrivalParams::Kind::kPoisson) return due_ += exponential_of(gaps_.next(), mean_gap_);
  double left = gap(bits);
  // What does not fit into a burst goes on in the next.
  while (params_.kind == ArrivalParams::Kind::kOnOff && left >= on_left_) {
    left -= on_left_;
    due_ += on_left_ + time(params_.off);
    on_left_ = time(params_.on);
  }
  on_left_ -= left;
  return due_ += left;
}

double ArrivalProcess::mean_rate() const {
  double share = 1;
  if (params_.kind == ArrivalParams::Kind::kOnOff) {
    const auto on = static_cast<double>(params_.on.ps);
    share = on / (on + static_cast<double>(params_.off.ps));
  }
  return share * 1e12 / mean_gap_;
}

}  // namespace pspnic::traffic
