// SPDX-License-Identifier: Apache-2.0
// Every opcode at every step of a driver's bring-up: who is refused, and how.
#include "firmware/dispatch.h"

#include <functional>
#include <string>

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

// What a request of this opcode finds before it is served at all, by step.
enum class Served {
  kAlways,          // VERSION
  kAfterVersion,    // ESM before
  kAfterCaps,       // ESM before
  kIfGranted,       // then EPERM without its capability
  kIfPsp,           // then EPERM without the PSP capability
  kManagementOnly,  // EPERM to a function always
  kNeverGranted,    // ESM, then EPERM
  kUnknown,         // ESRCH
};

struct Row {
  uint32_t opcode;
  Served served;
  size_t bytes = 0;  // shortest request
};

constexpr Row kRows[] = {
    {0, Served::kUnknown},
    {1, Served::kAlways, 8},
    {500, Served::kAfterVersion, 80},
    {501, Served::kAfterCaps, 160},
    {502, Served::kAfterCaps, 8},
    {503, Served::kAfterCaps, 8},
    {504, Served::kAfterCaps, 8},
    {505, Served::kAfterCaps, 16},
    {506, Served::kAfterCaps, 24},
    {507, Served::kAfterCaps, 16},
    {508, Served::kAfterCaps, 16},
    {509, Served::kAfterCaps, 24},
    {510, Served::kAfterCaps, 16},
    {511, Served::kAfterCaps, 16},
    {512, Served::kAfterCaps, 16},
    {513, Served::kAfterCaps, 7},
    {514, Served::kAfterCaps, 7},
    {515, Served::kAfterCaps, 12},
    {516, Served::kAfterCaps, 12},
    {517, Served::kAfterCaps, 16},
    {518, Served::kAfterCaps, 16},
    {519, Served::kIfGranted, 4},
    {520, Served::kAfterCaps, 32},
    {521, Served::kAfterCaps, 16},
    {522, Served::kUnknown},
    {523, Served::kAfterCaps, 8},
    {525, Served::kNeverGranted},
    {526, Served::kAfterVersion, 8},
    {527, Served::kUnknown},
    {528, Served::kUnknown},
    {529, Served::kNeverGranted},
    {530, Served::kNeverGranted},
    {531, Served::kNeverGranted},
    {532, Served::kNeverGranted},
    {533, Served::kNeverGranted},
    {534, Served::kAfterCaps, 8},
    {535, Served::kAfterCaps, 8},
    {536, Served::kAfterCaps, 8},
    {537, Served::kAfterCaps, 8},
    {538, Served::kNeverGranted},
    {539, Served::kNeverGranted},
    {540, Served::kAfterCaps, 8},
    {541, Served::kIfGranted, 4},
    {542, Served::kNeverGranted},
    {543, Served::kIfGranted, 8},
    {544, Served::kNeverGranted},
    {545, Served::kNeverGranted},
    {546, Served::kNeverGranted},
    {547, Served::kNeverGranted},
    {548, Served::kNeverGranted},
    {549, Served::kIfGranted, 0},
    {550, Served::kUnknown},
    {551, Served::kNeverGranted},
    {552, Served::kNeverGranted},
    {553, Served::kNeverGranted},
    {554, Served::kNeverGranted},
    {555, Served::kNeverGranted},
    {556, Served::kNeverGranted},
    {557, Served::kNeverGranted},
    {558, Served::kNeverGranted},
    {559, Served::kUnknown},
    {4999, Served::kIfGranted, 8},
    {5000, Served::kUnknown},
    {5001, Served::kUnknown},
    {5002, Served::kUnknown},
    {30000, Served::kIfPsp, 8},
    {30001, Served::kIfPsp, 32},
    {30002, Served::kIfPsp, 32},
    {30003, Served::kIfPsp, 16},
    {30004, Served::kIfPsp, 16},
    {30005, Served::kIfPsp, 16},
    {30006, Served::kIfPsp, 8},
    {30007, Served::kIfPsp, 16},
    {30008, Served::kIfPsp, 16},
    {30009, Served::kManagementOnly},
    {30010, Served::kManagementOnly},
    {30011, Served::kManagementOnly},
    {30012, Served::kUnknown},
    {0x0fffffff, Served::kUnknown},
};

// Steps of a bring-up, each with all those before it.
enum Step { kFresh, kVersion, kPlainCaps, kAllCaps, kPsp, kVport, kConfigured, kRunning, kSteps };

