// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/tx_checks.h"

#include <algorithm>

#include "model/idpf/tx_descriptors.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

namespace {

constexpr size_t kTags = 65536;

struct Reserved {
  const char* field = nullptr;  // null: all are 0
  uint64_t bits = 0;
};

// Of split queues. Flex bytes of a TSO context are none: Linux leaves what was there.
Reserved reserved_bits(std::span<const uint8_t> in) {
  const uint16_t mss = net::load_le16(&in[4]);
  constexpr uint16_t kAboveMss = 0xc000;
  switch (static_cast<idpf::Dtype>(in[8] & 0x1f)) {
    case idpf::Dtype::kFlowData:
      return {"buffer_size", net::load_le16(&in[14]) & 0x8000u};
    case idpf::Dtype::kTsoContext:
      if ((in[2] & 0xfc) != 0) return {"tlen", in[2] & 0xfcu};
      return {"mss", static_cast<uint64_t>(mss & kAboveMss)};
    case idpf::Dtype::kPspContext:
      if ((in[2] & 0xfc) != 0) return {"tlen", in[2] & 0xfcu};
      if ((mss & kAboveMss) != 0) return {"mss", static_cast<uint64_t>(mss & kAboveMss)};
      if ((in[7] & 0xc0) != 0) return {"flags", in[7] & 0xc0u};
      return {"sa_idx", in[15]};
    case idpf::Dtype::kPspKey:
      return {"index", in[10] & 0x7cu};
    default:
      return {};
  }
}

}  // namespace

void TxChecks::descriptor(uint16_t queue, uint16_t index, std::span<const uint8_t> descriptor) {
  const Site site{Site::Kind::kTxQueue, queue};
  if (rings_.model(site) != idpf::QueueModel::kSplit) return;
  const Reserved reserved = reserved_bits(descriptor);
  if (reserved.field == nullptr || reserved.bits == 0) return;
  reporter_.report(DriverRule::kTxReserved, site,
                   {.part = base::descriptor_text(index),
                    .field = reserved.field,
                    .seen = "bits " + hex(reserved.bits),
                    .expected = "0"});
}

void TxChecks::packet(const queue::TxJob& job) {
  const Site site{Site::Kind::kTxQueue, job.queue};
  reporter_.note(site, "packet, descriptors", job.descriptor_count);
  // A driver that gives no tags leaves 0 everywhere.
  if (job.completion_tag == 0 || rings_.model(site) != idpf::QueueModel::kSplit) return;
  std::vector<bool>& tags = tags_[job.queue];
  tags.resize(kTags);
  if (tags[job.completion_tag]) {
    const uint32_t length = std::max(rings_.length(site), 1u);
    reporter_.report(DriverRule::kTxTagReuse, site,
                     {.part = base::descriptor_text((job.head + length - 1) % length),
                      .field = "compl_tag",
                      .seen = std::to_string(job.completion_tag) + ", which another packet has",
                      .expected = {}});
  }
  tags[job.completion_tag] = true;
}

void TxChecks::reported(const queue::TxJob& job) {
  const Site site{Site::Kind::kTxQueue, job.queue};
  const std::span pieces(job.pieces.data(), job.piece_count);
  const bool split = rings_.model(site) == idpf::QueueModel::kSplit;
  // A single queue reports only what asks for it, and with that all in front of it.
  if (!split && std::ranges::none_of(pieces, [](const auto& piece) { return piece.report; })) return;
  reporter_.note(site, "packet reported, head", job.head);
  rings_.done(site, job.head);
  if (const auto tags = tags_.find(job.queue); tags != tags_.end()) tags->second[job.completion_tag] = false;
}

void TxChecks::disabled(uint16_t queue, unsigned begun) {
  if (begun == 0) return;
  reporter_.report(DriverRule::kTxPacketIncomplete, {Site::Kind::kTxQueue, queue},
                   {.part = {},
                    .field = "eop",
                    .seen = std::to_string(begun) + " descriptors without a last one",
                    .expected = {}});
}

}  // namespace pspnic::sanitizer
