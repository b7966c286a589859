// SPDX-License-Identifier: Apache-2.0
// A driver of one's own, as small as it can be: it finds the card, resets it, starts the mailbox and has the
// firmware give out receive keys. Two cards with their cable and a host for each are the bench's; what drives
// card A is all here. docs/drivers.md walks through it.
//
//   build/release/testbench/examples/psp_keys
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <systemc>
#include <vector>

#include "model/idpf/mailbox.h"
#include "model/idpf/psp_ext.h"
#include "model/idpf/psp_numbers.h"
#include "model/idpf/registers.h"
#include "model/idpf/virtchnl2_caps.h"
#include "model/net/wipe.h"
#include "testbench/bench/card_pair.h"
#include "testbench/bench/host_system.h"
#include "testbench/bench/script.h"

namespace {

using namespace pspnic;  // NOLINT(google-build-using-namespace): a program, not a library
using host::Space;

constexpr uint64_t kUs = 1'000'000;  // ps
constexpr unsigned kEntries = idpf::kMailboxRingLen;

class SmallDriver {
 public:
  explicit SmallDriver(host::HostPort& port) : port_(port) {}

  // What firmware or a kernel does before a driver sees the card, then the driver's own reset.
  void find_and_reset() {
    constexpr uint64_t kCommand = 4;
    constexpr uint32_t kMemoryAndBusMaster = 6;
    const uint32_t id = port_.read32(Space::kConfig, 0);
    fmt::print("found {:04x}:{:04x}\n", id & 0xffff, id >> 16);
    port_.write32(Space::kConfig, kCommand, kMemoryAndBusMaster);
    port_.write32(Space::kBar0, idpf::pf::kPfgenCtrl, idpf::kPfSwr);
    const auto in_reset = [this] {
      return (port_.read32(Space::kBar0, idpf::pf::kPfgenRstat) & idpf::kRstatMask) == idpf::kRstatInProgress;
    };
    while (in_reset()) port_.delay(100 * kUs);
  }

  // ATQ takes requests, ARQ brings answers and events into buffers that stand there all the time.
  void start_mailbox() {
    atq_ = port_.allocate(kEntries * idpf::kMailboxDescriptorBytes, host::kRingAlignment);
    arq_ = port_.allocate(kEntries * idpf::kMailboxDescriptorBytes, host::kRingAlignment);
    request_ = port_.allocate(idpf::kMailboxBufferBytes, host::kRingAlignment);
    answers_ = port_.allocate(kEntries * idpf::kMailboxBufferBytes, host::kRingAlignment);
    for (unsigned i = 0; i + 1 < kEntries; ++i) post_receive_buffer(i);
    write(idpf::pf::kAtqbal, atq_.iova);
    write(idpf::pf::kAtqbah, atq_.iova >> 32);
    write(idpf::pf::kAtqlen, kEntries | idpf::kMbxLenEnable);
    write(idpf::pf::kArqbal, arq_.iova);
    write(idpf::pf::kArqbah, arq_.iova >> 32);
    write(idpf::pf::kArqlen, kEntries | idpf::kMbxLenEnable);
    write(idpf::pf::kArqt, kEntries - 1);
  }

