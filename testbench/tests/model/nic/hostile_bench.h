// SPDX-License-Identifier: Apache-2.0
// Functions of one card under hostile drivers and badly timed resets: what each of them sends and receives,
// what crosses the wire, what is counted, and what is left of keys.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "model/idpf/psp_config_queue.h"
#include "model/idpf/registers.h"
#include "model/idpf/virtchnl2.h"
#include "model/net/bytes.h"
#include "model/pcie/config_space.h"
#include "testbench/host/config_queue.h"
#include "testbench/host/function_registers.h"
#include "testbench/host/psp_requests.h"
#include "testbench/polling/messages.h"
#include "testbench/tests/firmware/fake_hardware.h"
#include "testbench/tests/model/control/mailbox_bench.h"
#include "testbench/tests/model/nic/functions_bench.h"

namespace pspnic::nic {

using base::Time;
using host::Space;
using idpf::Opcode;
using idpf::Status;
using pspnic::polling::bytes_of;
using pspnic::polling::message;
using KeyDomains = DeviceParams::KeyDomains;

inline constexpr uint64_t kDeviceControl = pcie::ConfigSpace::kExpressCapability + 8;

// A counter anywhere in the tree.
struct FindCounter : base::StatVisitor {
  std::string name;
  uint64_t value = 0;
  bool found = false;
  explicit FindCounter(std::string wanted) : name(std::move(wanted)) {}
  void visit(const base::Counter& counter) override {
    if (counter.full_name().find(name) == std::string::npos) return;
    value += counter.value();
    found = true;
  }
  void visit(const base::CounterArray&) override {}
  void visit(const base::Gauge&) override {}
  void visit(const base::Histogram&) override {}
  void visit(const base::Formula&) override {}
};

// Something at a time to come, whatever the script does then.
struct Later {
  std::function<void()> what;
  void run(uint64_t) {
    if (what) what();
  }
};

// A function's driver that knows the mailbox alone, polls, and says whatever it is told to.
class RawMailbox {
 public:
  struct Message {
    idpf::MailboxDescriptor descriptor;
    Bytes payload;
    Time seen = 0;
  };
  static constexpr unsigned kRing = 64;

  RawMailbox(host::HostPort& port, const host::MailboxRegisters& registers) : port_(port), at_(registers) {
    atq_ = port.allocate(kRing * 32, 4096);
    arq_ = port.allocate(kRing * 32, 4096);
    requests_ = port.allocate(kRing * 4096, 4096);
    replies_ = port.allocate(kRing * 4096, 4096);
  }

  void set_up() {
    std::fill(atq_.bytes.begin(), atq_.bytes.end(), uint8_t{0});
    write(at_.atqlen, 0);
    write(at_.arqlen, 0);
    for (unsigned i = 0; i < kRing; ++i) post_buffer(i);
    write(at_.atqh, 0);
    write(at_.atqt, 0);
    write(at_.atqbal, static_cast<uint32_t>(atq_.iova));
    write(at_.atqbah, static_cast<uint32_t>(atq_.iova >> 32));
    write(at_.atqlen, kRing | idpf::kMbxLenEnable);
    write(at_.arqh, 0);
    write(at_.arqbal, static_cast<uint32_t>(arq_.iova));
    write(at_.arqbah, static_cast<uint32_t>(arq_.iova >> 32));
    write(at_.arqlen, kRing | idpf::kMbxLenEnable);
    write(at_.arqt, kRing - 1);
    next_ = arq_next_ = 0;
    arq_tail_ = kRing - 1;
  }