struct Card : ControlBench {
  explicit Card(Step step) {
    hardware.config.max_vfs = 4;
    if (step >= kVersion) send(Opcode::kVersion, idpf::VersionInfo{2, 0});
    if (step == kPlainCaps) caps(0);
    if (step >= kAllCaps) caps(~0ull);
    if (step >= kPsp) send(Opcode::kGetOemCaps, idpf::OemCaps{~0ull});
    if (step == kVport) create_vport(2);
    if (step == kConfigured) {
      create_vport(2);
      configure_all(2);
    }
    if (step == kRunning) bring_up(2);
    hardware.sent.clear();
  }
  void caps(uint64_t other) {
    send(Opcode::kGetCaps, idpf::GetCapabilities{.csum_caps = ~0u, .rss_caps = ~0ull, .other_caps = other});
  }
};

Status refusal(const Row& row, Step step) {
  switch (row.served) {
    case Served::kUnknown:
      return Status::kEsrch;
    case Served::kAlways:
      return Status::kSuccess;
    case Served::kAfterVersion:
      return step >= kVersion ? Status::kSuccess : Status::kEsm;
    default:
      break;
  }
  if (step < kPlainCaps) return Status::kEsm;
  if (row.served == Served::kAfterCaps) return Status::kSuccess;
  if (row.served == Served::kIfGranted) return step >= kAllCaps ? Status::kSuccess : Status::kEperm;
  if (row.served == Served::kIfPsp) return step >= kPsp ? Status::kSuccess : Status::kEperm;
  return Status::kEperm;
}

TEST(Dispatch, EveryOpcodeAtEveryStep) {
  for (const Row& row : kRows) {
    for (int step = kFresh; step < kSteps; ++step) {
      SCOPED_TRACE("opcode " + std::to_string(row.opcode) + ", step " + std::to_string(step));
      Card card(static_cast<Step>(step));
      const Status expected = refusal(row, static_cast<Step>(step));
      if (expected != Status::kSuccess) {
        EXPECT_EQ(card.status_of(Opcode{row.opcode}, Bytes(4096)), expected);
        EXPECT_EQ(card.status_of(Opcode{row.opcode}, Bytes{}), expected) << "first of all who may";
        continue;
      }
      if (row.bytes == 0) {
        EXPECT_EQ(card.status_of(Opcode{row.opcode}, Bytes{}), Status::kSuccess);
        continue;
      }
      EXPECT_EQ(card.status_of(Opcode{row.opcode}, Bytes{}), Status::kEinval);
      EXPECT_EQ(card.status_of(Opcode{row.opcode}, Bytes(row.bytes - 1)), Status::kEinval);
    }
  }
}

// Whatever came before: one answer, and a refusal changes nothing. status_of() looks at both.
TEST(Dispatch, EveryPairOfOpcodesAtEveryStep) {
  uint64_t served = 0;
  for (const int step : {kFresh, kPlainCaps, kPsp, kRunning}) {
    for (const Row& first : kRows) {
      Card card(static_cast<Step>(step));
      for (const Row& second : kRows) {
        for (const Row& row : {first, second}) {
          const Status status = card.status_of(Opcode{row.opcode}, Bytes(row.bytes + 96));
          if (status == Status::kSuccess) ++served;
          const Status expected = refusal(row, static_cast<Step>(step));
          if (row.served == Served::kUnknown) {
            EXPECT_EQ(status, expected) << row.opcode;
          }
        }
      }
      if (testing::Test::HasFailure()) FAIL() << "step " << step << ", opcode " << first.opcode;
    }
  }
  EXPECT_GT(served, 500u) << "the test is worth something only if much of it went through";
}

TEST(Dispatch, TheManagementPortHasNoOtherCommandsThanItsOwn) {
  for (const Row& row : kRows) {
    Card card(kRunning);
    MailboxMessage request;
    request.descriptor.v_opcode = Opcode{row.opcode};
    request.payload = Bytes(256);
    card.plane.handle(request, Origin::kManagement);
    ASSERT_EQ(card.hardware.sent_to_management.size(), 1u);
    const Status status = card.hardware.sent_to_management[0].descriptor.v_retval;
    if (row.served == Served::kUnknown) {
      EXPECT_EQ(status, Status::kEsrch) << row.opcode;
    } else if (row.opcode < 30000 || row.opcode == 30001) {
      EXPECT_EQ(status, Status::kEperm) << row.opcode;
    } else {
      EXPECT_NE(status, Status::kEperm) << row.opcode;
    }
  }
}

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() : card_(kRunning) {}

  void post(Opcode opcode, const Bytes& payload, uint16_t flags, uint16_t cookie = 1) {
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.descriptor.sw_cookie = cookie;
    request.descriptor.v_flags = flags;
    request.payload = payload;
    card_.plane.handle(request);
  }
  std::vector<uint16_t> cookies() const {
    std::vector<uint16_t> all;
    for (const MailboxMessage& message : card_.hardware.sent) {
      if (message.descriptor.v_opcode != Opcode::kEvent) all.push_back(message.descriptor.sw_cookie);
    }
    return all;
  }
  static Bytes sas(std::vector<uint32_t> slots) {
    std::vector<idpf::PspTxSa> list;
    for (const uint32_t slot : slots) list.push_back({.sa_idx = slot, .spi = 5, .key_len = 16});
    return to_bytes(
        idpf::PspTxSaList{.vport_id = idpf::kVportNone, .num_sa = static_cast<uint16_t>(slots.size())}, list);
  }
  static Bytes del(uint32_t slot) {
    return to_bytes(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .num_sa = 1},
                    {idpf::PspTxSaId{slot, 0, 0}});
  }

  Card card_;
};

