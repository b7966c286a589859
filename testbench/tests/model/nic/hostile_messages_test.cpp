// SPDX-License-Identifier: Apache-2.0
// Drivers that say anything.
#include "testbench/tests/model/nic/hostile_bench.h"

namespace pspnic::nic {
namespace {

class HostileMessages : public HostileFunctions {
 protected:
  std::mt19937 random;
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random() % limit); }
  void seed(unsigned otherwise) {
    const char* given = std::getenv("HOSTILE_SEED");
    random.seed(given == nullptr ? otherwise : static_cast<unsigned>(std::atoi(given)));
  }
  Opcode any_opcode(uint32_t psp_share) {
    return below(psp_share) == 0 ? Opcode{30000 + below(13)} : Opcode{499 + below(62)};
  }
  Bytes any_payload() {
    Bytes payload(below(4) == 0 ? below(4097) : below(200));
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(below(3) == 0 ? random() : below(3));
    if (payload.size() >= 4 && below(2) == 0) net::store_le32(payload.data(), idpf::kVportNone);
    return payload;
  }

  void say_anything(RawMailbox& vf, int round) {
    for (unsigned left = 1 + below(60); left-- != 0;) {
      const Opcode opcode = any_opcode(3);
      const Bytes payload = any_payload();
      if (opcode == Opcode::kResetVf && below(20) != 0) continue;
      std::optional<uint16_t> length;
      std::optional<uint64_t> address;
      if (below(40) == 0) length = static_cast<uint16_t>(random());
      if (below(60) == 0) address = below(2) == 0 ? 0x1000 : random();
      vf.post(opcode, payload, static_cast<uint16_t>(random()), static_cast<uint16_t>(round), length,
              address);
    }
    vf.ring();
  }

  void disturb(RawMailbox& vf) {
    switch (below(12)) {
      case 0:  // registers of the rings, any value
        for (int i = 0; i < 4; ++i) {
          const uint32_t* all = &vf.registers().atqbal;
          vf.write(all[below(10)], below(2) == 0 ? static_cast<uint32_t>(random()) : below(80));
        }
        break;
      case 1:
        vf.set_up();
        break;
      case 2:
        flr(1);
        break;
      case 3:
        vf.set_up();
        vf.post(Opcode::kVersion, bytes_of(idpf::VersionInfo{2, 0}));
        vf.post(Opcode::kGetCaps, bytes_of(idpf::GetCapabilities{.other_caps = ~0ull}));
        vf.post(Opcode::kGetOemCaps, bytes_of(idpf::OemCaps{~0ull}));
        vf.post(Opcode::kPspSetConfig,
                bytes_of(idpf::PspConfig{.vport_id = idpf::kVportNone, .versions_ena = 15}));
        vf.ring();
        break;
      default:
        break;
    }
  }

  void bring_up(RawMailbox& pf) {
    post_vf(0);
    wait_ready(0);
    pf.set_up();
    pf.negotiate();
  }
  Status make_config_queue(RawMailbox& pf);
  void scribble();

  host::DmaBuffer ring, answers, records;
};

Status HostileMessages::make_config_queue(RawMailbox& pf) {
  pf.call(Opcode::kAddQueues,
          bytes_of(
              idpf::AddQueues{.vport_id = idpf::kVportNone, .num_tx_q = 1, .num_rx_q = 1, .mbx_q_index = 1}));
  pf.call(Opcode::kConfigTxQueues,
          message(idpf::ConfigTxQueues{.vport_id = idpf::kVportNone, .num_qinfo = 1},
                  {idpf::TxqInfo{
                      .dma_ring_addr = ring.iova, .type = idpf::QueueType::kConfigTx, .ring_len = 64}}));
  pf.call(Opcode::kConfigRxQueues, message(idpf::ConfigRxQueues{.vport_id = idpf::kVportNone, .num_qinfo = 1},
                                           {idpf::RxqInfo{.dma_ring_addr = answers.iova,
                                                          .type = idpf::QueueType::kConfigRx,
                                                          .data_buffer_size = 4096,
                                                          .ring_len = 64}}));
  return pf
      .call(Opcode::kEnableQueues,
            message(idpf::DelEnaDisQueues{.vport_id = idpf::kVportNone, .num_chunks = 2},
                    {idpf::QueueChunk{.type = idpf::QueueType::kConfigTx, .num_queues = 1},
                     idpf::QueueChunk{.type = idpf::QueueType::kConfigRx, .num_queues = 1}}))
      .descriptor.v_retval;
}

