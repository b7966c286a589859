// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/card_target.h"

#include <algorithm>
#include <array>

#include "model/idpf/mailbox.h"
#include "model/idpf/registers.h"
#include "model/idpf/virtchnl2.h"
#include "testbench/fuzz/input.h"
#include "testbench/tests/model/nic/card_bench.h"

namespace pspnic::fuzz {
namespace {

using host::Space;

constexpr uint16_t kRing = 64;
constexpr uint16_t kVfs = 2;
constexpr base::Time kAnswer = 200 * base::kUs;  // long beside any command here

// Offsets that a fuzzer would not find by chance in 256 MiB.
constexpr std::array<uint32_t, 24> kOffsets = {
    0x08400000, 0x08400004, 0x08400008, 0x0840000C, 0x08400010, 0x08400014, 0x08400018, 0x0840001C,
    0x08400020, 0x08400024, 0x08407000, 0x0840700C, 0x08900000, 0x08901000, 0x08900004, 0x08406000,
    0x08404000, 0x05000000, 0x05001000, 0x03000000, 0x03001000, 0x00000000, 0x00001000, 0x08406004,
};

nic::NicParams card_params() {
  nic::NicParams params;
  params.device.queues = 4;
  params.device.vports = 2;
  params.device.sa_slots = 64;
  params.device.spi_count = 200;
  params.device.vfs = kVfs;
  params.device.vf_sa_slots = 8;
  params.device.vf_spi_count = 20;
  params.device.reset_time = {1 * base::kUs};
  // What looks at drivers meets the worst of them as well.
  params.sanitizer.mode = sanitizer::SanitizerParams::Mode::kReport;
  params.sanitizer.mailbox_timeout = {20 * base::kUs};
  params.sanitizer.interrupt_timeout = {20 * base::kUs};
  params.sanitizer.buffer_timeout = {20 * base::kUs};
  return params;
}

bench::HostParams host_params() {
  bench::HostParams params;
  params.memory.bytes = 64 * base::kMiB;
  return params;
}

// Of a virtual function.
constexpr std::array<uint32_t, 20> kVirtualOffsets = {idpf::vf::kArqbal,
                                                      idpf::vf::kArqbah,
                                                      idpf::vf::kArqlen,
                                                      idpf::vf::kArqh,
                                                      idpf::vf::kArqt,
                                                      idpf::vf::kAtqbal,
                                                      idpf::vf::kAtqbah,
                                                      idpf::vf::kAtqlen,
                                                      idpf::vf::kAtqh,
                                                      idpf::vf::kAtqt,
                                                      idpf::vf::kArqlen,
                                                      idpf::vf::kAtqlen,
                                                      idpf::vf::kAtqt,
                                                      idpf::vf::kIntIcr0Ena1,
                                                      idpf::vf::kIntDynCtl0,
                                                      0x3800,
                                                      0x2c00,
                                                      idpf::vf::tx_tail(0),
                                                      idpf::vf::rx_tail(1),
                                                      idpf::vf::rx_buf_tail(0)};

// Else a message.
enum Operation : uint8_t { kRegister, kAnyRegister, kScribble, kTime, kVirtualRegister, kConfig, kEnableVfs };

}  // namespace

class FuzzedCard::Bench : private pspnic::test::CardBench {
 public:
  Bench() : CardBench(card_params(), host_params()) {
    rings_ = host_.allocate(2 * kRing * idpf::kMailboxDescriptorBytes, 128);
    requests_ = host_.allocate(kRing * idpf::kMailboxBufferBytes, 4096);
    replies_ = host_.allocate(kRing * idpf::kMailboxBufferBytes, 4096);
  }

  std::string run(std::span<const uint8_t> bytes) {
    if (!reset()) return "no reset";
    Input input(bytes);
    for (; !input.empty(); ++steps_) step(input);
    if (!reset()) return "no way back from this";
    if (!answers_version()) return "VERSION is not answered";
    const std::string imbalance = nic_.imbalance();
    return imbalance.empty() ? "" : "the books do not balance: " + imbalance;
  }

  uint64_t steps() const { return steps_; }