TEST_F(FlagsTest, OnErrorOnlyIsSilentAboutWhatWentWell) {
  constexpr uint16_t kQuiet = idpf::kVflagRespOnErrorOnly;
  post(Opcode::kPspAddTxSa, sas({3, 4}), kQuiet);
  EXPECT_TRUE(cookies().empty());
  EXPECT_EQ(card_.hardware.tx_sas.size(), 2u) << "it was done";
  post(Opcode::kPspAddTxSa, sas({5, 4}), kQuiet, 2);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{2})) << "one entry failed";
  post(Opcode::kPspAddTxSa, sas({idpf::kPspSaIdxAny}), kQuiet, 3);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{2, 3})) << "which slot it is only the reply says";
  post(Opcode::kPspDelTxSa, del(3), kQuiet, 4);
  post(Opcode::kPspDelTxSa, del(100), kQuiet, 5);
  post(Opcode::kLoopback, to_bytes(idpf::Loopback{.enable = 1}), kQuiet, 6);
  post(Opcode::kLoopback, to_bytes(idpf::Loopback{.vport_id = 9}), kQuiet, 7);
  post(Opcode::kGetStats, to_bytes(idpf::VportStats{}), kQuiet, 8);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{2, 3, 5, 7, 8}));
  EXPECT_EQ(card_.hardware.sent.back().descriptor.v_flags, kQuiet) << "echoed";
}

TEST_F(FlagsTest, AFenceWaitsForEarlierRequests) {
  post(Opcode::kPspAddTxSa, sas({0, 1, 2}), 0, 1);
  card_.hardware.hold_work = true;
  post(Opcode::kPspDelTxSa, del(0), 0, 2);
  post(Opcode::kGetStats, to_bytes(idpf::VportStats{}), idpf::kVflagFence, 3);
  post(Opcode::kGetStats, to_bytes(idpf::VportStats{}), 0, 4);
  post(Opcode::kPspDelTxSa, del(1), 0, 5);
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 4})) << "only the fenced one waits";
  const FakeHardware::Work later = card_.hardware.held.back();
  card_.hardware.held.pop_back();
  card_.hardware.finish_work();
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 4, 2, 3})) << "and not for what came after it";
  card_.hardware.held.push_back(later);
  post(Opcode::kPspDelTxSa, del(2), idpf::kVflagFence, 6);
  FakeHardware::Work earlier = card_.hardware.held.front();
  card_.hardware.held.erase(card_.hardware.held.begin());
  card_.hardware.finish_work();
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 4, 2, 3}))
      << "its own work is done, an earlier request's not";
  card_.hardware.held.push_back(earlier);
  card_.hardware.finish_work();
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1, 4, 2, 3, 5, 6}));
}

TEST_F(FlagsTest, WithoutNegotiationTheyMeanNothing) {
  Card plain(kAllCaps);
  plain.send(Opcode::kGetOemCaps, idpf::OemCaps{idpf::kPspCapMbx});
  plain.create_vport(1);
  plain.hardware.sent.clear();
  MailboxMessage request;
  request.descriptor.v_opcode = Opcode::kLoopback;
  request.descriptor.v_flags = 0xffff;
  request.payload = to_bytes(idpf::Loopback{.enable = 1});
  plain.plane.handle(request);
  ASSERT_EQ(plain.hardware.sent.size(), 1u);
  EXPECT_EQ(plain.hardware.sent[0].descriptor.v_flags, 0xffff);
}

TEST_F(FlagsTest, AResetForgetsFencedAnswers) {
  post(Opcode::kPspAddTxSa, sas({0}), 0, 1);
  card_.hardware.hold_work = true;
  post(Opcode::kPspDelTxSa, del(0), 0, 2);
  post(Opcode::kGetStats, to_bytes(idpf::VportStats{}), idpf::kVflagFence, 3);
  card_.plane.reset();
  card_.hardware.finish_work();
  EXPECT_EQ(cookies(), (std::vector<uint16_t>{1}));
}

}  // namespace
}  // namespace pspnic::firmware
