// SPDX-License-Identifier: Apache-2.0
#include "model/embed/kernel.h"

#include <utility>

namespace pspnic::embed {

namespace {

std::recursive_mutex& context_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Kernel::Use::Use(const Kernel& kernel)
    : kernel_(kernel),
      lock_(context_mutex()),
      before_(sc_core::sc_curr_simcontext),
      outer_(std::exchange(kernel.use_, this)) {
  sc_core::sc_curr_simcontext = kernel.context_.get();
}

Kernel::Use::~Use() {
  sc_core::sc_curr_simcontext = before_;
  kernel_.use_ = outer_;
}

Kernel::Away::Away(const Kernel& kernel) : use_(*kernel.use_) {
  sc_core::sc_curr_simcontext = use_.before_;
  use_.lock_.unlock();
}

Kernel::Away::~Away() {
  use_.lock_.lock();
  use_.before_ = std::exchange(sc_core::sc_curr_simcontext, use_.kernel_.context_.get());
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