void HostileMessages::scribble() {
  for (unsigned n = 0; n < 64; ++n) {
    if (below(3) != 0) continue;
    idpf::ConfigQueueDescriptor command;
    command.flags = static_cast<uint16_t>(below(3) == 0 ? random() & 0xfffe : idpf::kMbxFlagsRequest);
    command.opcode = idpf::ConfigQueueOpcode{
        static_cast<uint16_t>(static_cast<unsigned>(idpf::ConfigQueueOpcode::kSaAdd) + below(7))};
    command.num_records = static_cast<uint8_t>(below(6));
    command.datalen = static_cast<uint16_t>(below(4) == 0 ? random() : 64u * command.num_records);
    command.set_address(below(20) == 0 ? random() : records.iova + 256 * below(200));
    command.encode(std::span<uint8_t, 32>(ring.bytes.subspan(n * 32, 32)));
    idpf::ConfigQueueDescriptor buffer;
    buffer.flags = idpf::kMbxFlagsRequest;
    buffer.datalen = static_cast<uint16_t>(below(10) == 0 ? 64 : 4096);
    buffer.set_address(records.iova + 256 * below(200));
    buffer.encode(std::span<uint8_t, 32>(answers.bytes.subspan(n * 32, 32)));
  }
  for (unsigned n = 0; n < 1000; ++n) {
    idpf::PspTxSa record{.sa_idx = below(5) == 0 ? idpf::kPspSaIdxAny : below(30),
                         .spi = 1 + below(9),
                         .version = static_cast<uint8_t>(below(5)),
                         .key_len = static_cast<uint8_t>(below(2) == 0 ? 16 : 32),
                         .sa_tag = static_cast<uint16_t>(below(2)),
                         .flags = static_cast<uint16_t>(below(2))};
    std::memcpy(records.bytes.data() + 64 * n, &record, sizeof record);
  }
}

// Anything in a virtual function's mailbox: any opcode, length, flags, address of the payload, with rings
// that are set up anew and resets in between. The others work on, and no key of theirs is ever seen.
TEST_F(HostileMessages, AVirtualFunctionSaysAnything) {
  run([&] {
    start(0);
    start(2);
    seed(5);
    host::RxSa secret;
    const host::SaHandle handle = connect(0, 2, secret);
    RawMailbox& vf = start_raw(1);
    uint64_t replies = 0;
    for (int round = 0; round < 400; ++round) {
      say_anything(vf, round);
      host().delay(below(30) * base::kUs);
      replies += vf.poll().size();
      disturb(vf);
      EXPECT_FALSE(vf.holds(secret.key.view()));
      if (round % 20 != 0) continue;
      expect_clear(0, 2, static_cast<uint8_t>(round / 20));
      const uint64_t psp = stack(2).psp;
      transmit_sealed(0, frame_to(2, 0x90), handle, secret);
      host().delay(kFlight);
      EXPECT_EQ(stack(2).psp, psp + 1);
    }
    EXPECT_GT(replies, 100u);
    flr(1);
    wait_ready(1);
    start(1);
    expect_clear(1, 2, 1);
    EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
    stop_all();
  });
}

// The same of the physical function's mailbox and config queues, while virtual ones talk to each other.
TEST_F(HostileMessages, ThePhysicalFunctionSaysAnything) {
  run([&] {
    seed(7);
    RawMailbox& pf = raw(0);
    bring_up(pf);
    ring = host().allocate(4096, 4096);
    answers = host().allocate(4096, 4096);
    records = host().allocate(1u << 16, 4096);
    unsigned enabled = 0;
    for (int round = 0; round < 250; ++round) {
      if (round % 25 == 0) {
        flr(0);
        bring_up(pf);
        enabled += make_config_queue(pf) == Status::kSuccess;
      }
      scribble();
      for (int i = 0; i < 6; ++i) {
        pf.write(idpf::pf::tx_tail(idpf::kFirstConfigTail), below(30) == 0 ? 70 : below(64));
        pf.write(idpf::pf::rx_tail(idpf::kFirstConfigTail), below(30) == 0 ? 70 : below(64));
        for (unsigned n = below(6); n-- != 0;) {
          const Opcode opcode = any_opcode(2);
          pf.post(opcode, any_payload(), static_cast<uint16_t>(random()), static_cast<uint16_t>(round));
        }
        pf.ring();
        host().delay(below(3000) * base::kNs);
        pf.poll();
      }
      if (round % 10 == 0) pf.set_up();
    }
    EXPECT_GT(enabled, 5u);
    flr(0);
    wait_ready(0);
    start_all();
    for (unsigned f = 0; f <= kVfs; ++f) {
      EXPECT_EQ(driver(f).psp_statistics().tx_sa_in_use, 0u);
      expect_clear(f, (f + 1) % 3, 3);
    }
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
