// SPDX-License-Identifier: Apache-2.0
// One step of AES's key schedule, combinational: from the window of eight words that goes into round
// `round_i` (1 to 14), that round's key and the window of the next round.
//   AES-256: the window is the keys of the rounds round_i-1 and round_i; the step makes that of round_i+1.
//   AES-128: its upper half is the key of round_i-1, the lower half unused; the step makes that of round_i.
// So a key goes in as it is: 256 bits, or 128 in the upper half. S-boxes of gates, as in aes_round.
module aes_key_step #(
    parameter int MaxKeyBits = 256
) (
    input  logic [  3:0] round_i,
    input  logic         key256_i,
    input  logic [255:0] window_i,
    output logic [127:0] round_key_o,
    output logic [255:0] window_o
);
  logic key256;
  logic [31:0] word, sub, t, m0, m1, m2, m3;
  logic [127:0] made;

  assign key256 = MaxKeyBits == 256 && key256_i;
  assign word   = aes_pkg::schedule_word(key256, round_i[0], window_i[159:128], window_i[31:0]);
  for (genvar i = 0; i < 4; i++) begin : gen_sbox
    aes_sbox #(
        .Table(0)
    ) u_sbox (
        .in_i (word[8*i+:8]),
        .out_o(sub[8*i+:8])
    );
  end
  assign t            = sub ^ aes_pkg::schedule_constant(key256, round_i);
  assign m0           = window_i[255:224] ^ t;
  assign m1           = window_i[223:192] ^ m0;
  assign m2           = window_i[191:160] ^ m1;
  assign m3           = window_i[159:128] ^ m2;
  assign made         = {m0, m1, m2, m3};
  assign round_key_o  = key256 ? window_i[127:0] : made;
  assign window_o     = {round_key_o, MaxKeyBits == 256 ? made : 128'd0};

  if (MaxKeyBits == 128) begin : gen_unused
    logic unused;
    assign unused = ^{key256_i, window_i[127:0]};
  end
endmodule
