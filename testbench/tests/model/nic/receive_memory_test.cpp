// SPDX-License-Identifier: Apache-2.0
// What PSP promises of a receiver: it stores nothing per connection. A whole card, firmware included, gives
// out ten million SPIs with their keys, and what it holds does not grow with them.
#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstring>

#include "model/idpf/psp_ext.h"
#include "testbench/tests/model/nic/poll_bench.h"

namespace pspnic::test {
namespace {

constexpr std::array<uint64_t, 4> kCounts = {1, 10'000, 1'000'000, 10'000'000};

using idpf::Opcode;

class ReceiveMemory : public PollBench {
 protected:
  // Gives out `count` SPIs over the management port; the keys' sum is worth nothing to anyone but the
  // compiler.
  void allocate(size_t count) {
    firmware::MailboxMessage message;
    message.descriptor.v_opcode = Opcode::kPspAllocRxSa;
    message.payload.resize(idpf::message_size<idpf::PspRxSaList>(count));
    const idpf::PspRxSaList list{.vport_id = idpf::kVportNone, .num_sa = static_cast<uint16_t>(count)};
    std::memcpy(message.payload.data(), &list, sizeof list);
    message.descriptor.datalen = static_cast<uint16_t>(message.payload.size());
    nic_.management().send(std::move(message));
    for (;;) {
      if (auto answer = nic_.management().receive()) {
        given_ += count;
        const auto given = idpf::read_at<idpf::PspRxSaList>(answer->payload);
        ASSERT_TRUE(given && given->num_sa == count);
        const auto last = idpf::read_element<idpf::PspRxSaList>(answer->payload, count - 1);
        ASSERT_TRUE(last && last->key_len == 16 && last->spi < last_spi_) << "the port's SPIs count down";
        last_spi_ = last->spi;
        return;
      }
      host_.delay(100 * base::kUs);
    }
  }
  void allocate_up_to(uint64_t total) {
    while (given_ < total && !HasFailure())
      allocate(std::min<uint64_t>(total - given_, idpf::kPspMaxAllocPerMsg));
  }

  uint64_t given_ = 0;
  uint32_t last_spi_ = 0xffff'ffff;
};

TEST_F(ReceiveMemory, DoesNotGrowWithConnections) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's allocator does not say how much is in use";
#endif
  std::array<size_t, kCounts.size()> in_use{};
  run([&] {
    for (size_t i = 0; i < kCounts.size(); ++i) {
      allocate_up_to(kCounts[i]);
      in_use[i] = mallinfo2().uordblks;
    }
  });
  for (size_t i = 0; i < kCounts.size(); ++i) {
    std::cout << "after " << kCounts[i] << " SPIs: " << in_use[i] << " bytes in use\n";
  }
  // The first message is small: buffers have not their final size yet. Later the allocator gives equal
  // requests blocks of slightly different sizes; a bit an SPI would be 1.2 MB.
  EXPECT_LE(in_use[1], in_use[0] + 65'536);
  EXPECT_LT(in_use[2], in_use[1] + 4096);
  EXPECT_LT(in_use[3], in_use[1] + 4096);
}

}  // namespace
}  // namespace pspnic::test
