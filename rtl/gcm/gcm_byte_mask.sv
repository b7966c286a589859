// SPDX-License-Identifier: Apache-2.0
// The mask that keeps the first `bytes_i` bytes of a block, combinational. Byte 0 is bits [127:120].
module gcm_byte_mask (
  input  logic [4:0]   bytes_i,  // 0...16
  output logic [127:0] mask_o
);
  localparam logic [63:0] Ones = 64'hffff_ffff_ffff_ffff;  // Yosys 0.23 makes 1 of '1 here
  logic [63:0] upper, lower;
  logic [4:0]  beyond;

  // In halves of 64 bits, which simulate fast; a shift by 64 or more leaves zeros.
  assign beyond = bytes_i - 5'd8;
  assign upper  = ~(Ones >> {bytes_i, 3'b000});
  assign lower  = bytes_i > 5'd8 ? ~(Ones >> {beyond, 3'b000}) : 64'b0;
  assign mask_o = {upper, lower};
endmodule
