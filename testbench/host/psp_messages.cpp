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

std::string too_short(size_t bytes, size_t count) {
  return fmt::format("the reply has {} bytes, too few for {} entries", bytes, count);
}

std::string entry_fault(size_t index, uint32_t status) {
  return fmt::format("entry {}: {} ({})", index, idpf::status_name(idpf::Status{status}), status);
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

std::string tx_sa_fault(const idpf::PspTxSa& sa, uint16_t tag, uint32_t slots) {
  if (sa.sa_idx > idpf::kPspMaxSaIdx || (slots != 0 && sa.sa_idx >= slots)) {
    return fmt::format("slot {} is outside the table of {}", sa.sa_idx, slots);
  }
  if (sa.sa_tag != tag) {
    return fmt::format("slot {}: tag {:#06x} is not the one requested", sa.sa_idx, sa.sa_tag);
  }
  return {};
}

RxSaGrant rx_sas_granted(const MailboxReply& reply, size_t asked) {
  RxSaGrant grant;
  const auto list = idpf::read_at<idpf::PspRxSaList>(reply.payload);
  grant.fault = size_fault<idpf::PspRxSaList>(reply, list ? list->num_sa : asked);
  if (!grant.fault.empty()) return grant;
  if (list->num_sa > asked) {
    grant.fault = fmt::format("the reply gives {} SAs, {} were wanted", list->num_sa, asked);
    return grant;
  }
  // Those behind the last one that is filled say why.
  for (size_t i = 0; i < asked && idpf::holds_elements<idpf::PspRxSaList>(reply.payload, i + 1); ++i) {
    const net::Wiped<idpf::PspRxSa> sa{list_element<idpf::PspRxSaList>(reply, i)};
    grant.status = sa->status;
    if (sa->status != 0 || i == list->num_sa) break;
    ++grant.count;
  }
  return grant;
}

RxSa rx_sa_of(const idpf::PspRxSa& sa, psp::Version version) {
  return {sa.spi, version, sa.generation, psp::SessionKey(std::span(sa.key).first(sa.key_len))};
}

}  // namespace pspnic::host
