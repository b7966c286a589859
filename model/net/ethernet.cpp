// SPDX-License-Identifier: Apache-2.0
#include "model/net/ethernet.h"

namespace pspnic::net {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<MacAddress> MacAddress::parse(std::string_view text) noexcept {
  constexpr size_t kTextLength = 3 * kMacAddressBytes - 1;
  if (text.size() != kTextLength) return std::nullopt;
  const char separator = text[2];
  if (separator != ':' && separator != '-') return std::nullopt;
  MacAddress address;
  for (size_t i = 0; i < kMacAddressBytes; ++i) {
    const int high = hex_digit(text[3 * i]);
    const int low = hex_digit(text[3 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    if (i + 1 < kMacAddressBytes && text[3 * i + 2] != separator) return std::nullopt;
    address.bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return address;
}

std::string MacAddress::print() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace pspnic::net
