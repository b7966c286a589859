// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/psp_netlink.h"

#include <utility>

namespace pspnic::tcp {
namespace {

using host::PspErrno;
using host::PspResult;

constexpr uint32_t kSpiPhase = 0x8000'0000;

PspDeviceReply describe(const host::PspDevice& device) {
  return {device.id(), device.versions(), device.versions_enabled()};
}

}  // namespace

std::shared_ptr<host::PspDevice> PspNetlink::find(uint16_t device, PspResult& result) const {
  std::shared_ptr<host::PspDevice> found = core_.find(device);
  if (found == nullptr) result = {PspErrno::kNoDev, "dev-id: there is no such device"};
  return found;
}

// A socket that is not connected has no route; it may name a device.
std::shared_ptr<host::PspDevice> PspNetlink::find(const Connection* socket, std::optional<uint16_t> device,
                                                  PspResult& result) const {
  if (socket == nullptr) {
    result = {PspErrno::kOpNotSupp, "sock-fd: not a TCP socket"};
    return nullptr;
  }
  const uint16_t route = socket->psp_device();
  if (!device && route == 0) {
    result = {PspErrno::kInval, "dev-id: missing, and the socket has no route to a PSP device"};
    return nullptr;
  }
  std::shared_ptr<host::PspDevice> found = find(device.value_or(route), result);
  if (found != nullptr && route != 0 && route != found->id()) {
    result = {PspErrno::kInval, "dev-id: not the device of the socket's route"};
    return nullptr;
  }
  return found;
}

std::vector<PspDeviceReply> PspNetlink::dev_dump() const {
  std::vector<PspDeviceReply> all;
  for (const auto& device : core_.devices()) all.push_back(describe(*device));
  return all;
}

PspResult PspNetlink::dev_get(uint16_t device, PspDeviceReply& reply) const {
  PspResult result;
  if (const auto found = find(device, result)) reply = describe(*found);
  return result;
}

PspResult PspNetlink::dev_set(bool admin, uint16_t device, std::optional<uint32_t> versions) {
  if (!admin) return {PspErrno::kPerm, "dev-set needs the right to set up the network"};
  PspResult result;
  const auto found = find(device, result);
  if (found == nullptr) return result;
  if (!versions) return {PspErrno::kInval, "no settings"};
  return found->set_config(*versions);
}

PspResult PspNetlink::key_rotate(bool admin, uint16_t device) {
  if (!admin) return {PspErrno::kPerm, "key-rotate needs the right to set up the network"};
  PspResult result;
  const auto found = find(device, result);
  return found == nullptr ? result : found->rotate();
}

PspResult PspNetlink::get_stats(uint16_t device, PspStatsReply& reply) {
  PspResult result;
  const auto found = find(device, result);
  if (found == nullptr) return result;
  result = found->get_stats(reply.device);
  reply.core = found->counters();
  reply.has_tx_keys = found->has_key_ops();
  return result;
}

// A rekey: the other phase bit says that the device has rotated since, so the two SPIs cannot be confused.
PspResult PspNetlink::may_attach(const Connection& socket, const host::PspAssociation& fresh) const {
  const PspState state = socket.psp_state();
  if (state == PspState::kNormal) return {};
  if (!options_.rekey || state != PspState::kFull)
    return {PspErrno::kBusy, "the socket has a key to receive"};
  const host::PspRxMark& now = socket.psp()->association()->rx;
  if (now.device != fresh.rx.device) return {PspErrno::kInval, "dev-id: a rekey stays with its device"};
  if (now.version != fresh.rx.version) return {PspErrno::kInval, "version: a rekey stays with its version"};
  if (((now.spi ^ fresh.rx.spi) & kSpiPhase) == 0) {
    return {PspErrno::kInval, "the device key has not been rotated since"};
  }
  return {};
}

// As Linux: the SPI is allocated before the socket is looked at, and lost if that does not take it.
PspResult PspNetlink::rx_assoc(Connection* socket, std::optional<uint16_t> device, psp::Version version,
                               PspRxReply& reply) {
  PspResult result;
  const auto found = find(socket, device, result);
  if (found == nullptr) return result;
  const bool open = socket->state() != State::kClosed;
  psp::SessionKey key;
  host::PspAssociationRef association = found->allocate(version, key, result);
  if (association == nullptr) return result;
  if (open && socket->state() == State::kClosed) return {PspErrno::kNotConn, "the connection has ended"};
  result = may_attach(*socket, *association);
  if (!result.ok()) return result;
  reply = {found->id(), association->rx.spi, key};
  socket->attach(std::move(association));
  return {};
}

PspResult PspNetlink::may_upgrade(Connection& socket, const host::PspDevice& device,
                                  const host::TxSaRequest& request) const {
  const PspState state = socket.psp_state();
  if (state == PspState::kNormal) return {PspErrno::kInval, "the socket has no key to receive"};
  const host::PspRxMark& now = socket.psp()->association()->rx;
  if (now.device != device.id()) return {PspErrno::kInval, "dev-id: both keys must be of one device"};
  if (now.version != request.version) return {PspErrno::kInval, "version: not that of the other key"};
  if (state == PspState::kRx) {
    if (socket.unread_matches()) return {};
    return {PspErrno::kBusy, "unread data that did not come under the SA"};
  }
  const bool rekeys = options_.rekey && state == PspState::kFull;
  return rekeys ? PspResult{} : PspResult{PspErrno::kBusy, "the socket has a key to send"};
}

PspResult PspNetlink::tx_assoc(Connection* socket, std::optional<uint16_t> device,
                               const host::TxSaRequest& request) {
  PspResult result = host::check_tx_key(request);
  if (!result.ok()) return result;
  const auto found = find(socket, device, result);
  if (found == nullptr) return result;
  result = may_upgrade(*socket, *found, request);
  if (!result.ok()) return result;
  const bool first = socket->psp_state() == PspState::kRx;
  const host::PspAssociationRef association = socket->association();
  socket->lock();
  result = found->add_tx_key(*association, request);
  if (socket->association() != association) {  // aborted by its own process; the key goes with the last owner
    result = {PspErrno::kNotConn, "the connection has ended"};
  }
  if (result.ok()) first ? socket->upgrade() : socket->rekey_transmit();
  socket->unlock();
  return result;
}

}  // namespace pspnic::tcp
