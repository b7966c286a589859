// SPDX-License-Identifier: Apache-2.0
// Derives PSP session keys from two device keys: NIST SP 800-108 in counter mode over AES-256-CMAC. Waits for
// the K1 of a key just loaded and for room in the AES core; takes a 128-bit key a cycle or a 256-bit key
// every two (Pipelined=0: every 14 or 28), answers in order. A unit that is idle answers 15 cycles after a
// request for 128 bits was offered, 16 after one for 256 (Pipelined=0: 29).
//
// A message is one AES block, so a block of key is AES(key, block ^ K1). A load gives the core the block
// that K1 is made of. After a reset or a drop a block of zeros under a key of zeros goes through the core:
// it takes the place of what is left of the old key in every stage.
module psp_kdf #(
    parameter bit Pipelined = 1,
    parameter bit SboxTable = 1
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         key_valid_i,
    output logic         key_ready_o,
    input  logic         key_slot_i,
    input  logic         key_drop_i,     // wipe the slot; taken at once
    input  logic [255:0] key_i,
    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  logic [ 31:0] req_spi_i,      // bit 31 chooses the slot
    input  logic [  3:0] req_version_i,
    output logic         rsp_valid_o,
    input  logic         rsp_ready_i,
    output logic [  1:0] rsp_status_o,   // kdf_pkg: Ok, IllegalVersion, NoKey
    output logic [255:0] rsp_key_o       // 128 bits: the upper half; 0 unless Ok
);
  // What a block in the AES core is for.
  localparam int SideBits = 6;
  localparam logic [1:0] Scrub = 2'd0;
  localparam logic [1:0] SubKey = 2'd1;
  localparam logic [1:0] FirstHalf = 2'd2;  // of a 256-bit key; held until the second comes
  localparam logic [1:0] Answer = 2'd3;

  // The slots.
  logic [1:0] load, drop, has_key, usable, busy, k1_valid;
  logic [511:0] key;
  logic [255:0] k1;
  logic [127:0] aes_block;

  for (genvar i = 0; i < 2; i++) begin : gen_slot
    psp_kdf_slot u_slot (
        .clk_i,
        .rst_ni,
        .load_i    (load[i]),
        .drop_i    (drop[i]),
        .key_i,
        .k1_valid_i(k1_valid[i]),
        .k1_i      (kdf_pkg::double(aes_block)),
        .has_key_o (has_key[i]),
        .usable_o  (usable[i]),
        .busy_o    (busy[i]),
        .key_o     (key[256*i+:256]),
        .k1_o      (k1[128*i+:128])
    );
  end

  // Who goes next: the scrub, the second half of a key, a load, a request. A load between the halves of a key
  // would mix two device keys; a drop between them makes the answer NoKey. Versions 1 and 3 have two halves.
  // A request that is withdrawn or changed between them, against the rules, loses its first half.
  logic room, scrub_q, half_q, load_go, req_go, slot, first, second;
  logic [35:0] request, half_request_q;  // what is asked; what the first half that went is of
  logic [1:0] status;

  assign slot    = req_spi_i[31];
  assign request = {req_spi_i, req_version_i};
  assign second  = half_q && request == half_request_q;
  assign status  = req_version_i > 4'd3 ? kdf_pkg::IllegalVersion
                 : !has_key[slot] ? kdf_pkg::NoKey : kdf_pkg::Ok;
  assign first   = status == kdf_pkg::Ok && req_version_i[0] && !second;

  assign key_ready_o = key_drop_i || (room && !scrub_q && !half_q && !busy[key_slot_i]);
  assign load_go     = key_valid_i && key_ready_o && !key_drop_i;
  assign load        = {load_go && key_slot_i, load_go && !key_slot_i};
  assign drop        = {2{key_valid_i && key_drop_i}} & {key_slot_i, !key_slot_i};
  assign req_go      = req_valid_i && room && !scrub_q && !load_go && (status != kdf_pkg::Ok || usable[slot]);
  assign req_ready_o = req_go && !first;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      scrub_q <= 1'b1;
      half_q  <= 1'b0;
    end else begin
      if (drop != 2'd0) scrub_q <= 1'b1;
      else if (room) scrub_q <= 1'b0;
      if (req_go) half_q <= first;
      else if (!req_valid_i || !second) half_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (req_go && first) half_request_q <= request;
  end

  // The block on its way into the core.
  logic issue_valid_q, aes_in_ready;
  logic [255:0] issue_key_q;
  logic [127:0] issue_block_q;
  logic [SideBits-1:0] issue_side_q;

  assign room = !issue_valid_q || aes_in_ready;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) issue_valid_q <= 1'b0;
    else if (room) issue_valid_q <= scrub_q || load_go || req_go;
  end
  always_ff @(posedge clk_i) begin
    if (room && (scrub_q || load_go || req_go)) begin
      issue_key_q   <= scrub_q || (!load_go && status != kdf_pkg::Ok) ? 256'd0
                     : load_go ? key_i : slot ? key[511:256] : key[255:0];
      issue_block_q <= scrub_q || load_go || status != kdf_pkg::Ok ? 128'd0
                     : kdf_pkg::input_block(req_spi_i, req_version_i[1:0], second)
                       ^ (slot ? k1[255:128] : k1[127:0]);
      issue_side_q  <= scrub_q ? {Scrub, 4'd0} : load_go ? {SubKey, key_slot_i, 3'd0}
                     : {first ? FirstHalf : Answer, slot, second, status};
    end
  end

  // The core.
  logic aes_valid, aes_ready;
  logic [SideBits-1:0] aes_side;

  if (Pipelined) begin : gen_pipeline
    aes_pipeline #(
        .MaxKeyBits(256),
        .SboxTable (SboxTable),
        .SideBits  (SideBits)
    ) u_aes (
        .clk_i,
        .rst_ni,
        .in_valid_i (issue_valid_q),
        .in_ready_o (aes_in_ready),
        .in_key_i   (issue_key_q),
        .in_key256_i(1'b1),
        .in_block_i (issue_block_q),
        .in_side_i  (issue_side_q),
        .out_valid_o(aes_valid),
        .out_ready_i(aes_ready),
        .out_block_o(aes_block),
        .out_side_o (aes_side)
    );
  end else begin : gen_iterative
    aes_iterative #(
        .MaxKeyBits(256),
        .SboxTable (SboxTable),
        .SideBits  (SideBits)
    ) u_aes (
        .clk_i,
        .rst_ni,
        .in_valid_i (issue_valid_q),
        .in_ready_o (aes_in_ready),
        .in_key_i   (issue_key_q),
        .in_key256_i(1'b1),
        .in_block_i (issue_block_q),
        .in_side_i  (issue_side_q),
        .out_valid_o(aes_valid),
        .out_ready_i(aes_ready),
        .out_block_o(aes_block),
        .out_side_o (aes_side)
    );
  end

  // What comes out of it.
  logic [1:0] kind, out_status;
  logic out_slot, out_second;
  logic [127:0] first_q;

  assign {kind, out_slot, out_second, out_status} = aes_side;
  assign aes_ready    = kind != Answer || rsp_ready_i;
  assign k1_valid     = {2{aes_valid && kind == SubKey}} & {out_slot, !out_slot};
  assign rsp_valid_o  = aes_valid && kind == Answer;
  assign rsp_status_o = rsp_valid_o ? out_status : 2'd0;
  // The core shows other blocks too, and the rounds of blocks: device keys could be worked out from those.
  assign rsp_key_o    = !rsp_valid_o || out_status != kdf_pkg::Ok ? 256'd0
                      : out_second ? {first_q, aes_block} : {aes_block, 128'd0};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_q <= '0;
    else if (aes_valid && aes_ready && kind == FirstHalf) first_q <= aes_block;
    else if (rsp_valid_o && rsp_ready_i) first_q <= '0;
  end

  stream_check #(
      .Bits(258)
  ) u_key_check (
      .clk_i,
      .rst_ni,
      .valid_i  (key_valid_i),
      .ready_i  (key_ready_o),
      .payload_i({key_slot_i, key_drop_i, key_i})
  );
  stream_check #(
      .Bits(36)
  ) u_req_check (
      .clk_i,
      .rst_ni,
      .valid_i  (req_valid_i),
      .ready_i  (req_ready_o),
      .payload_i({req_spi_i, req_version_i})
  );
endmodule
