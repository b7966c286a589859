// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/psp_messages.h"

#include <fmt/format.h>

#include "model/psp/spi.h"

namespace pspnic::host {

idpf::PspTxSa tx_sa_record(const TxSaRequest& request, uint16_t tag) {
  idpf::PspTxSa sa;
  sa.sa_idx = idpf::kPspSaIdxAny;
  sa.spi = request.spi;
  sa.version = static_cast<uint8_t>(request.version);
  sa.key_len = request.key.size;
  sa.sa_tag = tag;
  std::copy_n(request.key.bytes.begin(), std::min(sa.key.size(), request.key.bytes.size()), sa.key.begin());
  return sa;
}

std::string rx_sa_fault(const idpf::PspRxSa& sa, psp::Version version, const RxSaRegistry& registry) {
  if (psp::is_reserved_spi(sa.spi)) return fmt::format("SPI {:#010x} is reserved", sa.spi);
  if (sa.key_len != psp::key_bytes(version)) {
    return fmt::format("a key of {} bytes for version {}", sa.key_len, static_cast<int>(version));
  }
  if (sa.generation > idpf::kPspMaxGeneration)
    return fmt::format("generation {} is above 127", sa.generation);
  const RxSaRecord* known = registry.find(sa.spi);
  if (known != nullptr && known->generation == sa.generation) {
    return fmt::format("SPI {:#010x} is handed out twice in generation {}", sa.spi, sa.generation);
  }
  return {};
}

RxSa rx_sa_of(const idpf::PspRxSa& sa, psp::Version version) {
  return {sa.spi, version, sa.generation, psp::SessionKey(std::span(sa.key).first(sa.key_len))};
}

}  // namespace pspnic::host
