// SPDX-License-Identifier: Apache-2.0
// One device key with the CMAC subkey K1 that belongs to it. A load must wait while busy_o; a drop never
// waits and wipes both. K1 arrives some time after the load; it is ignored if the key has been dropped
// meanwhile.
module psp_kdf_slot (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         load_i,
    input  logic         drop_i,
    input  logic [255:0] key_i,
    input  logic         k1_valid_i,  // the K1 of the last load is here
    input  logic [127:0] k1_i,
    output logic         has_key_o,
    output logic         usable_o,    // key and K1
    output logic         busy_o,      // a K1 is under way
    output logic [255:0] key_o,
    output logic [127:0] k1_o
);
  logic has_key_q, usable_q, busy_q;
  logic [255:0] key_q;
  logic [127:0] k1_q;

  assign has_key_o = has_key_q;
  assign usable_o  = usable_q;
  assign busy_o    = busy_q;
  assign key_o     = key_q;
  assign k1_o      = k1_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_key_q <= 1'b0;
      usable_q  <= 1'b0;
      busy_q    <= 1'b0;
      key_q     <= '0;
      k1_q      <= '0;
    end else begin
      if (load_i) busy_q <= 1'b1;
      else if (k1_valid_i) busy_q <= 1'b0;
      if (load_i || drop_i) begin
        has_key_q <= load_i;
        usable_q  <= 1'b0;
        key_q     <= load_i ? key_i : 256'd0;
        k1_q      <= '0;
      end else if (k1_valid_i && has_key_q) begin
        usable_q <= 1'b1;
        k1_q     <= k1_i;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!(load_i && (busy_q || drop_i))) else $error("a load while a K1 is under way");
      assert (!k1_valid_i || busy_q) else $error("a K1 that nobody waits for");
    end
  end
`endif
endmodule
