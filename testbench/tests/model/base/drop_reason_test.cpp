// SPDX-License-Identifier: Apache-2.0
#include "model/base/drop_reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pspnic::base {
namespace {

TEST(DropReasonTest, EachHasANameAndADescriptionOfItsOwn) {
  const auto count = static_cast<size_t>(DropReason::kCount);
  std::set<std::string> names, descriptions;
  for (size_t i = 0; i < count; ++i) {
    const auto reason = static_cast<DropReason>(i);
    const std::string name = drop_reason_name(reason);
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
    names.insert(name);
    descriptions.insert(drop_reason_description(reason));
  }
  EXPECT_EQ(names.size(), count);
  EXPECT_EQ(descriptions.size(), count);
  EXPECT_EQ(descriptions.count(""), 0u);
}

TEST(DropReasonTest, NamesFollowTheEnumeration) {
  EXPECT_STREQ(drop_reason_name(DropReason::kTxBadDescriptor), "tx_bad_descriptor");
  EXPECT_STREQ(drop_reason_name(DropReason::kTxQueueReset), "tx_queue_reset");
  EXPECT_STREQ(drop_reason_name(DropReason::kRxOverflow), "rx_overflow");
  EXPECT_STREQ(drop_reason_name(DropReason::kRxPspAuthFail), "rx_psp_auth_fail");
  EXPECT_STREQ(drop_reason_name(DropReason::kRxDmaFault), "rx_dma_fault");
}

}  // namespace
}  // namespace pspnic::base
