// SPDX-License-Identifier: Apache-2.0
// The S-box of AES (SubBytes of one byte), combinational. Table: looked up, which simulates fast.
module aes_sbox #(
    parameter bit Table = 1
) (
    input  logic [7:0] in_i,
    output logic [7:0] out_o
);
  if (Table) begin : gen_table
    assign out_o = aes_pkg::sub_byte(in_i);
  end else begin : gen_gates
    assign out_o = aes_pkg::sub_byte(in_i);
  end
endmodule
