// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/protect.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <stdexcept>

#include "model/idpf/psp_ext.h"
#include "model/idpf/psp_flow.h"
#include "model/idpf/virtchnl2.h"
#include "model/net/wipe.h"

namespace pspnic::bench {

namespace {

using idpf::Opcode;
using idpf::Status;

constexpr unsigned kPauses = 1000;  // until a card is taken for dead
constexpr uint16_t kTag = 0x5053;

// One entry of a list message, sent and answered.
template <idpf::WireHeader Header>
net::Wiped<typename Header::Element> call_one(nic::Nic& nic, Opcode opcode, const Header& header,
                                              const typename Header::Element& entry, const std::string& what,
                                              const Pause& pause) {
  std::vector<uint8_t> payload(idpf::message_size<Header>(1));
  std::memcpy(payload.data(), &header, sizeof header);
  std::memcpy(payload.data() + sizeof header, &entry, sizeof entry);
  std::vector<uint8_t> answer = call_management(nic, opcode, std::move(payload), pause);
  net::Wiped<typename Header::Element> result;
  const bool whole = idpf::holds_elements<Header>(answer, 1);
  if (whole) std::memcpy(&result.value, answer.data() + sizeof header, sizeof result.value);
  net::wipe(answer);
  const Status status = whole ? Status{result->status} : Status::kEio;
  if (status != Status::kSuccess) {
    throw std::runtime_error(fmt::format("{}: {} answers {} with {}", what, nic.violations().device(),
                                         idpf::opcode_name(opcode), idpf::status_name(status)));
  }
  return result;
}

struct Direction {
  idpf::PspTxSa sa;     // as the sender has it; without its key
  uint32_t rx_spi = 0;  // the same SA as the receiver has it
};

class Installer {
 public:
  Installer(CardPair& cards, KeyLog& keys, const Pause& pause) : cards_(cards), keys_(keys), pause_(pause) {}

  FlowIds install(const FlowSpec& spec, const std::string& what) {
    FlowIds ids{};
    const Direction directions[kSides] = {connect(kA, spec, what), connect(kB, spec, what)};
    for (const Side side : {kA, kB}) {
      ids[side] =
          call_one(cards_.nic(side), Opcode::kPspAddFlow,
                   idpf::PspFlowList{.vport_id = idpf::kVportNone, .num_flows = 1},
                   flow_of(spec, side, directions[side], directions[other(side)].rx_spi), what, pause_)
              ->flow_id;
    }
    return ids;
  }

 private:
  Direction connect(Side sender, const FlowSpec& spec, const std::string& what) {
    nic::Nic& from = cards_.nic(sender);
    const auto version = static_cast<uint8_t>(spec.version);
    const auto issued = call_one(
        cards_.nic(other(sender)), Opcode::kPspAllocRxSa,
        idpf::PspRxSaList{.vport_id = idpf::kVportNone, .num_sa = 1, .version = version}, {}, what, pause_);
    keys_.add(issued->spi, spec.version,
              psp::SessionKey(std::span<const uint8_t>(issued->key).first(issued->key_len)));
    net::Wiped<idpf::PspTxSa> wanted{{.sa_idx = idpf::kPspSaIdxAny,
                                      .spi = issued->spi,
                                      .version = version,
                                      .key_len = issued->key_len,
                                      .sa_tag = kTag}};
    wanted->key = issued->key;
    const idpf::PspTxSa added =
        call_one(from, Opcode::kPspAddTxSa, idpf::PspTxSaList{.vport_id = idpf::kVportNone, .num_sa = 1},
                 wanted.value, what, pause_)
            .value;
    call_one(from, Opcode::kPspSetTxEncap, idpf::PspTxEncapList{.vport_id = idpf::kVportNone, .num_encap = 1},
             encapsulation_of(spec, sender, added), what, pause_);
    return {added, issued->spi};
  }

