// SPDX-License-Identifier: Apache-2.0
// One step of a product in GF(2^128) as GCM defines the field, combinational: acc * x^Digit + digit * h,
// where digit is `Digit` coefficients of the other factor, highest powers first. Digit = 128 is the whole
// product.
//
// GCM writes polynomials backwards: bit [127] of a block is the coefficient of x^0. Backwards times backwards
// is the product backwards, one bit lower, hence the shift below. x^128 = x^7 + x^2 + x + 1.
module gf128_mul #(
  parameter int Digit = 128  // 128, 64, 32, 16, 8
) (
  input  logic [127:0]       acc_i,    // not used by Digit = 128
  input  logic [Digit-1:0]   digit_i,
  input  logic [127:0]       h_i,
  output logic [127:0]       result_o
);
  localparam int Words = 128 / Digit;
  logic [127+Digit:0] sum;   // bit k: coefficient of x^(127 + Digit - k)
  logic [Digit-1:0]   over;  // its powers from 128 on

  if (Words == 1) begin : gen_whole
    logic [255:0] product;
    logic         unused_top;
    clmul #(.Width(128)) u_clmul (.a_i(digit_i), .b_i(h_i), .product_o(product));
    assign sum        = {product[254:0], 1'b0};
    assign unused_top = product[255];
    // What the reduction of the highest powers again lifts above x^127.
    assign over       = sum[127:0] ^ {sum[0], 127'b0} ^ {sum[1:0], 126'b0} ^ {sum[6:0], 121'b0};
    assign result_o   = sum[255:128] ^ over ^ (over >> 1) ^ (over >> 2) ^ (over >> 7);
    logic unused_acc;
    assign unused_acc = ^{acc_i, unused_top};
  end else begin : gen_digit
    logic [127:0]              fold;
    logic [Words*2*Digit-1:0]  parts;
    for (genvar w = 0; w < Words; w++) begin : gen_word
      clmul #(.Width(Digit)) u_clmul (
        .a_i(digit_i), .b_i(h_i[w*Digit+:Digit]), .product_o(parts[w*2*Digit+:2*Digit]));
    end
    always_comb begin
      sum = {{Digit{1'b0}}, acc_i};
      for (int w = 0; w < Words; w++) begin
        sum = sum ^ (({{(128-Digit){1'b0}}, parts[w*2*Digit+:2*Digit]} << (w*Digit)) << 1);
      end
    end
    assign over     = sum[Digit-1:0];
    assign fold     = {over, {(128-Digit){1'b0}}};
    assign result_o = sum[127+Digit:Digit] ^ fold ^ (fold >> 1) ^ (fold >> 2) ^ (fold >> 7);
  end
endmodule
