// SPDX-License-Identifier: Apache-2.0
#include "model/psp/engine.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#if PSPNIC_HAS_IPSEC_MB
#include "model/psp/ipsec_mb.h"
#endif

namespace pspnic::psp {

namespace {

// Made at its first use, so that an engine may be added before main().
std::deque<Engine>& registry() {
  static std::deque<Engine> list {
    {"openssl", "OpenSSL's libcrypto, the reference", &make_openssl_aead, &make_openssl_kdf},
#if PSPNIC_HAS_IPSEC_MB
        {"ipsec_mb", "Intel's Multi-Buffer Crypto for IPsec Library", &make_ipsec_mb_aead,
         &make_ipsec_mb_kdf},
#endif
  };
  return list;
}

}  // namespace

const std::deque<Engine>& engines() {
  return registry();
}

const Engine& reference_engine() {
  return registry().front();
}

const Engine* find_engine(std::string_view name) {
  const std::deque<Engine>& list = registry();
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Engine& engine) { return engine.name == name; });
  return found == list.end() ? nullptr : &*found;
}

void add_engine(const Engine& engine) {
  if (find_engine(engine.name) != nullptr) {
    throw std::logic_error(std::string("two crypto engines are named ") + engine.name);
  }
  registry().push_back(engine);
}

}  // namespace pspnic::psp
