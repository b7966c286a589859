// SPDX-License-Identifier: Apache-2.0
// GHASH of NIST SP 800-38D: takes blocks and multiplies, X := ((first ? 0 : X) ^ block) * H. A block taken in
// cycle t is in `state_o` from cycle t + M on, M = 128 / Digit; the next one can be taken in t + M, so that
// Digit = 128 hashes a block a cycle. `h_i` must stay from the cycle of the take to t + M - 1.
//
// Partial blocks arrive padded with zeros, the length block is a block like the others (rtl/gcm makes both).
module ghash #(
  parameter int Digit   = 128,  // 128, 64, 32, 16, 8: coefficients a cycle
  parameter bit Integer = 1     // Digit = 128: the multiplier that is fast to simulate, not the small one
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [127:0] h_i,
  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic         in_first_i,  // the first block of a packet
  input  logic [127:0] in_block_i,
  output logic         idle_o,      // state_o is the sum over all blocks taken
  output logic         ending_o,    // a multiplication ends with this cycle: h_i may change
  output logic [127:0] state_o
);
  localparam int Cycles = 128 / Digit;

  logic         take;
  logic [127:0] state_q, sum;

  assign take    = in_valid_i && in_ready_o;
  assign sum     = (in_first_i ? 128'b0 : state_q) ^ in_block_i;
  assign state_o = state_q;

  if (Cycles == 1 && Integer) begin : gen_integer
    assign in_ready_o = 1'b1;
    assign idle_o     = 1'b1;
    assign ending_o   = take;

    // A product without carries by products with carries: each takes every fourth bit of its operands, so
    // that a sum of at most eight ones has four bits for itself.
    function automatic logic [63:0] clmul32(input logic [31:0] a, input logic [31:0] b);
      logic [63:0] a0, a1, a2, a3, b0, b1, b2, b3;
      a0 = {32'b0, a & 32'h1111_1111};
      a1 = {32'b0, a & 32'h2222_2222};
      a2 = {32'b0, a & 32'h4444_4444};
      a3 = {32'b0, a & 32'h8888_8888};
      b0 = {32'b0, b & 32'h1111_1111};
      b1 = {32'b0, b & 32'h2222_2222};
      b2 = {32'b0, b & 32'h4444_4444};
      b3 = {32'b0, b & 32'h8888_8888};
      clmul32 = (((a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1)) & 64'h1111_1111_1111_1111)
              | (((a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2)) & 64'h2222_2222_2222_2222)
              | (((a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3)) & 64'h4444_4444_4444_4444)
              | (((a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0)) & 64'h8888_8888_8888_8888);
    endfunction

    // gf128_mul with Karatsuba down to 32 bits, in words of at most 64 bits.
    function automatic logic [127:0] product(input logic [31:0] a3, input logic [31:0] a2,
                                             input logic [31:0] a1, input logic [31:0] a0,
                                             input logic [31:0] b3, input logic [31:0] b2,
                                             input logic [31:0] b1, input logic [31:0] b0);
      logic [63:0] l0, l1, l2, h0, h1, h2, m0, m1, m2;     // low, high and both halves: low, high, both
      logic [63:0] lo0, lo1, hi0, hi1, mi0, mi1, p1, p2, q0, q1, q2, q3;
      l0 = clmul32(a0, b0);
      l2 = clmul32(a1, b1);
      l1 = clmul32(a0 ^ a1, b0 ^ b1) ^ l0 ^ l2;
      h0 = clmul32(a2, b2);
      h2 = clmul32(a3, b3);
      h1 = clmul32(a2 ^ a3, b2 ^ b3) ^ h0 ^ h2;
      m0 = clmul32(a0 ^ a2, b0 ^ b2);
      m2 = clmul32(a1 ^ a3, b1 ^ b3);
      m1 = clmul32(a0 ^ a1 ^ a2 ^ a3, b0 ^ b1 ^ b2 ^ b3) ^ m0 ^ m2;
      lo0 = l0 ^ (l1 << 32);
      lo1 = l2 ^ (l1 >> 32);
      hi0 = h0 ^ (h1 << 32);
      hi1 = h2 ^ (h1 >> 32);
      mi0 = m0 ^ (m1 << 32) ^ lo0 ^ hi0;
      mi1 = m2 ^ (m1 >> 32) ^ lo1 ^ hi1;
      p1 = lo1 ^ mi0;
      p2 = hi0 ^ mi1;
      q0 = lo0 << 1;
      q1 = (p1 << 1) | (lo0 >> 63);
      q2 = (p2 << 1) | (p1 >> 63);
      q3 = (hi1 << 1) | (p2 >> 63);
      q1 = q1 ^ (q0 << 63) ^ (q0 << 62) ^ (q0 << 57);
      q3 = q3 ^ q1 ^ (q1 >> 1) ^ (q1 >> 2) ^ (q1 >> 7);
      q2 = q2 ^ q0 ^ ((q0 >> 1) | (q1 << 63)) ^ ((q0 >> 2) | (q1 << 62)) ^ ((q0 >> 7) | (q1 << 57));
      product = {q3, q2};
    endfunction

    // In the clocked process, so that a simulator multiplies once a cycle and only when there is a block.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        state_q <= '0;
      end else if (take) begin
        state_q <= product(sum[127:96], sum[95:64], sum[63:32], sum[31:0],
                           h_i[127:96], h_i[95:64], h_i[63:32], h_i[31:0]);
      end
    end
  end else if (Cycles == 1) begin : gen_whole
    logic [127:0] state_d;
    assign in_ready_o = 1'b1;
    assign idle_o     = 1'b1;
    assign ending_o   = take;
    gf128_mul #(.Digit(128)) u_mul (.acc_i('0), .digit_i(sum), .h_i(h_i), .result_o(state_d));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        state_q <= '0;
      end else if (take) begin
        state_q <= state_d;
      end
    end
  end else begin : gen_digits
    localparam int CountBits = $clog2(Cycles);
    localparam logic [CountBits-1:0] Last = CountBits'(Cycles - 1);
    logic [CountBits-1:0]   count_q;  // digits that are still to come
    logic [127-Digit:0]     rest_q;   // those digits
    logic [127:0]           acc, state_d;
    logic [Digit-1:0]       digit;

    assign idle_o     = count_q == '0;
    assign in_ready_o = idle_o;
    assign ending_o   = count_q == CountBits'(1);
    assign digit      = idle_o ? sum[Digit-1:0] : rest_q[Digit-1:0];
    assign acc        = idle_o ? 128'b0 : state_q;
    gf128_mul #(.Digit(Digit)) u_mul (.acc_i(acc), .digit_i(digit), .h_i(h_i), .result_o(state_d));

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        count_q <= '0;
        rest_q  <= '0;
        state_q <= '0;
      end else if (take || !idle_o) begin
        count_q <= idle_o ? Last : count_q - CountBits'(1);
        rest_q  <= idle_o ? sum[127:Digit] : rest_q >> Digit;
        state_q <= state_d;
      end
    end

`ifndef SYNTHESIS
    logic [127:0] h_q;
    always_ff @(posedge clk_i) h_q <= h_i;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (rst_ni && !idle_o) assert (h_i == h_q) else $error("H changed amid a multiplication");
    end
`endif
  end

`ifndef SYNTHESIS
  initial begin
    if (Digit != 128 && Digit != 64 && Digit != 32 && Digit != 16 && Digit != 8) $fatal(1, "Digit");
  end
`endif
endmodule
