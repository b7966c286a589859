// SPDX-License-Identifier: Apache-2.0
// What commands and resets wait for: queues that drain, frames on their way, reads of the driver's memory.
#include <algorithm>
#include <utility>

#include "model/nic/hardware.h"

namespace pspnic::nic {

using firmware::QueueKind;
using firmware::QueueRef;

namespace {

constexpr base::Time kDrainCheckInterval = 1 * base::kUs;  // how often what is still under way is looked at

}  // namespace

void Hardware::drain(Draining draining) {
  const std::vector<QueueRef> queues = draining.queues;
  const auto transmits = [this](const QueueRef& queue) {
    return (queue.kind == QueueKind::kTx || queue.kind == QueueKind::kConfigTx) && queue_enabled(queue);
  };
  for (const QueueRef& queue : queues) {
    draining.transmitting += transmits(queue);
    if (queue.kind != QueueKind::kRx) continue;
    const uint16_t id = card_queue(queue);
    blocks_.rx.drain(id);
    blocks_.rx_queues.enable(id, false);
  }
  const bool any = draining.transmitting > 0;
  draining_.push_back(std::move(draining));
  for (const QueueRef& queue : queues) {
    if (!transmits(queue)) continue;
    const uint16_t id = card_queue(queue);
    if (queue.kind == QueueKind::kTx) {
      blocks_.tx_queues.disable(id, base::Callback::to<&Hardware::on_tx_drained>(*this));
    } else {
      blocks_.config_queues.disable_commands(id, base::Callback::to<&Hardware::on_commands_drained>(*this));
    }
  }
  if (!any) finish_draining(draining_.back());
}

void Hardware::on_tx_drained(uint64_t number) {
  blocks_.tx_reports.report_drained(static_cast<uint16_t>(number));
  one_drained({QueueKind::kTx, static_cast<uint32_t>(number) - own_.share.first_queue});
}

void Hardware::on_commands_drained(uint64_t number) {
  one_drained({QueueKind::kConfigTx, static_cast<uint32_t>(number)});
}

void Hardware::one_drained(QueueRef drained) {
  for (Draining& draining : draining_) {
    const auto& queues = draining.queues;
    if (draining.transmitting == 0 || std::find(queues.begin(), queues.end(), drained) == queues.end())
      continue;
    if (--draining.transmitting == 0) finish_draining(draining);
    return;
  }
}

bool Hardware::reading(QueueRef queue) const {
  const uint16_t id = card_queue(queue);
  if (queue.kind == QueueKind::kRx) return blocks_.rx_queues.reading(id);
  if (queue.kind == QueueKind::kConfigRx) return blocks_.config_queues.reading_answers(id);
  return queue.kind == QueueKind::kRxBuffer && blocks_.rx_queues.reading_buffers(id);
}

bool Hardware::sending(uint16_t first_vport, uint16_t vports) const {
  return blocks_.tx.port().holds(first_vport, vports) || blocks_.card.looping_back(first_vport, vports);
}

// Of a vport that goes, frames are waited for as well: who gets its number must not get them or their counts.
bool Hardware::under_way(const Draining& draining) {
  const bool goes = draining.vport.has_value();
  for (const QueueRef queue : draining.queues) {
    if (reading(queue)) return true;
    if (!goes || queue.kind != QueueKind::kRx) continue;
    blocks_.rx.drain(card_queue(queue));  // into a queue that refuses it
    if (blocks_.rx.holds(card_queue(queue), 1)) return true;
  }
  return goes && sending(*draining.vport, 1);
}

void Hardware::finish_draining(Draining& draining) {
  for (const QueueRef& queue : draining.queues) {
    const uint16_t id = card_queue(queue);
    if (queue.kind == QueueKind::kTxCompletion) blocks_.tx_completions.enable(id, false);
    if (queue.kind == QueueKind::kConfigRx) blocks_.config_queues.disable_answers(id);
    if (queue.kind == QueueKind::kRxBuffer && blocks_.rx_queues.buffers_enabled(id)) {
      blocks_.rx_queues.enable_buffers(id, false);
    }
  }
  // The answer comes from an event even when nothing is left to wait for: the firmware's call has then
  // returned.
  if (!checking_) {
    checking_ = true;
    blocks_.events.schedule(blocks_.events.now(), base::Callback::to<&Hardware::on_check>(*this));
  }
}

void Hardware::on_check(uint64_t) {
  checking_ = false;
  std::vector<uint64_t> ended;
  std::erase_if(draining_, [&](const Draining& draining) {
    if (draining.transmitting > 0 || under_way(draining)) return false;
    ended.push_back(draining.token);
    return true;
  });
  const bool waiting = std::any_of(draining_.begin(), draining_.end(),
                                   [](const Draining& draining) { return draining.transmitting == 0; });
  if (waiting) {
    checking_ = true;
    blocks_.events.schedule(blocks_.events.now() + kDrainCheckInterval,
                            base::Callback::to<&Hardware::on_check>(*this));
  }
  for (const uint64_t token : ended) done(token);
}

void Hardware::done(uint64_t token) {
  control_plane_->hardware_done(token);
  mailbox_->resume();
}

void Hardware::begin_quiet() {
  const Share& share = own_.share;
  hold_messages();
  draining_.clear();
  token_waits_.clear();
  configure_psp_receive({});
  for (uint32_t id = 0; id < share.vports; ++id) blocks_.rx.configure_vport(share.vport(id), {});
  for (uint32_t id = 0; id < share.queues; ++id) {
    const uint16_t queue = share.queue(id);
    // What has been taken from the ring is sent; nobody hears of it.
    blocks_.tx_reports.reset(queue);
    blocks_.tx_completions.reset(queue);
    blocks_.tx_queues.disable(queue, base::Callback::to<&Hardware::on_forgotten>(*this));
    blocks_.rx_queues.reset(queue);
  }
  for (uint32_t id = 0; id < 2u * share.queues; ++id) {
    blocks_.rx_queues.enable_buffers(share.buffer_queue(id), false);
  }
  const crypto::SaRange& sas = blocks_.sas.range(share.function);
  for (auto slot = blocks_.sas.next_used(sas.first, sas.end()); slot;
       slot = blocks_.sas.next_used(*slot + 1, sas.end())) {
    if (blocks_.sas.state(*slot) == crypto::SaState::kUsed) start_erase(*slot, 0);
  }
  blocks_.interrupts.reset(share.first_vector, share.vectors);
}

bool Hardware::quiet() {
  const Share& share = own_.share;
  for (uint32_t id = 0; id < share.queues; ++id) {
    const uint16_t queue = share.queue(id);
    blocks_.rx.drain(queue);  // into a queue that refuses it
    if (!blocks_.tx_queues.idle(queue) || reading({QueueKind::kRx, id}) ||
        reading({QueueKind::kRxBuffer, 2 * id}) || reading({QueueKind::kRxBuffer, 2 * id + 1})) {
      return false;
    }
  }
  const bool sas = blocks_.sas.used(share.function, false) + blocks_.sas.used(share.function, true) > 0;
  return !sas && !mailbox_->reading() && !blocks_.rx.holds(share.first_queue, share.queues) &&
         !sending(share.first_vport, share.vports);
}

void Hardware::end_quiet() {
  quieting_ = false;
  for (uint32_t id = 0; id < own_.share.vports; ++id) {
    blocks_.fetcher.set_loopback(own_.share.vport(id), false);
  }
}

}  // namespace pspnic::nic
