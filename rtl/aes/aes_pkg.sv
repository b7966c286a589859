// SPDX-License-Identifier: Apache-2.0
// AES as FIPS 197 defines it, in functions on 32-bit words (the columns of the state, the words of the key
// schedule; byte 0 is bits 31:24). The S-box is a table here; aes_sbox has it in gates too.
package aes_pkg;

  // Entry 255 stands first, so that entry x is bits 8x+7:8x.
  localparam logic [2047:0] Sbox = {
    256'h16bb54b00f2d9941_6842e6bf0d89a18c_df2855cee9871e9b_948ed9691198f8e1,
    256'h9e1dc186b9573561_0ef6034866b53e70_8a8bbd4b1f74dde8_c6b4a61c2e2578ba,
    256'h08ae7a65eaf4566c_a94ed58d6d37c8e7_79e4959162acd3c2_5c2406490a3a32e0,
    256'hdb0b5ede14b8ee46_88902a22dc4f8160_73195d643d7ea7c4_1744975fec130ccd,
    256'hd2f3ff1021dab6bc_f5389d928f40a351_a89f3c507f02f945_85334d43fbaaefd0,
    256'hcf584c4a39becb6a_5bb1fc20ed00d153_842fe329b3d63b52_a05a6e1b1a2c8309,
    256'h75b227ebe2801207_9a059618c323c704_1531d871f1e5a534_ccf73f362693fdb7,
    256'hc072a49cafa2d4ad_f04759fa7dc982ca_76abd7fe2b670130_c56f6bf27b777c63
  };

  // Read as a word and shifted: a simulator turns an aligned 32-bit part into one load.
  function automatic logic [7:0] sub_byte(input logic [7:0] x);
    sub_byte = 8'(Sbox[{x[7:2], 5'd0}+:32] >> {x[1:0], 3'd0});
  endfunction

  function automatic logic [31:0] sub_word(input logic [31:0] w);
    sub_word = {sub_byte(w[31:24]), sub_byte(w[23:16]), sub_byte(w[15:8]), sub_byte(w[7:0])};
  endfunction

  function automatic logic [31:0] rot_word(input logic [31:0] w);
    rot_word = {w[23:0], w[31:24]};
  endfunction

  // Four bytes times x in GF(2^8) at once.
  function automatic logic [31:0] times_x(input logic [31:0] w);
    logic [31:0] carry;
    carry   = (w >> 7) & 32'h01010101;
    times_x = ((w & 32'h7f7f7f7f) << 1) ^ carry ^ (carry << 1) ^ (carry << 3) ^ (carry << 4);
  endfunction

  // 2a + 3b + c + d for each byte a with b, c, d the bytes that follow it in the column.
  function automatic logic [31:0] mix_column(input logic [31:0] w);
    mix_column = times_x(w ^ rot_word(w)) ^ rot_word(w) ^ {w[15:0], w[31:16]} ^ {w[7:0], w[31:8]};
  endfunction

  // The round constant x^(n-1), n = 1...10.
  function automatic logic [31:0] round_constant(input logic [3:0] n);
    case (n)
      4'd1: round_constant = 32'h01000000;
      4'd2: round_constant = 32'h02000000;
      4'd3: round_constant = 32'h04000000;
      4'd4: round_constant = 32'h08000000;
      4'd5: round_constant = 32'h10000000;
      4'd6: round_constant = 32'h20000000;
      4'd7: round_constant = 32'h40000000;
      4'd8: round_constant = 32'h80000000;
      4'd9: round_constant = 32'h1b000000;
      default: round_constant = 32'h36000000;
    endcase
  endfunction

  // What goes into the S-boxes of the key step in a round, from the last words of the window's halves.
  // AES-128 makes the key of this round; AES-256 that of the next one, and turns the word if that is even.
  function automatic logic [31:0] schedule_word(input logic key256, input logic odd_round,
                                                input logic [31:0] word3, input logic [31:0] word7);
    schedule_word = !key256 ? rot_word(word3) : odd_round ? rot_word(word7) : word7;
  endfunction

  // What is added to the S-boxes' output.
  function automatic logic [31:0] schedule_constant(input logic key256, input logic [3:0] round);
    schedule_constant = !key256 ? round_constant(round)
                      : round[0] ? round_constant(4'((5'(round) + 5'd1) >> 1)) : 32'd0;
  endfunction

endpackage