  void post(Opcode opcode, const Bytes& payload, uint16_t flags = 0, uint16_t cookie = 0,
            std::optional<uint16_t> length = std::nullopt, std::optional<uint64_t> address = std::nullopt) {
    idpf::MailboxDescriptor descriptor;
    descriptor.flags = idpf::kMbxFlagsRequest;
    descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
    descriptor.datalen = length.value_or(static_cast<uint16_t>(payload.size()));
    descriptor.v_opcode = opcode;
    descriptor.sw_cookie = cookie;
    descriptor.v_flags = flags;
    descriptor.address = address.value_or(requests_.iova + next_ * 4096u);
    std::copy_n(payload.begin(), std::min<size_t>(payload.size(), 4096),
                requests_.bytes.begin() + next_ * 4096);
    descriptor.encode(std::span<uint8_t, 32>(atq_.bytes.subspan(next_ * 32, 32)));
    next_ = (next_ + 1) % kRing;
  }
  void ring() { write(at_.atqt, next_); }

  std::vector<Message> poll() {
    std::vector<Message> all;
    for (;;) {
      const std::span<uint8_t, 32> raw(arq_.bytes.subspan(arq_next_ * 32, 32));
      const auto descriptor = idpf::MailboxDescriptor::decode(raw);
      if ((descriptor.flags & idpf::kMbxFlagDd) == 0) return all;
      const auto buffer = replies_.bytes.subspan(arq_next_ * 4096, descriptor.datalen);
      all.push_back({descriptor, Bytes(buffer.begin(), buffer.end()), port_.now_ps()});
      post_buffer(arq_next_);
      arq_next_ = (arq_next_ + 1) % kRing;
      arq_tail_ = (arq_tail_ + 1) % kRing;
      write(at_.arqt, arq_tail_);
    }
  }
  // Waits for the answer to it; events and other answers are kept.
  Message call(Opcode opcode, const Bytes& payload, uint16_t flags = 0) {
    const auto cookie = static_cast<uint16_t>(0x8000 | ++cookie_);
    post(opcode, payload, flags, cookie);
    ring();
    for (int i = 0; i < 2000; ++i) {
      port_.delay(500 * base::kNs);
      std::optional<Message> found;
      for (Message& each : poll()) {
        if (each.descriptor.v_opcode == opcode && each.descriptor.sw_cookie == cookie) {
          found = std::move(each);
        } else {
          others.push_back(std::move(each));
        }
      }
      if (found) return *found;
    }
    throw std::runtime_error("no answer to " + std::to_string(static_cast<uint32_t>(opcode)));
  }
  void negotiate() {
    call(Opcode::kVersion, bytes_of(idpf::VersionInfo{2, 0}));
    call(Opcode::kGetCaps, bytes_of(idpf::GetCapabilities{.other_caps = ~0ull}));
    call(Opcode::kGetOemCaps, bytes_of(idpf::OemCaps{~0ull}));
  }
  bool holds(std::span<const uint8_t> key) const {
    for (const host::DmaBuffer* each : {&requests_, &replies_, &atq_, &arq_}) {
      if (std::search(each->bytes.begin(), each->bytes.end(), key.begin(), key.end()) != each->bytes.end())
        return true;
    }
    return false;
  }
  void write(uint32_t offset, uint32_t value) { port_.write32(Space::kBar0, offset, value); }
  const host::MailboxRegisters& registers() const { return at_; }
  host::DmaBuffer& requests() { return requests_; }
  std::vector<Message> others;

