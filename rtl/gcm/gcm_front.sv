// SPDX-License-Identifier: Apache-2.0
// Front end of the AES-GCM lane: takes a command and makes AES blocks of it, the first one cycle later, then
// one a cycle: zeros for the hash key H, the counter block J0 for the mask of the tag, one counter block for
// each 16 bytes of text, all with the packet's key. The context goes into the FIFO with the first block.
//
// Pipelined: takes the next command in the cycle of the last block. Otherwise when the packet has its result
// (`done_i`, one cycle before), and the text's counters wait for `text_go_i`.
//
// An illegal command makes a context and no block.
module gcm_front #(
  parameter int MaxKeyBits = 256,
  parameter bit Pipelined  = 1,
  parameter int MaxBytes   = 16383
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic              cmd_open_i,
  input  logic [3:0]        cmd_version_i,
  input  logic [255:0]      cmd_key_i,
  input  logic [95:0]       cmd_nonce_i,
  input  logic [13:0]       cmd_aad_bytes_i,
  input  logic [13:0]       cmd_text_bytes_i,

  output logic              aes_valid_o,
  input  logic              aes_ready_i,
  output logic [255:0]      aes_key_o,
  output logic              aes_key256_o,
  output logic [127:0]      aes_block_o,
  output logic [gcm_pkg::SideBits-1:0] aes_side_o,

  output logic              push_o,
  output logic [gcm_pkg::ContextBits-1:0] push_context_o,
  input  logic              full_i,

  input  logic              text_go_i,
  input  logic              done_i
);
  // PSP's versions: 0 AES-128-GCM, 1 AES-256-GCM, 2 AES-128-GMAC, 3 AES-256-GMAC.
  logic key256, gmac, too_long, illegal;
  assign key256  = cmd_version_i[0];
  assign gmac    = cmd_version_i[1];
  assign illegal = cmd_version_i[3:2] != 2'b00
                || (MaxKeyBits < 256 && key256)
                || (gmac && cmd_text_bytes_i != '0)
                || too_long;
  if (MaxBytes < 16383) begin : gen_limit
    assign too_long = cmd_aad_bytes_i > 14'(MaxBytes) || cmd_text_bytes_i > 14'(MaxBytes);
  end else begin : gen_no_limit
    assign too_long = 1'b0;
  end

  logic                  issuing_q;  // this packet has blocks to issue, or its context to hand over
  logic                  active_q;   // not pipelined: the packet has no result yet
  logic                  key256_q;
  logic [MaxKeyBits-1:0] key_q;
  logic [95:0]           nonce_q;
  logic [10:0]           slot_q;     // 0: H, 1: J0, then text; also the low bits of the counter
  logic [10:0]           last_q;
  logic                  illegal_q, open_q;
  logic [13:0]           aad_bytes_q, text_bytes_q;
  logic [gcm_pkg::NumberBits-1:0] number_q;

  logic        take, issue, finish, first, allowed;
  logic [10:0] text_blocks;
  assign text_blocks = {1'b0, cmd_text_bytes_i[13:4]} + 11'(cmd_text_bytes_i[3:0] != '0);
  assign take    = cmd_valid_i && cmd_ready_o;
  assign first   = slot_q == 11'd0;
  assign allowed = first ? !full_i : (Pipelined || slot_q == 11'd1 || text_go_i);

  assign aes_valid_o  = issuing_q && !illegal_q && allowed;
  assign aes_key256_o = key256_q;
  assign aes_block_o  = first ? 128'b0 : {nonce_q, 21'b0, slot_q};
  assign aes_side_o   = {number_q, slot_q > 11'd2 ? gcm_pkg::SlotText : slot_q[1:0]};
  if (MaxKeyBits == 256) begin : gen_key256
    assign aes_key_o = key_q;
  end else begin : gen_key128
    logic unused_key;
    assign aes_key_o  = {key_q, 128'b0};
    assign unused_key = ^cmd_key_i[127:0];
  end

  assign issue          = aes_valid_o && aes_ready_i;
  assign push_o         = issuing_q && !full_i && (illegal_q || (first && aes_ready_i));
  assign push_context_o = {number_q, illegal_q, open_q, aad_bytes_q, text_bytes_q};
  assign finish         = illegal_q ? push_o : issue && slot_q == last_q;

  assign cmd_ready_o = Pipelined ? !issuing_q || finish : !active_q;
  logic unused_mode;
  assign unused_mode = ^{text_go_i, done_i, active_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issuing_q <= 1'b0;
      active_q  <= 1'b0;
      slot_q    <= '0;
      illegal_q <= 1'b0;
      number_q  <= '0;
    end else begin
      if (take) begin
        issuing_q <= 1'b1;
        active_q  <= !Pipelined;
        slot_q    <= '0;
        illegal_q <= illegal;
        number_q  <= number_q + 4'd1;
      end else begin
        if (finish) issuing_q <= 1'b0;
        if (done_i) active_q <= 1'b0;
        if (issue) slot_q <= slot_q + 11'd1;
      end
    end
  end

  // No reset: read only of a packet that was taken.
  always_ff @(posedge clk_i) begin
    if (take) begin
      key256_q <= MaxKeyBits == 256 && key256;
      key_q    <= cmd_key_i[255-:MaxKeyBits];
      nonce_q  <= cmd_nonce_i;
      last_q   <= text_blocks + 11'd1;
      open_q   <= cmd_open_i;
      aad_bytes_q  <= cmd_aad_bytes_i;
      text_bytes_q <= cmd_text_bytes_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni && issuing_q && !illegal_q) begin
      assert (slot_q <= last_q) else $error("counter beyond the text");
    end
  end
`endif
endmodule