  // One request after the other: its answer, or the end of the program with the firmware's reason.
  std::vector<uint8_t> call(idpf::Opcode opcode, std::span<const uint8_t> payload) {
    std::copy(payload.begin(), payload.end(), request_.bytes.begin());
    idpf::MailboxDescriptor request;
    request.flags = idpf::kMbxFlagsRequest;
    request.opcode = idpf::MailboxOpcode::kSendToCp;
    request.datalen = static_cast<uint16_t>(payload.size());
    request.v_opcode = opcode;
    request.sw_cookie = ++cookie_;
    request.address = request_.iova;
    request.encode(slot(atq_, atq_next_));
    atq_next_ = (atq_next_ + 1) % kEntries;
    write(idpf::pf::kAtqt, atq_next_);
    while (true) {
      const auto found = idpf::MailboxDescriptor::decode(slot(arq_, arq_next_));
      if ((found.flags & idpf::kMbxFlagDd) == 0) {
        port_.delay(1 * kUs);  // or wait for the mailbox's interrupt, which is vector 0
        continue;
      }
      const auto buffer = answers_.bytes.subspan(arq_next_ * idpf::kMailboxBufferBytes, found.datalen);
      std::vector<uint8_t> answer(buffer.begin(), buffer.end());
      net::wipe(buffer);  // it may hold keys
      give_back();
      if (found.v_opcode != opcode || found.sw_cookie != cookie_) continue;  // an event
      fmt::print("{:<16} {}\n", idpf::opcode_name(opcode), idpf::status_name(found.v_retval));
      if (found.v_retval != idpf::Status::kSuccess) std::exit(1);
      return answer;
    }
  }
  // The same for a message that is one struct each way.
  template <idpf::WireStruct T>
  T call(idpf::Opcode opcode, const T& request) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&request);
    return idpf::read_at<T>(call(opcode, std::span(bytes, sizeof request))).value();
  }

 private:
  static std::span<uint8_t, idpf::kMailboxDescriptorBytes> slot(host::DmaBuffer& ring, unsigned index) {
    return ring.bytes.subspan(index * idpf::kMailboxDescriptorBytes).first<idpf::kMailboxDescriptorBytes>();
  }
  void write(uint32_t offset, uint64_t value) {
    port_.write32(Space::kBar0, offset, static_cast<uint32_t>(value));
  }
  void post_receive_buffer(unsigned index) {
    idpf::MailboxDescriptor descriptor;
    descriptor.flags = idpf::kMbxFlagsRequest;
    descriptor.datalen = idpf::kMailboxBufferBytes;
    descriptor.address = answers_.iova + index * idpf::kMailboxBufferBytes;
    descriptor.encode(slot(arq_, index));
  }
  // One entry stays empty, so that a full ring differs from an empty one.
  void give_back() {
    post_receive_buffer((arq_next_ + kEntries - 1) % kEntries);
    write(idpf::pf::kArqt, arq_next_);
    arq_next_ = (arq_next_ + 1) % kEntries;
  }

  host::HostPort& port_;
  host::DmaBuffer atq_, arq_, request_, answers_;
  unsigned atq_next_ = 0;
  unsigned arq_next_ = 0;
  uint16_t cookie_ = 0;
};

void ask_for_keys(host::HostPort& port) {
  SmallDriver driver(port);
  driver.find_and_reset();
  driver.start_mailbox();
  driver.call(idpf::Opcode::kVersion, idpf::VersionInfo{idpf::kVersionMajor, idpf::kVersionMinor});
  idpf::GetCapabilities caps;
  caps.other_caps = idpf::kCapOem;
  caps = driver.call(idpf::Opcode::kGetCaps, caps);
  if (caps.device_type != idpf::kDeviceTypeOpsp) {
    fmt::print("no card with the PSP extension\n");
    std::exit(1);
  }
  driver.call(idpf::Opcode::kGetOemCaps, idpf::OemCaps{idpf::kPspCapMbx});
  idpf::PspCaps psp;
  psp.vport_id = idpf::kVportNone;
  psp.versions = 0xf;
  psp = driver.call(idpf::Opcode::kPspGetCaps, psp);
  fmt::print("PSP versions {:#x}, {} slots for transmit SAs, generation {}\n", psp.versions, psp.max_tx_sa,
             psp.generation);

  constexpr uint16_t kKeys = 2;
  std::vector<uint8_t> message(idpf::message_size<idpf::PspRxSaList>(kKeys));
  idpf::PspRxSaList list;
  list.vport_id = idpf::kVportNone;
  list.num_sa = kKeys;
  if (!idpf::write_at(message, 0, list)) std::exit(1);
  std::vector<uint8_t> answer = driver.call(idpf::Opcode::kPspAllocRxSa, message);
  for (size_t i = 0; i < kKeys; ++i) {
    const auto sa = idpf::read_element<idpf::PspRxSaList>(answer, i).value();
    fmt::print("SPI {:08x}, generation {}, key ", sa.spi, sa.generation);
    for (size_t byte = 0; byte < sa.key_len; ++byte) fmt::print("{:02x}", sa.key[byte]);
    fmt::print("\n");
  }
  net::wipe(answer);
}

}  // namespace

int sc_main(int, char**) {
  constexpr size_t kStackBytes = 1 << 20;
  bench::CardPair cards("bench", {}, {}, 1);
  bench::HostSystem host_a("host_a", {}, cards.events());
  bench::HostSystem host_b("host_b", {}, cards.events());
  bench::HostSystem* const hosts[] = {&host_a, &host_b};
  for (const bench::Side side : {bench::kA, bench::kB}) {
    hosts[side]->mmio_socket.bind(cards.nic(side).endpoint().mmio);
    cards.nic(side).endpoint().dma_socket.bind(hosts[side]->memory_socket);
  }
  bench::Script script("script", kStackBytes);
  script.run([&] { ask_for_keys(host_a); });
  return 0;
}

// SystemC's own main() prints a banner.
int main(int argc, char** argv) {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
