// SPDX-License-Identifier: Apache-2.0
// GHASH with every width of digit and both multipliers, against the values of GCM's specification and a
// bit-by-bit reference.
#include <Vghash_128.h>
#include <Vghash_16.h>
#include <Vghash_32.h>
#include <Vghash_64.h>
#include <Vghash_8.h>
#include <Vghash_gates.h>

#include <algorithm>

#include "testbench/tests/rtl/bench.h"

namespace pspnic::rtl_test {
namespace {

using Block = std::array<uint8_t, 16>;

// SP 800-38D, algorithm 1.
Block times(const Block& x, Block v) {
  Block z{};
  for (int i = 0; i < 128; ++i) {
    if (x[i / 8] >> (7 - i % 8) & 1) {
      for (int j = 0; j < 16; ++j) z[j] ^= v[j];
    }
    const bool low = v[15] & 1;
    for (int j = 15; j > 0; --j) v[j] = static_cast<uint8_t>(v[j] >> 1 | v[j - 1] << 7);
    v[0] = static_cast<uint8_t>(v[0] >> 1 ^ (low ? 0xe1 : 0));
  }
  return z;
}

template <class Top, int Digit>
struct Core {
  using Verilated = Top;
  static constexpr uint64_t kCycles = 128 / Digit;
};

template <class Core>
class GhashTest : public testing::Test {
 protected:
  // Offers a block until it is taken; the cycle of that.
  uint64_t feed(const Block& block, bool first) {
    bench_->in_valid_i = 1;
    bench_->in_first_i = first;
    to_port(block, &bench_->in_block_i[0]);
    for (;;) {
      bench_.settle();
      const bool taken = bench_->in_ready_o;
      bench_.tick();
      if (taken) break;
    }
    bench_->in_valid_i = 0;
    return bench_.cycle() - 1;
  }

  void set_key(const Block& key) { to_port(key, &bench_->h_i[0]); }

  Block state() {
    bench_.settle();
    return from_port<16>(&bench_->state_o[0]);
  }

  // Multiplies a by h and tells the product.
  Block product(const Block& a, const Block& h) {
    set_key(h);
    feed(a, true);
    bench_.run(Core::kCycles - 1);
    return state();
  }

