// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/psp.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/idpf/psp_flow.h"
#include "model/net/wipe.h"
#include "testbench/host/psp_messages.h"

namespace pspnic::host {
namespace {

// Messages under way at once in a bulk request; well below the 63 descriptors of the ring.
constexpr size_t kWindow = 16;

size_t limit(uint16_t device, size_t most) {
  return device == 0 ? most : std::min<size_t>(device, most);
}

[[noreturn]] void fail(idpf::Opcode opcode, const std::string& rule) {
  throw DriverError(fmt::format("{}: {}", idpf::opcode_name(opcode), rule));
}

// The elements of a reply that must have at least `count` of them.
template <idpf::WireHeader H>
void require_elements(idpf::Opcode opcode, const MailboxReply& reply, size_t count) {
  if (const std::string fault = size_fault<H>(reply, count); !fault.empty()) fail(opcode, fault);
}

}  // namespace

void PspControl::require(const char* what) const {
  if (!available_)
    throw DriverError(fmt::format("{}: the device has no PSP extension, or it is not started", what));
}

void PspControl::start(uint32_t vport_id, const DriverConfig& driver) {
  vport_id_ = vport_id;
  idpf::PspCaps request;
  request.vport_id = vport_id;
  request.versions = driver.psp_versions;
  caps_ = mailbox_.call(idpf::Opcode::kPspGetCaps, request);
  if (caps_.generation > idpf::kPspMaxGeneration) {
    fail(idpf::Opcode::kPspGetCaps, fmt::format("generation {} is above 127", caps_.generation));
  }
  config_flags_ = idpf::kPspConfigMetaSpi;
  const auto want = [this](bool wanted, uint32_t flag, uint32_t feature, const char* what) {
    if (!wanted) return;
    if ((caps_.flags & feature) == 0) fail(idpf::Opcode::kPspGetCaps, what);
    config_flags_ |= flag;
  };
  want(driver.psp_strip_icv, idpf::kPspConfigStripIcv, idpf::kPspFeatureIcvStrip,
       "psp_strip_icv is set, but the device cannot strip the ICV");
  want(driver.psp_strip_headers, idpf::kPspConfigStripHeaders, idpf::kPspFeatureStripHeaders,
       "psp_strip_headers is set, but the device cannot strip headers");
  want(driver.psp_sample, idpf::kPspConfigSample, idpf::kPspFeatureCapture,
       "psp_sample is set, but the device cannot sample");
  want(driver.psp_capture, 0, idpf::kPspFeatureCapture,
       "psp_capture is set, but the device cannot capture what failed");
  if (!driver.psp_capture) config_flags_ |= idpf::kPspConfigDropFailed;
  if (driver.psp_device_rotates) config_flags_ |= idpf::kPspConfigDeviceRotates;
  available_ = true;
  set_receive(driver.psp_versions);
}

void PspControl::stop() {
  available_ = false;
  registry_.clear();
}

void PspControl::set_receive(uint32_t versions) {
  require("PSP_SET_CONFIG");
  idpf::PspConfig config;
  config.vport_id = vport_id_;
  config.versions_ena = versions & caps_.versions;
  config.flags = config_flags_;
  mailbox_.call(idpf::Opcode::kPspSetConfig, config);
}

// Splits `count` entries into messages, several of them under way. send(first, n) gives a ticket; take(reply,
// first, n) says whether to go on; what is under way is taken in any case, unless one of them throws.
template <class Send, class Take>
void PspControl::in_messages(size_t count, size_t per_message, Send send, Take take) {
  Window window{mailbox_, {}};
  std::deque<Pending>& pending = window.messages;
  bool more = true;
  for (size_t first = 0; (more && first < count) || !pending.empty();) {
    if (more && first < count && pending.size() < kWindow) {
      const size_t n = std::min(per_message, count - first);
      pending.push_back({send(first, n), first, n});
      first += n;
      continue;
    }
    const Pending oldest = pending.front();
    pending.pop_front();
    const MailboxReply reply = mailbox_.wait(oldest.ticket);
    if (!take(reply, oldest.first, oldest.count)) more = false;
  }
}

// False: nothing of the message was done, but for a reason that is an answer, not an error.
bool PspControl::whole_message_ok(idpf::Opcode opcode, const MailboxReply& reply) {
  if (reply.status == idpf::Status::kSuccess) return true;
  last_status_ = static_cast<uint32_t>(reply.status);
  if (reply.status == idpf::Status::kPspSpiExhausted || reply.status == idpf::Status::kEnospc) return false;
  fail(opcode, fmt::format("refused with {} ({})", idpf::status_name(reply.status), last_status_));
}

template <class Message>
Mailbox::Ticket PspControl::send(idpf::Opcode opcode, const Message& message) {
  return mailbox_.send(opcode, message.bytes);
}

void PspControl::note_refusal(idpf::Opcode opcode, size_t index, uint32_t status) {
  anomalies_.add(fmt::format("{}: {}", idpf::opcode_name(opcode), entry_fault(index, status)));
}

bool PspControl::take_alloc(const MailboxReply& reply, psp::Version version, size_t asked,
                            std::vector<RxSa>& out) {
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspAllocRxSa;
  if (!whole_message_ok(kOpcode, reply)) return false;
  const RxSaGrant grant = rx_sas_granted(reply, asked);
  if (!grant.fault.empty()) fail(kOpcode, grant.fault);
  for (size_t i = 0; i < grant.count; ++i) {
    const net::Wiped<idpf::PspRxSa> sa{list_element<idpf::PspRxSaList>(reply, i)};
    const std::string fault = rx_sa_fault(sa.value, version, registry_);
    if (!fault.empty()) fail(kOpcode, fault);
    registry_.insert(sa->spi, version, sa->generation);
    out.push_back(rx_sa_of(sa.value, version));
  }
  if (grant.status == 0) return true;
  last_status_ = grant.status;
  return false;
}

std::vector<RxSa> PspControl::allocate_rx_sas(psp::Version version, unsigned count) {
  require("PSP_ALLOC_RX_SA");
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspAllocRxSa;
  std::vector<RxSa> out;
  out.reserve(count);
  in_messages(
      count, limit(caps_.max_alloc_per_msg, idpf::kPspMaxAllocPerMsg),
      [&](size_t, size_t n) { return send(kOpcode, alloc_message(vport_id_, version, n)); },
      [&](const MailboxReply& reply, size_t, size_t n) { return take_alloc(reply, version, n, out); });
  return out;
}

// Those of them that there are, each once.
std::vector<RxSaRecord> PspControl::known_rx_sas(std::span<const uint32_t> spis) {
  std::vector<uint32_t> sorted(spis.begin(), spis.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<RxSaRecord> known;
  for (const uint32_t spi : sorted) {
    if (const RxSaRecord* sa = registry_.find(spi); sa != nullptr) {
      known.push_back(*sa);
    } else {
      last_status_ = static_cast<uint32_t>(idpf::Status::kEsrch);
    }
  }
  return known;
}

Mailbox::Ticket PspControl::send_free(std::span<const RxSaRecord> sas) {
  for (const RxSaRecord& sa : sas) registry_.erase(sa.spi);
  const auto of = [sas](size_t i) { return sas[i]; };
  return send(idpf::Opcode::kPspFreeRxSa, free_message(vport_id_, sas.size(), of));
}

// What is refused stays; but of a key that a rotation has ended, nothing does.
bool PspControl::take_free(const MailboxReply& reply, std::span<const RxSaRecord> sas) {
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspFreeRxSa;
  const auto keep = [this](const RxSaRecord& sa) { registry_.insert(sa.spi, sa.version, sa.generation); };
  const std::string size = size_fault<idpf::PspRxSaList>(reply, sas.size());
  if (reply.status != idpf::Status::kSuccess || !size.empty()) std::for_each(sas.begin(), sas.end(), keep);
  if (!whole_message_ok(kOpcode, reply)) return false;
  if (!size.empty()) fail(kOpcode, size);
  for (size_t i = 0; i < sas.size(); ++i) {
    const auto entry = list_element<idpf::PspRxSaList>(reply, i);
    if (entry.status == 0) continue;
    last_status_ = entry.status;
    if (ended_with_its_key(entry.status)) continue;
    keep(sas[i]);
    note_refusal(kOpcode, i, entry.status);
  }
  return true;
}

void PspControl::free_rx_sas(std::span<const uint32_t> spis) {
  require("PSP_FREE_RX_SA");
  const std::vector<RxSaRecord> sas = known_rx_sas(spis);
  const std::span<const RxSaRecord> all(sas);
  in_messages(
      sas.size(), limit(caps_.max_alloc_per_msg, idpf::kPspMaxAllocPerMsg),
      [&](size_t first, size_t n) { return send_free(all.subspan(first, n)); },
      [&](const MailboxReply& reply, size_t first, size_t n) {
        return take_free(reply, all.subspan(first, n));
      });
}

Mailbox::Ticket PspControl::send_add(std::span<const TxSaRequest> requests, uint16_t first_tag) {
  const auto of = [requests](size_t i) -> const TxSaRequest& { return requests[i]; };
  return send(idpf::Opcode::kPspAddTxSa, add_message(vport_id_, first_tag, requests.size(), of));
}

bool PspControl::take_add(const MailboxReply& reply, size_t count, uint16_t first_tag,
                          std::vector<SaHandle>& out) {
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspAddTxSa;
  if (!whole_message_ok(kOpcode, reply)) {
    out.resize(out.size() + count);
    return true;
  }
  require_elements<idpf::PspTxSaList>(kOpcode, reply, count);
  for (size_t i = 0; i < count; ++i) {
    const net::Wiped<idpf::PspTxSa> sa{list_element<idpf::PspTxSaList>(reply, i)};
    if (sa->status != 0) {
      last_status_ = sa->status;
      out.emplace_back();
      continue;
    }
    const std::string fault = tx_sa_fault(sa.value, static_cast<uint16_t>(first_tag + i), caps_.max_tx_sa);
    if (!fault.empty()) fail(kOpcode, fault);
    out.push_back({sa->sa_idx, sa->sa_tag});
  }
  return true;
}

std::vector<SaHandle> PspControl::add_tx_sas(std::span<const TxSaRequest> requests) {
  require("PSP_ADD_TX_SA");
  std::vector<SaHandle> out;
  out.reserve(requests.size());
  // Tags run on over all SAs ever added, so that a slot given out again has another one.
  const uint16_t base = take_tags(requests.size());
  const auto tag = [&](size_t first) { return static_cast<uint16_t>(base + first); };
  in_messages(
      requests.size(), limit(caps_.max_add_per_msg, idpf::kPspMaxAddPerMsg),
      [&](size_t first, size_t n) { return send_add(requests.subspan(first, n), tag(first)); },
      [&](const MailboxReply& reply, size_t first, size_t n) { return take_add(reply, n, tag(first), out); });
  return out;
}

namespace {

// What a device's template can say of a mode; the rest is the driver's affair alone.
idpf::PspTxEncap template_of(const PspMode& mode) {
  idpf::PspTxEncap entry;
  if (mode.tunnel) entry.mode = mode.outer_v6 ? idpf::PspEncapMode::kTunnelV6 : idpf::PspEncapMode::kTunnelV4;
  const auto set = [&entry](bool on, uint8_t flag) {
    if (on) entry.flags = static_cast<uint8_t>(entry.flags | flag);
  };
  set(mode.sample, idpf::kPspEncapSample);
  set(mode.drop_after_sample, idpf::kPspEncapDropAfterSample);
  set(mode.vc.has_value(), idpf::kPspEncapVc);
  entry.vc = mode.vc.value_or(0);
  entry.crypt_offset = mode.crypt_offset;
  entry.source = mode.source;
  entry.destination = mode.destination;
  if (mode.source_ports.size() == 1) entry.first_port = entry.last_port = mode.source_ports[0];
  return entry;
}

}  // namespace

Mailbox::Ticket PspControl::send_encapsulation(std::span<const SaHandle> handles, const PspMode& mode) {
  idpf::PspTxEncapList list;
  list.vport_id = vport_id_;
  list.num_encap = static_cast<uint16_t>(handles.size());
  ListMessage<idpf::PspTxEncapList> message(list, handles.size());
  idpf::PspTxEncap entry = template_of(mode);
  for (size_t i = 0; i < handles.size(); ++i) {
    entry.sa_idx = handles[i].index;
    entry.sa_tag = handles[i].tag;
    message.set(i, entry);
  }
  return mailbox_.send(idpf::Opcode::kPspSetTxEncap, message.bytes);
}

bool PspControl::take_encapsulation(const MailboxReply& reply, size_t count) {
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspSetTxEncap;
  if (!whole_message_ok(kOpcode, reply)) return false;
  require_elements<idpf::PspTxEncapList>(kOpcode, reply, count);
  bool all = true;
  for (size_t i = 0; i < count; ++i) {
    const auto entry = list_element<idpf::PspTxEncapList>(reply, i);
    if (entry.status == 0) continue;
    last_status_ = entry.status;
    all = false;
  }
  return all;
}

bool PspControl::let_device_build_headers(std::span<const SaHandle> handles, const PspMode& mode) {
  require("PSP_SET_TX_ENCAP");
  bool all = true;
  in_messages(
      handles.size(), idpf::kPspMaxEncapPerMsg,
      [&](size_t first, size_t n) { return send_encapsulation(handles.subspan(first, n), mode); },
      [&](const MailboxReply& reply, size_t, size_t n) { return all = take_encapsulation(reply, n) && all; });
  return all;
}

Mailbox::Ticket PspControl::send_delete(std::span<const SaHandle> handles) {
  const auto of = [handles](size_t i) { return handles[i]; };
  return send(idpf::Opcode::kPspDelTxSa, delete_message(vport_id_, handles.size(), of));
}

bool PspControl::take_delete(const MailboxReply& reply, size_t count) {
  constexpr idpf::Opcode kOpcode = idpf::Opcode::kPspDelTxSa;
  if (!whole_message_ok(kOpcode, reply)) return false;
  require_elements<idpf::PspTxSaDel>(kOpcode, reply, count);
  for (size_t i = 0; i < count; ++i) {
    const auto id = list_element<idpf::PspTxSaDel>(reply, i);
    if (id.status == 0) continue;
    last_status_ = id.status;
    note_refusal(kOpcode, i, id.status);
  }
  return true;
}

void PspControl::delete_tx_sas(std::span<const SaHandle> handles) {
  require("PSP_DEL_TX_SA");
  in_messages(
      handles.size(), limit(caps_.max_del_per_msg, idpf::kPspMaxDelPerMsg),
      [&](size_t first, size_t n) { return send_delete(handles.subspan(first, n)); },
      [&](const MailboxReply& reply, size_t, size_t n) { return take_delete(reply, n); });
}

uint8_t PspControl::rotate_keys(bool twice) {
  require("PSP_ROTATE_KEY");
  idpf::PspRotateKey request;
  request.vport_id = vport_id_;
  request.flags = twice ? idpf::kPspRotateTwice : 0;
  const auto reply = mailbox_.call(idpf::Opcode::kPspRotateKey, request);
  if (reply.generation > idpf::kPspMaxGeneration) {
    fail(idpf::Opcode::kPspRotateKey, fmt::format("generation {} is above 127", reply.generation));
  }
  note_rotation(reply);
  return reply.generation;
}

void PspControl::note_rotation(const idpf::PspRotateKey& reply) {
  caps_.generation = reply.generation;
  caps_.phase = reply.phase;
  registry_.keep_generations(reply.generation, reply.prev_generation);
}

uint16_t PspControl::take_tags(size_t count) {
  const uint16_t first = next_tag_;
  next_tag_ = static_cast<uint16_t>(next_tag_ + count);
  return first;
}

idpf::PspStats PspControl::statistics() {
  require("PSP_GET_STATS");
  idpf::PspStats request;
  request.vport_id = vport_id_;
  return mailbox_.call(idpf::Opcode::kPspGetStats, request);
}

}  // namespace pspnic::host
