// SPDX-License-Identifier: Apache-2.0
// AES encryption, one block a cycle, each with a key of its own: the key schedule travels with the block.
// Each stage waits only for the one behind it, so bubbles collapse and a stalled output costs no more than
// the stall. Takes a beat in cycle t and shows its result in cycle t+R, R = 10 or 14 by MaxKeyBits, whatever
// the size of its key.
module aes_pipeline #(
    parameter int MaxKeyBits = 256,  // 128: 128-bit keys only
    parameter bit SboxTable  = 1,    // aes_sbox: 1 table, 0 gates
    parameter int SideBits   = 1     // carried along with each block
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
  localparam int Rounds = MaxKeyBits == 256 ? 14 : 10;

  logic [Rounds:1] valid_q;
  logic [Rounds+1:1] ready;
  logic [Rounds:1] load;  // a block moves into the stage

  // A stage takes a block when it is empty or passes its own on.
  always_comb begin
    ready[Rounds+1] = out_ready_i;
    for (int i = Rounds; i >= 1; i--) ready[i] = ready[i+1] || !valid_q[i];
  end
  assign in_ready_o = ready[1];
  assign load = ready[Rounds:1] & {valid_q[Rounds-1:1], in_valid_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Rounds-1:1], in_valid_i} | ~ready[Rounds:1];
  end

  // gen_stage[i] holds what is behind round i.
  for (genvar i = 0; i <= Rounds; i++) begin : gen_stage
    // Behind the last round no key is needed.
    // verilator lint_off UNUSEDSIGNAL
    logic key256;
    logic [255:0] window;
    // verilator lint_on UNUSEDSIGNAL
    logic [127:0] state;
    logic [SideBits-1:0] side;
    if (i == 0) begin : gen_in
      assign key256 = MaxKeyBits == 256 && in_key256_i;
      assign window = in_key_i;
      assign state  = in_block_i ^ in_key_i[255:128];
      assign side   = in_side_i;
    end else begin : gen_round
      localparam int Prev = i - 1;
      logic key256_q;
      logic [SideBits-1:0] side_q;
      always_ff @(posedge clk_i) begin
        if (load[i]) begin
          key256_q <= gen_stage[Prev].key256;
          side_q   <= gen_stage[Prev].side;
        end
      end
      assign key256 = MaxKeyBits == 256 && key256_q;
      assign side   = side_q;

      aes_stage #(
          .MaxKeyBits(MaxKeyBits),
          .SboxTable (SboxTable)
      ) u_stage (
          .clk_i,
          .load_i  (load[i]),
          .round_i (4'(i)),
          .last_i  (i == Rounds || (i == 10 && !gen_stage[Prev].key256)),
          .pass_i  (i > 10 && !gen_stage[Prev].key256),
          .key256_i(gen_stage[Prev].key256),
          .window_i(gen_stage[Prev].window),
          .state_i (gen_stage[Prev].state),
          .window_o(window),
          .state_o (state)
      );
    end
  end

  assign out_valid_o = valid_q[Rounds];
  assign out_block_o = gen_stage[Rounds].state;
  assign out_side_o  = gen_stage[Rounds].side;

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
      assert (MaxKeyBits == 256 || !in_key256_i) else $error("a 256-bit key for a 128-bit pipeline");
    end
  end
`endif
endmodule
