// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/sa_registry.h"

#include <utility>

namespace pspnic::host {
namespace {

constexpr size_t kInitialCapacity = 256;

}  // namespace

RxSaRegistry::RxSaRegistry() {
  clear();
}

void RxSaRegistry::clear() {
  records_.assign(kInitialCapacity, RxSaRecord{});
  mask_ = kInitialCapacity - 1;
  size_ = 0;
}

void RxSaRegistry::resize(size_t capacity) {
  const std::vector<RxSaRecord> old = std::exchange(records_, std::vector<RxSaRecord>(capacity));
  mask_ = capacity - 1;
  size_ = 0;
  for (const RxSaRecord& record : old) {
    if (record.spi != 0) insert(record.spi, record.version, record.generation);
  }
}

void RxSaRegistry::insert(uint32_t spi, psp::Version version, uint8_t generation) {
  if ((size_ + 1) * 2 > records_.size()) resize(records_.size() * 2);
  size_t i = start(spi);
  while (records_[i].spi != 0 && records_[i].spi != spi) i = (i + 1) & mask_;
  if (records_[i].spi == 0) ++size_;
  records_[i] = {spi, version, generation};
}

void RxSaRegistry::erase(uint32_t spi) {
  const RxSaRecord* found = find(spi);
  if (found == nullptr) return;
  // Close the hole: move back every later entry of the run that may stand there.
  auto hole = static_cast<size_t>(found - records_.data());
  for (size_t i = (hole + 1) & mask_; records_[i].spi != 0; i = (i + 1) & mask_) {
    const size_t distance_from_home = (i - start(records_[i].spi)) & mask_;
    if (distance_from_home >= ((i - hole) & mask_)) {
      records_[hole] = records_[i];
      hole = i;
    }
  }
  records_[hole] = RxSaRecord{};
  --size_;
}

template <class Keep>
void RxSaRegistry::filter(Keep keep) {
  const std::vector<RxSaRecord> old = std::exchange(records_, {});
  clear();
  for (const RxSaRecord& record : old) {
    if (record.spi != 0 && keep(record)) insert(record.spi, record.version, record.generation);
  }
}

void RxSaRegistry::keep_generations(uint8_t current, uint8_t previous) {
  filter([&](const RxSaRecord& r) { return r.generation == current || r.generation == previous; });
}

void RxSaRegistry::drop_generation(uint8_t generation) {
  filter([&](const RxSaRecord& r) { return r.generation != generation; });
}

}  // namespace pspnic::host
