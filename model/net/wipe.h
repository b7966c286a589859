// SPDX-License-Identifier: Apache-2.0
// Overwrites bytes that held a key, in a way the compiler may not leave out.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace pspnic::net {

inline void wipe(std::span<uint8_t> bytes) noexcept {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

// A struct that may hold a key, wiped when it dies. Made in place, `Wiped<T> x{function()}`, it leaves no
// other copy behind.
template <class T>
struct Wiped {
  static_assert(std::is_trivially_copyable_v<T>);

  T value{};

  ~Wiped() { wipe({reinterpret_cast<uint8_t*>(&value), sizeof value}); }
  T* operator->() { return &value; }
  const T* operator->() const { return &value; }
};

}  // namespace pspnic::net