  Bench<typename Core::Verilated> bench_;
};

using Cores = testing::Types<Core<Vghash_128, 128>, Core<Vghash_gates, 128>, Core<Vghash_64, 64>,
                             Core<Vghash_32, 32>, Core<Vghash_16, 16>, Core<Vghash_8, 8>>;
TYPED_TEST_SUITE(GhashTest, Cores);

// From the appendix of D. McGrew and J. Viega, The Galois/Counter Mode of Operation: H, AAD, ciphertext and
// GHASH of the test cases.
struct Published {
  const char* test_case;
  const char* h;
  const char* aad;
  const char* ciphertext;
  const char* ghash;
};
constexpr Published kPublished[] = {
    {"2", "66e94bd4ef8a2c3b884cfa59ca342b2e", "", "0388dace60b6a392f328c2b971b2fe78",
     "f38cbb1ad69223dcc3457ae5b6b0f885"},
    {"3", "b83b533708bf535d0aa6e52980d53b78", "",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
     "7f1b32b81b820d02614f8895ac1d4eac"},
    {"4", "b83b533708bf535d0aa6e52980d53b78", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "698e57f70e6ecc7fd9463b7260a9ae5f"},
    {"14", "dc95c078a2408989ad48a21492842087", "", "cea7403d4d606b6e074ec5d3baf39d18",
     "83de425c5edc5d498f382c441041ca92"},
    {"16", "acbef20579b4b8ebce889bac8732dad7", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "8bd0c4d8aacd391e67cca447e8c38f65"},
};

// AAD and ciphertext, each padded with zeros, and the length block.
std::vector<Block> blocks_of(const Published& one) {
  std::vector<Block> blocks;
  Block lengths{};
  for (const size_t part : {0u, 1u}) {
    const std::vector<uint8_t> bytes = from_hex(part == 0 ? one.aad : one.ciphertext);
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (i % 16 == 0) blocks.push_back({});
      blocks.back()[i % 16] = bytes[i];
    }
    lengths[8 * part + 6] = static_cast<uint8_t>(8 * bytes.size() >> 8);
    lengths[8 * part + 7] = static_cast<uint8_t>(8 * bytes.size());
  }
  blocks.push_back(lengths);
  return blocks;
}

TYPED_TEST(GhashTest, GivesThePublishedValues) {
  for (const Published& one : kPublished) {
    Block h;
    std::ranges::copy(from_hex(one.h), h.begin());
    this->set_key(h);
    bool first = true;
    for (const Block& block : blocks_of(one)) {
      this->feed(block, first);
      first = false;
    }
    while (!this->bench_->idle_o) this->bench_.run(1);
    const Block state = this->state();
    EXPECT_EQ(std::vector<uint8_t>(state.begin(), state.end()), from_hex(one.ghash))
        << "test case " << one.test_case;
  }
}

TYPED_TEST(GhashTest, EveryPairOfPowers) {
  for (int i = 0; i < 128; i += 1) {
    for (int j = 0; j < 128; j += 5) {
      Block a{};
      Block h{};
      a[i / 8] = static_cast<uint8_t>(0x80 >> i % 8);
      h[j / 8] = static_cast<uint8_t>(0x80 >> j % 8);
      ASSERT_EQ(this->product(a, h), times(a, h)) << "x^" << i << " x^" << j;
    }
  }
}

TYPED_TEST(GhashTest, AllOnes) {
  // The longest sums, whose carries must not reach the next bit.
  Block ones;
  ones.fill(0xff);
  EXPECT_EQ(this->product(ones, ones), times(ones, ones));
  for (int i = 0; i < 128; ++i) {
    Block a = ones;
    a[i / 8] ^= static_cast<uint8_t>(0x80 >> i % 8);
    ASSERT_EQ(this->product(a, ones), times(a, ones));
    ASSERT_EQ(this->product(ones, a), times(ones, a));
  }
}

TYPED_TEST(GhashTest, RandomProducts) {
  Random random(41);
  for (int i = 0; i < 1000; ++i) {
    const Block a = random.bytes<16>();
    const Block h = random.bytes<16>();
    ASSERT_EQ(this->product(a, h), times(a, h));
  }
}

TYPED_TEST(GhashTest, PacketsWithPausesAndKeysOfTheirOwn) {
  Random random(42);
  for (int packet = 0; packet < 50; ++packet) {
    const Block h = random.bytes<16>();
    this->set_key(h);
    Block x{};
    const uint64_t count = 1 + random.below(10);
    for (uint64_t i = 0; i < count; ++i) {
      const Block block = random.bytes<16>();
      for (int j = 0; j < 16; ++j) x[j] ^= block[j];
      x = times(x, h);
      this->feed(block, i == 0);
      if (random.chance(30)) this->bench_.run(static_cast<unsigned>(random.below(40)));
    }
    while (!this->bench_->idle_o) this->bench_.run(1);
    ASSERT_EQ(this->state(), x);
  }
}

TYPED_TEST(GhashTest, ABlockEveryCycleOfTheDigits) {
  Random random(43);
  const Block h = random.bytes<16>();
  this->set_key(h);
  uint64_t last = this->feed(random.bytes<16>(), true);
  for (int i = 0; i < 20; ++i) {
    const uint64_t taken = this->feed(random.bytes<16>(), false);
    EXPECT_EQ(taken - last, TypeParam::kCycles);
    last = taken;
  }
}

TYPED_TEST(GhashTest, TheProductIsThereAfterItsCyclesAndTheKeyMayChangeThen) {
  Random random(44);
  for (int i = 0; i < 20; ++i) {
    const Block a = random.bytes<16>();
    const Block h = random.bytes<16>();
    this->set_key(h);
    this->feed(a, true);
    for (uint64_t cycle = 1; cycle < TypeParam::kCycles; ++cycle) {
      this->bench_.settle();
      EXPECT_FALSE(this->bench_->idle_o);
      EXPECT_EQ(this->bench_->ending_o, cycle + 1 == TypeParam::kCycles);
      this->bench_.tick();
    }
    this->set_key(random.bytes<16>());
    EXPECT_EQ(this->state(), times(a, h));
    EXPECT_TRUE(this->bench_->idle_o);
  }
}

TYPED_TEST(GhashTest, NoticesAKeyThatChangesAmidAMultiplication) {
  Random random(45);
  for (uint64_t cycle = 1; cycle < TypeParam::kCycles; ++cycle) {
    this->set_key(random.bytes<16>());
    this->feed(random.bytes<16>(), true);
    this->bench_.run(static_cast<unsigned>(cycle - 1));
    ASSERT_FALSE(this->bench_.take_failure());
    this->set_key(random.bytes<16>());
    this->bench_.run(1);
    EXPECT_TRUE(this->bench_.take_failure()) << "cycle " << cycle;
    while (!this->bench_->idle_o) this->bench_.run(1);
    EXPECT_FALSE(this->bench_.take_failure());
  }
}

}  // namespace
}  // namespace pspnic::rtl_test
