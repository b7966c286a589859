// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

idpf::GetCapabilities get_caps(ControlBench& bench, const idpf::GetCapabilities& wanted) {
  EXPECT_EQ(bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0}).status, Status::kSuccess);
  const Reply reply = bench.send(Opcode::kGetCaps, wanted);
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_EQ(reply.payload.size(), 80u);
  return from_bytes<idpf::GetCapabilities>(reply.payload);
}

TEST(Capabilities, NothingAskedNothingGranted) {
  ControlBench bench;
  const idpf::GetCapabilities caps = get_caps(bench, {});
  EXPECT_EQ(caps.csum_caps | caps.seg_caps | caps.hsplit_caps | caps.rsc_caps, 0u);
  EXPECT_EQ(caps.rss_caps | caps.other_caps, 0u);
  EXPECT_EQ(caps.device_type, 0u);
  EXPECT_EQ(caps.oem_cp_ver_major, 0u);
}

TEST(Capabilities, GrantsWhatIsAskedAndSupported) {
  ControlBench bench;
  // What Linux 6.12 asks.
  idpf::GetCapabilities wanted{
      .csum_caps = 0x0055FF7F, .seg_caps = 0xBF, .hsplit_caps = 0xC, .rsc_caps = 0x5};
  wanted.rss_caps = 0xFF;
  wanted.other_caps = 0x80116;
  const idpf::GetCapabilities caps = get_caps(bench, wanted);
  EXPECT_EQ(caps.csum_caps, 0xB737u);  // all that is asked for but SCTP
  EXPECT_EQ(caps.seg_caps, 0x1Bu);
  EXPECT_EQ(caps.hsplit_caps, 0xCu);
  EXPECT_EQ(caps.rsc_caps, 0x5u);
  EXPECT_EQ(caps.rss_caps, 0xFFu);
  EXPECT_EQ(caps.other_caps, 0x80104u);  // MACFILTER, PROMISC, LOOPBACK
  EXPECT_EQ(caps.device_type, 0u);
}

TEST(Capabilities, NumbersAreThoseOfTheDevice) {
  ControlBench bench;
  const idpf::GetCapabilities caps = get_caps(bench, {});
  EXPECT_EQ(caps.mailbox_dyn_ctl, 0x08900000u);
  EXPECT_EQ(caps.mailbox_vector_id, 0u);
  EXPECT_EQ(caps.num_allocated_vectors, 65u);
  EXPECT_EQ(caps.max_rx_q, 16u);
  EXPECT_EQ(caps.max_tx_q, 16u);
  EXPECT_EQ(caps.max_rx_bufq, 32u);
  EXPECT_EQ(caps.max_tx_complq, 16u);
  EXPECT_EQ(caps.max_vports, 1u);
  EXPECT_EQ(caps.default_num_vports, 1u);
  EXPECT_EQ(caps.max_sriov_vfs, 0u);
  EXPECT_EQ(caps.max_tx_hdr_size, 256u);
  EXPECT_EQ(caps.max_sg_bufs_per_tx_pkt, 10u);
  EXPECT_EQ(caps.min_sso_packet_len, 17u);
  EXPECT_EQ(caps.max_hdr_buf_per_lso, 3u);
}

TEST(Capabilities, PspShowsOnlyToThoseWhoAskForOem) {
  ControlBench bench;
  const idpf::GetCapabilities caps = get_caps(bench, {.other_caps = idpf::kCapOem | idpf::kCapInlineIpsec});
  EXPECT_EQ(caps.other_caps, idpf::kCapOem);
  EXPECT_EQ(caps.device_type, 0x4F505350u);
  EXPECT_EQ(caps.oem_cp_ver_major, 1u);
  EXPECT_EQ(caps.oem_cp_ver_minor, 0u);
  const Reply reply =
      bench.send(Opcode::kGetOemCaps, idpf::OemCaps{0xF | idpf::kPspCapMbx | idpf::kPspCapCfgq});
  EXPECT_EQ(from_bytes<idpf::OemCaps>(reply.payload).caps, idpf::kPspCapMbx | idpf::kPspCapCfgq);
}

TEST(Capabilities, OemCapsAreRefusedWithoutOem) {
  ControlBench bench;
  bench.negotiate(false);
  EXPECT_EQ(bench.status_of(Opcode::kGetOemCaps, idpf::OemCaps{~0ull}), Status::kEperm);
}

TEST(Capabilities, KeyInDescriptorIsAnOption) {
  for (const bool offered : {false, true}) {
    ControlBench bench({.key_in_descriptor = offered});
    bench.negotiate(true);
    const Reply reply = bench.send(Opcode::kGetOemCaps, idpf::OemCaps{~0ull});
    uint64_t expected = idpf::kPspCapMbx | idpf::kPspCapCfgq | idpf::kPspCapRxMeta | idpf::kPspCapMbxVflags;
    if (offered) expected |= idpf::kPspCapKeyInDesc;
    EXPECT_EQ(from_bytes<idpf::OemCaps>(reply.payload).caps, expected);
  }
}

