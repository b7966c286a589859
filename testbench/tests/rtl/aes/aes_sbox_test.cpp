// SPDX-License-Identifier: Apache-2.0
// The S-box: table and gates against each other and against the arithmetic of FIPS 197, 256 inputs each.
#include <Vaes_sbox_gates.h>
#include <Vaes_sbox_table.h>
#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdint>

namespace pspnic::rtl_test {
namespace {

uint8_t multiply(uint8_t a, uint8_t b) {
  unsigned product = 0;
  for (unsigned x = a; b != 0; b >>= 1, x = (x << 1) ^ ((x & 0x80) != 0 ? 0x11b : 0)) {
    if ((b & 1) != 0) product ^= x;
  }
  return static_cast<uint8_t>(product);
}

uint8_t substitute(uint8_t byte) {
  uint8_t inverse = 1;
  for (int i = 0; i < 254; ++i) inverse = multiply(inverse, byte);
  unsigned result = 0x63;
  for (unsigned i = 0; i < 5; ++i) result ^= (inverse << i) | (inverse >> (8 - i));
  return static_cast<uint8_t>(result);
}

TEST(AesSboxTest, TableAndGatesAreTheSameForAllInputs) {
  VerilatedContext context;
  Vaes_sbox_table table(&context);
  Vaes_sbox_gates gates(&context);
  for (unsigned byte = 0; byte < 256; ++byte) {
    table.in_i = gates.in_i = static_cast<uint8_t>(byte);
    table.eval();
    gates.eval();
    EXPECT_EQ(table.out_o, substitute(static_cast<uint8_t>(byte))) << "input " << byte;
    EXPECT_EQ(gates.out_o, table.out_o) << "input " << byte;
  }
}

}  // namespace
}  // namespace pspnic::rtl_test
