// SPDX-License-Identifier: Apache-2.0
// AES-GCM lane for PSP's four versions: takes a command a packet and the packet's data in blocks of 16 bytes
// (AAD, text, of a packet to open the ICV; each part begins a new block), gives the text and one result a
// packet, in order. Pipelined with GhashDigit = 128 it works on a block a cycle, whatever keys follow one
// another; see README.md for all cycles.
//
// A packet to open shows its text before its result: what stands behind must hold the text until `Ok`.
module gcm_lane #(
  parameter int MaxKeyBits = 256,          // 256, 128
  parameter bit Pipelined  = 1,            // AES: a block a cycle, or a round a cycle
  parameter int GhashDigit = 128,          // 128, 64, 32, 16, 8
  parameter bit SboxTable  = 1,            // tables, which are fast to simulate, or few gates
  parameter bit GhashInteger = SboxTable,  // the same choice for the multiplier, GhashDigit = 128
  parameter int MaxBytes   = 16383         // of AAD and of text
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic         cmd_open_i,
  input  logic [3:0]   cmd_version_i,
  input  logic [255:0] cmd_key_i,  // 128 bits: the upper half
  input  logic [95:0]  cmd_nonce_i,
  input  logic [13:0]  cmd_aad_bytes_i,
  input  logic [13:0]  cmd_text_bytes_i,

  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic [127:0] in_data_i,

  output logic         out_valid_o,
  input  logic         out_ready_i,
  output logic [127:0] out_data_o,
  output logic [4:0]   out_bytes_o,
  output logic         out_last_o,

  output logic         res_valid_o,
  input  logic         res_ready_i,
  output logic [1:0]   res_status_o,  // gcm_pkg: Ok, TagMismatch, Illegal
  output logic [127:0] res_tag_o      // of a sealed packet, otherwise zero
);
  logic              front_valid, front_ready, front_key256, back_valid, back_ready;
  logic [255:0]      front_key;
  logic [127:0]      front_block, back_block;
  logic [gcm_pkg::SideBits-1:0] front_side, back_side;
  logic              push, full, pop, context_valid;
  logic [gcm_pkg::ContextBits-1:0] push_context, back_context;
  logic              text_go, done;

  gcm_front #(.MaxKeyBits(MaxKeyBits), .Pipelined(Pipelined), .MaxBytes(MaxBytes)) u_front (
    .clk_i, .rst_ni,
    .cmd_valid_i, .cmd_ready_o, .cmd_open_i, .cmd_version_i, .cmd_key_i, .cmd_nonce_i, .cmd_aad_bytes_i,
    .cmd_text_bytes_i,
    .aes_valid_o(front_valid), .aes_ready_i(front_ready), .aes_key_o(front_key),
    .aes_key256_o(front_key256), .aes_block_o(front_block), .aes_side_o(front_side),
    .push_o(push), .push_context_o(push_context), .full_i(full),
    .text_go_i(text_go), .done_i(done));

  gcm_context_fifo u_context_fifo (
    .clk_i, .rst_ni,
    .push_i(push), .push_context_i(push_context), .full_o(full),
    .pop_i(pop), .valid_o(context_valid), .context_o(back_context));

  if (Pipelined) begin : gen_pipeline
    aes_pipeline #(.MaxKeyBits(MaxKeyBits), .SboxTable(SboxTable), .SideBits(gcm_pkg::SideBits)) u_aes (
      .clk_i, .rst_ni,
      .in_valid_i(front_valid), .in_ready_o(front_ready), .in_key_i(front_key), .in_key256_i(front_key256),
      .in_block_i(front_block), .in_side_i(front_side),
      .out_valid_o(back_valid), .out_ready_i(back_ready), .out_block_o(back_block), .out_side_o(back_side));
  end else begin : gen_iterative
    aes_iterative #(.MaxKeyBits(MaxKeyBits), .SboxTable(SboxTable), .SideBits(gcm_pkg::SideBits)) u_aes (
      .clk_i, .rst_ni,
      .in_valid_i(front_valid), .in_ready_o(front_ready), .in_key_i(front_key), .in_key256_i(front_key256),
      .in_block_i(front_block), .in_side_i(front_side),
      .out_valid_o(back_valid), .out_ready_i(back_ready), .out_block_o(back_block), .out_side_o(back_side));
  end

  logic         hash_valid, hash_ready, hash_first, hash_ending;
  logic [127:0] hash_block, hash_key, hash_state;
  gcm_back #(.GhashDigit(GhashDigit)) u_back (
    .clk_i, .rst_ni,
    .context_valid_i(context_valid), .context_i(back_context), .context_pop_o(pop),
    .aes_valid_i(back_valid), .aes_ready_o(back_ready), .aes_block_i(back_block), .aes_side_i(back_side),
    .in_valid_i, .in_ready_o, .in_data_i,
    .hash_valid_o(hash_valid), .hash_ready_i(hash_ready), .hash_first_o(hash_first),
    .hash_block_o(hash_block), .hash_key_o(hash_key), .hash_ending_i(hash_ending), .hash_state_i(hash_state),
    .out_valid_o, .out_ready_i, .out_data_o, .out_bytes_o, .out_last_o,
    .res_valid_o, .res_ready_i, .res_status_o, .res_tag_o,
    .text_go_o(text_go), .done_o(done));

  logic unused_idle;  // the back end counts multiplications by their ends
  ghash #(.Digit(GhashDigit), .Integer(GhashInteger)) u_ghash (
    .clk_i, .rst_ni,
    .h_i(hash_key),
    .in_valid_i(hash_valid), .in_ready_o(hash_ready), .in_first_i(hash_first), .in_block_i(hash_block),
    .idle_o(unused_idle), .ending_o(hash_ending), .state_o(hash_state));

`ifndef SYNTHESIS
  initial begin
    if (MaxKeyBits != 256 && MaxKeyBits != 128) $fatal(1, "MaxKeyBits is 128 or 256");
    if (MaxBytes < 1 || MaxBytes > 16383) $fatal(1, "MaxBytes is 1...16383");
  end

  stream_check #(.Bits(385)) u_check_cmd (
    .clk_i, .rst_ni, .valid_i(cmd_valid_i), .ready_i(cmd_ready_o),
    .payload_i({cmd_open_i, cmd_version_i, cmd_key_i, cmd_nonce_i, cmd_aad_bytes_i, cmd_text_bytes_i}));
  stream_check #(.Bits(128)) u_check_in (
    .clk_i, .rst_ni, .valid_i(in_valid_i), .ready_i(in_ready_o), .payload_i(in_data_i));
  stream_check #(.Bits(134)) u_check_out (
    .clk_i, .rst_ni, .valid_i(out_valid_o), .ready_i(out_ready_i),
    .payload_i({out_data_o, out_bytes_o, out_last_o}));
  stream_check #(.Bits(130)) u_check_res (
    .clk_i, .rst_ni, .valid_i(res_valid_o), .ready_i(res_ready_i), .payload_i({res_tag_o, res_status_o}));
`endif
endmodule
