// SPDX-License-Identifier: Apache-2.0
#include "model/embed/kernel.h"

namespace pspnic::embed {

namespace {

std::recursive_mutex& context_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Kernel::Use::Use(const Kernel& kernel) : lock_(context_mutex()), before_(sc_core::sc_curr_simcontext) {
  sc_core::sc_curr_simcontext = kernel.context_.get();
}

Kernel::Use::~Use() {
  sc_core::sc_curr_simcontext = before_;
}

Kernel::Kernel() {
  const std::lock_guard lock(context_mutex());
  context_ = std::make_unique<sc_core::sc_simcontext>();
}

Kernel::~Kernel() {
  const std::lock_guard lock(context_mutex());
  sc_core::sc_simcontext* const before = sc_core::sc_curr_simcontext;
  sc_core::sc_curr_simcontext = context_.get();
  context_.reset();
  sc_core::sc_curr_simcontext = before;
}

void Kernel::elaborate() {
  const Use use(*this);
  context_->elaborate();
  context_->prepare_to_simulate();
}

}  // namespace pspnic::embed
