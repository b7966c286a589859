# SPDX-License-Identifier: Apache-2.0
"""Faults of rtl/ghash (scripts/rtl_mutate)."""
from rtl_fault import Fault

_CLMUL = "rtl/ghash/clmul.sv"
_MUL = "rtl/ghash/gf128_mul.sv"
_GHASH = "rtl/ghash/ghash.sv"
_TEST = ("rtl_ghash_test",)

FAULTS = [
    Fault("karatsuba_middle", "the middle product of Karatsuba's method lacks a term", _CLMUL,
          "both ^ low ^ high", "both ^ low", _TEST),
    Fault("clmul_leaf", "the leaf leaves out the product of the two uppermost bits", _CLMUL,
          "{Width{a_i[i]}} & b_i}",
          "{Width{a_i[i]}} & (i == Width - 1 ? {1'b0, b_i[Width-2:0]} : b_i)}", _TEST),
    Fault("whole_polynomial", "whole product: reduced by x^128 + x^6 + x^2 + x + 1", _MUL,
          "^ (over >> 2) ^ (over >> 7)", "^ (over >> 2) ^ (over >> 6)", _TEST),
    Fault("whole_second_reduction", "whole product: what the reduction lifts above x^127 is lost", _MUL,
          " ^ {sum[6:0], 121'b0}", "", _TEST),
    Fault("digit_polynomial", "digits: reduced by x^128 + x^6 + x^2 + x + 1", _MUL,
          "^ (fold >> 2) ^ (fold >> 7)", "^ (fold >> 2) ^ (fold >> 6)", _TEST),
    Fault("digit_bit_order", "digits: bits of a product one place off", _MUL,
          "<< (w*Digit)) << 1)", "<< (w*Digit)))", _TEST),
    Fault("integer_polynomial", "integer product: reduced by a wrong polynomial", _GHASH,
          "(q0 << 62) ^ (q0 << 57)", "(q0 << 62) ^ (q0 << 58)", _TEST),
    Fault("integer_carry", "integer product: a carry reaches the next coefficient", _GHASH,
          "64'h4444_4444_4444_4444)", "64'h4444_444c_4444_4444)", _TEST),
    Fault("integer_lost_bit", "integer product: one coefficient is lost between words", _GHASH,
          "q3 = (hi1 << 1) | (p2 >> 63);", "q3 = hi1 << 1;", _TEST),
    Fault("x_not_cleared", "a bit of the packet before stays in X", _GHASH,
          "in_first_i ? 128'b0 : state_q)", "in_first_i ? {127'b0, state_q[0]} : state_q)", _TEST),
    Fault("digit_old_x", "digits: the new product begins on the old one", _GHASH,
          "idle_o ? 128'b0 : state_q", "state_q", _TEST),
    Fault("digit_early_end", "digits: the end of a product is told a cycle early", _GHASH,
          "count_q == CountBits'(1)", "count_q == CountBits'(2)", _TEST),
    Fault("digit_overlap", "digits: a coefficient is in two of them", _GHASH,
          "rest_q >> Digit;", "rest_q >> (Digit - 1);", _TEST),
]
