// SPDX-License-Identifier: Apache-2.0
// TLM payloads as hosts make and answer them.
#pragma once

#include <cstdint>
#include <cstring>
#include <tlm>

namespace pspnic::bench {

// An access of one aligned 32-bit word.
inline void prepare_word(tlm::tlm_generic_payload& payload, tlm::tlm_command command, uint64_t address,
                         uint8_t* word) {
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(word);
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

// Reads or writes `bytes`, host memory that may be granted as a whole.
inline void serve_from(tlm::tlm_generic_payload& access, uint8_t* bytes) {
  if (access.is_read()) {
    std::memcpy(access.get_data_ptr(), bytes, access.get_data_length());
  } else {
    std::memcpy(bytes, access.get_data_ptr(), access.get_data_length());
  }
  access.set_dmi_allowed(true);
  access.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace pspnic::bench
