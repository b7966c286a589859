// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic_params.h"

#include <string>

#include "model/base/config_error.h"

namespace pspnic::nic {

namespace {

const char* name_of(CryptoParams::Engine engine) {
  switch (engine) {
    case CryptoParams::Engine::kOpenssl:
      return "openssl";
    case CryptoParams::Engine::kIpsecMb:
      return "ipsec_mb";
    case CryptoParams::Engine::kRtl:
      return "rtl";
  }
  return "";
}

}  // namespace

const psp::Engine& engine_of(const CryptoParams& params) {
  const char* name = name_of(params.engine);
  if (const psp::Engine* engine = psp::find_engine(name)) return *engine;
  std::string names;
  for (const psp::Engine& engine : psp::engines()) {
    names += std::string(names.empty() ? "" : ", ") + engine.name;
  }
  throw base::ConfigError("nic.crypto.engine",
                          std::string("\"") + name + "\" is not part of this program; there is " + names);
}

}  // namespace pspnic::nic
