// SPDX-License-Identifier: Apache-2.0
// Back end of the AES-GCM lane: takes the AES blocks of one packet after the other and lets them meet its
// data, in these slots, each of one cycle if nothing stalls (of M cycles where GHASH takes M for a block):
//   head    the hash key H comes out of AES. In the same cycle the product of the previous length block ends.
//   mask    E(J0) comes out of AES; the first AAD block is hashed (zeros if there is none: X starts with it).
//   aad     a further AAD block is hashed.
//   text    keystream and data meet; the ciphertext is hashed; the block goes into the output register.
//   length  the length block is hashed; of a packet to open, the ICV is taken.
// In the cycle after the product of the length block, its tag or comparison goes into the result register.
// An illegal packet passes the same slots, one cycle each, without AES, GHASH and output.
module gcm_back #(
  parameter int GhashDigit = 128
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              context_valid_i,
  input  logic [gcm_pkg::ContextBits-1:0] context_i,
  output logic              context_pop_o,

  input  logic              aes_valid_i,
  output logic              aes_ready_o,
  input  logic [127:0]      aes_block_i,
  input  logic [gcm_pkg::SideBits-1:0] aes_side_i,

  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [127:0]      in_data_i,

  output logic              hash_valid_o,
  input  logic              hash_ready_i,
  output logic              hash_first_o,
  output logic [127:0]      hash_block_o,
  output logic [127:0]      hash_key_o,
  input  logic              hash_ending_i,
  input  logic [127:0]      hash_state_i,

  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [127:0]      out_data_o,
  output logic [4:0]        out_bytes_o,
  output logic              out_last_o,

  output logic              res_valid_o,
  input  logic              res_ready_i,
  output logic [1:0]        res_status_o,
  output logic [127:0]      res_tag_o,

  output logic              text_go_o,  // the packet's last block of AAD is taken, or was
  output logic              done_o      // the packet's result goes into its register
);
  typedef enum logic [2:0] {StHead, StMask, StAad, StText, StLength, StProduct} state_e;

  state_e       state_q, state_d;
  logic [3:0]   number, number_q;
  logic         illegal, illegal_q, open, open_q;
  logic [13:0]  aad_bytes, aad_bytes_q, text_bytes, text_bytes_q;
  logic [13:0]  aad_left_q, text_left_q;
  logic [127:0] hash_key_q, mask_q;  // H; E(J0), of a packet to open with the ICV added
  logic         tag_q, tag_open_q, tag_illegal_q;  // a packet waits for its result

  assign {number, illegal, open, aad_bytes, text_bytes} = context_i;

  // Slots: `may` says that all but the data of this cycle is there, `fire` that the slot ends with it.
  logic may_mask, may_aad, may_text, may_length, takes_data;
  logic fire, length_ends, head_fire, tag_free, tag_fire, legal, aad_last, hash_free, aes_there;

  assign legal     = !illegal_q;
  assign hash_free = hash_ready_i || !legal;
  assign aes_there = aes_valid_i || !legal;
  assign tag_free  = !res_valid_o || res_ready_i;
  assign tag_fire  = tag_q && tag_free;
  assign aad_last  = aad_left_q <= 14'd16;

  // X and E(J0) of the packet before stay until its tag is made.
  assign may_mask   = state_q == StMask && aes_there && hash_free && (!tag_q || tag_free);
  assign may_aad    = state_q == StAad && hash_free;
  assign may_text   = state_q == StText && aes_there && hash_free && (!legal || !out_valid_o || out_ready_i);
  assign may_length = state_q == StLength && hash_free;
  assign takes_data = state_q == StMask ? aad_left_q != '0 : state_q != StLength || open_q;
  assign in_ready_o = (may_mask || may_aad || may_text || may_length) && takes_data;
  assign fire       = (may_mask || may_aad || may_text || may_length) && (in_valid_i || !takes_data);

  assign length_ends = (may_length && fire && (GhashDigit == 128 || !legal))
                    || (state_q == StProduct && hash_ending_i);
  assign head_fire   = (state_q == StHead || length_ends) && context_valid_i
                    && (aes_valid_i || illegal);

  assign context_pop_o = head_fire;
  assign aes_ready_o   = (head_fire && !illegal) || ((may_mask || may_text) && fire && legal);
  assign text_go_o     = state_q == StText || ((may_mask || may_aad) && fire && aad_last);
  assign done_o        = tag_fire;

  always_comb begin
    state_d = state_q;
    if (fire) begin
      if ((state_q == StMask || state_q == StAad) && !aad_last) begin
        state_d = StAad;
      end else if (state_q == StText ? text_left_q > 14'd16 : state_q != StLength && text_left_q != '0) begin
        state_d = StText;
      end else if (state_q == StLength) begin
        state_d = StProduct;
      end else begin
        state_d = StLength;
      end
    end
    if (length_ends) state_d = StHead;
    if (head_fire) state_d = StMask;
  end

  // Data of this cycle's slot.
  logic [4:0]   bytes;
  logic [13:0]  left;
  logic [127:0] kept, mixed, chosen;
  assign left   = state_q == StText ? text_left_q : aad_left_q;
  assign bytes  = left > 14'd16 ? 5'd16 : left[4:0];
  assign mixed  = in_data_i ^ aes_block_i;
  assign chosen = state_q == StText && !open_q ? mixed : in_data_i;
  gcm_byte_mask u_byte_mask (.bytes_i(bytes), .mask_o(kept));

  assign hash_valid_o = fire && legal;
  assign hash_first_o = state_q == StMask;
  assign hash_key_o   = hash_key_q;
  assign hash_block_o = state_q == StLength
                      ? {47'b0, aad_bytes_q, 3'b0, 47'b0, text_bytes_q, 3'b0}
                      : chosen & kept;

  logic [127:0] tag;
  assign tag = hash_state_i ^ mask_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StHead;
      number_q    <= '0;
      illegal_q   <= 1'b0;
      open_q      <= 1'b0;
      aad_bytes_q  <= '0;
      text_bytes_q <= '0;
      aad_left_q  <= '0;
      text_left_q <= '0;
      tag_q       <= 1'b0;
      out_valid_o <= 1'b0;
      res_valid_o <= 1'b0;
    end else begin
      state_q <= state_d;
      if (head_fire) begin
        number_q     <= number;
        illegal_q    <= illegal;
        open_q       <= open;
        aad_bytes_q  <= aad_bytes;
        text_bytes_q <= text_bytes;
        aad_left_q   <= aad_bytes;
        text_left_q  <= text_bytes;
      end else if (fire) begin
        if (may_mask || may_aad) aad_left_q <= aad_left_q - {9'b0, bytes};
        if (may_text) text_left_q <= text_left_q - {9'b0, bytes};
      end
      tag_q <= length_ends || (tag_q && !tag_fire);
      if (may_text && fire && legal) begin
        out_valid_o <= 1'b1;
      end else if (out_ready_i) begin
        out_valid_o <= 1'b0;
      end
      if (tag_fire) begin
        res_valid_o <= 1'b1;
      end else if (res_ready_i) begin
        res_valid_o <= 1'b0;
      end
    end
  end

  // No reset: nothing of these is seen before it was written.
  always_ff @(posedge clk_i) begin
    if (head_fire && !illegal) hash_key_q <= aes_block_i;
    if (may_mask && fire && legal) mask_q <= aes_block_i;
    if (may_length && fire && legal && open_q) mask_q <= mask_q ^ in_data_i;
    if (may_text && fire && legal) begin
      out_data_o  <= mixed & kept;
      out_bytes_o <= bytes;
      out_last_o  <= text_left_q <= 14'd16;
    end
    if (length_ends) begin
      tag_open_q    <= open_q;
      tag_illegal_q <= illegal_q;
    end
    if (tag_fire) begin
      // All 128 bits at once. Of a packet to open, `tag` is the difference from the ICV, and stays here.
      res_status_o <= tag_illegal_q ? gcm_pkg::Illegal
                    : tag_open_q && tag != '0 ? gcm_pkg::TagMismatch : gcm_pkg::Ok;
      res_tag_o    <= tag_illegal_q || tag_open_q ? 128'b0 : tag;
    end
  end

`ifndef SYNTHESIS
  logic [3:0] results_q;  // packets that have got a result
  logic       hashed_q;   // this packet has started X anew
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      results_q <= '0;
      hashed_q  <= 1'b0;
    end else begin
      if (tag_fire) results_q <= results_q + 4'd1;
      hashed_q <= !head_fire && (hashed_q || (hash_valid_o && hash_first_o));

      if (head_fire && !illegal) begin
        assert (aes_side_i == {number, gcm_pkg::SlotHashKey}) else $error("H of another packet");
      end
      if (head_fire) begin
        assert (number == number_q + 4'd1) else $error("packet lost or twice");
        assert (aad_left_q == '0 && text_left_q == '0) else $error("packet ends with data left");
      end
      if (may_mask && fire && legal) begin
        assert (aes_side_i == {number_q, gcm_pkg::SlotMask}) else $error("E(J0) of another packet");
      end
      if (may_text && fire && legal) begin
        assert (aes_side_i == {number_q, gcm_pkg::SlotText}) else $error("keystream of another packet");
        assert (text_bytes_q != '0) else $error("keystream without text");
      end
      if (fire && (may_mask || may_aad)) assert (aad_left_q >= {9'b0, bytes}) else $error("AAD negative");
      if (fire && may_text) assert (text_left_q >= {9'b0, bytes}) else $error("text negative");
      if (hash_valid_o && !hash_first_o) assert (hashed_q) else $error("X left from another packet");
      if (length_ends) assert (!tag_q) else $error("packet overtakes the result before");
      if (tag_fire) begin
        assert (results_q + 4'd1 == number_q - 4'(state_q != StHead)) else $error("result lost or twice");
      end
      assert (!(out_valid_o && !out_ready_i && may_text && fire && legal)) else $error("text overwritten");
    end
  end
`else
  logic unused_side;
  assign unused_side = ^{aes_side_i, number_q};
`endif
endmodule
