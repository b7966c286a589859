// SPDX-License-Identifier: Apache-2.0
// start(): the vport, its queue ids and tails, packet types, filters, RSS and link.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/host/state.h"

namespace pspnic::host {
namespace {

constexpr uint16_t kPtypeStep = 58;                                // both known drivers walk in these steps
constexpr uint64_t kWantedRxDescriptors = 1u << 2;                 // RXDID 2
constexpr uint64_t kWantedTxDescriptors = (1u << 5) | (1u << 12);  // TSO context, flow-scheduled data

bool is_checked_l4(uint16_t protocol) {
  return protocol == idpf::kProtocolTcp || protocol == idpf::kProtocolUdp || protocol == idpf::kProtocolSctp;
}

}  // namespace

void Driver::State::create_vports() {
  vports.clear();
  unsigned first_pair = 0;
  for (size_t i = 0; i <= config.more_vports.size(); ++i) {
    Vport& vport = vports.emplace_back();
    vport.first_pair = first_pair;
    vport.pairs = i == 0 ? config.queue_pairs : config.more_vports[i - 1];
    first_pair += vport.pairs;
    create_vport(vport);
    check_vport(vport);
  }
}

void Driver::State::create_vport(Vport& vport) {
  const auto pairs = static_cast<uint16_t>(vport.pairs);
  idpf::CreateVport request;
  request.vport_index = static_cast<uint16_t>(&vport - vports.data());
  request.txq_model = idpf::QueueModel::kSplit;
  request.rxq_model = idpf::QueueModel::kSplit;
  request.num_tx_q = pairs;
  request.num_tx_complq = pairs;
  request.num_rx_q = pairs;
  request.num_rx_bufq = static_cast<uint16_t>(2 * pairs);
  std::array<uint8_t, sizeof request> bytes;
  std::memcpy(bytes.data(), &request, sizeof request);
  const MailboxReply reply = mailbox.call(idpf::Opcode::kCreateVport, std::span<const uint8_t>(bytes));
  vport.reply = Mailbox::head<idpf::CreateVport>(idpf::Opcode::kCreateVport, reply);
  if (!idpf::holds_elements<idpf::CreateVport>(reply.payload, vport.reply.num_chunks)) {
    throw DriverError(
        fmt::format("CREATE_VPORT: the reply has no room for {} chunks", vport.reply.num_chunks));
  }
  for (size_t i = 0; i < vport.reply.num_chunks; ++i) {
    take_queue_chunk(vport, *idpf::read_element<idpf::CreateVport>(reply.payload, i));
  }
  vport.mac = net::MacAddress::load(vport.reply.default_mac_addr.data());
}

void Driver::State::check_vport(const Vport& vport) const {
  const auto fail = [](const std::string& rule) { throw DriverError("CREATE_VPORT: " + rule); };
  const idpf::CreateVport& reply = vport.reply;
  if (reply.txq_model != idpf::QueueModel::kSplit || reply.rxq_model != idpf::QueueModel::kSplit) {
    fail("the device wants single queues");
  }
  if (reply.vport_id >= caps.max_vports)
    fail(fmt::format("vport_id {} is not below max_vports", reply.vport_id));
  for (const Vport* other = vports.data(); other != &vport; ++other) {
    if (other->reply.vport_id == reply.vport_id)
      fail(fmt::format("vport_id {} is given twice", reply.vport_id));
  }
  if (reply.max_mtu < config.mtu)
    fail(fmt::format("max_mtu {} is below the MTU of {}", reply.max_mtu, config.mtu));
  if ((reply.rx_desc_ids & kWantedRxDescriptors) != kWantedRxDescriptors) fail("RXDID 2 is not offered");
  if ((reply.tx_desc_ids & kWantedTxDescriptors) != kWantedTxDescriptors)
    fail("DTYPE 5 and 12 are not offered");
  const unsigned pairs = vport.pairs;
  const auto enough = [&](idpf::QueueType type, size_t count, const char* what) {
    const size_t got = vport.queues[static_cast<size_t>(type)].size();
    if (got < count) fail(fmt::format("{} {} in the chunks, {} are needed", got, what, count));
  };
  enough(idpf::QueueType::kTx, pairs, "Tx queues");
  enough(idpf::QueueType::kTxCompletion, pairs, "Tx completion queues");
  enough(idpf::QueueType::kRx, pairs, "Rx queues");
  enough(idpf::QueueType::kRxBuffer, size_t{2} * pairs, "Rx buffer queues");
  if (vport.mac.is_multicast() || vport.mac.is_zero()) {
    fail("default_mac_addr " + vport.mac.print() + " is no station address");
  }
}

void Driver::State::take_queue_chunk(Vport& vport, const idpf::QueueRegChunk& chunk) const {
  const auto type = static_cast<size_t>(chunk.type);
  if (type >= vport.queues.size()) return;
  constexpr uint32_t kMaxQueues = 1024;
  if (chunk.num_queues > kMaxQueues || chunk.start_queue_id > kMaxQueues - chunk.num_queues) {
    throw DriverError(fmt::format("CREATE_VPORT: queue ids {}..+{} of type {} are above 1023",
                                  chunk.start_queue_id, chunk.num_queues, type));
  }
  for (uint32_t k = 0; k < chunk.num_queues; ++k) {
    vport.queues[type].push_back(
        {chunk.start_queue_id + k, chunk.qtail_reg_start + uint64_t{k} * chunk.qtail_reg_spacing});
  }
}

void Driver::State::read_ptypes() {
  ptypes = {};
  for (uint16_t start = 0; start < idpf::kMaxPtypes; start = static_cast<uint16_t>(start + kPtypeStep)) {
    idpf::GetPtypeInfo request;
    request.start_ptype_id = start;
    request.num_ptypes = std::min<uint16_t>(kPtypeStep, static_cast<uint16_t>(idpf::kMaxPtypes - start));
    std::array<uint8_t, sizeof request> bytes;
    std::memcpy(bytes.data(), &request, sizeof request);
    const MailboxReply reply = mailbox.call(idpf::Opcode::kGetPtypeInfo, std::span<const uint8_t>(bytes));
    if (!take_ptypes(reply, start)) return;
  }
}

// False: the terminator was there.
bool Driver::State::take_ptypes(const MailboxReply& reply, uint16_t start) {
  const auto head = Mailbox::head<idpf::GetPtypeInfo>(idpf::Opcode::kGetPtypeInfo, reply);
  const auto fail = [&](const char* rule) {
    throw DriverError(fmt::format("GET_PTYPE_INFO from {}: {}", start, rule));
  };
  if (head.start_ptype_id != start) fail("start_ptype_id is not echoed");
  size_t offset = sizeof head;
  for (unsigned i = 0; i < head.num_ptypes; ++i) {
    const auto entry = idpf::read_at<idpf::PtypeEntryHead>(reply.payload, offset);
    if (!entry) fail("the reply ends inside an entry");
    if (entry->ptype_id_10 == idpf::kPtypeTerminator) return false;
    if (entry->ptype_id_10 >= idpf::kMaxPtypes) fail("ptype_id_10 is above 1023");
    if (entry->proto_id_count == 0) fail("an entry has no protocols");
    offset += sizeof *entry;
    for (unsigned k = 0; k < entry->proto_id_count; ++k, offset += sizeof(uint16_t)) {
      const auto protocol = idpf::read_at<uint16_t>(reply.payload, offset);
      if (!protocol) fail("the reply ends inside an entry");
      if (is_checked_l4(*protocol)) ptypes.checked.set(entry->ptype_id_10);
      const bool mergeable = *protocol == idpf::kProtocolTcp || *protocol == idpf::kProtocolPsp;
      if (mergeable) ptypes.mergeable.set(entry->ptype_id_10);
    }
  }
  return true;
}

void Driver::State::send_vport(const Vport& vport, idpf::Opcode opcode) {
  mailbox.call(opcode, idpf::VportMessage{vport.reply.vport_id, 0});
}

void Driver::State::send_mac(const Vport& vport, idpf::Opcode opcode) {
  if ((caps.other_caps & idpf::kCapMacFilter) == 0) return;
  idpf::MacAddr address;
  address.addr = vport.mac.bytes;
  send_list<idpf::MacAddrList>(vport, opcode, std::span(&address, 1), &idpf::MacAddrList::num_mac_addr);
}

void Driver::State::send_promiscuous(bool unicast, bool multicast) {
  if ((caps.other_caps & idpf::kCapPromisc) == 0) {
    throw DriverError("CONFIG_PROMISCUOUS_MODE: the capability is not granted");
  }
  idpf::PromiscInfo info;
  if (unicast) info.flags |= idpf::kPromiscUnicast;
  if (multicast) info.flags |= idpf::kPromiscMulticast;
  for (const Vport& vport : vports) {
    info.vport_id = vport.reply.vport_id;
    mailbox.call(idpf::Opcode::kConfigPromiscuousMode, info);
  }
}

void Driver::State::configure_rss(const Vport& vport) {
  const uint32_t vport_id = vport.reply.vport_id;
  const size_t key_bytes = vport.reply.rss_key_size;
  if (key_bytes > config.rss_key.size()) {
    throw DriverError(
        fmt::format("CREATE_VPORT: rss_key_size {} is above {}", key_bytes, config.rss_key.size()));
  }
  std::vector<uint8_t> key(idpf::rss_key_message_size(key_bytes));
  if (!idpf::write_rss_key(key, {vport_id, std::span(config.rss_key).first(key_bytes)})) return;
  mailbox.call(idpf::Opcode::kSetRssKey, std::span<const uint8_t>(key));

  constexpr size_t kMaxEntries = (idpf::kMaxPayload - sizeof(idpf::RssLut)) / sizeof(uint32_t);
  const uint16_t entries = vport.reply.rss_lut_size;
  if (entries == 0 || entries > kMaxEntries) {
    throw DriverError(fmt::format("CREATE_VPORT: rss_lut_size {} is not in 1..{}", entries, kMaxEntries));
  }
  std::vector<uint32_t> table(entries);
  for (uint32_t i = 0; i < table.size(); ++i) table[i] = i % vport.pairs;
  idpf::RssLut head;
  head.vport_id = vport_id;
  head.lut_entries = entries;
  std::vector<uint8_t> message(idpf::message_size<idpf::RssLut>(table.size()));
  std::memcpy(message.data(), &head, sizeof head);
  std::memcpy(message.data() + sizeof head, table.data(), table.size() * sizeof(uint32_t));
  mailbox.call(idpf::Opcode::kSetRssLut, std::span<const uint8_t>(message));
}

void Driver::State::wait_for_link() {
  const uint64_t begin = port.now_ps();
  for (;;) {
    mailbox.poll();
    if (link_up()) return;
    if (port.now_ps() - begin >= config.link_timeout_ps) {
      throw DriverError("link: no LINK_CHANGE event with link_status 1 has come");
    }
    port.delay(config.mailbox_poll_ps);
  }
}

void Driver::State::on_mailbox_event(std::span<const uint8_t> payload) {
  const auto event = idpf::read_at<idpf::Event>(payload);
  if (!event) return anomalies.add(fmt::format("event: {} bytes are too few", payload.size()));
  if (event->event == idpf::EventCode::kLinkChange) {
    const auto vport = std::find_if(vports.begin(), vports.end(),
                                    [&](const Vport& one) { return one.reply.vport_id == event->vport_id; });
    if (vport == vports.end()) return anomalies.add(fmt::format("event: no vport {}", event->vport_id));
    vport->link_up = event->link_status != 0;
    link_speed_mbps = event->link_speed;
    return;
  }
  const auto psp_event = idpf::read_at<idpf::PspEvent>(payload);
  if (psp_event && static_cast<uint32_t>(event->event) >= idpf::kPspEventBase)
    return psp.on_event(*psp_event);
  anomalies.add(fmt::format("event: unknown code {}", static_cast<uint32_t>(event->event)));
}

}  // namespace pspnic::host
