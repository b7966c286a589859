// SPDX-License-Identifier: Apache-2.0
// One round of AES with its step of the key schedule and the registers behind them: when load_i, takes the
// state and key window in front of round `round_i` (1 to 14) and shows those behind it one cycle later.
//
// With the table S-box all is worked out in the clocked process, in 32-bit words: a simulator then spends
// time only on stages that load.
module aes_stage #(
    parameter int MaxKeyBits = 256,
    parameter bit SboxTable  = 1
) (
    input  logic         clk_i,
    input  logic         load_i,
    input  logic [  3:0] round_i,
    input  logic         last_i,      // the last round of this key
    input  logic         pass_i,      // no round left for this key: the state passes as it is
    input  logic         key256_i,
    input  logic [255:0] window_i,    // as aes_key_step has it
    input  logic [127:0] state_i,
    output logic [255:0] window_o,
    output logic [127:0] state_o
);
  logic [127:0] state_q;
  logic [255:0] window_q;

  assign state_o  = state_q;
  assign window_o = window_q;

  if (SboxTable) begin : gen_table
    logic key256;
    assign key256 = MaxKeyBits == 256 && key256_i;

    // One column of the state; ShiftRows takes its bytes from four columns.
    function automatic logic [31:0] round_column(input logic [7:0] a, input logic [7:0] b,
                                                 input logic [7:0] c, input logic [7:0] d,
                                                 input logic [31:0] key, input logic last);
      logic [31:0] shifted;
      shifted = aes_pkg::sub_word({a, b, c, d});
      round_column = key ^ (last ? shifted : aes_pkg::mix_column(shifted));
    endfunction

    always_ff @(posedge clk_i) begin : p_round
      logic [31:0] n0, n1, n2, n3, r0, r1, r2, r3;
      if (load_i && pass_i) begin
        state_q  <= state_i;
        window_q <= '0;
      end else if (load_i) begin
        n0 = window_i[255:224] ^ aes_pkg::schedule_constant(key256, round_i)
           ^ aes_pkg::sub_word(aes_pkg::schedule_word(key256, round_i[0], window_i[159:128], window_i[31:0]));
        n1 = window_i[223:192] ^ n0;
        n2 = window_i[191:160] ^ n1;
        n3 = window_i[159:128] ^ n2;
        r0 = key256 ? window_i[127:96] : n0;
        r1 = key256 ? window_i[95:64] : n1;
        r2 = key256 ? window_i[63:32] : n2;
        r3 = key256 ? window_i[31:0] : n3;
        state_q[127:96] <= round_column(
            state_i[127:120], state_i[87:80], state_i[47:40], state_i[7:0], r0, last_i);
        state_q[95:64] <= round_column(
            state_i[95:88], state_i[55:48], state_i[15:8], state_i[103:96], r1, last_i);
        state_q[63:32] <= round_column(
            state_i[63:56], state_i[23:16], state_i[111:104], state_i[71:64], r2, last_i);
        state_q[31:0] <= round_column(
            state_i[31:24], state_i[119:112], state_i[79:72], state_i[39:32], r3, last_i);
        window_q[255:128] <= {r0, r1, r2, r3};
        window_q[127:0]   <= MaxKeyBits == 256 ? {n0, n1, n2, n3} : 128'd0;
      end
    end
  end else begin : gen_gates
    logic [127:0] round_key, state_d;
    logic [255:0] window_d;

    aes_key_step #(
        .MaxKeyBits(MaxKeyBits)
    ) u_key_step (
        .round_i,
        .key256_i,
        .window_i,
        .round_key_o(round_key),
        .window_o   (window_d)
    );
    aes_round u_round (
        .last_i,
        .state_i,
        .round_key_i(round_key),
        .state_o    (state_d)
    );
    always_ff @(posedge clk_i) begin
      if (load_i) begin
        state_q  <= pass_i ? state_i : state_d;
        window_q <= pass_i ? 256'd0 : window_d;
      end
    end
  end
endmodule
