// SPDX-License-Identifier: Apache-2.0
#include "model/tx/sa_loader.h"

#include <algorithm>

namespace pspnic::tx {

using base::Time;
using Memory = crypto::SaCacheParams::Memory;

SaLoader::SaLoader(base::StatGroup& parent, const crypto::SaCacheParams& params, const Ports& ports)
    : params_(params),
      ports_(ports),
      cache_(params),
      device_reads_(ports.events, base::Callback::to<&SaLoader::on_device_read>(*this)),
      scratch_(params.entry_bytes),
      group_(parent, "sa_cache") {}

uint64_t SaLoader::want(uint32_t slot) {
  if (cache_.touch(slot)) {
    hits_++;
    return 0;
  }
  misses_++;
  const auto [load, fresh] = loading_.try_emplace(slot, last_ticket_ + 1);
  if (!fresh) {
    merged_++;
    return load->second;
  }
  loads_.push({slot, ports_.events.now()});
  ++last_ticket_;
  start_some();
  return last_ticket_;
}

// Memory answers in order, so tickets are served in order.
void SaLoader::start_some() {
  while (started_ < loads_.size() && started_ < params_.outstanding) {
    ++started_;
    if (params_.memory == Memory::kHost) {
      ports_.dma.read(0, scratch_, pcie::ReadCallback::to<&SaLoader::on_host_read>(*this), 0,
                      pcie::ReadFor::kOwnMemory, {pcie::Requester::Kind::kOwnMemory, 0});
    } else {
      device_reads_.push(take_bandwidth() + params_.latency.ps);
    }
  }
}

// The memory is free again when this SA has passed.
Time SaLoader::take_bandwidth() {
  const uint64_t bits = uint64_t{8} * params_.entry_bytes;
  const Time duration = (bits * base::kSec + params_.bandwidth.bps - 1) / params_.bandwidth.bps;
  memory_free_ = std::max(memory_free_, ports_.events.now()) + duration;
  return memory_free_;
}

void SaLoader::on_device_read(uint64_t) {
  finish(true);
}

void SaLoader::on_host_read(uint64_t, pcie::DmaStatus status) {
  finish(status == pcie::DmaStatus::kOk);
}

void SaLoader::finish(bool ok) {
  const Load load = loads_.pop();
  --started_;
  const uint64_t ticket = ++loaded_;
  const auto loading = loading_.find(load.slot);
  const bool wanted = loading != loading_.end() && loading->second == ticket;
  if (wanted) loading_.erase(loading);
  if (!ok) {
    faults_++;
    failed_.insert(ticket);
  } else if (wanted && cache_.insert(load.slot)) {
    evictions_++;
  }
  wait_.record(ports_.events.now() - load.wanted);
  start_some();
  if (listener_ != nullptr) listener_->on_sa_loaded();
}

void SaLoader::on_written(uint32_t slot) {
  on_erased(slot);
  if (params_.memory == Memory::kHost) {
    ports_.dma.write({pcie::Requester::Kind::kOwnMemory, 0}, 0, scratch_);
  } else {
    take_bandwidth();
  }
}

void SaLoader::on_erased(uint32_t slot) {
  cache_.erase(slot);
  loading_.erase(slot);
}

void SaLoader::reset() {
  cache_.clear();
  loads_.clear();
  started_ = 0;
  loaded_ = last_ticket_;
  loading_.clear();
  failed_.clear();
  memory_free_ = 0;
  device_reads_.clear();
}

}  // namespace pspnic::tx