  static idpf::PspTxEncap encapsulation_of(const FlowSpec& spec, Side sender, const idpf::PspTxSa& sa) {
    const flow::Encapsulation& how = spec.encapsulation;
    idpf::PspTxEncap entry{.sa_idx = sa.sa_idx, .sa_tag = sa.sa_tag};
    entry.mode = static_cast<idpf::PspEncapMode>(how.mode);
    entry.flags = how.vc ? idpf::kPspEncapVc : uint8_t{0};
    entry.crypt_offset = how.crypt_offset;
    entry.ttl = how.ttl;
    entry.traffic_class = how.traffic_class;
    entry.source = spec.ends[sender].outer;
    entry.destination = spec.ends[other(sender)].outer;
    entry.vc = how.vc.value_or(0);
    return entry;
  }

  static idpf::PspFlow flow_of(const FlowSpec& spec, Side side, const Direction& sent, uint32_t rx_spi) {
    const FlowEnd& own = spec.ends[side];
    const FlowEnd& peer = spec.ends[other(side)];
    idpf::PspFlow entry{.source = own.address,
                        .destination = peer.address,
                        .family = own.family != 0 ? own.family : peer.family,
                        .protocol = spec.protocol.value_or(0),
                        .source_bits = own.bits,
                        .destination_bits = peer.bits,
                        .source_port = own.port.value_or(0),
                        .destination_port = peer.port.value_or(0),
                        .vlan = spec.vlan.value_or(0),
                        .sa_tag = sent.sa.sa_tag,
                        .sa_idx = sent.sa.sa_idx,
                        .rx_spi = {rx_spi, 0}};
    const auto look_at = [&entry](bool set, uint16_t field) {
      if (set) entry.fields = static_cast<uint16_t>(entry.fields | field);
    };
    look_at(spec.protocol.has_value(), idpf::kPspFlowProtocol);
    look_at(own.port.has_value(), idpf::kPspFlowSourcePort);
    look_at(peer.port.has_value(), idpf::kPspFlowDestinationPort);
    look_at(spec.vlan.has_value(), idpf::kPspFlowVlan);
    return entry;
  }

  CardPair& cards_;
  KeyLog& keys_;
  const Pause& pause_;
};

}  // namespace

std::vector<uint8_t> call_management(nic::Nic& nic, Opcode opcode, std::vector<uint8_t> payload,
                                     const Pause& pause) {
  firmware::MailboxMessage request;
  request.descriptor.flags = idpf::kMbxFlagsRequest;
  request.descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
  request.descriptor.datalen = static_cast<uint16_t>(payload.size());
  request.descriptor.v_opcode = opcode;
  request.payload = std::move(payload);
  nic.management().send(std::move(request));
  for (unsigned i = 0; i < kPauses; ++i) {
    pause();
    std::optional<firmware::MailboxMessage> answer = nic.management().receive();
    if (!answer) continue;
    const Status status = answer->descriptor.v_retval;
    if (status == Status::kSuccess) return std::move(answer->payload);
    throw std::runtime_error(fmt::format("{} answers {} with {}", nic.violations().device(),
                                         idpf::opcode_name(opcode), idpf::status_name(status)));
  }
  throw std::runtime_error(
      fmt::format("{} does not answer {}", nic.violations().device(), idpf::opcode_name(opcode)));
}

std::vector<FlowIds> protect_flows(CardPair& cards, const std::vector<FlowSpec>& flows,
                                   const std::string& origin, KeyLog& keys, const Pause& pause) {
  Installer installer(cards, keys, pause);
  std::vector<FlowIds> ids;
  for (size_t i = 0; i < flows.size(); ++i) {
    ids.push_back(installer.install(flows[i], fmt::format("{}: flow {}", origin, i + 1)));
  }
  return ids;
}

std::vector<FlowCounts> count_flows(CardPair& cards, const std::vector<FlowIds>& flows, const Pause& pause) {
  std::vector<FlowCounts> all;
  for (const FlowIds& ids : flows) {
    FlowCounts& counts = all.emplace_back();
    for (const Side side : {kA, kB}) {
      counts[side] = call_one(cards.nic(side), Opcode::kPspGetFlowStats,
                              idpf::PspFlowStats{.vport_id = idpf::kVportNone, .num_flows = 1},
                              idpf::PspFlowCounts{.flow_id = ids[side]}, "flow counters", pause)
                         .value;
    }
  }
  return all;
}

}  // namespace pspnic::bench