 private:
  void step(Input& input) {
    switch (input.byte() % 16) {
      case kVirtualRegister: {
        const auto function = static_cast<uint16_t>(1 + input.byte() % kVfs);
        const uint8_t which = input.byte();
        const uint32_t offset = which < 0xc0 ? kVirtualOffsets[which % kVirtualOffsets.size()]
                                             : input.word() % idpf::vf::kBar0Bytes & ~3u;
        host_.write32(function, Space::kBar0, offset, input.word());
        break;
      }
      case kConfig: {
        const auto function = static_cast<uint16_t>(input.byte() % (1 + kVfs));
        const uint32_t offset = input.half() % 0x200 & ~3u;
        host_.write32(function, Space::kConfig, offset, input.word());
        break;
      }
      case kEnableVfs:
        enable_vfs();
        break;
      case kRegister: {
        const uint32_t offset = kOffsets[input.byte() % kOffsets.size()];
        write(offset, input.word());
        break;
      }
      case kAnyRegister: {
        const uint32_t offset = input.word() % idpf::pf::kBar0Bytes & ~3u;
        write(offset, input.word());
        break;
      }
      case kScribble: {
        const size_t place = input.half() % rings_.bytes.size();
        const auto bytes = input.take(std::min<size_t>(input.byte(), rings_.bytes.size() - place));
        std::ranges::copy(bytes, rings_.bytes.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      }
      case kTime:
        host_.delay(base::Time{input.byte()} * 10 * base::kUs + 1);
        break;
      default:
        message(input);
        break;
    }
  }

  void write(uint32_t offset, uint32_t value) { host_.write32(Space::kBar0, offset, value); }

  void message(Input& input) {
    idpf::MailboxDescriptor request;
    request.v_opcode = read_opcode(input);
    const auto payload = input.take(input.half() % (idpf::kMailboxBufferBytes + 1));
    send(request, payload);
    host_.delay(input.byte() % 4 == 0 ? kAnswer : base::kUs);
  }

  void send(idpf::MailboxDescriptor request, std::span<const uint8_t> payload) {
    const uint16_t slot = next_;
    next_ = static_cast<uint16_t>((next_ + 1) % kRing);
    std::ranges::copy(payload, requests_.bytes.begin() + slot * std::ptrdiff_t{idpf::kMailboxBufferBytes});
    request.opcode = idpf::MailboxOpcode::kSendToCp;
    request.flags = payload.empty() ? uint16_t{0} : idpf::kMbxFlagsRequest;
    request.datalen = static_cast<uint16_t>(payload.size());
    request.address = requests_.iova + slot * idpf::kMailboxBufferBytes;
    request.encode(descriptor(slot));
    write(idpf::pf::kAtqt, next_);
  }

  std::span<uint8_t, idpf::kMailboxDescriptorBytes> descriptor(unsigned index) {
    return std::span(rings_.bytes)
        .subspan(index * idpf::kMailboxDescriptorBytes)
        .first<idpf::kMailboxDescriptorBytes>();
  }

  // As every driver begins: software reset, then both rings.
  bool reset() {
    write(idpf::pf::kPfgenCtrl, 1);
    for (unsigned tries = 0; (host_.read32(Space::kBar0, idpf::pf::kPfgenRstat) & idpf::kRstatMask) == 0;
         ++tries) {
      if (tries == 100) return false;
      host_.delay(10 * base::kUs);
    }
    std::ranges::fill(rings_.bytes, uint8_t{0});
    next_ = 0;
    for (uint16_t i = 0; i < kRing; ++i) {
      idpf::MailboxDescriptor buffer;
      buffer.flags = idpf::kMbxFlagsRequest;
      buffer.datalen = idpf::kMailboxBufferBytes;
      buffer.address = replies_.iova + i * idpf::kMailboxBufferBytes;
      buffer.encode(descriptor(kRing + i));
    }
    const uint64_t arq = rings_.iova + kRing * idpf::kMailboxDescriptorBytes;
    write(idpf::pf::kAtqh, 0);
    write(idpf::pf::kAtqbal, static_cast<uint32_t>(rings_.iova));
    write(idpf::pf::kAtqbah, static_cast<uint32_t>(rings_.iova >> 32));
    write(idpf::pf::kAtqlen, kRing | idpf::kMbxLenEnable);
    write(idpf::pf::kArqt, kRing - 1);
    write(idpf::pf::kArqh, 0);
    write(idpf::pf::kArqbal, static_cast<uint32_t>(arq));
    write(idpf::pf::kArqbah, static_cast<uint32_t>(arq >> 32));
    write(idpf::pf::kArqlen, kRing | idpf::kMbxLenEnable);
    return true;
  }

  // As far as the mailbox is in a state for it.
  void enable_vfs() {
    ask(idpf::Opcode::kVersion, idpf::VersionInfo{idpf::kVersionMajor, idpf::kVersionMinor});
    idpf::GetCapabilities caps;
    caps.other_caps = ~uint64_t{0};
    ask(idpf::Opcode::kGetCaps, caps);
    ask(idpf::Opcode::kSetSriovVfs, idpf::SriovVfs{kVfs});
    host_.delay(kAnswer);
    host_.write32(Space::kConfig, pcie::ConfigSpace::kSriovNumVfs, kVfs);
    host_.write32(Space::kConfig, pcie::ConfigSpace::kSriovControl,
                  pcie::ConfigSpace::kSriovEnable | pcie::ConfigSpace::kSriovMemory);
  }

  template <idpf::WireStruct T>
  void ask(idpf::Opcode opcode, const T& message) {
    idpf::MailboxDescriptor request;
    request.v_opcode = opcode;
    send(request, {reinterpret_cast<const uint8_t*>(&message), sizeof message});
  }

  bool answers_version() {
    idpf::MailboxDescriptor request;
    request.v_opcode = idpf::Opcode::kVersion;
    request.sw_cookie = 0x5a5a;
    const std::array<uint8_t, 8> version = {2, 0, 0, 0, 0, 0, 0, 0};
    send(request, version);
    host_.delay(kAnswer);
    const auto answer = idpf::MailboxDescriptor::decode(descriptor(kRing));
    return (answer.flags & idpf::kMbxFlagDd) != 0 && answer.sw_cookie == 0x5a5a &&
           answer.v_retval == idpf::Status::kSuccess;
  }

  host::DmaBuffer rings_;     // ATQ, then ARQ
  host::DmaBuffer requests_;  // buffers
  host::DmaBuffer replies_;
  uint16_t next_ = 0;
  uint64_t steps_ = 0;
};

FuzzedCard::FuzzedCard() : bench_(std::make_unique<Bench>()) {}
FuzzedCard::~FuzzedCard() = default;

std::string FuzzedCard::run(std::span<const uint8_t> bytes) {
  return bench_->run(bytes);
}

uint64_t FuzzedCard::steps() const {
  return bench_->steps();
}

}  // namespace pspnic::fuzz
