// SPDX-License-Identifier: Apache-2.0
// How many packets a test is to send, by a variable of the environment. One that sends none would pass.
#pragma once

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pspnic::rtl_test {

// Throws std::invalid_argument, with which the test fails, unless `text` is a number from `least` on.
inline unsigned packets_from(std::string_view text, const std::string& name, unsigned least) {
  unsigned packets = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, packets);
  if (error != std::errc{} || read_to != end || packets < least) {
    throw std::invalid_argument(name + "=" + std::string(text) + ": a number from " + std::to_string(least) +
                                " on is needed");
  }
  return packets;
}

// `usual` where the variable is not set.
inline unsigned packets_wanted(const char* name, unsigned usual, unsigned least) {
  const char* const text = std::getenv(name);
  return text == nullptr ? usual : packets_from(text, name, least);
}

}  // namespace pspnic::rtl_test
