// SPDX-License-Identifier: Apache-2.0
// The AES cores under test, one way to send blocks through any of them, and OpenSSL to compare with.
#pragma once

#include <Vaes_iterative_128.h>
#include <Vaes_iterative_256.h>
#include <Vaes_iterative_256_gates.h>
#include <Vaes_pipeline_128.h>
#include <Vaes_pipeline_256.h>
#include <Vaes_pipeline_256_gates.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "testbench/tests/rtl/bench.h"

namespace pspnic::rtl_test {

using AesBlock = std::array<uint8_t, 16>;

struct AesBeat {
  std::array<uint8_t, 32> key{};  // 128 bits: the first half
  bool key256 = false;
  AesBlock block{};
  uint16_t side = 0;
};

struct AesResult {
  AesBlock block{};
  uint16_t side = 0;
  // The cycles in which the beat was first offered, was taken, first showed at the output, and left.
  uint64_t offered = 0, taken = 0, shown = 0, left = 0;
};

template <class T, unsigned KeyBits, bool IsPipeline>
struct AesCore {
  using Top = T;
  static constexpr bool kWideKeys = KeyBits == 256;
  static constexpr bool kPipeline = IsPipeline;
  static constexpr unsigned rounds(bool key256) { return (IsPipeline ? kWideKeys : key256) ? 14 : 10; }
};

using Pipeline128 = AesCore<Vaes_pipeline_128, 128, true>;
using Pipeline256 = AesCore<Vaes_pipeline_256, 256, true>;
using Pipeline256Gates = AesCore<Vaes_pipeline_256_gates, 256, true>;
using Iterative128 = AesCore<Vaes_iterative_128, 128, false>;
using Iterative256 = AesCore<Vaes_iterative_256, 256, false>;
using Iterative256Gates = AesCore<Vaes_iterative_256_gates, 256, false>;
using AllAesCores = ::testing::Types<Pipeline128, Pipeline256, Pipeline256Gates, Iterative128, Iterative256,
                                     Iterative256Gates>;

struct Stalls {
  unsigned in_percent = 0;
  unsigned out_percent = 0;
};

template <class Top>
void present(Top& top, const AesBeat& beat) {
  to_port(beat.key, top.in_key_i.data());
  to_port(beat.block, top.in_block_i.data());
  top.in_key256_i = beat.key256;
  top.in_side_i = beat.side;
}

// Sends all beats and waits for all results.
template <class Top>
std::vector<AesResult> encrypt(Bench<Top>& bench, const std::vector<AesBeat>& beats, Stalls stalls = {},
                               uint64_t seed = 1) {
  Random random(seed);
  std::vector<AesResult> results(beats.size());
  size_t sent = 0, received = 0;
  bool offered = false, shown = false;
  const uint64_t limit = bench.cycle() + 1000 + 100 * beats.size();
  while (received < beats.size() && bench.cycle() < limit) {
    if (!offered && sent < beats.size() && !random.chance(stalls.in_percent)) {
      present(bench.top(), beats[sent]);
      results[sent].offered = bench.cycle();
      offered = true;
    }
    bench->in_valid_i = offered;
    bench->out_ready_i = !random.chance(stalls.out_percent);
    bench.settle();
    if (offered && bench->in_ready_o) {
      results[sent++].taken = bench.cycle();
      offered = false;
    }
    EXPECT_TRUE(bench->out_valid_o || !shown) << "a result is withdrawn";
    if (bench->out_valid_o) {
      AesResult& result = results[received];
      const AesBlock block = from_port<16>(bench->out_block_o.data());
      if (!shown) {
        result.shown = bench.cycle();
        result.block = block;
        result.side = bench->out_side_o;
      }
      EXPECT_TRUE(result.block == block && result.side == bench->out_side_o) << "a result changes";
      shown = !bench->out_ready_i;
      if (bench->out_ready_i) {
        result.left = bench.cycle();
        ++received;
      }
    }
    bench.tick();
  }
  bench->in_valid_i = 0;
  EXPECT_EQ(received, beats.size());
  return results;
}

class Ecb {
 public:
  Ecb() : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {}
  AesBlock encrypt(const AesBeat& beat) {
    AesBlock out{};
    int length = 0;
    if (EVP_EncryptInit_ex(context_.get(), beat.key256 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), nullptr,
                           beat.key.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(context_.get(), out.data(), &length, beat.block.data(), 16) != 1) {
      throw std::runtime_error("OpenSSL has no AES-ECB");
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

// A new key of random size for each block, as far as the core takes it.
inline std::vector<AesBeat> random_beats(size_t count, bool wide_keys, uint64_t seed) {
  Random random(seed);
  std::vector<AesBeat> beats(count);
  for (size_t i = 0; i < count; ++i) {
    beats[i].key256 = wide_keys && random.chance(50);
    random.fill(beats[i].key);  // the second half of a 128-bit key is noise: it must not matter
    random.fill(beats[i].block);
    beats[i].side = static_cast<uint16_t>(random.word());
  }
  return beats;
}

}  // namespace pspnic::rtl_test
