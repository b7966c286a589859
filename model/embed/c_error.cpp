// SPDX-License-Identifier: Apache-2.0
#include "model/embed/c_error.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace pspnic::embed {

namespace {

// A fixed place, so that an error about memory needs none.
thread_local char words[1024];

}  // namespace

pspnic_status fail(pspnic_status status, const char* text) noexcept {
  const size_t length = std::min(std::strlen(text), sizeof words - 1);
  std::memmove(words, text, length);
  words[length] = 0;
  return status;
}

const char* last_error() noexcept {
  return words;
}

pspnic_status null_argument(const char* call, const char* argument) noexcept {
  return guarded(PSPNIC_ERROR_ARGUMENT, [&] {
    const std::string text = std::string(call) + ": " + argument + " is null";
    return fail(PSPNIC_ERROR_ARGUMENT, text.c_str());
  });
}

}  // namespace pspnic::embed
