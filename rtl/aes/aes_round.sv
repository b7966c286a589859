// SPDX-License-Identifier: Apache-2.0
// One round of AES encryption, combinational: SubBytes, ShiftRows, MixColumns (not if last_i), AddRoundKey.
// S-boxes of gates; aes_stage has another way with tables.
module aes_round (
    input  logic         last_i,
    input  logic [127:0] state_i,
    input  logic [127:0] round_key_i,
    output logic [127:0] state_o
);
  logic [127:0] sub;

  for (genvar i = 0; i < 16; i++) begin : gen_sbox
    aes_sbox #(
        .Table(0)
    ) u_sbox (
        .in_i (state_i[8*i+:8]),
        .out_o(sub[8*i+:8])
    );
  end

  // Column c, the first at the top, takes row r from column c+r.
  for (genvar c = 0; c < 4; c++) begin : gen_column
    logic [31:0] shifted;
    assign shifted = {
      sub[127-32*c-:8], sub[119-32*((c+1)%4)-:8], sub[111-32*((c+2)%4)-:8], sub[103-32*((c+3)%4)-:8]
    };
    assign state_o[127-32*c-:32] = round_key_i[127-32*c-:32]
                                 ^ (last_i ? shifted : aes_pkg::mix_column(shifted));
  end
endmodule
