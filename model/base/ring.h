// SPDX-License-Identifier: Apache-2.0
// A first-in first-out list that grows to the run's need and then never allocates again; std::deque allocates
// and frees a block every few elements.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace pspnic::base {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  T& back() { return (*this)[size_ - 1]; }
  T& operator[](size_t i) { return slots_[(head_ + i) & (slots_.size() - 1)]; }
  const T& operator[](size_t i) const { return slots_[(head_ + i) & (slots_.size() - 1)]; }

  T& push(T value) {
    if (size_ == slots_.size()) grow();
    T& slot = slots_[(head_ + size_++) & (slots_.size() - 1)];
    slot = std::move(value);
    return slot;
  }

  // The next slot as it was left; the caller sets every field. Cheaper than push() for large elements.
  T& push_slot() {
    if (size_ == slots_.size()) grow();
    return slots_[(head_ + size_++) & (slots_.size() - 1)];
  }

  T pop() {
    T value = std::move(slots_[head_]);
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
    return value;
  }

  // Forgets the first; its slot keeps what is in it until it is used again.
  void drop() {
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }

  void clear() {
    while (!empty()) pop();
  }

 private:
  [[gnu::cold, gnu::noinline]] void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : 2 * slots_.size());
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  // a power of two
  size_t head_ = 0;
  size_t size_ = 0;
};

}  // namespace pspnic::base
