// SPDX-License-Identifier: Apache-2.0
// Reports of a transmit queue point at the descriptor that is wrong and say what stood there.
#include <gtest/gtest.h>

#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {
namespace {

constexpr uint32_t kSlot = 1;

TcpFlow psp_flow() {
  TcpFlow flow;
  flow.psp = true;
  flow.icv_room = false;
  return flow;
}

// A packet in front, so that indexes do not count from 0; then one behind a context, as three buffers.
template <class Change>
base::Violation report_of(Change change) {
  const Violations seen = transmit([&](TxKit& kit) {
    kit.put_frames(1);
    kit.add_sa(kSlot, psp_flow());
    idpf::PspContextDescriptor context = queue::test::psp(kSlot, TxKit::kTag);
    TcpFlow flow = psp_flow();
    std::array<uint64_t, 3> bad{};
    change(context, flow, bad);
    const TxKit::Stored frame = kit.keep(test::tso_template(flow, Bytes(300, 1)));
    kit.put(0, encode(context));
    const std::array<uint16_t, 3> sizes{100, 100, static_cast<uint16_t>(frame.size - 200)};
    for (unsigned i = 0; i < 3; ++i) {
      kit.put(0, data(bad[i] != 0 ? bad[i] : frame.address + 100 * i, sizes[i], i == 2, 1));
    }
  });
  EXPECT_EQ(seen.size(), 1u);
  return seen.empty() ? base::Violation{} : seen.front();
}

class BadBuffer : public testing::TestWithParam<unsigned> {};

TEST_P(BadBuffer, IsNamed) {
  const base::Violation seen =
      report_of([](auto&, auto&, auto& bad) { bad[GetParam()] = FlatMemory::kUnmapped; });
  EXPECT_EQ(seen.place(), "tx queue 0, descriptor " + std::to_string(2 + GetParam()));
  EXPECT_EQ(seen.field, "buffer_addr");
  EXPECT_EQ(seen.seen.find(base::hex(FlatMemory::kUnmapped)), 0u) << seen.seen;
}

INSTANTIATE_TEST_SUITE_P(TxReports, BadBuffer, testing::Values(0u, 1u, 2u));

TEST(TxReports, NameTheContextWhoseSaIsWrong) {
  const base::Violation seen = report_of([](auto& context, auto&, auto&) { context.sa_tag++; });
  EXPECT_EQ(seen.place(), "tx queue 0, descriptor 1");
  EXPECT_EQ(seen.field, "sa_tag");
}

TEST(TxReports, SayBothSpis) {
  const base::Violation seen = report_of([](auto&, TcpFlow& flow, auto&) { flow.spi = 0x1234567; });
  EXPECT_EQ(seen.place(), "tx queue 0, descriptor 2") << "where the headers are";
  EXPECT_EQ(seen.field, "SPI");
  EXPECT_EQ(seen.seen, "0x1234567");
  EXPECT_EQ(seen.expected, base::hex(psp_flow().spi));
}

TEST(TxReports, SayWhatStandsInThePlaceOfThePspHeader) {
  const base::Violation seen = report_of([](auto&, TcpFlow& flow, auto&) { flow = {}; });
  EXPECT_EQ(seen.rule, DriverRule::kPspHeaderMissing);
  EXPECT_EQ(seen.field, "IP protocol");
  EXPECT_EQ(seen.seen, "6");
}

}  // namespace
}  // namespace pspnic::misbehave
