// SPDX-License-Identifier: Apache-2.0
#include "testbench/validate/dma_load.h"

#include <algorithm>

namespace pspnic::validate {

namespace {
constexpr uint64_t kAddress = 0x7'0010'0000;
}  // namespace

DmaLoad::DmaLoad(base::EventQueue& events, const pcie::LinkParams& params, const Mix& mix)
    : events_(events),
      dma_(root_, params, {events, memory_, memory_}),
      mix_(mix),
      place_(mix.read_bytes),
      data_(mix.write_bytes) {}

double DmaLoad::run() {
  events_.schedule(events_.now(), base::Callback::to<&DmaLoad::begin>(*this));
  sc_core::sc_start();
  const double bytes = std::max(mix_.read_bytes, mix_.write_bytes);
  return gbps(bytes * kMeasured, end_ - begin_);
}

void DmaLoad::begin(uint64_t) {
  if (mix_.read_bytes == 0) return write_next(0);
  for (unsigned i = 0; i < mix_.in_flight; ++i) issue();
}

void DmaLoad::issue() {
  if (mix_.write_bytes != 0) dma_.write_packet(kBlock, kAddress, data_, nullptr);
  dma_.read(kAddress, place_, pcie::ReadCallback::to<&DmaLoad::on_read>(*this));
}

void DmaLoad::on_read(uint64_t, pcie::DmaStatus) {
  count(events_.now());
  if (done_ < kWarmUp + kMeasured) issue();
}

void DmaLoad::write_next(uint64_t) {
  const base::Time left = dma_.write_packet(kBlock, kAddress, data_, nullptr);
  dma_.settle();
  count(left);
  if (done_ < kWarmUp + kMeasured) {
    events_.schedule(left, base::Callback::to<&DmaLoad::write_next>(*this));
  }
}

void DmaLoad::count(base::Time when) {
  ++done_;
  if (done_ == kWarmUp) begin_ = when;
  if (done_ == kWarmUp + kMeasured) end_ = when;
}

}  // namespace pspnic::validate
