// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/registers.h"

#include <gtest/gtest.h>

namespace pspnic::idpf {
namespace {

// Offsets the DPDK driver was seen to use.
TEST(Registers, NamesOfTheOffsetsADriverUses) {
  EXPECT_EQ(register_name(0x0840700C), "PFGEN_CTRL");
  EXPECT_EQ(register_name(0x08407008), "PFGEN_RSTAT");
  EXPECT_EQ(register_name(0x08400020), "ATQH");
  EXPECT_EQ(register_name(0x08400014), "ATQBAL");
  EXPECT_EQ(register_name(0x08400018), "ATQBAH");
  EXPECT_EQ(register_name(0x0840001C), "ATQLEN");
  EXPECT_EQ(register_name(0x08400010), "ARQT");
  EXPECT_EQ(register_name(0x0840000C), "ARQH");
  EXPECT_EQ(register_name(0x08400000), "ARQBAL");
  EXPECT_EQ(register_name(0x08400004), "ARQBAH");
  EXPECT_EQ(register_name(0x08400008), "ARQLEN");
  EXPECT_EQ(register_name(0x08400024), "ATQT");
  EXPECT_EQ(register_name(0x08406000), "PF_INT_DIR_OICR_ENA");
  EXPECT_EQ(register_name(0x08407000), "PFGEN_RTRIG");
}

TEST(Registers, IndexedOnesHaveTheirNumber) {
  EXPECT_EQ(register_text(0x08903000), "GLINT_DYN_CTL(3)");
  EXPECT_EQ(register_text(0x08900004), "GLINT_ITR0(0)");
  EXPECT_EQ(register_text(0x08901008), "GLINT_ITR1(1)");
  EXPECT_EQ(register_text(0x05002000), "TX_TAIL(2)");
  EXPECT_EQ(register_text(0x00001000), "RX_TAIL(1)");
  EXPECT_EQ(register_text(0x03010000), "RX_BUF_TAIL(16)");
  EXPECT_EQ(register_text(0x08002024), "SEC_ATQT(2)");
  EXPECT_EQ(register_text(0x08400024), "ATQT");
  EXPECT_EQ(register_text(0x08400028), "0x08400028");
}

TEST(Registers, GapsHaveNoRegister) {
  for (const uint64_t offset :
       {0x08400028ull, 0x08400002ull, 0x6C00ull, 0x08404018ull, 0x08406014ull, 0x08407004ull, 0x08407010ull,
        0x08401000ull, 0x08900010ull, 0x09100000ull, 0x10000000ull}) {
    EXPECT_FALSE(find_register(offset)) << std::hex << offset;
    EXPECT_EQ(register_name(offset), "?") << std::hex << offset;
  }
}

// The offset of every register in the table, first and last of its row, is found again under its own id.
TEST(Registers, TableAndDecoderAgree) {
  for (uint32_t id = 0; id <= static_cast<uint32_t>(Register::kTxTail); ++id) {
    const RegisterInfo& info = register_info(static_cast<Register>(id));
    for (const uint32_t index : {0u, info.count - 1}) {
      const uint64_t offset = info.offset + uint64_t{info.stride} * index;
      EXPECT_LT(offset, pf::kBar0Bytes) << info.name;
      const auto found = find_register(offset);
      ASSERT_TRUE(found) << info.name << " " << index;
      EXPECT_EQ(found->id, info.id) << info.name << " " << index;
      EXPECT_EQ(found->index, index) << info.name;
      EXPECT_EQ(found->access, info.access) << info.name;
    }
  }
}

TEST(Registers, OffsetFunctions) {
  EXPECT_EQ(pf::glint_dyn_ctl(1), 0x08901000u);
  EXPECT_EQ(pf::glint_itr(1, 2), 0x08902008u);
  EXPECT_EQ(pf::tx_tail(3), 0x05003000u);
  EXPECT_EQ(pf::rx_buf_tail(5), 0x03005000u);
  EXPECT_EQ(pf::rx_tail(7), 0x7000u);
  EXPECT_EQ(vf::int_dyn_ctln(2), 0x3808u);
  EXPECT_EQ(vf::int_itrn(1, 1), 0x2844u);
  EXPECT_EQ(vf::int_itrn_64(1, 1), 0x2D04u);
  EXPECT_EQ(vf::int_itrn_2k(1, 1), 0x74004u);
  EXPECT_EQ(vf::rx_buf_tail(1), 0x60004u);
  EXPECT_EQ(kVfProbeOffset, 0x6C00u);
}

TEST(Registers, HandedOutOffsetsStayClearOfTheStaticRegions) {
  const auto inside = [](uint64_t offset, uint64_t start, uint64_t bytes) {
    return offset >= start && offset < start + bytes;
  };
  for (const uint64_t offset : {uint64_t{pf::tx_tail(pf::kMaxTxTails - 1)}, uint64_t{pf::rx_buf_tail(8191)},
                                uint64_t{pf::glint_dyn_ctl(0)}, uint64_t{pf::glint_itr(1, 2047)}}) {
    EXPECT_FALSE(inside(offset, pf::kMailboxBase, pf::kMailboxRegionBytes));
    EXPECT_FALSE(inside(offset, pf::kRstatRegion, pf::kRstatRegionBytes));
    EXPECT_LT(offset, pf::kBar0Bytes);
  }
}

TEST(DynCtl, ValuesDriversWrite) {
  EXPECT_EQ((DynCtl{.intena = true, .itr_indx = kItrNoUpdate}).encode(), 0x19u);
  EXPECT_EQ((DynCtl{.interval = 0x10, .wb_on_itr = true}).encode(), 0x40000200u);
  EXPECT_EQ((DynCtl{.itr_indx = kItrNoUpdate, .wb_on_itr = true, .intena_msk = true}).encode(), 0xC0000018u);
  // Linux leaving write-back mode: 20 000 interrupts a second = 50 us, in the field 25 units of 2 us.
  const DynCtl leave = DynCtl::decode(1u | 1u << 2 | 1u << 24 | 2u << 3 | 50u << 4);
  EXPECT_EQ(
      leave,
      (DynCtl{.intena = true, .swint_trig = true, .itr_indx = 2, .interval = 25, .sw_itr_indx_ena = true}));
}

TEST(DynCtl, RoundTripOfEveryBit) {
  const uint32_t used = 0xC701FFFF;
  for (uint32_t bit = 0; bit < 32; ++bit) {
    const uint32_t value = 1u << bit;
    EXPECT_EQ(DynCtl::decode(value).encode(), value & used) << bit;
  }
  EXPECT_EQ((DynCtl{.itr_indx = 0xFC, .interval = 0xF000, .sw_itr_indx = 0xFC}).encode(), 0u);
}

struct VirtualOffset {
  uint32_t offset;
  Register id;
  uint32_t index;
};

TEST(Registers, OfAVirtualFunction) {
  for (const VirtualOffset& want : {VirtualOffset{0x6000, Register::kArqbah, 0},
                                    {0x6400, Register::kAtqh, 0},
                                    {0x6800, Register::kAtqlen, 0},
                                    {0x6C00, Register::kArqbal, 0},
                                    {0x7000, Register::kArqt, 0},
                                    {0x7400, Register::kArqh, 0},
                                    {0x7800, Register::kAtqbah, 0},
                                    {0x7C00, Register::kAtqbal, 0},
                                    {0x8000, Register::kArqlen, 0},
                                    {0x8400, Register::kAtqt, 0},
                                    {0x8800, Register::kPfgenRstat, 0},
                                    {0x5000, Register::kOicrEna, 0},
                                    {0x5C00, Register::kDynCtl, 0},
                                    {0x3800, Register::kDynCtl, 1},
                                    {0x38FC, Register::kDynCtl, 64},
                                    {0x2C00, Register::kItr0, 1},
                                    {0x2D04, Register::kItr1, 2},
                                    {0x2EFC, Register::kItr2, 64},
                                    {0x2800, Register::kItr0, 1},
                                    {0x2840, Register::kItr1, 1},
                                    {0x0000, Register::kTxTail, 0},
                                    {0x003C, Register::kTxTail, 15},
                                    {0x2004, Register::kRxTail, 1},
                                    {0x60000, Register::kRxBufTail, 0},
                                    {0x6007C, Register::kRxBufTail, 31}}) {
    const auto found = find_register(want.offset, RegisterMap::kVirtual);
    ASSERT_TRUE(found) << std::hex << want.offset;
    EXPECT_EQ(found->id, want.id) << std::hex << want.offset;
    EXPECT_EQ(found->index, want.index) << std::hex << want.offset;
  }
  for (const uint32_t none :
       {0x6004u, 0x8804u, 0x400u, 0x3900u, 0x28c0u, 0x2f00u, 0x5c04u, 0x60400u, 0x8u << 28}) {
    EXPECT_FALSE(find_register(none, RegisterMap::kVirtual)) << std::hex << none;
  }
  EXPECT_FALSE(find_register(2, RegisterMap::kVirtual)) << "not aligned";
  EXPECT_EQ(register_text(0x3804, RegisterMap::kVirtual), "VF_GLINT_DYN_CTL(2)");
}

}  // namespace
}  // namespace pspnic::idpf