 private:
  void post_buffer(unsigned index) {
    idpf::MailboxDescriptor buffer;
    buffer.flags = idpf::kMbxFlagsRequest;
    buffer.datalen = 4096;
    buffer.address = replies_.iova + index * 4096u;
    buffer.encode(std::span<uint8_t, 32>(arq_.bytes.subspan(index * 32, 32)));
  }
  host::HostPort& port_;
  host::MailboxRegisters at_;
  host::DmaBuffer atq_, arq_, requests_, replies_;
  unsigned next_ = 0, arq_next_ = 0, arq_tail_ = 0;
  uint16_t cookie_ = 0;
};

// What was sealed must not be seen in clear: such payloads are runs of one byte from 0x80 on. IVs and keys
// are noted, none may come twice.
class Wire {
 public:
  void look(const base::Packet& packet) {
    const auto bytes = packet.bytes();
    unsigned run = 0;
    for (size_t i = 1; i < bytes.size(); ++i) {
      run = bytes[i] == bytes[i - 1] && bytes[i] >= 0x80 ? run + 1 : 0;
      if (run == 40) ++clear;
    }
    // Ethernet, IPv4 without options, UDP to port 1000
    if (bytes.size() < 60 || bytes[12] != 0x08 || bytes[13] != 0 || bytes[23] != 17) return;
    if (net::load_be16(&bytes[36]) != 1000) return;
    const uint32_t spi = net::load_be32(&bytes[46]);
    const uint64_t iv = uint64_t{net::load_be32(&bytes[50])} << 32 | net::load_be32(&bytes[54]);
    ++sealed;
    if (!ivs.insert(iv).second) ++repeated;
    last_iv = iv;
    by_spi[spi] = packet.wire_start;
  }
  std::set<uint64_t> ivs;
  std::map<uint32_t, Time> by_spi;  // last seen
  uint64_t sealed = 0, clear = 0, repeated = 0, last_iv = 0;
};

class HostileBench : public FunctionsBench {
 public:
  explicit HostileBench(const NicParams& params = card()) : FunctionsBench(params) {
    cable_.tap = [this](const base::Packet& packet) { wire_.look(packet); };
  }
  void run(std::function<void()> body) {
    FunctionsBench::run(std::move(body));
    EXPECT_EQ(wire_.clear, 0u) << "what was to be sealed was seen in clear";
    EXPECT_EQ(wire_.repeated, 0u) << "an IV came twice";
  }
  void flr(unsigned function) {
    port(function).write32(Space::kConfig, kDeviceControl, pcie::ConfigSpace::kInitiateReset);
  }
  uint32_t status(unsigned function) {
    const uint32_t offset = function == 0 ? idpf::pf::kPfgenRstat : idpf::vf::kVfgenRstat;
    return port(function).read32(Space::kBar0, offset) & idpf::kRstatMask;
  }
  void wait_ready(unsigned function) {
    for (int i = 0; i < 10'000 && status(function) == idpf::kRstatInProgress; ++i) host().delay(base::kUs);
    EXPECT_NE(status(function), idpf::kRstatInProgress);
  }
  void later(Time delay, std::function<void()> what) {
    later_.push_back(std::make_unique<Later>(Later{std::move(what)}));
    events_.schedule(events_.now() + delay, base::Callback::to<&Later::run>(*later_.back()));
  }
  uint64_t counter(const std::string& name) {
    FindCounter find(name);
    root_.visit(find);
    EXPECT_TRUE(find.found) << name;
    return find.value;
  }
  void expect_new_key(const host::RxSa& sa) {
    EXPECT_TRUE(keys_.insert(Bytes(sa.key.view().begin(), sa.key.view().end())).second)
        << "a session key came twice";
  }
  void post_vf(unsigned function) {
    port(function).write32(Space::kConfig, 4, 0x6);  // memory space, bus master
  }
  RawMailbox& raw(unsigned function) {
    std::unique_ptr<RawMailbox>& raw = raws_[function];
    if (!raw) {
      raw = std::make_unique<RawMailbox>(
          port(function), function == 0 ? host::kPhysicalRegisters.mailbox : host::kVirtualRegisters.mailbox);
    }
    return *raw;
  }
  RawMailbox& start_raw(unsigned function) {
    post_vf(function);
    wait_ready(function);
    raw(function).set_up();
    raw(function).negotiate();
    return raw(function);
  }
  static host::DriverConfig hasty() {
    host::DriverConfig wanted = config();
    wanted.mailbox_timeout_ps = 2 * base::kMs;
    wanted.link_timeout_ps = 2 * base::kMs;
    return wanted;
  }

 protected:
  Wire wire_;
  std::vector<std::unique_ptr<Later>> later_;
  std::set<Bytes> keys_;
  std::map<unsigned, std::unique_ptr<RawMailbox>> raws_;
};

class HostileFunctions : public testing::Test, protected HostileBench {};

}  // namespace pspnic::nic