TEST(Capabilities, AreNotRenegotiatedUnderAVport) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  EXPECT_EQ(bench.status_of(Opcode::kGetCaps, idpf::GetCapabilities{}), Status::kEsm);
}

struct SeenPtypes {
  std::vector<uint16_t> ids;
  std::vector<Bytes> protocols;  // raw
  size_t announced = 0;          // sum of num_ptypes
  size_t terminators = 0;
};

// Reads one answer the way drivers do.
void read_ptypes(const Bytes& payload, SeenPtypes& seen) {
  const auto header = from_bytes<idpf::GetPtypeInfo>(payload);
  seen.announced += header.num_ptypes;
  size_t offset = 8;
  for (unsigned i = 0; i < header.num_ptypes; ++i) {
    const auto head = idpf::read_at<idpf::PtypeEntryHead>(payload, offset);
    ASSERT_TRUE(head.has_value());
    offset += idpf::ptype_entry_size(head->proto_id_count);
    ASSERT_LE(offset, payload.size());
    if (head->ptype_id_10 == 0xFFFF) {
      ++seen.terminators;
      EXPECT_EQ(i + 1u, header.num_ptypes) << "the terminator is last";
      EXPECT_EQ(head->proto_id_count, 0u);
      continue;
    }
    EXPECT_GE(head->proto_id_count, 1u);
    EXPECT_EQ(head->ptype_id_10, head->ptype_id_8);
    seen.ids.push_back(head->ptype_id_10);
    const auto end = payload.begin() + static_cast<std::ptrdiff_t>(offset);
    seen.protocols.emplace_back(end - 2 * head->proto_id_count, end);
    EXPECT_EQ(seen.protocols.back()[seen.protocols.back().size() - 2], 34) << "PAY is needed by Linux";
  }
  EXPECT_EQ(offset, payload.size());
}

const std::vector<uint16_t> kPlainIds = {1, 22, 23, 24, 26, 27, 28, 88, 89, 90, 92, 93, 94};

// Linux: steps of 58, ends at the terminator. DPDK from 23.x on: the same steps to the end, terminators
// ignored.
TEST(Ptypes, WalkInSteps) {
  for (const bool linux_way : {true, false}) {
    ControlBench bench;
    bench.negotiate();
    SeenPtypes seen;
    unsigned requests = 0;
    for (uint16_t start = 0; start < 1024 && !(linux_way && seen.terminators != 0); start = start + 58u) {
      const auto count = static_cast<uint16_t>(std::min(58, 1024 - start));
      const Reply reply = bench.send(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{start, count});
      ASSERT_EQ(reply.status, Status::kSuccess);
      read_ptypes(reply.payload, seen);
      ++requests;
    }
    EXPECT_EQ(seen.ids, kPlainIds);
    EXPECT_LE(seen.announced, 1024u);
    EXPECT_EQ(requests, linux_way ? 2u : 18u);
    EXPECT_EQ(seen.terminators, linux_way ? 1u : 17u);
  }
}

// DPDK 22.11: once for all, before GET_CAPS, with a message one element too long.
TEST(Ptypes, AllAtOnceBeforeGetCaps) {
  ControlBench bench;
  bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0});
  const Reply reply =
      bench.send(Opcode::kGetPtypeInfo, Bytes{0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_EQ(reply.status, Status::kSuccess);
  SeenPtypes seen;
  read_ptypes(reply.payload, seen);
  EXPECT_EQ(seen.ids, kPlainIds);
  EXPECT_EQ(seen.terminators, 1u);
  EXPECT_EQ(seen.protocols[4], (Bytes{2, 0, 19, 0, 25, 0, 34, 0}));  // 26: MAC IPV4 TCP PAY
}

TEST(Ptypes, PspTypesForThoseWhoKnow) {
  ControlBench bench;
  bench.negotiate(true);
  SeenPtypes seen;
  read_ptypes(bench.send(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{0, 1024}).payload, seen);
  EXPECT_EQ(seen.ids.size(), kPlainIds.size() + 2);
  EXPECT_NE(std::find(seen.ids.begin(), seen.ids.end(), idpf::kPtypeIpv4Psp), seen.ids.end());
  EXPECT_NE(std::find(seen.ids.begin(), seen.ids.end(), idpf::kPtypeIpv6Psp), seen.ids.end());
}

TEST(Ptypes, BadRangesAreRefused) {
  ControlBench bench;
  bench.negotiate();
  EXPECT_EQ(bench.status_of(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{0, 0}), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{1024, 1}), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{1023, 0xFFFF}), Status::kSuccess);
}

}  // namespace
}  // namespace pspnic::firmware
