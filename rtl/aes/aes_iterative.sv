// SPDX-License-Identifier: Apache-2.0
// AES encryption, one round a cycle, one block at a time, each with a key of its own; the key schedule is
// made on the way. Takes a beat in cycle t and shows its result in cycle t+10 (128-bit key) or t+14 (256-bit
// key); takes the next one in the cycle in which the result is taken.
module aes_iterative #(
    parameter int MaxKeyBits = 256,  // 128: 128-bit keys only
    parameter bit SboxTable  = 1,    // aes_sbox: 1 table, 0 gates
    parameter int SideBits   = 1     // kept with each block
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                in_valid_i,
    output logic                in_ready_o,
    input  logic [       255:0] in_key_i,     // a 128-bit key: the upper half
    input  logic                in_key256_i,
    input  logic [       127:0] in_block_i,   // byte 0 at the top
    input  logic [SideBits-1:0] in_side_i,
    output logic                out_valid_o,
    input  logic                out_ready_i,
    output logic [       127:0] out_block_o,
    output logic [SideBits-1:0] out_side_o
);
  logic [3:0] round_q;  // the round whose result the registers hold; 0: empty
  logic key256_q, done, take, key256, load;
  logic [3:0] last_round, round;
  logic [SideBits-1:0] side_q;
  logic [255:0] window, window_q;
  logic [127:0] state, state_q;

  assign last_round  = MaxKeyBits == 256 && key256_q ? 4'd14 : 4'd10;
  assign done        = round_q == last_round;
  assign in_ready_o  = round_q == 4'd0 || (done && out_ready_i);
  assign take        = in_valid_i && in_ready_o;
  assign out_valid_o = done;
  assign out_block_o = state_q;
  assign out_side_o  = side_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) round_q <= 4'd0;
    else if (take) round_q <= 4'd1;
    else if (!done && round_q != 4'd0) round_q <= round_q + 4'd1;
    else if (out_ready_i) round_q <= 4'd0;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      key256_q <= MaxKeyBits == 256 && in_key256_i;
      side_q   <= in_side_i;
    end
  end

  // The first round works on what comes in, the others on the registers.
  assign load   = take || (!done && round_q != 4'd0);
  assign round  = take ? 4'd1 : round_q + 4'd1;
  assign key256 = take ? in_key256_i : key256_q;
  assign window = take ? in_key_i : window_q;
  assign state  = take ? in_block_i ^ in_key_i[255:128] : state_q;

  aes_stage #(
      .MaxKeyBits(MaxKeyBits),
      .SboxTable (SboxTable)
  ) u_stage (
      .clk_i,
      .load_i  (load),
      .round_i (round),
      .last_i  (!take && round == last_round),
      .pass_i  (1'b0),
      .key256_i(key256),
      .window_i(window),
      .state_i (state),
      .window_o(window_q),
      .state_o (state_q)
  );

  stream_check #(
      .Bits(385 + SideBits)
  ) u_in_check (
      .clk_i,
      .rst_ni,
      .valid_i  (in_valid_i),
      .ready_i  (in_ready_o),
      .payload_i({in_key_i, in_key256_i, in_block_i, in_side_i})
  );

`ifndef SYNTHESIS
  initial begin
    assert (MaxKeyBits == 128 || MaxKeyBits == 256) else $fatal(1, "MaxKeyBits is 128 or 256");
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni && in_valid_i) begin
      assert (MaxKeyBits == 256 || !in_key256_i) else $error("a 256-bit key for a 128-bit core");
    end
  end
`endif
endmodule
