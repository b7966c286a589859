// SPDX-License-Identifier: Apache-2.0
// The transmit path from the rings in host memory to the wire.
#pragma once

#include <memory>
#include <random>

#include "model/psp/seal.h"
#include "model/tx/fetcher.h"
#include "testbench/tests/model/harness.h"
#include "testbench/tests/model/queue/descriptors.h"

namespace pspnic::test {

// Keeps what leaves the port.
struct Port : mac::Wire {
  struct Frame {
    Bytes bytes;
    Time start;
    Time end;
  };
  std::vector<Frame> frames;
  void transmit(base::PacketPtr packet) override {
    frames.push_back({to_bytes(packet->bytes()), packet->wire_start, packet->wire_end});
  }
};

// An engine that fails when told to, and then leaves everything as it was.
class FailingAead : public psp::Aead {
 public:
  bool failing = false;
  bool seal(const psp::SessionKey& key, psp::Nonce nonce, std::span<const uint8_t> aad,
            std::span<uint8_t> text, std::span<uint8_t, psp::kIcvBytes> tag) noexcept override {
    return !failing && body_->seal(key, nonce, aad, text, tag);
  }
  bool open(const psp::SessionKey& key, psp::Nonce nonce, std::span<const uint8_t> aad,
            std::span<uint8_t> text, std::span<const uint8_t, psp::kIcvBytes> tag) noexcept override {
    return !failing && body_->open(key, nonce, aad, text, tag);
  }
  const char* name() const noexcept override { return "failing"; }

 private:
  std::unique_ptr<psp::Aead> body_ = psp::make_openssl_aead();
};

inline psp::SessionKey session_key(psp::Version version, uint8_t seed) {
  Bytes bytes(psp::key_bytes(version));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(seed + 17 * i);
  return psp::SessionKey(bytes);
}

inline Bytes random_bytes(std::mt19937& random, size_t count) {
  Bytes bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

struct TxSettings {
  tx::TxParams tx;
  mac::MacParams mac;
  crypto::GcmParams gcm;
  queue::TxReportParams reports;
  uint64_t iv_epoch = 1'000'000'000;
  bool key_in_descriptor = false;
  crypto::SaCacheParams sa_cache;
  uint16_t vports = 1;  // queue i shares with vport i modulo this
};

class TxBench : public Harness {
 public:
  static constexpr uint16_t kRing = 128;
  static constexpr uint16_t kQueues = 2;

  explicit TxBench(const TxSettings& settings = {})
      : key_in_descriptor(settings.key_in_descriptor),
        iv_clock(settings.iv_epoch),
        mac(settings.mac),
        lanes(settings.gcm),
        pipeline(root, settings.tx, kQueues, {events, aead, iv_clock, port, mac, lanes, drops, &flows}),
        loader(
            settings.sa_cache.memory == crypto::SaCacheParams::Memory::kOnChip
                ? nullptr
                : std::make_unique<tx::SaLoader>(root, settings.sa_cache, tx::SaLoader::Ports{events, dma})),
        queues(root, {}, kQueues, {events, dma, violations}),
        completions(root, kQueues, {events, dma, interrupts, violations}),
        reports(root, settings.reports, kQueues, {dma, interrupts, completions}),
        fetcher(root, settings.tx, kQueues, settings.vports,
                {events, dma, pool, queues, reports, sas, pipeline, mac, drops, &flows, loader.get()}) {
    queues.set_sink(&fetcher);
    for (uint16_t i = 0; i < kQueues; ++i) {
      ring_[i] = memory.allocate(kRing * 16);
      completion_ring_[i] = memory.allocate(kRing * 2 * 8);
      fetcher.set_vport(i, i % settings.vports);
      start(i);
    }
  }

  void start(uint16_t queue) {
    queues.configure(queue, {ring_[queue], kRing, true, idpf::QueueModel::kSplit, key_in_descriptor});
    completions.configure(queue, {completion_ring_[queue], 2 * kRing});
    completions.enable(queue, true);
    reports.configure(queue, {idpf::QueueModel::kSplit, 0, queue, static_cast<uint16_t>(queue + 10)});
    queues.enable(queue);
    const std::span<uint8_t> entries = memory.at(completion_ring_[queue], kRing * 2 * 8);
    std::fill(entries.begin(), entries.end(), uint8_t{0});
    tail_[queue] = 0;
    seen_[queue] = 0;
  }

  void put(uint16_t queue, const queue::test::Descriptor& descriptor) {
    std::copy(descriptor.begin(), descriptor.end(), memory.at(ring_[queue] + tail_[queue] * 16u, 16).begin());
    tail_[queue] = static_cast<uint16_t>((tail_[queue] + 1) % kRing);
  }
  // Data descriptors for `bytes`, cut at the offsets given.
  void put_frame(uint16_t queue, const Bytes& bytes, uint16_t tag, std::vector<size_t> cuts = {}) {
    const uint64_t address = memory.store(bytes);
    for (size_t next = 16383; next < bytes.size(); next += 16383) cuts.push_back(next);
    cuts.push_back(bytes.size());
    std::sort(cuts.begin(), cuts.end());
    size_t from = 0;
    for (const size_t cut : cuts) {
      if (cut == from) continue;
      put(queue,
          queue::test::data(address + from, static_cast<uint16_t>(cut - from), cut == bytes.size(), tag));
      from = cut;
    }
  }
  void ring(uint16_t queue) { queues.write_tail(queue, tail_[queue]); }
  uint16_t tail(uint16_t queue) const { return tail_[queue]; }
  uint64_t ring_address(uint16_t queue) const { return ring_[queue]; }

  // Completions since the last call.
  std::vector<idpf::TxCompletion> completed(uint16_t queue) {
    std::vector<idpf::TxCompletion> found;
    while (true) {
      const uint32_t index = seen_[queue] % (2 * kRing);
      const auto entry = idpf::TxCompletion::decode(
          std::span<const uint8_t, 8>(memory.at(completion_ring_[queue] + index * 8, 8)));
      if (entry.generation != (seen_[queue] / (2 * kRing) % 2 == 0)) return found;
      found.push_back(entry);
      ++seen_[queue];
    }
  }
  std::vector<uint16_t> tags(uint16_t queue) {
    std::vector<uint16_t> values;
    for (const idpf::TxCompletion& entry : completed(queue)) {
      if (entry.type == idpf::TxCompletionType::kRs) values.push_back(entry.value);
    }
    return values;
  }

  uint64_t drop(base::DropReason reason) const { return drops[reason]; }
  bool balanced() const {
    return fetcher.frames() ==
           pipeline.stats().frames.value() + fetcher.dropped() + fetcher.held() + pipeline.held();
  }

  const bool key_in_descriptor;
  FailingAead aead;
  psp::IvClock iv_clock;
  Port port;
  mac::Mac mac;
  crypto::GcmLanes lanes;
  crypto::SaTable sas{16, aead};
  flow::FlowTable flows{root, {}};
  tx::Pipeline pipeline;
  std::unique_ptr<tx::SaLoader> loader;
  queue::TxQueues queues;
  queue::TxCompletions completions;
  queue::TxReports reports;
  tx::Fetcher fetcher;

 private:
  uint64_t ring_[kQueues] = {};
  uint64_t completion_ring_[kQueues] = {};
  uint16_t tail_[kQueues] = {};
  uint32_t seen_[kQueues] = {};
};

}  // namespace pspnic::test
