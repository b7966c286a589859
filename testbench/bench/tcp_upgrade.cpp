// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_upgrade.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pspnic::bench {
namespace {

constexpr uint64_t kPieceBytes = 64 * base::kKiB;  // of data, between which a key may be put
constexpr uint64_t kRetryPause = 5 * base::kUs;    // while data that came in clear is unread
constexpr unsigned kMostTries = 1000;

}  // namespace

void TcpUpgrade::fail(std::string text) {
  if (fault_.empty()) fault_ = std::move(text);
}

void TcpUpgrade::offer(uint64_t bytes) {
  connection_->offer(bytes);
}

void TcpUpgrade::on_established(tcp::Connection& connection) {
  connection_ = &connection;
  host_.post([this] { get_key(); });
}

void TcpUpgrade::get_key() {
  if (ended_) return;
  tcp::PspRxReply reply;
  const host::PspResult result = host_.rx_assoc(*connection_, reply);
  if (ended_) return;
  if (!result.ok()) {
    fail(fmt::format("rx-assoc: {} ({})", host::text(result.error), result.text));
    return connection_->abort();
  }
  if (closed_) return;  // too late to tell; the SPI before holds until the next rotation, which waits
  offer(writer_.put_key(reply.spi, host_.version(), reply.key));
}

// An own key must be on its way before the peer's is installed: only so does it travel in clear.
void TcpUpgrade::on_key(const host::TxSaRequest& key) {
  host_.post([this, key] { install(key); });
}

void TcpUpgrade::install(const host::TxSaRequest& key) {
  for (unsigned tries = 0; !ended_; ++tries) {
    const host::PspResult result = host_.tx_assoc(*connection_, key);
    if (ended_) return;
    if (result.ok()) break;
    if (result.error == host::PspErrno::kBusy && tries < kMostTries) {
      host_.pause(kRetryPause);
      continue;
    }
    fail(fmt::format("tx-assoc: {} ({})", host::text(result.error), result.text));
    return connection_->abort();
  }
  if (ended_ || upgraded_) return;
  upgraded_ = true;
  offer(writer_.put_start());
  put_data();
}

// As much as may be under way; behind the last of it the end closes, or waits for the peer to.
void TcpUpgrade::put_data() {
  const uint64_t all = wanted_.bytes - wanted_.unsent;
  while (writer_.data_put() < all) {
    const uint64_t under_way = writer_.size() - connection_->sender().acknowledged_bytes();
    if (wanted_.in_pieces && under_way >= wanted_.ahead) return;
    const uint64_t left = all - writer_.data_put();
    offer(writer_.put_data(wanted_.in_pieces ? std::min(left, kPieceBytes) : left));
  }
  if (wanted_.closes || peer_closed_) close();
}

void TcpUpgrade::close() {
  if (std::exchange(closed_, true)) return;
  connection_->close();
}

void TcpUpgrade::on_bytes(std::span<const uint8_t> bytes) {
  if (!reader_.take(bytes, *this)) fail("the stream breaks the format of records");
}

void TcpUpgrade::on_start() {
  started_ = true;
}

void TcpUpgrade::take_data(std::span<const uint8_t> bytes) {
  if (!started_) fail("data came before the start marker");
  take_(bytes);
}

void TcpUpgrade::on_acknowledged(tcp::Connection& connection) {
  const uint64_t bytes = connection.sender().acknowledged_bytes();
  acknowledged_ = writer_.data_before(bytes);
  writer_.acknowledge(bytes);
  if (upgraded_ && !closed_) put_data();
}

void TcpUpgrade::on_peer_closed() {
  peer_closed_ = true;
  if (upgraded_ && !closed_) put_data();
}

void TcpUpgrade::rekey() {
  if (ended_ || closed_ || connection_ == nullptr) return;
  if (!upgraded_ || connection_->psp_state() != tcp::PspState::kFull) return;
  get_key();
}

bool TcpUpgrade::moved() const {
  if (ended_) return true;
  const host::PspAssociationRef association =
      connection_ != nullptr ? connection_->association() : host::PspAssociationRef{};
  return association != nullptr && association->has_tx && association->peer_moved &&
         association->rx.generation == host_.generation();
}

}  // namespace pspnic::bench
