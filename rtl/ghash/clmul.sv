// SPDX-License-Identifier: Apache-2.0
// Product of two polynomials over GF(2) (carry-less multiplication), combinational, made for few gates:
// Karatsuba splits it into three products of half the width until they are `Leaf` bits wide, which are summed
// bit by bit. Bit k of an operand or of the product is the coefficient of x^k.
module clmul #(
  parameter int Width = 128,  // Leaf times a power of two, or less than Leaf
  parameter int Leaf  = 8     // below it, Karatsuba's additions cost more than the products they save
) (
  input  logic [Width-1:0]   a_i,
  input  logic [Width-1:0]   b_i,
  output logic [2*Width-1:0] product_o  // its uppermost bit is always zero
);
  if (Width <= Leaf) begin : gen_leaf
    always_comb begin
      product_o = '0;
      for (int i = 0; i < Width; i++) begin
        product_o = product_o ^ ({{Width{1'b0}}, {Width{a_i[i]}} & b_i} << i);
      end
    end
  end else begin : gen_split
    localparam int Half = Width / 2;
    logic [Width-1:0] low, high, both, middle;

    clmul #(.Width(Half), .Leaf(Leaf)) u_low (
      .a_i(a_i[Half-1:0]), .b_i(b_i[Half-1:0]), .product_o(low));
    clmul #(.Width(Half), .Leaf(Leaf)) u_high (
      .a_i(a_i[Width-1:Half]), .b_i(b_i[Width-1:Half]), .product_o(high));
    clmul #(.Width(Half), .Leaf(Leaf)) u_both (
      .a_i(a_i[Half-1:0] ^ a_i[Width-1:Half]), .b_i(b_i[Half-1:0] ^ b_i[Width-1:Half]), .product_o(both));

    assign middle    = both ^ low ^ high;
    assign product_o = {high, low} ^ {{Half{1'b0}}, middle, {Half{1'b0}}};
  end
endmodule
