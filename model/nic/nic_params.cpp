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

void check(const DeviceParams& params) {
  const auto fits = [&](const char* name, unsigned of_each, unsigned of_card, const char* whole) {
    if (uint64_t{params.vfs} * of_each < of_card) return;
    throw base::ConfigError(std::string("nic.device.") + name,
                            std::to_string(of_each) + " for each of " + std::to_string(params.vfs) +
                                " virtual functions leaves the physical one nothing of nic.device." + whole +
                                " = " + std::to_string(of_card));
  };
  fits("vf_sa_slots", params.vf_sa_slots, params.sa_slots, "sa_slots");
  fits("vf_spi_count", params.vf_spi_count, params.spi_count, "spi_count");
}

}  // namespace pspnic::nic
