// SPDX-License-Identifier: Apache-2.0
// How calls of pspnic.h fail: a status, words for pspnic_last_error(), and no exception.
#pragma once

#include <exception>
#include <new>

#include "model/base/config_error.h"
#include "model/embed/device.h"
#include "model/embed/pspnic.h"

namespace pspnic::embed {

// Keeps the words, for this thread; what is too long is cut.
pspnic_status fail(pspnic_status status, const char* text) noexcept;
const char* last_error() noexcept;

pspnic_status null_argument(const char* call, const char* argument) noexcept;

// What comes of `body`; exceptions become statuses, ConfigError that of the call.
template <class Body>
pspnic_status guarded(pspnic_status refused, Body&& body) noexcept {
  try {
    return body();
  } catch (const base::ConfigError& error) {
    return fail(refused, error.what());
  } catch (const BusyError& error) {
    return fail(PSPNIC_ERROR_BUSY, error.what());
  } catch (const std::bad_alloc&) {
    return fail(PSPNIC_ERROR_INTERNAL, "out of memory");
  } catch (const std::exception& error) {
    return fail(PSPNIC_ERROR_INTERNAL, error.what());
  } catch (...) {
    return fail(PSPNIC_ERROR_INTERNAL, "an exception of unknown type");
  }
}

}  // namespace pspnic::embed
